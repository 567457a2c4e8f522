// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "core/memory.h"
#include "etcd/cluster.h"
#include "etcd/cluster_answer.h"

#define ANSWER_LIMIT_BYTES ((size_t)64 * 1024 * 1024)
#define LOGIN_PATH         "/v3/auth/authenticate"
#define LOGIN_TIMEOUT_MS   5000

struct question {
    uint64_t transfer_id; // 0: waits for a token
    struct cluster_question what;
    char *body;
    size_t member;  // asked last
    size_t asked;   // so many
    bool logged_in; // a new token was got for it
    bool is_login;
    cluster_answered *answered; // NULL: forgotten
    void *data;
    struct question *prev;
    struct question *next;
};

struct cluster {
    struct cluster_options options;
    char *user;
    char *token; // secret
    bool logging_in;
    size_t member; // the one that did well last
    uint64_t last_id;
    struct question *questions;
};

struct cluster *cluster_new(const struct cluster_options *options)
{
    struct cluster *cluster = memory_new(1, sizeof(*cluster));
    cluster->options = *options;
    cluster->user = memory_text(options->user);
    return cluster;
}

static void wipe(char *secret)
{
    if (secret != NULL)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

static void question_free(struct question *question)
{
    wipe(question->body); // a login has the password
    free(question);
}

void cluster_free(struct cluster *cluster)
{
    if (cluster == NULL)
        return;
    struct question *question, *next;
    DL_FOREACH_SAFE(cluster->questions, question, next) {
        question_free(question);
    }
    wipe(cluster->token);
    free(cluster->user);
    free(cluster);
}

static void send_question(struct cluster *cluster, struct question *question)
{
    struct transfer *transfer = memory_new(1, sizeof(*transfer));
    question->transfer_id = ++cluster->last_id;
    question->asked++;
    question->member = cluster->member;
    transfer->id = question->transfer_id;
    transfer->method = "POST";
    transfer->target = memory_text(question->what.path);
    transfer->body = memory_text(question->body);
    transfer->body_length = strlen(question->body);
    transfer->content_type = "application/json";
    transfer->answer_limit_bytes = ANSWER_LIMIT_BYTES;
    transfer->timeout_ms = question->what.timeout_ms;
    transfer->until = question->what.until;
    if (question->what.led)
        transfer->header = "Grpc-Metadata-hasleader: true";
    if (!question->is_login && cluster->token != NULL) {
        transfer->bearer = memory_text(cluster->token);
        transfer->bare_token = true;
    }
    cluster->options.send(question->member, transfer, cluster->options.data);
}

static struct question *add_question(struct cluster *cluster, const struct cluster_question *what,
    cluster_answered *answered, void *data)
{
    struct question *question = memory_new(1, sizeof(*question));
    question->what = *what;
    question->body = json_dumps(what->body, JSON_COMPACT);
    json_decref(what->body);
    question->what.body = NULL;
    question->answered = answered;
    question->data = data;
    DL_APPEND(cluster->questions, question);
    return question;
}

// Gives the answer, and is done with the question.
static void answer(struct cluster *cluster, struct question *question, const json_t *body,
    const struct error *error)
{
    DL_DELETE(cluster->questions, question);
    if (question->answered != NULL)
        question->answered(body, error, question->data);
    question_free(question);
}

// Those that wait for a token: they are sent, or fail for the same reason.
static void end_waiting(struct cluster *cluster, const struct error *error)
{
    bool found = true;
    while (found) {
        struct question *question;
        found = false;
        DL_FOREACH(cluster->questions, question) {
            found = question->transfer_id == 0 && !question->is_login;
            if (found)
                break;
        }
        if (found && error != NULL)
            answer(cluster, question, NULL, error);
        else if (found)
            send_question(cluster, question);
    }
}

static void logged_in(const json_t *body, const struct error *error, void *data)
{
    struct cluster *cluster = data;
    struct error unusable = {0};
    const char *token = json_string_value(json_object_get(body, "token"));
    cluster->logging_in = false;
    if (error == NULL && token == NULL) {
        error_set(&unusable, ERROR_UNAVAILABLE, "etcd gave no token");
        error = &unusable;
    }
    if (error == NULL)
        cluster->token = memory_text(token);
    end_waiting(cluster, error);
}

static void log_in(struct cluster *cluster)
{
    struct error error = {0};
    char *password = cluster->options.password(&error, cluster->options.data);
    if (password == NULL) {
        end_waiting(cluster, &error);
        return;
    }
    cluster->logging_in = true;
    struct cluster_question what = {.path = LOGIN_PATH, .timeout_ms = LOGIN_TIMEOUT_MS};
    what.body = json_pack("{s:s, s:s}", "name", cluster->user, "password", password);
    wipe(password);
    struct question *question = add_question(cluster, &what, logged_in, cluster);
    question->is_login = true;
    send_question(cluster, question);
}

// Sends the question once there is a token, where one is wanted.
static void send_with_token(struct cluster *cluster, struct question *question)
{
    question->transfer_id = 0;
    if (cluster->user == NULL || cluster->token != NULL)
        send_question(cluster, question);
    else if (!cluster->logging_in)
        log_in(cluster);
}

void cluster_ask(struct cluster *cluster, const struct cluster_question *question,
    cluster_answered *answered, void *data)
{
    send_with_token(cluster, add_question(cluster, question, answered, data));
}

void cluster_forget(struct cluster *cluster, const void *data)
{
    struct question *question;
    DL_FOREACH(cluster->questions, question) {
        if (question->data == data && !question->is_login)
            question->answered = NULL;
    }
}

// The next member, unless another question has turned away from this one already.
static void turn_away(struct cluster *cluster, size_t member)
{
    if (cluster->member == member)
        cluster->member = (member + 1) % cluster->options.member_count;
}

static void renew_token(struct cluster *cluster, struct question *question)
{
    if (!cluster->logging_in) {
        wipe(cluster->token);
        cluster->token = NULL;
    }
    question->logged_in = true;
    question->asked = 0;
    send_with_token(cluster, question);
}

static struct question *find(struct cluster *cluster, uint64_t transfer_id)
{
    struct question *question;
    DL_FOREACH(cluster->questions, question) {
        if (question->transfer_id == transfer_id)
            return question;
    }
    return NULL;
}

void cluster_receive(struct cluster *cluster, const struct transfer_result *result)
{
    struct error error = {0};
    json_t *body = NULL;
    struct question *question = result->id == 0 ? NULL : find(cluster, result->id);
    if (question == NULL)
        return;
    enum cluster_verdict verdict = cluster_judge(
        result, question->what.until != NULL, &body, &error);
    bool renews = verdict == CLUSTER_WANTS_TOKEN && cluster->user != NULL && !question->logged_in &&
                  !question->is_login;
    if (verdict == CLUSTER_ELSEWHERE && !question->what.once)
        turn_away(cluster, question->member);
    bool again = verdict == CLUSTER_ELSEWHERE && !question->what.once &&
                 question->answered != NULL && question->asked < cluster->options.member_count;
    if (renews)
        renew_token(cluster, question);
    else if (again)
        send_question(cluster, question);
    else
        answer(cluster, question, body, verdict == CLUSTER_WELL ? NULL : &error);
    json_decref(body);
}
