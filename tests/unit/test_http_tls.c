// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What the HTTP client trusts: certificates made on the spot by the openssl command, proxies, and
// base URLs.
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/memory.h"
#include "http_client.h"
#include "http_server.h"

static char *directory; // of certificates, keys, and what the server serves

// Two authorities, of which the tests trust the first; and a page.
static const char making[] =
    "set -e; cd \"$1\"; exec >/dev/null 2>&1\n"
    "key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'\n"
    "openssl req -x509 $key -keyout ca.key -out ca.pem -subj '/CN=Test authority' -days 2\n"
    "request() { openssl req $key -keyout $1.key -out $1.csr -subj '/CN=test' -addext \"subjectAltName=$2\"; }\n"
    "sign() { openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -CAcreateserial"
    " -copy_extensions copy -days $2 -out $1.pem; }\n"
    "request good DNS:localhost,IP:127.0.0.1; sign good 2\n"
    "request expired DNS:localhost,IP:127.0.0.1; sign expired -1\n"
    "request other DNS:api.example; sign other 2\n"
    "openssl req -x509 $key -keyout self.key -out self.pem -subj '/CN=localhost'"
    " -addext subjectAltName=DNS:localhost -days 2\n"
    "request revoked DNS:localhost; sign revoked 2\n"
    "printf '[ca]\\ndefault_ca = test\\n[test]\\ndatabase = index\\ndefault_md = sha256\\n"
    "default_crl_days = 2\\n' > ca.conf\n"
    ": > index\n"
    "openssl ca -config ca.conf -cert ca.pem -keyfile ca.key -revoke revoked.pem\n"
    "openssl ca -config ca.conf -cert ca.pem -keyfile ca.key -gencrl -out ca.crl\n"
    "cat ca.pem ca.crl > revoking.pem\n"
    "echo 'no certificate' > garbage.pem\n"
    "printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n{}' > page\n";

static void run_shell(const char *script, const char *argument)
{
    pid_t pid = fork();
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", script, "sh", argument, (char *)NULL);
        _exit(127);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (status != 0)
        fail_msg("the openssl command is missing or failed (Debian: apt install openssl)");
}

static int make_certificates(void **state)
{
    (void)state;
    const char *base = getenv("TMPDIR");
    directory = memory_format("%s/imaged-tls-XXXXXX", base == NULL ? "/tmp" : base);
    assert_non_null(mkdtemp(directory));
    run_shell(making, directory);
    return 0;
}

static int remove_certificates(void **state)
{
    (void)state;
    run_shell("rm -rf \"$1\"", directory);
    free(directory);
    return 0;
}

struct tls_server {
    pid_t pid;
    int port;
};

static void become_server(const char *certificate, const char *protocol, int output)
{
    CLEANUP(memory_free_text) char *pem = memory_format("%s.pem", certificate);
    CLEANUP(memory_free_text) char *key = memory_format("%s.key", certificate);
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (chdir(directory) != 0 || dup2(output, STDOUT_FILENO) < 0 ||
        dup2(nowhere, STDIN_FILENO) < 0 || dup2(nowhere, STDERR_FILENO) < 0)
        _exit(127);
    execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", pem, "-key", key,
        "-cipher", "ALL:@SECLEVEL=0", "-HTTP", protocol, (char *)NULL);
    _exit(127);
}

// `protocol` as the openssl command calls it.
static struct tls_server start_server(const char *certificate, const char *protocol)
{
    struct tls_server server = {0};
    int pipe_ends[2];
    assert_int_equal(pipe(pipe_ends), 0);
    server.pid = fork();
    if (server.pid == 0)
        become_server(certificate, protocol, pipe_ends[1]);
    close(pipe_ends[1]);
    FILE *output = fdopen(pipe_ends[0], "r");
    char line[256];
    while (server.port == 0 && fgets(line, sizeof(line), output) != NULL) {
        if (strncmp(line, "ACCEPT ", 7) == 0)
            server.port = atoi(strrchr(line, ':') + 1);
    }
    fclose(output);
    assert_int_not_equal(server.port, 0);
    return server;
}

static void stop_server(struct tls_server *server)
{
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
}

static const struct trust_case {
    const char *certificate;
    const char *protocol;
    const char *host;
    const char *ca_file; // in the directory; NULL: the system's
    enum transport transport;
    const char *explanation;
} trusts[] = {
    {"good", "-tls1_3", "localhost", "ca.pem", TRANSPORT_ANSWERED, NULL},
    {"good", "-tls1_2", "localhost", "ca.pem", TRANSPORT_ANSWERED, NULL},
    {"good", "-tls1_2", "127.0.0.1", "ca.pem", TRANSPORT_ANSWERED, NULL},
    {"good", "-tls1_1", "localhost", "ca.pem", TRANSPORT_NOT_SENT, "TLS 1.2 or later"},
    {"good", "-tls1_2", "localhost", NULL, TRANSPORT_NOT_SENT,
        "ca_file has the server's authority"},
    {"good", "-tls1_2", "localhost", "garbage.pem", TRANSPORT_NOT_SENT, "no readable PEM"},
    {"good", "-tls1_2", "localhost", "self.pem", TRANSPORT_NOT_SENT, "not accepted"},
    {"good", "-tls1_3", "localhost", "revoking.pem", TRANSPORT_ANSWERED, NULL},
    {"revoked", "-tls1_3", "localhost", "ca.pem", TRANSPORT_ANSWERED, NULL},
    {"revoked", "-tls1_3", "localhost", "revoking.pem", TRANSPORT_NOT_SENT, "revoked"},
    {"expired", "-tls1_2", "localhost", "ca.pem", TRANSPORT_NOT_SENT, "expired"},
    {"other", "-tls1_2", "localhost", "ca.pem", TRANSPORT_NOT_SENT, "named as in the certificate"},
    {"self", "-tls1_2", "localhost", "ca.pem", TRANSPORT_NOT_SENT, "not accepted"},
};

static void check_trust(const struct trust_case *expected, const char *method)
{
    struct tls_server server = start_server(expected->certificate, expected->protocol);
    CLEANUP(memory_free_text)
    char *url = memory_format("https://%s:%d", expected->host, server.port);
    CLEANUP(memory_free_text)
    char *ca_file = expected->ca_file == NULL
                        ? NULL
                        : memory_format("%s/%s", directory, expected->ca_file);
    struct client client;
    client_init(&client, url, (struct http_options){.ca_file = ca_file});
    struct transfer *transfer = client_transfer(method, "/page", NULL);
    transfer->bearer = memory_text("tok.en");
    const struct transfer_result *result = client_exchange(&client, transfer);
    const char *explanation = result->explanation == NULL ? "" : result->explanation;
    if (result->transport != expected->transport ||
        (expected->explanation != NULL && strstr(explanation, expected->explanation) == NULL))
        fail_msg("%s %s %s: transport %d: %s", expected->certificate, expected->protocol,
            expected->host, (int)result->transport, explanation);
    client_deinit(&client);
    stop_server(&server);
}

static void test_trust(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(trusts) / sizeof(trusts[0]); i++)
        check_trust(&trusts[i], "GET");
}

static bool refuse_tunnel(const struct http_server_request *request)
{
    http_server_write(
        request->fd, "HTTP/1.1 403 Forbidden\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n");
    return false;
}

// Nothing of the request reaches a proxy that does not let it through, least of all the token.
static void check_refusing_proxy(const char *option)
{
    struct http_server *proxy = http_server_start(refuse_tunnel);
    CLEANUP(memory_free_text)
    char *address = memory_format("http://who:s3cret@127.0.0.1:%d", http_server_port(proxy));
    if (option == NULL)
        setenv("HTTPS_PROXY", address, 1);
    struct client client;
    client_init(&client, "https://api.example",
        (struct http_options){.proxy = option == NULL ? NULL : address});
    struct transfer *transfer = client_transfer("POST", "/page", "{}");
    transfer->bearer = memory_text("tok.en");
    const struct transfer_result *result = client_exchange(&client, transfer);
    assert_int_equal(result->transport, TRANSPORT_NOT_SENT);
    assert_non_null(strstr(result->explanation, "proxy"));
    assert_null(strstr(result->explanation, "s3cret"));
    assert_null(result->retry_after);
    assert_int_equal(http_server_requests(proxy), 1);
    const char *text = http_server_request_text(proxy, 0);
    assert_non_null(strstr(text, "CONNECT api.example:443 HTTP/1.1\r\n"));
    assert_null(strstr(text, "tok.en"));
    client_deinit(&client);
    http_server_stop(proxy);
    unsetenv("HTTPS_PROXY");
}

static void test_proxy(void **state)
{
    (void)state;
    check_refusing_proxy("option");
    check_refusing_proxy(NULL);
    setenv("HTTPS_PROXY", "http://127.0.0.1:1", 1);
    setenv("NO_PROXY", "localhost", 1);
    check_trust(&trusts[0], "GET");
    unsetenv("HTTPS_PROXY");
    unsetenv("NO_PROXY");
}

// A server that is there, but does not speak TLS.
static bool never_asked(const struct http_server_request *request)
{
    (void)request;
    return false;
}

static void test_no_tls(void **state)
{
    (void)state;
    struct http_server *server = http_server_start(never_asked);
    CLEANUP(memory_free_text)
    char *url = memory_format("https://127.0.0.1:%d", http_server_port(server));
    struct client client;
    client_init(&client, url, (struct http_options){.connect_timeout_ms = 300});
    const struct transfer_result *result = client_exchange(
        &client, client_transfer("POST", "/", "{}"));
    assert_int_equal(result->transport, TRANSPORT_NOT_SENT);
    client_deinit(&client);
    http_server_stop(server);
}

static const struct options_case {
    struct http_options options;
    enum error_code code;
} options_cases[] = {
    {{.base_url = "https://api.example"}, ERROR_NONE},
    {{.base_url = "https://api.example:8443/base/"}, ERROR_NONE},
    {{.base_url = "http://127.0.0.1:8080"}, ERROR_NONE},
    {{.base_url = "http://127.9.9.9"}, ERROR_NONE},
    {{.base_url = "http://[::1]:8080/"}, ERROR_NONE},
    {{.base_url = "http://LOCALHOST"}, ERROR_NONE},
    {{.base_url = "http://api.example"}, ERROR_REFUSED},
    {{.base_url = "http://localhost.example"}, ERROR_REFUSED},
    {{.base_url = "http://127.0.0.1.example"}, ERROR_REFUSED},
    {{.base_url = "http://10.0.0.1"}, ERROR_REFUSED},
    {{.base_url = "http://[::2]"}, ERROR_REFUSED},
    {{.base_url = "https://who:s3cret@api.example"}, ERROR_REFUSED},
    {{.base_url = "http://localhost@api.example"}, ERROR_REFUSED},
    {{.base_url = "https://api.example/?a=b"}, ERROR_INVALID},
    {{.base_url = "https://api.example/#a"}, ERROR_INVALID},
    {{.base_url = "ftp://localhost"}, ERROR_INVALID},
    {{.base_url = "file:///etc/passwd"}, ERROR_INVALID},
    {{.base_url = "api.example"}, ERROR_INVALID},
    {{.base_url = ""}, ERROR_INVALID},
    {{.base_url = NULL}, ERROR_INVALID},
    {{.base_url = "https://a", .proxy = "proxy:3128"}, ERROR_NONE},
    {{.base_url = "https://a", .proxy = "socks5h://who:s3cret@proxy"}, ERROR_NONE},
    {{.base_url = "https://a", .proxy = "gopher://who:s3cret@proxy"}, ERROR_INVALID},
    {{.base_url = "https://a", .proxy = "http://:s3cret:x:1"}, ERROR_INVALID},
    {{.base_url = "https://a", .connect_timeout_ms = -1}, ERROR_INVALID},
    {{.base_url = "https://a", .ca_file = "/nowhere/ca.pem"}, ERROR_NOT_FOUND},
    {{.base_url = "https://a", .ca_file = "/"}, ERROR_INVALID},
    {{.base_url = "https://a", .certificate = "/nowhere/client.pem"}, ERROR_NOT_FOUND},
    {{.base_url = "https://a", .key = "/"}, ERROR_INVALID},
};

static void test_options(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(options_cases) / sizeof(options_cases[0]); i++) {
        struct error error = {0};
        uv_loop_t loop;
        assert_int_equal(uv_loop_init(&loop), 0);
        struct http *http = http_new(&loop, &options_cases[i].options, &error);
        if (error.code != options_cases[i].code || (http == NULL) != (error.code != ERROR_NONE))
            fail_msg("case %zu: code %d: %s", i, (int)error.code, error.message);
        assert_null(strstr(error.message, "s3cret"));
        if (http != NULL)
            http_close(http, NULL, NULL);
        uv_run(&loop, UV_RUN_DEFAULT);
        assert_int_equal(uv_loop_close(&loop), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_trust),
        cmocka_unit_test(test_proxy),
        cmocka_unit_test(test_no_tls),
    };
    return cmocka_run_group_tests(tests, make_certificates, remove_certificates);
}
