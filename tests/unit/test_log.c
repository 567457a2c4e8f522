// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Log lines that cannot be forged, and standard errors that cannot hurt.
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/utf8.h"
#include "io/log.h"
#include "io/log_format.h"
#include "io/log_journal.h"

static const struct log_fields no_fields = {0};

static const char *line_of(const char *text, const struct log_fields *fields)
{
    static char copy[LOG_LINE_SIZE + 1];
    struct log_line line;
    struct log_entry entry = {
        .wall_ms = 1795600800007, .level = LOG_LEVEL_WARNING, .fields = fields, .text = text};
    log_format_line(&entry, &line);
    memcpy(copy, line.bytes, line.length);
    copy[line.length] = '\0';
    return copy;
}

static void values_are_quoted_and_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *wanted;
    } cases[] = {
        {"plain", "plain"}, {"", "\"\""}, {"two words", "\"two words\""}, {"a=b", "\"a=b\""},
        {"say \"no\"", "\"say \\\"no\\\"\""}, {"back\\slash", "\"back\\\\slash\""},
        {"line\nlevel=error msg=forged", "\"line\\nlevel=error msg=forged\""},
        {"\r\t", "\"\\r\\t\""}, {"\x1b[31mred", "\"\\u001b[31mred\""}, {"\x7f", "\"\\u007f\""},
        {"\xc2\x9b", "\"\\u009b\""},        // a terminal's CSI in one character
        {"\xe2\x80\xa8", "\"\\u2028\""},    // a line separator
        {"\xe2\x80\xae", "\"\\u202e\""},    // right-to-left override
        {"caf\xc3\xa9", "\"caf\xc3\xa9\""}, // é
        {"\xf0\x9f\x90\xa7", "\"\xf0\x9f\x90\xa7\""}, {"bad\xff.yaml", "\"bad\\ufffd.yaml\""},
        {"\xc0\x8a", "\"\\ufffd\\ufffd\""}, // an overlong newline
        {"\xe2\x80", "\"\\ufffd\\ufffd\""}, // cut short
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char wanted[256];
        snprintf(wanted, sizeof(wanted), "time=2026-11-25T10:00:00.007Z level=warning msg=%s\n",
            cases[i].wanted);
        assert_string_equal(line_of(cases[i].text, &no_fields), wanted);
    }
}

static void a_terminal_gets_words(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *wanted;
    } cases[] = {
        {"web: failed, Rejected: say \"no\"", "web: failed, Rejected: say \"no\""},
        {"two\nlines", "two\\nlines"},
        {"\x1b[31mred", "\\u001b[31mred"},
        {"", ""},
    };
    const struct log_fields fields = {.image_name = "web", .message_id = "0123"};
    setenv("TZ", "TST-1", 1);
    tzset();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct log_line line;
        char wanted[256];
        struct log_entry entry = {.wall_ms = 1795600800007,
            .level = LOG_LEVEL_ERROR,
            .fields = &fields,
            .text = cases[i].text};
        log_format_terminal_line(&entry, &line);
        snprintf(wanted, sizeof(wanted), "2026-11-25 11:00:00 error: %s\n", cases[i].wanted);
        assert_int_equal(line.length, strlen(wanted));
        assert_memory_equal(line.bytes, wanted, line.length);
    }
    unsetenv("TZ");
    tzset();
}

static void fields_follow_the_message(void **state)
{
    (void)state;
    const struct log_fields fields = {
        .message_id = "0123456789abcdef0123456789abcdef",
        .image_name = "web base",
        .image_id = "ami-1",
        .image_state = "pending",
        .image_reason = "Creating",
        .declaration_file = "web.yaml",
        .request_id = "r-1",
    };
    assert_string_equal(line_of("m", &fields),
        "time=2026-11-25T10:00:00.007Z level=warning msg=m image=\"web base\" image_id=ami-1 "
        "state=pending reason=Creating file=web.yaml request_id=r-1 "
        "message_id=0123456789abcdef0123456789abcdef\n");
}

static void a_line_has_a_limit(void **state)
{
    (void)state;
    char text[9000];
    memset(text, '\n', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    const struct log_fields fields = {.image_name = text, .image_id = "ami-1"};
    const char *line = line_of("short", &fields);
    assert_in_range(strlen(line), LOG_LINE_SIZE - 20, LOG_LINE_SIZE);
    assert_non_null(strstr(line, "\\n\xe2\x80\xa6\"\n")); // cut between characters, quotes closed
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

// Whatever the bytes: one line, printable, well-formed.
static void no_bytes_forge_a_line(void **state)
{
    (void)state;
    unsigned seed = 1;
    char text[LOG_TEXT_SIZE];
    for (int round = 0; round < 2000; round++) {
        size_t length = (size_t)rand_r(&seed) % (sizeof(text) - 1);
        for (size_t i = 0; i < length; i++)
            text[i] = (char)(1 + rand_r(&seed) % 255);
        text[length] = '\0';
        const struct log_fields fields = {.image_name = text, .declaration_file = text};
        const char *line = line_of(text, &fields);
        size_t left = strlen(line) - 1;
        assert_in_range(left, 1, LOG_LINE_SIZE - 1);
        assert_int_equal(line[left], '\n');
        while (left > 0) {
            uint32_t character;
            size_t taken = utf8_decode(line, left, &character);
            assert_true(taken > 0 && character >= ' ');
            line += taken;
            left -= taken;
        }
    }
}

struct kept {
    unsigned count;
    enum log_level level;
    char text[LOG_TEXT_SIZE];
    char image[64];
};

static void keep(const struct log_entry *entry, void *data)
{
    struct kept *kept = data;
    kept->count++;
    kept->level = entry->level;
    snprintf(kept->text, sizeof(kept->text), "%s", entry->text);
    snprintf(kept->image, sizeof(kept->image), "%s",
        entry->fields->image_name == NULL ? "" : entry->fields->image_name);
    errno = EBADF;
}

static void a_sink_gets_what_is_enabled(void **state)
{
    (void)state;
    struct kept kept = {0};
    const struct log_sink sink = {keep, &kept};
    const struct log_fields fields = {.image_name = "web"};
    log_set_sink(&sink);
    log_set_level(LOG_LEVEL_NOTICE);
    log_message(LOG_LEVEL_INFO, NULL, "no");
    assert_int_equal(kept.count, 0);
    assert_false(log_enabled(LOG_LEVEL_INFO));
    errno = ENOENT;
    log_message(LOG_LEVEL_NOTICE, &fields, "%s %d", "yes", 1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(kept.count, 1);
    assert_int_equal(kept.level, LOG_LEVEL_NOTICE);
    assert_string_equal(kept.text, "yes 1");
    assert_string_equal(kept.image, "web");

    // A long text is cut at a character: é is two bytes, and the limit falls into one.
    char text[2 * LOG_TEXT_SIZE];
    for (size_t i = 0; i + 2 < sizeof(text); i += 2)
        memcpy(text + i, "\xc3\xa9", 3);
    log_message(LOG_LEVEL_ERROR, NULL, "%s", text);
    assert_in_range(strlen(kept.text), LOG_TEXT_SIZE - 8, LOG_TEXT_SIZE - 1);
    assert_string_equal(kept.text + strlen(kept.text) - 5, "\xc3\xa9\xe2\x80\xa6");
    log_set_sink(NULL);
    log_set_level(LOG_LEVEL_INFO);
}

static void levels_have_names(void **state)
{
    (void)state;
    for (int i = 0; i < LOG_LEVEL_COUNT; i++) {
        enum log_level level = LOG_LEVEL_COUNT;
        assert_true(log_level_parse(log_level_name((enum log_level)i), &level));
        assert_int_equal(level, i);
    }
    enum log_level level = LOG_LEVEL_INFO;
    assert_false(log_level_parse("Error", &level));
    assert_false(log_level_parse("", &level));
    assert_int_equal(level, LOG_LEVEL_INFO);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Puts `descriptor` in place of standard error; returns what was there.
static int replace_stderr(int descriptor)
{
    int saved = dup(STDERR_FILENO);
    dup2(descriptor, STDERR_FILENO);
    close(descriptor);
    return saved;
}

static void restore_stderr(int saved)
{
    dup2(saved, STDERR_FILENO);
    close(saved);
}

static void a_reader_that_does_not_read(int reader, int writer)
{
    int saved = replace_stderr(writer);
    static char bytes[4 * 1024 * 1024];
    int64_t before = now_ms();
    for (int i = 0; i < 20000; i++)
        log_message(LOG_LEVEL_ERROR, NULL, "message %d, and some more words to fill the pipe", i);
    int64_t took = now_ms() - before;
    fcntl(reader, F_SETFL, O_NONBLOCK);
    size_t length = 0;
    ssize_t got;
    while ((got = read(reader, bytes + length, sizeof(bytes) - 1 - length)) > 0)
        length += (size_t)got;
    log_message(LOG_LEVEL_ERROR, NULL, "back again");
    char *end = bytes + length;
    got = read(reader, end, sizeof(bytes) - 1 - length);
    restore_stderr(saved);
    close(reader);
    assert_true(got > 0);
    end[got] = '\0';
    assert_in_range(took, 0, 5000);
    assert_int_equal(end[-1], '\n');
    assert_memory_equal(bytes, "time=", 5);
    unsigned lost = 0;
    assert_int_equal(sscanf(end, "level=warning msg=\"%u log lines were lost", &lost), 1);
    unsigned kept = 0;
    for (char *at = bytes; at < end; at++)
        kept += *at == '\n';
    assert_int_equal(kept + lost, 20000);
    assert_non_null(strstr(end, "msg=\"back again\""));
}

static void a_full_pipe_holds_nothing_up(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    a_reader_that_does_not_read(ends[0], ends[1]);
}

static void a_full_socket_holds_nothing_up(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    a_reader_that_does_not_read(ends[0], ends[1]);
}

static int log_and_exit(void)
{
    log_message(LOG_LEVEL_ERROR, NULL, "into nothing");
    log_message(LOG_LEVEL_ERROR, NULL, "and again");
    return 0;
}

static int into_a_broken_pipe(void)
{
    int ends[2];
    if (pipe(ends) != 0)
        return 1;
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    return log_and_exit();
}

static int into_a_full_disk(void)
{
    dup2(open("/dev/full", O_WRONLY), STDERR_FILENO);
    return log_and_exit();
}

static int into_a_closed_descriptor(void)
{
    close(STDERR_FILENO);
    return log_and_exit();
}

// What is opened next must not become the log.
static int descriptors_are_kept_taken(void)
{
    close(0);
    close(1);
    close(2);
    log_open();
    int next = open("/dev/zero", O_RDONLY);
    struct stat found;
    struct stat null;
    if (next != 3 || stat("/dev/null", &null) != 0 || fstat(2, &found) != 0)
        return 1;
    return found.st_rdev == null.st_rdev ? log_and_exit() : 1;
}

// In a process of its own: what goes wrong would kill it.
static void no_standard_error_does_harm(void **state)
{
    (void)state;
    static int (*const cases[])(void) = {
        into_a_broken_pipe, into_a_full_disk, into_a_closed_descriptor, descriptors_are_kept_taken};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int status = -1;
        pid_t child = fork();
        if (child == 0)
            _exit(cases[i]());
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
}

static int make_journal(char *path, size_t size)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(path, size, "/tmp/imaged-journal.%ld", (long)getpid());
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    unlink(path);
    int journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(journal, (struct sockaddr *)&address, sizeof(address)), 0);
    return journal;
}

// Reads the next field of the native protocol's binary form; returns what follows it.
static const char *next_field(const char *at, char *name, char *value)
{
    const char *end = strchr(at, '\n');
    uint64_t length;
    memcpy(name, at, (size_t)(end - at));
    name[end - at] = '\0';
    memcpy(&length, end + 1, sizeof(length));
    memcpy(value, end + 1 + sizeof(length), length);
    value[length] = '\0';
    assert_int_equal(end[1 + sizeof(length) + length], '\n');
    return end + 1 + sizeof(length) + length + 1;
}

static void the_journal_gets_fields(void **state)
{
    (void)state;
    static const char *const wanted[][2] = {
        {"MESSAGE", "two\nPRIORITY=0\nlines"},
        {"PRIORITY", "3"},
        {"SYSLOG_IDENTIFIER", "imaged"},
        {"IMAGE_NAME", "web"},
        {"REQUEST_ID", "r-1"},
        {"MESSAGE_ID", "0123456789abcdef0123456789abcdef"},
    };
    char path[64];
    char datagram[16384];
    char name[64];
    char value[4096];
    int journal = make_journal(path, sizeof(path));
    const struct log_fields fields = {
        .image_name = "web", .request_id = "r-1", .message_id = "0123456789abcdef0123456789abcdef"};
    const struct log_entry entry = {
        .level = LOG_LEVEL_ERROR, .fields = &fields, .text = "two\nPRIORITY=0\nlines"};
    assert_int_equal(log_journal_write_to(path, &entry), 0);
    ssize_t length = recv(journal, datagram, sizeof(datagram), 0);
    const char *at = datagram;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        at = next_field(at, name, value);
        assert_string_equal(name, wanted[i][0]);
        assert_string_equal(value, wanted[i][1]);
    }
    assert_ptr_equal(at, datagram + length);

    // Huge values are cut; the message itself always arrives.
    memset(value, 'x', sizeof(value) - 1);
    const struct log_fields huge = {.image_name = value,
        .image_id = value,
        .image_state = value,
        .image_reason = value,
        .declaration_file = value,
        .request_id = value,
        .message_id = value};
    const struct log_entry large = {.level = LOG_LEVEL_DEBUG, .fields = &huge, .text = value};
    assert_int_equal(log_journal_write_to(path, &large), 0);
    assert_in_range(recv(journal, datagram, sizeof(datagram), 0), 4096, 8192);
    close(journal);
    unlink(path);
}

static void a_journal_that_is_away_holds_nothing_up(void **state)
{
    (void)state;
    char path[64];
    int journal = make_journal(path, sizeof(path));
    const struct log_entry entry = {.level = LOG_LEVEL_INFO, .fields = &no_fields, .text = "x"};
    int64_t before = now_ms();
    int result = 0;
    for (int i = 0; i < 10000 && result == 0; i++)
        result = log_journal_write_to(path, &entry);
    assert_int_equal(result, -1);
    close(journal);
    assert_int_equal(log_journal_write_to(path, &entry), -1);
    unlink(path);
    assert_int_equal(log_journal_write_to(path, &entry), -1);
    assert_in_range(now_ms() - before, 0, 2000);
}

// Under a manager, messages without fields are lines with a priority on standard error; so are all
// when the journal cannot be reached.
static void the_journal_is_chosen_by_its_stream(void **state)
{
    (void)state;
    int ends[2];
    struct stat status;
    char stream[64];
    char line[512];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fstat(ends[1], &status), 0);
    snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)status.st_dev,
        (unsigned long long)status.st_ino);
    int saved = replace_stderr(ends[1]);
    bool has_journal = access(LOG_JOURNAL_SOCKET, W_OK) == 0;
    setenv("JOURNAL_STREAM", stream, 1);
    log_open();
    log_message(LOG_LEVEL_NOTICE, NULL, "a \"quoted\"\nthing");
    const struct log_fields fields = {.image_name = "web"};
    if (!has_journal)
        log_message(LOG_LEVEL_NOTICE, &fields, "to the journal");
    setenv("JOURNAL_STREAM", "1:2", 1);
    log_open();
    log_message(LOG_LEVEL_NOTICE, NULL, "to standard error");
    restore_stderr(saved);
    unsetenv("JOURNAL_STREAM");
    log_open();
    ssize_t length = read(ends[0], line, sizeof(line) - 1);
    close(ends[0]);
    assert_true(length > 0);
    line[length] = '\0';
    static const char plain[] = "<5>a \"quoted\"\\nthing\n";
    static const char instead[] = "<5>msg=\"to the journal\" image=web\n";
    const char *rest = line;
    assert_memory_equal(rest, plain, strlen(plain));
    rest += strlen(plain);
    if (!has_journal) {
        assert_memory_equal(rest, instead, strlen(instead));
        rest += strlen(instead);
    }
    assert_memory_equal(rest, "time=", 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_quoted_and_escaped),
        cmocka_unit_test(a_terminal_gets_words),
        cmocka_unit_test(fields_follow_the_message),
        cmocka_unit_test(a_line_has_a_limit),
        cmocka_unit_test(no_bytes_forge_a_line),
        cmocka_unit_test(a_sink_gets_what_is_enabled),
        cmocka_unit_test(levels_have_names),
        cmocka_unit_test(a_full_pipe_holds_nothing_up),
        cmocka_unit_test(a_full_socket_holds_nothing_up),
        cmocka_unit_test(no_standard_error_does_harm),
        cmocka_unit_test(the_journal_gets_fields),
        cmocka_unit_test(a_journal_that_is_away_holds_nothing_up),
        cmocka_unit_test(the_journal_is_chosen_by_its_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
