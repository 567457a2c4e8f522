// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The rules and their counts. A rule that does not apply (not yet, no longer, or by chance) leaves
// the request to the rules behind it.

#include "config.h"

#include "sim/faults.h"
#include "sim/check.h"
#include "sim/fault_action.h"
#include "sim/memory.h"
#include "sim/random.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#define FOR_EVER (-1)

struct rule {
    json_t *document; // as it was given; the rest borrows from it
    const char *method;
    const char *path;
    json_int_t after;
    json_int_t times;
    double probability;
    struct sim_fault fault;
    json_int_t matched;
    json_int_t applied;
};

struct sim_faults {
    struct rule *rules;
    size_t count;
    struct sim_random random;
};

static const char *rule_count(const json_t *value)
{
    return json_integer_value(value) >= 0 ? NULL : "must be at least 0";
}

static const char *rule_times(const json_t *value)
{
    return json_integer_value(value) >= 1 || json_integer_value(value) == FOR_EVER
               ? NULL
               : "must be at least 1, or -1 for ever";
}

static const char *rule_probability(const json_t *value)
{
    return json_number_value(value) >= 0 && json_number_value(value) <= 1 ? NULL
                                                                          : "must be from 0 to 1";
}

static const struct sim_check_field rule_fields[] = {
    {"method", SIM_CHECK_STRING, false, NULL, NULL},
    {"path", SIM_CHECK_STRING, false, NULL, NULL},
    {"after", SIM_CHECK_INTEGER, false, NULL, rule_count},
    {"times", SIM_CHECK_INTEGER, false, NULL, rule_times},
    {"probability", SIM_CHECK_NUMBER, false, NULL, rule_probability},
    {"action", SIM_CHECK_ANY, true, NULL, NULL},
    {NULL, SIM_CHECK_ANY, false, NULL, NULL},
};

struct sim_faults *sim_faults_new(uint64_t seed)
{
    struct sim_faults *faults = sim_memory_new(sizeof *faults);

    sim_random_init(&faults->random, seed, SIM_RANDOM_FAULTS);
    return faults;
}

static void free_rules(struct rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        json_decref(rules[i].document);
    }
    free(rules);
}

void sim_faults_free(struct sim_faults *faults)
{
    if (faults != NULL) {
        free_rules(faults->rules, faults->count);
        free(faults);
    }
}

static json_int_t integer_of(const json_t *document, const char *name, json_int_t fallback)
{
    const json_t *value = json_object_get(document, name);

    return value != NULL ? json_integer_value(value) : fallback;
}

static int check_rule(const json_t *document, struct sim_error *error)
{
    json_t *violations = json_array();
    const json_t *first;
    int result = 0;

    if (sim_check_object(rule_fields, document, "", violations) != 0) {
        first = json_array_get(violations, 0);
        result = sim_error_set(error, "%s %s", json_string_value(json_object_get(first, "field")),
            json_string_value(json_object_get(first, "description")));
    }
    json_decref(violations);
    return result;
}

// `document` stays in `rule`, whatever comes of it.
static int read_rule(json_t *document, struct rule *rule, struct sim_error *error)
{
    const json_t *probability = json_object_get(document, "probability");

    rule->document = json_incref(document);
    if (check_rule(document, error) != 0) {
        return -1;
    }
    rule->method = json_string_value(json_object_get(document, "method"));
    rule->path = json_string_value(json_object_get(document, "path"));
    rule->after = integer_of(document, "after", 0);
    rule->times = integer_of(document, "times", 1);
    rule->probability = probability != NULL ? json_number_value(probability) : 1.0;
    return sim_fault_action_read(json_object_get(document, "action"), &rule->fault, error);
}

int sim_faults_set(struct sim_faults *faults, const json_t *document, struct sim_error *error)
{
    size_t count = json_array_size(document);
    struct rule *rules;

    if (!json_is_array(document)) {
        return sim_error_set(error, "the rules must be a list");
    }
    rules = sim_memory_new(count * sizeof *rules);
    for (size_t i = 0; i < count; i++) {
        if (read_rule(json_array_get(document, i), &rules[i], error) != 0) {
            sim_error_prefix(error, "rule %zu", i);
            free_rules(rules, i + 1);
            return -1;
        }
    }
    free_rules(faults->rules, faults->count);
    faults->rules = rules;
    faults->count = count;
    return 0;
}

json_t *sim_faults_document(const struct sim_faults *faults)
{
    json_t *items = json_array();

    for (size_t i = 0; i < faults->count; i++) {
        json_t *item = json_copy(faults->rules[i].document);

        json_object_set_new(item, "matched", json_integer(faults->rules[i].matched));
        json_object_set_new(item, "applied", json_integer(faults->rules[i].applied));
        json_array_append_new(items, item);
    }
    return json_pack("{s:o}", "items", items);
}

// Some faults mean something to some requests only.
static bool is_possible(enum sim_fault_kind kind, const char *method, const char *path)
{
    switch (kind) {
    case SIM_FAULT_STALE:
        return strcmp(method, "GET") == 0;
    case SIM_FAULT_HIDDEN:
    case SIM_FAULT_FAIL_IMAGE:
        return strcmp(method, "POST") == 0 && strcmp(path, "/images") == 0;
    default:
        return true;
    }
}

static bool matches(const struct rule *rule, const char *method, const char *path)
{
    if (rule->method != NULL && strcmp(rule->method, method) != 0) {
        return false;
    }
    if (rule->path != NULL && strcmp(rule->path, "*") != 0 &&
        fnmatch(rule->path, path, FNM_PATHNAME) != 0) {
        return false;
    }
    return is_possible(rule->fault.kind, method, path);
}

static bool applies(struct rule *rule, struct sim_random *random)
{
    if (rule->matched++ < rule->after ||
        (rule->times != FOR_EVER && rule->applied >= rule->times) ||
        (rule->probability < 1.0 && sim_random_unit(random) >= rule->probability)) {
        return false;
    }
    rule->applied++;
    return true;
}

const struct sim_fault *sim_faults_draw(
    struct sim_faults *faults, const char *method, const char *path)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct rule *rule = &faults->rules[i];

        if (matches(rule, method, path) && applies(rule, &faults->random)) {
            return &rule->fault;
        }
    }
    return NULL;
}
