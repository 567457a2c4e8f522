// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Bodies that are made while they are sent. The library asks for bytes when the socket takes some,
// once for each connection in a turn; one part is kept until it is taken.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "io/control_internal.h"

#define BLOCK_BYTES ((size_t)32 * 1024)

// For the library, which frees this with the response.
struct sending {
    struct control_request *request;
    struct control_parts parts;
    struct text part;
    size_t sent; // bytes of it
};

static enum control_part make_next(struct sending *sending)
{
    text_clear(&sending->part);
    sending->sent = 0;
    while (sending->part.length == 0) {
        enum control_part outcome = sending->parts.next(&sending->part, sending->parts.data);
        if (outcome != CONTROL_PART_MADE)
            return outcome;
    }
    control_set_deadline(sending->request->client);
    return CONTROL_PART_MADE;
}

// As a sender has it: `position` counts all bytes so far, which nobody needs.
static ssize_t read_parts(void *data, uint64_t position, char *bytes, size_t size)
{
    (void)position;
    struct sending *sending = data;
    enum control_part outcome = sending->sent < sending->part.length ? CONTROL_PART_MADE
                                                                     : make_next(sending);
    if (outcome != CONTROL_PART_MADE)
        return outcome == CONTROL_PART_NONE ? MHD_CONTENT_READER_END_OF_STREAM
                                            : MHD_CONTENT_READER_END_WITH_ERROR;
    size_t left = sending->part.length - sending->sent;
    size_t taken = left < size ? left : size;
    memcpy(bytes, sending->part.bytes + sending->sent, taken);
    sending->sent += taken;
    return (ssize_t)taken;
}

static void free_sending(void *data)
{
    struct sending *sending = data;
    sending->parts.free(sending->parts.data);
    text_deinit(&sending->part);
    free(sending);
}

struct MHD_Response *control_parts_response(
    struct control_request *request, const struct control_parts *parts)
{
    struct sending *sending = memory_new(1, sizeof(*sending));
    sending->request = request;
    sending->parts = *parts;
    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_parts, sending, free_sending);
    // libmicrohttpd would send the last chunk of a body that is none, and the client take it for
    // what follows (RFC 9112, 6.3); without chunks the connection ends instead.
    if (response != NULL && strcmp(request->method, "HEAD") == 0)
        (void)MHD_set_response_options(response, MHD_RF_HTTP_VERSION_1_0_ONLY, MHD_RO_END);
    return response;
}
