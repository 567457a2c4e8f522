// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Compiler attributes under readable names, for gcc and clang. Nothing else belongs here.
#pragma once

#define CHECK_RESULT              __attribute__((warn_unused_result))
#define PRINTF_LIKE(which, first) __attribute__((format(printf, which, first)))
#define NO_RETURN                 __attribute__((noreturn))

// Runs `function(&variable)` when the variable leaves its scope. Types define their function beside
// them.
#define CLEANUP(function) __attribute__((cleanup(function)))
