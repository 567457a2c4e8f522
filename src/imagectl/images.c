// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include "core/error.h"
#include "imagectl/command.h"
#include "imagectl/images.h"

int images_fetch(struct client *client, const struct invocation *invocation, struct images *images,
    struct error *error)
{
    *images = (struct images){0};
    if (client_get(client, "/v1/images", NULL, &images->answer, error) == 0 &&
        image_rows_read(images->answer.body, &images->rows, error) == 0 &&
        image_rows_select(&images->rows, invocation->operands, invocation->count, error) == 0)
        return 0;
    images_deinit(images);
    return -1;
}

void images_deinit(struct images *images)
{
    image_rows_deinit(&images->rows);
    client_answer_deinit(&images->answer);
}

int images_explain_unknown(
    struct client *client, const struct invocation *invocation, struct error *error)
{
    struct images images;
    struct error better = {0};
    if (error->code != ERROR_NOT_FOUND)
        return -1;
    if (images_fetch(client, invocation, &images, &better) == 0)
        images_deinit(&images);
    else if (better.code == ERROR_NOT_FOUND)
        *error = better;
    return -1;
}
