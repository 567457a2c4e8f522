// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "core/memory.h"
#include "core/text.h"
#include "imagectl/display.h"
#include "imagectl/screen.h"
#include "imagectl/terminal.h"

#define HIDE_CURSOR "\033[?25l"
#define SHOW_CURSOR "\033[?25h"
#define CLEAR_LINE  "\033[K"
#define CLEAR_BELOW "\033[J"

struct screen {
    char *drawn; // the lines that stand there; NULL: none
    struct terminal drawn_on;
    bool typed_hidden; // `before` holds what to put back
    struct termios before;
};

static void write_all(const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return; // the terminal is gone, and SIGHUP on its way
        bytes += written;
        length -= (size_t)written;
    }
}

static void write_text(const char *text)
{
    write_all(text, strlen(text));
}

// Columns of a line that may hold colours.
static size_t line_columns(const char *line, size_t length)
{
    struct text plain = {0};
    for (size_t i = 0; i < length;) {
        if (line[i] == '\033') {
            i += strcspn(line + i, "mK") + 1;
            continue;
        }
        text_append_n(&plain, line + i, 1);
        i++;
    }
    size_t columns = display_width(text_string(&plain));
    text_deinit(&plain);
    return columns;
}

// The terminal's lines that a line takes where it is so wide.
static size_t line_rows(const char *line, size_t length, size_t columns)
{
    size_t width = line_columns(line, length);
    return width == 0 ? 1 : (width + columns - 1) / columns;
}

// Back to the first of the lines that stand there. After a change of width the terminal has broken
// them anew.
static void go_back(const struct screen *screen, size_t columns, struct text *out)
{
    size_t rows = 0;
    for (const char *line = screen->drawn; line != NULL && *line != '\0';) {
        size_t length = strcspn(line, "\n");
        rows += line_rows(line, length, columns);
        line += length + 1;
    }
    text_append(out, "\r");
    if (rows > 0)
        text_format(out, "\033[%zuA", rows);
}

// The lines that fit, so that the cursor, below them, does not make the terminal scroll.
static char *fitting(const char *lines, const struct terminal *terminal)
{
    size_t rows = 1;
    const char *end = lines;
    while (*end != '\0') {
        size_t length = strcspn(end, "\n");
        rows += line_rows(end, length, terminal->columns);
        if (rows > terminal->rows)
            break;
        end += length + (end[length] == '\n');
    }
    return memory_text_n(lines, (size_t)(end - lines));
}

void screen_draw(struct screen *screen, const char *lines)
{
    struct terminal terminal = terminal_look();
    if (!terminal.present)
        return;
    char *shown = fitting(lines, &terminal);
    if (screen->drawn != NULL && strcmp(shown, screen->drawn) == 0 &&
        terminal.columns == screen->drawn_on.columns) {
        free(shown);
        return;
    }
    struct text out = {0};
    go_back(screen, terminal.columns, &out);
    for (const char *line = shown; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        // Cleared first: at the end of a full line it would take the last character away.
        text_append(&out, CLEAR_LINE);
        text_append_n(&out, line, length);
        text_append(&out, "\n");
        line += length + (line[length] == '\n');
    }
    text_append(&out, CLEAR_BELOW);
    write_all(out.bytes, out.length);
    text_deinit(&out);
    free(screen->drawn);
    screen->drawn = shown;
    screen->drawn_on = terminal;
}

void screen_enter(struct screen *screen)
{
    // In the background the terminal's modes are not ours to set.
    if (isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp() &&
        tcgetattr(STDIN_FILENO, &screen->before) == 0) {
        struct termios modes = screen->before;
        modes.c_lflag &= ~(tcflag_t)(ECHO | ICANON);
        modes.c_cc[VMIN] = 0;
        modes.c_cc[VTIME] = 0;
        screen->typed_hidden = tcsetattr(STDIN_FILENO, TCSANOW, &modes) == 0;
    }
    write_text(HIDE_CURSOR);
}

void screen_leave(struct screen *screen)
{
    write_text(SHOW_CURSOR);
    if (screen->typed_hidden)
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &screen->before);
    screen->typed_hidden = false;
    // What is drawn next comes below whatever happens until then.
    free(screen->drawn);
    screen->drawn = NULL;
}

struct screen *screen_new(void)
{
    struct screen *screen = memory_new(1, sizeof(*screen));
    screen_enter(screen);
    return screen;
}

void screen_free(struct screen *screen)
{
    if (screen == NULL)
        return;
    screen_leave(screen);
    free(screen);
}
