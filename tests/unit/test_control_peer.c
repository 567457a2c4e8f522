// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Who may change things. Whom the kernel names is put between the adapter and libc by the linker
// (see --wrap in unit.inc).
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/control_peer.h"

#define SOMEBODY    1000
#define OURSELF     100
#define GROUP       500
#define OTHER       501
#define NO_USER     ((uid_t)-1)
#define GROUP_LIMIT 4

static const struct peer_case {
    const char *what;
    uid_t user;
    gid_t group;
    gid_t groups[GROUP_LIMIT]; // up to the first 0
    bool without_group;        // there is none of the configured name
    bool known;
    bool can_write;
} cases[] = {
    {"root", 0, 0, {0}, false, true, true},
    {"root, without the group", 0, 0, {0}, true, true, true},
    {"the daemon's own user", OURSELF, OTHER, {0}, false, true, true},
    {"a user of that group", SOMEBODY, GROUP, {0}, false, true, true},
    {"a member of that group", SOMEBODY, SOMEBODY, {OTHER, GROUP}, false, true, true},
    {"a member of other groups", SOMEBODY, OTHER, {OTHER, OTHER + 1}, false, true, false},
    {"a user without groups", SOMEBODY, SOMEBODY, {0}, false, true, false},
    {"a member of a group that is not meant", SOMEBODY, GROUP, {GROUP}, true, true, false},
    {"nobody the kernel knows", NO_USER, GROUP, {GROUP}, false, false, false},
};

static const struct peer_case *asking;
static bool is_broken;

uid_t __wrap_geteuid(void);
uid_t __wrap_geteuid(void)
{
    return OURSELF;
}

static int give_groups(gid_t *groups, socklen_t *length)
{
    size_t count = 0;
    while (count < GROUP_LIMIT && asking->groups[count] != 0)
        count++;
    bool fits = *length >= count * sizeof(gid_t);
    if (fits)
        memcpy(groups, asking->groups, count * sizeof(gid_t));
    *length = (socklen_t)(count * sizeof(gid_t));
    errno = ERANGE;
    return fits ? 0 : -1;
}

int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *length);
int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *length)
{
    (void)fd;
    assert_int_equal(level, SOL_SOCKET);
    if (is_broken) {
        errno = EBADF;
        return -1;
    }
    if (option == SO_PEERGROUPS)
        return give_groups(value, length);
    assert_int_equal(option, SO_PEERCRED);
    struct ucred credentials = {.pid = 1, .uid = asking->user, .gid = asking->group};
    memcpy(value, &credentials, sizeof(credentials));
    return 0;
}

static void test_who_may_write(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        asking = &cases[i];
        struct peer peer = peer_of(7, !asking->without_group, GROUP);
        if (peer.known != asking->known || peer.can_write != asking->can_write)
            fail_msg("%s: known %d, may write %d", asking->what, peer.known, peer.can_write);
        if (peer.known)
            assert_int_equal(peer.user, asking->user);
    }
}

static void test_whom_the_kernel_does_not_tell_may_not(void **state)
{
    (void)state;
    asking = &cases[0];
    is_broken = true;
    struct peer peer = peer_of(7, true, GROUP);
    is_broken = false;
    assert_false(peer.known);
    assert_false(peer.can_write);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_may_write),
        cmocka_unit_test(test_whom_the_kernel_does_not_tell_may_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
