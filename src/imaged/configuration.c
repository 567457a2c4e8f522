// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/document.h"
#include "core/field_read.h"
#include "core/memory.h"
#include "core/text.h"
#include "imaged/configuration.h"

// Of some hundredths of a millisecond each, so that nobody waits for long for the loop.
#define IMAGES_PER_TURN 64

#define FILE_LIMIT_BYTES (1024 * 1024)

// What the environment fills where the file has nothing.
static const struct {
    const char *variable;
    size_t offset;
    const char *path;
} environment[] = {
    {"NUMSPOT_HOST", offsetof(struct configuration, numspot.host), "numspot.host"},
    {"NUMSPOT_SPACE_ID", offsetof(struct configuration, numspot.space_id), "numspot.space_id"},
    {"NUMSPOT_CLIENT_ID", offsetof(struct configuration, numspot.client_id), "numspot.client_id"},
};

// What a unit of systemd has made for this service, so that several services need not be told apart
// by hand: the last part of the default path, in the directory that the variable names.
static const struct {
    const char *variable;
    size_t offset;
    const char *file;
} service[] = {
    {"CONFIGURATION_DIRECTORY", offsetof(struct configuration, declarations.directory), "images.d"},
    {"RUNTIME_DIRECTORY", offsetof(struct configuration, control.socket), "control.sock"},
    {"STATE_DIRECTORY", offsetof(struct configuration, state.path), "state.db"},
};

static char **text_at(struct configuration *configuration, size_t offset)
{
    return (char **)(void *)((char *)configuration + offset);
}

static const char *value_at(const struct configuration *configuration, size_t offset)
{
    return *(char *const *)(const void *)((const char *)configuration + offset);
}

static int slurp(const char *path, struct text *bytes, struct error *error)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return error_set_errno(
            error, ERROR_NOT_FOUND, errno, "cannot open the configuration %s", path);
    char buffer[4096];
    size_t length = 0;
    while (
        (length = fread(buffer, 1, sizeof(buffer), file)) > 0 && bytes->length <= FILE_LIMIT_BYTES)
        text_append_n(bytes, buffer, length);
    int failed = ferror(file);
    int reason = errno;
    fclose(file);
    if (failed)
        return error_set_errno(
            error, ERROR_SYSTEM, reason, "cannot read the configuration %s", path);
    if (bytes->length > FILE_LIMIT_BYTES)
        return error_set(error, ERROR_INVALID, "the configuration %s is larger than 1 MiB", path);
    return 0;
}

static void read_document(
    const struct text *bytes, struct configuration *configuration, struct problem_list *problems)
{
    struct document_reader *reader = document_reader_new(text_string(bytes), bytes->length);
    const struct node *root = NULL;
    enum document_status status = document_reader_next(reader, &root, problems);
    if (status == DOCUMENT_READ && root->kind != NODE_MAPPING)
        problem_add(problems, SEVERITY_ERROR, root->place, "",
            "the configuration must be a mapping, such as `numspot: {…}`");
    else if (status == DOCUMENT_READ)
        field_table_read(&configuration_table, root, "", configuration, problems);
    if (status == DOCUMENT_READ && document_reader_next(reader, &root, problems) == DOCUMENT_READ)
        problem_add(problems, SEVERITY_ERROR, root->place, "",
            "the configuration is one document; this is a second one");
    document_reader_free(reader);
}

static void take_environment(struct configuration *configuration, struct problem_list *problems)
{
    for (size_t i = 0; i < sizeof(environment) / sizeof(environment[0]); i++) {
        char **text = text_at(configuration, environment[i].offset);
        const char *value = getenv(environment[i].variable);
        if (*text == NULL && value != NULL && value[0] != '\0')
            *text = memory_text(value);
    }
    const struct field_table *numspot = field_table_find(&configuration_table, "numspot")->children;
    const char *space_id = configuration->numspot.space_id;
    const char *wrong = space_id == NULL ? NULL
                                         : field_table_find(numspot, "space_id")->check(space_id);
    if (wrong != NULL && !problem_list_has_errors(problems))
        problem_add(problems, SEVERITY_ERROR, (struct place){0}, "numspot.space_id",
            "found \"%s\" in $NUMSPOT_SPACE_ID; must be %s", space_id, wrong);
}

// A variable may name several directories; the first is meant.
static void take_service_directories(struct configuration *configuration)
{
    for (size_t i = 0; i < sizeof(service) / sizeof(service[0]); i++) {
        char **text = text_at(configuration, service[i].offset);
        const char *directory = getenv(service[i].variable);
        if (*text == NULL && directory != NULL && directory[0] == '/')
            *text = memory_format(
                "%.*s/%s", (int)strcspn(directory, ":"), directory, service[i].file);
    }
}

static int64_t milliseconds(const char *text)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    char *unit = NULL;
    int64_t value = strtoll(text, &unit, 10);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(unit, units[i].unit) == 0)
            return value * units[i].ms;
    return value;
}

// Gives absent members the defaults that their rows name.
static void fill_in(const struct field_table *table, void *object)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct field *field = &table->fields[i];
        void *member = field_member(field, object);
        if (field->type == FIELD_GROUP && field->children != &lifecycle_table)
            fill_in(field->children, member);
        if (field->server_default == NULL || field_present(field, object))
            continue;
        if (field->type == FIELD_TEXT || field->type == FIELD_CHOICE)
            *(char **)member = memory_text(field->server_default);
        if (field->type == FIELD_INTEGER || field->type == FIELD_DURATION)
            *(struct integer *)member = (struct integer){
                .present = true, .value = milliseconds(field->server_default)};
        if (field->type == FIELD_BOOLEAN)
            *(enum boolean *)member = strcmp(field->server_default, "true") == 0 ? BOOLEAN_TRUE
                                                                                 : BOOLEAN_FALSE;
    }
}

bool configuration_is_shared(const struct configuration *configuration)
{
    return strcmp(configuration->state.backend, "etcd") == 0;
}

static void check_shared(const struct configuration *configuration, struct problem_list *problems)
{
    static const struct place nowhere;
    if (configuration->state.endpoints.count == 0)
        problem_add(problems, SEVERITY_ERROR, nowhere, "state.endpoints",
            "missing; with etcd, give the members' URLs");
    if (configuration->installation == NULL)
        problem_add(problems, SEVERITY_ERROR, nowhere, "installation",
            "missing; with etcd, give all hosts the same, for what one made is the others' as well");
    if ((configuration->state.certificate == NULL) != (configuration->state.key == NULL))
        problem_add(problems, SEVERITY_ERROR, nowhere, "state.certificate",
            "state.certificate and state.key go together; give both or none");
    if ((configuration->state.user == NULL) != (configuration->state.password_file == NULL))
        problem_add(problems, SEVERITY_ERROR, nowhere, "state.user",
            "state.user and state.password_file go together; give both or none");
    if (configuration->state.ttl_ms.value % 1000 != 0)
        problem_add(
            problems, SEVERITY_ERROR, nowhere, "state.ttl", "must be whole seconds, such as 10s");
}

static void check_whole(const struct configuration *configuration, struct problem_list *problems)
{
    static const struct place nowhere;
    if (configuration_is_shared(configuration))
        check_shared(configuration, problems);
    for (size_t i = 0; i < sizeof(environment) / sizeof(environment[0]); i++)
        if (value_at(configuration, environment[i].offset) == NULL)
            problem_add(problems, SEVERITY_ERROR, nowhere, environment[i].path,
                "missing; give it here or as $%s", environment[i].variable);
    if (configuration->poll.pending_max_ms.value < configuration->poll.pending_min_ms.value)
        problem_add(problems, SEVERITY_ERROR, nowhere, "poll.pending_max",
            "shorter than poll.pending_min; must be at least as long");
}

int configuration_read(const char *path, struct configuration *configuration,
    struct problem_list *problems, struct error *error)
{
    CLEANUP(text_deinit) struct text bytes = {0};
    *configuration = (struct configuration){0};
    if (slurp(path, &bytes, error) != 0)
        return -1;
    read_document(&bytes, configuration, problems);
    take_environment(configuration, problems);
    take_service_directories(configuration);
    fill_in(&configuration_table, configuration);
    if (!problem_list_has_errors(problems))
        check_whole(configuration, problems);
    if (problem_list_has_errors(problems))
        return error_set(error, ERROR_INVALID, "the configuration %s has errors", path);
    return 0;
}

void configuration_deinit(struct configuration *configuration)
{
    field_table_deinit(&configuration_table, configuration);
    *configuration = (struct configuration){0};
}

struct engine_options configuration_engine_options(
    const struct configuration *configuration, const char *installation)
{
    struct engine_options options = engine_default_options();
    options.installation = installation;
    options.ownership_tags = configuration->ownership_tags == BOOLEAN_TRUE;
    options.observe = strcmp(configuration->mode, "observe") == 0;
    options.defaults = &configuration->defaults;
    options.pending_minimum_ms = configuration->poll.pending_min_ms.value;
    options.pending_maximum_ms = configuration->poll.pending_max_ms.value;
    options.resync_ms = configuration->poll.resync_ms.value;
    options.gone_after_ms = configuration->poll.gone_after_ms.value;
    options.grace_ms = configuration->deletion.grace_ms.value;
    options.deletion_maximum = (uint32_t)configuration->deletion.max.value;
    options.deletion_window_ms = configuration->deletion.window_ms.value;
    options.ambiguity_window_ms = configuration->ambiguity_window_ms.value;
    options.images_per_turn = IMAGES_PER_TURN;
    options.concurrent_writes = 2 * (size_t)configuration->limits.in_flight.value;
    return options;
}

static bool same_list(const struct text_list *a, const struct text_list *b)
{
    bool equal = a->count == b->count;
    for (size_t i = 0; equal && i < a->count; i++)
        equal = text_equal(a->items[i], b->items[i]);
    return equal;
}

// What is bound to sockets, files or identities when the daemon starts.
static const struct {
    const char *path;
    size_t offset;
} fixed[] = {
    {"numspot.host", offsetof(struct configuration, numspot.host)},
    {"numspot.space_id", offsetof(struct configuration, numspot.space_id)},
    {"numspot.ca_file", offsetof(struct configuration, numspot.ca_file)},
    {"numspot.proxy", offsetof(struct configuration, numspot.proxy)},
    {"declarations.directory", offsetof(struct configuration, declarations.directory)},
    {"state.backend", offsetof(struct configuration, state.backend)},
    {"state.path", offsetof(struct configuration, state.path)},
    {"state.prefix", offsetof(struct configuration, state.prefix)},
    {"state.host", offsetof(struct configuration, state.host)},
    {"state.ca_file", offsetof(struct configuration, state.ca_file)},
    {"state.certificate", offsetof(struct configuration, state.certificate)},
    {"state.key", offsetof(struct configuration, state.key)},
    {"state.user", offsetof(struct configuration, state.user)},
    {"state.password_file", offsetof(struct configuration, state.password_file)},
    {"control.socket", offsetof(struct configuration, control.socket)},
    {"control.group", offsetof(struct configuration, control.group)},
    {"status.listen", offsetof(struct configuration, status.listen)},
    {"installation", offsetof(struct configuration, installation)},
};

char *configuration_needs_restart(
    const struct configuration *running, const struct configuration *wanted)
{
    struct text text = {0};
    if (!same_list(&running->state.endpoints, &wanted->state.endpoints))
        text_append(&text, "state.endpoints");
    if (running->state.ttl_ms.value != wanted->state.ttl_ms.value)
        text_format(&text, "%sstate.ttl", text.length == 0 ? "" : ", ");
    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        if (!text_equal(value_at(running, fixed[i].offset), value_at(wanted, fixed[i].offset)))
            text_format(&text, "%s%s", text.length == 0 ? "" : ", ", fixed[i].path);
    }
    if (text.length == 0)
        return NULL;
    return text_steal(&text);
}
