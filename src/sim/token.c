// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// All tokens live equally long, so the hash, which keeps the order they were added in, has the next
// to expire in front.

#include "config.h"

#include "sim/token.h"
#include "sim/hash.h"
#include "sim/random.h"

#include <inttypes.h>
#include <string.h>

struct token {
    char *text;
    int64_t expires_ms;
    UT_hash_handle hh;
};

struct sim_tokens {
    struct token *by_text;
    int64_t lifetime_ms;
    struct sim_random random;
};

struct sim_tokens *sim_tokens_new(int64_t lifetime_ms, uint64_t seed)
{
    struct sim_tokens *tokens = sim_memory_new(sizeof *tokens);

    tokens->lifetime_ms = lifetime_ms;
    sim_random_init(&tokens->random, seed, SIM_RANDOM_TOKENS);
    return tokens;
}

static void drop(struct sim_tokens *tokens, struct token *token)
{
    HASH_DEL(tokens->by_text, token);
    free(token->text);
    free(token);
}

void sim_tokens_free(struct sim_tokens *tokens)
{
    if (tokens != NULL) {
        sim_tokens_revoke_all(tokens);
        free(tokens);
    }
}

const char *sim_tokens_issue(struct sim_tokens *tokens, int64_t now_ms)
{
    struct token *token = sim_memory_new(sizeof *token);

    while (tokens->by_text != NULL && tokens->by_text->expires_ms <= now_ms) {
        drop(tokens, tokens->by_text);
    }
    token->text = sim_memory_format("sim.%016" PRIx64 "%016" PRIx64,
        sim_random_next(&tokens->random), sim_random_next(&tokens->random));
    token->expires_ms = now_ms + tokens->lifetime_ms;
    HASH_ADD_KEYPTR(hh, tokens->by_text, token->text, strlen(token->text), token);
    return token->text;
}

bool sim_tokens_check(const struct sim_tokens *tokens, const char *token, int64_t now_ms)
{
    struct token *found;

    HASH_FIND_STR(tokens->by_text, token, found);
    return found != NULL && now_ms < found->expires_ms;
}

void sim_tokens_revoke_all(struct sim_tokens *tokens)
{
    while (tokens->by_text != NULL) {
        drop(tokens, tokens->by_text);
    }
}

int64_t sim_tokens_lifetime_ms(const struct sim_tokens *tokens)
{
    return tokens->lifetime_ms;
}
