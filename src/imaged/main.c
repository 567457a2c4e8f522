// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
//
// imaged, the daemon: says its version, so far.
#include "config.h"

#include <stdio.h>

int main(void)
{
    return puts("imaged " PACKAGE_VERSION) == EOF;
}
