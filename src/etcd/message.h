// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What etcd v3's JSON gateway is told and what it answers: the parts of its messages that imaged
// uses. Keys and values are texts here; base64 is of the wire. Numbers of 64 bits go as texts, and
// what is zero is left out, as Protobuf's JSON mapping has it.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/error.h"

// A key with its value. Both are owned.
struct etcd_entry {
    char *key;
    char *value;
    int64_t create_revision;
    int64_t lease;
};

struct etcd_entries {
    struct etcd_entry *items; // owned
    size_t count;
    size_t capacity;
    bool more; // beyond the limit
};

void etcd_entries_deinit(struct etcd_entries *entries);

// ---- To be sent. Each returns a new reference.

// The key behind all that begin with this text. The caller frees.
char *etcd_end_of(const char *prefix) CHECK_RESULT;

enum etcd_order { ETCD_BY_KEY, ETCD_BY_KEY_LAST_FIRST, ETCD_BY_CHANGE_LAST_FIRST };

struct etcd_range {
    const char *key;
    const char *end;  // behind the last; NULL: this key alone
    size_t limit;     // 0: none
    int64_t revision; // as things stood then; 0: now
    enum etcd_order order;
    bool keys_only;
};
json_t *etcd_range(const struct etcd_range *range) CHECK_RESULT;

// Operations of a transaction.
json_t *etcd_read(const char *key) CHECK_RESULT;
json_t *etcd_put(const char *key, const char *value, int64_t lease) CHECK_RESULT;
json_t *etcd_delete(const char *key, const char *end) CHECK_RESULT;

// Conditions of a transaction. Revision 0: there is no such key.
json_t *etcd_if_created(const char *key, int64_t revision) CHECK_RESULT;
json_t *etcd_if_changed_before(const char *key, int64_t revision) CHECK_RESULT; // or is not there
json_t *etcd_if_value(const char *key, const char *value) CHECK_RESULT;

// Takes over the three arrays, of conditions and of operations.
json_t *etcd_transaction(json_t *conditions, json_t *then, json_t *otherwise) CHECK_RESULT;

json_t *etcd_watch(const char *key, int64_t from_revision) CHECK_RESULT;
json_t *etcd_number(const char *name, int64_t value) CHECK_RESULT; // {name: "value"}

// ---- As answered

// A number of the object, 0 when it is not there.
int64_t etcd_number_of(const json_t *object, const char *name);

// The revision at which an answer was given.
int64_t etcd_revision_of(const json_t *answer);

// Adds the entries of an answer to etcd_range. ERROR_CORRUPT: they make no sense.
int etcd_entries_read(
    const json_t *answer, struct etcd_entries *entries, struct error *error) CHECK_RESULT;

// The answer to the operation at that place of a transaction, for etcd_entries_read; NULL: none.
const json_t *etcd_transaction_read(const json_t *answer, size_t index);
