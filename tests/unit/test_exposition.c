// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/exposition.h"

static void a_metric_begins_with_help_and_type(void **state)
{
    (void)state;
    CLEANUP(text_deinit) struct text out = {0};
    exposition_begin(&out, "imaged_x_total", "counter", "A \"b\"\\c\nd.");
    assert_string_equal(text_string(&out),
        "# HELP imaged_x_total A \"b\"\\\\c\\nd.\n# TYPE imaged_x_total counter\n");
}

static void labels_are_escaped(void **state)
{
    (void)state;
    CLEANUP(text_deinit) struct text out = {0};
    const struct exposition_label labels[] = {{"a", "q\"\\\n{},é"}, {"b", ""}};
    exposition_number(&out, "m", (struct exposition_labels){labels, 2}, 1);
    assert_string_equal(text_string(&out), "m{a=\"q\\\"\\\\\\n{},é\",b=\"\"} 1\n");
}

static void numbers_are_short_and_exact(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "m 0\n"},
        {-0.0, "m 0\n"},
        {1, "m 1\n"},
        {-3, "m -3\n"},
        {1795602696.861, "m 1795602696.861\n"},
        {0.1, "m 0.1\n"},
        {1e-9, "m 1e-09\n"},
        {9007199254740992.0, "m 9007199254740992\n"},
        {1e300, "m 1e+300\n"},
        {NAN, "m NaN\n"},
        {INFINITY, "m +Inf\n"},
        {-INFINITY, "m -Inf\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(text_deinit) struct text out = {0};
        exposition_number(&out, "m", (struct exposition_labels){0}, cases[i].value);
        assert_string_equal(text_string(&out), cases[i].text);
    }
}

static void a_histogram_is_cumulative(void **state)
{
    (void)state;
    CLEANUP(text_deinit) struct text out = {0};
    struct histogram histogram = {0};
    const struct exposition_label label = {"operation", "x"};
    histogram_observe(&histogram, 0.002);
    histogram_observe(&histogram, 0.3);
    histogram_observe(&histogram, 100);
    exposition_histogram(&out, "h", (struct exposition_labels){&label, 1}, &histogram);
    static const char *const lines[] = {
        "h_bucket{operation=\"x\",le=\"0.001\"} 0\n",
        "h_bucket{operation=\"x\",le=\"0.0025\"} 1\n",
        "h_bucket{operation=\"x\",le=\"0.5\"} 2\n",
        "h_bucket{operation=\"x\",le=\"60\"} 2\n",
        "h_bucket{operation=\"x\",le=\"+Inf\"} 3\n",
        "h_sum{operation=\"x\"} 100.302\n",
        "h_count{operation=\"x\"} 3\n",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (strstr(text_string(&out), lines[i]) == NULL)
            fail_msg("%s is not in\n%s", lines[i], text_string(&out));
    text_clear(&out);
    exposition_histogram(&out, "h", (struct exposition_labels){0}, &histogram);
    assert_non_null(
        strstr(text_string(&out), "h_bucket{le=\"+Inf\"} 3\nh_sum 100.302\nh_count 3\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_metric_begins_with_help_and_type),
        cmocka_unit_test(labels_are_escaped),
        cmocka_unit_test(numbers_are_short_and_exact),
        cmocka_unit_test(a_histogram_is_cumulative),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
