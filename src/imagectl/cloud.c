// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <time.h>

#include "core/error.h"
#include "imagectl/clock.h"
#include "imagectl/cloud.h"
#include "imagectl/daemon.h"

#define PATIENCE_MS 15000
#define PAUSE_NS    50000000L

static const char *fault_of(const json_t *status)
{
    return json_string_value(json_object_get(json_object_get(status, "api"), "fault"));
}

int64_t cloud_age_ms(const json_t *status)
{
    const json_t *age = json_object_get(json_object_get(status, "api"), "listed_age_ms");
    return json_is_integer(age) ? json_integer_value(age) : CLOUD_UNSEEN;
}

static int64_t count_images(const json_t *status)
{
    return json_integer_value(json_object_get(json_object_get(status, "images"), "total"));
}

static int ask(struct client *client, struct client_answer *status, struct error *error)
{
    client_answer_deinit(status);
    return client_get(client, "/v1/status", NULL, status, error);
}

static int give_up(struct client_answer *status, struct error *error)
{
    const char *fault = fault_of(status->body);
    error_set(error, ERROR_UNAVAILABLE, "imaged has not seen the cloud yet%s%s; try again later",
        fault == NULL ? "" : ": ", fault == NULL ? "" : fault);
    client_answer_deinit(status);
    return -1;
}

int cloud_await(struct client *client, bool anew, struct client_answer *status, struct error *error)
{
    int64_t start_ms = clock_monotonic_ms();
    *status = (struct client_answer){0};
    if (ask(client, status, error) != 0)
        return -1;
    // Where no image is looked after, the daemon looks at the cloud only when asked.
    int64_t age_ms = cloud_age_ms(status->body);
    bool idle = age_ms == CLOUD_UNSEEN && daemon_has_looked(status->body) &&
                count_images(status->body) == 0;
    if ((anew || idle) && client_post(client, "/v1/refresh", error) != 0) {
        client_answer_deinit(status);
        return -1;
    }
    for (;;) {
        int64_t waited_ms = clock_monotonic_ms() - start_ms;
        age_ms = cloud_age_ms(status->body);
        if (age_ms != CLOUD_UNSEEN && (!anew || age_ms <= waited_ms))
            return 0;
        bool failed = fault_of(status->body) != NULL;
        if (failed && age_ms != CLOUD_UNSEEN)
            return 0;
        if (failed || waited_ms > PATIENCE_MS)
            return give_up(status, error);
        (void)nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
        if (ask(client, status, error) != 0)
            return -1;
    }
}
