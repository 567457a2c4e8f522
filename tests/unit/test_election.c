// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Who leads: never two at a time, whatever the network does, and one again in time.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/memory.h"
#include "core/random.h"
#include "etcd/election.h"
#include "fake_etcd.h"

#define HOSTS   3
#define TTL_MS  10000
#define STEP_MS 50

struct host {
    struct fake_link link;
    struct election *election;
    struct world *world;
    unsigned changes;
};

struct world {
    struct fake_etcd *etcd;
    int64_t now_ms;
    struct host hosts[HOSTS];
};

static struct instant now(void *data)
{
    const struct host *host = data;
    return (struct instant){
        .monotonic_ms = host->world->now_ms, .wall_ms = host->world->now_ms + 1000000};
}

static void changed(void *data)
{
    struct host *host = data;
    host->changes++;
}

static char *no_password(struct error *error, void *data)
{
    (void)data;
    error_set(error, ERROR_NOT_FOUND, "none");
    return NULL;
}

static void join(struct world *world, size_t index)
{
    struct host *host = &world->hosts[index];
    CLEANUP(memory_free_text) char *name = memory_format("host-%zu", index);
    *host = (struct host){.world = world};
    struct cluster_options cluster = {
        .member_count = 1,
        .password = no_password,
        .send = fake_etcd_send,
        .data = &host->link,
    };
    host->link.etcd = world->etcd;
    host->link.cluster = cluster_new(&cluster);
    struct election_options options = {
        .cluster = host->link.cluster,
        .prefix = "/test/",
        .host = name,
        .ttl_ms = TTL_MS,
        .now = now,
        .changed = changed,
        .data = host,
    };
    host->election = election_new(&options);
}

static void leave(struct host *host)
{
    election_free(host->election);
    cluster_free(host->link.cluster);
    host->election = NULL;
    host->link.cluster = NULL;
}

static void world_init(struct world *world)
{
    *world = (struct world){.etcd = fake_etcd_new(), .now_ms = 5000};
    for (size_t i = 0; i < HOSTS; i++)
        join(world, i);
}

static void world_deinit(struct world *world)
{
    for (size_t i = 0; i < HOSTS; i++)
        if (world->hosts[i].election != NULL)
            leave(&world->hosts[i]);
    fake_etcd_free(world->etcd);
}

// How many are sure to lead; `leader` is one of them.
static unsigned count_sure(const struct world *world, struct host **leader)
{
    unsigned count = 0;
    for (size_t i = 0; i < HOSTS; i++) {
        const struct host *host = &world->hosts[i];
        if (host->election == NULL || !election_is_sure(host->election, world->now_ms))
            continue;
        count++;
        if (leader != NULL)
            *leader = (struct host *)host;
    }
    return count;
}

static void assert_one_at_most(const struct world *world)
{
    if (count_sure(world, NULL) > 1)
        fail_msg("two lead at %lld", (long long)world->now_ms);
}

static void wake_hosts(struct world *world)
{
    for (size_t i = 0; i < HOSTS; i++) {
        struct host *host = &world->hosts[i];
        if (host->election != NULL && !host->link.frozen &&
            election_next_wake(host->election) <= world->now_ms)
            election_wake(host->election);
    }
}

// A step of time, in good weather.
static void step(struct world *world)
{
    world->now_ms += STEP_MS;
    fake_etcd_advance(world->etcd, STEP_MS);
    wake_hosts(world);
    while (fake_etcd_step(world->etcd, FATE_ANSWERED))
        wake_hosts(world);
    assert_one_at_most(world);
}

static struct host *run_until_led(struct world *world, int64_t limit_ms)
{
    struct host *leader = NULL;
    int64_t until_ms = world->now_ms + limit_ms;
    while (count_sure(world, &leader) == 0) {
        if (world->now_ms >= until_ms)
            fail_msg("nobody leads after %lld ms", (long long)limit_ms);
        step(world);
    }
    return leader;
}

static void one_leads_and_the_others_know(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct host *leader = run_until_led(&world, 1000);
    for (int i = 0; i < 2000; i++)
        step(&world);
    assert_true(election_is_sure(leader->election, world.now_ms));
    struct election_view led = election_view(leader->election);
    for (size_t i = 0; i < HOSTS; i++) {
        struct election_view view = election_view(world.hosts[i].election);
        assert_string_equal(view.leader, led.leader);
        assert_true(view.since_wall_ms == led.since_wall_ms);
        assert_null(view.fault);
        assert_true((view.role == ELECTION_LEADER) == (&world.hosts[i] == leader));
        assert_true((view.fence != 0) == (&world.hosts[i] == leader));
    }
    world_deinit(&world);
}

static void a_dead_leader_is_followed_in_time(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct host *leader = run_until_led(&world, 1000);
    int64_t fence = election_view(leader->election).fence;
    for (int i = 0; i < 77; i++)
        step(&world);
    leave(leader);
    struct host *next = run_until_led(&world, TTL_MS + 1000);
    assert_ptr_not_equal(next, leader);
    assert_true(election_view(next->election).fence > fence);
    world_deinit(&world);
}

static void mark(void *data)
{
    *(bool *)data = true;
}

static void one_that_resigns_is_followed_at_once(void **state)
{
    (void)state;
    struct world world;
    bool resigned = false;
    world_init(&world);
    struct host *leader = run_until_led(&world, 1000);
    step(&world);
    election_resign(leader->election, mark, &resigned);
    while (!resigned)
        assert_true(fake_etcd_step(world.etcd, FATE_ANSWERED));
    leave(leader);
    run_until_led(&world, 500);
    world_deinit(&world);
}

// Frozen with its lease, it is sure of nothing when it goes on, before anything else has run.
static void a_frozen_leader_is_not_sure_when_it_wakes(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct host *leader = run_until_led(&world, 1000);
    leader->link.frozen = true;
    while (election_is_sure(leader->election, world.now_ms))
        step(&world);
    struct host *next = run_until_led(&world, TTL_MS);
    assert_ptr_not_equal(next, leader);
    leader->link.frozen = false;
    assert_false(election_is_sure(leader->election, world.now_ms));
    for (int i = 0; i < 100; i++)
        step(&world);
    assert_int_equal(election_view(leader->election).role, ELECTION_STANDBY);
    assert_true(election_is_sure(next->election, world.now_ms));
    world_deinit(&world);
}

// Before the lease is over it has stepped down by itself, and says why.
static void a_leader_that_cannot_renew_steps_down(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct host *leader = run_until_led(&world, 1000);
    for (int64_t ms = 0; ms < TTL_MS; ms += STEP_MS) {
        world.now_ms += STEP_MS;
        election_wake(leader->election);
    }
    struct election_view view = election_view(leader->election);
    assert_int_equal(view.role, ELECTION_STANDBY);
    assert_true(view.fence == 0);
    assert_null(view.leader);
    assert_non_null(strstr(view.fault, "could not be renewed"));
    assert_string_not_equal(fake_etcd_value(world.etcd, "/test/leader"), ""); // not yet gone
    world_deinit(&world);
}

static void a_leader_whose_key_is_taken_away_steps_down(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct host *leader = run_until_led(&world, 1000);
    int64_t fence = election_view(leader->election).fence;
    for (int i = 0; i < 10; i++)
        step(&world);
    fake_etcd_remove(world.etcd, "/test/leader");
    step(&world);
    assert_true(election_view(leader->election).fence != fence);
    run_until_led(&world, 2000);
    world_deinit(&world);
}

static void one_that_was_told_so_steps_down(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct host *leader = run_until_led(&world, 1000);
    int64_t fence = election_view(leader->election).fence;
    election_lost(leader->election, fence + 1, "of another term");
    assert_true(election_is_sure(leader->election, world.now_ms));
    election_lost(leader->election, fence, "as the store says");
    assert_false(election_is_sure(leader->election, world.now_ms));
    assert_string_equal(election_view(leader->election).fault, "as the store says");
    struct host *next = run_until_led(&world, 2000);
    assert_true(election_view(next->election).fence > fence);
    world_deinit(&world);
}

static enum fate any_fate(struct random *random)
{
    static const enum fate fates[] = {FATE_LOST, FATE_UNHEARD, FATE_DELAYED, FATE_NOT_SENT};
    return random_below(random, 3) > 0 ? FATE_ANSWERED : fates[random_below(random, 4)];
}

static size_t any(size_t count, void *data)
{
    return (size_t)random_below(data, count);
}

static void storm(struct world *world, struct random *random)
{
    for (size_t i = 0; i < HOSTS; i++) {
        struct host *host = &world->hosts[i];
        if (random_below(random, 200) == 0)
            host->link.frozen = !host->link.frozen;
        if (random_below(random, 2000) == 0) {
            leave(host);
            join(world, i);
        }
    }
    world->now_ms += STEP_MS;
    fake_etcd_advance(world->etcd, STEP_MS);
    wake_hosts(world);
    for (uint64_t i = random_below(random, 8); i > 0; i--) {
        if (!fake_etcd_step(world->etcd, any_fate(random)))
            break;
        wake_hosts(world);
        assert_one_at_most(world);
    }
    if (random_below(random, 20) == 0)
        fake_etcd_deliver_delayed(world->etcd, any, random);
    if (random_below(random, 1000) == 0)
        fake_etcd_remove(world->etcd, "/test/nothing");
    assert_one_at_most(world);
}

// Requests and answers are lost, late and out of order, hosts freeze and start anew. Then the
// weather clears, and one leads.
static void never_two_in_any_weather(void **state)
{
    (void)state;
    unsigned terms = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct world world;
        struct random random;
        random_init(&random, seed);
        world_init(&world);
        for (int i = 0; i < 3000; i++) {
            unsigned before = count_sure(&world, NULL);
            storm(&world, &random);
            terms += before == 0 && count_sure(&world, NULL) == 1;
        }
        for (size_t i = 0; i < HOSTS; i++)
            world.hosts[i].link.frozen = false;
        fake_etcd_deliver_delayed(world.etcd, NULL, NULL);
        for (int i = 0; i < 5; i++)
            step(&world);
        run_until_led(&world, TTL_MS + 1000);
        world_deinit(&world);
    }
    assert_true(terms > 100); // the weather lets somebody lead now and then
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_leads_and_the_others_know),
        cmocka_unit_test(a_dead_leader_is_followed_in_time),
        cmocka_unit_test(one_that_resigns_is_followed_at_once),
        cmocka_unit_test(a_frozen_leader_is_not_sure_when_it_wakes),
        cmocka_unit_test(a_leader_that_cannot_renew_steps_down),
        cmocka_unit_test(a_leader_whose_key_is_taken_away_steps_down),
        cmocka_unit_test(one_that_was_told_so_steps_down),
        cmocka_unit_test(never_two_in_any_weather),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
