// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// `imagectl show`: all that is known of one image.

#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "core/state.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "imagectl/age.h"
#include "imagectl/client.h"
#include "imagectl/clock.h"
#include "imagectl/command.h"
#include "imagectl/display.h"
#include "imagectl/handlers.h"
#include "imagectl/history.h"
#include "imagectl/image_row.h"
#include "imagectl/images.h"
#include "imagectl/print.h"
#include "imagectl/table.h"
#include "imagectl/terminal.h"
#include "imagectl/yaml_text.h"

#define LABEL_COLUMNS 11
#define HISTORY_TAIL  "5"

struct page {
    struct terminal terminal;
    struct image_row row;
    struct text out;
};

// A line of the list at the top: cleaned, wrapped on a terminal; nothing for an empty value.
static void write_fact(struct page *page, const char *label, const char *value, enum paint paint)
{
    struct text clean = {0};
    bool colour = page->terminal.colour;
    if (value == NULL || *value == '\0')
        return;
    display_clean(&clean, value);
    text_format(&page->out, "%s%-*s%s", paint_begin(PAINT_DIM, colour), LABEL_COLUMNS, label,
        paint_end(PAINT_DIM, colour));
    text_append(&page->out, paint_begin(paint, colour));
    display_wrap(&page->out, clean.bytes, LABEL_COLUMNS, page->terminal.columns);
    text_append(&page->out, paint_end(paint, colour));
    text_append(&page->out, "\n");
    text_deinit(&clean);
}

static void write_title(struct page *page, const char *title)
{
    text_format(&page->out, "\n%s%s%s\n", paint_begin(PAINT_BOLD, page->terminal.colour), title,
        paint_end(PAINT_BOLD, page->terminal.colour));
}

static void write_state(struct page *page)
{
    const struct image_row *row = &page->row;
    char age[AGE_SIZE];
    struct text words = {0};
    text_format(&words, "%s, %s", row->state, row->reason);
    if (row->age_ms >= 0) {
        age_format(row->age_ms, age);
        text_format(&words, ", for %s", age);
    }
    write_fact(page, "state", words.bytes, paint_of_state(row->state));
    text_deinit(&words);
    int reason = reason_from_name(row->reason);
    write_fact(page, "meaning", reason < 0 ? NULL : reason_help((enum reason)reason), PAINT_NONE);
    write_fact(page, "message", row->message, PAINT_NONE);
    write_fact(page, "invalid", row->invalid, PAINT_BAD);
}

// "ami-1234 (web-base-0f1e2d3c), pending in the cloud"
static void write_image(struct page *page)
{
    const struct image_row *row = &page->row;
    struct text words = {0};
    if (row->image_id == NULL)
        return;
    text_append(&words, row->image_id);
    if (row->cloud_name != NULL && strcmp(row->cloud_name, row->name) != 0)
        text_format(&words, " (%s)", row->cloud_name);
    if (row->cloud_state != NULL)
        text_format(&words, ", %s in the cloud", row->cloud_state);
    write_fact(page, "image", words.bytes, PAINT_NONE);
    text_deinit(&words);
}

static void write_time(struct page *page, const char *label, const char *time)
{
    int64_t then_ms = 0;
    char age[AGE_SIZE];
    char local[CLOCK_LOCAL_SIZE];
    if (time == NULL || timestamp_parse(time, &then_ms) != 0)
        return;
    age_format(clock_wall_ms() - then_ms, age);
    clock_format_local(then_ms, local);
    struct text words = {0};
    text_format(&words, "%s, %s ago", local, age);
    write_fact(page, label, words.bytes, PAINT_NONE);
    text_deinit(&words);
}

static void write_file(struct page *page)
{
    const struct image_row *row = &page->row;
    struct text words = {0};
    if (row->file != NULL) {
        text_append(&words, row->file);
        if (row->line > 0)
            text_format(&words, ":%" PRId64, row->line);
    }
    if (!row->declared)
        text_format(&words, "%s%s", row->file != NULL ? ", " : "", "no longer declared");
    write_fact(page, "file", words.bytes, PAINT_NONE);
    text_deinit(&words);
}

static void write_plans(struct page *page, const json_t *image)
{
    const struct image_row *row = &page->row;
    const char *intent = json_string_value(json_object_get(image, "intent"));
    struct text words = {0};
    char ahead[AGE_SIZE];
    if (intent != NULL && strcmp(intent, "none") != 0)
        write_fact(page, "under way", intent, PAINT_NONE);
    if (row->next_attempt != NULL && row->next_attempt_ms != IMAGE_ROW_UNKNOWN) {
        age_format_ahead(row->next_attempt_ms, ahead);
        text_append(&words, ahead);
    }
    if (row->attempts > 0)
        text_format(&words, "%safter %" PRId64 " failed attempt%s", words.length > 0 ? ", " : "",
            row->attempts, row->attempts == 1 ? "" : "s");
    write_fact(page, "next", words.bytes, PAINT_NONE);
    text_deinit(&words);
    if (row->suspended)
        write_fact(page, "suspended", "by an operator: `imagectl resume` ends it", PAINT_BUSY);
}

static void write_yaml(struct page *page, const char *title, const json_t *mapping)
{
    if (!json_is_object(mapping))
        return;
    write_title(page, title);
    yaml_text_write(mapping, 2, &page->out);
}

static void write_differences(struct page *page, const json_t *differences)
{
    static const char *const titles[] = {"  FIELD", "CHANGE", "IN THE CLOUD", "DECLARED"};
    if (json_array_size(differences) == 0)
        return;
    struct table *table = table_new(titles, sizeof(titles) / sizeof(titles[0]));
    for (size_t i = 0; i < json_array_size(differences); i++) {
        const json_t *item = json_array_get(differences, i);
        const char *field = json_string_value(json_object_get(item, "field"));
        char *indented = memory_format("  %s", field != NULL ? field : "");
        table_add(table, indented, PAINT_NONE);
        table_add(table, json_string_value(json_object_get(item, "change")), PAINT_NONE);
        const char *from = json_string_value(json_object_get(item, "from"));
        const char *to = json_string_value(json_object_get(item, "to"));
        table_add(table, from != NULL ? from : "absent", PAINT_BAD);
        table_add(table, to != NULL ? to : "absent", PAINT_GOOD);
        free(indented);
    }
    write_title(page, "Differences");
    table_write(table, &page->terminal, table_rows(table), &page->out);
    table_free(table);
}

static void print_page(struct page *page, const json_t *image, const json_t *history)
{
    write_fact(page, "name", page->row.name, PAINT_BOLD);
    write_state(page);
    write_image(page);
    write_time(page, "made", json_string_value(json_object_get(image, "made")));
    write_time(page, "building", page->row.pending_since);
    write_fact(page, "source", json_string_value(json_object_get(image, "source_id")), PAINT_NONE);
    write_file(page);
    write_time(page, "removed", json_string_value(json_object_get(image, "removed_since")));
    write_plans(page, image);
    write_differences(page, json_object_get(image, "differences"));
    write_yaml(page, "Declaration", json_object_get(image, "declaration"));
    write_yaml(page, "In the cloud", json_object_get(image, "live"));
    if (json_array_size(json_object_get(history, "items")) > 0) {
        write_title(page, "History");
        history_write(history, false, clock_wall_ms(), &page->terminal, &page->out);
    }
    print_text(&page->out);
}

static int print_image(
    const struct invocation *invocation, json_t *image, json_t *history, struct error *error)
{
    if (invocation_output(invocation) == OUTPUT_JSON) {
        json_object_set(image, "history", json_object_get(history, "items"));
        print_json(json_incref(image));
        return STATUS_WELL;
    }
    struct page page = {.terminal = terminal_look()};
    if (image_row_read(image, &page.row, error) != 0)
        return -1;
    print_page(&page, image, history);
    text_deinit(&page.out);
    return STATUS_WELL;
}

int show_run(const struct invocation *invocation, struct error *error)
{
    int status = -1;
    struct client_answer image = {0};
    struct client_answer history = {0};
    const char *name = invocation->operands[0];
    char *image_path = client_path("/v1/images/", name, "");
    char *history_path = client_path("/v1/images/", name, "/history?limit=" HISTORY_TAIL);
    struct client *client = client_new(invocation->socket, error);
    if (client != NULL && client_get(client, image_path, NULL, &image, error) == 0 &&
        client_get(client, history_path, NULL, &history, error) == 0)
        status = print_image(invocation, image.body, history.body, error);
    if (status < 0)
        status = images_explain_unknown(client, invocation, error);
    free(image_path);
    free(history_path);
    client_answer_deinit(&image);
    client_answer_deinit(&history);
    client_free(client);
    return status;
}
