// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Several files together: names taken twice, sources that nobody declares, circles.
#include "config.h"

#include "declaration_fixture.h"

#include "core/validate.h"

#define FROM(name, source)                                                                         \
    "name: " name "\nsource_image_id: {declared: " source "}\nsource_region_name: r\naccess: {}\n"
#define VM(name) "name: " name "\nvm_id: i-1\nno_reboot: true\n"
#define MORE     "---\n"
#define FILES    3

static const struct {
    const char *yaml[FILES]; // NULL: no such file
    const char *told;        // all problems: file, place and message, one a line
} rows[] = {
    {{VM("one"), VM("two"), VM("three")}, ""},
    {{VM("one"), VM("one"), NULL},
        "0.yaml:1:7: error: name: \"one\" is declared twice: here, and at 1.yaml:1:7\n"
        "1.yaml:1:7: error: name: \"one\" is declared twice: here, and at 0.yaml:1:7\n"},
    {{VM("one"), VM("two") MORE VM("one"), VM("one")},
        "0.yaml:1:7: error: name: \"one\" is declared twice: here, and at 2.yaml:1:7\n"
        "1.yaml:5:7: error: name: \"one\" is declared twice: here, and at 0.yaml:1:7\n"
        "2.yaml:1:7: error: name: \"one\" is declared twice: here, and at 0.yaml:1:7\n"},
    {{VM("one") MORE VM("one"), VM("two"), NULL},
        "0.yaml:1:7: error: name: \"one\" is declared twice: here, and at line 5, column 7\n"
        "0.yaml:5:7: error: name: \"one\" is declared twice: here, and at line 1, column 7\n"},
    {{FROM("one", "two"), VM("two"), FROM("three", "one")}, ""},
    {{FROM("one", "tow"), VM("two"), NULL},
        "0.yaml:2:19: warning: source_image_id.declared: \"tow\" is declared in none of these "
        "files; did you mean \"two\"?\n"},
    {{FROM("one", "something"), NULL, NULL},
        "0.yaml:2:19: warning: source_image_id.declared: \"something\" is declared in none of "
        "these files\n"},
    {{FROM("one", "two"), FROM("two", "one"), VM("three")},
        "0.yaml:2:19: error: source_image_id.declared: the images are made from each other in a "
        "circle: one <- two <- one\n"
        "1.yaml:2:19: error: source_image_id.declared: the images are made from each other in a "
        "circle: two <- one <- two\n"},
    {{FROM("one", "two") MORE FROM("two", "three"), FROM("three", "one"), FROM("tail", "two")},
        "0.yaml:2:19: error: source_image_id.declared: the images are made from each other in a "
        "circle: one <- two <- three <- one\n"
        "0.yaml:7:19: error: source_image_id.declared: the images are made from each other in a "
        "circle: two <- three <- one <- two\n"
        "1.yaml:2:19: error: source_image_id.declared: the images are made from each other in a "
        "circle: three <- one <- two <- three\n"},
    {{FROM("one", "one"), NULL, NULL},
        "0.yaml:2:19: error: source_image_id.declared: the image is its own source; name another "
        "declaration\n"},
};

static void append_problems(const char *path, const struct problem_list *problems, struct text *out)
{
    for (size_t i = 0; i < problems->count; i++) {
        problem_format(&problems->items[i], path, out);
        text_append(out, "\n");
    }
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct declaration_file *files[FILES];
        struct text told = {0};
        size_t count = 0;
        for (; count < FILES && rows[i].yaml[count] != NULL; count++) {
            char path[] = "0.yaml";
            path[0] = (char)('0' + count);
            files[count] = read_text(path, rows[i].yaml[count]);
        }
        validate_files(files, count);
        for (size_t j = 0; j < count; j++) {
            append_problems(files[j]->path, &files[j]->problems, &told);
            for (size_t k = 0; k < files[j]->count; k++) {
                const struct document_result *document = &files[j]->documents[k];
                append_problems(files[j]->path, &document->problems, &told);
                assert_int_equal(
                    document->declaration == NULL, problem_list_has_errors(&document->problems));
            }
            declaration_file_free(files[j]);
        }
        assert_string_equal(text_string(&told), rows[i].told);
        text_deinit(&told);
    }
}

// A long chain, and a circle at its end, cost no more than their length.
static void test_long(void **state)
{
    (void)state;
    struct text yaml = {0};
    for (unsigned i = 0; i < 5000; i++)
        text_format(&yaml,
            "name: n%04u\nsource_image_id: {declared: n%04u}\nsource_region_name: r\n---\n", i,
            i == 4999 ? 4998 : i + 1);
    struct declaration_file *file = read_text("a.yaml", yaml.bytes);
    validate_files(&file, 1);
    assert_int_equal(file->count, 5000);
    for (size_t i = 0; i < file->count; i++)
        assert_int_equal(file->documents[i].declaration == NULL, i >= 4998);
    declaration_file_free(file);
    text_deinit(&yaml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
