// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include "imaged/turns.h"

// The time from one sleep to the next, without the sleep.
static void turn_ended(uv_prepare_t *prepare)
{
    struct turns *turns = prepare->data;
    uint64_t now = uv_hrtime();
    uint64_t idle = uv_metrics_idle_time(prepare->loop);
    uint64_t slept = idle - turns->idle;
    uint64_t passed = now - turns->begun;
    if (turns->begun != 0)
        histogram_observe(&turns->durations, passed > slept ? (double)(passed - slept) / 1e9 : 0);
    turns->begun = now;
    turns->idle = idle;
}

void turns_start(struct turns *turns, uv_loop_t *loop)
{
    uv_loop_configure(loop, UV_METRICS_IDLE_TIME); // cannot fail, on a system with a clock
    uv_prepare_init(loop, &turns->prepare);
    turns->prepare.data = turns;
    uv_prepare_start(&turns->prepare, turn_ended);
    uv_unref((uv_handle_t *)&turns->prepare);
}

void turns_close(struct turns *turns)
{
    if (!uv_is_closing((uv_handle_t *)&turns->prepare))
        uv_close((uv_handle_t *)&turns->prepare, NULL);
}
