// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Making the sockets. Who may use them is decided in control_peer.
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/memory.h"
#include "io/control_listen.h"

#define BACKLOG 64

static enum error_code code_of_errno(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return ERROR_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERROR_REFUSED;
    case EADDRINUSE:
        return ERROR_BUSY;
    case EMFILE:
    case ENFILE:
    case ENOSPC:
    case EDQUOT:
        return ERROR_FULL;
    default:
        return ERROR_SYSTEM;
    }
}

static int fail(struct error *error, const char *what, const char *where)
{
    return error_set_errno(error, code_of_errno(errno), errno, "%s %s", what, where);
}

static int address_of(const char *path, struct sockaddr_un *address, struct error *error)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length == 0)
        return error_set(error, ERROR_INVALID, "the control socket's path is empty");
    if (length >= sizeof(address->sun_path))
        return error_set(error, ERROR_INVALID,
            "the control socket's path %s is too long: %zu bytes, and a Unix socket's may have %zu",
            path, length, sizeof(address->sun_path) - 1);
    memcpy(address->sun_path, path, length + 1);
    return 0;
}

// Whether somebody listens there: 1, 0, or -1 with the error set. Does not wait for an answer: a
// full queue is a live one.
static int is_alive(const struct sockaddr_un *address, struct error *error)
{
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0)
        return fail(error, "trying the control socket", address->sun_path);
    int result = connect(probe, (const struct sockaddr *)address, sizeof(*address));
    int number = errno;
    close(probe);
    if (result == 0 || number == EAGAIN)
        return 1;
    if (number == ECONNREFUSED || number == ENOENT)
        return 0;
    errno = number;
    return fail(error, "trying the control socket", address->sun_path);
}

// Makes way for a new socket: nothing there, or one that a dead process left.
static int clear_way(const struct sockaddr_un *address, struct error *error)
{
    struct stat status;
    const char *path = address->sun_path;
    if (lstat(path, &status) != 0)
        return errno == ENOENT ? 0 : fail(error, "making the control socket", path);
    if (!S_ISSOCK(status.st_mode))
        return error_set(error, ERROR_INVALID,
            "the control socket's path %s is taken by something that is not a socket: move it away",
            path);
    int alive = is_alive(address, error);
    if (alive < 0)
        return -1;
    if (alive == 1)
        return error_set(error, ERROR_BUSY,
            "another imaged listens on %s: stop it, or give this one a control.socket of its own",
            path);
    if (unlink(path) != 0 && errno != ENOENT)
        return fail(error, "removing the control socket that a dead process left,", path);
    return 0;
}

// Whether the group exists, and its number. A group with many members needs much room.
static bool find_group(const char *name, gid_t *number)
{
    struct group group;
    struct group *found = NULL;
    char *room = NULL;
    int result = ERANGE;
    for (size_t size = 4096; result == ERANGE && size <= 1024 * 1024; size *= 4) {
        room = memory_resize(room, size, 1);
        result = getgrnam_r(name, &group, room, size, &found);
    }
    if (found != NULL)
        *number = found->gr_gid;
    free(room);
    return found != NULL;
}

// It does already where the daemon's own group is this one; then no right to chown() is needed.
static bool belongs_to_group(const struct listener *listener)
{
    struct stat status;
    return lstat(listener->path, &status) == 0 && status.st_gid == listener->group;
}

// The file's group decides who may connect. Without the group the daemon goes on, for root and its
// own user.
static void give_to_group(struct listener *listener, const char *name)
{
    listener->has_group = find_group(name, &listener->group);
    if (!listener->has_group)
        listener->warning = memory_format(
            "the group %s does not exist: only root and the daemon's own user may change things "
            "through %s",
            name, listener->path);
    else if (!belongs_to_group(listener) && lchown(listener->path, (uid_t)-1, listener->group) != 0)
        listener->warning = memory_format(
            "%s could not be given to the group %s (%s): its members cannot connect unless the "
            "daemon's user belongs to it",
            listener->path, name, strerror(errno));
}

static int bind_unix(
    struct listener *listener, const struct sockaddr_un *address, struct error *error)
{
    const char *path = address->sun_path;
    struct stat status;
    // The mode that the file is made with: nobody else's until its group is right.
    if (fchmod(listener->descriptor, 0600) != 0 ||
        bind(listener->descriptor, (const struct sockaddr *)address, sizeof(*address)) != 0) {
        if (errno == ENOENT)
            return error_set(error, ERROR_NOT_FOUND,
                "making the control socket %s: its directory does not exist; make it, or let "
                "systemd do that with RuntimeDirectory=",
                path);
        return fail(error, "making the control socket", path);
    }
    listener->path = memory_text(path);
    if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode)) {
        listener->device = status.st_dev;
        listener->inode = status.st_ino;
    }
    return 0;
}

int listener_open_unix(
    struct listener *listener, const char *path, const char *group, struct error *error)
{
    struct sockaddr_un address;
    *listener = (struct listener){.descriptor = -1};
    if (address_of(path, &address, error) != 0 || clear_way(&address, error) != 0)
        return -1;
    listener->descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->descriptor < 0)
        return fail(error, "making the control socket", path);
    if (bind_unix(listener, &address, error) != 0)
        goto failed;
    if (group != NULL)
        give_to_group(listener, group);
    // No link is followed: one that took the socket's place must not give away what it leads to.
    if (listen(listener->descriptor, BACKLOG) == 0 &&
        fchmodat(AT_FDCWD, path, 0660, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    fail(error, "making the control socket", path);
    listener_unlink(listener);

failed:
    listener_deinit(listener);
    return -1;
}

// "127.0.0.1:9630" or "[::1]:9630", into the address and its length; 0 when it is neither.
static socklen_t parse_address(const char *text, struct sockaddr_storage *address)
{
    struct sockaddr_in *four = (struct sockaddr_in *)(void *)address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)address;
    const char *colon = strrchr(text, ':');
    char host[64];
    char *end = NULL;
    *address = (struct sockaddr_storage){0};
    if (colon == NULL || colon[1] < '0' || colon[1] > '9' || (size_t)(colon - text) >= sizeof(host))
        return 0;
    unsigned long port = strtoul(colon + 1, &end, 10);
    if (*end != '\0' || port > 65535)
        return 0;
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    size_t length = strlen(host);
    if (host[0] == '[' && host[length - 1] == ']') {
        host[length - 1] = '\0';
        six->sin6_family = AF_INET6;
        six->sin6_port = htons((uint16_t)port);
        return inet_pton(AF_INET6, host + 1, &six->sin6_addr) == 1 ? sizeof(*six) : 0;
    }
    four->sin_family = AF_INET;
    four->sin_port = htons((uint16_t)port);
    const char *number = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    return inet_pton(AF_INET, number, &four->sin_addr) == 1 ? sizeof(*four) : 0;
}

static bool is_loopback(const struct sockaddr_storage *address)
{
    const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;
    if (address->ss_family == AF_INET)
        return (ntohl(four->sin_addr.s_addr) >> 24) == 127;
    return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

static unsigned port_of(int descriptor)
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof(address);
    if (getsockname(descriptor, (struct sockaddr *)&address, &length) != 0)
        return 0;
    // The port stands at the same place in both.
    return ntohs(((const struct sockaddr_in *)(const void *)&address)->sin_port);
}

int listener_open_loopback(struct listener *listener, const char *text, struct error *error)
{
    static const int yes = 1;
    struct sockaddr_storage address;
    *listener = (struct listener){.descriptor = -1};
    socklen_t length = parse_address(text, &address);
    if (length == 0)
        return error_set(error, ERROR_INVALID,
            "the status address %s is not understood: it looks like 127.0.0.1:9630 or [::1]:9630",
            text);
    if (!is_loopback(&address))
        return error_set(error, ERROR_INVALID,
            "the status address %s is not on loopback: what imaged shows is for this machine only; "
            "put a proxy with authentication before it to show it to others",
            text);
    listener->descriptor = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->descriptor < 0 ||
        setsockopt(listener->descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
        bind(listener->descriptor, (const struct sockaddr *)&address, length) != 0 ||
        listen(listener->descriptor, BACKLOG) != 0) {
        fail(error, "listening on", text);
        listener_deinit(listener);
        return -1;
    }
    listener->port = port_of(listener->descriptor);
    return 0;
}

void listener_unlink(struct listener *listener)
{
    struct stat status;
    if (listener->path != NULL && lstat(listener->path, &status) == 0 &&
        status.st_dev == listener->device && status.st_ino == listener->inode)
        unlink(listener->path);
}

void listener_deinit(struct listener *listener)
{
    if (listener->descriptor >= 0)
        close(listener->descriptor);
    free(listener->path);
    free(listener->warning);
    *listener = (struct listener){.descriptor = -1};
}
