// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Which names are taken for declarations, and what editors and tools leave behind that is not.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/file_name.h"

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool is;
    } cases[] = {{"a.yaml", true}, {"a.yml", true}, {"a b.yaml", true}, {"a\nb.yaml", true},
        {"\xff\xfe.yaml", true}, {"a.tmp.yaml", true}, {".yaml", false}, {"yaml", false},
        {"a.YAML", false}, {"a.json", false}, {"a.yaml~", false}, {"#a.yaml#", false},
        {".#a.yaml", false}, {".a.yaml", false}, {".a.yaml.swp", false}, {"a.yaml.swp", false},
        {"a.yaml.tmp", false}, {"a.yaml.bak", false}, {"4913", false}, {"..data", false},
        {".a.yaml.Xy12Zq", false}, {"sedAbCdEf", false}, {"", false}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (file_name_is_declaration(cases[i].name) != cases[i].is)
            fail_msg("'%s'", cases[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
