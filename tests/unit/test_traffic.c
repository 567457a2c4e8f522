// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The traffic recorded from the real API, replayed: what imaged sends is what was accepted there,
// and what it reads is what was answered. The recording is read in place, from
// $SHARED_DIR/numspot/traffic.
#include "config.h"

#include <stdio.h>

#include <jansson.h>

#include "wire_fixture.h"

#include "numspot/answer.h"
#include "numspot/request.h"
#include "numspot/token.h"

#define PREFIX "/compute/spaces/" SPACE

struct line {
    json_t *whole; // owned
    const char *method;
    const char *path;
    const json_t *sent;
    int status;
    const json_t *answer;
};

typedef void visit(const struct line *line);

static unsigned visited;

static void replay_line(const char *text, visit *each)
{
    struct line line = {.whole = json_loads(text, 0, NULL)};
    assert_non_null(line.whole);
    const json_t *request = json_object_get(line.whole, "request");
    const json_t *response = json_object_get(line.whole, "response");
    line.method = json_string_value(json_object_get(request, "method"));
    line.path = json_string_value(json_object_get(request, "path"));
    line.sent = json_object_get(request, "body");
    line.status = (int)json_integer_value(json_object_get(response, "status"));
    line.answer = json_object_get(response, "body");
    assert_non_null(line.path);
    each(&line);
    json_decref(line.whole);
}

// Skips when there is no recording, says so, and fails when it is there and empty.
static void replay(const char *name, visit *each, unsigned at_least)
{
    const char *shared = getenv("SHARED_DIR");
    char *path = memory_format(
        "%s/numspot/traffic/%s", shared == NULL ? "../shared" : shared, name);
    FILE *file = fopen(path, "r");
    free(path);
    if (file == NULL) {
        print_message("no recorded traffic in SHARED_DIR: skipped\n");
        skip();
    }
    visited = 0;
    char *text = NULL;
    size_t size = 0;
    while (getline(&text, &size, file) > 0)
        if (text[0] != '\n')
            replay_line(text, each);
    free(text);
    fclose(file);
    print_message("%u exchanges of %s\n", visited, name);
    assert_true(visited >= at_least);
}

static bool is(const struct line *line, const char *method, const char *path)
{
    return strcmp(line->method, method) == 0 && strncmp(line->path, PREFIX, strlen(PREFIX)) == 0 &&
           strncmp(line->path + strlen(PREFIX), path, strlen(path)) == 0;
}

static char *text_at(const json_t *object, const char *name)
{
    return memory_text(json_string_value(json_object_get(object, name)));
}

// An absent value, an empty list and an empty text mean the same to the API.
static json_t *without_empty(const json_t *object)
{
    json_t *copy = json_object();
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, name, value) {
        bool empty = (json_is_array(value) && json_array_size(value) == 0) ||
                     (json_is_string(value) && json_string_length(value) == 0);
        if (!empty)
            json_object_set(copy, name, value);
    }
    return copy;
}

static void assert_sends(const struct line *line, struct request *request)
{
    struct error error = {0};
    struct transfer *transfer = request_encode(request, SPACE, &error);
    assert_non_null(transfer);
    assert_string_equal(transfer->method, line->method);
    assert_string_equal(transfer->target, line->path);
    if (line->sent != NULL) {
        json_t *got = json_loadb(transfer->body, transfer->body_length, 0, NULL);
        json_t *ours = without_empty(got);
        json_t *theirs = without_empty(line->sent);
        if (!json_equal(ours, theirs))
            fail_msg("%s", transfer->body);
        json_decref(ours);
        json_decref(theirs);
        json_decref(got);
    }
    transfer_free(transfer);
    visited++;
}

static struct answer receive(const struct line *line, const struct request *request)
{
    char *body = line->answer == NULL ? memory_text("") : json_dumps(line->answer, 0);
    struct transfer_result result = answered(1, line->status, body);
    struct answer answer;
    answer_decode(request, &result, 0, &answer);
    transfer_result_deinit(&result);
    free(body);
    return answer;
}

static void fill_device(const json_t *item, struct block_device *device)
{
    const json_t *bsu = json_object_get(item, "bsu");
    device->device_name = text_at(item, "deviceName");
    device->bsu.present = bsu != NULL;
    device->bsu.snapshot.id = text_at(bsu, "snapshotId");
    device->bsu.snapshot.present = device->bsu.snapshot.id != NULL;
    device->bsu.volume_type = text_at(bsu, "volumeType");
    const json_t *size = json_object_get(bsu, "volumeSize");
    device->bsu.volume_size_gib = (struct integer){size != NULL, json_integer_value(size)};
    const json_t *iops = json_object_get(bsu, "iops");
    device->bsu.iops = (struct integer){iops != NULL, json_integer_value(iops)};
    const json_t *gone = json_object_get(bsu, "deleteOnVmDeletion");
    if (gone != NULL)
        device->bsu.delete_on_vm_deletion = json_is_true(gone) ? BOOLEAN_TRUE : BOOLEAN_FALSE;
}

// The image that a declaration would describe so, made without the code under test.
static struct image *declared_image(const json_t *body)
{
    struct image *image = image_new();
    image->name = text_at(body, "name");
    image->description = text_at(body, "description");
    image->source_region_name = text_at(body, "sourceRegionName");
    image->root_device_name = text_at(body, "rootDeviceName");
    image->architecture = text_at(body, "architecture");
    image->source_image.id = text_at(body, "sourceImageId");
    image->source_image.present = image->source_image.id != NULL;
    image->vm.id = text_at(body, "vmId");
    image->vm.present = image->vm.id != NULL;
    const json_t *devices = json_object_get(body, "blockDeviceMappings");
    if (json_array_size(devices) == 0)
        return image;
    struct block_device_list *list = &image->block_devices;
    list->present = true;
    list->count = json_array_size(devices);
    list->items = memory_new(list->count, sizeof(list->items[0]));
    for (size_t i = 0; i < list->count; i++)
        fill_device(json_array_get(devices, i), &list->items[i]);
    return image;
}

static void assert_text(const json_t *object, const char *name, const char *kept)
{
    const char *wanted = json_string_value(json_object_get(object, name));
    if (wanted == NULL)
        assert_null(kept);
    else
        assert_string_equal(kept, wanted);
}

static void assert_devices(const json_t *devices, const struct block_device_list *kept)
{
    assert_int_equal(kept->count, json_array_size(devices));
    for (size_t i = 0; i < kept->count; i++) {
        struct block_device wanted = {0};
        fill_device(json_array_get(devices, i), &wanted);
        const struct block_device *got = &kept->items[i];
        assert_string_equal(got->device_name, wanted.device_name);
        assert_string_equal(got->bsu.snapshot.id, wanted.bsu.snapshot.id);
        assert_string_equal(got->bsu.volume_type, wanted.bsu.volume_type);
        assert_true(got->bsu.volume_size_gib.value == wanted.bsu.volume_size_gib.value);
        assert_true(got->bsu.iops.present == wanted.bsu.iops.present);
        assert_true(got->bsu.iops.value == wanted.bsu.iops.value);
        assert_int_equal(got->bsu.delete_on_vm_deletion, wanted.bsu.delete_on_vm_deletion);
        free(wanted.device_name);
        free(wanted.bsu.snapshot.id);
        free(wanted.bsu.volume_type);
    }
}

static void assert_tags(const json_t *tags, const struct tag_list *kept)
{
    assert_int_equal(kept->count, json_array_size(tags));
    for (size_t i = 0; i < kept->count; i++) {
        assert_text(json_array_get(tags, i), "key", kept->items[i].key);
        assert_text(json_array_get(tags, i), "value", kept->items[i].value);
    }
}

static void assert_lossless(const json_t *body, const struct image *image)
{
    assert_text(body, "id", image->id);
    assert_text(body, "name", image->name);
    assert_text(body, "description", image->description);
    assert_text(body, "state", image->cloud_state);
    assert_text(body, "architecture", image->architecture);
    assert_text(body, "creationDate", image->creation_date);
    assert_text(body, "rootDeviceName", image->root_device_name);
    assert_text(body, "rootDeviceType", image->root_device_type);
    assert_text(body, "type", image->type);
    const json_t *comment = json_object_get(body, "stateComment");
    assert_text(comment, "stateCode", image->state_comment.code);
    assert_text(comment, "stateMessage", image->state_comment.message);
    bool public = json_is_true(json_object_get(json_object_get(body, "access"), "isPublic"));
    assert_int_equal(image->access.is_public, public ? BOOLEAN_TRUE : BOOLEAN_FALSE);
    const json_t *codes = json_object_get(body, "productCodes");
    assert_int_equal(image->product_codes.count, json_array_size(codes));
    for (size_t i = 0; i < image->product_codes.count; i++)
        assert_string_equal(
            image->product_codes.items[i], json_string_value(json_array_get(codes, i)));
    assert_tags(json_object_get(body, "tags"), &image->tags);
    assert_devices(json_object_get(body, "blockDeviceMappings"), &image->block_devices);
}

static void assert_image_answer(const struct line *line, const struct request *request)
{
    struct answer answer = receive(line, request);
    if (line->status >= 400) {
        assert_int_not_equal(answer.outcome, OUTCOME_OK);
    } else {
        assert_int_equal(answer.outcome, OUTCOME_OK);
        assert_int_equal(answer.images.count, 1);
        struct image image = image_open(answer.images.items[0]);
        assert_lossless(line->answer, &image);
    }
    answer_deinit(&answer);
}

static void visit_creation(const struct line *line)
{
    if (!is(line, "POST", "/images"))
        return;
    struct request *request = request_new(OPERATION_CREATE_IMAGE, "x");
    request->image = declared_image(line->sent);
    assert_sends(line, request);
    assert_image_answer(line, request);
    request_free(request);
}

static void visit_one_image(const struct line *line)
{
    static const struct {
        const char *method;
        enum operation operation;
    } methods[] = {{"GET", OPERATION_READ_IMAGE}, {"PUT", OPERATION_SET_ACCESS},
        {"DELETE", OPERATION_DELETE_IMAGE}};
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (!is(line, methods[i].method, "/images/"))
            continue;
        struct request *request = request_for(methods[i].operation, strrchr(line->path, '/') + 1);
        const json_t *change = json_object_get(line->sent, "accessCreation");
        request->is_public = json_object_get(change, "additions") != NULL;
        assert_sends(line, request);
        if (line->status != 204)
            assert_image_answer(line, request);
        request_free(request);
    }
}

static void visit_tags(const struct line *line)
{
    bool removal = is(line, "DELETE", "/bulk/tags");
    if (!removal && !is(line, "PATCH", "/bulk/tags"))
        return;
    struct request *request = request_new(
        removal ? OPERATION_REMOVE_TAGS : OPERATION_SET_TAGS, "x");
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(line->sent, "resourceIds"), i, item)
        text_list_add(&request->targets, json_string_value(item));
    json_array_foreach(json_object_get(line->sent, "tags"), i, item)
        tag_list_set(&request->tags, json_string_value(json_object_get(item, "key")),
            json_string_value(json_object_get(item, "value")));
    assert_sends(line, request);
    struct answer answer = receive(line, request);
    assert_int_equal(answer.outcome, line->status == 204 ? OUTCOME_OK : OUTCOME_NOT_FOUND);
    answer_deinit(&answer);
    request_free(request);
}

static void visit_snapshots(const struct line *line)
{
    if (is(line, "DELETE", "/snapshots/")) {
        struct request *request = request_for(
            OPERATION_DELETE_SNAPSHOT, strrchr(line->path, '/') + 1);
        assert_sends(line, request);
        request_free(request);
    }
    if (!is(line, "GET", "/snapshots/") || line->status != 200)
        return;
    struct line list = {.status = 200, .answer = json_pack("{s:[O]}", "items", line->answer)};
    struct request *request = request_for(OPERATION_READ_SNAPSHOTS, "snap");
    struct answer answer = receive(&list, request);
    assert_int_equal(answer.outcome, OUTCOME_OK);
    assert_text(line->answer, "id", answer.sources[0].id);
    assert_text(line->answer, "state", answer.sources[0].state);
    assert_true(answer.sources[0].volume_size_gib ==
                json_integer_value(json_object_get(line->answer, "volumeSize")));
    assert_tags(json_object_get(line->answer, "tags"), &answer.sources[0].tags);
    answer_deinit(&answer);
    request_free(request);
    json_decref((json_t *)(uintptr_t)list.answer);
    visited++;
}

static void visit_token(const struct line *line)
{
    if (strcmp(line->path, "/iam/token") != 0)
        return;
    char *body = json_dumps(line->answer, 0);
    struct transfer_result result = answered(1, line->status, body);
    struct token token = {0};
    assert_int_equal(token_decode(&result, 0, &token, NULL), 0);
    assert_text(line->answer, "access_token", token.access);
    assert_true(token.expires_at_ms == 3600000);
    token_deinit(&token);
    transfer_result_deinit(&result);
    free(body);
    visited++;
}

// Refusals of other resources: the API says the same of all.
static void visit_error(const struct line *line)
{
    static const struct {
        int status;
        enum outcome outcome;
    } wanted[] = {{400, OUTCOME_INVALID}, {403, OUTCOME_FORBIDDEN}, {409, OUTCOME_CONFLICT},
        {424, OUTCOME_DEPENDENCY}};
    struct request *request = valid_request(OPERATION_DELETE_IMAGE);
    struct answer answer = receive(line, request);
    bool known = false;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        if (wanted[i].status != line->status)
            continue;
        known = true;
        assert_int_equal(answer.outcome, wanted[i].outcome);
    }
    assert_true(known);
    assert_text(line->answer, "title", answer.title);
    const char *detail = json_string_value(json_object_get(line->answer, "detail"));
    if (detail != NULL && detail[0] != '\0') {
        assert_string_equal(answer.detail, detail);
        assert_non_null(strstr(answer.explanation, detail));
    }
    answer_deinit(&answer);
    request_free(request);
    visited++;
}

static void test_creations(void **state)
{
    (void)state;
    replay("image-lifecycle.jsonl", visit_creation, 5);
}

static void test_images(void **state)
{
    (void)state;
    replay("image-lifecycle.jsonl", visit_one_image, 20);
}

static void test_tags(void **state)
{
    (void)state;
    replay("image-lifecycle.jsonl", visit_tags, 10);
    replay("snapshot-lifecycle.jsonl", visit_tags, 10);
}

static void test_snapshots(void **state)
{
    (void)state;
    replay("snapshot-lifecycle.jsonl", visit_snapshots, 10);
}

static void test_tokens(void **state)
{
    (void)state;
    replay("image-lifecycle.jsonl", visit_token, 1);
}

static void test_errors(void **state)
{
    (void)state;
    replay("errors.jsonl", visit_error, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_creations),
        cmocka_unit_test(test_images),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_snapshots),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
