// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// imagectl(1) has the program's own tables in it. After a change of them, this test says so; run
// with UPDATE_MANUAL=1 in the environment, it puts the new ones in.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/state.h"
#include "core/text.h"
#include "imagectl/command.h"

#define PAGE "/man/imagectl.1"

// Text for mdoc, a sentence or part of one a line: what is in backquotes as a literal.
static void write_words(struct text *out, const char *words)
{
    bool fresh = true; // nothing on this line yet
    while (*words != '\0') {
        if (*words == '`') {
            size_t length = strcspn(words + 1, "`");
            size_t marks = strspn(words + length + 2, ".,;:)");
            text_format(out, "%s.Ql \"%.*s\"", fresh ? "" : "\n", (int)length, words + 1);
            for (size_t i = 0; i < marks; i++)
                text_format(out, " %c", words[length + 2 + i]);
            words += length + 2 + marks;
            words += strspn(words, " ");
            text_append(out, "\n");
            fresh = true;
        } else if (*words == '\n' || (*words == ' ' && words[-1] == '.')) {
            text_append(out, *words == '\n' ? "\n.Pp\n" : "\n");
            fresh = true;
            words++;
        } else {
            text_format(out, "%s%c", fresh && strchr(".'", *words) != NULL ? "\\&" : "", *words);
            fresh = false;
            words++;
        }
    }
    if (!fresh)
        text_append(out, "\n");
}

// The same, which begins with a capital letter and ends with a period.
static void write_sentence(struct text *out, const char *words)
{
    struct text sentence = {0};
    text_format(&sentence, "%s%s", words, words[strlen(words) - 1] == '.' ? "" : ".");
    if (*words >= 'a' && *words <= 'z')
        sentence.bytes[0] = (char)(*words - 'a' + 'A');
    write_words(out, sentence.bytes);
    text_deinit(&sentence);
}

// The page tells of the usual place, wherever this build has its own.
static char *at_the_usual_place(const char *words)
{
    struct text out = {0};
    const char *place = strstr(words, RUNSTATEDIR "/imaged/");
    if (place == NULL)
        return strdup(words);
    text_append_n(&out, words, (size_t)(place - words));
    text_format(&out, "/run%s", place + strlen(RUNSTATEDIR));
    return text_steal(&out);
}

static void write_option(struct text *out, const struct command_option *option)
{
    text_append(out, ".It ");
    if (option->letter != 0)
        text_format(out, "Fl %c , ", option->letter);
    text_format(out, "Fl -%s", option->name);
    if (option->value != NULL)
        text_format(out, " Ar %s", option->value);
    text_append(out, "\n");
    char *help = at_the_usual_place(option->help);
    write_sentence(out, help);
    free(help);
}

static void write_options(struct text *out, unsigned own, bool global)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (global ? command_options[i].global : (own & OPTION_BIT(i)) != 0)
            write_option(out, &command_options[i]);
}

static void write_global_options(struct text *out)
{
    text_append(out, ".Bl -tag -width Ds\n");
    write_options(out, 0, true);
    text_append(out, ".El\n");
}

static void write_usage(struct text *out, const struct command *command)
{
    text_format(out, ".It Cm %s", command->name);
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if ((command->options & OPTION_BIT(i)) != 0)
            text_format(out, " Oo Fl -%s%s%s Oc", command_options[i].name,
                command_options[i].value != NULL ? " Ar " : "",
                command_options[i].value != NULL ? command_options[i].value : "");
    size_t length = strlen(command->operands);
    if (command->operands[0] == '[')
        text_format(out, " Op Ar %.*s", (int)length - 2, command->operands + 1);
    else if (length > 0)
        text_format(out, " Ar %s", command->operands);
    text_append(out, "\n");
}

static void write_commands(struct text *out)
{
    text_append(out, ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = &command_table[i];
        write_usage(out, command);
        write_sentence(out, command->help);
        text_append(out, ".Pp\n");
        write_words(out, command->details);
        text_append(out, ".Pp\n.Bl -tag -width Ds -compact\n");
        write_options(out, command->options, false);
        for (size_t j = 0; j < COMMAND_STATUSES_LIMIT && command->statuses[j].meaning != NULL;
             j++) {
            text_format(out, ".It Exit status %d\n", command->statuses[j].status);
            write_sentence(out, command->statuses[j].meaning);
        }
        text_append(out, ".El\n");
    }
    text_append(out, ".El\n");
}

static void write_reasons(struct text *out)
{
    text_append(out, ".Bl -tag -width Ds\n");
    for (enum reason reason = 0; reason < REASON_COUNT; reason++) {
        text_format(out, ".It %s\n", reason_name(reason));
        write_words(out, reason_help(reason));
    }
    text_append(out, ".El\n");
}

static const struct {
    const char *name;
    void (*write)(struct text *out);
} parts[] = {
    {"options", write_global_options},
    {"commands", write_commands},
    {"reasons", write_reasons},
};

static char *page_path(void)
{
    static char path[4096];
    const char *top = getenv("srcdir");
    snprintf(path, sizeof(path), "%s" PAGE, top != NULL ? top : ".");
    return path;
}

static char *read_page(void)
{
    struct text page = {0};
    char buffer[4096];
    size_t got = 0;
    FILE *file = fopen(page_path(), "r");
    assert_non_null(file);
    while ((got = fread(buffer, 1, sizeof(buffer), file)) > 0)
        text_append_n(&page, buffer, got);
    fclose(file);
    return text_steal(&page);
}

// The page with what is between the marks replaced.
static char *with_part(const char *page, const char *name, const char *content)
{
    char begin[64];
    char end[64];
    struct text out = {0};
    snprintf(begin, sizeof(begin), ".\\\" begin %s\n", name);
    snprintf(end, sizeof(end), ".\\\" end %s\n", name);
    const char *from = strstr(page, begin);
    const char *to = strstr(page, end);
    assert_non_null(from);
    assert_non_null(to);
    text_append_n(&out, page, (size_t)(from - page) + strlen(begin));
    text_append(&out, content);
    text_append(&out, to);
    return text_steal(&out);
}

static void write_page(const char *page)
{
    FILE *file = fopen(page_path(), "w");
    assert_non_null(file);
    fputs(page, file);
    assert_int_equal(fclose(file), 0);
}

static void test_the_manual_has_the_tables(void **state)
{
    (void)state;
    char *page = read_page();
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        struct text content = {0};
        parts[i].write(&content);
        char *wanted = with_part(page, parts[i].name, content.bytes);
        text_deinit(&content);
        bool update = getenv("UPDATE_MANUAL") != NULL;
        if (update)
            write_page(wanted);
        else if (strcmp(page, wanted) != 0)
            fail_msg("%s is behind the table of %s: run make check with UPDATE_MANUAL=1",
                page_path(), parts[i].name);
        free(page);
        page = wanted;
    }
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_manual_has_the_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
