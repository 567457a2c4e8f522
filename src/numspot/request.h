// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A request by meaning (core/cloud.h) turned into one HTTP exchange. How many targets one request
// may have is request_targets_limit() there.
#pragma once

#include "core/attributes.h"
#include "core/cloud.h"
#include "core/error.h"
#include "numspot/wire.h"

// The transfer, but for its id and bearer, which the client sets; the caller frees it with
// transfer_free. NULL with ERROR_INVALID when the request cannot be said on the wire: a target is
// missing, a selector has no id. A creation asks for a fresh connection, for libcurl would send it
// twice on one that died (cases, 3).
struct transfer *request_encode(
    const struct request *request, const char *space_id, struct error *error) CHECK_RESULT;

// The path inside the space, without the query: "/images/ami-1da964b7". The caller frees it.
char *request_path(const struct request *request) CHECK_RESULT;
