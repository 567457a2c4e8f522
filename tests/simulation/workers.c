// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "simulation/run.h"
#include "simulation/workers.h"

#define JOBS_MAXIMUM 64

struct worker {
    pid_t process;
    uint64_t seed; // at work on it
    struct workers_result result;
};

// What all of them see.
struct shared {
    atomic_bool enough; // nobody begins another world
    struct worker workers[JOBS_MAXIMUM];
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
    (void)signal;
    stopped = 1;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = stop};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static void add(struct workers_result *sum, const struct run_result *result)
{
    sum->worlds++;
    sum->simulated_ms += result->simulated_ms;
    sum->steps += result->steps;
    sum->transfers += result->transfers;
    sum->writes += result->writes;
    sum->lives += result->lives;
}

static void take_failure(struct worker *worker, const struct run_result *result)
{
    if (worker->result.failures++ == 0)
        worker->result.first_failure = worker->seed;
    printf("seed %" PRIu64 ": %s\n", worker->seed, result->failure);
    fflush(stdout);
}

static void work(const struct workers_plan *plan, struct shared *shared, size_t index)
{
    struct worker *worker = &shared->workers[index];
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (uint64_t i = index; plan->count == 0 || i < plan->count; i += plan->jobs) {
        if (stopped || atomic_load(&shared->enough) ||
            (plan->seconds > 0 && seconds_since(&start) >= plan->seconds))
            return;
        worker->seed = plan->first + i;
        struct world_plan world = {
            .seed = worker->seed, .trouble_ms = -1, .coverage = &worker->result.coverage};
        struct run_result result = run_world(&world);
        add(&worker->result, &result);
        if (!result.failed)
            continue;
        take_failure(worker, &result);
        if (!plan->going_on)
            atomic_store(&shared->enough, true);
    }
}

static int start_workers(const struct workers_plan *plan, struct shared *shared)
{
    fflush(stdout);
    for (size_t i = 0; i < plan->jobs; i++) {
        pid_t process = fork();
        if (process < 0) {
            fprintf(stderr, "cannot start a process: %s\n", strerror(errno));
            atomic_store(&shared->enough, true);
            return -1;
        }
        if (process == 0) {
            work(plan, shared, i);
            fflush(stdout);
            _exit(0);
        }
        shared->workers[i].process = process;
    }
    return 0;
}

// One that died did so in the world it was at.
static void wait_for(struct shared *shared, struct worker *worker)
{
    int status = 0;
    while (waitpid(worker->process, &status, 0) < 0 && errno == EINTR)
        if (stopped)
            atomic_store(&shared->enough, true);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    atomic_store(&shared->enough, true);
    if (worker->result.failures++ == 0)
        worker->result.first_failure = worker->seed;
    printf("seed %" PRIu64 ": its process ended with %s %d\n", worker->seed,
        WIFSIGNALED(status) ? "signal" : "status",
        WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

static void sum_up(struct workers_result *sum, const struct workers_result *part)
{
    if (part->failures > 0 && (sum->failures == 0 || part->first_failure < sum->first_failure))
        sum->first_failure = part->first_failure;
    sum->failures += part->failures;
    sum->worlds += part->worlds;
    sum->simulated_ms += part->simulated_ms;
    sum->steps += part->steps;
    sum->transfers += part->transfers;
    sum->writes += part->writes;
    sum->lives += part->lives;
    coverage_add(&sum->coverage, &part->coverage);
}

int workers_run(const struct workers_plan *wanted, struct workers_result *result)
{
    struct workers_plan plan = *wanted;
    plan.jobs = plan.jobs < 1 ? 1 : plan.jobs > JOBS_MAXIMUM ? JOBS_MAXIMUM : plan.jobs;
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    struct shared *shared = mmap(
        NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        fprintf(stderr, "cannot share memory: %s\n", strerror(errno));
        return -1;
    }
    if (plan.interruptible)
        catch_signals();
    int status = 0;
    if (plan.jobs == 1)
        work(&plan, shared, 0); // in this process, where a debugger is
    else
        status = start_workers(&plan, shared);
    *result = (struct workers_result){0};
    for (size_t i = 0; i < plan.jobs; i++) {
        if (shared->workers[i].process != 0)
            wait_for(shared, &shared->workers[i]);
        sum_up(result, &shared->workers[i].result);
    }
    result->stopped = stopped != 0;
    result->seconds = seconds_since(&start);
    munmap(shared, sizeof(*shared));
    return status;
}
