// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include "core/exposition.h"
#include "imaged/api_status.h"
#include "imaged/clock.h"
#include "imaged/metrics.h"

static void find_oldest(const struct image_status *status, void *data)
{
    struct metric_sources *sources = data;
    const struct record *record = status->record;
    int64_t *oldest_wall_ms = &sources->oldest_wall_ms[record->reason];
    if (record->state == STATE_PENDING &&
        (*oldest_wall_ms == 0 || record->since_wall_ms < *oldest_wall_ms))
        *oldest_wall_ms = record->since_wall_ms;
}

void api_status_metrics(struct control_request *request, struct daemon *daemon)
{
    static const struct client_statistics no_client;
    static const struct tally no_tally;
    static const struct recorder_statistics no_record;
    bool works = daemon->work == WORK_GOES_ON;
    struct metric_sources sources = {
        .leader = works,
        .version = PACKAGE_VERSION,
        .mode = daemon->configuration.mode,
        .ready = daemon->ready,
        .started_wall_ms = daemon->started.wall_ms,
        .now = clock_now(),
        .summary = engine_summary(daemon->engine),
        .client = works ? cloud_statistics(daemon->cloud) : no_client,
        .tally = works ? cloud_tally(daemon->cloud) : &no_tally,
        .counters = &daemon->counters,
        .turns = &daemon->turns.durations,
        .record = works ? recorder_statistics(daemon->recorder) : &no_record,
        .process = process_figures(),
        .followers = control_stream_count(daemon->status_port),
    };
    struct text text = {0};
    if (sources.summary.states[STATE_PENDING] > 0)
        engine_each(daemon->engine, find_oldest, &sources);
    metrics_write(&sources, &text);
    struct control_answer answer = {
        .status = 200,
        .content_type = EXPOSITION_CONTENT_TYPE,
        .length = text.length,
    };
    answer.body = text_steal(&text);
    control_reply(request, &answer);
}
