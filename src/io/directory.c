// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/directory.h"
#include "io/directory_batch.h"
#include "io/directory_scan.h"
#include "io/directory_watch.h"

#define DEFAULT_SETTLE_MS 200
#define DEFAULT_RESCAN_MS 60000
#define SETTLE_LIMIT      10

// Files that were read within the tick of their change are looked at again after this.
#define RACY_RECHECK_MS 2500

// What a worker needs and returns; the loop does not touch it meanwhile.
struct errand {
    uv_work_t work;
    bool answers; // somebody asked for it
    int watch_fd;
    struct directory_hints hints; // of the order
    struct directory_scan_order order;
    struct directory_scan_result result;
    struct directory_arming arming;
};

struct directory {
    uv_loop_t *loop;
    char *path;
    int64_t settle_ms;
    directory_callback *callback;
    void *data;

    struct directory_scanner *scanner;
    struct directory_watch watch;
    uv_timer_t settle; // runs while a burst of events is waited out
    uv_timer_t rescan;
    uv_timer_t recheck;
    struct directory_hints racy; // what that is to look at
    struct errand errand;

    bool scanning;
    bool due;      // another scan is wanted as soon as this one has ended
    bool whole;    // the next scan is not to rely on hints
    bool dirty;    // the settle timer runs
    bool worn_out; // the burst was longer than patience
    bool asked;    // the next scan is to be reported, news or not
    bool reported; // the first batch was delivered
    uint64_t dirty_since_ms;
    enum directory_state last_state; // as last reported, as the next three
    bool last_complete;
    bool last_without_events;
    char *last_message;

    atomic_bool closing;
    unsigned open; // handles
    directory_closed_callback *closed;
    void *closed_data;
};

static void start_scan(struct directory *directory);

static void free_if_closed(struct directory *directory)
{
    if (directory->open > 0 || directory->scanning)
        return;
    directory_closed_callback *closed = directory->closed;
    void *data = directory->closed_data;
    directory_watch_deinit(&directory->watch);
    directory_hints_deinit(&directory->racy);
    directory_scanner_free(directory->scanner);
    free(directory->last_message);
    free(directory->path);
    free(directory);
    if (closed != NULL)
        closed(data);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct directory *directory = handle->data;
    directory->open--;
    free_if_closed(directory);
}

static void on_settled(uv_timer_t *timer)
{
    struct directory *directory = timer->data;
    uint64_t lasted_ms = uv_now(directory->loop) - directory->dirty_since_ms;
    directory->dirty = false;
    directory->worn_out = lasted_ms >= (uint64_t)directory->settle_ms * SETTLE_LIMIT;
    start_scan(directory);
}

// Waits for a burst of events to end, but not for ever.
static void on_dirty(void *data)
{
    struct directory *directory = data;
    uint64_t now = uv_now(directory->loop);
    if (!directory->dirty)
        directory->dirty_since_ms = now;
    directory->dirty = true;
    uint64_t quiet = now + (uint64_t)directory->settle_ms;
    uint64_t latest = directory->dirty_since_ms + (uint64_t)directory->settle_ms * SETTLE_LIMIT;
    uint64_t at = quiet < latest ? quiet : latest;
    uv_timer_start(&directory->settle, on_settled, at > now ? at - now : 0, 0);
}

// While a burst is being waited out, its scan serves for these as well.
static void on_rescan(uv_timer_t *timer)
{
    struct directory *directory = timer->data;
    directory->whole = true;
    if (!directory->dirty)
        start_scan(directory);
}

static void on_recheck(uv_timer_t *timer)
{
    struct directory *directory = timer->data;
    directory_hints_join(&directory->watch.hints, &directory->racy);
    if (!directory->dirty)
        start_scan(directory);
}

static void work(uv_work_t *request)
{
    struct directory *directory = request->data;
    struct errand *errand = &directory->errand;
    // Watched before it is read, so that nothing falls between the two.
    if (errand->watch_fd >= 0)
        directory_watch_arm(errand->watch_fd, directory->path, &errand->arming);
    directory_scan(directory->scanner, &errand->order, &errand->result);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_news(const struct directory *directory, const struct directory_batch *batch)
{
    return directory->errand.answers || !directory->reported || !directory_batch_is_empty(batch) ||
           batch->replaced || batch->state != directory->last_state ||
           batch->complete != directory->last_complete ||
           batch->without_events != directory->last_without_events ||
           !same_text(batch->message, directory->last_message);
}

static void describe_watch(const struct directory *directory, struct directory_batch *batch)
{
    batch->without_events = directory->watch.error != 0;
    if (batch->without_events && batch->message == NULL)
        batch->message = memory_format(
            "the directory %s cannot be watched: %s: changes are found by rescans only; raise "
            "fs.inotify.max_user_instances or fs.inotify.max_user_watches",
            directory->path, strerror(directory->watch.error));
}

static void report(struct directory *directory, struct directory_batch *batch)
{
    describe_watch(directory, batch);
    if (is_news(directory, batch)) {
        directory->reported = true;
        directory->last_state = batch->state;
        directory->last_complete = batch->complete;
        directory->last_without_events = batch->without_events;
        memory_replace_text(&directory->last_message, batch->message);
        directory->callback(batch, directory->data);
    }
}

static void end_errand(struct directory *directory)
{
    struct errand *errand = &directory->errand;
    directory_hints_deinit(&errand->hints);
    directory_hints_deinit(&errand->result.unsettled);
    directory_hints_deinit(&errand->result.racy);
    directory_batch_deinit(&errand->result.found.batch);
    directory->scanning = false;
}

// What cannot be told yet is looked at again, in its time.
static void look_again(struct directory *directory, struct directory_scan_result *result)
{
    if (!directory_hints_are_none(&result->unsettled)) {
        directory_hints_join(&directory->watch.hints, &result->unsettled);
        on_dirty(directory);
    }
    if (directory_hints_are_none(&result->racy))
        return;
    directory_hints_join(&directory->racy, &result->racy);
    // Not put off by one that joins: that is looked at too early then, and comes again.
    if (!uv_is_active((uv_handle_t *)&directory->recheck))
        uv_timer_start(
            &directory->recheck, on_recheck, RACY_RECHECK_MS + (uint64_t)directory->settle_ms, 0);
}

static void after_work(uv_work_t *request, int status)
{
    struct directory *directory = request->data;
    struct directory_scan_result *result = &directory->errand.result;
    if (status != 0 || atomic_load(&directory->closing)) {
        free(directory->errand.arming.awaited);
        end_errand(directory);
        free_if_closed(directory);
        return;
    }
    directory_watch_adopt(&directory->watch, &directory->errand.arming);
    report(directory, &result->found.batch);
    if (!atomic_load(&directory->closing))
        look_again(directory, result);
    end_errand(directory);
    if (atomic_load(&directory->closing))
        free_if_closed(directory);
    else if (directory->due)
        start_scan(directory);
}

static void start_scan(struct directory *directory)
{
    if (directory->scanning) {
        directory->due = true;
        return;
    }
    if (directory->watch.fd < 0)
        directory_watch_open(&directory->watch, directory->loop);
    struct errand *errand = &directory->errand;
    *errand = (struct errand){
        .answers = directory->asked,
        .watch_fd = directory->watch.fd,
        .hints = directory->watch.hints,
        .order =
            {
                .hints = directory->whole || directory->watch.error != 0 ? NULL : &errand->hints,
                .settle_ms = directory->settle_ms,
                .patient = directory->reported && !directory->worn_out,
                .cancelled = &directory->closing,
            },
    };
    errand->work.data = directory;
    directory->watch.hints = (struct directory_hints){0};
    directory->asked = false;
    directory->whole = false;
    directory->due = false;
    directory->worn_out = false;
    directory->scanning = uv_queue_work(directory->loop, &errand->work, work, after_work) == 0;
}

static int check_options(const struct directory_options *options, struct error *error)
{
    if (options->path == NULL || options->path[0] == '\0')
        return error_set(error, ERROR_INVALID, "no directory is given for the declarations");
    if (options->settle_ms < 0 || options->rescan_ms < 0)
        return error_set(
            error, ERROR_INVALID, "settle and rescan of the directory must not be negative");
    return 0;
}

static void init_timer(struct directory *directory, uv_timer_t *timer)
{
    uv_timer_init(directory->loop, timer);
    timer->data = directory;
    directory->open++;
}

struct directory *directory_new(uv_loop_t *loop, const struct directory_options *options,
    directory_callback *callback, void *data, struct error *error)
{
    if (check_options(options, error) != 0)
        return NULL;
    uint64_t rescan_ms = options->rescan_ms == 0 ? DEFAULT_RESCAN_MS : (uint64_t)options->rescan_ms;
    struct directory *directory = memory_new(1, sizeof(*directory));
    directory->loop = loop;
    directory->path = memory_text(options->path);
    directory->settle_ms = options->settle_ms == 0 ? DEFAULT_SETTLE_MS : options->settle_ms;
    directory->callback = callback;
    directory->data = data;
    directory->scanner = directory_scanner_new(options->path);
    atomic_init(&directory->closing, false);
    directory_watch_init(&directory->watch, on_dirty, directory);
    init_timer(directory, &directory->settle);
    init_timer(directory, &directory->rescan);
    init_timer(directory, &directory->recheck);
    uv_timer_start(&directory->rescan, on_rescan, rescan_ms, rescan_ms);
    start_scan(directory);
    return directory;
}

void directory_rescan(struct directory *directory)
{
    directory->asked = true;
    directory->whole = true;
    start_scan(directory);
}

void directory_close(struct directory *directory, directory_closed_callback *closed, void *data)
{
    directory->closed = closed;
    directory->closed_data = data;
    atomic_store(&directory->closing, true);
    if (directory->scanning)
        uv_cancel((uv_req_t *)&directory->errand.work);
    if (directory_watch_close(&directory->watch, on_handle_closed))
        directory->open++;
    uv_close((uv_handle_t *)&directory->settle, on_handle_closed);
    uv_close((uv_handle_t *)&directory->rescan, on_handle_closed);
    uv_close((uv_handle_t *)&directory->recheck, on_handle_closed);
}
