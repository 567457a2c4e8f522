// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "core/ascii.h"
#include "core/text.h"
#include "numspot/percent.h"

void percent_append(struct text *out, const char *value)
{
    static const char digits[] = "0123456789ABCDEF";
    for (; *value != '\0'; value++) {
        if (ascii_is_alphanumeric(*value) || strchr("-._~", *value) != NULL) {
            text_append_n(out, value, 1);
        } else {
            unsigned char byte = (unsigned char)*value;
            char encoded[3] = {'%', digits[byte >> 4], digits[byte & 15]};
            text_append_n(out, encoded, sizeof(encoded));
        }
    }
}
