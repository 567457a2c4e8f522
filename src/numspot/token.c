// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/ascii.h"
#include "core/memory.h"
#include "core/text.h"
#include "numspot/percent.h"
#include "numspot/token.h"

// A token longer than this would not fit into the headers that servers take.
#define TOKEN_LIMIT_BYTES  (16 * 1024)
#define ANSWER_LIMIT_BYTES (1024 * 1024)

void token_deinit(struct token *token)
{
    if (token->access != NULL)
        explicit_bzero(token->access, strlen(token->access));
    free(token->access);
    *token = (struct token){0};
}

// Written in one piece, for a text that grows would leave copies of the secret behind.
static void write_form(struct text *form, const char *client_id, const char *client_secret)
{
    size_t room = 3 * (strlen(client_id) + strlen(client_secret)) + 128;
    *form = (struct text){.bytes = memory_new(room, 1), .capacity = room};
    text_append(form, "grant_type=client_credentials&client_id=");
    percent_append(form, client_id);
    text_append(form, "&client_secret=");
    percent_append(form, client_secret);
}

struct transfer *token_encode(const char *client_id, const char *client_secret)
{
    struct text form;
    write_form(&form, client_id, client_secret);
    struct transfer *transfer = memory_new(1, sizeof(*transfer));
    transfer->method = "POST";
    transfer->target = memory_text("/iam/token");
    transfer->body_length = form.length;
    transfer->body = text_steal(&form);
    transfer->content_type = "application/x-www-form-urlencoded";
    transfer->username = memory_text(client_id);
    transfer->password = memory_text(client_secret);
    transfer->answer_limit_bytes = ANSWER_LIMIT_BYTES;
    return transfer;
}

// It goes into a header: nothing but visible ASCII.
static bool is_usable(const char *access)
{
    size_t length = strlen(access);
    if (length == 0 || length > TOKEN_LIMIT_BYTES)
        return false;
    for (size_t i = 0; i < length; i++)
        if (access[i] < 0x20 || access[i] > 0x7e)
            return false;
    return true;
}

static double text_seconds(const char *text)
{
    double seconds = 0;
    bool negative = *text == '-';
    if (negative)
        text++;
    if (!ascii_is_digit(*text))
        return TOKEN_LIFE_UNKNOWN_MS / 1000.0;
    for (; ascii_is_digit(*text); text++)
        seconds = seconds * 10 + (*text - '0');
    return negative ? -seconds : seconds;
}

static int64_t life_ms(const json_t *expires_in)
{
    double seconds = TOKEN_LIFE_UNKNOWN_MS / 1000.0;
    if (json_is_number(expires_in))
        seconds = json_number_value(expires_in);
    else if (json_is_string(expires_in))
        seconds = text_seconds(json_string_value(expires_in));
    if (!(seconds * 1000 > TOKEN_LIFE_MINIMUM_MS))
        return TOKEN_LIFE_MINIMUM_MS;
    if (seconds * 1000 > TOKEN_LIFE_MAXIMUM_MS)
        return TOKEN_LIFE_MAXIMUM_MS;
    return (int64_t)(seconds * 1000);
}

int token_decode(
    const struct transfer_result *result, int64_t now_ms, struct token *token, struct error *error)
{
    json_t *body = json_loadb(result->body, result->body_length, 0, NULL);
    const char *access = json_string_value(json_object_get(body, "access_token"));
    if (access == NULL || !is_usable(access)) {
        json_decref(body);
        return error_set(
            error, ERROR_INVALID, "the token endpoint's answer has no usable access_token");
    }
    int64_t life = life_ms(json_object_get(body, "expires_in"));
    int64_t margin = life / 10 < TOKEN_MARGIN_MS ? life / 10 : TOKEN_MARGIN_MS;
    token->access = memory_text(access);
    token->expires_at_ms = now_ms + life;
    token->renew_at_ms = token->expires_at_ms - margin;
    explicit_bzero((char *)(uintptr_t)access, strlen(access));
    json_decref(body);
    return 0;
}
