// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// `imagectl status`: how the images stand.

#include "config.h"

#include <stdint.h>

#include "core/text.h"
#include "imagectl/client.h"
#include "imagectl/command.h"
#include "imagectl/daemon.h"
#include "imagectl/handlers.h"
#include "imagectl/image_row.h"
#include "imagectl/image_table.h"
#include "imagectl/images.h"
#include "imagectl/print.h"
#include "imagectl/table.h"
#include "imagectl/terminal.h"

static void print_rows(const struct image_rows *rows, const json_t *daemon, bool whole)
{
    struct text out = {0};
    struct terminal terminal = terminal_look();
    struct table *table = image_table_new(rows, 0, -1);
    if (rows->count > 0)
        table_write(table, &terminal, SIZE_MAX, &out);
    if (rows->count > 0 && whole)
        text_append(&out, "\n");
    if (whole)
        daemon_write_summary(daemon, terminal.colour, &out);
    print_text(&out);
    table_free(table);
    text_deinit(&out);
}

static void print_as_json(const struct image_rows *rows, json_t *daemon)
{
    json_t *images = json_array();
    for (size_t i = 0; i < rows->count; i++)
        json_array_append(images, (json_t *)rows->items[i].json);
    print_json(json_pack("{s:O, s:o}", "daemon", daemon, "images", images));
}

static void print_names(const struct image_rows *rows)
{
    struct text out = {0};
    for (size_t i = 0; i < rows->count; i++)
        text_format(&out, "%s\n", rows->items[i].name);
    print_text(&out);
    text_deinit(&out);
}

static int print_all(
    const struct invocation *invocation, json_t *daemon, const struct image_rows *rows)
{
    bool whole = invocation->count == 0;
    int status = whole && daemon_needs_person(daemon) ? STATUS_TO_SEE : STATUS_WELL;
    for (size_t i = 0; i < rows->count; i++)
        if (image_row_needs_person(&rows->items[i]))
            status = STATUS_TO_SEE;
    if (invocation->names)
        print_names(rows);
    else if (invocation_output(invocation) == OUTPUT_JSON)
        print_as_json(rows, daemon);
    else
        print_rows(rows, daemon, whole);
    return status;
}

int status_run(const struct invocation *invocation, struct error *error)
{
    int status = -1;
    struct client_answer daemon = {0};
    struct images images = {0};
    struct client *client = client_new(invocation->socket, error);
    if (client != NULL && client_get(client, "/v1/status", NULL, &daemon, error) == 0 &&
        images_fetch(client, invocation, &images, error) == 0)
        status = print_all(invocation, daemon.body, &images.rows);
    images_deinit(&images);
    client_answer_deinit(&daemon);
    client_free(client);
    return status;
}
