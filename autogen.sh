#!/bin/sh
# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
#
# Makes configure out of configure.ac. Needs autoconf, automake and pkg-config.
set -eu
cd "$(dirname "$0")"
exec autoreconf --force --install
