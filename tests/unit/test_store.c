// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What a store promises: batches whole and in order, everything that a record holds, bounded
// history.
#include "config.h"

#include "store_fixture.h"

#include "io/store_batch.h"
#include "io/store_members.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

// A value for each type that differs from a new record's.
static const struct store_value samples[] = {
    [MEMBER_TEXT] = {.kind = STORE_VALUE_TEXT, .text = "a 'quoted' \"text\"; é\n--"},
    [MEMBER_BOOLEAN] = {.kind = STORE_VALUE_INTEGER, .integer = 1},
    [MEMBER_INT64] = {.kind = STORE_VALUE_INTEGER, .integer = INT64_C(1) << 53},
    [MEMBER_UINT32] = {.kind = STORE_VALUE_INTEGER, .integer = UINT32_MAX},
    [MEMBER_TEXT_LIST] = {.kind = STORE_VALUE_TEXT, .text = "[\"ami-1\",\"ami-\\\"2\"]"},
    [MEMBER_STATE] = {.kind = STORE_VALUE_TEXT, .text = "available"},
    [MEMBER_REASON] = {.kind = STORE_VALUE_TEXT, .text = "Contested"},
    [MEMBER_INTENT] = {.kind = STORE_VALUE_TEXT, .text = "delete"},
};

static void assert_same_record(const struct record *one, const struct record *other)
{
    for (const struct store_member *member = store_members; member->name != NULL; member++) {
        struct store_value first = {0};
        struct store_value second = {0};
        assert_int_equal(store_member_get(one, member, &first, NULL), 0);
        assert_int_equal(store_member_get(other, member, &second, NULL), 0);
        if (first.kind != second.kind || first.integer != second.integer)
            fail_msg("%s differs", member->name);
        if (first.kind == STORE_VALUE_TEXT)
            assert_string_equal(first.text, second.text);
        store_value_deinit(&first);
        store_value_deinit(&second);
    }
}

static void every_member_comes_back(void **state)
{
    struct fixture *fixture = *state;
    struct record *full = record_new("full");
    struct record *bare = record_new("bare");
    for (const struct store_member *member = store_members + 1; member->name != NULL; member++)
        assert_int_equal(store_member_set(full, member, &samples[member->type], NULL), 0);
    must_open(fixture);
    struct store_batch *batch = store_batch_new();
    store_batch_record(batch, full);
    store_batch_record(batch, bare);
    must_commit(fixture, batch);
    close_store(fixture);
    must_open(fixture);

    struct record_list records;
    struct store_state found;
    load(fixture, &records, &found);
    assert_int_equal(records.count, 2);
    assert_same_record(records.items[0], bare);
    assert_same_record(records.items[1], full);
    assert_null(records.items[0]->image_id);
    assert_false(found.fresh);
    assert_false(found.unclean);
    record_list_deinit(&records);
    store_state_deinit(&found);
    record_free(full);
    record_free(bare);
}

static bool is_member(const char *name, size_t length)
{
    for (const struct store_member *member = store_members; member->name != NULL; member++)
        if (strlen(member->name) == length && memcmp(member->name, name, length) == 0)
            return true;
    return false;
}

// Whoever adds a member to the struct must not forget the table: every line of it that ends in
// "NAME;" has a row.
static void the_table_of_members_is_complete(void **state)
{
    (void)state;
    const char *root = getenv("srcdir");
    char line[256];
    bool inside = false;
    size_t found = 0;
    CLEANUP(memory_free_text)
    char *path = memory_format("%s/src/core/record.h", root == NULL ? "." : root);
    FILE *header = fopen(path, "re");
    if (header == NULL)
        fail_msg("cannot read %s: set srcdir", path);
    while (fgets(line, sizeof(line), header) != NULL) {
        char *comment = strstr(line, "//");
        if (comment != NULL)
            *comment = '\0';
        char *end = strchr(line, ';');
        if (strcmp(line, "struct record {\n") == 0)
            inside = true;
        else if (inside && line[0] == '}')
            break;
        else if (inside && end != NULL && strncmp(line, "    ", 4) == 0) {
            char *name = end;
            while (strchr(" *", name[-1]) == NULL)
                name--;
            if (!is_member(name, (size_t)(end - name)))
                fail_msg("no row for: %s", line);
            found++;
        }
    }
    fclose(header);
    size_t rows = 0;
    while (store_members[rows].name != NULL)
        rows++;
    assert_int_equal(found, rows);
}

static void a_value_that_means_nothing_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *member;
        struct store_value value;
    } cases[] = {
        {"removed", {.kind = STORE_VALUE_INTEGER, .integer = 2}},
        {"removed", {.kind = STORE_VALUE_NONE}},
        {"attempts", {.kind = STORE_VALUE_INTEGER, .integer = -1}},
        {"attempts", {.kind = STORE_VALUE_INTEGER, .integer = INT64_C(1) << 32}},
        {"since_wall_ms", {.kind = STORE_VALUE_TEXT, .text = "1"}},
        {"image_id", {.kind = STORE_VALUE_INTEGER, .integer = 1}},
        {"previous", {.kind = STORE_VALUE_TEXT, .text = "[1]"}},
        {"previous", {.kind = STORE_VALUE_TEXT, .text = "{}"}},
        {"previous", {.kind = STORE_VALUE_TEXT, .text = "[\"ami-1\""}},
        {"state", {.kind = STORE_VALUE_TEXT, .text = "Available"}},
        {"reason", {.kind = STORE_VALUE_TEXT, .text = ""}},
        {"intent", {.kind = STORE_VALUE_NONE}},
        // Sums with these would overflow.
        {"since_wall_ms", {.kind = STORE_VALUE_INTEGER, .integer = INT64_MAX}},
        {"removed_wall_ms", {.kind = STORE_VALUE_INTEGER, .integer = INT64_MIN}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct record *record = record_new("x");
        struct error error = {0};
        const struct store_member *member = store_members;
        while (strcmp(member->name, cases[i].member) != 0)
            member++;
        assert_int_equal(store_member_set(record, member, &cases[i].value, &error), -1);
        assert_int_equal(error.code, ERROR_CORRUPT);
        record_free(record);
    }
}

static void a_batch_is_applied_in_its_order(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture);
    struct store_batch *batch = batch_of_record("kept", "old");
    store_batch_forget(batch, "kept");
    store_batch_append(batch, batch_of_record("kept", "new"));
    store_batch_append(batch, batch_of_record("gone", "old"));
    store_batch_forget(batch, "gone");
    store_batch_forget(batch, "never there");
    store_batch_set(batch, "a", "1");
    store_batch_set(batch, "a", "2");
    store_batch_set(batch, "b", "1");
    store_batch_set(batch, "b", NULL);
    must_commit(fixture, batch);

    struct record_list records;
    struct store_state found;
    load(fixture, &records, &found);
    assert_int_equal(records.count, 1);
    assert_string_equal(records.items[0]->message, "new");
    assert_true(found.fresh);
    assert_int_equal(found.settings.count, 1);
    assert_string_equal(tag_list_find(&found.settings, "a"), "2");
    record_list_deinit(&records);
    store_state_deinit(&found);
}

// A batch that waits for a full disk, and is appended to all the while.
static void a_batch_that_waits_stays_small(void **state)
{
    (void)state;
    struct store_batch *batch = store_batch_new();
    char text[32];
    for (int i = 0; i < 3000; i++) {
        snprintf(text, sizeof(text), "%d", i);
        store_batch_append(batch, batch_of_record("a", text));
        store_batch_forget(batch, "b");
        store_batch_set(batch, "k", text);
    }
    for (int i = 0; i < STORE_BATCH_HISTORY_ROWS + 2; i++) {
        snprintf(text, sizeof(text), "%d", i);
        store_batch_history(batch, history_row("a", i + 1, text));
    }
    size_t count = 0;
    const struct store_change *change;
    DL_COUNT(batch->changes, change, count);
    assert_int_equal(count, 3 + STORE_BATCH_HISTORY_ROWS);
    const struct store_change *third = batch->changes->next->next;
    assert_int_equal(third->kind, STORE_SETTING);
    assert_string_equal(third->value, "2999");
    assert_string_equal(third->next->row->message, "2");
    store_batch_free(batch);
}

static const struct store_change *first_history(const struct store_batch *batch)
{
    const struct store_change *change = batch->changes;
    while (change->kind != STORE_HISTORY)
        change = change->next;
    return change;
}

// The first turn with a large directory: records stand between the rows, which must not be searched
// through for each of them.
static void the_oldest_history_goes_from_among_records(void **state)
{
    (void)state;
    const int count = 4 * STORE_BATCH_HISTORY_ROWS;
    struct store_batch *batch = store_batch_new();
    char text[32];
    for (int i = 0; i < count; i++) {
        snprintf(text, sizeof(text), "%d", i);
        struct record *record = record_new(text);
        store_batch_record(batch, record);
        record_free(record);
        store_batch_history(batch, history_row("a", i + 1, text));
    }
    assert_string_equal(first_history(batch)->row->message, "0"); // on a healthy disk all are kept
    struct store_batch *later = store_batch_new();                // as after a commit that failed
    store_batch_history(later, history_row("a", count + 1, "last"));
    store_batch_append(batch, later);
    snprintf(text, sizeof(text), "%d", count - STORE_BATCH_HISTORY_ROWS + 1);
    assert_string_equal(first_history(batch)->row->message, text);
    assert_string_equal(batch->changes->prev->row->message, "last");
    store_batch_free(batch);
}

// What cannot be stored takes nothing else with it, and leaves no transaction open.
static void a_batch_that_cannot_be_stored_is_not_stored_in_part(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture);
    struct store_batch *batch = batch_of_record("good", "x");
    struct record *bad = record_new("bad");
    text_list_add(&bad->previous, "\xff");
    bad->previous.present = true;
    store_batch_record(batch, bad);
    record_free(bad);
    assert_int_equal(commit(fixture, batch), -1);
    assert_int_equal(fixture->error.code, ERROR_INVALID);
    assert_string_equal(
        fixture->error.message, "storing image 'bad': previous: a text is not UTF-8");
    assert_null(stored_message(fixture, "good"));
    must_commit(fixture, batch_of_record("next", "y"));
    assert_null(stored_message(fixture, "good"));
}

// Of each record and setting one change, whatever came before it; of the history all.
static void a_batch_knows_its_size(void **state)
{
    (void)state;
    struct store_batch *batch = store_batch_new();
    struct record *record = record_new("web");
    assert_int_equal(store_batch_size(batch), 0);
    store_batch_record(batch, record);
    store_batch_record(batch, record);
    store_batch_forget(batch, "other");
    store_batch_set(batch, "key", "value");
    assert_int_equal(store_batch_size(batch), 3);
    for (int i = 0; i < 2; i++) {
        struct history_row *row = memory_new(1, sizeof(*row));
        row->name = memory_text("web");
        row->message = memory_text("");
        store_batch_history(batch, row);
    }
    assert_int_equal(store_batch_size(batch), 5);
    record_free(record);
    store_batch_free(batch);
}

static void an_empty_batch_commits(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture);
    struct store_batch *batch = store_batch_new();
    assert_true(store_batch_is_empty(batch));
    must_commit(fixture, batch);
}

// What a history call found: messages joined, newest first.
struct seen {
    struct fixture *fixture;
    size_t count;
    char messages[256];
};

static void see_history(const struct history_list *rows, const struct error *error, void *data)
{
    struct seen *seen = data;
    seen->fixture->answers++;
    seen->messages[0] = '\0';
    assert_null(error);
    seen->count = rows->count;
    for (size_t i = 0; i < rows->count && i < 8; i++) {
        size_t length = strlen(seen->messages);
        snprintf(seen->messages + length, sizeof(seen->messages) - length, "%s.",
            rows->items[i]->message);
        assert_int_equal(rows->items[i]->state, STATE_FAILED);
        assert_int_equal(rows->items[i]->reason, REASON_REJECTED);
    }
}

static struct seen history(struct fixture *fixture, const char *name, size_t limit)
{
    struct seen seen = {.fixture = fixture};
    store_history(fixture->store, name, limit, see_history, &seen);
    wait_for_answer(fixture);
    return seen;
}

static void history_is_newest_first(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture);
    struct store_batch *batch = store_batch_new();
    store_batch_history(batch, history_row("a", 1000, "a1"));
    store_batch_history(batch, history_row("b", 2000, "b1"));
    // The clock was set back: what came last is the newest all the same.
    store_batch_history(batch, history_row("a", 500, "a2"));
    store_batch_forget(batch, "a");
    must_commit(fixture, batch);
    assert_string_equal(history(fixture, "a", 10).messages, "a2.a1.");
    assert_string_equal(history(fixture, "a", 1).messages, "a2.");
    assert_string_equal(history(fixture, NULL, 10).messages, "a2.b1.a1.");
    assert_string_equal(history(fixture, "c", 10).messages, "");
    assert_string_equal(history(fixture, "a", SIZE_MAX).messages, "a2.a1.");
}

static void history_is_bounded(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture);
    struct store_batch *batch = store_batch_new();
    char message[32];
    for (int i = 1; i <= STORE_HISTORY_ROWS + 5; i++) {
        snprintf(message, sizeof(message), "%d", i);
        store_batch_history(batch, history_row("busy", i, message));
    }
    store_batch_history(batch, history_row("calm", 7, "old"));
    must_commit(fixture, batch);
    assert_int_equal(history(fixture, "busy", 5000).count, STORE_HISTORY_ROWS);
    assert_string_equal(history(fixture, "busy", 2).messages, "1005.1004.");
    assert_int_equal(history(fixture, "calm", 5000).count, 1);

    batch = store_batch_new();
    store_batch_history(batch, history_row("calm", STORE_HISTORY_DAYS * DAY_MS + 8, "new"));
    must_commit(fixture, batch);
    assert_string_equal(history(fixture, "calm", 5000).messages, "new.");
    assert_int_equal(history(fixture, "busy", 5000).count, STORE_HISTORY_ROWS - 2);
}

// Notes the order in which commits are answered.
struct ordered {
    struct fixture *fixture;
    char *log;
    char letter;
};

static void note_order(struct store_batch *failed, const struct error *error, void *data)
{
    struct ordered *ordered = data;
    assert_null(failed);
    assert_null(error);
    strncat(ordered->log, &ordered->letter, 1);
    ordered->fixture->answers++;
}

static void commits_are_answered_in_order(void **state)
{
    struct fixture *fixture = *state;
    char log[16] = "";
    struct ordered ordered[6];
    must_open(fixture);
    for (int i = 0; i < 6; i++) {
        ordered[i] = (struct ordered){fixture, log, (char)('a' + i)};
        char text[2] = {ordered[i].letter, '\0'};
        store_commit(fixture->store, batch_of_record("x", text), note_order, &ordered[i]);
    }
    while (fixture->answers < 6)
        wait_for_answer(fixture);
    assert_string_equal(log, "abcdef");
    char *message = stored_message(fixture, "x");
    assert_string_equal(message, "f");
    free(message);
}

static void history_sees_the_commits_before_it(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen = {.fixture = fixture};
    must_open(fixture);
    struct store_batch *batch = store_batch_new();
    store_batch_history(batch, history_row("a", 1, "before"));
    store_commit(fixture->store, batch, NULL, NULL);
    store_history(fixture->store, "a", 10, see_history, &seen);
    batch = store_batch_new();
    store_batch_history(batch, history_row("a", 2, "after"));
    store_commit(fixture->store, batch, NULL, NULL);
    wait_for_answer(fixture);
    assert_string_equal(seen.messages, "before.");
}

static void closing_finishes_what_was_asked(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture);
    for (int i = 0; i < 10; i++) {
        char name[16];
        snprintf(name, sizeof(name), "n%d", i);
        store_commit(fixture->store, batch_of_record(name, "x"), remember_commit, fixture);
    }
    close_store(fixture);
    assert_int_equal(fixture->answers, 10);
    must_open(fixture);
    struct record_list records;
    struct store_state found;
    load(fixture, &records, &found);
    assert_int_equal(records.count, 10);
    record_list_deinit(&records);
    store_state_deinit(&found);
}

static void commit_again(struct store_batch *failed, const struct error *error, void *data)
{
    struct fixture *fixture = data;
    assert_null(failed);
    assert_null(error);
    if (++fixture->answers < 3)
        store_commit(fixture->store, batch_of_record("x", "again"), commit_again, fixture);
}

static void a_callback_may_commit(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture);
    store_commit(fixture->store, batch_of_record("x", "first"), commit_again, fixture);
    while (fixture->answers < 3)
        wait_for_answer(fixture);
    char *message = stored_message(fixture, "x");
    assert_string_equal(message, "again");
    free(message);
}

#define STORE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(every_member_comes_back),
        cmocka_unit_test(the_table_of_members_is_complete),
        cmocka_unit_test(a_value_that_means_nothing_is_refused),
        STORE_TEST(a_batch_is_applied_in_its_order),
        cmocka_unit_test(a_batch_knows_its_size),
        cmocka_unit_test(a_batch_that_waits_stays_small),
        cmocka_unit_test(the_oldest_history_goes_from_among_records),
        STORE_TEST(a_batch_that_cannot_be_stored_is_not_stored_in_part),
        STORE_TEST(an_empty_batch_commits),
        STORE_TEST(history_is_newest_first),
        STORE_TEST(history_is_bounded),
        STORE_TEST(commits_are_answered_in_order),
        STORE_TEST(history_sees_the_commits_before_it),
        STORE_TEST(closing_finishes_what_was_asked),
        STORE_TEST(a_callback_may_commit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
