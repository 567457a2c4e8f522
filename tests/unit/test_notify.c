// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What the service manager hears, on a real socket in its place.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <uv.h>

#include "core/memory.h"
#include "io/notify.h"

struct fixture {
    uv_loop_t loop;
    struct notify *notify;
    int manager;
    char path[64];
    char heard[4096]; // the last message
};

static int bind_manager(struct fixture *fixture, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    memcpy(address.sun_path, name, length);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    fixture->manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    setenv("NOTIFY_SOCKET", name, 1);
    return bind(fixture->manager, (struct sockaddr *)&address,
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
}

static int set_up(void **state)
{
    struct fixture *fixture = memory_new(1, sizeof(*fixture));
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    snprintf(fixture->path, sizeof(fixture->path), "/tmp/imaged-notify.%ld", (long)getpid());
    *state = fixture;
    unlink(fixture->path);
    return uv_loop_init(&fixture->loop) != 0 || bind_manager(fixture, fixture->path) != 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    notify_close(fixture->notify);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    int result = uv_loop_close(&fixture->loop);
    close(fixture->manager);
    unlink(fixture->path);
    unsetenv("NOTIFY_SOCKET");
    free(fixture);
    return result;
}

static void start(struct fixture *fixture)
{
    struct error error = {0};
    fixture->notify = notify_new(&fixture->loop, &error);
    if (fixture->notify == NULL)
        fail_msg("%s", error.message);
}

// The next message, or "" when there is none.
static const char *hear(struct fixture *fixture)
{
    ssize_t length = recv(fixture->manager, fixture->heard, sizeof(fixture->heard) - 1, 0);
    fixture->heard[length < 0 ? 0 : length] = '\0';
    return fixture->heard;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void every_message_is_as_the_protocol_has_it(void **state)
{
    struct fixture *fixture = *state;
    long long before = now_ms() * 1000;
    long long moment = 0;
    start(fixture);
    notify_extend_timeout(fixture->notify, 30000);
    assert_string_equal(hear(fixture), "EXTEND_TIMEOUT_USEC=30000000\n");
    notify_ready(fixture->notify, "3 images");
    assert_string_equal(hear(fixture), "READY=1\nSTATUS=3 images");
    notify_reloading(fixture->notify);
    assert_int_equal(sscanf(hear(fixture), "RELOADING=1\nMONOTONIC_USEC=%lld", &moment), 1);
    assert_true(moment >= before && moment <= (now_ms() + 1) * 1000);
    notify_ready(fixture->notify, NULL);
    assert_string_equal(hear(fixture), "READY=1\n");
    notify_stopping(fixture->notify);
    assert_string_equal(hear(fixture), "STOPPING=1\n");
    assert_string_equal(hear(fixture), "");
}

static void a_status_is_sent_when_it_changed(void **state)
{
    struct fixture *fixture = *state;
    start(fixture);
    notify_status(fixture->notify, "one");
    assert_string_equal(hear(fixture), "STATUS=one");
    notify_status(fixture->notify, "one");
    assert_string_equal(hear(fixture), "");
    notify_status(fixture->notify, "two");
    assert_string_equal(hear(fixture), "STATUS=two");
}

static void a_status_cannot_forge_an_assignment(void **state)
{
    struct fixture *fixture = *state;
    start(fixture);
    notify_status(fixture->notify, "image 'x\nSTOPPING=1\r' failed");
    assert_string_equal(hear(fixture), "STATUS=image 'x STOPPING=1 ' failed");
}

static void an_abstract_address_works(void **state)
{
    struct fixture *fixture = *state;
    char name[64];
    close(fixture->manager);
    snprintf(name, sizeof(name), "@imaged-notify-test-%ld", (long)getpid());
    assert_int_equal(bind_manager(fixture, name), 0);
    start(fixture);
    notify_ready(fixture->notify, NULL);
    assert_string_equal(hear(fixture), "READY=1\n");
}

static void without_a_manager_nothing_happens(void **state)
{
    struct fixture *fixture = *state;
    setenv("WATCHDOG_USEC", "1000", 1);
    unsetenv("NOTIFY_SOCKET");
    start(fixture);
    notify_ready(fixture->notify, "ready");
    notify_status(fixture->notify, "status");
    notify_stopping(fixture->notify);
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_DEFAULT), 0);
    assert_string_equal(hear(fixture), "");
}

static void an_unusable_address_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    char longest[200];
    memset(longest, 'a', sizeof(longest));
    longest[0] = '/';
    longest[sizeof(longest) - 1] = '\0';
    const char *const cases[] = {"relative", "", "vsock:2:1", longest};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error error = {0};
        setenv("NOTIFY_SOCKET", cases[i], 1);
        assert_null(notify_new(&fixture->loop, &error));
        assert_int_equal(error.code, ERROR_INVALID);
    }
}

static void stop_loop(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

static unsigned watchdogs_within(struct fixture *fixture, uint64_t duration_ms)
{
    uv_timer_t limit;
    unsigned count = 0;
    uv_timer_init(&fixture->loop, &limit);
    uv_timer_start(&limit, stop_loop, duration_ms, 0);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&limit, NULL);
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
    while (strcmp(hear(fixture), "WATCHDOG=1") == 0)
        count++;
    assert_string_equal(fixture->heard, "");
    return count;
}

static void the_watchdog_is_fed_at_half_its_time(void **state)
{
    struct fixture *fixture = *state;
    char pid[32];
    snprintf(pid, sizeof(pid), "%ld", (long)getpid());
    setenv("WATCHDOG_USEC", "100000", 1);
    setenv("WATCHDOG_PID", pid, 1);
    start(fixture);
    unsigned count = watchdogs_within(fixture, 220);
    // At once, and every 50 ms; fewer when the machine is busy.
    assert_in_range(count, 2, 5);
}

static void a_watchdog_of_another_is_left_alone(void **state)
{
    struct fixture *fixture = *state;
    static const char *const cases[][2] = {
        {"20000", "1"}, {"20000", "x"}, {"0", NULL}, {"-1", NULL}, {"20ms", NULL}, {"", NULL}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        setenv("WATCHDOG_USEC", cases[i][0], 1);
        if (cases[i][1] != NULL)
            setenv("WATCHDOG_PID", cases[i][1], 1);
        else
            unsetenv("WATCHDOG_PID");
        start(fixture);
        assert_int_equal(watchdogs_within(fixture, 30), 0);
        notify_close(fixture->notify);
        fixture->notify = NULL;
    }
}

static void a_manager_that_does_not_read_holds_nothing_up(void **state)
{
    struct fixture *fixture = *state;
    char status[64];
    start(fixture);
    int64_t before = now_ms();
    for (int i = 0; i < 2000; i++) {
        snprintf(status, sizeof(status), "%d", i);
        notify_status(fixture->notify, status);
    }
    assert_in_range(now_ms() - before, 0, 900);
    before = now_ms();
    notify_ready(fixture->notify, NULL);
    assert_in_range(now_ms() - before, 900, 3000);
    while (hear(fixture)[0] != '\0')
        continue;
    // The last status was dropped, so it is not taken for known.
    notify_status(fixture->notify, status);
    assert_string_equal(hear(fixture), "STATUS=1999");
}

#define NOTIFY_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NOTIFY_TEST(every_message_is_as_the_protocol_has_it),
        NOTIFY_TEST(a_status_is_sent_when_it_changed),
        NOTIFY_TEST(a_status_cannot_forge_an_assignment),
        NOTIFY_TEST(an_abstract_address_works),
        NOTIFY_TEST(without_a_manager_nothing_happens),
        NOTIFY_TEST(an_unusable_address_is_an_error),
        NOTIFY_TEST(the_watchdog_is_fed_at_half_its_time),
        NOTIFY_TEST(a_watchdog_of_another_is_left_alone),
        NOTIFY_TEST(a_manager_that_does_not_read_holds_nothing_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
