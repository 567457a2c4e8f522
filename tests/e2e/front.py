# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""A TCP server that a test puts between daemon and cloud: as a mere relay, with TLS, or as an enemy.

What it says as an enemy is written to the socket as it is, beyond anything that an HTTP server would
let itself be made to say.
"""

import re
import select
import socket
import ssl
import threading

CHUNK = 65536


class Front:
    """Listens on a port of its own; each connection has a thread, and what it gets is kept."""

    def __init__(self, upstream, context=None):
        host, port = upstream.split("//")[1].rsplit(":", 1)
        self.upstream = (host, int(port))
        self.context = context
        self.answer = None  # answer(connection, request): an enemy's; None: relay
        self.requests = []  # first bytes of each, as far as an enemy read them
        self.stopping = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"{'https' if self.context else 'http'}://127.0.0.1:{self.port}"

    def stop(self):
        self.stopping.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()

    def _accept(self):
        while not self.stopping.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            with connection:
                if self.answer is None:
                    self._relay(connection)
                else:
                    self._answer(connection)
        except (OSError, ssl.SSLError):
            pass  # the other side had enough

    def _answer(self, connection):
        request = b""
        while b"\r\n\r\n" not in request:
            more = connection.recv(CHUNK)
            if not more:
                return
            request += more
        self.requests.append(request)
        self.answer(connection, request)

    def forward(self, connection, request):
        """Has the cloud do what an enemy was asked for, and returns its answer."""
        head, _, body = request.partition(b"\r\n\r\n")
        announced = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
        while announced and len(body) < int(announced.group(1)):
            body += connection.recv(CHUNK)
        with socket.create_connection(self.upstream) as upstream:
            upstream.sendall(head + b"\r\nConnection: close\r\n\r\n" + body)
            return b"".join(iter(lambda: upstream.recv(CHUNK), b""))

    def _relay(self, connection):
        with socket.create_connection(self.upstream) as upstream:
            ends = {connection: upstream, upstream: connection}
            while not self.stopping.is_set() and self.answer is None:
                readable = [connection] if self.context and connection.pending() else []
                readable = readable or select.select(list(ends), [], [], 0.2)[0]
                for each in readable:
                    data = each.recv(CHUNK)
                    if not data:
                        return
                    self.requests += [data] if each is connection else []
                    ends[each].sendall(data)
