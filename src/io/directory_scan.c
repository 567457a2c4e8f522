// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file_name.h"
#include "core/memory.h"
#include "io/directory_scan.h"
#include "io/directory_table.h"

// Which directory it is. Inode numbers are used again soon, so its birth counts where it is known.
struct identity {
    uint32_t device_major;
    uint32_t device_minor;
    uint64_t inode;
    int64_t birth_s;
    uint32_t birth_ns;
};

struct directory_scanner {
    char *path;
    bool identified;
    struct identity identity;
    bool complete;  // the whole of it was read last time, so that names may be looked at alone
    bool has_links; // then a name that is none of ours may be what one of ours leads to
    struct directory_table table;
};

// One scan under way.
struct scan {
    struct directory_scanner *scanner;
    const struct directory_scan_order *order;
    struct directory_scan_result *result;
    int fd;
};

struct directory_scanner *directory_scanner_new(const char *path)
{
    struct directory_scanner *scanner = memory_new(1, sizeof(*scanner));
    scanner->path = memory_text(path);
    return scanner;
}

void directory_scanner_free(struct directory_scanner *scanner)
{
    directory_table_deinit(&scanner->table);
    free(scanner->path);
    free(scanner);
}

static void describe_failure(struct directory_batch *batch, const char *path, int errno_value)
{
    bool missing = errno_value == ENOENT;
    batch->state = missing ? DIRECTORY_MISSING : DIRECTORY_UNREADABLE;
    if (missing)
        batch->message = memory_format(
            "the directory %s does not exist: what was known of it stays in force", path);
    else
        batch->message = memory_format("the directory %s cannot be read: %s: what was known of it "
                                       "stays in force",
            path, strerror(errno_value));
}

static void identify(struct scan *scan)
{
    struct directory_scanner *scanner = scan->scanner;
    struct statx status;
    if (statx(scan->fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &status) != 0)
        return;
    struct identity now = {
        .device_major = status.stx_dev_major,
        .device_minor = status.stx_dev_minor,
        .inode = status.stx_ino,
    };
    if (status.stx_mask & STATX_BTIME) {
        now.birth_s = status.stx_btime.tv_sec;
        now.birth_ns = status.stx_btime.tv_nsec;
    }
    const struct identity *before = &scanner->identity;
    bool same = now.device_major == before->device_major &&
                now.device_minor == before->device_minor && now.inode == before->inode &&
                now.birth_s == before->birth_s && now.birth_ns == before->birth_ns;
    scan->result->found.batch.replaced = scanner->identified && !same;
    scanner->identity = now;
    scanner->identified = true;
}

// Whether to leave the file for a later scan, because somebody seems to be writing it.
static bool is_unsettled(
    struct scan *scan, struct directory_entry *entry, const struct directory_look *look)
{
    if (!scan->order->patient || entry->deferrals >= DIRECTORY_DEFERRALS)
        return false;
    // Three quarters: timers and the clocks of file systems are not exact.
    int64_t age_ms = directory_fingerprint_age_ms(&look->fingerprint);
    bool fresh = age_ms >= 0 && age_ms < scan->order->settle_ms * 3 / 4;
    return fresh || look->sight == SIGHT_UNSETTLED;
}

static void defer(struct scan *scan, struct directory_entry *entry)
{
    entry->deferrals++;
    directory_hints_add(&scan->result->unsettled, entry->name);
}

static void read_file(struct scan *scan, struct directory_entry *entry)
{
    struct directory_look look;
    directory_file_read(scan->fd, entry->name, &look);
    if (look.sight == SIGHT_UNSETTLED && is_unsettled(scan, entry, &look)) {
        defer(scan, entry);
    } else if (look.sight != SIGHT_GONE) {
        if (look.racy || look.sight == SIGHT_UNSETTLED)
            directory_hints_add(&scan->result->racy, entry->name);
        entry->deferrals = 0;
        directory_entry_update(entry, &look, &scan->result->found);
    }
    directory_look_deinit(&look);
}

// One look at a name that a directory holds, and as little more as possible.
static void visit(struct scan *scan, const char *name)
{
    struct directory_look look;
    directory_file_look(scan->fd, name, &look);
    if (look.sight == SIGHT_GONE)
        return; // between reading the directory and now
    struct directory_table *table = &scan->scanner->table;
    struct directory_entry *entry = directory_table_see(table, name);
    if (look.sight != SIGHT_FILE)
        directory_entry_update(entry, &look, &scan->result->found);
    else if (directory_entry_is_current(entry, &look.fingerprint))
        entry->deferrals = 0;
    else if (is_unsettled(scan, entry, &look) &&
             !directory_fingerprint_equal(&entry->fingerprint, &look.fingerprint))
        defer(scan, entry);
    else
        read_file(scan, entry);
    directory_look_deinit(&look);
}

// Whether the directory was read to its end.
static bool visit_all(struct scan *scan, DIR *stream)
{
    for (;;) {
        errno = 0;
        const struct dirent *found = readdir(stream);
        if (found == NULL)
            break;
        if (atomic_load(scan->order->cancelled))
            return false;
        if (!file_name_is_declaration(found->d_name))
            continue;
        scan->scanner->has_links |= found->d_type == DT_LNK || found->d_type == DT_UNKNOWN;
        visit(scan, found->d_name);
    }
    if (errno == 0)
        return true;
    scan->result->found.batch.message = memory_format(
        "the directory %s cannot be read to its end: %s: nothing is taken for gone",
        scan->scanner->path, strerror(errno));
    return false;
}

static void take_for_gone(struct scan *scan, struct directory_entry *entry)
{
    if (entry->reported != REPORTED_NOTHING)
        directory_collect_gone(&scan->result->found, entry->name);
    directory_table_remove(&scan->scanner->table, entry);
}

// A name can escape the reading of a directory in which others are renamed at the same time, so
// each that seems to be gone is looked for by itself.
static void find_gone(struct scan *scan)
{
    struct directory_table *table = &scan->scanner->table;
    struct directory_entry *entry = table->entries;
    while (entry != NULL) {
        struct directory_entry *next = entry->hh.next;
        struct stat status;
        if (directory_entry_is_seen(table, entry)) {
            // there
        } else if (fstatat(scan->fd, entry->name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
            visit(scan, entry->name);
        } else if (errno == ENOENT) {
            take_for_gone(scan, entry);
        }
        entry = next;
    }
}

// Whether a look at the names that were hinted at was enough.
static bool visit_hinted(struct scan *scan)
{
    const struct directory_hints *hints = scan->order->hints;
    for (size_t i = 0; i < hints->count; i++) {
        const char *name = hints->names[i];
        struct stat status;
        if (fstatat(scan->fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
            if (S_ISLNK(status.st_mode))
                return false;
            visit(scan, name);
            continue;
        }
        if (errno != ENOENT)
            return false;
        struct directory_entry *entry = directory_table_find(&scan->scanner->table, name);
        if (entry != NULL)
            take_for_gone(scan, entry);
    }
    return true;
}

static bool hints_suffice(const struct scan *scan)
{
    const struct directory_hints *hints = scan->order->hints;
    return hints != NULL && !hints->any && scan->scanner->complete && !scan->scanner->has_links &&
           !scan->result->found.batch.replaced;
}

static void scan_whole(struct scan *scan, DIR *stream)
{
    struct directory_scanner *scanner = scan->scanner;
    scanner->has_links = false;
    directory_table_begin(&scanner->table);
    scanner->complete = visit_all(scan, stream);
    if (scanner->complete)
        find_gone(scan);
}

static void scan_open_directory(struct scan *scan, DIR *stream)
{
    struct directory_batch *batch = &scan->result->found.batch;
    identify(scan);
    if (!hints_suffice(scan) || !visit_hinted(scan))
        scan_whole(scan, stream);
    batch->complete = scan->scanner->complete;
    batch->present = directory_table_seen(&scan->scanner->table);
    directory_collection_sort(&scan->result->found);
}

void directory_scan(struct directory_scanner *scanner, const struct directory_scan_order *order,
    struct directory_scan_result *result)
{
    struct scan scan = {.scanner = scanner, .order = order, .result = result};
    scan.fd = open(scanner->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
    DIR *stream = scan.fd < 0 ? NULL : fdopendir(scan.fd);
    if (stream == NULL) {
        describe_failure(&result->found.batch, scanner->path, errno);
        scanner->complete = false;
        if (scan.fd >= 0)
            close(scan.fd);
        return;
    }
    scan_open_directory(&scan, stream);
    closedir(stream);
}
