// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The daemon's configuration: a YAML file read by a field table, completed from the environment and
// from defaults, and checked as a whole before anything of it is used. Knows nothing of secrets but
// where they are kept.
#pragma once

#include <stdbool.h>

#include "core/attributes.h"
#include "core/declaration.h"
#include "core/engine.h"
#include "core/error.h"
#include "core/field.h"
#include "core/problem.h"

#define CONFIGURATION_PATH SYSCONFDIR "/imaged/imaged.yaml"

// Every group begins with `present`, as the field table wants it. After configuration_read, every
// member has a value but those that may be absent: ca_file, proxy, client_secret_file,
// status.listen, installation, and of
// `state` what only etcd has, but for prefix and ttl.
struct configuration {
    struct {
        bool present;
        char *host;
        char *space_id;
        char *client_id;
        char *client_secret_file;
        char *ca_file;
        char *proxy;
        struct integer connect_timeout_ms;
        struct integer request_timeout_ms;
    } numspot;
    struct {
        bool present;
        char *directory;
        struct integer settle_ms;
        struct integer rescan_ms;
    } declarations;
    struct {
        bool present;
        char *backend; // sqlite, etcd
        char *path;    // of sqlite; all below is of etcd
        struct text_list endpoints;
        char *prefix;
        struct integer ttl_ms;
        char *host;
        char *ca_file;
        char *certificate;
        char *key;
        char *user;
        char *password_file;
    } state;
    struct {
        bool present;
        char *socket;
        char *group;
    } control;
    struct {
        bool present;
        char *listen;
    } status;
    struct {
        bool present;
        struct integer rate;
        struct integer burst;
        struct integer in_flight;
    } limits;
    struct {
        bool present;
        struct integer pending_min_ms;
        struct integer pending_max_ms;
        struct integer resync_ms;
        struct integer gone_after_ms;
    } poll;
    struct {
        bool present;
        struct integer grace_ms;
        struct integer max;
        struct integer window_ms;
    } deletion;
    struct lifecycle defaults;
    struct {
        bool present;
        char *level;
    } log;
    char *installation;
    enum boolean ownership_tags;
    struct integer ambiguity_window_ms;
    char *mode; // apply, observe
};

extern const struct field_table configuration_table;

// Reads the file. A value of the environment counts where the file has none (NUMSPOT_HOST,
// NUMSPOT_SPACE_ID, NUMSPOT_CLIENT_ID). All that is wrong is in `problems`, with places; the error
// says only that there is something.
int configuration_read(const char *path, struct configuration *configuration,
    struct problem_list *problems, struct error *error) CHECK_RESULT;
void configuration_deinit(struct configuration *configuration);

// Whether several hosts share the record.
bool configuration_is_shared(const struct configuration *configuration);

// What the engine is to be told of it. Texts are borrowed.
struct engine_options configuration_engine_options(
    const struct configuration *configuration, const char *installation);

// What differs between the two that only a restart can change, as text for people; NULL: nothing.
// The caller frees it.
char *configuration_needs_restart(
    const struct configuration *running, const struct configuration *wanted) CHECK_RESULT;
