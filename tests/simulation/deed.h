// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The deeds: all kinds of things that may happen to a simulated daemon without its doing. Each that
// happens has a number within its kind, randomness of its own, and is counted; so any of them can
// be left out of a world without the others becoming different ones, which is what lets a failing
// world be shrunk.
#pragma once

enum deed {
    DEED_DECLARE, // a slot takes part at all
    DEED_WRITE,
    DEED_REMOVE,
    DEED_SPOIL,
    DEED_RENAME,
    DEED_TAKE_AWAY,
    DEED_DOUBLE,
    DEED_LOSE_DIRECTORY,
    DEED_EMPTY_DIRECTORY,
    DEED_RETRY,
    DEED_REFRESH,
    DEED_SUSPEND,
    DEED_RESUME,
    DEED_APPROVE,
    DEED_OBSERVE,
    DEED_LAST_REMOVAL,

    DEED_CLOUD,
    DEED_NETWORK,
    DEED_DISK_FULL,
    DEED_DISK_CRASHES,
    DEED_CLOCK,
    DEED_REVOKE,
    DEED_CRASH,

    DEED_UNREACHABLE,
    DEED_LOST_REQUEST,
    DEED_LOST_ANSWER,
    DEED_SLOW,
    DEED_DUPLICATE,

    DEED_CRASH_BEFORE,
    DEED_CRASH_TORN,
    DEED_CRASH_AFTER,
    DEED_RECORD_LOST,
    DEED_RECORD_RESTORED,
    DEED_RECORD_LIED,

    DEED_CONSOLE_CHANGE,
    DEED_CONSOLE_DELETE,
    DEED_STRANGER,
    DEED_RELEASE,
    DEED_NEIGHBOUR,
    DEED_COUNT,
};

const char *deed_name(enum deed deed);      // "take-away"
const char *deed_meaning(enum deed deed);   // one sentence
enum deed deed_from_name(const char *name); // DEED_COUNT: there is none
