// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "core/exposition.h"
#include "imaged/metrics.h"
#include "imaged/recorder.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// Where a metric's numbers go.
struct metric_sink {
    struct text *out;
    const struct metric *metric;
};

// ---- Giving numbers

static struct exposition_labels label(const struct metric_sink *sink,
    struct exposition_label room[METRIC_LABELS], const char *first, const char *second)
{
    const char *const values[METRIC_LABELS] = {first, second};
    struct exposition_labels labels = {.items = room};
    for (size_t i = 0; i < METRIC_LABELS && sink->metric->labels[i] != NULL; i++)
        room[labels.count++] = (struct exposition_label){sink->metric->labels[i], values[i]};
    return labels;
}

static void give_two(struct metric_sink *sink, const char *first, const char *second, double value)
{
    struct exposition_label room[METRIC_LABELS];
    exposition_number(sink->out, sink->metric->name, label(sink, room, first, second), value);
}

static void give_one(struct metric_sink *sink, const char *first, double value)
{
    give_two(sink, first, NULL, value);
}

static void give(struct metric_sink *sink, double value)
{
    give_two(sink, NULL, NULL, value);
}

static void give_histogram(
    struct metric_sink *sink, const char *first, const struct histogram *histogram)
{
    struct exposition_label room[METRIC_LABELS];
    exposition_histogram(sink->out, sink->metric->name, label(sink, room, first, NULL), histogram);
}

static double milliseconds(int64_t ms)
{
    return (double)ms / 1000;
}

// "create image" as a label: "create_image".
static const char *operation_label(unsigned operation)
{
    static char label[64];
    snprintf(label, sizeof(label), "%s",
        operation == TALLY_TOKEN ? "get token" : operation_name((enum operation)operation));
    for (char *blank = label; (blank = strchr(blank, ' ')) != NULL;)
        *blank = '_';
    return label;
}

// ---- Images and declarations

// The state that a reason usually goes with: shown although no image has it, so that a query finds
// 0 and not nothing.
static enum image_state usual_state(enum reason reason)
{
    if (reason <= REASON_SUSPENDED)
        return STATE_PENDING;
    return reason <= REASON_DRIFTED ? STATE_AVAILABLE : STATE_FAILED;
}

static void collect_images(const struct metric_sources *sources, struct metric_sink *sink)
{
    for (enum image_state state = 0; state < STATE_COUNT; state++)
        for (enum reason reason = 0; reason < REASON_COUNT; reason++) {
            size_t count = sources->summary.counts[state][reason];
            if (count > 0 || usual_state(reason) == state)
                give_two(sink, state_name(state), reason_name(reason), (double)count);
        }
}

static void collect_oldest_pending(const struct metric_sources *sources, struct metric_sink *sink)
{
    for (enum reason reason = 0; reason < REASON_COUNT; reason++) {
        int64_t since_ms = sources->oldest_wall_ms[reason];
        int64_t age_ms = since_ms == 0 ? 0 : sources->now.wall_ms - since_ms;
        if (since_ms != 0 || usual_state(reason) == STATE_PENDING)
            give_one(sink, reason_name(reason), age_ms > 0 ? milliseconds(age_ms) : 0);
    }
}

static void collect_changes(const struct metric_sources *sources, struct metric_sink *sink)
{
    for (enum image_state state = 0; state < STATE_COUNT; state++)
        for (enum reason reason = 0; reason < REASON_COUNT; reason++) {
            uint64_t count = sources->counters->changes[state][reason];
            if (count > 0 || usual_state(reason) == state)
                give_two(sink, state_name(state), reason_name(reason), (double)count);
        }
}

static void collect_declarations(const struct metric_sources *sources, struct metric_sink *sink)
{
    give_one(sink, "valid", (double)sources->summary.declarations.valid);
    give_one(sink, "invalid", (double)sources->summary.declarations.invalid);
}

static void collect_files(const struct metric_sources *sources, struct metric_sink *sink)
{
    give(sink, (double)sources->summary.declarations.files);
}

static void collect_retries(const struct metric_sources *sources, struct metric_sink *sink)
{
    give(sink, (double)sources->counters->retries);
}

static void collect_events(const struct metric_sources *sources, struct metric_sink *sink)
{
    for (enum report_kind kind = 0; kind < REPORT_COUNT; kind++)
        give_one(sink, report_row(kind)->name, (double)sources->counters->events[kind]);
}

static void collect_summarised(const struct metric_sources *sources, struct metric_sink *sink)
{
    for (enum report_kind kind = 0; kind < REPORT_COUNT; kind++)
        if (report_row(kind)->burst > 0)
            give_one(sink, report_row(kind)->name, (double)sources->counters->summarised[kind]);
}

// ---- The API

static void collect_api_up(const struct metric_sources *sources, struct metric_sink *sink)
{
    give(sink, sources->summary.api_fault == NULL);
}

static void collect_requests(const struct metric_sources *sources, struct metric_sink *sink)
{
    for (size_t i = 0; i < sources->tally->count; i++) {
        const struct tally_row *row = &sources->tally->rows[i];
        char code[16];
        snprintf(code, sizeof(code), "%d", row->status);
        give_two(sink, operation_label(row->operation), row->status == 0 ? "none" : code,
            (double)row->count);
    }
}

static void collect_request_durations(
    const struct metric_sources *sources, struct metric_sink *sink)
{
    for (unsigned i = 0; i < TALLY_OPERATIONS; i++)
        if (histogram_count(&sources->tally->durations[i]) > 0)
            give_histogram(sink, operation_label(i), &sources->tally->durations[i]);
}

static void collect_outcomes(const struct metric_sources *sources, struct metric_sink *sink)
{
    for (enum outcome outcome = 0; outcome < OUTCOME_COUNT; outcome++) {
        char label[32];
        snprintf(label, sizeof(label), "%s", outcome_name(outcome));
        for (char *blank = label; (blank = strchr(blank, ' ')) != NULL;)
            *blank = '_';
        give_one(sink, label, (double)sources->client.answered[outcome]);
    }
}

static void collect_in_flight(const struct metric_sources *sources, struct metric_sink *sink)
{
    give(sink, (double)sources->client.in_flight);
}

static void collect_queued(const struct metric_sources *sources, struct metric_sink *sink)
{
    give(sink, (double)sources->client.queued);
}

static void collect_speed(const struct metric_sources *sources, struct metric_sink *sink)
{
    give(sink, (double)sources->client.rate_milli / 1000);
}

static void collect_hold(const struct metric_sources *sources, struct metric_sink *sink)
{
    int64_t until_ms = sources->client.held_until_ms;
    int64_t left_ms = until_ms == 0 ? 0 : until_ms - sources->now.monotonic_ms;
    give(sink, left_ms > 0 ? milliseconds(left_ms) : 0);
}

static void collect_throttled(const struct metric_sources *sources, struct metric_sink *sink)
{
    give(sink, (double)sources->client.answered[OUTCOME_THROTTLED]);
}

static void collect_renewals(const struct metric_sources *sources, struct metric_sink *sink)
{
    const struct client_statistics *client = &sources->client;
    give_one(sink, "refused", (double)client->tokens_refused);
    give_one(sink, "failed", (double)client->tokens_failed);
    give_one(sink, "granted", (double)client->tokens_granted);
}

static void collect_resyncs(const struct metric_sources *sources, struct metric_sink *sink)
{
    give_histogram(sink, NULL, &sources->counters->resyncs);
}

static void collect_last_resync(const struct metric_sources *sources, struct metric_sink *sink)
{
    give(sink, milliseconds(sources->counters->resync_done_wall_ms));
}

// ---- Directory, record, loop

static void collect_directory_up(const struct metric_sources *sources, struct metric_sink *sink)
{
    give(sink, sources->summary.directory_read && sources->summary.directory_fault == NULL);
}

static void collect_record_up(const struct metric_sources *sources, struct metric_sink *sink)
{
    give(sink, sources->summary.record_fault == NULL);
}

static void collect_writes(const struct metric_sources *sources, struct metric_sink *sink)
{
    give(sink, (double)histogram_count(&sources->record->waits));
}

static void collect_write_failures(const struct metric_sources *sources, struct metric_sink *sink)
{
    give(sink, (double)sources->record->failures);
}

static void collect_write_durations(const struct metric_sources *sources, struct metric_sink *sink)
{
    give_histogram(sink, NULL, &sources->record->waits);
}

static void collect_turns(const struct metric_sources *sources, struct metric_sink *sink)
{
    give_histogram(sink, NULL, sources->turns);
}

static void collect_followers(const struct metric_sources *sources, struct metric_sink *sink)
{
    give(sink, (double)sources->followers);
}

// ---- The process

static void collect_build(const struct metric_sources *sources, struct metric_sink *sink)
{
    give_two(sink, sources->version, sources->mode, 1);
}

static void collect_ready(const struct metric_sources *sources, struct metric_sink *sink)
{
    give(sink, sources->ready);
}

static void collect_leader(const struct metric_sources *sources, struct metric_sink *sink)
{
    give(sink, sources->leader);
}

static void collect_cpu(const struct metric_sources *sources, struct metric_sink *sink)
{
    give(sink, sources->process.cpu_seconds);
}

static void collect_resident(const struct metric_sources *sources, struct metric_sink *sink)
{
    give(sink, sources->process.resident_bytes);
}

static void collect_virtual(const struct metric_sources *sources, struct metric_sink *sink)
{
    give(sink, sources->process.virtual_bytes);
}

static void collect_descriptors(const struct metric_sources *sources, struct metric_sink *sink)
{
    give(sink, sources->process.open_descriptors);
}

static void collect_descriptor_limit(const struct metric_sources *sources, struct metric_sink *sink)
{
    give(sink, sources->process.descriptor_limit);
}

static void collect_start(const struct metric_sources *sources, struct metric_sink *sink)
{
    give(sink, milliseconds(sources->started_wall_ms));
}

// ---- The table

const struct metric metrics[] = {
    {"imaged_build_info", METRIC_GAUGE, {"version", "mode"},
        "Always 1; the labels tell the version, and whether changes are made (apply) or not (observe).",
        collect_build},
    {"imaged_ready", METRIC_GAUGE, {NULL},
        "1 once configuration, record and watch stand and the directory was read.", collect_ready},
    {"imaged_leader", METRIC_GAUGE, {NULL},
        "1 while this host looks after the images: always, unless several share the record in etcd.",
        collect_leader},
    {"imaged_images", METRIC_GAUGE, {"state", "reason"},
        "Images looked after, by state and reason.", collect_images},
    {"imaged_oldest_pending_seconds", METRIC_GAUGE, {"reason"},
        "How long the longest-waiting pending image has had this reason; 0 when none has it.",
        collect_oldest_pending},
    {"imaged_image_changes_total", METRIC_COUNTER, {"state", "reason"},
        "Images that came into this state and reason.", collect_changes},
    {"imaged_declarations", METRIC_GAUGE, {"validity"},
        "Declarations in the directory: valid ones, and files or documents that cannot be used.",
        collect_declarations},
    {"imaged_declaration_files", METRIC_GAUGE, {NULL}, "Declaration files in the directory.",
        collect_files},
    {"imaged_directory_up", METRIC_GAUGE, {NULL},
        "1 while the declarations directory can be read and believed.", collect_directory_up},
    {"imaged_events_total", METRIC_COUNTER, {"event"},
        "Events by their kind, as in the catalog of journalctl -x, whether with an entry of their own or in a summary.",
        collect_events},
    {"imaged_events_summarised_total", METRIC_COUNTER, {"event"},
        "Events that came in such numbers that a summary stands for them in the journal.",
        collect_summarised},
    {"imaged_retries_total", METRIC_COUNTER, {NULL},
        "Writes wanted again for an image whose attempt before had failed.", collect_retries},
    {"imaged_api_up", METRIC_GAUGE, {NULL}, "1 while the API can be reached and makes sense.",
        collect_api_up},
    {"imaged_api_requests_total", METRIC_COUNTER, {"operation", "code"},
        "Requests that came back, by HTTP status; none: without an answer.", collect_requests},
    {"imaged_api_request_duration_seconds", METRIC_HISTOGRAM, {"operation"},
        "How long requests took from sending to the whole answer, or until they failed.",
        collect_request_durations},
    {"imaged_api_outcomes_total", METRIC_COUNTER, {"outcome"},
        "What requests came to, those included that never left.", collect_outcomes},
    {"imaged_api_requests_in_flight", METRIC_GAUGE, {NULL}, "Requests under way.",
        collect_in_flight},
    {"imaged_api_requests_queued", METRIC_GAUGE, {NULL},
        "Requests that wait for the rate limit, for others, or for a token.", collect_queued},
    {"imaged_api_rate_limit_requests_per_second", METRIC_GAUGE, {NULL},
        "The speed at which requests may leave now: limits.rate, or less after the API asked for that.",
        collect_speed},
    {"imaged_api_hold_seconds", METRIC_GAUGE, {NULL},
        "For how long no request leaves because the API asked to wait; 0: they do.", collect_hold},
    {"imaged_throttled_total", METRIC_COUNTER, {NULL},
        "Requests that the API refused with 429, or that were not sent because of that.",
        collect_throttled},
    {"imaged_token_renewals_total", METRIC_COUNTER, {"result"},
        "Requests for an access token: granted, refused, or failed for want of a sensible answer.",
        collect_renewals},
    {"imaged_resync_duration_seconds", METRIC_HISTOGRAM, {NULL},
        "How long full lists of the cloud's images took, waiting for their turn included.",
        collect_resyncs},
    {"imaged_last_resync_timestamp_seconds", METRIC_GAUGE, {NULL},
        "When the last full list arrived; 0: not since the start.", collect_last_resync},
    {"imaged_record_up", METRIC_GAUGE, {NULL},
        "1 while the record takes what is written to it; without, no change is made in the cloud.",
        collect_record_up},
    {"imaged_record_writes_total", METRIC_COUNTER, {NULL}, "Transactions that became durable.",
        collect_writes},
    {"imaged_record_write_failures_total", METRIC_COUNTER, {NULL},
        "Transactions that failed, each to be tried again.", collect_write_failures},
    {"imaged_record_write_duration_seconds", METRIC_HISTOGRAM, {NULL},
        "How long it took for a transaction to become durable.", collect_write_durations},
    {"imaged_loop_lag_seconds", METRIC_HISTOGRAM, {NULL},
        "How long each turn of the event loop was busy: so long may an event have to wait.",
        collect_turns},
    {"imaged_status_followers", METRIC_GAUGE, {NULL},
        "Clients that follow changes on the status port, such as open status pages.",
        collect_followers},
    {"process_cpu_seconds_total", METRIC_COUNTER, {NULL},
        "Processor time used by the process, user and system.", collect_cpu},
    {"process_resident_memory_bytes", METRIC_GAUGE, {NULL}, "Memory of the process in RAM.",
        collect_resident},
    {"process_virtual_memory_bytes", METRIC_GAUGE, {NULL}, "Address space of the process.",
        collect_virtual},
    {"process_open_fds", METRIC_GAUGE, {NULL}, "Open file descriptors.", collect_descriptors},
    {"process_max_fds", METRIC_GAUGE, {NULL}, "How many descriptors may be open.",
        collect_descriptor_limit},
    {"process_start_time_seconds", METRIC_GAUGE, {NULL},
        "When the process started, in seconds since 1970.", collect_start},
};

const size_t metric_count = COUNT(metrics);

const char *metric_type_name(enum metric_type type)
{
    static const char *const names[] = {
        [METRIC_COUNTER] = "counter",
        [METRIC_GAUGE] = "gauge",
        [METRIC_HISTOGRAM] = "histogram",
    };
    return names[type];
}

void metrics_write(const struct metric_sources *sources, struct text *out)
{
    for (size_t i = 0; i < COUNT(metrics); i++) {
        const struct metric *metric = &metrics[i];
        struct metric_sink sink = {.out = out, .metric = metric};
        exposition_begin(out, metric->name, metric_type_name(metric->type), metric->help);
        metric->collect(sources, &sink);
    }
}
