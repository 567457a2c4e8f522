// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The declaration of a live image: what the daemon shows of it, read back by the reader of
// declarations, equals it; and what a person must know first is said.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>

#include "core/declaration.h"
#include "core/error.h"
#include "core/text.h"
#include "imagectl/image_row.h"
#include "imagectl/import_text.h"

#define MAPPINGS                                                                                   \
    "\"block_device_mappings\":[{\"device_name\":\"/dev/sda1\",\"bsu\":{\"snapshot_id\":"          \
    "\"snap-5ee113a6\",\"volume_size\":11,\"volume_type\":\"standard\","                           \
    "\"delete_on_vm_deletion\":true}}]"

#define LIVE(name, more)                                                                           \
    "{\"name\":\"" name "\",\"description\":\"\"," MAPPINGS ",\"root_device_name\":\"/dev/sda1\"," \
    "\"architecture\":\"x86_64\",\"product_codes\":[\"0001\"],\"access\":{\"is_public\":false},"   \
    "\"id\":\"ami-51459d59\",\"creation_date\":\"2026-08-10T08:00:00Z\",\"state\":\"available\","  \
    "\"type\":\"machine\",\"root_device_type\":\"bsu\"" more "}"

#define ROW                                                                                        \
    "{\"items\":[{\"name\":\"web\",\"state\":\"available\",\"reason\":\"InSync\",\"image_id\":"    \
    "\"ami-00000007\",\"file\":\"/d/web.yaml\"}]}"

struct world {
    json_t *live;
    json_t *answer;
    struct image_rows rows;
    struct import import;
    struct error error;
};

static struct world world_of(const char *live, const char *answer)
{
    struct world w = {0};
    json_error_t fault;
    w.live = json_loads(live, 0, &fault);
    if (w.live == NULL)
        fail_msg("%s", fault.text);
    w.answer = json_loads(answer, 0, NULL);
    assert_int_equal(image_rows_read(w.answer, &w.rows, &w.error), 0);
    w.import = (struct import){.live = w.live, .installation = "tests"};
    return w;
}

static void world_deinit(struct world *w)
{
    image_rows_deinit(&w->rows);
    json_decref(w->answer);
    json_decref(w->live);
}

static json_t *declaration_of(struct world *w)
{
    w->import.rows = &w->rows;
    json_t *declaration = import_declaration(&w->import, &w->error);
    if (declaration == NULL)
        fail_msg("%s", w->error.message);
    return declaration;
}

static void test_the_file_declares_the_image_as_it_is(void **state)
{
    (void)state;
    struct text out = {0};
    struct world w = world_of(
        LIVE("web (old)", ",\"tags\":{\"Name\":\"no\",\"imaged.x\":\"1\"}"), "{\"items\":[]}");
    json_t *declaration = declaration_of(&w);
    json_t *warnings = import_warnings(&w.import, declaration);
    assert_int_equal(json_array_size(warnings), 0);
    import_write(&w.import, declaration, warnings, &out);
    struct declaration_file *file = declaration_file_read("x.yaml", out.bytes, out.length);
    assert_int_equal(file->count, 1);
    assert_int_equal(file->documents[0].problems.count, 0);
    assert_string_equal(file->documents[0].declaration->canonical,
        "{\"name\":\"web (old)\"," MAPPINGS ",\"root_device_name\":\"/dev/sda1\",\"architecture\":"
        "\"x86_64\",\"product_codes\":[\"0001\"],\"access\":{\"is_public\":false},\"tags\":{\"Name\":"
        "\"no\"},\"lifecycle\":{\"adopt\":\"if_equal\"}}");
    assert_int_equal(strncmp(out.bytes, "# ami-51459d59, made 2026-08-10T08:00:00Z.\n", 43), 0);
    declaration_file_free(file);
    text_deinit(&out);
    json_decref(warnings);
    json_decref(declaration);
    world_deinit(&w);
}

static void test_what_to_know_first_is_said(void **state)
{
    static const struct {
        const char *live;
        const char *warning; // a part of the only one
    } cases[] = {
        {LIVE("abc", ",\"tags\":{\"imaged.owner\":\"paris\",\"imaged.name\":\"x\"}"),
            "another owner's tag is on the image: imaged.owner=paris (for x)"},
        {LIVE("abc", ",\"tags\":{\"imaged.owner\":\"tests\",\"imaged.name\":\"x\"}"),
            "this installation (tests) made or adopted the image for the declaration x"},
        {LIVE("web", ""), "the name web is taken by another image's declaration (/d/web.yaml)"},
        {LIVE("abc", ",\"id\":\"ami-00000007\""), "looks after the image already, as web"},
        {LIVE("abc", ",\"state\":\"pending\""), "the image is pending, not available"},
        {LIVE("abc", ",\"access\":{\"is_public\":true}"), "the image is public"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct text out = {0};
        struct world w = world_of(cases[i].live, ROW);
        json_t *declaration = declaration_of(&w);
        json_t *warnings = import_warnings(&w.import, declaration);
        assert_int_equal(json_array_size(warnings), 1);
        const char *said = json_string_value(json_array_get(warnings, 0));
        if (strstr(said, cases[i].warning) == NULL)
            fail_msg("case %zu: %s", i, said);
        import_write(&w.import, declaration, warnings, &out);
        assert_non_null(strstr(out.bytes, "\n#\n# WARNING: "));
        text_deinit(&out);
        json_decref(warnings);
        json_decref(declaration);
        world_deinit(&w);
    }
}

static void test_what_cannot_be_declared_is_refused(void **state)
{
    static const struct {
        const char *live;
        const char *error;
    } cases[] = {
        {"{\"name\":\"a\",\"id\":\"ami-51459d59\"}", "shows no volumes of ami-51459d59"},
        {LIVE("a{b}c", ""), "cannot be declared as it is: name: "},
        {"{\"id\":\"ami-51459d59\"," MAPPINGS "}", "cannot be declared"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct world w = world_of(cases[i].live, ROW);
        w.import.rows = &w.rows;
        assert_null(import_declaration(&w.import, &w.error));
        if (strstr(w.error.message, cases[i].error) == NULL)
            fail_msg("case %zu: %s", i, w.error.message);
        world_deinit(&w);
    }
}

// Whatever stands in the cloud's answer cannot leave the comment that it stands in.
static void test_comments_stay_comments(void **state)
{
    (void)state;
    struct text out = {0};
    struct world w = world_of(
        LIVE("web", ",\"creation_date\":\"now\\n\\u001b[2Jname: evil\",\"tags\":{"
                    "\"imaged.owner\":\"x\\nname: evil\"}"),
        ROW);
    json_t *declaration = declaration_of(&w);
    json_t *warnings = import_warnings(&w.import, declaration);
    import_write(&w.import, declaration, warnings, &out);
    assert_null(strstr(out.bytes, "\nname: evil"));
    assert_null(strchr(out.bytes, '\033'));
    text_deinit(&out);
    json_decref(warnings);
    json_decref(declaration);
    world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_file_declares_the_image_as_it_is),
        cmocka_unit_test(test_what_to_know_first_is_said),
        cmocka_unit_test(test_what_cannot_be_declared_is_refused),
        cmocka_unit_test(test_comments_stay_comments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
