// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "numspot/wire.h"

static void wipe_text(char *text)
{
    if (text != NULL)
        explicit_bzero(text, strlen(text));
    free(text);
}

// The body as well: that of a token request holds the secret.
void transfer_free(struct transfer *transfer)
{
    if (transfer == NULL)
        return;
    free(transfer->target);
    if (transfer->body != NULL)
        explicit_bzero(transfer->body, transfer->body_length);
    free(transfer->body);
    wipe_text(transfer->bearer);
    free(transfer->username);
    wipe_text(transfer->password);
    free(transfer);
}

// An answer's body may be that of a token request, and hold the token.
void transfer_result_drop_body(struct transfer_result *result)
{
    if (result->body != NULL)
        explicit_bzero(result->body, result->body_length);
    free(result->body);
    result->body = NULL;
    result->body_length = 0;
}

void transfer_result_deinit(struct transfer_result *result)
{
    transfer_result_drop_body(result);
    free(result->explanation);
    free(result->content_type);
    free(result->retry_after);
    free(result->date);
    free(result->request_id);
    *result = (struct transfer_result){0};
}
