// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Requests by meaning become the API's own.
#include "config.h"

#include "wire_fixture.h"

#include "numspot/request.h"

#define BASE "/compute/spaces/" SPACE

static const struct {
    enum operation operation;
    const char *method;
    const char *target;
    const char *body; // NULL: none
    bool fresh;
} cases[] = {
    {OPERATION_LIST_IMAGES, "GET", BASE "/images", NULL, false},
    {OPERATION_FIND_BY_NAME, "GET", BASE "/images?imageNames=ami-1da964b7", NULL, false},
    {OPERATION_READ_IMAGES, "GET", BASE "/images?ids=ami-1da964b7", NULL, false},
    {OPERATION_READ_IMAGE, "GET", BASE "/images/ami-1da964b7", NULL, false},
    {OPERATION_READ_SNAPSHOTS, "GET", BASE "/snapshots?ids=ami-1da964b7", NULL, false},
    {OPERATION_READ_VMS, "GET", BASE "/vms?ids=ami-1da964b7", NULL, false},
    {OPERATION_CREATE_IMAGE, "POST", BASE "/images", "{\"name\":\"web-base\"}", true},
    {OPERATION_SET_TAGS, "PATCH", BASE "/bulk/tags",
        "{\"resourceIds\":[\"ami-1da964b7\"],\"tags\":[{\"key\":\"Name\",\"value\":\"My Image\"}]}",
        false},
    {OPERATION_REMOVE_TAGS, "DELETE", BASE "/bulk/tags",
        "{\"resourceIds\":[\"ami-1da964b7\"],\"tags\":[{\"key\":\"Name\",\"value\":\"My Image\"}]}",
        false},
    {OPERATION_SET_ACCESS, "PUT", BASE "/images/ami-1da964b7",
        "{\"accessCreation\":{\"removals\":{\"isPublic\":true}}}", false},
    {OPERATION_DELETE_IMAGE, "DELETE", BASE "/images/ami-1da964b7", NULL, false},
    {OPERATION_DELETE_SNAPSHOT, "DELETE", BASE "/snapshots/ami-1da964b7", NULL, false},
};

static struct transfer *encode(const struct request *request)
{
    struct error error = {0};
    struct transfer *transfer = request_encode(request, SPACE, &error);
    if (transfer == NULL)
        fail_msg("%s", error.message);
    return transfer;
}

static void test_every_operation(void **state)
{
    (void)state;
    assert_int_equal(sizeof(cases) / sizeof(cases[0]), OPERATION_COUNT);
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        struct request *request = valid_request(cases[i].operation);
        struct transfer *transfer = encode(request);
        assert_string_equal(transfer->method, cases[i].method);
        assert_string_equal(transfer->target, cases[i].target);
        assert_int_equal(transfer->fresh_connection, cases[i].fresh);
        assert_true(transfer->answer_limit_bytes >= 1024 * 1024);
        if (cases[i].body == NULL) {
            assert_null(transfer->body);
            assert_null(transfer->content_type);
        } else {
            assert_string_equal(transfer->body, cases[i].body);
            assert_int_equal(transfer->body_length, strlen(cases[i].body));
            assert_string_equal(transfer->content_type, "application/json");
        }
        transfer_free(transfer);
        request_free(request);
    }
}

static void test_filters_repeat_and_are_encoded(void **state)
{
    (void)state;
    struct request *request = request_for(OPERATION_FIND_BY_NAME, "a b/(c)&d=é");
    text_list_add(&request->targets, "web.base_1-~");
    struct transfer *transfer = encode(request);
    assert_string_equal(transfer->target,
        BASE "/images?imageNames=a%20b%2F%28c%29%26d%3D%C3%A9&imageNames=web.base_1-~");
    transfer_free(transfer);
    request_free(request);
}

// What is chosen by its tags is looked for among all.
static void test_all_of_a_kind(void **state)
{
    (void)state;
    static const struct {
        enum operation operation;
        const char *target;
    } kinds[] = {
        {OPERATION_READ_SNAPSHOTS, BASE "/snapshots"},
        {OPERATION_READ_VMS, BASE "/vms"},
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct request *request = request_for(kinds[i].operation, NULL);
        struct transfer *transfer = encode(request);
        assert_string_equal(transfer->target, kinds[i].target);
        transfer_free(transfer);
        request_free(request);
    }
}

static void test_access_both_ways(void **state)
{
    (void)state;
    struct request *request = valid_request(OPERATION_SET_ACCESS);
    request->is_public = true;
    struct transfer *transfer = encode(request);
    assert_string_equal(transfer->body, "{\"accessCreation\":{\"additions\":{\"isPublic\":true}}}");
    transfer_free(transfer);
    request_free(request);
}

// What would become another request, or none, is refused: an empty id would read all images.
static void test_refused(void **state)
{
    (void)state;
    static const char *const targets[] = {NULL, "", ".", ".."};
    for (int operation = 0; operation < OPERATION_COUNT; operation++) {
        if (operation == OPERATION_LIST_IMAGES || operation == OPERATION_CREATE_IMAGE)
            continue;
        bool all_meant = operation == OPERATION_READ_SNAPSHOTS || operation == OPERATION_READ_VMS;
        for (size_t i = all_meant ? 1 : 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
            struct request *request = request_for((enum operation)operation, targets[i]);
            struct error error = {0};
            assert_null(request_encode(request, SPACE, &error));
            assert_int_equal(error.code, ERROR_INVALID);
            request_free(request);
        }
    }
}

static void test_tags_must_be_some(void **state)
{
    (void)state;
    struct request *request = request_new(OPERATION_SET_TAGS, "web-base");
    text_list_add(&request->targets, "ami-1da964b7");
    struct error error = {0};
    assert_null(request_encode(request, SPACE, &error));
    assert_string_equal(error.message, "there is nothing to tag, or no tag");
    request_free(request);
}

static void test_creation_needs_a_name_and_ids(void **state)
{
    (void)state;
    struct request *request = request_new(OPERATION_CREATE_IMAGE, NULL);
    struct error error = {0};
    assert_null(request_encode(request, SPACE, &error));
    request->image = image_new();
    assert_null(request_encode(request, SPACE, &error));
    request->image->name = memory_text("x");
    request->image->source_image.present = true;
    request->image->source_image.declared = memory_text("other");
    assert_null(request_encode(request, SPACE, &error));
    assert_string_equal(error.message, "source_image_id was not resolved to an id");
    request_free(request);
}

static void test_path(void **state)
{
    (void)state;
    struct request *request = request_for(OPERATION_DELETE_IMAGE, "a/../b");
    char *path = request_path(request);
    assert_string_equal(path, "/images/a%2F..%2Fb");
    free(path);
    request_free(request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tags_must_be_some),
        cmocka_unit_test(test_every_operation),
        cmocka_unit_test(test_filters_repeat_and_are_encoded),
        cmocka_unit_test(test_all_of_a_kind),
        cmocka_unit_test(test_access_both_ways),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_creation_needs_a_name_and_ids),
        cmocka_unit_test(test_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
