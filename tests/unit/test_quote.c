// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Foreign texts in messages, and the UTF-8 beneath them.
#include "config.h"

#include "declaration_fixture.h"

#include "core/quote.h"
#include "core/utf8.h"

#define TEN "0123456789"

static const struct {
    const char *text;
    const char *quoted;
} quotes[] = {
    {"", "\"\""},
    {"a b", "\"a b\""},
    {"caf\xc3\xa9", "\"caf\xc3\xa9\""},
    {"a\nb\tc\rd", "\"a\\nb\\tc\\rd\""},
    {"\x1b[31m", "\"\\x1b[31m\""},
    {"\x7f\xc2\x9b", "\"\\x7f\\x9b\""},
    {"\xff\xc3", "\"\\xff\\xc3\""},
    {TEN TEN TEN TEN TEN TEN, "\"" TEN TEN TEN TEN TEN TEN "\""},
    {TEN TEN TEN TEN TEN TEN "x", "\"" TEN TEN TEN TEN TEN TEN "…\""},
    {TEN TEN TEN TEN TEN "012345678\xe2\x82\xac!",
        "\"" TEN TEN TEN TEN TEN "012345678\xe2\x82\xac…\""},
};

static void test_quotes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++) {
        char *quoted = quote_text(quotes[i].text);
        assert_string_equal(quoted, quotes[i].quoted);
        free(quoted);
    }
}

static const struct {
    const char *bytes;
    size_t size; // 0: malformed
    uint32_t character;
} characters[] = {
    {"a", 1, 'a'},
    {"\x7f", 1, 0x7f},
    {"\xc2\x80", 2, 0x80},
    {"\xdf\xbf", 2, 0x7ff},
    {"\xe0\xa0\x80", 3, 0x800},
    {"\xed\x9f\xbf", 3, 0xd7ff},
    {"\xee\x80\x80", 3, 0xe000},
    {"\xef\xbf\xbf", 3, 0xffff},
    {"\xf0\x90\x80\x80", 4, 0x10000},
    {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
    {"\x80", 0, 0},
    {"\xc0\x80", 0, 0},
    {"\xc1\xbf", 0, 0},
    {"\xc3", 0, 0},
    {"\xc3(", 0, 0},
    {"\xe0\x9f\xbf", 0, 0},
    {"\xe2\x82", 0, 0},
    {"\xed\xa0\x80", 0, 0},
    {"\xed\xbf\xbf", 0, 0},
    {"\xf0\x8f\xbf\xbf", 0, 0},
    {"\xf4\x90\x80\x80", 0, 0},
    {"\xf8\x88\x80\x80\x80", 0, 0},
    {"\xff", 0, 0},
    {"", 0, 0},
};

static void test_characters(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(characters) / sizeof(characters[0]); i++) {
        uint32_t character = 0;
        size_t size = utf8_decode(characters[i].bytes, strlen(characters[i].bytes), &character);
        if (size != characters[i].size || character != characters[i].character)
            fail_msg("row %zu: %zu, %x", i, size, character);
        assert_int_equal(utf8_decode(characters[i].bytes, strlen(characters[i].bytes), NULL), size);
    }
    assert_int_equal(utf8_count(""), 0);
    assert_int_equal(utf8_count("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
