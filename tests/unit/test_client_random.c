// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Ten thousand random histories of a client in a bad world: whatever happens, every request gets
// exactly one answer, nothing is sent twice without a 401 between, and the bounds hold. A history
// is its seed: SEED=n runs one alone.
#include "config.h"

#include <stdio.h>

#include "client_fixture.h"

#include "core/random.h"

#define HISTORIES 10000
#define MOST      64
#define RATE      20
#define BURST     10
#define IN_FLIGHT 4

struct world {
    struct fixture fixture;
    struct random random;
    uint64_t seed;
    bool clock_jumps; // the bound on the rate is then not to be measured
    bool healthy;
    struct transfer *under_way[IN_FLIGHT];
    size_t under_way_count;
    unsigned tokens_under_way;
    unsigned sent[MOST + 1];    // by request
    bool refused_401[MOST + 1]; // by its last transfer
    unsigned answered[MOST + 1];
    int64_t sent_at_ms[20 * MOST];
    size_t sent_count;
};

#define CHECK(world, condition)                                                                    \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fail_msg("seed %llu: " #condition, (unsigned long long)(world)->seed);                 \
    } while (0)

static bool chance(struct world *world, unsigned percent)
{
    return random_below(&world->random, 100) < percent;
}

static void submit_one(struct world *world)
{
    static const enum operation operations[] = {OPERATION_READ_IMAGE, OPERATION_READ_IMAGES,
        OPERATION_CREATE_IMAGE, OPERATION_SET_TAGS, OPERATION_SET_ACCESS, OPERATION_DELETE_IMAGE};
    if (world->fixture.submitted >= MOST)
        return;
    uint64_t id = ++world->fixture.submitted;
    char target[32];
    snprintf(target, sizeof(target), "ami-%llu", (unsigned long long)id);
    enum operation operation = operations[random_below(&world->random, 6)];
    struct request *request = request_for(operation, chance(world, 3) ? NULL : target);
    if (request->image != NULL)
        memory_replace_text(&request->image->name, target);
    request->id = id;
    client_submit(world->fixture.client, request, world->fixture.now);
}

// Which request a transfer carries: its target says so, or its body.
static uint64_t request_of(const struct transfer *transfer)
{
    const char *at = strstr(transfer->target, "ami-");
    if (at == NULL)
        at = strstr(transfer->body, "ami-");
    return strtoull(at + strlen("ami-"), NULL, 10);
}

// No stretch of time has more than the burst and what came in since.
static void check_rate(struct world *world)
{
    int64_t now_ms = world->fixture.now.monotonic_ms;
    CHECK(world, world->sent_count < sizeof(world->sent_at_ms) / sizeof(world->sent_at_ms[0]));
    world->sent_at_ms[world->sent_count++] = now_ms;
    for (size_t i = 0; !world->clock_jumps && i < world->sent_count; i++) {
        int64_t allowed = BURST + (now_ms - world->sent_at_ms[i]) * RATE / 1000;
        CHECK(world, (int64_t)(world->sent_count - i) <= allowed);
    }
}

static void check_sent(struct world *world, const struct transfer *transfer)
{
    check_rate(world);
    CHECK(world, world->under_way_count < IN_FLIGHT);
    if (is_token(transfer)) {
        CHECK(world, world->tokens_under_way == 0);
        world->tokens_under_way++;
        return;
    }
    uint64_t id = request_of(transfer);
    CHECK(world, id >= 1 && id <= world->fixture.submitted);
    CHECK(world, world->answered[id] == 0);
    CHECK(world, world->sent[id] == 0 || (world->sent[id] == 1 && world->refused_401[id]));
    CHECK(world, transfer->bearer != NULL);
    world->sent[id]++;
}

static bool send_all(struct world *world)
{
    struct transfer *transfer;
    bool any = false;
    while ((transfer = next(&world->fixture)) != NULL) {
        check_sent(world, transfer);
        world->under_way[world->under_way_count++] = transfer;
        any = true;
    }
    CHECK(world, client_in_flight(world->fixture.client) == world->under_way_count);
    return any;
}

static struct transfer_result bad_result(struct world *world, uint64_t id)
{
    static const int statuses[] = {
        200, 201, 204, 302, 400, 401, 401, 401, 403, 404, 408, 409, 424, 429, 500, 502, 503, 504};
    static const char *const bodies[] = {"", "<html>", "{}", "{\"items\":[]}", "{\"id\":\"ami-1\"}",
        "{\"error\":\"invalid_client\"}", "{\"access_token\":\"token\",\"expires_in\":0}",
        "{\"cut"};
    static const char *const waits[] = {"0", "1", "8", "30", "-1", "soon", "9999999"};
    if (chance(world, 20))
        return unanswered(id, chance(world, 50) ? TRANSPORT_LOST : TRANSPORT_NOT_SENT, "gone");
    struct transfer_result result = answered(id,
        statuses[random_below(&world->random, sizeof(statuses) / sizeof(statuses[0]))],
        bodies[random_below(&world->random, sizeof(bodies) / sizeof(bodies[0]))]);
    if (chance(world, 20))
        result.retry_after = memory_text(
            waits[random_below(&world->random, sizeof(waits) / sizeof(waits[0]))]);
    return result;
}

static struct transfer_result good_result(const struct transfer *transfer)
{
    if (is_token(transfer))
        return answered(transfer->id, 200, "{\"access_token\":\"token-good\",\"expires_in\":30}");
    if (strcmp(transfer->method, "GET") == 0 && strchr(transfer->target, '?') != NULL)
        return answered(transfer->id, 200, "{\"items\":[]}");
    if (strcmp(transfer->method, "POST") == 0)
        return answered(transfer->id, 201, "{\"id\":\"ami-new\"}");
    if (strstr(transfer->target, "/images/") == NULL || strcmp(transfer->method, "DELETE") == 0)
        return answered(transfer->id, 204, "");
    char *body = memory_format("{\"id\":\"%s\"}", strrchr(transfer->target, '/') + 1);
    struct transfer_result result = answered(transfer->id, 200, body);
    free(body);
    return result;
}

static void complete_one(struct world *world)
{
    if (world->under_way_count == 0)
        return;
    size_t which = random_below(&world->random, world->under_way_count);
    struct transfer *transfer = world->under_way[which];
    world->under_way[which] = world->under_way[--world->under_way_count];
    bool good = world->healthy || chance(world, is_token(transfer) ? 70 : 50);
    struct transfer_result result = good ? good_result(transfer) : bad_result(world, transfer->id);
    if (is_token(transfer))
        world->tokens_under_way--;
    else
        world->refused_401[request_of(transfer)] = result.transport == TRANSPORT_ANSWERED &&
                                                   result.status == 401;
    receive(&world->fixture, result);
    if (chance(world, 5)) // once more: it is not under way any longer
        receive(&world->fixture, answered(transfer->id, 204, ""));
    transfer_free(transfer);
}

static void read_credentials(struct world *world)
{
    static const char *const secrets[] = {SECRET, SECRET, "second-secret", NULL};
    client_set_credentials(
        world->fixture.client, "id", secrets[random_below(&world->random, 4)], world->fixture.now);
    if (!client_wants_credentials(world->fixture.client, world->fixture.now))
        return;
    fail_msg("seed %llu: credentials wanted twice", (unsigned long long)world->seed);
}

static void collect(struct world *world)
{
    struct answer answer;
    while (client_next_answer(world->fixture.client, &answer)) {
        CHECK(world, answer.request_id >= 1 && answer.request_id <= world->fixture.submitted);
        CHECK(world, world->answered[answer.request_id]++ == 0);
        CHECK(world, (answer.explanation != NULL) == (answer.outcome != OUTCOME_OK));
        bool unsent = world->sent[answer.request_id] == 0;
        CHECK(world, !unsent || answer.outcome == OUTCOME_NOT_SENT ||
                         answer.outcome == OUTCOME_THROTTLED || answer.outcome == OUTCOME_INVALID ||
                         answer.outcome == OUTCOME_UNAUTHENTICATED);
        answer_deinit(&answer);
    }
}

static void move_clock(struct world *world)
{
    static const int64_t jumps_ms[] = {-HOUR_MS, 24 * HOUR_MS, 3 * HOUR_MS, -5, -100 * HOUR_MS};
    if (world->clock_jumps && chance(world, 20))
        wait_ms(&world->fixture, jumps_ms[random_below(&world->random, 5)]);
    else
        wait_ms(&world->fixture,
            (int64_t)random_below(&world->random, chance(world, 5) ? 700000 : 900));
}

static void turn(struct world *world)
{
    switch (random_below(&world->random, 12)) {
    case 0:
    case 1:
    case 2:
        submit_one(world);
        break;
    case 3:
    case 4:
        move_clock(world);
        break;
    case 5:
        if (chance(world, 20))
            client_cancel_queued(world->fixture.client);
        if (chance(world, 10))
            client_retry(world->fixture.client);
        if (chance(world, 20))
            read_credentials(world);
        break;
    default:
        complete_one(world);
        break;
    }
    if (client_wants_credentials(world->fixture.client, world->fixture.now))
        read_credentials(world);
    send_all(world);
    collect(world);
}

// The world gets well: all that is left must end, with the timer as the only help.
static void finish(struct world *world)
{
    world->healthy = true;
    for (int steps = 0;; steps++) {
        CHECK(world, steps < 2000);
        while (world->under_way_count > 0)
            complete_one(world);
        if (client_wants_credentials(world->fixture.client, world->fixture.now))
            read_credentials(world);
        if (send_all(world))
            continue;
        collect(world);
        int64_t wake_ms = client_next_wake(world->fixture.client);
        if (client_statistics(world->fixture.client).queued == 0)
            break;
        // A timer that rang in the past, or never, would be a busy loop, or a stall.
        CHECK(world, wake_ms > world->fixture.now.monotonic_ms && wake_ms != INSTANT_NEVER);
        wait_ms(&world->fixture, wake_ms - world->fixture.now.monotonic_ms);
    }
    for (uint64_t id = 1; id <= world->fixture.submitted; id++)
        CHECK(world, world->answered[id] == 1);
}

static void run_history(uint64_t seed)
{
    struct world *world = memory_new(1, sizeof(*world));
    struct client_options options = fixture_options();
    options.limits = (struct client_limits){.rate = RATE, .burst = BURST, .in_flight = IN_FLIGHT};
    options.seed = seed;
    start_with(&world->fixture, &options);
    world->seed = seed;
    world->clock_jumps = seed % 4 == 3;
    random_init(&world->random, seed);
    uint64_t turns = 20 + random_below(&world->random, 180);
    for (uint64_t i = 0; i < turns; i++)
        turn(world);
    finish(world);
    stop(&world->fixture);
    free(world);
}

static void test_histories(void **state)
{
    (void)state;
    const char *alone = getenv("SEED");
    if (alone != NULL) {
        run_history(strtoull(alone, NULL, 10));
        return;
    }
    for (uint64_t seed = 0; seed < HISTORIES; seed++)
        run_history(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_histories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
