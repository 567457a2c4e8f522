// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// How a record is stored: one row a member, read by every kind of store. Adding a member to struct
// record is adding a row here, and a migration where columns are made.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/error.h"
#include "core/record.h"

// The member's C type is in brackets.
enum member_type {
    MEMBER_TEXT,      // [char *]
    MEMBER_SHARED,    // [const char *] of core/shared_text.h
    MEMBER_BOOLEAN,   // [bool]
    MEMBER_INT64,     // [int64_t]
    MEMBER_UINT32,    // [uint32_t]
    MEMBER_TEXT_LIST, // [struct text_list] as a JSON array
    MEMBER_STATE,     // [enum image_state] by name
    MEMBER_REASON,    // [enum reason] by name
    MEMBER_INTENT,    // [enum intent] by name
};

struct store_member {
    const char *name;
    enum member_type type;
    size_t offset;
};

// Ends with a row without a name. The first row is the key.
extern const struct store_member store_members[];

// A member's value as stores keep it.
enum store_value_kind { STORE_VALUE_NONE, STORE_VALUE_INTEGER, STORE_VALUE_TEXT };

struct store_value {
    enum store_value_kind kind;
    int64_t integer;
    const char *text; // borrowed from the record, or from `owned`
    char *owned;
};

void store_value_deinit(struct store_value *value); // also for CLEANUP()

// Reads a member. Fails when its text cannot be kept (a list's element that is not UTF-8).
int store_member_get(const struct record *record, const struct store_member *member,
    struct store_value *value, struct error *error) CHECK_RESULT;

// Sets a member, copying. ERROR_CORRUPT: the value is none that store_member_get gives.
int store_member_set(struct record *record, const struct store_member *member,
    const struct store_value *value, struct error *error) CHECK_RESULT;
