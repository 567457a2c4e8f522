#!/usr/bin/env bash
# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
#
# A fault that is planted into the decisions must be found by the simulation, be made small, and be shown
# again by the command that it prints; and the same small world must be well without the fault.
set -euo pipefail

simulate=tests/simulation/simulate
output=$(mktemp)
trap 'rm -f "$output"' EXIT

fail() {
    printf '%s\n' "$*"
    cat "$output"
    exit 1
}

# prove FAULT SEED DEEDS PATTERN: found from that seed on, small with at most so many deeds, failing with such words.
prove() {
    local fault=$1 seed=$2 most=$3 words=$4 needed command
    if "$simulate" --plant "$fault" --first "$seed" --count 300 --jobs 2 >"$output"; then
        fail "$fault: no world noticed"
    fi
    grep -q "$words" "$output" || fail "$fault: it is something else that is broken"
    needed=$(sed -n 's/^  of [0-9]* deeds \([0-9]*\) are needed.*/\1/p' "$output")
    [[ -n $needed && $needed -le $most ]] || fail "$fault: not small: ${needed:-no} deeds"
    command=$(sed -n 's/^  play it: //p' "$output")
    [[ $command == "$simulate --play "*" --plant $fault" ]] || fail "$fault: the command is '$command'"
    read -ra command <<<"$command"
    if "${command[@]}" >"$output"; then
        fail "$fault: the command shows nothing"
    fi
    tail -n 1 "$output" | grep -q "$words" || fail "$fault: the command shows something else"
    "${command[@]:0:${#command[@]}-2}" >"$output" || fail "$fault: broken without the fault as well"
}

prove hasty 1 12 'ms after its file went'
prove impatient 1 25 'two images of the name'
prove reckless 1 20 'would be deletion'
printf 'three planted faults were found and made small\n'
