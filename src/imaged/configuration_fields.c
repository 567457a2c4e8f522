// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "imaged/configuration.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TABLE(variable, title, rows, type)                                                         \
    static const struct field_table variable = {                                                   \
        .name = title, .fields = rows, .count = COUNT(rows), .size = sizeof(type)}

// A member of one of the configuration's groups, by its distance from the group's beginning.
#define IN(group, member)                                                                          \
    (offsetof(struct configuration, group.member) - offsetof(struct configuration, group))
#define SIZE(group) sizeof(((struct configuration *)0)->group)

#define ROW(yaml, kind, group, member)                                                             \
    .name = yaml, .type = kind, .offset = IN(group, member), .change = CHANGE_LOCAL,               \
    .equality = EQUALITY_UNCOMPARED

static const char *check_uuid(const char *text)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    size_t i = 0;
    for (; shape[i] != '\0' && text[i] != '\0'; i++) {
        bool right = shape[i] == 'x' ? strchr("0123456789abcdefABCDEF", text[i]) != NULL
                                     : text[i] == '-';
        if (!right)
            break;
    }
    return shape[i] == '\0' && text[i] == '\0'
               ? NULL
               : "a UUID such as 11111111-2222-4333-8444-555555555555";
}

static const char *check_installation(const char *text)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return strspn(text, allowed) == strlen(text) ? NULL : "letters, digits, `.`, `_` and `-`";
}

static const struct field numspot_fields[] = {
    {ROW("host", FIELD_TEXT, numspot, host), .server_default = "https://api.eu-west-2.numspot.com",
        .help = "Base URL of the API; https, or http on a loopback address. Else $NUMSPOT_HOST.",
        .example = "host: https://api.eu-west-2.numspot.com"},
    {ROW("space_id", FIELD_TEXT, numspot, space_id), .check = check_uuid,
        .help = "The space whose images are kept. Else $NUMSPOT_SPACE_ID.",
        .example = "space_id: 11111111-2222-4333-8444-555555555555"},
    {ROW("client_id", FIELD_TEXT, numspot, client_id), .minimum = 1,
        .help = "The service account. Else $NUMSPOT_CLIENT_ID.", .example = "client_id: imaged"},
    {ROW("client_secret_file", FIELD_TEXT, numspot, client_secret_file), .minimum = 1,
        .help = "Where its secret is. systemd's credential numspot-client-secret comes first, "
                "$NUMSPOT_CLIENT_SECRET last.",
        .example = "client_secret_file: /etc/imaged/client_secret"},
    {ROW("ca_file", FIELD_TEXT, numspot, ca_file), .minimum = 1,
        .help =
            "PEM file of the only authorities to trust, else those of the system; if it has their "
            "revocation lists as well, those count.",
        .example = "ca_file: /etc/ssl/certs/ca-certificates.crt"},
    {ROW("proxy", FIELD_TEXT, numspot, proxy), .minimum = 1,
        .help = "Proxy for the API; else $HTTPS_PROXY and $NO_PROXY count.",
        .example = "proxy: http://proxy.example:3128"},
    {ROW("connect_timeout", FIELD_DURATION, numspot, connect_timeout_ms), .minimum = 10,
        .maximum = 600000, .server_default = "10s",
        .help = "For name, connection and TLS together.", .example = "connect_timeout: 10s"},
    {ROW("request_timeout", FIELD_DURATION, numspot, request_timeout_ms), .minimum = 10,
        .maximum = 3600000, .server_default = "60s", .help = "For a whole request.",
        .example = "request_timeout: 60s"},
};
TABLE(numspot_table, "numspot", numspot_fields, char[SIZE(numspot)]);

static const struct field declarations_fields[] = {
    {ROW("directory", FIELD_TEXT, declarations, directory), .minimum = 1,
        .server_default = SYSCONFDIR "/imaged/images.d",
        .help =
            "Where the declarations are. A unit's $CONFIGURATION_DIRECTORY changes the default.",
        .example = "directory: /etc/imaged/images.d"},
    {ROW("settle", FIELD_DURATION, declarations, settle_ms), .minimum = 1, .maximum = 60000,
        .server_default = "200ms", .help = "How long a file must be left alone before it is read.",
        .example = "settle: 200ms"},
    {ROW("rescan", FIELD_DURATION, declarations, rescan_ms), .minimum = 100, .maximum = 86400000,
        .server_default = "60s",
        .help = "The directory is looked through this often, whatever the kernel reports.",
        .example = "rescan: 60s"},
};
TABLE(declarations_table, "declarations", declarations_fields, char[SIZE(declarations)]);

static const char *check_endpoint(const char *text)
{
    bool url = strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0;
    return url ? NULL : "a URL such as https://etcd-1.example:2379";
}

static const char *check_prefix(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && text[0] == '/' && text[length - 1] == '/'
               ? NULL
               : "a path that begins and ends with `/`, such as /imaged/";
}

static const char *const backends[] = {"sqlite", "etcd", NULL};
static const struct field state_fields[] = {
    {ROW("backend", FIELD_CHOICE, state, backend), .choices = backends, .server_default = "sqlite",
        .help = "What keeps the record: a file of this host, or an etcd cluster that several hosts "
                "share, of which one leads and the others stand by.",
        .example = "backend: sqlite"},
    {ROW("path", FIELD_TEXT, state, path), .minimum = 1,
        .server_default = LOCALSTATEDIR "/lib/imaged/state.db",
        .help = "With sqlite: the database file of the record. A unit's $STATE_DIRECTORY changes "
                "the default.",
        .example = "path: /var/lib/imaged/state.db"},
    {ROW("endpoints", FIELD_TEXT_LIST, state, endpoints), .minimum = 1, .maximum = 16,
        .check = check_endpoint,
        .help = "With etcd: the members' client URLs; https, or http on a loopback address.",
        .example = "endpoints: [https://etcd-1.example:2379, https://etcd-2.example:2379]"},
    {ROW("prefix", FIELD_TEXT, state, prefix), .check = check_prefix, .server_default = "/imaged/",
        .help = "With etcd: what all keys begin with; one prefix a space.",
        .example = "prefix: /imaged/"},
    {ROW("ttl", FIELD_DURATION, state, ttl_ms), .minimum = 2000, .maximum = 600000,
        .server_default = "10s",
        .help = "With etcd: how long the lead outlives its host, in whole seconds; another host "
                "takes over at most a second later.",
        .example = "ttl: 10s"},
    {ROW("host", FIELD_TEXT, state, host), .minimum = 1, .maximum = 255,
        .help = "With etcd: what this host is called; by default its host name.",
        .example = "host: imaged-1"},
    {ROW("ca_file", FIELD_TEXT, state, ca_file), .minimum = 1,
        .help = "With etcd: PEM file of the only authorities to trust; else those of the system.",
        .example = "ca_file: /etc/imaged/etcd-ca.pem"},
    {ROW("certificate", FIELD_TEXT, state, certificate), .minimum = 1,
        .help = "With etcd: PEM file of this host's client certificate, with `key`.",
        .example = "certificate: /etc/imaged/etcd-client.pem"},
    {ROW("key", FIELD_TEXT, state, key), .minimum = 1,
        .help = "With etcd: PEM file of the key of `certificate`.",
        .example = "key: /etc/imaged/etcd-client.key"},
    {ROW("user", FIELD_TEXT, state, user), .minimum = 1,
        .help = "With etcd: who imaged is there, with `password_file`.", .example = "user: imaged"},
    {ROW("password_file", FIELD_TEXT, state, password_file), .minimum = 1,
        .help = "With etcd: where the password of `user` is.",
        .example = "password_file: /etc/imaged/etcd_password"},
};
TABLE(state_table, "state", state_fields, char[SIZE(state)]);

static const struct field control_fields[] = {
    {ROW("socket", FIELD_TEXT, control, socket), .minimum = 1,
        .server_default = RUNSTATEDIR "/imaged/control.sock",
        .help = "Where imagectl connects. A unit's $RUNTIME_DIRECTORY changes the default.",
        .example = "socket: /run/imaged/control.sock"},
    {ROW("group", FIELD_TEXT, control, group), .minimum = 1, .server_default = "imaged",
        .help = "Its members may use imagectl, as root may.", .example = "group: imaged"},
};
TABLE(control_table, "control", control_fields, char[SIZE(control)]);

static const struct field status_fields[] = {
    {ROW("listen", FIELD_TEXT, status, listen), .minimum = 1,
        .help = "Loopback address and port for health checks; off when absent.",
        .example = "listen: 127.0.0.1:9630"},
};
TABLE(status_table, "status", status_fields, char[SIZE(status)]);

static const struct field limits_fields[] = {
    {ROW("rate", FIELD_INTEGER, limits, rate), .minimum = 1, .maximum = 10000,
        .server_default = "10", .help = "Requests a second, at most.", .example = "rate: 10"},
    {ROW("burst", FIELD_INTEGER, limits, burst), .minimum = 1, .maximum = 10000,
        .server_default = "20", .help = "Requests at once after a pause.", .example = "burst: 20"},
    {ROW("in_flight", FIELD_INTEGER, limits, in_flight), .minimum = 1, .maximum = 1000,
        .server_default = "8", .help = "Requests under way at a time.", .example = "in_flight: 8"},
};
TABLE(limits_table, "limits", limits_fields, char[SIZE(limits)]);

static const struct field poll_fields[] = {
    {ROW("pending_min", FIELD_DURATION, poll, pending_min_ms), .minimum = 10, .maximum = 3600000,
        .server_default = "2s", .help = "First wait between looks at a pending image.",
        .example = "pending_min: 2s"},
    {ROW("pending_max", FIELD_DURATION, poll, pending_max_ms), .minimum = 10, .maximum = 86400000,
        .server_default = "60s", .help = "Longest wait between them.",
        .example = "pending_max: 60s"},
    {ROW("resync", FIELD_DURATION, poll, resync_ms), .minimum = 100, .maximum = 86400000,
        .server_default = "5m", .help = "All images are looked at this often, for drift.",
        .example = "resync: 5m"},
    {ROW("gone_after", FIELD_DURATION, poll, gone_after_ms), .minimum = 30, .maximum = 86400000,
        .server_default = "60s",
        .help = "How long several reads and a list must miss an image before it counts as gone.",
        .example = "gone_after: 60s"},
};
TABLE(poll_table, "poll", poll_fields, char[SIZE(poll)]);

static const struct field deletion_fields[] = {
    {ROW("grace", FIELD_DURATION, deletion, grace_ms), .minimum = 1, .maximum = 2592000000,
        .server_default = "60s",
        .help = "A removed file waits that long; one that comes back was never gone.",
        .example = "grace: 60s"},
    {ROW("max", FIELD_INTEGER, deletion, max), .maximum = 100000, .server_default = "5",
        .help = "More deletions and replacements within the window wait for `imagectl approve` (or "
                "a tenth of the images, where that is more).",
        .example = "max: 5"},
    {ROW("window", FIELD_DURATION, deletion, window_ms), .minimum = 1000, .maximum = 2592000000,
        .server_default = "1h", .help = "The time within which they are counted.",
        .example = "window: 1h"},
};
TABLE(deletion_table, "deletion", deletion_fields, char[SIZE(deletion)]);

static const char *const levels[] = {"error", "warning", "notice", "info", "debug", NULL};
static const struct field log_fields_rows[] = {
    {ROW("level", FIELD_CHOICE, log, level), .choices = levels, .server_default = "info",
        .help = "The least important messages that are logged.", .example = "level: info"},
};
TABLE(log_table, "log", log_fields_rows, char[SIZE(log)]);

static const char *const modes[] = {"apply", "observe", NULL};

#define TOP(yaml, kind, member)                                                                    \
    .name = yaml, .type = kind, .offset = offsetof(struct configuration, member),                  \
    .change = CHANGE_LOCAL, .equality = EQUALITY_UNCOMPARED

static const struct field fields[] = {
    {TOP("numspot", FIELD_GROUP, numspot), .children = &numspot_table,
        .help = "The cloud, and who imaged is there.", .example = "numspot: {client_id: imaged}"},
    {TOP("declarations", FIELD_GROUP, declarations), .children = &declarations_table,
        .help = "The directory that says what shall be.",
        .example = "declarations: {directory: /etc/imaged/images.d}"},
    {TOP("state", FIELD_GROUP, state), .children = &state_table,
        .help = "The record of what imaged made and is about to do.",
        .example = "state: {path: /var/lib/imaged/state.db}"},
    {TOP("control", FIELD_GROUP, control), .children = &control_table,
        .help = "The socket that imagectl talks to.", .example = "control: {group: imaged}"},
    {TOP("status", FIELD_GROUP, status), .children = &status_table,
        .help = "The read-only port for health checks.",
        .example = "status: {listen: 127.0.0.1:9630}"},
    {TOP("limits", FIELD_GROUP, limits), .children = &limits_table,
        .help = "What the API is asked to bear.", .example = "limits: {rate: 10}"},
    {TOP("poll", FIELD_GROUP, poll), .children = &poll_table, .help = "How often is looked.",
        .example = "poll: {resync: 5m}"},
    {TOP("deletion", FIELD_GROUP, deletion), .children = &deletion_table,
        .help = "The brakes on deleting.", .example = "deletion: {grace: 60s}"},
    {TOP("defaults", FIELD_GROUP, defaults), .children = &lifecycle_table,
        .help = "Lifecycle settings of declarations that do not say.",
        .example = "defaults: {on_remove: keep}"},
    {TOP("log", FIELD_GROUP, log), .children = &log_table, .help = "What is logged.",
        .example = "log: {level: info}"},
    {TOP("installation", FIELD_TEXT, installation), .minimum = 1, .maximum = 64,
        .check = check_installation,
        .help = "Who owns what imaged makes, as the tag imaged.owner says; by default derived from "
                "the machine's id.",
        .example = "installation: paris-1"},
    {TOP("ownership_tags", FIELD_BOOLEAN, ownership_tags), .server_default = "true",
        .help = "Whether images carry the tags imaged.owner and imaged.name. Without them a lost "
                "record cannot be rebuilt.",
        .example = "ownership_tags: true"},
    {TOP("ambiguity_window", FIELD_DURATION, ambiguity_window_ms), .minimum = 10,
        .maximum = 86400000, .server_default = "90s",
        .help = "How long an image whose creation got no answer is looked for before another "
                "attempt.",
        .example = "ambiguity_window: 90s"},
    {TOP("mode", FIELD_CHOICE, mode), .choices = modes, .server_default = "apply",
        .help = "With observe, imaged does everything but write to the cloud.",
        .example = "mode: observe"},
};

const struct field_table configuration_table = {
    .name = "imaged.yaml",
    .fields = fields,
    .count = COUNT(fields),
    .size = sizeof(struct configuration),
};
