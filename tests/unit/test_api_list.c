// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Lists that are made a few rows at a time, while the daemon goes on. What the rows say is another
// matter.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/declaration.h"
#include "core/memory.h"
#include "imaged/api_list.h"
#include "imaged/daemon_state.h"

#define IMAGES 150 // some rows more than go into two parts

static struct daemon served;

static json_t *name_row(struct engine *engine, const struct image_status *status)
{
    assert_ptr_equal(engine, served.engine);
    return json_pack("{s:s}", "name", status->record->name);
}

static void tell(const struct event *event)
{
    struct effects effects = {0};
    struct instant now = {.monotonic_ms = 1000, .wall_ms = 1000};
    engine_handle(served.engine, event, now, &effects);
    effects_deinit(&effects);
}

static void begin_term(int images)
{
    struct engine_options options = engine_default_options();
    options.installation = "tests";
    served.engine = engine_new(&options);
    struct record_list records = {0};
    struct event loaded = {.kind = EVENT_LOADED, .loaded = {&records, NULL}};
    for (int i = 0; i < images; i++) {
        char name[32];
        snprintf(name, sizeof(name), "image-%03d", i);
        record_list_add(&records, record_new(name));
    }
    tell(&loaded);
    record_list_deinit(&records);
}

static void end_term(void)
{
    engine_free(served.engine);
    served.engines++;
}

static void test_a_list_is_whole(void **state)
{
    (void)state;
    begin_term(IMAGES);
    struct control_parts parts = api_list(&served, "\"revision\":1,", name_row);
    struct text out = {0};
    enum control_part outcome;
    int count = 0;
    while ((outcome = parts.next(&out, parts.data)) == CONTROL_PART_MADE)
        count++;
    assert_int_equal(outcome, CONTROL_PART_NONE);
    assert_int_equal(count, 3);
    json_t *list = json_loads(text_string(&out), 0, NULL);
    assert_int_equal(json_array_size(json_object_get(list, "items")), IMAGES);
    json_decref(list);
    text_deinit(&out);
    parts.free(parts.data);
    end_term();
}

// The engine goes with the lead; another one may even stand at the same place.
static void test_a_list_breaks_off_with_the_term(void **state)
{
    (void)state;
    begin_term(IMAGES);
    struct control_parts parts = api_list(&served, "", name_row);
    struct text out = {0};
    assert_int_equal(parts.next(&out, parts.data), CONTROL_PART_MADE);
    end_term();
    begin_term(1);
    assert_int_equal(parts.next(&out, parts.data), CONTROL_PART_BROKEN);
    text_deinit(&out);
    parts.free(parts.data);
    end_term();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_list_is_whole),
        cmocka_unit_test(test_a_list_breaks_off_with_the_term),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
