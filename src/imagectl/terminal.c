// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/state.h"
#include "imagectl/terminal.h"

#define USUAL_COLUMNS 80
#define USUAL_ROWS    24

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value != NULL && *value != '\0';
}

static bool wants_colour(void)
{
    const char *kind = getenv("TERM");
    return !is_set("NO_COLOR") && kind != NULL && strcmp(kind, "dumb") != 0;
}

struct terminal terminal_look(void)
{
    struct winsize size = {0};
    if (!isatty(STDOUT_FILENO))
        return (struct terminal){0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        size = (struct winsize){0};
    return (struct terminal){
        .present = true,
        .colour = wants_colour(),
        .columns = size.ws_col != 0 ? size.ws_col : USUAL_COLUMNS,
        .rows = size.ws_row != 0 ? size.ws_row : USUAL_ROWS,
    };
}

static const char *const sequences[PAINT_COUNT] = {
    [PAINT_NONE] = "",
    [PAINT_GOOD] = "\033[32m",
    [PAINT_BUSY] = "\033[33m",
    [PAINT_BAD] = "\033[31m",
    [PAINT_DIM] = "\033[2m",
    [PAINT_BOLD] = "\033[1m",
};

const char *paint_begin(enum paint paint, bool colour)
{
    return colour ? sequences[paint] : "";
}

const char *paint_end(enum paint paint, bool colour)
{
    return colour && paint != PAINT_NONE ? "\033[0m" : "";
}

enum paint paint_of_state(const char *state)
{
    static const enum paint paints[STATE_COUNT] = {
        [STATE_PENDING] = PAINT_BUSY,
        [STATE_AVAILABLE] = PAINT_GOOD,
        [STATE_FAILED] = PAINT_BAD,
    };
    int known = state_from_name(state);
    return known < 0 ? PAINT_NONE : paints[known];
}
