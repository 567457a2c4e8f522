// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A plan as people read it, line by line; that nothing in it does anything to their terminal; and
// that every kind of change that the daemon knows has its symbol here.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>

#include "core/memory.h"
#include "core/plan.h"
#include "core/text.h"
#include "imagectl/plan_text.h"
#include "imagectl/terminal.h"

static const struct terminal plain;

static json_t *parse(const char *json)
{
    json_error_t fault;
    json_t *value = json_loads(json, 0, &fault);
    if (value == NULL)
        fail_msg("%s in %s", fault.text, json);
    return value;
}

// ' stands for " in the JSON.
static json_t *loose(const char *json)
{
    char *copy = memory_text(json);
    for (char *c = copy; *c != '\0'; c++)
        if (*c == '\'')
            *c = '"';
    json_t *value = parse(copy);
    free(copy);
    return value;
}

static void check_item(const char *json, const char *wanted)
{
    struct text out = {0};
    json_t *item = loose(json);
    plan_text_item(item, &plain, &out);
    assert_string_equal(text_string(&out), wanted);
    text_deinit(&out);
    json_decref(item);
}

static void check_all(const char *json, const char *wanted)
{
    struct text out = {0};
    json_t *plan = loose(json);
    plan_text_all(plan, "directory", &plain, &out);
    const char *end = strstr(text_string(&out), wanted);
    if (end == NULL || strlen(end) != strlen(wanted))
        fail_msg("%s\ndoes not end with\n%s", text_string(&out), wanted);
    text_deinit(&out);
    json_decref(plan);
}

static void test_creation_shows_all_that_is_declared(void **state)
{
    (void)state;
    check_item("{'name':'web','change':'create','why':'there is no such image',"
               "'needs_approval':false,'image_id':null,'file':'/d/web.yaml','line':3,"
               "'declaration':{'name':'web','vm_id':'i-b121616e','tags':{'Name':'a: b'},"
               "'lifecycle':{'protect':true}},'differences':[]}",
        "  + create web\n"
        "      /d/web.yaml:3\n"
        "      there is no such image\n"
        "        + vm_id: i-b121616e\n"
        "        + tags:\n"
        "        +   Name: \"a: b\"\n");
}

static void test_differences_stand_in_line(void **state)
{
    (void)state;
    check_item("{'name':'web','change':'replace','why':'a change needs a new image',"
               "'needs_approval':true,'image_id':'ami-1','file':'/d/web.yaml','line':null,"
               "'declaration':null,'differences':["
               "{'field':'source_image_id','from':'ami-1','to':'ami-2','change':'replaces'},"
               "{'field':'block_device_mappings[/dev/sda1].bsu.volume_size','from':'10','to':'20',"
               "'change':'replaces'},"
               "{'field':'access.is_public','from':'true','to':'false','change':'in place'},"
               "{'field':'tags.Name','from':'true','to':'b','change':'in place'},"
               "{'field':'tags.x','from':null,'to':'1','change':'in place'},"
               "{'field':'tags.y','from':'2','to':null,'change':'in place'}]}",
        "-/+ replace (delete first) web (ami-1)\n"
        "      /d/web.yaml\n"
        "      a change needs a new image\n"
        "      awaits approval: imagectl approve web\n"
        "      -/+ source_image_id:  \"ami-1\" -> \"ami-2\"  # forces replacement\n"
        "      -/+ block_device_mappings[/dev/sda1].bsu.volume_size: 10 -> 20  # forces "
        "replacement\n"
        "        ~ access.is_public: true -> false\n"
        "        ~ tags.Name:        \"true\" -> \"b\"\n"
        "        + tags.x:           \"1\"\n"
        "        - tags.y:           \"2\"\n");
}

// Composed values are shown as they are, and so is what no id is known of yet.
static void test_values_are_quoted_where_they_are_texts(void **state)
{
    static const struct {
        const char *field, *value, *shown;
    } cases[] = {{"description", "{a}", "{a}"}, {"description", "a", "\"a\""},
        {"description", "(a)", "\"(a)\""}, {"tags.a.b", "{a}", "\"{a}\""},
        {"tags.a[b", "1", "\"1\""},
        {"source_image_id", "(the new image of a)", "(the new image of a)"},
        {"block_device_mappings[/dev/sdb]", "{\\\"a\\\":1}", "{\"a\":1}"},
        {"block_device_mappings[/dev/sdb].bsu.delete_on_vm_deletion", "true", "true"},
        {"block_device_mappings[/dev/sdb].bsu.snapshot_id", "snap-1", "\"snap-1\""},
        {"block_device_mappings[/dev/sdb", "1", "\"1\""},
        {"product_codes", "[\\\"1\\\"]", "[\"1\"]"}, {"no_reboot", "false", "false"},
        {"of.a.newer", "1", "\"1\""}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *json = memory_format(
            "{\"name\":\"a\",\"change\":\"update\",\"differences\":[{\"field\":"
            "\"%s\",\"from\":null,\"to\":\"%s\",\"change\":\"in place\"}]}",
            cases[i].field, cases[i].value);
        char *wanted = memory_format("        + %s: %s\n", cases[i].field, cases[i].shown);
        struct text out = {0};
        json_t *item = parse(json);
        plan_text_item(item, &plain, &out);
        if (strstr(out.bytes, wanted) == NULL)
            fail_msg("%s\nhas no\n%s", out.bytes, wanted);
        text_deinit(&out);
        json_decref(item);
        free(wanted);
        free(json);
    }
}

static void test_what_only_a_new_image_could_have_is_said_so(void **state)
{
    (void)state;
    check_item("{'name':'web','change':'update','why':'the live image differs','differences':["
               "{'field':'description','from':'a','to':'b','change':'replaces'}]}",
        "  ~ update in place web\n"
        "      the live image differs\n"
        "        ~ description: \"a\" -> \"b\"  # would need a new image\n");
}

static void test_every_change_has_a_symbol(void **state)
{
    (void)state;
    for (int i = PLAN_NONE + 1; i < PLAN_CHANGE_COUNT; i++) {
        struct text out = {0};
        json_t *item = json_pack(
            "{s:s, s:s}", "name", "web", "change", plan_change_name((enum plan_change)i));
        assert_true(plan_text_is_change(item));
        plan_text_item(item, &plain, &out);
        if (strchr(out.bytes, '?') != NULL)
            fail_msg("%s has no symbol", plan_change_name((enum plan_change)i));
        text_deinit(&out);
        json_decref(item);
    }
    check_item("{'name':'web','change':'transmute'}", "  ? transmute web\n");
    check_item("{'name':'web','change':'release','image_id':'ami-1'}",
        " => release (it stays in the cloud) web (ami-1)\n");
}

#define ITEM(change, approval)                                                                     \
    "{'name':'a','change':'" change "','needs_approval':" approval ",'differences':[]}"

static void test_counts(void **state)
{
    (void)state;
    check_all("{'items':[" ITEM("create", "false") "," ITEM("update", "false") "," ITEM(
                  "update", "false") "," ITEM("replace", "true") "]}",
        "\n\nPlan: 1 to create, 2 to update, 1 to replace, 0 to delete; 1 needs approval.\n");
    check_all("{'items':[" ITEM("succeed", "false") "," ITEM("replace", "true") "," ITEM(
                  "delete", "true") "," ITEM("retire", "false") "," ITEM("none", "false") "]}",
        "\n\nPlan: 0 to create, 0 to update, 2 to replace, 2 to delete; 2 need approval.\n");
    check_all("{'items':[" ITEM("adopt", "false") "," ITEM("release", "false") "," ITEM(
                  "blocked", "false") "," ITEM("transmute", "false") "]}",
        "\n\nPlan: 0 to create, 0 to update, 0 to replace, 0 to delete, 1 to adopt, 1 to release, "
        "1 blocked, 1 of another kind.\n");
}

static void test_no_changes(void **state)
{
    (void)state;
    check_all("{'items':[]}", "No changes. The cloud equals the directory.\n");
    check_all(
        "{'items':[" ITEM("none", "false") "]}", "No changes. The cloud equals the directory.\n");
    check_all("{'items':[{'name':'a','change':'none','differences':[{'field':'tags.a'}]}]}",
        "No changes. 1 image differs from the declaration, which policy leaves so: `imagectl diff "
        "a` shows it.\n");
}

static void test_an_answer_of_another_shape_is_survived(void **state)
{
    static const char *const answers[] = {"{}", "{'items':null}", "{'items':[null,1,{},[]]}",
        "{'items':[{'name':1,'change':'create','declaration':[],'differences':{}}]}",
        "{'items':[{'name':null,'change':'update','differences':[null,{},{'field':1}]}]}"};
    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct text out = {0};
        json_t *plan = loose(answers[i]);
        plan_text_all(plan, "directory", &plain, &out);
        assert_true(out.length > 0);
        text_deinit(&out);
        json_decref(plan);
    }
}

static void test_nothing_told_reaches_the_terminal_as_it_is(void **state)
{
    struct text out = {0};
    json_t *item = loose("{'name':'a\\u001b[2J','change':'create\\u001b','why':'b\\u001b',"
                         "'image_id':'c\\u001b','file':'d\\u001b','needs_approval':true,"
                         "'declaration':{'description':'e\\u001b'},'differences':["
                         "{'field':'tags.f\\u001b','from':'g\\u001b','to':'h\\u202e',"
                         "'change':'in place'}]}");
    (void)state;
    plan_text_item(item, &plain, &out);
    json_object_set_new(item, "change", json_string("create"));
    plan_text_item(item, &plain, &out);
    plan_text_diff(item, &plain, &out);
    assert_null(strchr(out.bytes, '\033'));
    assert_null(strstr(out.bytes, "\xe2\x80\xae"));
    text_deinit(&out);
    json_decref(item);
}

static void test_colour_is_for_terminals(void **state)
{
    static const struct terminal coloured = {
        .present = true, .colour = true, .columns = 80, .rows = 24};
    struct text out = {0};
    json_t *item = loose("{'name':'a','change':'delete'}");
    (void)state;
    plan_text_item(item, &coloured, &out);
    assert_string_equal(out.bytes, "  \033[31m-\033[0m \033[1mdelete a\033[0m\n");
    text_deinit(&out);
    json_decref(item);
}

static void test_diff(void **state)
{
    struct text out = {0};
    json_t *item = loose("{'name':'web','image_id':'ami-1','file':'/d/web.yaml','line':2,"
                         "'differences':["
                         "{'field':'description','from':'a','to':'b','change':'replaces'},"
                         "{'field':'tags.x','from':null,'to':'1','change':'in place'},"
                         "{'field':'tags.y','from':'2','to':null,'change':'in place'}]}");
    (void)state;
    plan_text_diff(item, &plain, &out);
    assert_string_equal(out.bytes, "--- ami-1 in the cloud\n"
                                   "+++ /d/web.yaml:2\n"
                                   "-description: \"a\"\n"
                                   "+description: \"b\"\n"
                                   "+tags.x: \"1\"\n"
                                   "-tags.y: \"2\"\n");
    text_clear(&out);
    json_object_set_new(item, "differences", json_array());
    plan_text_diff(item, &plain, &out);
    assert_int_equal(out.length, 0);
    text_deinit(&out);
    json_decref(item);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_creation_shows_all_that_is_declared),
        cmocka_unit_test(test_differences_stand_in_line),
        cmocka_unit_test(test_values_are_quoted_where_they_are_texts),
        cmocka_unit_test(test_what_only_a_new_image_could_have_is_said_so),
        cmocka_unit_test(test_every_change_has_a_symbol),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_no_changes),
        cmocka_unit_test(test_an_answer_of_another_shape_is_survived),
        cmocka_unit_test(test_nothing_told_reaches_the_terminal_as_it_is),
        cmocka_unit_test(test_colour_is_for_terminals),
        cmocka_unit_test(test_diff),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
