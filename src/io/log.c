// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Levels, the choice of the sink, and standard error as a sink. Formatting is in log_format, the
// journal in log_journal.
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io/log.h"
#include "io/log_format.h"
#include "io/log_journal.h"
#include "io/log_output.h"

static const char *const level_names[LOG_LEVEL_COUNT] = {
    [LOG_LEVEL_ERROR] = "error",
    [LOG_LEVEL_WARNING] = "warning",
    [LOG_LEVEL_NOTICE] = "notice",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_DEBUG] = "debug",
};

static void write_line(const struct log_entry *entry, void *data);

// The one mutable global of the program: every module logs, and none should have to carry the log
// about.
static struct {
    enum log_level level;
    struct log_sink chosen;
    struct log_sink sink;
} logger = {
    .level = LOG_LEVEL_INFO,
    .chosen = {.write = write_line},
    .sink = {.write = write_line},
};

static void write_line(const struct log_entry *entry, void *data)
{
    (void)data;
    struct log_line line;
    log_format_line(entry, &line);
    log_output_write(STDERR_FILENO, line.bytes, line.length);
}

static void write_to_terminal(const struct log_entry *entry, void *data)
{
    (void)data;
    struct log_line line;
    log_format_terminal_line(entry, &line);
    log_output_write(STDERR_FILENO, line.bytes, line.length);
}

// What has no fields goes the way of standard error, where the manager reads a priority before each
// line. The journal knows whose that is, even of a process that has ended meanwhile, as one does
// that finds its configuration wrong. It is the way out as well when the journal cannot be reached.
static void write_to_journal(const struct log_entry *entry, void *data)
{
    struct log_line line;
    (void)data;
    if (log_fields_given(entry->fields) && log_journal_write(entry) == 0)
        return;
    log_format_manager_line(entry, &line);
    log_output_write(STDERR_FILENO, line.bytes, line.length);
}

// Whether standard error is the stream that the manager connected to the journal (systemd.exec(5),
// $JOURNAL_STREAM).
static bool is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device;
    unsigned long long inode;
    struct stat status;
    char rest;
    return stream != NULL && sscanf(stream, "%llu:%llu%c", &device, &inode, &rest) == 2 &&
           fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device && status.st_ino == inode;
}

static void open_standard_descriptors(void)
{
    for (int descriptor = 0; descriptor <= 2; descriptor++)
        if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF)
            // The lowest free number is taken: the one that is missing. Not closed on exec, as
            // these never are.
            if (open("/dev/null", descriptor == 0 ? O_RDONLY : O_WRONLY) < 0)
                return;
}

void log_open(void)
{
    open_standard_descriptors();
    logger.chosen.write = is_journal()            ? write_to_journal
                          : isatty(STDERR_FILENO) ? write_to_terminal
                                                  : write_line;
    logger.sink = logger.chosen;
}

void log_set_sink(const struct log_sink *sink)
{
    logger.sink = sink == NULL ? logger.chosen : *sink;
}

void log_set_level(enum log_level level)
{
    logger.level = level;
}

bool log_enabled(enum log_level level)
{
    return level <= logger.level;
}

const char *log_level_name(enum log_level level)
{
    return level_names[level];
}

bool log_level_parse(const char *name, enum log_level *level)
{
    for (int i = 0; i < LOG_LEVEL_COUNT; i++)
        if (strcmp(level_names[i], name) == 0) {
            *level = (enum log_level)i;
            return true;
        }
    return false;
}

void log_message(enum log_level level, const struct log_fields *fields, const char *format, ...)
{
    static const struct log_fields none = {0};
    if (!log_enabled(level))
        return;
    int saved = errno;
    char text[LOG_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (length < 0)
        text[0] = '\0';
    else if ((size_t)length >= sizeof(text))
        log_format_cut(text, sizeof(text));
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct log_entry entry = {
        .wall_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000,
        .level = level,
        .fields = fields == NULL ? &none : fields,
        .text = text,
    };
    logger.sink.write(&entry, logger.sink.data);
    errno = saved;
}
