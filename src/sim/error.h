// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// Why something failed, as a sentence for a person. Functions that can fail take one last, leave it
// alone when they succeed, and always fill it when they do not.

#define SIM_CHECK_RESULT __attribute__((warn_unused_result))

struct sim_error {
    char message[512];
};

// Fills `error`. Always -1, so that a failure is one statement: return sim_error_set(error, …).
int sim_error_set(struct sim_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Puts "<text>: " before the message, as it travels up.
void sim_error_prefix(struct sim_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
