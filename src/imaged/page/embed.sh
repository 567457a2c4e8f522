#!/bin/sh
# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
#
# Makes C out of the status page: embed.sh PAGE.html STYLE.css SCRIPT.js... >page_data.c
#
# The page's lines "@style@" and "@script@" become the style and all scripts, in line. The policy allows
# these two by their hash and nothing else, so that even a fault of the page could not run what is not
# in it.
set -eu
export LC_ALL=C

page=$1
style=$2
shift 2

# The hash of the standard input, as a policy writes it.
policy_hash() {
    sha256sum | awk '
        BEGIN {
            letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
            hex = "0123456789abcdef"
        }
        {
            # 32 bytes are 10 groups of three, and two left over.
            digits = $1 "00"
            for (i = 1; i < 66; i += 3) {
                value = 0
                for (j = 0; j < 3; j++)
                    value = value * 16 + index(hex, substr(digits, i + j, 1)) - 1
                text = text substr(letters, int(value / 64) + 1, 1) substr(letters, value % 64 + 1, 1)
            }
            printf "sha256-%s=", substr(text, 1, 43)
        }'
}

# The page with everything in it.
assemble() {
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
        @style@)
            printf '<style>'
            cat "$style"
            printf '</style>\n'
            ;;
        @script@)
            printf '<script>'
            cat "$@"
            printf '</script>\n'
            ;;
        *) printf '%s\n' "$line" ;;
        esac
    done <"$page"
}

style_hash=$(policy_hash <"$style")
script_hash=$(cat "$@" | policy_hash)

cat <<END
// Made by embed.sh out of $(basename "$page"): do not edit.
#include "config.h"

#include "imaged/page.h"

const char page_policy[] =
    "default-src 'none'; script-src '$script_hash'; style-src '$style_hash'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'";

const char page_html[] = {
END
assemble "$@" | od -An -v -tu1 | sed 's/[0-9][0-9]*/(char)&,/g'
cat <<'END'
};

const size_t page_html_length = sizeof(page_html);
END
