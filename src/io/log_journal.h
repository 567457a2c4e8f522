// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The journal's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): one datagram a message, field
// by field. Spoken here rather than through sd_journal_sendv, which waits without limit for a
// journal that does not read.
#pragma once

#include "core/attributes.h"
#include "io/log.h"

#define LOG_JOURNAL_SOCKET "/run/systemd/journal/socket"

// Sends the message; -1 when it did not leave. Never waits. Any thread.
int log_journal_write(const struct log_entry *entry) CHECK_RESULT;

// The same to another socket, for tests.
int log_journal_write_to(const char *path, const struct log_entry *entry) CHECK_RESULT;
