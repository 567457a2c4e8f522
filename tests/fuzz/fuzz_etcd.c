// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Any bytes as what etcd answers to a host that wants to lead: lines, each one answer, a digit for
// its kind and then its body. Beside not crashing: the host is sure of its lead only while it has a
// fence, and what is accepted as a record or as a row of history is kept as it is.
#include "config.h"

#include <string.h>

#include "core/memory.h"
#include "etcd/cluster_answer.h"
#include "etcd/election.h"
#include "etcd/message.h"
#include "io/store_etcd_text.h"
#include "fuzz/fuzz.h"

#define ANSWER_LIMIT  64
#define PENDING_LIMIT 16
#define STEP_MS       200
#define TTL_MS        10000
#define DAY_MS        (INT64_C(24) * 3600 * 1000)

struct host {
    struct cluster *cluster;
    struct election *election;
    int64_t now_ms;
    uint64_t pending[PENDING_LIMIT]; // ids of what is under way
    size_t pending_count;
};

static struct instant now(void *data)
{
    const struct host *host = data;
    return (struct instant){.monotonic_ms = host->now_ms, .wall_ms = host->now_ms};
}

static void changed(void *data)
{
    (void)data;
}

static char *password(struct error *error, void *data)
{
    (void)error, (void)data;
    return memory_text("secret");
}

static void send(size_t member, struct transfer *transfer, void *data)
{
    struct host *host = data;
    REQUIRE(member < 2);
    REQUIRE(host->pending_count < PENDING_LIMIT);
    host->pending[host->pending_count++] = transfer->id;
    transfer_free(transfer);
}

static void check_sure(const struct host *host)
{
    struct election_view view = election_view(host->election);
    REQUIRE(!election_is_sure(host->election, host->now_ms) || view.role == ELECTION_LEADER);
    REQUIRE((view.role == ELECTION_LEADER) == (view.fence != 0));
    REQUIRE(!election_is_sure(host->election, host->now_ms + DAY_MS));
}

// ---- What stands in the record

static void check_record(const char *value)
{
    struct error error = {0};
    struct record *record = store_etcd_read_record(value, &error);
    if (record == NULL) {
        REQUIRE(error.code != ERROR_NONE);
        return;
    }
    CLEANUP(memory_free_text) char *once = store_etcd_write_record(record, &error);
    record_free(record);
    if (once == NULL)
        return;
    record = store_etcd_read_record(once, &error);
    REQUIRE(record != NULL);
    CLEANUP(memory_free_text) char *twice = store_etcd_write_record(record, &error);
    REQUIRE(twice != NULL && strcmp(once, twice) == 0);
    record_free(record);
}

static void check_row(const char *value)
{
    struct error error = {0};
    struct history_row *row = store_etcd_read_row(value, &error);
    if (row == NULL) {
        REQUIRE(error.code != ERROR_NONE);
        return;
    }
    CLEANUP(memory_free_text) char *once = store_etcd_write_row(row);
    history_row_free(row);
    row = store_etcd_read_row(once, &error);
    REQUIRE(row != NULL);
    CLEANUP(memory_free_text) char *twice = store_etcd_write_row(row);
    REQUIRE(strcmp(once, twice) == 0);
    history_row_free(row);
}

static void read_entries(const json_t *answer)
{
    struct etcd_entries entries = {0};
    struct error error = {0};
    int result = etcd_entries_read(answer, &entries, &error);
    REQUIRE(result == 0 || error.code == ERROR_CORRUPT);
    for (size_t i = 0; result == 0 && i < entries.count; i++) {
        check_record(entries.items[i].value);
        check_row(entries.items[i].value);
        (void)store_etcd_row_place(entries.items[i].key);
        (void)store_etcd_row_wall_ms(entries.items[i].key);
    }
    etcd_entries_deinit(&entries);
}

static void read_answer(const struct transfer_result *result)
{
    json_t *body = NULL;
    struct error error = {0};
    if (cluster_judge(result, false, &body, &error) == CLUSTER_WELL) {
        read_entries(body);
        for (size_t i = 0; i < 3; i++)
            read_entries(etcd_transaction_read(body, i));
    } else {
        REQUIRE(error.code != ERROR_NONE);
    }
    json_decref(body);
}

// ---- The election

static void answer(struct host *host, const char *line)
{
    static const int statuses[] = {200, 200, 200, 400, 401, 404, 500, 503, 504, 0};
    int status = statuses[line[0] >= '0' && line[0] <= '9' ? line[0] - '0' : 0];
    const char *body = line[0] == '\0' ? "" : line + 1;
    struct transfer_result result = {
        .transport = status == 0 ? TRANSPORT_LOST : TRANSPORT_ANSWERED,
        .status = status,
        .explanation = status == 0 ? memory_text("lost") : NULL,
        .body = status == 0 ? NULL : memory_text(body),
        .body_length = status == 0 ? 0 : strlen(body),
    };
    read_answer(&result);
    if (host->pending_count > 0) {
        result.id = host->pending[0];
        host->pending_count--;
        memmove(host->pending, host->pending + 1, host->pending_count * sizeof(host->pending[0]));
        cluster_receive(host->cluster, &result);
    }
    transfer_result_deinit(&result);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    struct host host = {.now_ms = 1000};
    struct cluster_options cluster = {
        .member_count = 2,
        .user = size > 0 && bytes[0] == 'u' ? "imaged" : NULL,
        .password = password,
        .send = send,
        .data = &host,
    };
    host.cluster = cluster_new(&cluster);
    struct election_options options = {
        .cluster = host.cluster,
        .prefix = "/imaged/",
        .host = "here",
        .ttl_ms = TTL_MS,
        .now = now,
        .changed = changed,
        .data = &host,
    };
    host.election = election_new(&options);
    char *text = memory_text_n((const char *)bytes, size);
    char *line = text;
    for (int i = 0; line != NULL && i < ANSWER_LIMIT; i++) {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end = '\0';
        election_wake(host.election);
        answer(&host, line);
        check_sure(&host);
        host.now_ms += STEP_MS;
        line = end == NULL ? NULL : end + 1;
    }
    free(text);
    election_free(host.election);
    cluster_free(host.cluster);
    return 0;
}
