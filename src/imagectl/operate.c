// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// `imagectl retry`, `refresh`, `suspend`, `resume`, `approve`: asks the daemon to do it, which does
// it in its own time.

#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/error.h"
#include "core/memory.h"
#include "core/quote.h"
#include "imagectl/client.h"
#include "imagectl/command.h"
#include "imagectl/handlers.h"
#include "imagectl/images.h"
#include "imagectl/print.h"

static int operate_one(
    struct client *client, const char *command, const char *name, struct error *error)
{
    char *after = memory_format("/%s", command);
    char *path = name == NULL ? memory_format("/v1/%s", command)
                              : client_path("/v1/images/", name, after);
    int result = client_post(client, path, error);
    free(path);
    free(after);
    return result;
}

static int operate(struct client *client, const struct invocation *invocation, json_t *accepted,
    struct error *error)
{
    const char *command = invocation->command->name;
    if (invocation->all)
        return operate_one(client, command, NULL, error);
    // All names are known before the first is acted upon: a misspelt one stops the whole.
    struct images images;
    if (images_fetch(client, invocation, &images, error) != 0)
        return -1;
    images_deinit(&images);
    for (size_t i = 0; i < invocation->count; i++) {
        const char *name = invocation->operands[i];
        if (operate_one(client, command, name, error) != 0) {
            char *quoted = quote_text(name);
            error_prefix(error, "%s", quoted);
            free(quoted);
            return -1;
        }
        json_array_append_new(accepted, json_string(name));
    }
    return 0;
}

static void print_done(const struct invocation *invocation, json_t *accepted)
{
    const char *command = invocation->command->name;
    if (invocation_output(invocation) == OUTPUT_JSON) {
        print_json(json_pack("{s:s, s:b, s:O}", "command", command, "all", (int)invocation->all,
            "accepted", accepted));
        return;
    }
    if (invocation->all)
        printf("%s: accepted for all images\n", command);
    for (size_t i = 0; i < json_array_size(accepted); i++)
        printf("%s: accepted for %s\n", command, json_string_value(json_array_get(accepted, i)));
}

int operate_run(const struct invocation *invocation, struct error *error)
{
    int result = -1;
    json_t *accepted = json_array();
    struct client *client = client_new(invocation->socket, error);
    if (client != NULL)
        result = operate(client, invocation, accepted, error);
    // What was accepted before one was refused is told all the same.
    if (result == 0 || json_array_size(accepted) > 0)
        print_done(invocation, accepted);
    client_free(client);
    json_decref(accepted);
    return result == 0 ? STATUS_WELL : -1;
}
