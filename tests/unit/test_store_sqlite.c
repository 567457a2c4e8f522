// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The record's file when something is wrong with it, with its disk, or with its neighbours.
#include "config.h"

#include "store_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "io/store_sqlite_schema.h"

static atomic_uint syncs;

// In place of libc's, which SQLite would call: a kill cannot show whether a commit would survive a
// power loss.
int fdatasync(int descriptor)
{
    atomic_fetch_add(&syncs, 1);
    return (int)syscall(SYS_fdatasync, descriptor);
}

int fsync(int descriptor)
{
    atomic_fetch_add(&syncs, 1);
    return (int)syscall(SYS_fsync, descriptor);
}

static void must_fail(struct fixture *fixture, enum error_code code, const char *words)
{
    assert_int_equal(open_store(fixture), -1);
    if (fixture->error.code != code || strstr(fixture->error.message, words) == NULL)
        fail_msg("code %d: %s", (int)fixture->error.code, fixture->error.message);
    assert_null(fixture->store);
}

// A whole file; its size, or -1 when it is not there. To be freed.
static ssize_t read_file(const char *path, char **bytes)
{
    struct stat status;
    *bytes = NULL;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || fstat(descriptor, &status) != 0)
        return -1;
    *bytes = memory_new((size_t)status.st_size, 1);
    ssize_t length = read(descriptor, *bytes, (size_t)status.st_size);
    close(descriptor);
    return length;
}

static void write_file(const char *path, const char *bytes, size_t length)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, bytes, length), length);
    close(descriptor);
}

// A closed record with content.
static void make_store(struct fixture *fixture)
{
    char name[32];
    char message[2000];
    memset(message, 'm', sizeof(message) - 1);
    message[sizeof(message) - 1] = '\0';
    must_open(fixture);
    struct store_batch *batch = store_batch_new();
    for (int i = 0; i < 50; i++) {
        snprintf(name, sizeof(name), "image-%d", i);
        store_batch_append(batch, batch_of_record(name, message));
    }
    must_commit(fixture, batch);
    close_store(fixture);
}

static void execute(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void a_new_file_is_private_and_leaves_nothing_beside_it(void **state)
{
    struct fixture *fixture = *state;
    struct stat status;
    char command[160];
    mode_t before = umask(0);
    must_open(fixture);
    umask(before);
    assert_int_equal(stat(fixture->path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    must_commit(fixture, batch_of_record("x", "y"));
    char *log = memory_format("%s-wal", fixture->path);
    assert_int_equal(stat(log, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    free(log);
    close_store(fixture);
    snprintf(command, sizeof(command), "test \"$(ls -A '%s')\" = state.db", fixture->directory);
    assert_int_equal(system(command), 0);
}

static void places_that_cannot_be(void **state)
{
    struct fixture *fixture = *state;
    snprintf(fixture->path, sizeof(fixture->path), "%s/no/state.db", fixture->directory);
    must_fail(fixture, ERROR_NOT_FOUND, "its directory does not exist");
    snprintf(fixture->path, sizeof(fixture->path), "%s", fixture->directory);
    must_fail(fixture, ERROR_INVALID, "not a regular file");
    fixture->path[0] = '\0';
    must_fail(fixture, ERROR_INVALID, "empty");
}

// Names that SQLite would not take for files.
static void names_are_only_names(void **state)
{
    struct fixture *fixture = *state;
    static const char *const names[] = {":memory:", "file:x?mode=memory"};
    char before[4096];
    assert_non_null(getcwd(before, sizeof(before)));
    assert_int_equal(chdir(fixture->directory), 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(fixture->path, sizeof(fixture->path), "%s", names[i]);
        must_open(fixture);
        close_store(fixture);
        assert_int_equal(access(names[i], F_OK), 0);
    }
    assert_int_equal(chdir(before), 0);
}

static void what_is_not_a_record_is_left_as_it_is(void **state)
{
    struct fixture *fixture = *state;
    static const char junk[8192] = "This is a text, and no database at all.";
    static const struct {
        size_t length;
        const char *words;
    } cases[] = {{0, "it is empty"}, {10, "not a database"}, {sizeof(junk), "not a database"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *after = NULL;
        write_file(fixture->path, junk, cases[i].length);
        must_fail(fixture, ERROR_CORRUPT, cases[i].words);
        assert_non_null(strstr(fixture->error.message, "aside"));
        assert_int_equal(read_file(fixture->path, &after), cases[i].length);
        assert_memory_equal(after, junk, cases[i].length);
        free(after);
    }
}

static void another_program_s_database_is_left_alone(void **state)
{
    struct fixture *fixture = *state;
    execute(fixture->path, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
    must_fail(fixture, ERROR_CORRUPT, "not of imaged");
}

// The header still promises all pages.
static void a_file_that_was_cut_short_is_refused(void **state)
{
    struct fixture *fixture = *state;
    char *bytes = NULL;
    make_store(fixture);
    ssize_t length = read_file(fixture->path, &bytes);
    static const int parts[] = {2, 3, 50};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        write_file(fixture->path, bytes, (size_t)(length / parts[i]));
        must_fail(fixture, ERROR_CORRUPT, "left as it is");
    }
    free(bytes);
}

// After a crash every page is looked at.
static void damage_inside_is_found_after_a_crash(void **state)
{
    struct fixture *fixture = *state;
    char *bytes = NULL;
    make_store(fixture);
    ssize_t length = read_file(fixture->path, &bytes);
    for (ssize_t at = 4096; at + 4096 <= length; at += 4096)
        memset(bytes + at, 0xa5, 64);
    write_file(fixture->path, bytes, (size_t)length);
    free(bytes);
    char *log = memory_format("%s-wal", fixture->path);
    write_file(log, "x", 1);
    free(log);
    must_fail(fixture, ERROR_CORRUPT, "left as it is");
}

static void a_state_that_means_nothing_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct record_list records = {0};
    struct store_state found = {0};
    make_store(fixture);
    execute(fixture->path, "UPDATE image SET state = 'splendid' WHERE name = 'image-7'");
    must_open(fixture);
    assert_int_equal(store_load(fixture->store, &records, &found, &fixture->error), -1);
    assert_int_equal(fixture->error.code, ERROR_CORRUPT);
    assert_non_null(strstr(fixture->error.message, "state of image 'image-7'"));
    record_list_deinit(&records);
    store_state_deinit(&found);
}

static void a_newer_version_is_refused_untouched(void **state)
{
    struct fixture *fixture = *state;
    char *before = NULL;
    char *after = NULL;
    make_store(fixture);
    execute(fixture->path, "PRAGMA user_version = 99");
    ssize_t length = read_file(fixture->path, &before);
    must_fail(fixture, ERROR_REFUSED, "newer imaged (version 99");
    assert_int_equal(read_file(fixture->path, &after), length);
    assert_memory_equal(before, after, (size_t)length);
    free(before);
    free(after);
}

static void a_log_without_its_file_is_not_made_to_fit(void **state)
{
    struct fixture *fixture = *state;
    char *log = memory_format("%s-wal", fixture->path);
    write_file(log, "old frames", 10);
    must_fail(fixture, ERROR_CORRUPT, "although its -wal file is there");
    assert_int_equal(access(fixture->path, F_OK), -1);
    free(log);
}

static void a_second_daemon_is_refused(void **state)
{
    struct fixture *fixture = *state;
    char process[64];
    int status = 0;
    must_open(fixture);
    snprintf(process, sizeof(process), "process %ld)", (long)getpid());
    pid_t child = fork();
    if (child == 0) {
        struct store *second = NULL;
        struct error error = {0};
        uv_loop_t loop;
        uv_loop_init(&loop);
        int result = store_open_sqlite(&loop, fixture->path, &second, &error);
        _exit(result == -1 && error.code == ERROR_BUSY &&
                      strstr(error.message, "another imaged uses") != NULL &&
                      strstr(error.message, process) != NULL
                  ? 0
                  : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    must_commit(fixture, batch_of_record("x", "still ours"));
}

// Commits "0", "1", … to the record "n", and says each number once it is durable.
static void commit_for_ever(const struct fixture *parent, int acknowledgements)
{
    struct fixture fixture = {0};
    snprintf(fixture.path, sizeof(fixture.path), "%s", parent->path);
    uv_loop_init(&fixture.loop);
    if (open_store(&fixture) != 0)
        _exit(1);
    for (uint32_t number = 0;; number++) {
        char text[16];
        snprintf(text, sizeof(text), "%u", number);
        struct store_batch *batch = batch_of_record("n", text);
        store_batch_set(batch, "n", text);
        store_batch_history(batch, history_row("n", number, text));
        if (commit(&fixture, batch) != 0 ||
            write(acknowledgements, &number, sizeof(number)) != sizeof(number))
            _exit(2);
    }
}

// Kills the writer after so many acknowledgements; the last one it gave.
static uint32_t kill_after(struct fixture *fixture, unsigned wanted)
{
    int ends[2];
    uint32_t last = 0;
    unsigned count = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0)
        commit_for_ever(fixture, ends[1]);
    close(ends[1]);
    while (read(ends[0], &last, sizeof(last)) == sizeof(last))
        if (++count == wanted)
            kill(child, SIGKILL);
    close(ends[0]);
    waitpid(child, NULL, 0);
    assert_true(count >= wanted);
    return last;
}

static void what_was_acknowledged_survives_a_kill(void **state)
{
    struct fixture *fixture = *state;
    for (unsigned round = 0; round < 12; round++) {
        uint32_t last = kill_after(fixture, 1 + round * 13);
        struct record_list records;
        struct store_state found;
        must_open(fixture);
        load(fixture, &records, &found);
        assert_int_equal(records.count, 1);
        assert_true(found.unclean);
        uint32_t stored = (uint32_t)strtoul(records.items[0]->message, NULL, 10);
        // One more may be durable than was said, and it is so as a whole.
        assert_in_range(stored, last, last + 1);
        assert_string_equal(tag_list_find(&found.settings, "n"), records.items[0]->message);
        record_list_deinit(&records);
        store_state_deinit(&found);
        close_store(fixture);
    }
}

static struct store_batch *large_batch(char letter)
{
    char *text = memory_new(1024 * 1024, 1);
    memset(text, letter, 1024 * 1024 - 1);
    struct store_batch *batch = batch_of_record("large", text);
    free(text);
    store_batch_append(batch, batch_of_record("small", "new"));
    return batch;
}

// A disk that is full: nothing of the batch is stored, it comes back, and it fits once there is
// room.
static void a_full_disk_passes(void **state)
{
    struct fixture *fixture = *state;
    struct rlimit before;
    must_open(fixture);
    must_commit(fixture, batch_of_record("small", "old"));
    // No file of this process may grow beyond this: the kernel's refusal differs from a full disk's
    // by its number only.
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    const struct rlimit low = {256 * 1024, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &low);
    int result = commit(fixture, large_batch('a'));
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(result, -1);
    if (fixture->error.code != ERROR_FULL)
        fail_msg("%s", fixture->error.message);
    assert_non_null(fixture->failed);
    char *message = stored_message(fixture, "small");
    assert_string_equal(message, "old");
    free(message);

    struct store_batch *again = fixture->failed;
    fixture->failed = NULL;
    must_commit(fixture, again);
    message = stored_message(fixture, "small");
    assert_string_equal(message, "new");
    free(message);
}

// The same on a file system that is really full, where one can be made.
static void a_full_file_system_passes(void **state)
{
    struct fixture *fixture = *state;
    char command[256];
    snprintf(command, sizeof(command), "mount -t tmpfs -o size=512k none '%s' 2>/dev/null",
        fixture->directory);
    if (geteuid() != 0 || system(command) != 0)
        skip(); // needs root and the right to mount
    must_open(fixture);
    must_commit(fixture, batch_of_record("small", "old"));
    assert_int_equal(commit(fixture, large_batch('a')), -1);
    assert_int_equal(fixture->error.code, ERROR_FULL);
    assert_non_null(strstr(fixture->error.message, "make room"));
    snprintf(command, sizeof(command), "mount -o remount,size=16m none '%s'", fixture->directory);
    assert_int_equal(system(command), 0);
    struct store_batch *again = fixture->failed;
    fixture->failed = NULL;
    must_commit(fixture, again);
    close_store(fixture);
    must_open(fixture);
    char *message = stored_message(fixture, "small");
    assert_string_equal(message, "new");
    free(message);
}

static void every_commit_is_synced(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture);
    for (int i = 0; i < 5; i++) {
        unsigned before = atomic_load(&syncs);
        must_commit(fixture, batch_of_record("x", "y"));
        assert_true(atomic_load(&syncs) > before);
    }
}

// Also when the test failed half-way.
static int unmount_and_tear_down(void **state)
{
    struct fixture *fixture = *state;
    char command[128];
    close_store(fixture);
    snprintf(command, sizeof(command), "umount '%s' 2>/dev/null", fixture->directory);
    int result = system(command);
    (void)result; // nothing is mounted where the test was skipped
    return tear_down(state);
}

static void the_log_stays_small(void **state)
{
    struct fixture *fixture = *state;
    struct stat status;
    char *log = memory_format("%s-wal", fixture->path);
    must_open(fixture);
    for (int i = 0; i < 30; i++) {
        must_commit(fixture, large_batch((char)('a' + i % 26)));
        assert_int_equal(stat(log, &status), 0);
        assert_in_range(status.st_size, 1, 4 * 1024 * 1024);
    }
    must_commit(fixture, batch_of_record("small", "last"));
    must_commit(fixture, batch_of_record("small", "very last"));
    assert_int_equal(stat(log, &status), 0);
    assert_in_range(status.st_size, 1, 1024 * 1024);
    free(log);
}

static void versions_follow_each_other_or_not_at_all(void **state)
{
    struct fixture *fixture = *state;
    static const struct schema_step bad[] = {
        {"SELECT 1"}, {"ALTER TABLE image ADD COLUMN extra TEXT"}, {"UPDATE nowhere SET x = 1"}};
    static const struct schema_step fixed[] = {{"SELECT 1"},
        {"ALTER TABLE image ADD COLUMN extra TEXT"}, {"UPDATE image SET extra = name"}};
    sqlite3 *db = NULL;
    struct error error = {0};
    int version = 0;
    make_store(fixture);
    assert_int_equal(sqlite3_open(fixture->path, &db), SQLITE_OK);
    assert_int_equal(schema_migrate(db, fixture->path, 1, bad, 3, &error), -1);
    assert_int_equal(schema_check(db, fixture->path, 3, &version, &error), 0);
    assert_int_equal(version, 1);
    assert_int_equal(schema_migrate(db, fixture->path, 1, fixed, 3, &error), 0);
    assert_int_equal(schema_check(db, fixture->path, 3, &version, &error), 0);
    assert_int_equal(version, 3);
    int count = 0;
    assert_int_equal(schema_number(db, fixture->path,
                         "SELECT count(*) FROM image WHERE extra = name", &count, &error),
        0);
    assert_int_equal(count, 50);
    sqlite3_close(db);
}

#define STORE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_new_file_is_private_and_leaves_nothing_beside_it),
        STORE_TEST(places_that_cannot_be),
        STORE_TEST(names_are_only_names),
        STORE_TEST(what_is_not_a_record_is_left_as_it_is),
        STORE_TEST(another_program_s_database_is_left_alone),
        STORE_TEST(a_file_that_was_cut_short_is_refused),
        STORE_TEST(damage_inside_is_found_after_a_crash),
        STORE_TEST(a_state_that_means_nothing_is_refused),
        STORE_TEST(a_newer_version_is_refused_untouched),
        STORE_TEST(a_log_without_its_file_is_not_made_to_fit),
        STORE_TEST(a_second_daemon_is_refused),
        STORE_TEST(what_was_acknowledged_survives_a_kill),
        STORE_TEST(a_full_disk_passes),
        cmocka_unit_test_setup_teardown(a_full_file_system_passes, set_up, unmount_and_tear_down),
        STORE_TEST(every_commit_is_synced),
        STORE_TEST(the_log_stays_small),
        STORE_TEST(versions_follow_each_other_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
