// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What each command does: the functions that the table of commands names, as struct command's `run`
// promises. Each is in the file of its name.
#pragma once

struct error;
struct invocation;

int status_run(const struct invocation *invocation, struct error *error);
int show_run(const struct invocation *invocation, struct error *error);
int watch_run(const struct invocation *invocation, struct error *error);
int plan_run(const struct invocation *invocation, struct error *error);
int diff_run(const struct invocation *invocation, struct error *error);
int import_run(const struct invocation *invocation, struct error *error);
int logs_run(const struct invocation *invocation, struct error *error);
int history_run(const struct invocation *invocation, struct error *error);
int operate_run(const struct invocation *invocation, struct error *error);
int validate_run(const struct invocation *invocation, struct error *error);
int explain_run(const struct invocation *invocation, struct error *error);
int schema_run(const struct invocation *invocation, struct error *error);
int completion_run(const struct invocation *invocation, struct error *error);
int help_run(const struct invocation *invocation, struct error *error);
