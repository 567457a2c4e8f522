// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What an HTTP answer of etcd's gateway means: success, an error for whoever asked, or a reason to
// ask another member.
#pragma once

#include <jansson.h>

#include "core/error.h"
#include "numspot/wire.h"

enum cluster_verdict {
    CLUSTER_WELL,        // *body is set, unless a stream was asked for
    CLUSTER_WRONG,       // *error is set; another member would say the same
    CLUSTER_ELSEWHERE,   // *error is set; another member may do better
    CLUSTER_WANTS_TOKEN, // *error is set; with a new token it may go well
};

// `stream`: only what came until it was enough, which is no JSON document. The caller has *body.
enum cluster_verdict cluster_judge(
    const struct transfer_result *result, bool stream, json_t **body, struct error *error);
