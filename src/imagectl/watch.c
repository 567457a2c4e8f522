// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// `imagectl watch`: how the images stand, as it changes. Asks twice a second; an unchanged answer
// is a 304, and ages go on by the clock of this side.

#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "core/text.h"
#include "imagectl/age.h"
#include "imagectl/client.h"
#include "imagectl/clock.h"
#include "imagectl/command.h"
#include "imagectl/daemon.h"
#include "imagectl/display.h"
#include "imagectl/handlers.h"
#include "imagectl/image_row.h"
#include "imagectl/image_table.h"
#include "imagectl/images.h"
#include "imagectl/print.h"
#include "imagectl/screen.h"
#include "imagectl/table.h"
#include "imagectl/terminal.h"
#include "imagectl/watch_lines.h"
#include "imagectl/wishes.h"

#define ASK_EVERY_MS  500
#define DRAW_EVERY_MS 125
#define CALM_LOOKS    2 // so many in a row must find all settled: a step may be between two others
#define LEAST_ROWS    3 // of the table, however small the terminal

struct watch {
    const struct invocation *invocation;
    struct client *client;
    struct wishes *wishes;
    struct screen *screen; // NULL: lines
    struct images images;
    json_t *daemon; // the answer to GET /v1/status of about the same time
    int64_t looked_ms;
    int64_t lost_since_ms;
    struct error lost; // why there is no answer; code ERROR_NONE: there is one
    int tick;
    int calm;
};

// The rows as they were chosen, and the daemon's state with them.
static int take(struct watch *watch, struct client_answer *answer, struct error *error)
{
    struct client_answer daemon = {0};
    struct image_rows rows;
    const struct invocation *invocation = watch->invocation;
    if (client_get(watch->client, "/v1/status", NULL, &daemon, error) != 0)
        return -1;
    if (image_rows_read(answer->body, &rows, error) != 0) {
        client_answer_deinit(&daemon);
        return -1;
    }
    image_rows_keep(&rows, invocation->operands, invocation->count);
    if (watch->screen == NULL) {
        struct text lines = {0};
        watch_lines_write(&watch->images.rows, &rows, invocation_output(invocation) == OUTPUT_JSON,
            clock_wall_ms(), &lines);
        print_text(&lines);
        fflush(stdout);
        text_deinit(&lines);
    }
    images_deinit(&watch->images);
    watch->images = (struct images){.answer = *answer, .rows = rows};
    *answer = (struct client_answer){0};
    json_decref(watch->daemon);
    watch->daemon = json_incref(daemon.body);
    client_answer_deinit(&daemon);
    watch->looked_ms = clock_monotonic_ms();
    return 0;
}

static int ask(struct watch *watch, struct error *error)
{
    struct client_answer answer = {0};
    // While the daemon comes up, its state is asked for as well, whether images change or not.
    bool steady = watch->lost.code == ERROR_NONE && daemon_has_looked(watch->daemon);
    const char *etag = steady ? watch->images.answer.etag : NULL;
    int result = client_get(watch->client, "/v1/images", etag, &answer, error);
    if (result == 0 && answer.changed)
        result = take(watch, &answer, error);
    client_answer_deinit(&answer);
    return result;
}

static void note_lost(struct watch *watch, const struct error *error)
{
    if (watch->lost.code == ERROR_NONE) {
        watch->lost_since_ms = clock_monotonic_ms();
        if (watch->screen == NULL)
            fprintf(stderr, "imagectl: waiting for imaged: %s\n", error->message);
    }
    watch->lost = *error;
}

static void note_found(struct watch *watch)
{
    if (watch->lost.code != ERROR_NONE && watch->screen == NULL)
        fprintf(stderr, "imagectl: imaged answers again\n");
    watch->lost = (struct error){0};
}

// Asks, and remembers why there is no answer: a daemon that restarts is waited for.
static int look(struct watch *watch, struct error *error)
{
    struct error fault = {0};
    if (ask(watch, &fault) == 0) {
        note_found(watch);
        return 0;
    }
    if (fault.code == ERROR_BUSY) // broken off by the person
        return 0;
    bool waits = fault.code == ERROR_UNAVAILABLE && watch->daemon != NULL;
    if (waits) {
        note_lost(watch, &fault);
        return 0;
    }
    *error = fault;
    return -1;
}

static size_t count_lines(const char *text)
{
    size_t lines = 0;
    for (; (text = strchr(text, '\n')) != NULL; text++)
        lines++;
    return lines;
}

static void write_footer(const struct watch *watch, bool colour, struct text *out)
{
    text_append(out, "\n");
    daemon_write_summary(watch->daemon, colour, out);
    if (watch->lost.code == ERROR_NONE)
        return;
    char age[AGE_SIZE];
    struct text line = {0};
    age_format(clock_monotonic_ms() - watch->lost_since_ms, age);
    text_format(&line, "waiting for imaged, for %s: %s", age, watch->lost.message);
    text_append(out, paint_begin(PAINT_BUSY, colour));
    display_clean(out, line.bytes);
    text_append(out, paint_end(PAINT_BUSY, colour));
    text_append(out, "\n");
    text_deinit(&line);
}

// Of images that do not all fit, those first that one waits for: moving, then in need, then the
// rest.
static int urgency(const struct image_row *row)
{
    return !image_row_settled(row) ? 0 : image_row_needs_person(row) ? 1 : 2;
}

static struct image_rows most_urgent(const struct image_rows *all, size_t room)
{
    struct image_rows chosen = {.items = memory_new(room, sizeof(struct image_row))};
    for (int wanted = 0; wanted <= 2; wanted++)
        for (size_t i = 0; i < all->count && chosen.count < room; i++)
            if (urgency(&all->items[i]) == wanted)
                chosen.items[chosen.count++] = all->items[i];
    return chosen;
}

static void draw(struct watch *watch)
{
    struct text out = {0};
    struct text footer = {0};
    struct terminal terminal = terminal_look();
    write_footer(watch, terminal.colour, &footer);
    // The title, the line of what is left out, and where the cursor stands.
    size_t taken = count_lines(footer.bytes) + 3;
    size_t room = terminal.rows > taken + LEAST_ROWS ? terminal.rows - taken : LEAST_ROWS;
    const struct image_rows *all = &watch->images.rows;
    struct image_rows shown = most_urgent(all, room);
    struct table *table = image_table_new(
        all->count > room ? &shown : all, clock_monotonic_ms() - watch->looked_ms, watch->tick);
    table_write(table, &terminal, room, &out);
    if (all->count > room)
        text_format(&out, "... and %zu more\n", all->count - room);
    text_append(&out, footer.bytes);
    screen_draw(watch->screen, out.bytes);
    table_free(table);
    image_rows_deinit(&shown);
    text_deinit(&footer);
    text_deinit(&out);
}

static bool settled(const struct watch *watch)
{
    if (watch->lost.code != ERROR_NONE || !daemon_has_looked(watch->daemon))
        return false;
    for (size_t i = 0; i < watch->images.rows.count; i++)
        if (!image_row_settled(&watch->images.rows.items[i]))
            return false;
    return true;
}

static int final_status(const struct watch *watch)
{
    int status = STATUS_WELL;
    if (watch->invocation->count == 0 && daemon_needs_person(watch->daemon))
        status = STATUS_TO_SEE;
    for (size_t i = 0; i < watch->images.rows.count; i++) {
        const struct image_row *row = &watch->images.rows.items[i];
        if (strcmp(row->state, "available") != 0 || row->invalid != NULL)
            status = STATUS_TO_SEE;
    }
    return status;
}

static void pause_program(struct watch *watch)
{
    if (watch->screen != NULL)
        screen_leave(watch->screen);
    raise(SIGSTOP);
    if (watch->screen != NULL)
        screen_enter(watch->screen);
}

// Until the next look is due: draws, and heeds what is wished. False: the end is.
static bool idle(struct watch *watch)
{
    int64_t until = clock_monotonic_ms() + ASK_EVERY_MS;
    for (int64_t left = ASK_EVERY_MS; left > 0; left = until - clock_monotonic_ms()) {
        if (watch->screen != NULL) {
            draw(watch);
            left = left < DRAW_EVERY_MS ? left : DRAW_EVERY_MS;
        }
        enum wish wish = wishes_wait(watch->wishes, left);
        if (wish == WISH_END)
            return false;
        if (wish == WISH_PAUSE)
            pause_program(watch);
        watch->tick++;
    }
    return true;
}

static int run(struct watch *watch, struct error *error)
{
    for (;;) {
        if (look(watch, error) != 0)
            return -1;
        watch->calm = settled(watch) ? watch->calm + 1 : 0;
        if (watch->invocation->until_settled && watch->calm >= CALM_LOOKS) {
            if (watch->screen != NULL)
                draw(watch);
            return final_status(watch);
        }
        if (!idle(watch))
            break;
    }
    if (!watch->invocation->until_settled)
        return STATUS_WELL;
    return error_set(error, ERROR_BUSY, "ended before all was settled");
}

// Before anything is drawn: whether there is a daemon, and are such images.
static int check(const struct watch *watch, struct error *error)
{
    struct images images;
    if (images_fetch(watch->client, watch->invocation, &images, error) != 0)
        return -1;
    images_deinit(&images);
    return 0;
}

int watch_run(const struct invocation *invocation, struct error *error)
{
    int status = -1;
    struct watch watch = {.invocation = invocation};
    watch.client = client_new(invocation->socket, error);
    if (watch.client == NULL || check(&watch, error) != 0)
        goto out;
    watch.wishes = wishes_new(error);
    if (watch.wishes == NULL)
        goto out;
    client_set_stop(watch.client, wishes_end, watch.wishes);
    if (terminal_look().present && invocation_output(invocation) == OUTPUT_TABLE)
        watch.screen = screen_new();
    status = run(&watch, error);
out:
    screen_free(watch.screen);
    wishes_free(watch.wishes);
    images_deinit(&watch.images);
    json_decref(watch.daemon);
    client_free(watch.client);
    return status;
}
