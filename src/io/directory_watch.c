// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"
#include "io/directory_watch.h"

#define DIRECTORY_EVENTS                                                                           \
    (IN_CREATE | IN_DELETE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVED_FROM |              \
        IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define ANCESTOR_EVENTS                                                                            \
    (IN_CREATE | IN_DELETE | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF |            \
        IN_MOVE_SELF | IN_ONLYDIR)

// The path may come into being while its ancestors are tried one after the other.
#define ARMING_TRIES 8

void directory_watch_init(
    struct directory_watch *watch, directory_dirty_callback *dirty, void *data)
{
    *watch = (struct directory_watch){
        .fd = -1, .directory_wd = -1, .ancestor_wd = -1, .dirty = dirty, .data = data};
}

// Events of an ancestor that are about another name in it are none of ours. Those of a watch that
// is not known (it has just been made on the work queue) are.
static bool matters(const struct directory_watch *watch, const struct inotify_event *event)
{
    if (event->mask & IN_Q_OVERFLOW)
        return true;
    bool known = event->wd == watch->directory_wd || event->wd == watch->ancestor_wd;
    if ((event->mask & IN_IGNORED) && !known)
        return false;
    if (event->wd != watch->ancestor_wd || event->wd == watch->directory_wd)
        return true;
    return event->len == 0 || watch->awaited == NULL || strcmp(event->name, watch->awaited) == 0;
}

// Only what is about a name in the directory itself is about that name alone.
static void take_hint(struct directory_watch *watch, const struct inotify_event *event)
{
    bool names = event->wd == watch->directory_wd && event->wd != watch->ancestor_wd &&
                 event->len > 0 && !(event->mask & (IN_Q_OVERFLOW | IN_ISDIR | IN_UNMOUNT));
    if (names)
        directory_hints_add(&watch->hints, event->name);
    else
        directory_hints_add_any(&watch->hints);
}

static bool read_events(struct directory_watch *watch)
{
    _Alignas(struct inotify_event) char buffer[16 * 1024];
    bool dirty = false;
    for (;;) {
        ssize_t got = read(watch->fd, buffer, sizeof(buffer));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return dirty;
        for (char *at = buffer; at < buffer + got;) {
            const struct inotify_event *event = (const void *)at;
            if (matters(watch, event)) {
                take_hint(watch, event);
                dirty = true;
            }
            at += sizeof(*event) + event->len;
        }
    }
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    struct directory_watch *watch =
        (struct directory_watch *)((char *)poll - offsetof(struct directory_watch, poll));
    if (read_events(watch))
        watch->dirty(watch->data);
}

void directory_watch_open(struct directory_watch *watch, uv_loop_t *loop)
{
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0) {
        watch->error = errno;
        return;
    }
    int result = uv_poll_init(loop, &watch->poll, fd);
    if (result != 0) {
        watch->error = -result;
        close(fd);
        return;
    }
    watch->fd = fd;
    watch->error = 0;
    watch->poll.data = watch->data;
    uv_poll_start(&watch->poll, UV_READABLE, on_readable);
}

// Cuts the last part off a path in place and returns it; NULL when there is none left. `a` lies in
// `.`, which is a path of its own here.
static char *cut_last_part(char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        path[--length] = '\0';
    if (strcmp(path, "/") == 0 || strcmp(path, ".") == 0)
        return NULL;
    char *slash = strrchr(path, '/');
    char *part = memory_text(slash == NULL ? path : slash + 1);
    if (slash == NULL)
        strcpy(path, ".");
    else
        slash[slash == path ? 1 : 0] = '\0';
    return part;
}

static bool is_absence(int errno_value)
{
    return errno_value == ENOENT || errno_value == ENOTDIR;
}

// A lack of watches must be told; everything else about an ancestor is left to the rescans.
static void note(struct directory_arming *arming, int errno_value)
{
    if (errno_value == ENOSPC || errno_value == ENOMEM)
        arming->error = errno_value;
}

static void arm_ancestor(int fd, const char *path, struct directory_arming *arming)
{
    CLEANUP(memory_free_text) char *ancestor = memory_text(path);
    arming->ancestor_wd = -1;
    for (;;) {
        char *part = cut_last_part(ancestor);
        if (part == NULL)
            return;
        free(arming->awaited);
        arming->awaited = part;
        arming->ancestor_wd = inotify_add_watch(fd, ancestor, ANCESTOR_EVENTS);
        if (arming->ancestor_wd >= 0)
            return;
        note(arming, errno);
        if (!is_absence(errno))
            return;
    }
}

// Whether the part that the ancestor is watched for is what is missing: if it is there already, it
// came before the watch, and there will be no event for it.
static bool awaits_rightly(const char *path, const struct directory_arming *arming)
{
    if (arming->ancestor_wd < 0)
        return true;
    CLEANUP(memory_free_text) char *ancestor = memory_text(path);
    CLEANUP(memory_free_text) char *part = cut_last_part(ancestor);
    struct stat status;
    return part == NULL || strcmp(part, arming->awaited) == 0 || stat(ancestor, &status) != 0;
}

// The ancestor first, and as the directory may be the ancestor as well ("x/.."), whose watch is
// then the same one, the directory's wider mask last.
void directory_watch_arm(int fd, const char *path, struct directory_arming *arming)
{
    *arming = (struct directory_arming){.directory_wd = -1, .ancestor_wd = -1};
    for (int tries = 0; tries < ARMING_TRIES; tries++) {
        arm_ancestor(fd, path, arming);
        arming->directory_wd = inotify_add_watch(fd, path, DIRECTORY_EVENTS);
        if (arming->directory_wd < 0 && !is_absence(errno) && errno != EACCES && errno != ELOOP)
            arming->error = errno;
        if (arming->directory_wd >= 0 || awaits_rightly(path, arming))
            return;
    }
}

static void drop(struct directory_watch *watch, int wd, const struct directory_arming *arming)
{
    if (wd >= 0 && wd != arming->directory_wd && wd != arming->ancestor_wd)
        inotify_rm_watch(watch->fd, wd);
}

void directory_watch_adopt(struct directory_watch *watch, struct directory_arming *arming)
{
    if (watch->fd < 0) {
        free(arming->awaited);
        return;
    }
    drop(watch, watch->directory_wd, arming);
    drop(watch, watch->ancestor_wd, arming);
    free(watch->awaited);
    watch->directory_wd = arming->directory_wd;
    watch->ancestor_wd = arming->ancestor_wd;
    watch->awaited = arming->awaited;
    watch->error = arming->error;
    arming->awaited = NULL;
}

bool directory_watch_close(struct directory_watch *watch, uv_close_cb closed)
{
    if (watch->fd < 0)
        return false;
    uv_close((uv_handle_t *)&watch->poll, closed);
    return true;
}

void directory_watch_deinit(struct directory_watch *watch)
{
    directory_hints_deinit(&watch->hints);
    free(watch->awaited);
    watch->awaited = NULL;
    if (watch->fd >= 0)
        close(watch->fd);
    watch->fd = -1;
}
