// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
//
// imagectl, the operator's client: says its version, so far.
#include "config.h"

#include <stdio.h>

int main(void)
{
    return puts("imagectl " PACKAGE_VERSION) == EOF;
}
