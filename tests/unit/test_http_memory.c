// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What libcurl frees is searched for the secret that it was given: every free() comes by here (the
// linker's --wrap).
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/memory.h"
#include "io/http_memory.h"

#define SECRET        "correct-horse-battery-staple"
#define FREED_SECRETS SECRET
#include "freed.h"

static int begin(void **state)
{
    (void)state;
    return http_memory_init() == CURLE_OK ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    curl_global_cleanup();
    return 0;
}

// So that the test itself is seen to work.
static void test_it_would_notice(void **state)
{
    (void)state;
    char *text = memory_text("a " SECRET " in clear");
    __wrap_free(text);
    assert_int_equal(leaks, 1);
    leaks = 0;
}

static void test_what_libcurl_frees_holds_no_secret(void **state)
{
    (void)state;
    frees = 0;
    struct curl_slist *lines = curl_slist_append(NULL, "Authorization: Bearer " SECRET);
    CURL *easy = curl_easy_init();
    assert_non_null(lines);
    assert_non_null(easy);
    assert_int_equal(curl_easy_setopt(easy, CURLOPT_USERPWD, "id:" SECRET), CURLE_OK);
    assert_int_equal(curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, "secret=" SECRET), CURLE_OK);
    // A text that grows moves on from its first places.
    char long_text[4096];
    memset(long_text, '%', sizeof(long_text));
    memcpy(long_text, SECRET, strlen(SECRET));
    char *escaped = curl_easy_escape(easy, long_text, sizeof(long_text));
    assert_non_null(escaped);
    curl_free(escaped);
    curl_slist_free_all(lines);
    curl_easy_cleanup(easy);
    assert_true(frees > 4);
    assert_int_equal(leaks, 0);
}

static void test_blocks_keep_their_content(void **state)
{
    (void)state;
    CURL *easy = curl_easy_init();
    assert_non_null(easy);
    char *escaped = curl_easy_escape(easy, "a b/c", 0);
    assert_string_equal(escaped, "a%20b%2Fc");
    curl_free(escaped);
    curl_free(NULL);
    curl_easy_cleanup(easy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_would_notice),
        cmocka_unit_test(test_what_libcurl_frees_holds_no_secret),
        cmocka_unit_test(test_blocks_keep_their_content),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
