// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A socket for each message: logging is rare, and a journal that restarts is found again without
// remembering anything.
#include "config.h"

#include <endian.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/log_format.h"
#include "io/log_journal.h"

#define DATAGRAM_SIZE 8192

// A field's value is cut here, so that the text always fits beside all fields.
#define VALUE_SIZE 512

struct datagram {
    char bytes[DATAGRAM_SIZE];
    size_t length;
};

static void put(struct datagram *datagram, const void *bytes, size_t length)
{
    memcpy(datagram->bytes + datagram->length, bytes, length);
    datagram->length += length;
}

// NAME, newline, length as 64 bits little-endian, value, newline: the form in which a value may
// hold anything.
static void put_field(struct datagram *datagram, const char *name, const char *value, size_t limit)
{
    size_t length = strnlen(value, limit);
    if (datagram->length + strlen(name) + length + sizeof(uint64_t) + 2 > sizeof(datagram->bytes))
        return;
    uint64_t little = htole64((uint64_t)length);
    put(datagram, name, strlen(name));
    put(datagram, "\n", 1);
    put(datagram, &little, sizeof(little));
    put(datagram, value, length);
    put(datagram, "\n", 1);
}

static void compose(const struct log_entry *entry, struct datagram *datagram)
{
    char priority[4];
    snprintf(priority, sizeof(priority), "%d", log_format_priority(entry->level));
    datagram->length = 0;
    put_field(datagram, "MESSAGE", entry->text, LOG_TEXT_SIZE);
    put_field(datagram, "PRIORITY", priority, sizeof(priority));
    put_field(datagram, "SYSLOG_IDENTIFIER", "imaged", VALUE_SIZE);
    for (const struct log_field *field = log_field_table; field->name != NULL; field++) {
        const char *value = log_field_value(entry->fields, field);
        if (value != NULL)
            put_field(datagram, field->journal_name, value, VALUE_SIZE);
    }
}

int log_journal_write_to(const char *path, const struct log_entry *entry)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct datagram datagram;
    compose(entry, &datagram);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return -1;
    ssize_t sent = sendto(descriptor, datagram.bytes, datagram.length, MSG_DONTWAIT | MSG_NOSIGNAL,
        (const struct sockaddr *)&address, sizeof(address));
    close(descriptor);
    return sent == (ssize_t)datagram.length ? 0 : -1;
}

int log_journal_write(const struct log_entry *entry)
{
    return log_journal_write_to(LOG_JOURNAL_SOCKET, entry);
}
