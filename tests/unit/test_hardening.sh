#!/usr/bin/env bash
# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
#
# What SECURITY.md says of the programs, read from themselves: whatever hardening configure chose is in them
# in the end. A build without hardening has none to show.
set -euo pipefail

programs=(imaged imagectl numspot-sim)
failed=0

# demand PROGRAM WHAT PATTERN: readelf, told once for each program, says so.
demand() {
    if ! grep -qE "$3" <<<"$said"; then
        printf '%s: %s is missing\n' "$1" "$2"
        failed=1
    fi
}

for program in "${programs[@]}"; do
    said=$(LC_ALL=C readelf --wide --file-header --program-headers --dynamic --dyn-syms "$program")
    if [[ ${HARDENING_LDFLAGS-} == *-pie* ]]; then
        demand "$program" 'position independence' 'Type: +DYN'
        demand "$program" 'read-only relocation' 'GNU_RELRO'
        demand "$program" 'binding at the start' 'FLAGS_1.*NOW.*PIE'
        demand "$program" 'a stack that is not executable' 'GNU_STACK.* RW '
    fi
    if [[ ${HARDENING_CFLAGS-} == *-fstack-protector-strong* ]]; then
        demand "$program" 'the stack protector' '__stack_chk_fail'
    fi
    if [[ ${HARDENING_CFLAGS-} == *_FORTIFY_SOURCE=* ]]; then
        demand "$program" 'fortification' '__(v?snprintf|memcpy|fprintf|printf)_chk'
    fi
done
exit "$failed"
