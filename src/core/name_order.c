// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/name_order.h"
#include "core/random.h"

#define LEVELS 12 // of which each has a quarter of those below: enough for 4^12 items

struct node {
    const char *name;
    void *item;
    struct node *next[]; // as many as the node has levels
};

struct name_order {
    struct random random;
    struct node *first[LEVELS];
};

struct name_order *name_order_new(uint64_t seed)
{
    struct name_order *order = memory_new(1, sizeof(*order));
    random_init(&order->random, seed);
    return order;
}

void name_order_free(struct name_order *order)
{
    if (order == NULL)
        return;
    struct node *node = order->first[0];
    while (node != NULL) {
        struct node *next = node->next[0];
        free(node);
        node = next;
    }
    free(order);
}

// For each level, the link behind which a node of that name stands, or would.
static void find(struct name_order *order, const char *name, struct node **links[LEVELS])
{
    struct node **row = order->first;
    for (size_t level = LEVELS; level-- > 0;) {
        while (row[level] != NULL && strcmp(row[level]->name, name) < 0)
            row = row[level]->next;
        links[level] = &row[level];
    }
}

void name_order_add(struct name_order *order, const char *name, void *item)
{
    struct node **links[LEVELS];
    size_t height = 1;
    while (height < LEVELS && random_below(&order->random, 4) == 0)
        height++;
    struct node *node = memory_new(1, sizeof(*node) + height * sizeof(struct node *));
    node->name = name;
    node->item = item;
    find(order, name, links);
    for (size_t level = 0; level < height; level++) {
        node->next[level] = *links[level];
        *links[level] = node;
    }
}

void name_order_remove(struct name_order *order, const char *name)
{
    struct node **links[LEVELS];
    find(order, name, links);
    struct node *node = *links[0];
    if (node == NULL || strcmp(node->name, name) != 0)
        return;
    for (size_t level = 0; level < LEVELS && *links[level] == node; level++)
        *links[level] = node->next[level];
    free(node);
}

size_t name_order_walk(const struct name_order *order, const char *after, size_t limit,
    void (*visit)(void *item, void *data), void *data)
{
    struct node *const *row = order->first;
    for (size_t level = after == NULL ? 0 : LEVELS; level-- > 0;)
        while (row[level] != NULL && strcmp(row[level]->name, after) <= 0)
            row = row[level]->next;
    size_t count = 0;
    for (const struct node *node = row[0]; node != NULL && count < limit; node = node->next[0]) {
        visit(node->item, data);
        count++;
    }
    return count;
}
