// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/declaration.h"
#include "core/memory.h"
#include "io/directory_file.h"
#include "io/directory_open.h"

// File systems' clocks tick between every nanosecond and every two seconds (FAT).
#define RACY_MS 2000

static const struct {
    mode_t type;
    const char *reason;
} irregular[] = {
    {S_IFDIR, "is a directory, not a file"},
    {S_IFIFO, "is a FIFO, not a file"},
    {S_IFSOCK, "is a socket, not a file"},
    {S_IFCHR, "is a device, not a file"},
    {S_IFBLK, "is a device, not a file"},
};

static void fail(struct directory_look *look, enum directory_sight sight, char *reason)
{
    directory_look_deinit(look);
    look->sight = sight;
    look->reason = reason;
}

static void fail_errno(struct directory_look *look, const char *what, int errno_value)
{
    fail(look, SIGHT_UNREADABLE, memory_format("%s: %s", what, strerror(errno_value)));
}

static void take_fingerprint(struct directory_look *look, const struct stat *status)
{
    look->fingerprint = (struct directory_fingerprint){
        .device = status->st_dev,
        .inode = status->st_ino,
        .mode = status->st_mode,
        .size = status->st_size,
        .modified = status->st_mtim,
        .changed = status->st_ctim,
    };
}

static void judge(struct directory_look *look, const struct stat *status)
{
    take_fingerprint(look, status);
    for (size_t i = 0; i < sizeof(irregular) / sizeof(irregular[0]); i++) {
        if ((status->st_mode & S_IFMT) == irregular[i].type) {
            look->sight = SIGHT_UNREADABLE;
            look->reason = memory_text(irregular[i].reason);
            return;
        }
    }
    look->sight = SIGHT_FILE;
    if (status->st_size > DECLARATION_FILE_LIMIT_BYTES) {
        look->sight = SIGHT_UNREADABLE;
        look->reason = memory_format(
            "is larger than %d bytes, which is the limit: split it", DECLARATION_FILE_LIMIT_BYTES);
    }
}

// ENOENT has two meanings: there is no such name, or it is a link that leads nowhere.
static void judge_absence(int directory_fd, const char *name, struct directory_look *look)
{
    struct stat status;
    if (fstatat(directory_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
        fail(look, SIGHT_NOT_READY,
            memory_text("is a symbolic link whose target does not exist (yet)"));
        return;
    }
    if (errno == ENOENT)
        fail(look, SIGHT_GONE, NULL);
    else
        fail_errno(look, "cannot be looked at", errno);
}

static void judge_failure(
    int directory_fd, const char *name, int errno_value, struct directory_look *look)
{
    if (errno_value == ENOENT)
        judge_absence(directory_fd, name, look);
    else if (errno_value == ELOOP)
        fail(look, SIGHT_UNREADABLE, memory_text("is a loop of symbolic links"));
    else if (errno_value == EACCES)
        fail(look, SIGHT_UNREADABLE,
            memory_text("cannot be opened: Permission denied: make it readable for imaged"));
    else
        fail_errno(look, "cannot be opened", errno_value);
}

static void fail_withheld(struct directory_look *look, const struct directory_withheld *withheld)
{
    fail(look, SIGHT_UNREADABLE,
        memory_format("is a symbolic link that user %lu made to a file of user %lu which not "
                      "everybody may read, and imaged reads for nobody what he could not read "
                      "himself: put the file itself here, or have its owner or root make the link",
            (unsigned long)withheld->maker, (unsigned long)withheld->owner));
}

void directory_file_look(int directory_fd, const char *name, struct directory_look *look)
{
    struct stat status;
    *look = (struct directory_look){0};
    if (fstatat(directory_fd, name, &status, 0) == 0)
        judge(look, &status);
    else
        judge_failure(directory_fd, name, errno, look);
}

// At most one byte more than the limit, so that a file that grows is noticed. 0, or an errno value.
static int read_bytes(int fd, struct directory_look *look)
{
    size_t capacity = (size_t)look->fingerprint.size + 1;
    look->bytes = memory_new(capacity + 1, 1);
    for (;;) {
        ssize_t got = read(fd, look->bytes + look->length, capacity - look->length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        look->length += (size_t)got;
        if (got == 0 || look->length > DECLARATION_FILE_LIMIT_BYTES)
            break;
        if (look->length == capacity) {
            capacity *= 2;
            look->bytes = memory_resize(look->bytes, capacity + 1, 1);
        }
    }
    look->bytes[look->length] = '\0';
    return 0;
}

static void read_open_file(int fd, struct directory_look *look)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        fail_errno(look, "cannot be looked at", errno);
        return;
    }
    judge(look, &status);
    if (look->sight != SIGHT_FILE)
        return;
    int errno_value = read_bytes(fd, look);
    if (errno_value != 0) {
        fail_errno(look, "cannot be read", errno_value);
        return;
    }
    struct directory_fingerprint before = look->fingerprint;
    if (fstat(fd, &status) == 0)
        take_fingerprint(look, &status);
    if (!directory_fingerprint_equal(&before, &look->fingerprint))
        look->sight = SIGHT_UNSETTLED;
    if (look->length > DECLARATION_FILE_LIMIT_BYTES)
        fail(look, SIGHT_UNREADABLE,
            memory_format("is larger than %d bytes, which is the limit: split it",
                DECLARATION_FILE_LIMIT_BYTES));
}

// Of what stands at the name now: it may be another thing than when it was looked at, so it is
// opened without waiting, and judged by its descriptor.
void directory_file_read(int directory_fd, const char *name, struct directory_look *look)
{
    *look = (struct directory_look){0};
    struct directory_withheld withheld;
    int fd = directory_open(directory_fd, name, &withheld);
    if (withheld.is_so) {
        fail_withheld(look, &withheld);
        return;
    }
    if (fd < 0) {
        judge_failure(directory_fd, name, errno, look);
        return;
    }
    read_open_file(fd, look);
    close(fd);
    int64_t age_ms = directory_fingerprint_age_ms(&look->fingerprint);
    look->racy = age_ms > -RACY_MS && age_ms < RACY_MS;
}

void directory_look_deinit(struct directory_look *look)
{
    free(look->reason);
    free(look->bytes);
    *look = (struct directory_look){0};
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool directory_fingerprint_equal(
    const struct directory_fingerprint *a, const struct directory_fingerprint *b)
{
    return a->device == b->device && a->inode == b->inode && a->mode == b->mode &&
           a->size == b->size && same_time(&a->modified, &b->modified) &&
           same_time(&a->changed, &b->changed);
}

static int64_t age_of(const struct timespec *then, const struct timespec *now)
{
    return ((int64_t)now->tv_sec - then->tv_sec) * 1000 + (now->tv_nsec - then->tv_nsec) / 1000000;
}

// The time of change (ctime) cannot be set, unlike that of writing; but some file systems lack it.
int64_t directory_fingerprint_age_ms(const struct directory_fingerprint *fingerprint)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t written = age_of(&fingerprint->modified, &now);
    int64_t changed = age_of(&fingerprint->changed, &now);
    bool written_later = written >= 0 && written < changed;
    return written_later ? written : changed;
}
