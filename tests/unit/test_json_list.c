// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A list read element by element says the same as the tree of the whole would: every body is also
// given to jansson, and the two may not differ on what is JSON.

#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "numspot/json_list.h"

// Gathers "[index]value " for each element; an element that is `"no"` is refused.
static int visit(
    const json_t *element, const struct json_place *place, void *data, struct error *error)
{
    if (json_is_string(element) && strcmp(json_string_value(element), "no") == 0)
        return json_read_wrong(place, "anything else", element, error);
    char *text = json_dumps(element, JSON_ENCODE_ANY | JSON_COMPACT);
    text_format(data, "[%zu]%s ", place->index, text);
    free(text);
    return 0;
}

static const struct {
    const char *body;
    enum json_list_result result;
    const char *seen;
    const char *error; // its beginning
} cases[] = {
    {"{\"items\":[]}", JSON_LIST_READ, "", NULL},
    {" {\t\"items\" :\r\n[ 1 , \"a\", {\"b\":[2]} ,[3] ] } \n", JSON_LIST_READ,
        "[0]1 [1]\"a\" [2]{\"b\":[2]} [3][3] ", NULL},
    {"{\"a\":{\"items\":[9]},\"items\":[1],\"b\":[4,5]}", JSON_LIST_READ, "[0]1 ", NULL},
    {"{\"items\":[12345678901,-1.5e3,true,null]}", JSON_LIST_READ,
        "[0]12345678901 [1]-1500.0 [2]true [3]null ", NULL},
    {"{\"\\u0069tems\":[\"\\\"],\\\"\"]}", JSON_LIST_READ, "[0]\"\\\"],\\\"\" ", NULL},
    {"{}", JSON_LIST_WRONG, "", "items must be a list, not missing"},
    {"{\"a\":1}", JSON_LIST_WRONG, "", "items must be a list, not missing"},
    {"{\"items\":null}", JSON_LIST_WRONG, "", "items must be a list, not null"},
    {"{\"items\":{\"0\":1}}", JSON_LIST_WRONG, "", "items must be a list, not an object"},
    {"{\"items\":[1,\"no\",2]}", JSON_LIST_WRONG, "[0]1 ", "items[1] must be anything else"},
    {"{\"items\":[1],\"items\":[2]}", JSON_LIST_WRONG, "[0]1 ", "items is there twice"},
    {"[1]", JSON_LIST_WRONG, "", "it must be an object, not a list"},
    {"\"items\"", JSON_LIST_WRONG, "", "it must be an object, not a text"},
    {"", JSON_LIST_NOT_JSON, "", "it is not JSON"},
    {"<html>", JSON_LIST_NOT_JSON, "", "it is not JSON"},
    {"{", JSON_LIST_NOT_JSON, "", "it is not JSON"},
    {"{\"items\"", JSON_LIST_NOT_JSON, "", "it is not JSON"},
    {"{\"items\":", JSON_LIST_NOT_JSON, "", "it is not JSON"},
    {"{\"items\":[", JSON_LIST_NOT_JSON, "", "it is not JSON"},
    {"{\"items\":[1", JSON_LIST_NOT_JSON, "[0]1 ", "it is not JSON"},
    {"{\"items\":[1,", JSON_LIST_NOT_JSON, "[0]1 ", "it is not JSON"},
    {"{\"items\":[1,]}", JSON_LIST_NOT_JSON, "[0]1 ", "it is not JSON"},
    {"{\"items\":[1 2]}", JSON_LIST_NOT_JSON, "[0]1 ", "it is not JSON"},
    {"{\"items\":[1]", JSON_LIST_NOT_JSON, "[0]1 ", "it is not JSON"},
    {"{\"items\":[1],}", JSON_LIST_NOT_JSON, "[0]1 ", "it is not JSON"},
    {"{\"items\":[1]}}", JSON_LIST_NOT_JSON, "[0]1 ", "it is not JSON"},
    {"{\"items\":[1]} x", JSON_LIST_NOT_JSON, "[0]1 ", "it is not JSON"},
    {"{\"items\" [1]}", JSON_LIST_NOT_JSON, "", "it is not JSON"},
    {"{items:[1]}", JSON_LIST_NOT_JSON, "", "it is not JSON"},
    {"{1:[1]}", JSON_LIST_NOT_JSON, "", "it is not JSON"},
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct text seen = {0};
        struct error error = {0};
        size_t length = strlen(cases[i].body);
        enum json_list_result result = json_list_read(
            cases[i].body, length, "items", visit, &seen, &error);
        json_t *tree = json_loadb(cases[i].body, length, JSON_DECODE_ANY, NULL);
        bool same = (tree != NULL) == (result != JSON_LIST_NOT_JSON);
        bool told = cases[i].error == NULL
                        ? error.code == ERROR_NONE
                        : strncmp(error.message, cases[i].error, strlen(cases[i].error)) == 0;
        if (result != cases[i].result || !same || !told ||
            strcmp(text_string(&seen), cases[i].seen) != 0)
            fail_msg("%s: %d, saw %s, said %s", cases[i].body, (int)result, text_string(&seen),
                error.message);
        json_decref(tree);
        text_deinit(&seen);
    }
}

// However short it is cut, it is not JSON, and nothing behind its end is read (the sanitizers
// tell).
static void test_truncated(void **state)
{
    (void)state;
    const char *whole = "{\"a\": {\"b\": [1, 2]}, \"items\": [{\"id\": \"x\"}, 17], \"c\": null}";
    for (size_t length = 0; length < strlen(whole); length++) {
        char *body = memory_new(length == 0 ? 1 : length, 1);
        memcpy(body, whole, length);
        struct text seen = {0};
        struct error error = {0};
        assert_int_equal(
            json_list_read(body, length, "items", visit, &seen, &error), JSON_LIST_NOT_JSON);
        text_deinit(&seen);
        free(body);
    }
}

static void test_too_many_pieces(void **state)
{
    (void)state;
    struct text body = {0};
    text_append(&body, "{\"items\":[[]");
    for (int i = 0; i < 100000; i++)
        text_append(&body, ",[]");
    text_append(&body, "]}");
    struct text seen = {0};
    struct error error = {0};
    assert_int_equal(
        json_list_read(body.bytes, body.length, "items", visit, &seen, &error), JSON_LIST_NOT_JSON);
    assert_string_equal(text_string(&seen), "");
    text_deinit(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_too_many_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
