// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Any bytes as an answer of the cloud: the first byte chooses the operation, the second the status,
// the rest of the line is Retry-After, the next line Date, what follows is the body. Beside not
// crashing: what is not OK is explained in one clean line and brings nothing, a read is never lost,
// a write never broken, and waits are bounded.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/utf8.h"
#include "numspot/answer.h"
#include "numspot/http_date.h"
#include "numspot/image_json.h"
#include "numspot/token.h"
#include "fuzz/fuzz.h"

#define WALL_MS INT64_C(1795600800000)

static const int statuses[] = {
    200, 200, 200, 201, 204, 302, 400, 401, 403, 404, 408, 409, 414, 424, 429, 500, 503, 0};

static void check_line(const char *line)
{
    if (line == NULL)
        return;
    size_t length = strlen(line);
    REQUIRE(length < 8192);
    for (size_t at = 0; at < length;) {
        uint32_t character;
        size_t step = utf8_decode(line + at, length - at, &character);
        REQUIRE(step > 0);
        REQUIRE(character >= 0x20 && !(character >= 0x7f && character < 0xa0));
        at += step;
    }
}

static void check_success(const struct answer *answer)
{
    REQUIRE(answer->status >= 200 && answer->status < 300);
    REQUIRE(answer->explanation == NULL);
    for (size_t i = 0; i < answer->images.count; i++) {
        struct image opened = image_open(answer->images.items[i]);
        const struct image *image = &opened;
        REQUIRE(image->id != NULL && image->id[0] != '\0');
        char *body = image_json_write(image, NULL);
        REQUIRE(body != NULL || image->block_devices.count > 0);
        free(body);
        image_free(image_clone(image));
    }
    for (size_t i = 0; i < answer->source_count; i++)
        REQUIRE(answer->sources[i].id[0] != '\0' && answer->sources[i].volume_size_gib >= 0);
}

static void check_failure(const struct answer *answer)
{
    REQUIRE(answer->explanation != NULL);
    REQUIRE(answer->images.count == 0 && answer->source_count == 0);
    REQUIRE(
        answer->outcome != (operation_is_write(answer->operation) ? OUTCOME_BROKEN : OUTCOME_LOST));
}

static void check_answer(const struct answer *answer)
{
    check_line(answer->explanation);
    check_line(answer->title);
    check_line(answer->detail);
    REQUIRE(answer->retry_after_ms >= 0 && answer->retry_after_ms <= RETRY_AFTER_LIMIT_MS);
    if (answer->outcome == OUTCOME_OK)
        check_success(answer);
    else
        check_failure(answer);
}

static void check_token(const struct transfer_result *result)
{
    struct token token = {0};
    struct error error = {0};
    if (token_decode(result, 1000, &token, &error) == 0) {
        REQUIRE(token.access[0] != '\0');
        REQUIRE(token.expires_at_ms - 1000 >= TOKEN_LIFE_MINIMUM_MS);
        REQUIRE(token.expires_at_ms - 1000 <= TOKEN_LIFE_MAXIMUM_MS);
        int64_t margin_ms = token.expires_at_ms - token.renew_at_ms;
        REQUIRE(margin_ms > 0 && margin_ms * 10 <= token.expires_at_ms - 1000);
    } else {
        REQUIRE(error.code != ERROR_NONE && token.access == NULL);
    }
    token_deinit(&token);
}

// Takes a line off the input.
static char *take_line(const unsigned char **bytes, size_t *size)
{
    const unsigned char *end = memchr(*bytes, '\n', *size);
    size_t length = end == NULL ? *size : (size_t)(end - *bytes);
    char *line = memory_text_n((const char *)*bytes, length);
    size_t used = end == NULL ? length : length + 1;
    *bytes += used;
    *size -= used;
    return line;
}

static struct request *make_request(unsigned char choice)
{
    struct request *request = request_new((enum operation)(choice % OPERATION_COUNT), "fuzz");
    text_list_add(&request->targets, "ami-1da964b7");
    return request;
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    if (size < 2)
        return 0;
    struct request *request = make_request(bytes[0]);
    struct transfer_result result = {.transport = TRANSPORT_ANSWERED,
        .status = statuses[bytes[1] % (sizeof(statuses) / sizeof(statuses[0]))]};
    bytes += 2;
    size -= 2;
    result.retry_after = take_line(&bytes, &size);
    result.date = take_line(&bytes, &size);
    result.body = memory_text_n((const char *)bytes, size);
    result.body_length = size;
    struct answer answer;
    answer_decode(request, &result, WALL_MS, &answer);
    check_answer(&answer);
    answer_deinit(&answer);
    check_token(&result);
    request_free(request);
    transfer_result_deinit(&result);
    return 0;
}
