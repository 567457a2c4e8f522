// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// An etcd in memory, as far as imaged speaks to one, and a network before it that loses, delays and
// repeats: what a test cannot have a real one do at the very moment it wants. Time is the test's.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "etcd/cluster.h"

struct fake_etcd;

struct fake_etcd *fake_etcd_new(void);
void fake_etcd_free(struct fake_etcd *etcd);

// Moves its clock: leases run out.
void fake_etcd_advance(struct fake_etcd *etcd, int64_t ms);

// What is done with a transfer that waits to be carried out.
enum fate {
    FATE_ANSWERED,
    FATE_LOST,    // it never reaches etcd
    FATE_UNHEARD, // it is done, and the answer lost
    FATE_DELAYED, // lost, and done at fake_etcd_deliver_delayed
    FATE_NOT_SENT,
};

// For cluster_options: takes the transfer, in whose order fake_etcd_step carries them out. `data`
// is a struct fake_link.
struct fake_link {
    struct fake_etcd *etcd;
    struct cluster *cluster;
    bool frozen; // nothing is carried out for it meanwhile
};
void fake_etcd_send(size_t member, struct transfer *transfer, void *data);

// Carries out the oldest transfer that waits; false: there is none but watches that nothing came
// of. A watch ends when its key changed, or its time is over.
bool fake_etcd_step(struct fake_etcd *etcd, enum fate fate);

// Those delayed, in any order that `pick` (a number below its argument) says.
void fake_etcd_deliver_delayed(
    struct fake_etcd *etcd, size_t (*pick)(size_t count, void *data), void *data);
size_t fake_etcd_delayed(const struct fake_etcd *etcd);

// Looking in, and changing things behind imaged's back. Borrowed until the next change; NULL: none.
const char *fake_etcd_value(const struct fake_etcd *etcd, const char *key);
size_t fake_etcd_count(const struct fake_etcd *etcd, const char *prefix);
void fake_etcd_set(struct fake_etcd *etcd, const char *key, const char *value);
void fake_etcd_remove(struct fake_etcd *etcd, const char *key);

size_t fake_etcd_transactions(const struct fake_etcd *etcd); // asked for, so far
int64_t fake_etcd_revision(const struct fake_etcd *etcd);
size_t fake_etcd_longest(const struct fake_etcd *etcd); // bytes of one, as sent
size_t fake_etcd_largest(const struct fake_etcd *etcd); // operations of one
