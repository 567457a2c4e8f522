// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Tokens: what is asked, what is believed of the answer, when to renew (cases, 45).
#include "config.h"

#include "wire_fixture.h"

#include "numspot/token.h"

#define NOW_MS 5000

static const struct {
    const char *expires_in; // as JSON; NULL: missing
    int64_t life_ms;
    int64_t margin_ms;
} lives[] = {
    {"3600", 3600000, 60000},
    {"\"3600\"", 3600000, 60000},
    {"3600.5", 3600500, 60000},
    {NULL, TOKEN_LIFE_UNKNOWN_MS, 60000},
    {"null", TOKEN_LIFE_UNKNOWN_MS, 60000},
    {"\"soon\"", TOKEN_LIFE_UNKNOWN_MS, 60000},
    {"[]", TOKEN_LIFE_UNKNOWN_MS, 60000},
    {"0", TOKEN_LIFE_MINIMUM_MS, 1000},
    {"-1", TOKEN_LIFE_MINIMUM_MS, 1000},
    {"\"-1\"", TOKEN_LIFE_MINIMUM_MS, 1000},
    {"1", TOKEN_LIFE_MINIMUM_MS, 1000},
    {"20", 20000, 2000},
    {"300", 300000, 30000},
    {"1e300", TOKEN_LIFE_MAXIMUM_MS, 60000},
    {"-1e300", TOKEN_LIFE_MINIMUM_MS, 1000},
    {"\"99999999999999999999999999\"", TOKEN_LIFE_MAXIMUM_MS, 60000},
    {"9223372036854775807", TOKEN_LIFE_MAXIMUM_MS, 60000},
};

static int decode(const char *body, struct token *token, struct error *error)
{
    struct transfer_result result = answered(1, 200, body);
    int outcome = token_decode(&result, NOW_MS, token, error);
    transfer_result_deinit(&result);
    return outcome;
}

static void test_lives(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++) {
        char *body = lives[i].expires_in == NULL
                         ? memory_text("{\"access_token\":\"t-1\"}")
                         : memory_format(
                               "{\"access_token\":\"t-1\",\"expires_in\":%s}", lives[i].expires_in);
        struct token token = {0};
        struct error error = {0};
        assert_int_equal(decode(body, &token, &error), 0);
        assert_string_equal(token.access, "t-1");
        if (token.expires_at_ms != NOW_MS + lives[i].life_ms ||
            token.renew_at_ms != token.expires_at_ms - lives[i].margin_ms)
            fail_msg("%s: until %lld", body, (long long)token.expires_at_ms);
        token_deinit(&token);
        free(body);
    }
}

static void test_unusable(void **state)
{
    (void)state;
    static const char *const bodies[] = {"", "{}", "[]", "<html>",
        "{\"access_token\":", "{\"access_token\":3}", "{\"access_token\":\"\"}",
        "{\"access_token\":null}", "{\"access_token\":\"a\\u007f\"}",
        "{\"access_token\":\"a\\nb\"}", "{\"access_token\":\"é\"}", "\"token\"",
        "{\"Access_Token\":\"x\"}"};
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct token token = {0};
        struct error error = {0};
        assert_int_equal(decode(bodies[i], &token, &error), -1);
        assert_int_equal(error.code, ERROR_INVALID);
        assert_null(token.access);
    }
}

static void test_an_overlong_token_is_unusable(void **state)
{
    (void)state;
    char *body = memory_new(70000, 1);
    strcpy(body, "{\"access_token\":\"");
    memset(body + strlen(body), 'a', 65000);
    strcat(body, "\"}");
    struct token token = {0};
    assert_int_equal(decode(body, &token, NULL), -1);
    free(body);
}

static void test_request(void **state)
{
    (void)state;
    struct transfer *transfer = token_encode("my id", "s3cr&t=+ü");
    assert_string_equal(transfer->method, "POST");
    assert_string_equal(transfer->target, "/iam/token");
    assert_string_equal(transfer->content_type, "application/x-www-form-urlencoded");
    assert_string_equal(transfer->body,
        "grant_type=client_credentials&client_id=my%20id&client_secret=s3cr%26t%3D%2B%C3%BC");
    assert_int_equal(transfer->body_length, strlen(transfer->body));
    assert_string_equal(transfer->username, "my id");
    assert_string_equal(transfer->password, "s3cr&t=+ü");
    assert_null(transfer->bearer);
    transfer_free(transfer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lives),
        cmocka_unit_test(test_unusable),
        cmocka_unit_test(test_an_overlong_token_is_unusable),
        cmocka_unit_test(test_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
