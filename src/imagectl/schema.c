// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// `imagectl schema`: the form of a declaration for editors, out of the field table.

#include "config.h"

#include "core/schema.h"
#include "imagectl/command.h"
#include "imagectl/handlers.h"
#include "imagectl/print.h"

int schema_run(const struct invocation *invocation, struct error *error)
{
    (void)invocation;
    (void)error;
    print_json(schema_of_declaration());
    return STATUS_WELL;
}
