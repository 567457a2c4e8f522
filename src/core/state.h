// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The vocabulary of an image's state: what a person sees, in journal, table, record and metrics
// alike (design.md, section 4).
#pragma once

enum image_state {
    STATE_PENDING,   // imaged has work left and will do it by itself
    STATE_AVAILABLE, // the cloud says available, and the live image is as declared
    STATE_FAILED,    // a person is needed, or the slow retry
    STATE_COUNT,
};

enum reason {
    REASON_CREATING,
    REASON_IMAGE_PENDING,
    REASON_WAITING_FOR_SOURCE,
    REASON_UPDATING,
    REASON_REPLACING,
    REASON_DELETING,
    REASON_THROTTLED,
    REASON_RETRYING,
    REASON_AWAITING_APPROVAL,
    REASON_SUSPENDED,
    REASON_IN_SYNC,
    REASON_DRIFTED,
    REASON_INVALID_DECLARATION,
    REASON_NAME_TAKEN,
    REASON_FORBIDDEN,
    REASON_REJECTED,
    REASON_IMAGE_FAILED,
    REASON_PROTECTED,
    REASON_SOURCE_MISSING,
    REASON_CONTESTED,
    REASON_COUNT,
};

const char *state_name(enum image_state state); // "pending"
const char *reason_name(enum reason reason);    // "ImagePending"
const char *reason_help(enum reason reason); // one sentence: what it means and what a person can do

// The reverse, for the record; -1 for an unknown name.
int state_from_name(const char *name);
int reason_from_name(const char *name);
