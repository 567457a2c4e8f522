# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""In the network of a machine: a DNS server whose every name is 127.0.0.1, and TLS before a port."""

import asyncio
import ssl
import struct
import sys

A_RECORD, TTL = 1, 60


class Names(asyncio.DatagramProtocol):
    """Answers questions for A records; of other types there are none."""

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, peer):
        end = data.index(b"\0", 12) + 5  # the name, then type and class
        kind = struct.unpack("!H", data[end - 4 : end - 2])[0]
        record = b"\xc0\x0c" + struct.pack("!HHIH4B", A_RECORD, 1, TTL, 4, 127, 0, 0, 1)
        answers = record if kind == A_RECORD else b""
        header = data[:2] + struct.pack("!5H", 0x8180, 1, bool(answers), 0, 0)
        self.transport.sendto(header + data[12:end] + answers, peer)


async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except (ConnectionError, ssl.SSLError):
        pass
    finally:
        writer.close()


async def main(key, certificate, port):
    async def serve(reader, writer):
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(copy(reader, inner_writer), copy(inner_reader, writer))

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    await asyncio.get_running_loop().create_datagram_endpoint(Names, local_addr=("127.0.0.1", 53))
    server = await asyncio.start_server(serve, "127.0.0.1", 9443, ssl=context)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
