// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Brings the libraries that would take a lack of memory for something else under the policy of
// core/memory.h: the program stops with a message.
#pragma once

// Before any other use of libuv and jansson.
void allocators_install(void);

// Gives back to the system what bulk work took and left: in holes, the C library would keep it.
void allocators_trim(void);
