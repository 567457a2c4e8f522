// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/error.h"
#include "core/memory.h"
#include "imagectl/wishes.h"

struct wishes {
    sigset_t before;
    int signals;
    bool keys; // a person may type
    bool ended;
    enum wish missed; // came while only an end was looked for
};

static const struct {
    int number;
    enum wish wish;
} signals[] = {
    {SIGINT, WISH_END},
    {SIGTERM, WISH_END},
    {SIGHUP, WISH_END},
    {SIGTSTP, WISH_PAUSE},
    {SIGWINCH, WISH_REDRAW},
};

#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

struct wishes *wishes_new(struct error *error)
{
    sigset_t mask;
    struct wishes *wishes = memory_new(1, sizeof(*wishes));
    sigemptyset(&mask);
    for (size_t i = 0; i < SIGNALS; i++) {
        struct sigaction action;
        if (sigaction(signals[i].number, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            sigaddset(&mask, signals[i].number);
    }
    wishes->keys = isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
    wishes->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    if (wishes->signals < 0) {
        error_set_errno(error, ERROR_SYSTEM, errno, "signals cannot be waited for");
        free(wishes);
        return NULL;
    }
    sigprocmask(SIG_BLOCK, &mask, &wishes->before);
    return wishes;
}

void wishes_free(struct wishes *wishes)
{
    if (wishes == NULL)
        return;
    struct signalfd_siginfo pending;
    while (read(wishes->signals, &pending, sizeof(pending)) > 0)
        continue; // they were heeded: ended means ended
    close(wishes->signals);
    sigprocmask(SIG_SETMASK, &wishes->before, NULL);
    free(wishes);
}

static enum wish read_signal(struct wishes *wishes)
{
    struct signalfd_siginfo pending;
    if (read(wishes->signals, &pending, sizeof(pending)) != (ssize_t)sizeof(pending))
        return WISH_NONE;
    for (size_t i = 0; i < SIGNALS; i++)
        if ((uint32_t)signals[i].number == pending.ssi_signo)
            return signals[i].wish;
    return WISH_NONE;
}

static enum wish read_key(struct wishes *wishes)
{
    char key = 0;
    ssize_t got = read(STDIN_FILENO, &key, 1);
    if (got <= 0)
        wishes->keys = false; // nobody can type any more: do not spin
    return got == 1 && (key == 'q' || key == 'Q') ? WISH_END : WISH_NONE;
}

enum wish wishes_wait(struct wishes *wishes, int64_t ms)
{
    if (wishes->ended)
        return WISH_END;
    enum wish wish = wishes->missed;
    wishes->missed = WISH_NONE;
    if (wish != WISH_NONE)
        return wish;
    struct pollfd fds[] = {
        {.fd = wishes->signals, .events = POLLIN},
        {.fd = STDOUT_FILENO, .events = 0}, // whether it has a reader
        {.fd = wishes->keys ? STDIN_FILENO : -1, .events = POLLIN},
    };
    if (poll(fds, sizeof(fds) / sizeof(fds[0]), ms > 0 ? (int)ms : 0) <= 0)
        return WISH_NONE;
    if ((fds[0].revents & POLLIN) != 0)
        wish = read_signal(wishes);
    else if ((fds[1].revents & (POLLERR | POLLHUP)) != 0)
        wish = WISH_END;
    else if (fds[2].revents != 0)
        wish = read_key(wishes);
    wishes->ended = wish == WISH_END;
    return wish;
}

bool wishes_end(void *data)
{
    struct wishes *wishes = data;
    struct pollfd fd = {.fd = wishes->signals, .events = POLLIN};
    while (!wishes->ended && poll(&fd, 1, 0) > 0) {
        enum wish wish = read_signal(wishes);
        wishes->ended = wish == WISH_END;
        if (wish != WISH_NONE)
            wishes->missed = wish;
    }
    return wishes->ended;
}
