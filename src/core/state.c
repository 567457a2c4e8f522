// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "core/state.h"

static const char *const state_names[STATE_COUNT] = {
    [STATE_PENDING] = "pending",
    [STATE_AVAILABLE] = "available",
    [STATE_FAILED] = "failed",
};

static const struct {
    const char *name;
    const char *help;
} reasons[REASON_COUNT] = {
    [REASON_CREATING] = {"Creating",
        "The image is about to be made, or its making is being asked for."},
    [REASON_IMAGE_PENDING] = {"ImagePending",
        "The cloud is building the image; that can take many minutes."},
    [REASON_WAITING_FOR_SOURCE] = {"WaitingForSource",
        "What the image is made from is not there or not ready yet; it is made as soon as that is."},
    [REASON_UPDATING] = {"Updating", "Tags or access are being changed on the live image."},
    [REASON_REPLACING] = {"Replacing", "A declared field changed that only a new image can have."},
    [REASON_DELETING] = {"Deleting",
        "The declaration is gone; the image is deleted after the grace period. Put the file back to keep it."},
    [REASON_THROTTLED] = {"Throttled", "The API asked for fewer requests; all of them wait."},
    [REASON_RETRYING] = {"Retrying",
        "The last attempt failed for a reason that often passes; the next one is scheduled."},
    [REASON_AWAITING_APPROVAL] = {"AwaitingApproval",
        "Many deletions at once, or observe mode: `imagectl approve` lets this one pass."},
    [REASON_SUSPENDED] = {"Suspended",
        "Left alone on request; `imagectl resume`, or `suspend: false`, ends that."},
    [REASON_IN_SYNC] = {"InSync", "The live image is as declared."},
    [REASON_DRIFTED] = {"Drifted",
        "The live image differs from the declaration, and policy says to leave it."},
    [REASON_INVALID_DECLARATION] = {"InvalidDeclaration",
        "The file cannot be used as it is; the last good version, if any, stays in force. Mend the file."},
    [REASON_NAME_TAKEN] = {"NameTaken",
        "An image of this name exists that imaged did not make. Rename one of them, or set `lifecycle.adopt`."},
    [REASON_FORBIDDEN] = {"Forbidden",
        "The credentials lack a permission, which the message names; grant it."},
    [REASON_REJECTED] = {"Rejected",
        "The API refuses the request as wrong; the message has its words."},
    [REASON_IMAGE_FAILED] = {"ImageFailed",
        "The cloud failed to build the image; the message has its comment."},
    [REASON_PROTECTED] = {"Protected",
        "`lifecycle.protect` forbids the deletion that this change would need."},
    [REASON_SOURCE_MISSING] = {"SourceMissing",
        "What the image is to be made from does not exist."},
    [REASON_CONTESTED] = {"Contested",
        "Something else changes the image back; it is left alone until the file or the image changes."},
};

const char *state_name(enum image_state state)
{
    return state_names[state];
}

const char *reason_name(enum reason reason)
{
    return reasons[reason].name;
}

const char *reason_help(enum reason reason)
{
    return reasons[reason].help;
}

int state_from_name(const char *name)
{
    for (int i = 0; i < STATE_COUNT; i++)
        if (strcmp(state_names[i], name) == 0)
            return i;
    return -1;
}

int reason_from_name(const char *name)
{
    for (int i = 0; i < REASON_COUNT; i++)
        if (strcmp(reasons[i].name, name) == 0)
            return i;
    return -1;
}
