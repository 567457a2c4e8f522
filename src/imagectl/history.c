// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// `imagectl history`: what became of the images, newest first.

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "imagectl/age.h"
#include "imagectl/client.h"
#include "imagectl/clock.h"
#include "imagectl/command.h"
#include "imagectl/handlers.h"
#include "imagectl/history.h"
#include "imagectl/images.h"
#include "imagectl/print.h"
#include "imagectl/table.h"

#define DEFAULT_LIMIT "50"
#define LIMIT_DIGITS  6

static const char *words(const json_t *item, const char *key)
{
    const char *text = json_string_value(json_object_get(item, key));
    return text != NULL ? text : "";
}

static void add_time(struct table *table, const char *time)
{
    int64_t then_ms = 0;
    char local[CLOCK_LOCAL_SIZE] = "";
    if (timestamp_parse(time, &then_ms) == 0)
        clock_format_local(then_ms, local);
    table_add(table, local, PAINT_DIM);
}

static void add_age(struct table *table, const char *time, int64_t wall_ms)
{
    int64_t then_ms = 0;
    char age[AGE_SIZE] = "";
    if (timestamp_parse(time, &then_ms) == 0)
        age_format(wall_ms - then_ms, age);
    table_add(table, age, PAINT_NONE);
}

void history_write(const json_t *answer, bool names, int64_t wall_ms,
    const struct terminal *terminal, struct text *out)
{
    static const char *const titles[] = {"NAME", "TIME", "AGO", "STATE", "REASON", "ID", "MESSAGE"};
    const json_t *items = json_object_get(answer, "items");
    size_t first = names ? 0 : 1;
    struct table *table = table_new(titles + first, sizeof(titles) / sizeof(titles[0]) - first);
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        const char *time = words(item, "time");
        const char *state = words(item, "state");
        if (names)
            table_add(table, words(item, "name"), PAINT_NONE);
        add_time(table, time);
        add_age(table, time, wall_ms);
        table_add(table, state, paint_of_state(state));
        table_add(table, words(item, "reason"), PAINT_NONE);
        table_add(table, words(item, "image_id"), PAINT_NONE);
        table_add(table, words(item, "message"), PAINT_NONE);
    }
    table_write(table, terminal, table_rows(table), out);
    table_free(table);
}

static bool is_empty(const json_t *answer)
{
    return json_array_size(json_object_get(answer, "items")) == 0;
}

static int print_history(const struct invocation *invocation, json_t *answer)
{
    struct text out = {0};
    struct terminal terminal = terminal_look();
    if (invocation_output(invocation) == OUTPUT_JSON) {
        print_json(json_incref(answer));
        return STATUS_WELL;
    }
    if (is_empty(answer))
        text_append(&out, "Nothing has happened yet.\n");
    else
        history_write(answer, invocation->count == 0, clock_wall_ms(), &terminal, &out);
    print_text(&out);
    text_deinit(&out);
    return STATUS_WELL;
}

// An image that is no longer known may have a history. Without one, its name may be misspelt.
static int check_name(
    struct client *client, const struct invocation *invocation, struct error *error)
{
    struct images images;
    if (images_fetch(client, invocation, &images, error) != 0)
        return -1;
    images_deinit(&images);
    return 0;
}

int history_check_limit(const char *limit, struct error *error)
{
    size_t digits = strspn(limit, "0123456789");
    if (digits == 0 || digits > LIMIT_DIGITS || limit[digits] != '\0' || atoi(limit) == 0)
        return error_set(
            error, ERROR_INVALID, "--limit must be a whole number above 0, not \"%.32s\"", limit);
    return 0;
}

int history_run(const struct invocation *invocation, struct error *error)
{
    const char *limit = invocation->limit != NULL ? invocation->limit : DEFAULT_LIMIT;
    if (history_check_limit(limit, error) != 0)
        return -1;
    int status = -1;
    struct client_answer answer = {0};
    struct client *client = client_new(invocation->socket, error);
    char *after = memory_format("/history?limit=%s", limit);
    char *path = invocation->count > 0 ? client_path("/v1/images/", invocation->operands[0], after)
                                       : memory_format("/v1%s", after);
    if (client != NULL && client_get(client, path, NULL, &answer, error) == 0 &&
        (!is_empty(answer.body) || check_name(client, invocation, error) == 0))
        status = print_history(invocation, answer.body);
    else
        status = images_explain_unknown(client, invocation, error);
    free(path);
    free(after);
    client_answer_deinit(&answer);
    client_free(client);
    return status;
}
