// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// libcurl's memory: it puts together requests, secrets among them, in buffers of its own and frees
// them as they are. Here they are wiped.
#pragma once

#include <curl/curl.h>

#include "core/attributes.h"

// In place of curl_global_init. Nothing of libcurl may be held from before the first call.
CURLcode http_memory_init(void) CHECK_RESULT;
