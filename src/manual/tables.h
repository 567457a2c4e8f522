// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The tables of the code as lists for the manual. What each is of, its name says.
#pragma once

struct text;

void tables_write_declaration(struct text *out);
void tables_write_observed(struct text *out);
void tables_write_image_selector(struct text *out);
void tables_write_vm_selector(struct text *out);
void tables_write_snapshot_selector(struct text *out);
void tables_write_lifecycle(struct text *out);
void tables_write_configuration(struct text *out);
void tables_write_reasons(struct text *out);
void tables_write_rules(struct text *out);
void tables_write_events(struct text *out);
void tables_write_metrics(struct text *out);
void tables_write_commands(struct text *out);
void tables_write_command_options(struct text *out);
