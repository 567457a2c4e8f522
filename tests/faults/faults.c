// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A library to preload (LD_PRELOAD) that lets the n-th of some calls into libc fail, or kills the
// program there, as its environment says:
//
//   FAULT_CALLS    which calls are counted: names from the table below, with commas between them
//   FAULT_PATH     of those that are about files, only of files whose path begins so
//   FAULT_AT       the number of the call that is struck, from 1; 0 or absent: none, they are only
//   counted FAULT_ALWAYS   if set, all later ones are struck as well FAULT_ERROR    errno of the
//   call that is struck, a number; absent: the program is killed before it FAULT_TORN     if set,
//   half of what was to be written is, before the program is killed FAULT_COUNTER  a file of 8
//   bytes, which holds the count at any time, for whoever waits outside
//
// It must not allocate, nor call anything that it stands in for.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum call {
    CALL_WRITE,
    CALL_WRITEV,
    CALL_PWRITE,
    CALL_SYNC,
    CALL_TRUNCATE,
    CALL_RENAME,
    CALL_LINK,
    CALL_UNLINK,
    CALL_SEND,
    CALL_OPEN,
    CALL_SOCKET,
    CALL_ACCEPT,
    CALL_POLLER, // epoll, eventfd, pipe, inotify
    CALL_MALLOC,
    CALL_COUNT,
};

static const char *const names[CALL_COUNT] = {
    [CALL_WRITE] = "write",
    [CALL_WRITEV] = "writev",
    [CALL_PWRITE] = "pwrite",
    [CALL_SYNC] = "sync",
    [CALL_TRUNCATE] = "truncate",
    [CALL_RENAME] = "rename",
    [CALL_LINK] = "link",
    [CALL_UNLINK] = "unlink",
    [CALL_SEND] = "send",
    [CALL_OPEN] = "open",
    [CALL_SOCKET] = "socket",
    [CALL_ACCEPT] = "accept",
    [CALL_POLLER] = "poller",
    [CALL_MALLOC] = "malloc",
};

// What glibc calls its own.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static bool counted[CALL_COUNT];
static const char *path_prefix;
static uint64_t strike_at;
static bool strike_always;
static bool strike_torn;
static int strike_error;
static _Atomic uint64_t own_counter;
static _Atomic uint64_t *counter = &own_counter;

static uint64_t number(const char *name)
{
    const char *text = getenv(name);
    uint64_t value = 0;
    for (; text != NULL && *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (uint64_t)(*text - '0');
    return value;
}

static bool lists(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; at != NULL; at = strchr(at, ',')) {
        at += *at == ',' ? 1 : 0;
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0'))
            return true;
    }
    return false;
}

__attribute__((constructor)) static void prepare(void)
{
    const char *calls = getenv("FAULT_CALLS");
    const char *shared = getenv("FAULT_COUNTER");
    path_prefix = getenv("FAULT_PATH");
    strike_at = number("FAULT_AT");
    strike_error = (int)number("FAULT_ERROR");
    strike_always = getenv("FAULT_ALWAYS") != NULL;
    strike_torn = getenv("FAULT_TORN") != NULL;
    if (shared != NULL) {
        long descriptor = syscall(SYS_openat, AT_FDCWD, shared, O_RDWR | O_CLOEXEC, 0);
        void *page = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, (int)descriptor, 0);
        if (page != MAP_FAILED)
            counter = page;
        syscall(SYS_close, descriptor);
    }
    for (enum call call = 0; call < CALL_COUNT; call++)
        counted[call] = lists(calls, names[call]);
}

// "/proc/self/fd/N", without anything that might allocate.
static void write_link(char *link, int descriptor)
{
    char digits[12];
    size_t count = 0;
    for (int rest = descriptor; count == 0 || rest > 0; rest /= 10)
        digits[count++] = (char)('0' + rest % 10);
    while (count > 0)
        *link++ = digits[--count];
    *link = '\0';
}

static bool is_in_path(int descriptor, const char *path)
{
    char resolved[PATH_MAX];
    if (path_prefix == NULL)
        return true;
    if (path == NULL && descriptor >= 0) {
        char link[32] = "/proc/self/fd/";
        write_link(link + strlen(link), descriptor);
        long got = syscall(SYS_readlink, link, resolved, sizeof(resolved) - 1);
        if (got <= 0)
            return false;
        resolved[got] = '\0';
        path = resolved;
    }
    return path != NULL && strncmp(path, path_prefix, strlen(path_prefix)) == 0;
}

static void tell(enum call call)
{
    static const char what[] = "\nfaults: struck ";
    (void)syscall(SYS_write, STDERR_FILENO, what, sizeof(what) - 1);
    (void)syscall(SYS_write, STDERR_FILENO, names[call], strlen(names[call]));
    (void)syscall(SYS_write, STDERR_FILENO, "\n", 1);
}

static void end(void)
{
    syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
}

// Counts the call. True when it is to be struck, with errno set; a call that is to be the last one
// does not come back, unless it may be torn.
static bool strikes(enum call call, int descriptor, const char *path, bool may_be_torn)
{
    int before = errno;
    if (!counted[call] || !is_in_path(descriptor, path)) {
        errno = before;
        return false;
    }
    uint64_t at = atomic_fetch_add(counter, 1) + 1;
    if (strike_at == 0 || at < strike_at || (at > strike_at && !strike_always)) {
        errno = before;
        return false;
    }
    if (at == strike_at)
        tell(call);
    if (strike_error == 0 && !(strike_torn && may_be_torn))
        end();
    errno = strike_error;
    return true;
}

// ---- What writes

ssize_t write(int descriptor, const void *bytes, size_t count)
{
    if (!strikes(CALL_WRITE, descriptor, NULL, true))
        return syscall(SYS_write, descriptor, bytes, count);
    if (strike_error != 0)
        return -1;
    syscall(SYS_write, descriptor, bytes, count / 2);
    end();
    return -1;
}

ssize_t writev(int descriptor, const struct iovec *parts, int count)
{
    if (strikes(CALL_WRITEV, descriptor, NULL, false))
        return -1;
    return syscall(SYS_writev, descriptor, parts, count);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off_t offset)
{
    if (!strikes(CALL_PWRITE, descriptor, NULL, true))
        return syscall(SYS_pwrite64, descriptor, bytes, count, offset);
    if (strike_error != 0)
        return -1;
    syscall(SYS_pwrite64, descriptor, bytes, count / 2, offset);
    end();
    return -1;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset)
{
    return pwrite64(descriptor, bytes, count, offset);
}

int fsync(int descriptor)
{
    return strikes(CALL_SYNC, descriptor, NULL, false) ? -1 : (int)syscall(SYS_fsync, descriptor);
}

int fdatasync(int descriptor)
{
    return strikes(CALL_SYNC, descriptor, NULL, false) ? -1
                                                       : (int)syscall(SYS_fdatasync, descriptor);
}

int ftruncate64(int descriptor, off_t length)
{
    return strikes(CALL_TRUNCATE, descriptor, NULL, false)
               ? -1
               : (int)syscall(SYS_ftruncate, descriptor, length);
}

int ftruncate(int descriptor, off_t length)
{
    return ftruncate64(descriptor, length);
}

int rename(const char *from, const char *to)
{
    return strikes(CALL_RENAME, -1, to, false)
               ? -1
               : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int link(const char *from, const char *to)
{
    return strikes(CALL_LINK, -1, to, false)
               ? -1
               : (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path)
{
    return strikes(CALL_UNLINK, -1, path, false) ? -1
                                                 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

ssize_t sendto(int descriptor, const void *bytes, size_t count, int flags,
    __CONST_SOCKADDR_ARG address, socklen_t length)
{
    const struct sockaddr *to = address.__sockaddr__;
    if (!strikes(CALL_SEND, descriptor, NULL, true))
        return syscall(SYS_sendto, descriptor, bytes, count, flags, to, length);
    if (strike_error != 0)
        return -1;
    syscall(SYS_sendto, descriptor, bytes, count / 2, flags, to, length);
    end();
    return -1;
}

ssize_t send(int descriptor, const void *bytes, size_t count, int flags)
{
    return sendto(descriptor, bytes, count, flags, NULL, 0);
}

ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags)
{
    if (strikes(CALL_SEND, descriptor, NULL, false))
        return -1;
    return syscall(SYS_sendmsg, descriptor, message, flags);
}

// ---- What makes descriptors

int openat(int directory, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (strikes(CALL_OPEN, -1, path, false))
        return -1;
    return (int)syscall(SYS_openat, directory, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return openat(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));
int openat64(int directory, const char *path, int flags, ...) __attribute__((alias("openat")));

int socket(int domain, int type, int protocol)
{
    return strikes(CALL_SOCKET, -1, NULL, false) ? -1
                                                 : (int)syscall(SYS_socket, domain, type, protocol);
}

int accept4(int descriptor, __SOCKADDR_ARG address, socklen_t *length, int flags)
{
    if (strikes(CALL_ACCEPT, descriptor, NULL, false))
        return -1;
    return (int)syscall(SYS_accept4, descriptor, address.__sockaddr__, length, flags);
}

int accept(int descriptor, __SOCKADDR_ARG address, socklen_t *length)
{
    return accept4(descriptor, address, length, 0);
}

int epoll_create1(int flags)
{
    return strikes(CALL_POLLER, -1, NULL, false) ? -1 : (int)syscall(SYS_epoll_create1, flags);
}

int eventfd(unsigned value, int flags)
{
    return strikes(CALL_POLLER, -1, NULL, false) ? -1 : (int)syscall(SYS_eventfd2, value, flags);
}

int pipe2(int descriptors[2], int flags)
{
    return strikes(CALL_POLLER, -1, NULL, false) ? -1 : (int)syscall(SYS_pipe2, descriptors, flags);
}

int inotify_init1(int flags)
{
    return strikes(CALL_POLLER, -1, NULL, false) ? -1 : (int)syscall(SYS_inotify_init1, flags);
}

// ---- Memory

void *malloc(size_t size)
{
    return strikes(CALL_MALLOC, -1, NULL, false) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return strikes(CALL_MALLOC, -1, NULL, false) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return strikes(CALL_MALLOC, -1, NULL, false) ? NULL : __libc_realloc(old, size);
}
