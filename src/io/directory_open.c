// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"
#include "io/directory_open.h"

// As the kernel's own.
#define LINK_LIMIT 40

// Where a link at `path` leads, as a path from the same directory.
static char *target_of(const char *path, const char *target)
{
    const char *slash = strrchr(path, '/');
    int directory_length = slash == NULL || target[0] == '/' ? 0 : (int)(slash - path) + 1;
    return memory_format("%.*s%s", directory_length, path, target);
}

// Replaces the path of a link by what it leads to. It is read by its descriptor: whoever made the
// link that is judged made the one that is followed, also when another is put into its place
// meanwhile.
static int follow(int directory_fd, char **path, uid_t *maker)
{
    char target[PATH_MAX];
    struct stat status;
    int link = openat(directory_fd, *path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (link < 0)
        return -1;
    ssize_t length = fstat(link, &status) == 0 ? readlinkat(link, "", target, sizeof(target)) : -1;
    int number = (size_t)length == sizeof(target) ? ENAMETOOLONG : errno;
    close(link);
    if (length < 0 || (size_t)length == sizeof(target)) {
        errno = number;
        return -1;
    }
    target[length] = '\0';
    char *next = target_of(*path, target);
    free(*path);
    *path = next;
    *maker = status.st_uid;
    return 0;
}

static bool may_show(const struct stat *status, uid_t maker)
{
    return (status->st_mode & S_IROTH) != 0 || maker == 0 || maker == geteuid() ||
           maker == status->st_uid;
}

// The file is open: gives it out, unless it is none for one of those who made the links to it.
static int judge(int fd, const uid_t *makers, size_t count, struct directory_withheld *withheld)
{
    struct stat status;
    for (size_t i = 0; i < count; i++) {
        if (fstat(fd, &status) == 0 && may_show(&status, makers[i]))
            continue;
        *withheld = (struct directory_withheld){true, makers[i], status.st_uid};
        close(fd);
        errno = EACCES;
        return -1;
    }
    return fd;
}

int directory_open(int directory_fd, const char *name, struct directory_withheld *withheld)
{
    CLEANUP(memory_free_text) char *path = memory_text(name);
    uid_t makers[LINK_LIMIT];
    *withheld = (struct directory_withheld){0};
    for (size_t count = 0;; count++) {
        int fd = openat(
            directory_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
        if (fd >= 0)
            return judge(fd, makers, count, withheld);
        if (errno != ELOOP || count == LINK_LIMIT ||
            follow(directory_fd, &path, &makers[count]) != 0)
            return -1;
    }
}
