// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// No memory is given back while it holds a secret: every free() and realloc() of the code under
// test comes by here (the linker's --wrap), and what it frees is searched for the client's secrets
// and the tokens.
#include "config.h"

#include "client_fixture.h"

#define FREED_SECRETS                                                                              \
    "first-secret", "second-secret", "third%20secret", "third secret", "token-one", "token-two"
#include "freed.h"

void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *__wrap_realloc(void *memory, size_t size)
{
    search_freed(memory);
    size_t before = memory == NULL ? 0 : malloc_usable_size(memory);
    char *larger = __real_realloc(memory, size);
    size_t after = larger == NULL ? 0 : malloc_usable_size(larger);
    if (after > before) // what was there earlier is none of ours, and unknown to valgrind
        memset(larger + before, 0, after - before);
    return larger;
}

// So that the test itself is seen to work.
static void test_it_would_notice(void **state)
{
    (void)state;
    char *text = memory_text("a token-one in clear");
    free(text);
    assert_int_equal(leaks, 1);
    leaks = 0;
}

// A whole life: granted, used, rejected, renewed, refused, exchanged, sent back, given up.
static void test_a_life(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    submit(&fixture, OPERATION_CREATE_IMAGE);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    grant(&fixture, expect(&fixture, true), "token-one", 3600);
    uint64_t first = expect(&fixture, false);
    receive(&fixture, answered(expect(&fixture, false), 204, ""));
    expect_answer(&fixture, OUTCOME_OK, NULL);
    receive(&fixture, answered(first, 401, ""));
    client_set_credentials(fixture.client, "id", "second-secret", fixture.now);
    receive(&fixture, answered(expect(&fixture, true), 401, "{\"error\":\"invalid_client\"}"));
    expect_answer(&fixture, OUTCOME_UNAUTHENTICATED, NULL);
    // Long enough that a text which grew piece by piece would have left it behind.
    client_set_credentials(fixture.client, "id",
        "third secret, which goes on and on and on and on and on and on and on and on and on and on",
        fixture.now);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    grant(&fixture, expect(&fixture, true), "token-two", 20);
    first = expect(&fixture, false);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    expect(&fixture, false);
    receive(&fixture, answered(first, 500, ""));
    expect_answer(&fixture, OUTCOME_LOST, NULL);
    wait_ms(&fixture, 25000); // it runs out
    submit(&fixture, OPERATION_DELETE_IMAGE);
    expect(&fixture, true);
    client_free(fixture.client);
    assert_true(frees > 50);
    assert_int_equal(leaks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_would_notice),
        cmocka_unit_test(test_a_life),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
