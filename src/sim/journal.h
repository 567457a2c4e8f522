// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// What was asked of the API, in order: what tests look at to see how often, and in which words,
// they asked. Secrets of token requests are not kept.

#include "sim/exchange.h"

struct sim_journal;
struct sim_journal_entry;

// Keeps the newest `limit` requests.
struct sim_journal *sim_journal_new(size_t limit);
void sim_journal_free(struct sim_journal *journal);

// Notes a request that came at `time_ms`. The answer's status follows with sim_journal_answered(),
// before the next request.
struct sim_journal_entry *sim_journal_add(
    struct sim_journal *journal, const struct sim_request *request, int64_t time_ms);

// 0 for a request whose connection is closed without an answer.
void sim_journal_answered(struct sim_journal_entry *entry, int status);

void sim_journal_clear(struct sim_journal *journal);

// {"items": [{"time", "method", "path", "query", "body", "status"}…]}
json_t *sim_journal_document(const struct sim_journal *journal);
