// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What arrives: the few headers that matter, and the body, both within bounds. libcurl's callbacks.
#pragma once

#include <stddef.h>

// CURLOPT_HEADERFUNCTION and CURLOPT_WRITEFUNCTION; `data` is the struct http_exchange. They break
// the exchange off when a limit is passed.
size_t http_answer_header(char *line, size_t size, size_t count, void *data);
size_t http_answer_body(char *bytes, size_t size, size_t count, void *data);
