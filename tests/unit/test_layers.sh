#!/usr/bin/env bash
# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
#
# The folders of src/ are the architecture (HACKING.md, Layers): this test reads the includes as arrows
# and fails on one that points the wrong way. First it proves, on a tree of its own with one fault of each
# kind, that it would notice.
set -euo pipefail

# Which of our folders a folder may include.
declare -A ours=(
    [core]='core'
    [numspot]='core numspot'
    [etcd]='core numspot etcd'
    [io]='core numspot etcd io'
    [imaged]='core numspot etcd io imaged'
    [imagectl]='core imagectl'
    [manual]='core imaged imagectl manual'
    [sim]='sim'
)

# Which files may include a library's header: header pattern, file pattern, as bash patterns.
owners=(
    'uv.h            io/*|imaged/*'
    'uv/*            io/*|imaged/*'
    'curl/*          io/http*|imagectl/*'
    'sqlite3.h       io/store*'
    'yaml.h          core/document*|sim/*'
    'microhttpd.h    io/*|sim/*'
    'systemd/*       io/*'
    'malloc.h        core/memory*|io/*|imaged/*'
)

# All that the pure folders may include beside our own: of libc, only what does no I/O and reads no clock
# (malloc.h for a block's size, in memory.c).
pure_headers=' assert ctype errno fnmatch inttypes limits malloc math regex stdarg stdatomic stdbool stddef stdint stdio
 stdlib string strings yaml jansson uthash utlist utarray utstring '

# What they may not call or name, although a header that they need has it. memory.c alone may say on
# stderr that there is none left.
pure_calls='fopen|fdopen|freopen|tmpfile|popen|system|remove|rename|printf|vprintf|puts|putchar|getchar|scanf|perror'
pure_calls+='|getenv|secure_getenv|setenv|putenv|time|clock|clock_gettime|gettimeofday|localtime|localtime_r'
pure_calls+='|mktime|rand|random|srand|srandom|drand48|arc4random|json_load_file|json_loadf|json_loadfd'
pure_calls+='|json_dump_file|json_dumpf|json_dumpfd|yaml_parser_set_input_file|yaml_emitter_set_output_file'
pure_streams='stdin|stdout|stderr'

# Prints every include of a file, as line:header:bracket.
includes_of() {
    sed -nE '/^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]/{
        s/^[[:space:]]*#[[:space:]]*include[[:space:]]*([<"])([^>"]+).*/\2:\1/
        =;p
    }' "$1" | paste -d: - -
}

# A file without comments and without the contents of strings, line for line.
code_of() {
    awk -v quote="'" '{
        line = $0
        code = ""
        gsub("\\\\[\"" quote "]", "", line)
        gsub(quote "\"" quote, "0", line)
        gsub(/"[^"]*"/, "\"\"", line)
        while (line != "") {
            if (comment) {
                end = index(line, "*/")
                if (!end)
                    break
                line = substr(line, end + 2)
                comment = 0
            } else if (match(line, /\/[\/*]/)) {
                code = code substr(line, 1, RSTART - 1)
                if (substr(line, RSTART, 2) == "//")
                    break
                line = substr(line, RSTART + 2)
                comment = 1
            } else {
                code = code line
                break
            }
        }
        print code
    }' "$1"
}

# An adapter is the first word of a file's name: store_sqlite.c belongs to store.
adapter_of() {
    local name=${1##*/}
    name=${name%.*}
    printf '%s' "${name%%_*}"
}

check_own_include() { # file folder header
    local other=${3%%/*}
    if [[ " ${ours[$2]} " != *" $other "* ]]; then
        echo "$2 may not include $other: $3"
    elif [[ $2 == io && $other == io && $(adapter_of "$1") != "$(adapter_of "$3")" ]]; then
        echo "an adapter may not include another: $3"
    fi
}

check_foreign_include() { # file folder header
    local row pattern allowed
    for row in "${owners[@]}"; do
        read -r pattern allowed <<<"$row"
        # shellcheck disable=SC2053 # both are patterns, on purpose
        if [[ $3 == $pattern && ! $1 =~ ^(${allowed//\*/.*})$ ]]; then
            echo "$3 belongs to $allowed"
        fi
    done
    if [[ $2 == core || $2 == numspot || $2 == etcd ]] && [[ $pure_headers != *[[:space:]]"${3%.h}"[[:space:]]* ]]; then
        echo "$2 is pure and may not include <$3>"
    fi
}

check_calls() { # path file folder
    [[ $3 == core || $3 == numspot || $3 == etcd ]] || return 0
    local banned="(^|[^[:alnum:]_.>])($pure_calls)[[:space:]]*\\("
    [[ $2 == core/memory.c ]] || banned+="|(^|[^[:alnum:]_])($pure_streams)([^[:alnum:]_]|\$)"
    code_of "$1" | grep -nE "$banned" | sed "s/:/: $3 is pure and may not do: /" || true
}

check_file() { # root file
    local folder=${2%%/*} line header bracket
    if [[ -z ${ours[$folder]-} ]]; then
        echo "1: src/$folder is not in the table of layers"
        return
    fi
    while IFS=: read -r line header bracket; do
        if [[ $header == config.h ]]; then
            continue
        elif [[ -n ${ours[${header%%/*}]-} && $header == */* ]]; then
            check_own_include "$2" "$folder" "$header" | sed "s/^/$line: /"
        elif [[ $bracket == '"' ]]; then
            echo "$line: our includes are written from src/: \"$header\""
        else
            check_foreign_include "$2" "$folder" "$header" | sed "s/^/$line: /"
        fi
    done < <(includes_of "$1/$2")
    check_calls "$1/$2" "$2" "$folder"
}

# Prints one line per fault under a source root, nothing when all is well.
check_tree() {
    local file
    while read -r file; do
        check_file "$1" "$file" | sed "s|^|src/$file:|"
    done < <(cd "$1" && find . -name '*.[ch]' | sed 's|^\./||' | sort)
}

# One row per rule: a file, one line of it, and a word of the complaint; "well" where there must be none.
cases=(
    'core/a.c|#include "io/http.h"|core may not include io'
    'core/b.c|#include "numspot/token.h"|core may not include numspot'
    'core/c.c|#include <unistd.h>|core is pure'
    'core/d.h|# include <sys/stat.h>|core is pure'
    'core/e.c|#include <time.h>|core is pure'
    'core/f.c|#include <fcntl.h>|core is pure'
    'core/g.c|#include <uv.h>|belongs to'
    'core/h.c|#include <yaml.h>|belongs to'
    'core/i.c|    FILE *file = fopen(path, "r");|may not do'
    'core/j.c|    printf("%s", name);|may not do'
    'core/k.c|    return getenv("HOME");|may not do'
    'core/l.c|    fputs(text, stderr);|may not do'
    'core/m.c|    x = 1; /* a comment */ now = time(NULL);|may not do'
    'core/u.c|    if (c == '"'"'"'"'"') puts("x");|may not do'
    'core/n.c|#include "error.h"|written from src/'
    'core/o.c|#include "../io/http.h"|written from src/'
    'numspot/a.c|#include "io/store.h"|numspot may not include io'
    'numspot/b.c|#include <curl/curl.h>|belongs to'
    'numspot/c.c|    clock_gettime(CLOCK_MONOTONIC, &now);|may not do'
    'etcd/a.c|#include "io/http.h"|etcd may not include io'
    'etcd/b.c|#include <uv.h>|belongs to'
    'etcd/c.c|    clock_gettime(CLOCK_BOOTTIME, &now);|may not do'
    'io/http.c|#include "io/store.h"|may not include another'
    'io/http_pool.c|#include "imaged/wiring.h"|io may not include imaged'
    'io/control.c|#include <curl/curl.h>|belongs to'
    'io/watch.c|#include <sqlite3.h>|belongs to'
    'io/notify.c|#include <yaml.h>|belongs to'
    'imaged/a.c|#include <systemd/sd-daemon.h>|belongs to'
    'imaged/b.c|#include <microhttpd.h>|belongs to'
    'imaged/c.c|#include "imagectl/table.h"|imaged may not include imagectl'
    'imagectl/a.c|#include "io/http.h"|imagectl may not include io'
    'imagectl/b.c|#include "numspot/token.h"|imagectl may not include numspot'
    'imagectl/c.c|#include <uv.h>|belongs to'
    'manual/a.c|#include "io/http.h"|manual may not include io'
    'imagectl/e.c|#include "manual/page.h"|imagectl may not include manual'
    'sim/a.c|#include "core/error.h"|sim may not include core'
    'sim/b.c|#include "numspot/token.h"|sim may not include numspot'
    'extra/a.c|int x;|not in the table'
    'core/document_reader.c|#include <yaml.h>|well'
    'core/p.c|#include "config.h"|well'
    'core/q.c|#include <stdio.h>|well'
    'core/r.c|    // printf("no") and fopen() in a comment|well'
    'core/s.c|    text = "stdout"; table->remove(row); snprintf(buffer, 3, "x"); uptime(1);|well'
    'core/v.c|#include <malloc.h>|belongs to'
    'core/memory.c|#include <malloc.h>|well'
    'core/memory.c|    fputs("imaged: out of memory\n", stderr);|well'
    'core/t.c|    /* time() and stdout */|well'
    'numspot/d.c|#include "core/error.h"|well'
    'etcd/d.c|#include "numspot/wire.h"|well'
    'io/store_etcd.c|#include "etcd/cluster.h"|well'
    'io/store_sqlite.c|#include "io/store.h"|well'
    'io/store_sqlite.h|#include <sqlite3.h>|well'
    'io/http_multi.c|#include <curl/curl.h>|well'
    'imaged/d.c|#include "io/http.h"|well'
    'imagectl/d.c|#include <curl/curl.h>|well'
    'manual/b.c|#include "imagectl/command.h"|well'
    'sim/c.c|#include <microhttpd.h>|well'
)

self_test() {
    local scratch row file line wanted got faults=0
    scratch=$(mktemp -d)
    # shellcheck disable=SC2064 # expanded now, on purpose
    trap "rm -rf '$scratch'" EXIT
    for row in "${cases[@]}"; do
        IFS='|' read -r file line wanted <<<"$row"
        rm -rf "$scratch/src"
        mkdir -p "$scratch/src/${file%/*}"
        printf '/* two lines, fopen()\n * stdout */\n%s\n' "$line" >"$scratch/src/$file"
        got=$(check_tree "$scratch/src")
        if [[ $wanted == well && -z $got ]] || [[ $wanted != well && $got == *"src/$file:"*"$wanted"* ]]; then
            continue
        fi
        echo "self-test: $file with '$line': wanted '$wanted', got '$got'"
        faults=$((faults + 1))
    done
    echo "self-test: ${#cases[@]} cases, $faults wrong"
    return $((faults > 0))
}

main() {
    local root=${srcdir:-$(dirname "$0")/../..}/src files faults
    self_test
    files=$(find "$root" -name '*.[ch]' | wc -l)
    if [[ $files -eq 0 ]]; then
        echo "layers: no source under $root"
        return 1
    fi
    faults=$(check_tree "$root")
    if [[ -n $faults ]]; then
        echo "$faults"
        echo "layers: $(wc -l <<<"$faults") faults in $files files"
        return 1
    fi
    echo "layers: $files files, no fault"
}

main
