// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "core/policy.h"

// The words of the table in lifecycle_fields.c, in the order of the enums.
static const char *const on_remove_words[] = {"delete", "keep", NULL};
static const char *const on_change_words[] = {"recreate", "keep", NULL};
static const char *const on_drift_words[] = {"repair", "report", NULL};
static const char *const adopt_words[] = {"never", "if_equal", "always", NULL};
static const char *const tags_words[] = {"merge", "exact", NULL};

// The enum value of the first text that is there: 1 for the first word, as the enums keep 0 for
// "default".
static int choose(const char *own, const char *inherited, const char *const *words)
{
    const char *text = own != NULL ? own : inherited;
    for (int i = 0; text != NULL && words[i] != NULL; i++)
        if (strcmp(text, words[i]) == 0)
            return i + 1;
    return 1;
}

static bool choose_boolean(enum boolean own, enum boolean inherited)
{
    return (own != BOOLEAN_ABSENT ? own : inherited) == BOOLEAN_TRUE;
}

static int64_t choose_integer(struct integer own, struct integer inherited, int64_t fallback)
{
    return own.present ? own.value : inherited.present ? inherited.value : fallback;
}

struct policy policy_of(const struct lifecycle *lifecycle, const struct lifecycle *defaults)
{
    static const struct lifecycle nothing;
    const struct lifecycle *own = lifecycle == NULL ? &nothing : lifecycle;
    const struct lifecycle *rest = defaults == NULL ? &nothing : defaults;
    return (struct policy){
        .on_remove = (enum on_remove)choose(own->on_remove, rest->on_remove, on_remove_words),
        .on_change = (enum on_change)choose(own->on_change, rest->on_change, on_change_words),
        .on_drift = (enum on_drift)choose(own->on_drift, rest->on_drift, on_drift_words),
        .adopt = (enum adopt)choose(own->adopt, rest->adopt, adopt_words),
        .tags_policy = (enum tags_policy)choose(own->tags_policy, rest->tags_policy, tags_words),
        .protect = choose_boolean(own->protect, rest->protect),
        .delete_snapshots = choose_boolean(own->delete_snapshots, rest->delete_snapshots),
        .suspend = choose_boolean(own->suspend, rest->suspend),
        .timeout_ms = choose_integer(own->timeout_ms, rest->timeout_ms, 0),
        .max_attempts = (uint32_t)choose_integer(
            own->max_attempts, rest->max_attempts, POLICY_MAX_ATTEMPTS),
        .keep_previous = (uint32_t)choose_integer(own->keep_previous, rest->keep_previous, 0),
    };
}
