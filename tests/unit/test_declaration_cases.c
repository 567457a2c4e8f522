// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The declarations of others, read in place: good ones as they are meant, bad ones with the right
// complaints. They lie in SHARED_DIR; without them this test fails.
#include "config.h"

#include "declaration_fixture.h"

#include "core/memory.h"

#define LONGEST 65536

// The file's content, or a failure that says where it was looked for.
static struct declaration_file *read_case(const char *name)
{
    const char *shared = getenv("SHARED_DIR");
    char *path = memory_format(
        "%s/cases/declarations/%s", shared == NULL ? "../shared" : shared, name);
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        fail_msg("%s is not there; say in SHARED_DIR where `cases` lies", path);
    char *bytes = memory_new(1, LONGEST);
    size_t length = stream == NULL ? 0 : fread(bytes, 1, LONGEST, stream);
    assert_true(length > 0 && length < LONGEST);
    fclose(stream);
    struct declaration_file *file = declaration_file_read(name, bytes, length);
    free(bytes);
    free(path);
    return file;
}

// A file's document in canonical form (NULL: bad), and its problems, or the file's, one a line.
static const struct {
    const char *name;
    size_t document;
    const char *canonical;
    const char *problems;
} cases[] = {
    {"billion-laughs.yaml", 0, NULL,
        "5:8: error: e[0]: too many aliases, counted as expanded; the limit is 1000\n"},
    {"bom-crlf.yaml", 0, "{\"name\":\"bom-and-crlf\",\"vm_id\":\"i-b121616e\"}",
        "1:1: warning: no_reboot:"},
    {"duplicate-keys.yaml", 0, NULL,
        "5:1: error: source_image_id: the key \"source_image_id\" is given twice: here, and at "
        "line 2, column 1\n"},
    {"iops-rules.yaml", 0, NULL,
        "6:82: error: block_device_mappings[0].bsu.iops: only with volume_type: io1; found gp2\n"},
    {"iops-rules.yaml", 0, NULL, "4:15: warning: architecture: x84_64 is taken as x86_64"},
    {"iops-rules.yaml", 1, NULL,
        "error: block_device_mappings[0].bsu.iops: found 3001; must be at most 300"},
    {"iops-rules.yaml", 2, NULL,
        "error: block_device_mappings[0].bsu.iops: required with volume_type: io1"},
    {"iops-rules.yaml", 3, NULL,
        "21:19: error: block_device_mappings[0].device_name: found \"/dev/sda2\""},
    {"iops-rules.yaml", 3, NULL,
        "22:19: error: block_device_mappings[1].device_name: found \"/dev/sda\""},
    {"iops-rules.yaml", 3, NULL,
        "23:19: error: block_device_mappings[2].device_name: found \"/dev/xvdb1\""},
    {"iops-rules.yaml", 3, NULL,
        "25:19: error: block_device_mappings[4].device_name: /dev/sdb is given "
        "twice: here, and at line 24, column 19"},
    {"misspelt.yaml", 0, NULL,
        "2:1: error: source_imageid: unknown field; did you mean source_image_id?\n"
        "f:3:1: error: sourceRegionName: unknown field; did you mean source_region_name?\n"
        "f:4:1: error: acces: unknown field; did you mean access?\n"
        "f:5:1: error: tag: unknown field; did you mean tags?\n"},
    {"plain-scalars.yaml", 0,
        "{\"name\":\"20261125\",\"description\":\"no\",\"source_image_id\":\"ami-0b7df82c\","
        "\"source_region_name\":\"cloudgouv-eu-west-1\",\"tags\":{\"build\":\"0123\",\"country\":"
        "\"NO\",\"empty\":\"\",\"octal\":\"0o17\",\"on\":\"on\",\"ratio\":\"1e3\",\"tilde\":\"~\","
        "\"window\":\"12:30\"}}",
        "warning: access: nothing is said of access"},
    {"seed-image-from-image.yaml", 0,
        "{\"name\":\"image-from-image\",\"source_image_id\":\"ami-0b7df82c\","
        "\"source_region_name\":\"cloudgouv-eu-west-1\",\"access\":{\"is_public\":false},"
        "\"tags\":{\"Name\":\"My Image\"}}",
        NULL},
    {"seed-image-from-snapshot.yaml", 0,
        "{\"name\":\"image-from-updated\",\"block_device_mappings\":[{\"device_name\":"
        "\"/dev/sda1\",\"bsu\":{\"snapshot_id\":\"snap-5ee113a6\",\"volume_size\":120,"
        "\"volume_type\":\"io1\",\"iops\":150,\"delete_on_vm_deletion\":true}}],"
        "\"root_device_name\":\"/dev/sda1\"}",
        "warning: architecture: without it the image is registered as i386"},
    {"seed-image-from-vm.yaml", 0, "{\"name\":\"image-from-vm\",\"vm_id\":\"i-b121616e\"}",
        "warning: no_reboot: the VM is shut down"},
    {"tab.yaml", 0, NULL, "2:1: error: a tab; YAML is indented with spaces only\n"},
    {"two-sources.yaml", 0, NULL,
        "3:1: error: source_image_id: an image has exactly one source; found vm_id (line 2, "
        "column 1), source_image_id (line 3, column 1)\n"},
    {"unclosed-quote.yaml", 0, NULL, "1:7: error: the quotation mark here is never closed\n"},
};

static void append_problems(const struct problem_list *problems, struct text *out)
{
    for (size_t i = 0; i < problems->count; i++) {
        problem_format(&problems->items[i], "f", out);
        text_append(out, "\n");
    }
}

static void test_cases(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct declaration_file *file = read_case(cases[i].name);
        struct text problems = {0};
        const struct declaration *declaration = NULL;
        append_problems(&file->problems, &problems);
        if (cases[i].document < file->count) {
            append_problems(&file->documents[cases[i].document].problems, &problems);
            declaration = file->documents[cases[i].document].declaration;
        }
        const char *canonical = declaration == NULL ? "bad" : declaration->canonical;
        const char *wanted = cases[i].canonical == NULL ? "bad" : cases[i].canonical;
        bool told = cases[i].problems == NULL
                        ? problems.length == 0
                        : strstr(text_string(&problems), cases[i].problems) != NULL;
        if (strcmp(canonical, wanted) != 0 || !told) {
            print_error("%s: %s\n%s", cases[i].name, canonical, text_string(&problems));
            failed++;
        }
        text_deinit(&problems);
        declaration_file_free(file);
    }
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
