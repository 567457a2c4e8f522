// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// YAML as a tree: what is read, where it stands, and what is refused.
#include "config.h"

#include "declaration_fixture.h"

#include "core/document.h"
#include "core/memory.h"

static void append_node(const struct node *node, struct text *out)
{
    if (node->kind == NODE_SCALAR) {
        text_format(out, "%s%s%s", node->plain ? "" : "'", node->text, node->plain ? "" : "'");
        assert_int_equal(strlen(node->text), node->length);
        return;
    }
    bool mapping = node->kind == NODE_MAPPING;
    size_t count = 0;
    text_append(out, mapping ? "{" : "[");
    for (const struct entry *entry = node->entries; entry != NULL; entry = entry->next, count++) {
        text_append(out, count > 0 ? " " : "");
        if (mapping)
            text_format(out, "%s:", entry->key->text);
        append_node(entry->value, out);
    }
    text_append(out, mapping ? "}" : "]");
    assert_int_equal(count, node->count);
}

// All documents and all problems of a text, on one line each.
static char *read_all(const char *bytes, size_t length)
{
    struct document_reader *reader = document_reader_new(bytes, length);
    struct problem_list problems = {0};
    struct text out = {0};
    const struct node *root = NULL;
    enum document_status status;
    do {
        status = document_reader_next(reader, &root, &problems);
        if (status == DOCUMENT_READ)
            append_node(root, &out);
        for (size_t i = 0; i < problems.count; i++) {
            text_append(&out, " !");
            problem_format(&problems.items[i], "f", &out);
        }
        problem_list_deinit(&problems);
        text_append(&out, status == DOCUMENT_READ ? "; " : status == DOCUMENT_CUT ? " cut; " : "");
    } while (status == DOCUMENT_READ || status == DOCUMENT_CUT);
    text_append(&out, status == DOCUMENT_BROKEN ? " broken" : "");
    assert_int_equal(document_reader_next(reader, &root, &problems), DOCUMENT_END);
    document_reader_free(reader);
    return text_steal(&out);
}

static const struct {
    const char *yaml;
    const char *read;
} trees[] = {
    {"", ""},
    {"# nothing\n", ""},
    {"---\n", ""},
    {"---\n...\n---\n# x\n---\n", ""},
    {"a: b\n", "{a:b}; "},
    {"a: b\rc: d\r", "{a:b c:d}; "},
    {"a: b\xc2\x85", "{a:b}; "},
    {"a: b\n---\n", "{a:b}; "},
    {"a: b\n...\n", "{a:b}; "},
    {"---\na: b\n---\n---\nc\n", "{a:b}; c; "},
    {"%YAML 1.2\n---\na\n", "a; "},
    {"a: no\nb: 0123\nc: 1e3\nd: ~\ne: 2026-11-25\nf: 0o17\ng: .5\nh: 12:30\n",
        "{a:no b:0123 c:1e3 d:~ e:2026-11-25 f:0o17 g:.5 h:12:30}; "},
    {"a:\nb: ''\nc: \"x y\"\nd: |\n  t\n", "{a: b:'' c:'x y' d:'t\n'}; "},
    {"[a, [b], {c: d}, e: f]", "[a [b] {c:d} {e:f}]; "},
    {"a: &x [1, 2]\nb: *x\n", "{a:[1 2] b:[1 2]}; "},
    {"a: &x 1\nb: *x\nc: &x 2\nd: *x\n", "{a:1 b:1 c:2 d:2}; "},
    {"a: &b {c: 1, d: 2}\ne: {<<: *b, d: 3, f: 4}\n", "{a:{c:1 d:2} e:{d:3 f:4 c:1}}; "},
    {"a: {<<: [{b: 1, c: 1}, {c: 2, d: 2}], d: 3}\n", "{a:{d:3 b:1 c:1}}; "},
    {"a: {\"<<\": b}\n", "{a:{<<:b}}; "},
    {"a: !!str 1\nb: !!int 2\nc: ! 3\n", "{a:'1' b:'2' c:'3'}; "},
    {"\xef\xbb\xbf"
     "a: b\r\nc: d\r\n",
        "{a:b c:d}; "},
    {"{\"a\": \"\\u00e9\\n\", \"b\": [true, 1]}", "{a:'\xc3\xa9\n' b:[true 1]}; "},
};

static void test_trees(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
        char *read = read_all(trees[i].yaml, strlen(trees[i].yaml));
        if (strcmp(read, trees[i].read) != 0)
            fail_msg("%s\nwanted %s\nfound  %s", trees[i].yaml, trees[i].read, read);
        free(read);
    }
}

#define BYTES(text) text, sizeof(text) - 1

static const struct {
    const char *bytes;
    size_t length;
    const char *problem; // a part of the line
} refused[] = {
    {BYTES("\xff\xfe"
           "a\0:\0"),
        "f:1:1: error: the file is UTF-16; save it as UTF-8"},
    {BYTES("\xfe\xff\0a"), "the file is UTF-16"},
    {BYTES("\xff\xfe\0\0a\0\0\0"), "the file is UTF-32"},
    {BYTES("\0\0\xfe\xff\0\0\0a"), "the file is UTF-32"},
    {BYTES("a: b\rc: d\x01\r"), "f:2:5: error: the control character U+0001"},
    {BYTES("a: b\r\nc: d\x01\r"), "f:2:5: error: the control character U+0001"},
    {BYTES("a: \xc2\x80\n"), "f:1:4: error: the control character U+0080"},
    {BYTES("a: \xef\xbf\xbe\n"), "f:1:4: error: the control character U+FFFE"},
    {BYTES("a\0:\0 \0b\0"), "looks like UTF-16 without a byte order mark"},
    {BYTES("a: b\nc: d\0\n"), "f:2:5: error: a NUL byte"},
    {BYTES("a: \"b\\0c\"\n"), "f:1:4: error: a: the text contains a NUL character"},
    {BYTES("a: b\nc: \xc3\xa9\xff\n"), "f:2:5: error: the byte 0xff is not valid UTF-8 here"},
    {BYTES("a: \xc0\xaf\n"), "f:1:4: error: the byte 0xc0"},
    {BYTES("a: \xed\xa0\x80\n"), "f:1:4: error: the byte 0xed"},
    {BYTES("a: \xf4\x90\x80\x80\n"), "f:1:4: error: the byte 0xf4"},
    {BYTES("a: \xe2\x82"), "f:1:4: error: the byte 0xe2"},
    {BYTES("a: b\x01\n"), "f:1:5: error: the control character U+0001"},
    {BYTES("a: b\x7f\n"), "the control character U+007F"},
    {BYTES("a: b\n\xef\xbb\xbf"
           "c: d\n"),
        "f:2:1: error: a byte order mark in the middle"},
    {BYTES("a:\n\tb: c\n"), "f:2:1: error: a tab; YAML is indented with spaces only"},
    {BYTES("a: b\n\tc: d\n"), "f:2:1: error: a tab; YAML is indented with spaces only"},
    {BYTES("\xef\xbb\xbf\xc3\xa9: x\n\tc: d\n"), "f:2:1: error: a tab"},
    {BYTES("a: @b\n"), "f:1:4: error: no value can begin with \"@\"; put it in quotes"},
    {BYTES("\xef\xbb\xbf"
           "a: @b\n"),
        "f:1:4: error: no value can begin with \"@\""},
    {BYTES("a: `b`\n"), "f:1:4: error: no value can begin with \"`\""},
    {BYTES("a: \"b\nc: d\n"), "f:1:4: error: the quotation mark here is never closed"},
    {BYTES("a: 'b\n---\nc: d\n"), "f:1:4: error: the quotation mark here is not closed before"},
    {BYTES("a: \"\\q\"\n"), "an unknown escape in double quotes"},
    {BYTES("a: b: c\n"), "f:1:5: error: a `: ` where no key can stand"},
    {BYTES("a: [b\nc: d\n"), "f:1:4: error: the `[` here is not closed by a `]`"},
    {BYTES("a: {b\n"), "f:1:4: error: the `{` here is not closed by a `}`"},
    {BYTES("a: b\n c\nd\n"), "is a `:` missing"},
    {BYTES("a: b\n  c: d\n"), "f:2:4: error: a `: ` where no key can stand"},
    {BYTES("a:\n  b: c\n d: e\n"), "f:3:2: error: no key where one is expected"},
    {BYTES("- a\nb: c\n"), "f:2:1: error: no `- ` where"},
    {BYTES("a: - b\n"), "f:1:4: error: a `- ` where no list can begin"},
    {BYTES("%YAML 3.0\n---\na\n"), "an unsupported YAML version"},
    {BYTES("a: !x!y b\n"), "a tag whose prefix is not defined"},
    {BYTES("a: !!python/object b\n"),
        "f:1:4: error: a: the tag \"tag:yaml.org,2002:python/object\""},
    {BYTES("a: !!null b\n"), "the tag \"tag:yaml.org,2002:null\" is not supported"},
    {BYTES("a: !local [b]\n"), "the tag \"!local\" is not supported"},
    {BYTES("a: !!set {b: c}\n"), "is not supported"},
    {BYTES("a: *b\n"), "f:1:4: error: a: no anchor &b stands before"},
    {BYTES("a: &b c\n---\nd: *b\n"), "f:3:4: error: d: no anchor &b"},
    {BYTES("a: &b [*b]\n"), "f:1:8: error: a[0]: the alias *b stands inside what &b names"},
    {BYTES("a: 1\nb: {c: 1, d: 2, c: 3}\n"),
        "f:2:17: error: b.c: the key \"c\" is given twice: here, and at line 2, column 5"},
    {BYTES("a: {<<: [{b: 1}, c, {d: 2}]}\n"), "f:1:18: error: a: only mappings can be merged"},
    {BYTES("a: {<<: b}\n"), "f:1:9: error: a: only mappings can be merged"},
    {BYTES("a: {<<: {b: 1}, <<: {c: 1}}\n"), "f:1:17: error: a.<<: the key \"<<\" is given twice"},
    {BYTES("{a: b}: c\n"), "f:1:1: error: a key must be a single text"},
};

static void test_refused(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        char *read = read_all(refused[i].bytes, refused[i].length);
        if (strstr(read, refused[i].problem) == NULL) {
            print_error("%s\nwanted %s\nfound  %s\n", refused[i].bytes, refused[i].problem, read);
            failed++;
        }
        free(read);
    }
    assert_int_equal(failed, 0);
}

// A text of `count` times `part` between a beginning and an end.
static char *repeat(const char *start, const char *part, size_t count, const char *end)
{
    struct text text = {0};
    text_append(&text, start);
    for (size_t i = 0; i < count; i++)
        text_append(&text, part);
    text_append(&text, end);
    return text_steal(&text);
}

static const struct {
    const char *start;
    const char *part;
    size_t count;
    const char *end;
    const char *problem; // NULL: none
} limits[] = {
    {"", "[", 16, "]]]]]]]]]]]]]]]]", NULL},
    {"", "[", 17, "]]]]]]]]]]]]]]]]]",
        "f:1:17: error: [0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]: nested too "
        "deeply; the limit is 16"},
    {"", "[", 1000000, "", "nested too deeply; the limit is 16 broken"},
    {"", "{", 1000000, "", "nested too deeply; the limit is 16 broken"},
    {"", "{a: ", 17, "x}}}}}}}}}}}}}}}}}", "nested too deeply"},
    {"a: &a [[[[[[[[[[[[[[x]]]]]]]]]]]]]]\nb: [*a]\n", "", 0, "", NULL},
    {"a: &a [[[[[[[[[[[[[[x]]]]]]]]]]]]]]\nb: [[*a]]\n", "", 0, "",
        "nested too deeply by an alias"},
    {"a: &a x\nb: [", "*a, ", 1000, "]\n", NULL},
    {"a: &a x\nb: [", "*a, ", 1001, "]\n",
        "error: b[1000]: too many aliases, counted as expanded; the limit is 1000"},
    {"a: &a x\nb: &b [*a, *a]\nc: [", "*b, ", 332, "]\n", NULL},
    {"a: &a x\nb: &b [*a, *a]\nc: [", "*b, ", 333, "]\n", "too many aliases"},
    {"", "- &a x\n", 1000, "", NULL},
    {"", "- &a x\n", 1001, "", "too many anchors; the limit is 1000"},
    {"[", "x,", 99999, "]", NULL},
    {"[", "x,", 100000, "]", "the document has too many values; the limit is 100000"},
    {"- &a [x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x]\n- &b "
     "[*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n- &c [x]\n- [",
        "[*b],", 46, "]", NULL},
    {"- &a [", "x,", 10000, "]\n- [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n",
        "too many values, counted with aliases expanded; the limit is 100000"},
    {"{a: 1, <<: {", "", 0, "b: 2}}", NULL},
};

static void test_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        char *yaml = repeat(limits[i].start, limits[i].part, limits[i].count, limits[i].end);
        char *read = read_all(yaml, strlen(yaml));
        const char *problem = strchr(read, '!');
        if ((limits[i].problem == NULL) != (problem == NULL) ||
            (problem != NULL && strstr(problem, limits[i].problem) == NULL))
            fail_msg("row %zu: wanted %s, found %s", i, limits[i].problem, problem);
        free(read);
        free(yaml);
    }
}

// What passes a limit is one document's fault: the next one is read.
static void test_after_limit(void **state)
{
    (void)state;
    char *yaml = repeat("name: x\nb: ", "[", 17, "]]]]]]]]]]]]]]]]]\n---\na: b\n");
    char *read = read_all(yaml, strlen(yaml));
    assert_non_null(strstr(read, "the limit is 16 cut; {a:b}; "));
    free(read);
    free(yaml);
}

// One that was never read from, and none.
static void test_unread(void **state)
{
    (void)state;
    document_reader_free(document_reader_new("a", 1));
    document_reader_free(NULL);
}

static void test_size(void **state)
{
    (void)state;
    char *yaml = repeat("", "#123456789abcde\n", DOCUMENT_LIMIT_BYTES / 16, "#");
    char *read = read_all(yaml, DOCUMENT_LIMIT_BYTES);
    assert_string_equal(read, "");
    free(read);
    read = read_all(yaml, DOCUMENT_LIMIT_BYTES + 1);
    assert_non_null(strstr(read, "f: error: the file has 1048577 bytes; at most 1048576 are read"));
    free(read);
    free(yaml);
}

// Many keys are compared by sorting, and merging them is bounded.
static void test_many_keys(void **state)
{
    (void)state;
    struct text yaml = {0};
    for (unsigned i = 0; i < 300; i++)
        text_format(&yaml, "k%u: %u\n", i * 7919 % 300, i);
    char *read = read_all(yaml.bytes, yaml.length);
    assert_null(strchr(read, '!'));
    free(read);
    text_append(&yaml, "k5: x\nk0: y\n");
    read = read_all(yaml.bytes, yaml.length);
    assert_non_null(strstr(read, "!f:301:1: error: k5: the key \"k5\" is given twice"));
    assert_non_null(
        strstr(read, "!f:302:1: error: k0: the key \"k0\" is given twice: here, and at line 1,"));
    free(read);
    text_clear(&yaml);
    text_append(&yaml, "m: {<<: {");
    for (unsigned i = 0; i < 300; i++)
        text_format(&yaml, "k%u: 1, ", i);
    text_append(&yaml, "}}\n");
    read = read_all(yaml.bytes, yaml.length);
    assert_non_null(strstr(read, "too many keys in a mapping that merges others"));
    free(read);
    text_deinit(&yaml);
}

static void test_places(void **state)
{
    (void)state;
    static const char yaml[] = "\xc3\xa9\xc3\xa9: \xe2\x82\xac\n\nb:\n  - c\n  - {d: e}\n";
    struct document_reader *reader = document_reader_new(yaml, strlen(yaml));
    struct problem_list problems = {0};
    const struct node *root = NULL;
    assert_int_equal(document_reader_next(reader, &root, &problems), DOCUMENT_READ);
    assert_int_equal(root->entries->value->place.line, 1);
    assert_int_equal(root->entries->value->place.column, 5);
    const struct node *list = node_find(root, "b");
    assert_int_equal(list->place.line, 4);
    assert_int_equal(list->place.column, 3);
    const struct node *item = list->entries->next->value;
    assert_int_equal(node_find(item, "d")->place.line, 5);
    assert_int_equal(node_find(item, "d")->place.column, 9);
    assert_null(node_find(item, "x"));
    assert_null(node_entry(list, "x"));
    document_reader_free(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unread),
        cmocka_unit_test(test_trees),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_after_limit),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_many_keys),
        cmocka_unit_test(test_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
