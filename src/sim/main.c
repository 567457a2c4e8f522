// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
//
// numspot-sim, a NumSpot cloud on loopback: says its version, so far.
#include "config.h"

#include <stdio.h>

int main(void)
{
    return puts("numspot-sim " PACKAGE_VERSION) == EOF;
}
