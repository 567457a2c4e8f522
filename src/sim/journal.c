// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A list of requests, cut at its old end. What is shown of a request is parsed when it is looked
// at, which is seldom.

#include "config.h"

#include "sim/journal.h"
#include "sim/hash.h"
#include "sim/parameters.h"
#include "sim/text.h"

#include <stdbool.h>
#include <string.h>

struct sim_journal_entry {
    int64_t time_ms;
    char *method;
    char *target;
    char *body; // NULL without one
    size_t body_length;
    int status;
    struct sim_journal_entry *prev, *next;
};

struct sim_journal {
    struct sim_journal_entry *entries;
    size_t count;
    size_t limit;
};

struct sim_journal *sim_journal_new(size_t limit)
{
    struct sim_journal *journal = sim_memory_new(sizeof *journal);

    journal->limit = limit;
    return journal;
}

static void drop_first(struct sim_journal *journal)
{
    struct sim_journal_entry *entry = journal->entries;

    DL_DELETE(journal->entries, entry);
    journal->count--;
    free(entry->method);
    free(entry->target);
    free(entry->body);
    free(entry);
}

void sim_journal_clear(struct sim_journal *journal)
{
    while (journal->entries != NULL) {
        drop_first(journal);
    }
}

void sim_journal_free(struct sim_journal *journal)
{
    if (journal != NULL) {
        sim_journal_clear(journal);
        free(journal);
    }
}

static bool is_parameter(const char *text, size_t length, const char *name)
{
    return length == strlen(name) && strncmp(text, name, length) == 0;
}

// The parameters with every value replaced but those known to be harmless.
static char *mask_parameters(const char *text, size_t length)
{
    struct sim_text masked = {0};
    const char *end = text + length;

    while (text < end) {
        const char *ampersand = memchr(text, '&', (size_t)(end - text));
        const char *stop = ampersand != NULL ? ampersand : end;
        const char *equals = memchr(text, '=', (size_t)(stop - text));
        size_t name_length = (size_t)((equals != NULL ? equals : stop) - text);

        if (is_parameter(text, name_length, "grant_type") ||
            is_parameter(text, name_length, "client_id")) {
            sim_text_append(&masked, text, (size_t)(stop - text));
        } else {
            sim_text_append(&masked, text, name_length);
            sim_text_add(&masked, equals != NULL ? "=***" : "");
        }
        sim_text_add(&masked, ampersand != NULL ? "&" : "");
        text = stop + 1;
    }
    return sim_text_take(&masked);
}

static char *mask_target(const char *target)
{
    const char *query = strchr(target, '?');
    struct sim_text masked = {0};
    char *parameters;

    if (query == NULL) {
        return sim_memory_text(target);
    }
    parameters = mask_parameters(query + 1, strlen(query + 1));
    sim_text_append(&masked, target, (size_t)(query + 1 - target));
    sim_text_add(&masked, parameters);
    free(parameters);
    return sim_text_take(&masked);
}

struct sim_journal_entry *sim_journal_add(
    struct sim_journal *journal, const struct sim_request *request, int64_t time_ms)
{
    struct sim_journal_entry *entry = sim_memory_new(sizeof *entry);
    bool is_secret = strncmp(request->target, "/iam/", 5) == 0;

    entry->time_ms = time_ms;
    entry->method = sim_memory_text(request->method);
    entry->target = is_secret ? mask_target(request->target) : sim_memory_text(request->target);
    if (request->body_length > 0) {
        entry->body = is_secret ? mask_parameters(request->body, request->body_length)
                                : sim_memory_bytes(request->body, request->body_length);
        entry->body_length = is_secret ? strlen(entry->body) : request->body_length;
    }
    DL_APPEND(journal->entries, entry);
    if (++journal->count > journal->limit) {
        drop_first(journal);
    }
    return entry;
}

void sim_journal_answered(struct sim_journal_entry *entry, int status)
{
    entry->status = status;
}

static json_t *query_document(const char *target)
{
    const char *query = strchr(target, '?');
    json_t *parameters = query != NULL ? sim_parameters_parse(query + 1, strlen(query + 1))
                                       : json_object();

    return parameters != NULL ? parameters : json_string(query + 1);
}

// JSON when it is JSON, else the text; null when there is none.
static json_t *body_document(const struct sim_journal_entry *entry)
{
    json_t *document = NULL;

    if (entry->body != NULL) {
        document = json_loadb(entry->body, entry->body_length, JSON_DECODE_ANY, NULL);
        if (document == NULL) {
            document = json_stringn(entry->body, entry->body_length);
        }
    }
    return document != NULL ? document : json_null();
}

json_t *sim_journal_document(const struct sim_journal *journal)
{
    json_t *items = json_array();
    const struct sim_journal_entry *entry;

    DL_FOREACH(journal->entries, entry) {
        size_t path_length = strcspn(entry->target, "?");

        json_array_append_new(
            items, json_pack("{s:f, s:s, s:s%, s:o, s:o, s:i}", "time",
                       (double)entry->time_ms / 1000.0, "method", entry->method, "path",
                       entry->target, path_length, "query", query_document(entry->target), "body",
                       body_document(entry), "status", entry->status));
    }
    return json_pack("{s:o}", "items", items);
}
