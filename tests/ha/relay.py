# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""An HTTP server on one host that passes each request on to another, remembers who asked what and when,
and lets a test decide what becomes of request and answer on the way.
"""

import dataclasses
import http.client
import http.server
import socket
import threading
import time

HOP = {"connection", "transfer-encoding", "content-length", "host", "keep-alive"}
UPSTREAM_LIMIT = 60  # seconds


@dataclasses.dataclass
class Entry:
    """One request, as it arrived."""

    time: float  # by time.monotonic()
    peer: str  # the address of who asked
    method: str
    path: str
    body: bytes
    status: int = 0  # of the answer, 0 as long as there is none


class Cut(Exception):
    """Raised by a hook: the connection ends here."""


@dataclasses.dataclass
class End:
    """One side of a relay. No context: in the clear. No host: the machine's own network."""

    address: str
    port: int
    host: str = None
    context: object = None


class Connection(http.client.HTTPConnection):
    """To an End, from its host."""

    def __init__(self, network, end):
        super().__init__(end.address, end.port, timeout=UPSTREAM_LIMIT)
        self.network = network
        self.end = end

    def connect(self):
        def plain():
            return socket.create_connection((self.end.address, self.end.port), timeout=self.timeout)

        self.sock = plain() if self.end.host is None else self.network.call(self.end.host, plain)
        if self.end.context is not None:
            self.sock = self.end.context.wrap_socket(self.sock, server_hostname=self.end.address)


class Relay:
    """From where `listen` says to `upstream`, until stop().

    connected(peer) is called ahead of a connection's TLS handshake, before(entry) ahead of a request's being
    passed on, after(entry) when it was answered, before its answer goes back. Each may wait; the latter two
    may raise Cut.
    """

    def __init__(self, network, listen, upstream):
        self.network = network
        self.upstream = upstream
        self.journal = []
        self.connected = lambda peer: None
        self.before = self.after = lambda entry: None
        relay = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def handle(self):
                try:
                    if listen.context is not None:
                        relay.connected(self.client_address[0])
                        self.connection.do_handshake()
                    super().handle()
                except OSError:
                    pass  # the other side had enough

            def do_GET(self):  # pylint: disable=invalid-name  # as http.server wants it
                relay.pass_on(self)

            do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 64

            def handle_error(self, *_):
                pass

        def bound():
            return Server((listen.address, listen.port), Handler)

        self.server = bound() if listen.host is None else network.call(listen.host, bound)
        if listen.context is not None:
            self.server.socket = listen.context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def pass_on(self, handler):
        """One request of a connection, whose end it may be."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        peer = handler.client_address[0]
        entry = Entry(time.monotonic(), peer, handler.command, handler.path, body)
        self.journal.append(entry)
        upstream = Connection(self.network, self.upstream)
        try:
            self.before(entry)
            headers = {k: v for k, v in handler.headers.items() if k.lower() not in HOP}
            upstream.request(entry.method, entry.path, body or None, headers)
            answer = upstream.getresponse()
            entry.status = answer.status
            self.after(entry)
            give_back(handler, answer)
        except (Cut, OSError, http.client.HTTPException):
            handler.close_connection = True
        finally:
            upstream.close()


def give_back(handler, answer):
    """Hands an answer on as it comes, piece by piece where it has no length."""
    handler.send_response_only(answer.status, answer.reason)
    for key, value in answer.getheaders():
        if key.lower() not in HOP:
            handler.send_header(key, value)
    if answer.length is not None:
        whole = answer.read()
        handler.send_header("Content-Length", str(len(whole)))
        handler.end_headers()
        handler.wfile.write(whole)
        return
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    while piece := answer.read1(65536):
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
    handler.wfile.write(b"0\r\n\r\n")
