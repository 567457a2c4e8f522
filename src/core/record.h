// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The record: what imaged must not forget about an image it looks after. It is durable before
// anything leaves that depends on it (design.md, section 5). The store keeps records as they are
// and knows nothing of their meaning.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/image.h"
#include "core/state.h"

// The write under way. It is stored before its request leaves and cleared when its answer is known.
enum intent {
    INTENT_NONE,
    INTENT_CREATE,
    INTENT_SET_TAGS,
    INTENT_REMOVE_TAGS,
    INTENT_SET_ACCESS,
    INTENT_DELETE,
    INTENT_DELETE_SNAPSHOT,
    INTENT_COUNT,
};

// What is `shared` comes from core/shared_text.h.
struct record {
    char *name;              // declared name: the key
    const char *file;        // shared: where it was last declared
    const char *declaration; // shared: canonical form of the last good declaration
    bool removed;            // the declaration is gone from the directory
    int64_t removed_wall_ms; // since when; the grace period counts from here

    char *image_id;        // the image in the cloud, or NULL
    char *cloud_name;      // its name there
    char *source_id;       // the id that its source was resolved to
    const char *made_from; // shared: canonical form of the declaration that the image was made from
                           // or adopted for
    const char *applied;   // shared: that of the one that the live image was last seen equal to
    bool owned;            // made or adopted by us: only such an image is ever deleted
    int64_t made_wall_ms;  // when the creation was answered
    char *deleted_id;      // the image deleted last, which may linger in lists
    struct text_list
        previous; // images that a create-first replacement has yet to retire, oldest first

    struct text_list snapshots; // of images that are gone, to be deleted as well
    struct text_list spared; // images, of the present and the previous ones, whose snapshots stay:
                             // they were declared, or it is not known where they are from

    enum image_state state;
    enum reason reason;
    char *message;         // for people; "" when there is nothing to say
    int64_t since_wall_ms; // state and reason are so since then

    uint32_t attempts;            // requests that failed in a row: what back-off counts
    uint32_t failed_builds;       // images that the cloud failed to build, in a row
    int64_t next_attempt_wall_ms; // 0: at once
    enum intent intent;
    int64_t intent_wall_ms; // when it was formed, by the API's clock
    int64_t lost_wall_ms;   // the first creation of this image whose answer was lost, by the API's
                            // clock; 0: none

    uint32_t repairs; // in a row of the same difference, without effect
    char *repaired;   // that difference
    bool suspended;   // by an operator
    bool approved;    // by an operator: the brake lets this one pass
};

struct record_list {
    struct record **items; // owned
    size_t count;
    size_t capacity;
};

// One row of an image's history: a change of state or reason.
struct history_row {
    int64_t wall_ms;
    char *name;
    enum image_state state;
    enum reason reason;
    char *message;
    char *image_id; // or NULL
};

const char *intent_name(enum intent intent); // "create"
int intent_from_name(const char *name);      // -1: unknown

struct record *record_new(const char *name);
// Shares the shared texts with its original; may be freed in another thread.
struct record *record_clone(const struct record *record);
void record_free(struct record *record); // NULL is fine

// Has the record hold `canonical`, which is shared, in place of texts of its own that say the same:
// the store reads each by itself.
void record_share_canonical(struct record *record, const char *canonical);

// Whether it is the record's image, or one that it replaced and that was not let go of yet.
bool record_names_image(const struct record *record, const char *image_id);

void record_list_add(struct record_list *list, struct record *record);
void record_list_deinit(struct record_list *list);

void history_row_free(struct history_row *row);
