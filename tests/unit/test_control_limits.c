// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The control server's sockets, who may use them, and clients that mean no good.
#include "config.h"

#include "control_fixture.h"

#include <grp.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void a_socket_has_its_mode_and_goes_with_its_server(void **state)
{
    struct fixture *fixture = *state;
    struct stat status;
    must_open(fixture, 0);
    assert_int_equal(stat(fixture->path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0660);
    assert_null(control_warning(fixture->control));
    control_close(fixture->control);
    fixture->control = NULL;
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(stat(fixture->path, &status), -1);
}

static void bind_only(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(descriptor, (struct sockaddr *)&address, sizeof(address)), 0);
    close(descriptor);
}

static void a_dead_socket_is_taken_over_and_a_live_one_is_not(void **state)
{
    struct fixture *fixture = *state;
    const struct control_options options = {.socket_path = fixture->path};
    bind_only(fixture->path);
    must_open(fixture, 0);
    struct control *first = fixture->control;
    assert_int_equal(open_control(fixture, &options), -1);
    assert_int_equal(fixture->error.code, ERROR_BUSY);
    assert_non_null(strstr(fixture->error.message, "another imaged listens on"));
    fixture->control = first;
    assert_int_equal(status_of(get(fixture, "/")), 200);
}

static void a_live_socket_with_a_full_queue_is_live(void **state)
{
    struct fixture *fixture = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct control_options options = {.socket_path = fixture->path};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", fixture->path);
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(server, 0), 0);
    int client = connect_to(fixture->path);
    assert_int_equal(open_control(fixture, &options), -1);
    assert_int_equal(fixture->error.code, ERROR_BUSY);
    close(client);
    close(server);
}

static void a_successor_keeps_its_socket(void **state)
{
    struct fixture *fixture = *state;
    struct stat status;
    must_open(fixture, 0);
    unlink(fixture->path);
    bind_only(fixture->path);
    control_close(fixture->control);
    fixture->control = NULL;
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(lstat(fixture->path, &status), 0);
}

static void paths_that_cannot_be(void **state)
{
    struct fixture *fixture = *state;
    char longest[160];
    char missing[128];
    memset(longest, 'a', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    snprintf(missing, sizeof(missing), "%s/no/control.sock", fixture->directory);
    const struct {
        const char *path;
        enum error_code code;
        const char *word;
    } cases[] = {
        {longest, ERROR_INVALID, "too long: 159 bytes"},
        {"", ERROR_INVALID, "empty"},
        {missing, ERROR_NOT_FOUND, "directory does not exist"},
        {fixture->directory, ERROR_INVALID, "not a socket"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct control_options options = {.socket_path = cases[i].path};
        assert_int_equal(open_control(fixture, &options), -1);
        assert_int_equal(fixture->error.code, cases[i].code);
        assert_non_null(strstr(fixture->error.message, cases[i].word));
    }
}

// A group that exists and is not root's.
static const struct group *some_group(void)
{
    const struct group *group = getgrnam("daemon");
    return group != NULL ? group : getgrgid(getgid());
}

static void a_group_gets_the_socket(void **state)
{
    struct fixture *fixture = *state;
    struct stat status;
    const struct group *group = some_group();
    const struct control_options options = {.socket_path = fixture->path, .group = group->gr_name};
    gid_t wanted = group->gr_gid;
    assert_int_equal(open_control(fixture, &options), 0);
    assert_int_equal(stat(fixture->path, &status), 0);
    if (control_warning(fixture->control) == NULL)
        assert_int_equal(status.st_gid, wanted);
    else
        assert_non_null(strstr(control_warning(fixture->control), "could not be given"));
}

static void a_group_that_does_not_exist_is_said(void **state)
{
    struct fixture *fixture = *state;
    const struct control_options options = {
        .socket_path = fixture->path, .group = "no-such-group-here"};
    assert_int_equal(open_control(fixture, &options), 0);
    assert_non_null(
        strstr(control_warning(fixture->control), "the group no-such-group-here does not exist"));
}

// As a stranger, with these groups, asks once; exits with the status divided by ten.
static void ask_as(
    const struct fixture *fixture, gid_t primary, gid_t supplementary, const char *request)
{
    char answer[64] = "";
    if (setgroups(1, &supplementary) != 0 || setgid(primary) != 0 || setuid(65534) != 0)
        _exit(1);
    int client = connect_to(fixture->path);
    if (client < 0)
        _exit(2);
    fcntl(client, F_SETFL, 0);
    send(client, request, strlen(request), MSG_NOSIGNAL);
    if (recv(client, answer, sizeof(answer) - 1, 0) <= 0)
        _exit(3);
    _exit(status_of(answer) / 10);
}

static void only_members_may_write(void **state)
{
    struct fixture *fixture = *state;
    static const char get_request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    static const char post_request[] = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
    const gid_t group = some_group()->gr_gid;
    const struct {
        gid_t primary;
        gid_t supplementary;
        const char *request;
        int status;
    } cases[] = {
        {65534, 65534, get_request, 200},
        {65534, 65534, post_request, 403},
        {group, 65534, post_request, 200},
        {65534, group, post_request, 200},
        {65534, 0, post_request, 403},
    };
    if (geteuid() != 0)
        skip(); // other users can be played by root only
    const struct control_options options = {
        .socket_path = fixture->path, .group = some_group()->gr_name};
    assert_int_equal(open_control(fixture, &options), 0);
    // So that the socket's own mode does not decide.
    chmod(fixture->directory, 0755);
    chmod(fixture->path, 0666);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int status = 0;
        pid_t child = fork();
        if (child == 0)
            ask_as(fixture, cases[i].primary, cases[i].supplementary, cases[i].request);
        while (waitpid(child, &status, WNOHANG) == 0)
            turn(fixture);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status) * 10, cases[i].status / 10 * 10);
    }
}

static void half_a_request_does_not_stay(void **state)
{
    struct fixture *fixture = *state;
    static const char *const beginnings[] = {"", "GET", "GET / HTTP/1.1\r\nHost: x\r\nX-A: ",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"};
    must_open(fixture, 200);
    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
        int client = connect_to(fixture->path);
        send(client, beginnings[i], strlen(beginnings[i]), MSG_NOSIGNAL);
        int64_t took = time_to_close(fixture, client, 3000);
        assert_in_range(took, 150, 2000);
        close(client);
    }
    assert_int_equal(fixture->calls, 0);
}

// Every byte is progress, and still it must end.
static void a_request_that_drips_does_not_stay(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture, 200);
    int client = connect_to(fixture->path);
    int64_t start = now_ms();
    send(client, "GET / HTTP/1.1\r\nX: ", 19, MSG_NOSIGNAL);
    while (send(client, "a", 1, MSG_NOSIGNAL) == 1 && now_ms() - start < 3000)
        turn(fixture);
    assert_in_range(now_ms() - start, 150, 2000);
    close(client);
}

static void an_answer_that_is_not_taken_does_not_stay(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture, 200);
    int client = connect_to(fixture->path);
    char byte;
    send(client, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n", 32, 0);
    int64_t start = now_ms();
    while (fixture->calls == 0)
        turn(fixture);
    // A sip now and then is not enough.
    while (now_ms() - start < 700) {
        recv(client, &byte, 1, 0);
        turn(fixture);
    }
    static char rest[65536];
    size_t length = 0;
    ssize_t got;
    while ((got = recv(client, rest, sizeof(rest), 0)) > 0) {
        length += (size_t)got;
        turn(fixture);
    }
    assert_int_equal(got, 0);
    assert_in_range(length, 1, 4 * 1024 * 1024);
    close(client);
}

static void our_own_time_is_not_the_client_s(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture, 100);
    int client = connect_to(fixture->path);
    send(client, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n", 32, 0);
    assert_int_equal(time_to_close(fixture, client, 500), -1);
    control_reply_problem(fixture->kept, 503, "slow, but an answer");
    assert_int_equal(status_of(receive(fixture, client, 1)), 503);
    close(client);
}

static void a_crowd_that_hangs_makes_way(void **state)
{
    struct fixture *fixture = *state;
    int crowd[100];
    must_open(fixture, 300);
    for (int i = 0; i < 100; i++) {
        crowd[i] = connect_to(fixture->path);
        turn(fixture);
    }
    int64_t start = now_ms();
    assert_int_equal(status_of(get(fixture, "/")), 200);
    assert_in_range(now_ms() - start, 0, 4000);
    for (int i = 0; i < 100; i++)
        close(crowd[i]);
}

static void headers_have_a_limit(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP(text_deinit) struct text request = {0};
    must_open(fixture, 0);
    text_append(&request, "GET / HTTP/1.1\r\nHost: x\r\nX-A: ");
    for (int i = 0; i < 64 * 1024; i++)
        text_append_n(&request, "a", 1);
    text_append(&request, "\r\n\r\n");
    int client = connect_to(fixture->path);
    send(client, text_string(&request), request.length, MSG_NOSIGNAL);
    int status = status_of(receive(fixture, client, 1));
    assert_true(status == 431 || status == 413);
    assert_int_equal(fixture->calls, 0);
    close(client);
}

static void stop_loop(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

// How much processor time the loop uses in so long.
static int64_t processor_ms_in(struct fixture *fixture, uint64_t duration_ms)
{
    struct timespec before;
    struct timespec after;
    uv_timer_t timer;
    uv_timer_init(&fixture->loop, &timer);
    uv_timer_start(&timer, stop_loop, duration_ms, 0);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
    return (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
}

// Without descriptors nobody can be accepted; that must cost no processor time, and pass when there
// are some again.
static void a_shortage_of_descriptors_is_waited_out(void **state)
{
    struct fixture *fixture = *state;
    static int taken[4096];
    int count = 0;
    struct rlimit before;
    must_open(fixture, 0);
    getrlimit(RLIMIT_NOFILE, &before);
    const struct rlimit low = {256, before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &low);
    int client = connect_to(fixture->path);
    while (count < 4096 && (taken[count] = dup(client)) >= 0)
        count++;
    send(client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27, 0);
    processor_ms_in(fixture, 200); // code is loaded, or translated by valgrind
    int64_t used = processor_ms_in(fixture, 500);
    while (count > 0)
        close(taken[--count]);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_int_equal(fixture->calls, 0);
    assert_in_range(used, 0, 250);
    // A new client, behind the one that waits: valgrind drops that one, which the kernel does not.
    assert_int_equal(status_of(get(fixture, "/")), 200);
    close(client);
}

static const char *ask_port(struct fixture *fixture, const char *request)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
        .sin_port = htons((uint16_t)control_port(fixture->control)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
    fcntl(client, F_SETFL, O_NONBLOCK);
    send(client, request, strlen(request), MSG_NOSIGNAL);
    const char *answer = receive(fixture, client, 1);
    close(client);
    return answer;
}

static void a_port_is_only_for_looking(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *method;
        const char *host;
        int status;
    } cases[] = {
        {"GET", "127.0.0.1:9630", 200},
        {"GET", "LocalHost", 200},
        {"GET", "[::1]:1", 200},
        {"GET", "rebound.example:9630", 421},
        {"GET", "127.0.0.1.example", 421},
        {"GET", "localhost.", 421},
        {"POST", "localhost", 405},
        {"DELETE", "localhost", 405},
    };
    const struct control_options options = {.listen = "127.0.0.1:0"};
    assert_int_equal(open_control(fixture, &options), 0);
    assert_true(control_port(fixture->control) > 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char request[256];
        snprintf(request, sizeof(request), "%s / HTTP/1.1\r\nHost: %s\r\n\r\n", cases[i].method,
            cases[i].host);
        assert_int_equal(status_of(ask_port(fixture, request)), cases[i].status);
    }
    assert_string_equal(text_string(&fixture->told), "GET / q=none body=0: reader ");
}

static void addresses_that_are_refused(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *listen;
        const char *word;
    } cases[] = {
        {"0.0.0.0:9630", "not on loopback"},
        {"192.168.1.1:9630", "not on loopback"},
        {"[::]:9630", "not on loopback"},
        {"[::ffff:10.0.0.1]:9630", "not on loopback"},
        {"9630", "not understood"},
        {":9630", "not understood"},
        {"127.0.0.1", "not understood"},
        {"127.0.0.1:", "not understood"},
        {"127.0.0.1:65536", "not understood"},
        {"127.0.0.1:-1", "not understood"},
        {"127.0.0.1:80x", "not understood"},
        {"::1:9630", "not understood"},
        {"[::1:9630", "not understood"},
        {"example.com:9630", "not understood"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct control_options options = {.listen = cases[i].listen};
        assert_int_equal(open_control(fixture, &options), -1);
        assert_int_equal(fixture->error.code, ERROR_INVALID);
        assert_non_null(strstr(fixture->error.message, cases[i].word));
    }
    const struct control_options any = {.listen = "localhost:0"};
    assert_int_equal(open_control(fixture, &any), 0);
    char text[32];
    snprintf(text, sizeof(text), "127.0.0.1:%u", control_port(fixture->control));
    const struct control_options taken = {.listen = text};
    assert_null(control_new(&fixture->loop, &taken, handle, fixture, &fixture->error));
    assert_int_equal(fixture->error.code, ERROR_BUSY);
}

#define CONTROL_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTROL_TEST(a_socket_has_its_mode_and_goes_with_its_server),
        CONTROL_TEST(a_dead_socket_is_taken_over_and_a_live_one_is_not),
        CONTROL_TEST(a_live_socket_with_a_full_queue_is_live),
        CONTROL_TEST(a_successor_keeps_its_socket),
        CONTROL_TEST(paths_that_cannot_be),
        CONTROL_TEST(a_group_gets_the_socket),
        CONTROL_TEST(a_group_that_does_not_exist_is_said),
        CONTROL_TEST(only_members_may_write),
        CONTROL_TEST(half_a_request_does_not_stay),
        CONTROL_TEST(a_request_that_drips_does_not_stay),
        CONTROL_TEST(an_answer_that_is_not_taken_does_not_stay),
        CONTROL_TEST(our_own_time_is_not_the_client_s),
        CONTROL_TEST(a_crowd_that_hangs_makes_way),
        CONTROL_TEST(headers_have_a_limit),
        CONTROL_TEST(a_shortage_of_descriptors_is_waited_out),
        CONTROL_TEST(a_port_is_only_for_looking),
        CONTROL_TEST(addresses_that_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
