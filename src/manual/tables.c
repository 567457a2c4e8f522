// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "core/decide.h"
#include "core/declaration_fields.h"
#include "core/report.h"
#include "core/state.h"
#include "core/text.h"
#include "imaged/configuration.h"
#include "imaged/metric.h"
#include "manual/fields.h"
#include "manual/roff.h"
#include "manual/tables.h"

void tables_write_declaration(struct text *out)
{
    fields_write(&image_table, FIELDS_DECLARED, NULL, out);
}

void tables_write_observed(struct text *out)
{
    fields_write(&image_table, FIELDS_OBSERVED, NULL, out);
}

void tables_write_image_selector(struct text *out)
{
    fields_write(&image_selector_table, FIELDS_DECLARED, NULL, out);
}

void tables_write_vm_selector(struct text *out)
{
    fields_write(&vm_selector_table, FIELDS_DECLARED, NULL, out);
}

void tables_write_snapshot_selector(struct text *out)
{
    fields_write(&snapshot_selector_table, FIELDS_DECLARED, NULL, out);
}

void tables_write_lifecycle(struct text *out)
{
    fields_write(&lifecycle_table, FIELDS_DECLARED, NULL, out);
}

void tables_write_configuration(struct text *out)
{
    fields_write(&configuration_table, FIELDS_DECLARED, &lifecycle_table, out);
}

void tables_write_reasons(struct text *out)
{
    text_append(out, ".Bl -tag -width Ds\n");
    for (int reason = 0; reason < REASON_COUNT; reason++) {
        text_append(out, ".It Sy ");
        roff_argument(out, reason_name((enum reason)reason));
        text_append(out, "\n");
        roff_sentence(out, reason_help((enum reason)reason));
    }
    text_append(out, ".El\n");
}

void tables_write_rules(struct text *out)
{
    size_t count = 0;
    const struct rule *rules = decide_rules(&count);
    text_append(out, ".Bl -tag -width Ds -compact\n");
    for (size_t i = 0; i < count; i++) {
        text_append(out, ".It Sy ");
        roff_argument(out, rules[i].name);
        if (rules[i].action != ACTION_NONE)
            text_format(out, " : %s", action_name(rules[i].action));
        text_append(out, "\n");
        if (rules[i].keep_state)
            text_append(out, ".Pq state and reason stay\n");
        else
            text_format(
                out, ".Pq %s , %s\n", state_name(rules[i].state), reason_name(rules[i].reason));
        roff_sentence(out, rules[i].why);
    }
    text_append(out, ".El\n");
}

static const char *const level_names[] = {
    [REPORT_ERROR] = "error",
    [REPORT_WARNING] = "warning",
    [REPORT_NOTICE] = "notice",
    [REPORT_INFO] = "info",
    [REPORT_DEBUG] = "debug",
};

void tables_write_events(struct text *out)
{
    text_append(out, ".Bl -tag -width Ds\n");
    for (int kind = 0; kind < REPORT_COUNT; kind++) {
        const struct report_row *row = report_row((enum report_kind)kind);
        text_append(out, ".It Sy ");
        roff_argument(out, row->name);
        text_format(out, " Pq %s , Li %s\n", level_names[row->level], row->message_id);
        roff_sentence(out, row->cause);
        if (strcmp(row->remedy, "None.") == 0)
            continue;
        text_append(out, ".Pp\n");
        roff_sentence(out, row->remedy);
    }
    text_append(out, ".El\n");
}

void tables_write_metrics(struct text *out)
{
    text_append(out, ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < metric_count; i++) {
        const struct metric *metric = &metrics[i];
        text_append(out, ".It Li ");
        roff_argument(out, metric->name);
        text_format(out, " , %s", metric_type_name(metric->type));
        for (size_t j = 0; j < METRIC_LABELS && metric->labels[j] != NULL; j++)
            text_format(out, "%s %s", j == 0 ? " by" : " ,", metric->labels[j]);
        text_append(out, "\n");
        roff_sentence(out, metric->help);
    }
    text_append(out, ".El\n");
}
