// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// `imagectl explain`: what a declaration may say, out of the field table.

#include "config.h"

#include <string.h>

#include "core/error.h"
#include "core/explain.h"
#include "core/text.h"
#include "imagectl/command.h"
#include "imagectl/field_names.h"
#include "imagectl/handlers.h"
#include "imagectl/print.h"

int explain_run(const struct invocation *invocation, struct error *error)
{
    struct text out = {0};
    int status = STATUS_WELL;
    if (invocation->names) {
        field_names_write("\n", &out);
        text_append(&out, "\n");
        print_text(&out);
    } else if (explain_write(invocation->count > 0 ? invocation->operands[0] : NULL, &out) == 0) {
        print_text(&out);
    } else {
        status = error_set(
            error, ERROR_NOT_FOUND, "%.*s", (int)strcspn(out.bytes, "\n"), out.bytes);
    }
    text_deinit(&out);
    return status;
}
