// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Records are copied whole: what a copy shares with its original, or lacks, would be lost or freed
// twice.

#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/record.h"
#include "core/shared_text.h"

static void fill(struct record *record)
{
    char **texts[] = {&record->image_id, &record->cloud_name, &record->source_id,
        &record->deleted_id, &record->message, &record->repaired};
    const char **shared[] = {
        &record->file, &record->declaration, &record->made_from, &record->applied};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        free(*texts[i]);
        *texts[i] = memory_format("text %zu", i);
    }
    for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
        *shared[i] = shared_text_new("shared");
    text_list_add(&record->previous, "ami-1");
    text_list_add(&record->snapshots, "snap-1");
    text_list_add(&record->spared, "ami-2");
    record->removed = record->owned = record->suspended = record->approved = true;
    record->removed_wall_ms = 1;
    record->made_wall_ms = 2;
    record->since_wall_ms = 3;
    record->next_attempt_wall_ms = 4;
    record->intent_wall_ms = 5;
    record->lost_wall_ms = 6;
    record->state = STATE_FAILED;
    record->reason = REASON_REJECTED;
    record->intent = INTENT_SET_TAGS;
    record->attempts = 7;
    record->failed_builds = 8;
    record->repairs = 9;
}

// What is not a pointer must be the same; a pointer that is shared would be freed twice below.
static void test_clone_copies_everything(void **state)
{
    (void)state;
    struct record *record = record_new("web");
    fill(record);
    struct record *clone = record_clone(record);
    for (size_t i = 0; i + sizeof(void *) <= sizeof(*record); i += sizeof(void *)) {
        uintptr_t one = 0;
        uintptr_t other = 0;
        memcpy(&one, (const char *)record + i, sizeof(one));
        memcpy(&other, (const char *)clone + i, sizeof(other));
        bool pointers = one > UINT64_C(0xffff) && other > UINT64_C(0xffff);
        assert_true(one == other || pointers);
    }
    assert_string_equal(clone->repaired, "text 5");
    assert_string_equal(clone->previous.items[0], "ami-1");
    assert_string_equal(clone->spared.items[0], "ami-2");
    assert_ptr_equal(clone->declaration, record->declaration); // one text for both
    record_free(record);
    assert_string_equal(clone->name, "web"); // it stands alone
    assert_string_equal(clone->declaration, "shared");
    record_free(clone);
    record_free(NULL);
}

static void test_intents(void **state)
{
    (void)state;
    for (int i = 0; i < INTENT_COUNT; i++) {
        assert_non_null(intent_name((enum intent)i));
        assert_int_equal(intent_from_name(intent_name((enum intent)i)), i);
    }
    assert_int_equal(intent_from_name("nothing"), -1);
}

static void test_lists(void **state)
{
    (void)state;
    struct record_list list = {0};
    for (int i = 0; i < 100; i++)
        record_list_add(&list, record_new("x"));
    assert_int_equal(list.count, 100);
    record_list_deinit(&list);
    assert_null(list.items);
    history_row_free(NULL);
}

static void test_names_image(void **state)
{
    (void)state;
    struct record *record = record_new("web");
    assert_false(record_names_image(record, "ami-1"));
    record->image_id = memory_text("ami-1");
    text_list_add(&record->previous, "ami-2");
    assert_true(record_names_image(record, "ami-1"));
    assert_true(record_names_image(record, "ami-2"));
    assert_false(record_names_image(record, "ami-3"));
    record_free(record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_image),
        cmocka_unit_test(test_clone_copies_everything),
        cmocka_unit_test(test_intents),
        cmocka_unit_test(test_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
