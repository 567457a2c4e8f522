// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The API's names of fields, as people wrote them.

#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "core/declaration.h"
#include "core/violation.h"

static void test_paths(void **state)
{
    (void)state;
    static const struct {
        const char *api;
        const char *yaml;
    } cases[] = {
        {"name", "name"},
        {"sourceImageId", "source_image_id"},
        {"vmId", "vm_id"},
        {"blockDeviceMappings[0].bsu.volumeSize", "block_device_mappings[0].bsu.volume_size"},
        {"blockDeviceMappings.12.bsu.snapshotId", "block_device_mappings[12].bsu.snapshot_id"},
        {"blockDeviceMappings[].deviceName", "block_device_mappings.device_name"},
        {"access.isPublic", "access.is_public"},
        {"unheardOf", "unheardOf"},
        {"unheardOf.name", "unheardOf.name"},
        {"blockDeviceMappings[0].unheardOf", "block_device_mappings[0].unheardOf"},
        {"name.name", "name.name"},
        {"", ""},
        {"...", ""},
        {"[", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *path = violation_path(&image_table, cases[i].api);
        assert_string_equal(path, cases[i].yaml);
        free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_paths)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
