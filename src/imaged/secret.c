// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/memory.h"
#include "imaged/secret.h"

#define SECRET_LIMIT_BYTES 4096
#define CLIENT_SECRET      "client secret"
#define CREDENTIAL         "numspot-client-secret"
#define VARIABLE           "NUMSPOT_CLIENT_SECRET"
#define USUAL_FILE         SYSCONFDIR "/imaged/client_secret"

static char *from_environment; // the one global: an environment is one as well

static char *without_trailing_space(const char *bytes, size_t length)
{
    while (length > 0 && isspace((unsigned char)bytes[length - 1]))
        length--;
    return memory_text_n(bytes, length);
}

// May be empty.
static char *read_file(const char *what, const char *path, struct error *error)
{
    char buffer[SECRET_LIMIT_BYTES];
    char *secret = NULL;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        error_set_errno(error, ERROR_NOT_FOUND, errno, "cannot open the %s %s", what, path);
        return NULL;
    }
    ssize_t length = read(descriptor, buffer, sizeof(buffer));
    int reason = errno;
    close(descriptor);
    if (length < 0)
        error_set_errno(error, ERROR_SYSTEM, reason, "cannot read the %s %s", what, path);
    else if ((size_t)length == sizeof(buffer))
        error_set(error, ERROR_INVALID, "the %s %s is longer than %d bytes", what, path,
            SECRET_LIMIT_BYTES - 1);
    else
        secret = without_trailing_space(buffer, (size_t)length);
    explicit_bzero(buffer, sizeof(buffer));
    return secret;
}

char *secret_read_file(const char *what, const char *path, struct error *error)
{
    char *secret = read_file(what, path, error);
    if (secret == NULL || secret[0] != '\0')
        return secret;
    error_set(error, ERROR_INVALID, "the %s %s is empty", what, path);
    secret_free(secret);
    return NULL;
}

// Success with NULL: there is none. An empty one is what the unit passes where the operator has put
// no secret, so that imaged can say what is missing; systemd itself says little.
static int read_credential(char **secret, struct error *error)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    *secret = NULL;
    if (directory == NULL)
        return 0;
    CLEANUP(memory_free_text) char *path = memory_format("%s/%s", directory, CREDENTIAL);
    if (access(path, F_OK) != 0)
        return 0;
    *secret = read_file(CLIENT_SECRET, path, error);
    if (*secret == NULL)
        return -1;
    if ((*secret)[0] == '\0') {
        secret_free(*secret);
        *secret = NULL;
    }
    return 0;
}

char *secret_read(const char *file, struct error *error)
{
    char *secret = NULL;
    if (read_credential(&secret, error) != 0 || secret != NULL)
        return secret;
    if (file != NULL)
        return secret_read_file(CLIENT_SECRET, file, error);
    if (from_environment != NULL)
        return memory_text(from_environment);
    if (access(USUAL_FILE, R_OK) == 0)
        return secret_read_file(CLIENT_SECRET, USUAL_FILE, error);
    error_set(error, ERROR_NOT_FOUND,
        "there is no client secret: put it into " USUAL_FILE
        " (for imaged@NAME.service into " SYSCONFDIR
        "/imaged/NAME.secret), or give numspot.client_secret_file or $" VARIABLE);
    return NULL;
}

bool secret_is_hidden(void)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    return directory != NULL && access(directory, X_OK) != 0 && errno == EACCES;
}

void secret_free(char *secret)
{
    if (secret == NULL)
        return;
    explicit_bzero(secret, strlen(secret));
    free(secret);
}

void secret_hide_environment(void)
{
    char *value = getenv(VARIABLE);
    if (value == NULL || value[0] == '\0')
        return;
    from_environment = memory_text(value);
    explicit_bzero(value, strlen(value)); // what /proc/PID/environ shows
    unsetenv(VARIABLE);
}

void secret_forget_environment(void)
{
    secret_free(from_environment);
    from_environment = NULL;
}
