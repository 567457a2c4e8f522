// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Images to and from the API's JSON, by the field table.
#include "config.h"

#include <time.h>

#include "wire_fixture.h"

#include "numspot/answer.h"
#include "numspot/image_json.h"

static struct image *read(const char *text, struct error *error)
{
    json_t *value = json_read_body(text, strlen(text), error);
    assert_non_null(value);
    struct image *image = image_json_read(value, NULL, error);
    json_decref(value);
    return image;
}

static void test_read(void **state)
{
    (void)state;
    struct error error = {0};
    struct image *image = read(
        "{\"access\":{\"isPublic\":true},\"architecture\":\"x86_64\","
        "\"blockDeviceMappings\":[{\"bsu\":{\"deleteOnVmDeletion\":false,\"iops\":150,\"snapshotId\":"
        "\"snap-1\",\"volumeSize\":10.0,\"volumeType\":\"io1\"},\"deviceName\":\"/dev/sda1\"},"
        "{\"deviceName\":\"/dev/sdb\",\"virtualDeviceName\":\"ephemeral0\"}],"
        "\"creationDate\":\"2024-10-21T19:33:21.964594Z\",\"description\":\"\",\"id\":\"ami-1\","
        "\"name\":\"n\",\"productCodes\":[\"pty\",\"0001\"],\"rootDeviceName\":\"/dev/sda1\","
        "\"rootDeviceType\":\"bsu\",\"state\":\"deregistered\",\"stateComment\":{\"stateCode\":\"c\"},"
        "\"tags\":[{\"key\":\"Name\",\"value\":\"v\"},{\"key\":\"empty\"}],\"type\":\"machine\","
        "\"sourceImageId\":7,\"noReboot\":[],\"futureProperty\":{\"deep\":[1,{}]}}",
        &error);
    assert_non_null(image);
    assert_int_equal(image->access.is_public, BOOLEAN_TRUE);
    assert_string_equal(image->cloud_state, "deregistered");
    assert_int_equal(image->block_devices.count, 2);
    const struct bsu *bsu = &image->block_devices.items[0].bsu;
    assert_true(bsu->present && bsu->volume_size_gib.value == 10 && bsu->iops.value == 150);
    assert_int_equal(bsu->delete_on_vm_deletion, BOOLEAN_FALSE);
    assert_string_equal(bsu->snapshot.id, "snap-1");
    assert_false(image->block_devices.items[1].bsu.present);
    assert_string_equal(image->description, "");
    assert_string_equal(image->product_codes.items[1], "0001");
    assert_string_equal(tag_list_find(&image->tags, "Name"), "v");
    assert_string_equal(tag_list_find(&image->tags, "empty"), "");
    assert_string_equal(image->state_comment.code, "c");
    assert_null(image->state_comment.message);
    image_free(image);
}

static void test_absent_null_and_empty(void **state)
{
    (void)state;
    struct error error = {0};
    struct image *image = read("{\"id\":\"ami-1\",\"name\":null,\"tags\":[],\"productCodes\":null,"
                               "\"access\":{},\"stateComment\":null,\"blockDeviceMappings\":[]}",
        &error);
    assert_non_null(image);
    assert_null(image->name);
    assert_true(image->tags.present && image->tags.count == 0);
    assert_false(image->product_codes.present);
    assert_true(image->access.present);
    assert_int_equal(image->access.is_public, BOOLEAN_ABSENT);
    assert_false(image->state_comment.present);
    assert_true(image->block_devices.present && image->block_devices.count == 0);
    image_free(image);
}

static const struct {
    const char *text;
    const char *message;
} wrong[] = {
    {"[]", "it must be an object, not a list"},
    {"{}", "id must be a text that is not empty, not missing"},
    {"{\"id\":7}", "id must be a text, not a number"},
    {"{\"id\":\"a\",\"name\":{}}", "name must be a text, not an object"},
    {"{\"id\":\"a\",\"tags\":{}}", "tags must be a list, not an object"},
    {"{\"id\":\"a\",\"tags\":[{\"value\":\"v\"}]}", "tags[0].key must be a text, not missing"},
    {"{\"id\":\"a\",\"tags\":[{\"key\":\"k\",\"value\":1}]}",
        "tags[0].value must be a text, not a number"},
    {"{\"id\":\"a\",\"tags\":[null]}", "tags[0] must be an object, not null"},
    {"{\"id\":\"a\",\"productCodes\":[\"x\",true]}",
        "productCodes[1] must be a text, not a boolean"},
    {"{\"id\":\"a\",\"productCodes\":{}}", "productCodes must be a list, not an object"},
    {"{\"id\":\"a\",\"tags\":[{\"key\":1}]}", "tags[0].key must be a text, not a number"},
    {"{\"id\":\"a\",\"blockDeviceMappings\":{}}",
        "blockDeviceMappings must be a list, not an object"},
    {"{\"id\":\"a\",\"blockDeviceMappings\":[{\"bsu\":{\"volumeSize\":-1e300}}]}",
        "blockDeviceMappings[0].bsu.volumeSize must be a whole number, not a number"},
    {"{\"id\":\"a\",\"access\":\"public\"}", "access must be an object, not a text"},
    {"{\"id\":\"a\",\"access\":{\"isPublic\":\"true\"}}",
        "access.isPublic must be true or false, not a text"},
    {"{\"id\":\"a\",\"blockDeviceMappings\":[{},[]]}",
        "blockDeviceMappings[1] must be an object, not a list"},
    {"{\"id\":\"a\",\"blockDeviceMappings\":[{\"bsu\":{\"volumeSize\":\"10\"}}]}",
        "blockDeviceMappings[0].bsu.volumeSize must be a whole number, not a text"},
    {"{\"id\":\"a\",\"blockDeviceMappings\":[{\"bsu\":{\"volumeSize\":1.5}}]}",
        "blockDeviceMappings[0].bsu.volumeSize must be a whole number, not a number"},
    {"{\"id\":\"a\",\"blockDeviceMappings\":[{\"bsu\":{\"volumeSize\":1e300}}]}",
        "blockDeviceMappings[0].bsu.volumeSize must be a whole number, not a number"},
    {"{\"id\":\"a\",\"blockDeviceMappings\":[{\"bsu\":{\"snapshotId\":[]}}]}",
        "blockDeviceMappings[0].bsu.snapshotId must be a text, not a list"},
};

static void test_wrong_types_say_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct error error = {0};
        assert_null(read(wrong[i].text, &error));
        assert_int_equal(error.code, ERROR_INVALID);
        assert_string_equal(error.message, wrong[i].message);
    }
}

static void test_not_json(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "{", "{\"a\":1}}", "{\"a\\u0000\":1}", "\"\xff\"",
        "123456789012345678901234567890", "1e999", "nul"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct error error = {0};
        assert_null(json_read_body(texts[i], strlen(texts[i]), &error));
        assert_int_equal(error.code, ERROR_INVALID);
    }
    char *deep = memory_new(100001, 1);
    memset(deep, '[', 100000);
    struct error error = {0};
    assert_null(json_read_body(deep, 100000, &error));
    free(deep);
}

// Whoever publishes an image chooses its description. It neither keeps the others from being read,
// nor is a name with a NUL in it the name before that.
static void test_nul_is_a_character(void **state)
{
    (void)state;
    struct error error = {0};
    struct image *image = read(
        "{\"id\": \"ami-1\", \"name\": \"web\\u0000\", \"description\": \"\\u0000a\\u0000\\u0000b\","
        " \"productCodes\": [\"\\u0000\"]}",
        &error);
    assert_non_null(image);
    assert_string_equal(image->name, "web\xef\xbf\xbd");
    assert_string_equal(image->description, "\xef\xbf\xbd"
                                            "a\xef\xbf\xbd\xef\xbf\xbd"
                                            "b");
    assert_string_equal(image->product_codes.items[0], "\xef\xbf\xbd");
    image_free(image);
}

static void assert_written(const struct image *image, const char *wanted)
{
    struct error error = {0};
    char *body = image_json_write(image, &error);
    if (body == NULL)
        fail_msg("%s", error.message);
    json_t *got = json_loads(body, 0, NULL);
    json_t *want = json_loads(wanted, 0, NULL);
    assert_non_null(want);
    if (!json_equal(got, want))
        fail_msg("%s", body);
    json_decref(got);
    json_decref(want);
    free(body);
}

// Everything that an image can hold; only what CreateImage accepts is sent.
static void test_write(void **state)
{
    (void)state;
    struct image *image = image_new();
    image->name = memory_text("n \"q\" é");
    image->description = memory_text("");
    image->no_reboot = BOOLEAN_FALSE;
    image->vm = (struct selector){
        .present = true, .id = memory_text("i-1"), .follow = BOOLEAN_TRUE};
    image->access.present = true;
    image->access.is_public = BOOLEAN_TRUE;
    image->id = memory_text("ami-1");
    image->cloud_state = memory_text("available");
    image->creation_date = memory_text("2024-10-21T19:33:21Z");
    image->type = memory_text("machine");
    image->root_device_type = memory_text("bsu");
    image->state_comment = (struct state_comment){.present = true, .code = memory_text("x")};
    tag_list_set(&image->tags, "k", "v");
    text_list_add(&image->product_codes, "0001");
    assert_written(image, "{\"name\":\"n \\\"q\\\" é\",\"description\":\"\",\"noReboot\":false,"
                          "\"vmId\":\"i-1\",\"productCodes\":[\"0001\"]}");
    image_free(image);
}

static void test_write_devices(void **state)
{
    (void)state;
    struct image *image = image_new();
    image->name = memory_text("n");
    image->block_devices.present = true;
    image->block_devices.count = 2;
    image->block_devices.items = memory_new(2, sizeof(image->block_devices.items[0]));
    struct block_device *device = image->block_devices.items;
    device->device_name = memory_text("/dev/sda1");
    device->bsu.present = true;
    device->bsu.snapshot = (struct selector){.present = true, .id = memory_text("snap-1")};
    device->bsu.volume_size_gib = (struct integer){true, 120};
    device->bsu.iops = (struct integer){true, 150};
    device->bsu.volume_type = memory_text("io1");
    device->bsu.delete_on_vm_deletion = BOOLEAN_TRUE;
    device[1].device_name = memory_text("/dev/sdb");
    device[1].virtual_device_name = memory_text("ephemeral0");
    image->root_device_name = memory_text("/dev/sda1");
    image->architecture = memory_text("x86_64");
    assert_written(image,
        "{\"name\":\"n\",\"blockDeviceMappings\":[{\"deviceName\":\"/dev/sda1\",\"bsu\":"
        "{\"snapshotId\":\"snap-1\",\"volumeSize\":120,\"volumeType\":\"io1\",\"iops\":150,"
        "\"deleteOnVmDeletion\":true}},{\"deviceName\":\"/dev/sdb\",\"virtualDeviceName\":\"ephemeral0\"}],"
        "\"rootDeviceName\":\"/dev/sda1\",\"architecture\":\"x86_64\"}");
    memory_replace_text(&device->bsu.snapshot.id, NULL);
    struct error error = {0};
    assert_null(image_json_write(image, &error));
    assert_string_equal(
        error.message, "block_device_mappings[0]: snapshot_id was not resolved to an id");
    image_free(image);
}

static char *list_of(size_t count)
{
    char *body = memory_new(count * 400 + 64, 1);
    char *at = body + sprintf(body, "{\"items\":[");
    for (size_t i = 0; i < count; i++)
        at += sprintf(at,
            "%s{\"id\":\"ami-%08zx\",\"name\":\"image %zu\",\"state\":\"available\",\"tags\":"
            "[{\"key\":\"a\",\"value\":\"b\"}],\"blockDeviceMappings\":[{\"deviceName\":\"/dev/sda1\",\"bsu\":"
            "{\"snapshotId\":\"snap-1\",\"volumeSize\":10}}],\"productCodes\":[\"0001\"]}",
            i == 0 ? "" : ",", i, i);
    sprintf(at, "]}");
    return body;
}

static double seconds_to_read(size_t count)
{
    char *body = list_of(count);
    struct transfer_result result = answered(1, 200, body);
    struct request *request = request_for(OPERATION_LIST_IMAGES, NULL);
    struct timespec before;
    struct timespec after;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    struct answer answer;
    answer_decode(request, &result, 0, &answer);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    assert_int_equal(answer.outcome, OUTCOME_OK);
    assert_int_equal(answer.images.count, count);
    answer_deinit(&answer);
    request_free(request);
    transfer_result_deinit(&result);
    free(body);
    return (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
}

// Ten times as many images take ten times as long, not a hundred.
static void test_long_lists(void **state)
{
    (void)state;
    double few = seconds_to_read(1000);
    double many = seconds_to_read(10000);
    print_message("1,000 images: %.1f ms; 10,000: %.1f ms\n", few * 1e3, many * 1e3);
    assert_true(many < few * 40 + 0.2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_absent_null_and_empty),
        cmocka_unit_test(test_wrong_types_say_where),
        cmocka_unit_test(test_not_json),
        cmocka_unit_test(test_nul_is_a_character),
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_write_devices),
        cmocka_unit_test(test_long_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
