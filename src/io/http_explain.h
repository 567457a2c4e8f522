// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What a failed exchange means: whether the request can have reached the server, and a sentence
// that helps a person.
#pragma once

#include "core/attributes.h"
#include "io/http_exchange.h"

// For an exchange that was not answered. The caller frees the sentence.
char *http_explain(const struct http_exchange *exchange, CURLcode code) CHECK_RESULT;
