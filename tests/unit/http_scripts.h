// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What the server of test_http does at which path: well-behaved answers, and every way to fail. The
// table in http_scripts.c is the list of them.
#pragma once

#include "http_server.h"

// To be given to http_server_start. What is not in the table is 404.
http_server_handler http_scripts_answer;
