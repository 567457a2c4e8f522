// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What counts as the API's word on a refusal, and what does not.
#include "config.h"

#include "wire_fixture.h"

#include "numspot/problem_json.h"

static bool read(const char *body, struct problem_document *document)
{
    return problem_document_read(body, strlen(body), document);
}

static void test_problem(void **state)
{
    (void)state;
    struct problem_document document;
    assert_true(
        read("{\"type\":\"urn:x#y\",\"title\":\"BadRequest\",\"detail\":\"\",\"instance\":\"/a\","
             "\"violations\":[{\"field\":\"name\",\"description\":\"too long\"},{\"field\":3},"
             "7,{\"description\":\"x\"}],\"more\":[1]}",
            &document));
    assert_string_equal(document.type, "urn:x#y");
    assert_string_equal(document.title, "BadRequest");
    assert_null(document.detail);
    assert_string_equal(document.instance, "/a");
    assert_int_equal(document.violation_count, 2);
    assert_string_equal(document.violations[0].field, "name");
    assert_string_equal(document.violations[1].field, "");
    assert_string_equal(document.violations[1].description, "x");
    problem_document_deinit(&document);
}

static void test_oauth(void **state)
{
    (void)state;
    struct problem_document document;
    assert_true(
        read("{\"error\":\"invalid_client\",\"error_description\":\"no such client\"}", &document));
    assert_string_equal(document.title, "invalid_client");
    assert_string_equal(document.detail, "no such client");
    problem_document_deinit(&document);
}

static void test_no_problem(void **state)
{
    (void)state;
    static const char *const bodies[] = {"", " ", "{}", "[]", "null", "\"title\"", "<html></html>",
        "{\"title\":\"cut", "{\"title\":3}", "{\"title\":\"\"}", "{\"detail\":\"x\"}",
        "{\"title\":null,\"type\":[]}", "{\"status\":404,\"message\":\"no route\"}"};
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct problem_document document;
        if (read(bodies[i], &document))
            fail_msg("%s is no problem document", bodies[i]);
        assert_null(document.title);
        assert_null(document.detail);
        assert_int_equal(document.violation_count, 0);
    }
}

static void test_violations_are_bounded(void **state)
{
    (void)state;
    char body[4096] = "{\"title\":\"x\",\"violations\":[{\"field\":\"f\"}";
    for (int i = 0; i < 100; i++)
        strcat(body, ",{\"field\":\"f\"}");
    strcat(body, "]}");
    struct problem_document document;
    assert_true(read(body, &document));
    assert_in_range(document.violation_count, 1, 32);
    problem_document_deinit(&document);
}

// Cases, 37: a 404 that is about the way and not about the image.
static void test_about(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        bool about;
    } cases[] = {
        {"{\"type\":\"https://docs/errors#not_found\",\"title\":\"ResourceNotFound\",\"detail\":\"\","
         "\"instance\":\"/compute/spaces/" SPACE "/images/ami-1\"}",
            true},
        {"{\"type\":\"urn:numspot:errors#not_found\",\"title\":\"Not found\"}", true},
        {"{\"type\":\"urn:numspot:errors#not_found\",\"title\":\"Not found\","
         "\"instance\":\"/compute/spaces/" SPACE "/images\"}",
            false},
        {"{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,\"detail\":"
         "\"No static resource images/ami-1.\",\"instance\":\"/spaces/" SPACE "/images/ami-1\"}",
            false},
        {"{\"title\":\"Not Found\",\"instance\":\"/images/ami-1\"}", false},
        {"{\"type\":\"urn:x\"}", false},
        {"{\"error\":\"not_found\"}", false},
        {"<html>404</html>", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct problem_document document;
        (void)read(cases[i].body, &document);
        if (problem_document_is_about(&document, "/images/ami-1") != cases[i].about)
            fail_msg("%s", cases[i].body);
        problem_document_deinit(&document);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_problem),
        cmocka_unit_test(test_oauth),
        cmocka_unit_test(test_no_problem),
        cmocka_unit_test(test_violations_are_bounded),
        cmocka_unit_test(test_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
