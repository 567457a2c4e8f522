// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>

#include "core/report.h"

// So that all kinds and reasons together stay far below what journald takes from a service within
// 30 seconds (10000, RateLimitBurst= in journald.conf(5)). What people asked for, what was deleted,
// and what the daemon says of itself has none.
#define BURST        50
#define EACH_IS_TOLD .burst = 0

static const struct report_row rows[REPORT_COUNT] = {
    [REPORT_STATE_CHANGED_PENDING] = {"50a74cff026f4c84aa8ff5f8d837115f", "image-pending",
        REPORT_NOTICE, "imaged has work left on the image and does it by itself.",
        "None. `imagectl show NAME` tells what it waits for and when the next attempt comes.",
        .burst = BURST, .by_reason = true, .many = "changes of pending images"},
    [REPORT_STATE_CHANGED_AVAILABLE] = {"f11fc8de3eb449c88f8de0e973e1d036", "image-available",
        REPORT_NOTICE, "The live image is available and as declared.", "None.", .burst = BURST,
        .by_reason = true, .many = "images available"},
    [REPORT_STATE_CHANGED_FAILED] = {"2e7abed5658e430d856980bb0977e471", "image-failed",
        REPORT_ERROR, "The image cannot be brought to its declaration without a person.",
        "The message says what is wrong. Mend the declaration, the permissions or the cloud, then `imagectl retry NAME`.",
        .burst = BURST, .by_reason = true, .many = "images failed"},
    [REPORT_IMAGE_MADE] = {"f99e6ae5c3c74558bad367d4ab3e1d35", "image-made", REPORT_NOTICE,
        "The API answered a creation with a new image.", "None.", .burst = BURST,
        .many = "images made"},
    [REPORT_IMAGE_TAKEN] = {"9fddb5fef12147098c1d5c6a1f99f50d", "image-taken", REPORT_NOTICE,
        "An image whose creation's answer was lost, or that carries this installation's tags, was found and is looked after again.",
        "None.", .burst = BURST, .many = "images taken"},
    [REPORT_IMAGE_SUCCEEDED] = {"2f8a7f5d7a0b4b7c9c0e5b1d3a6f4e21", "image-succeeded",
        REPORT_NOTICE,
        "A change needs a new image, which is made under a name of its own before the old one goes.",
        "None. lifecycle.keep_previous says how many old ones stay.", .burst = BURST,
        .many = "images to be replaced"},
    [REPORT_IMAGE_ADOPTED] = {"0dd6a32cc059453497bfc82d73d9c869", "image-adopted", REPORT_NOTICE,
        "An existing image was adopted, as lifecycle.adopt allows.", "None.", .burst = BURST,
        .many = "images adopted"},
    [REPORT_IMAGE_DELETED] = {"d9f0b7c0e6f64abf9c86269bdefda9aa", "image-deleted", REPORT_NOTICE,
        "An image that imaged made was deleted, because its declaration is gone, changed, or its build failed.",
        "To get it back, put the declaration back: the image is made again.", EACH_IS_TOLD},
    [REPORT_IMAGE_VANISHED] = {"dd1c84e44fa940d781ace0d9a2729d41", "image-vanished", REPORT_WARNING,
        "An image is gone from the cloud and imaged did not delete it: several reads and a full list agree.",
        "Find out who deleted it. By policy it is made again or reported.", .burst = BURST,
        .many = "images vanished"},
    [REPORT_IMAGE_RELEASED] = {"0b1f3790be0642fd9aaf6ec4a380626b", "image-released", REPORT_NOTICE,
        "imaged stopped looking after an image and left it in the cloud.",
        "None, when lifecycle.on_remove is keep. Otherwise look at the message.", .burst = BURST,
        .many = "images released"},
    [REPORT_ANSWER_LOST] = {"ea3d9d2048ec40429e19cfdf06744ffa", "answer-lost", REPORT_WARNING,
        "A write was sent and its answer did not come, so that it may or may not have been applied.",
        "None. imaged looks before it tries again.", .burst = BURST, .many = "answers lost"},
    [REPORT_DECLARATION_INVALID] = {"46d1d9af3dd440f3951bc8cc9eddb5e7", "declaration-invalid",
        REPORT_ERROR, "A declaration file has an error. The last good version stays in force.",
        "Mend the file at the place named; `imagectl validate FILE` shows all errors at once.",
        .burst = BURST, .many = "declarations invalid"},
    [REPORT_DECLARATION_WARNING] = {"539bc950fc1a4092aac307276f67594e", "declaration-warning",
        REPORT_WARNING, "A declaration is usable but may not mean what its author thinks.",
        "Read the message; say explicitly what is meant.", .burst = BURST,
        .many = "warnings of declarations"},
    [REPORT_DIRECTORY_FAULT] = {"5f1bfb255eef4f8dbde54e17c7836f95", "directory-fault", REPORT_ERROR,
        "The declarations directory is missing, unreadable, or lost all its files at once. Nothing is deleted because of that.",
        "Bring the directory back: mount it, or restore its files. If all files were removed on purpose, remove them again a few at a time, or retire the images with `imagectl`.",
        EACH_IS_TOLD},
    [REPORT_DIRECTORY_RECOVERED] = {"975d8cbac0ba4e79848fdfc9b2829097", "directory-recovered",
        REPORT_NOTICE, "The declarations directory can be read again.", "None.", EACH_IS_TOLD},
    [REPORT_API_FAULT] = {"cf9e4f4204fb485693c70a70c92c2150", "api-fault", REPORT_ERROR,
        "The API cannot be reached or answers nonsense. What is known of the images stands.",
        "Check network, proxy, credentials and the provider's status page.", EACH_IS_TOLD},
    [REPORT_API_RECOVERED] = {"a3d1165a531a4dec81f03b05c05c6f96", "api-recovered", REPORT_NOTICE,
        "The API answers again.", "None.", EACH_IS_TOLD},
    [REPORT_RECORD_FAULT] = {"64403c6a70d44907babeab119dfba360", "record-fault", REPORT_ERROR,
        "The record cannot be written, so nothing is asked of the cloud that must be remembered.",
        "Free space on the disk that holds the state directory, or mend its permissions.",
        EACH_IS_TOLD},
    [REPORT_RECORD_RECOVERED] = {"71cc128fb45b49009ede424776790f49", "record-recovered",
        REPORT_NOTICE, "The record can be written again.", "None.", EACH_IS_TOLD},
    [REPORT_BECAME_LEADER] = {"579dc87111a74afea408e736d4da6e42", "became-leader", REPORT_NOTICE,
        "Of the hosts that share the record, this one leads from now on: it looks after the images, and the others stand by.",
        "None.", EACH_IS_TOLD},
    [REPORT_LOST_LEADERSHIP] = {"9f0587bd29fb4fabb0b141f4c00e18b5", "lost-leadership",
        REPORT_WARNING,
        "This host led and does not any more. It asks nothing of the cloud, has forgotten what it knew, and stands by.",
        "The message says why. If no other host leads, look at etcd's members, and at the network between.",
        EACH_IS_TOLD},
    [REPORT_STANDING_BY] = {"77b629681a604e5cb5bc8d9ceccfc9fd", "standing-by", REPORT_NOTICE,
        "Another host leads. This one is ready to take over.",
        "None. `imagectl` is of use on the host that leads.", EACH_IS_TOLD},
    [REPORT_ETCD_FAULT] = {"4854b0cd7d15482d982f641a87ea1f79", "etcd-fault", REPORT_WARNING,
        "etcd cannot be reached or refuses. A leader goes on until its lease is not sure any more.",
        "Check etcd's members, the network, the certificates, and user and password.",
        EACH_IS_TOLD},
    [REPORT_ETCD_RECOVERED] = {"1dd7aaaf5a37405ba537f07ea68e6aa0", "etcd-recovered", REPORT_NOTICE,
        "etcd answers again.", "None.", EACH_IS_TOLD},
    [REPORT_BRAKE] = {"704540b76a0144adba29c5c1268ca41b", "brake", REPORT_WARNING,
        "More images are to be deleted or replaced than deletion.max allows at a time.",
        "Look at `imagectl status`; if it is meant, `imagectl approve NAME…` or `--all`.",
        EACH_IS_TOLD},
    [REPORT_STARTED] = {"0cab9e0c70154b969819e59f32cd0700", "started", REPORT_NOTICE,
        "imaged is ready.", "None.", EACH_IS_TOLD},
    [REPORT_STOPPING] = {"e0284275ec9b4fdea99c648c9c1726bc", "stopping", REPORT_NOTICE,
        "imaged stops; what was under way is in the record.", "None.", EACH_IS_TOLD},
    [REPORT_RELOADED] = {"32f46174fc864b1ca5196bd0bcde15a0", "reloaded", REPORT_NOTICE,
        "The configuration was read again and is in force.", "None.", EACH_IS_TOLD},
    [REPORT_RELOAD_REFUSED] = {"1fe52838127f42fdbd21e6ef4db35835", "reload-refused", REPORT_ERROR,
        "The new configuration is wrong; the old one stays in force.",
        "Mend the file at the place named; `imaged --check-config` checks it.", EACH_IS_TOLD},
    [REPORT_OPERATOR] = {"6744c1d7ac7f4c5f89db0d451ea7b5e5", "operator", REPORT_NOTICE,
        "An operator asked for something through the control socket.", "None.", EACH_IS_TOLD},
    [REPORT_SUMMARY] = {"2267b027307745a09757522e15919129", "summary", REPORT_NOTICE,
        "So many events of one kind came within half a minute that only the first of each reason have entries of their own; this one stands for the others, at their level.",
        "`imagectl status` shows how each image stands and `imagectl history` has every change of its state; `imagectl validate` repeats what is said of declarations.",
        EACH_IS_TOLD},
};

const struct report_row *report_row(enum report_kind kind)
{
    return &rows[kind];
}

enum report_level report_level(const struct report *report)
{
    return rows[report->kind == REPORT_SUMMARY ? report->of : report->kind].level;
}

void report_deinit(struct report *report)
{
    free(report->text);
    free(report->name);
    free(report->image_id);
    free(report->file);
    free(report->cloud_request_id);
    *report = (struct report){0};
}
