// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "simulation/deed.h"

static const struct {
    const char *name;
    const char *meaning;
} deeds[DEED_COUNT] = {
    [DEED_DECLARE] = {"declare", "an image that may be declared at all"},
    [DEED_WRITE] = {"write", "an operator writes a declaration, new or other"},
    [DEED_REMOVE] = {"remove", "an operator removes a file"},
    [DEED_SPOIL] = {"spoil", "a file is unusable for a while: half-written, empty, wrong"},
    [DEED_RENAME] = {"rename", "an operator renames a file, at once or over a while"},
    [DEED_TAKE_AWAY] = {"take-away", "a file is away for a while"},
    [DEED_DOUBLE] = {"double", "a name is declared twice for a while"},
    [DEED_LOSE_DIRECTORY] = {"lose-directory", "the directory is not there for a while"},
    [DEED_EMPTY_DIRECTORY] = {"empty-directory", "all files go at once, and come back"},
    [DEED_RETRY] = {"retry", "imagectl retry"},
    [DEED_REFRESH] = {"refresh", "imagectl refresh"},
    [DEED_SUSPEND] = {"suspend", "imagectl suspend"},
    [DEED_RESUME] = {"resume", "imagectl resume"},
    [DEED_APPROVE] = {"approve", "imagectl approve"},
    [DEED_OBSERVE] = {"observe", "the configuration is reloaded, with observe mode on or off"},
    [DEED_LAST_REMOVAL] = {"last-removal", "at the end, a file goes for good"},

    [DEED_CLOUD] = {"cloud", "the cloud's API goes wrong for a while"},
    [DEED_NETWORK] = {"network", "the network goes wrong for a while"},
    [DEED_DISK_FULL] = {"disk-full", "the disk is full for a while"},
    [DEED_DISK_CRASHES] = {"disk-crashes", "for a while, the daemon may die at any commit"},
    [DEED_CLOCK] = {"clock", "the daemon's clock jumps"},
    [DEED_REVOKE] = {"revoke", "all tokens are revoked"},
    [DEED_CRASH] = {"crash", "the daemon is killed, and started again"},

    [DEED_UNREACHABLE] = {"unreachable", "a request cannot be sent"},
    [DEED_LOST_REQUEST] = {"lost-request", "a request is lost on its way"},
    [DEED_LOST_ANSWER] = {"lost-answer", "what was asked is done, and the answer lost"},
    [DEED_SLOW] = {"slow", "a request takes long, or longer than is waited for"},
    [DEED_DUPLICATE] = {"duplicate", "a request arrives twice"},

    [DEED_CRASH_BEFORE] = {"crash-before", "the daemon is killed just before a commit"},
    [DEED_CRASH_TORN] = {"crash-torn", "the daemon is killed in the middle of a commit"},
    [DEED_CRASH_AFTER] = {"crash-after", "the daemon is killed just after a commit"},
    [DEED_RECORD_LOST] = {"record-lost", "the record is lost altogether"},
    [DEED_RECORD_RESTORED] = {"record-restored", "an old copy of the record takes its place"},
    [DEED_RECORD_LIED] = {"record-lied", "the disk lied: the record's last commits are not there"},

    [DEED_CONSOLE_CHANGE] = {"console-change", "a console user changes an image"},
    [DEED_CONSOLE_DELETE] = {"console-delete", "a console user deletes an image"},
    [DEED_STRANGER] = {"stranger", "somebody makes an image of a declared name"},
    [DEED_RELEASE] = {"release", "a new official image comes"},
    [DEED_NEIGHBOUR] = {"neighbour", "another installation works on the same space"},
};

const char *deed_name(enum deed deed)
{
    return deeds[deed].name;
}

const char *deed_meaning(enum deed deed)
{
    return deeds[deed].meaning;
}

enum deed deed_from_name(const char *name)
{
    enum deed deed = 0;
    while (deed < DEED_COUNT && strcmp(deeds[deed].name, name) != 0)
        deed++;
    return deed;
}
