# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""A daemon that says what a test wants it to say: the control API (docs/control.md) on a Unix socket.

For what the client does of an answer that a real daemon gives seldom, or never.
"""

import contextlib
import http.server
import json
import os
import socket
import socketserver
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path


def image(name, state="available", reason="InSync", **more):
    """One image as GET /v1/images tells of it."""
    row = {
        "name": name,
        "state": state,
        "reason": reason,
        "message": "",
        "image_id": "ami-00000001",
        "cloud_name": name,
        "cloud_state": "available",
        "file": f"/etc/imaged/images.d/{name}.yaml",
        "line": 1,
        "declared": True,
        "in_flight": False,
        "since": "2026-11-25T10:00:00.000Z",
        "age_ms": 65000,
        "attempts": 0,
        "next_attempt": None,
        "next_attempt_ms": None,
        "pending_since": None,
        "suspended": False,
        "invalid": None,
    }
    row.update(more)
    return row


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def address_string(self):
        return "unix"

    def reply(self, status, body=None, headers=()):
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def problem(self, status, title, detail):
        self.reply(status, {"title": title, "status": status, "detail": detail})

    def do_GET(self):
        self.server.daemon_of_test.get(self, urllib.parse.urlsplit(self.path))

    def do_POST(self):
        self.server.daemon_of_test.post(self, self.path)


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def __init__(self, path, daemon_of_test):
        super().__init__(path, Handler)
        self.daemon_of_test = daemon_of_test
        self.connections = set()

    def get_request(self):
        connection, address = super().get_request()
        self.connections.add(connection)
        return connection, address

    def shutdown_request(self, request):
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):  # a client that went is no news
            super().handle_error(request, client_address)

    def break_connections(self):
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class FakeDaemon:
    """Serves `images` and `status`, which a test changes under way with change()."""

    def __init__(self):
        self._directory = tempfile.TemporaryDirectory(prefix="imaged-")
        self.socket = Path(self._directory.name) / "control.sock"
        self.images = []
        self.details = {}
        self.history = []
        self.faults = {}
        self.ready = True
        self.listed = True
        self.mode = "apply"
        self.invalid = 0
        self.revision = 1
        self.posts = []
        self.gets = []
        self.refusal = None  # detail of a 403 to each POST
        self.leadership = None
        self.override = {}  # path: (status, bytes), in place of the right answer
        self.hang = False  # takes requests and answers none
        self.hanging = False
        self.server = None

    def start(self):
        self.server = Server(str(self.socket), self)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self):
        """Ends it as a crash would: the socket's file stays behind."""
        self.server.shutdown()
        self.server.server_close()
        self.server.break_connections()
        self.server = None

    def restart(self):
        os.unlink(self.socket)
        return self.start()

    def finish(self):
        self.hang = False
        if self.server is not None:
            self.stop()
        self._directory.cleanup()

    def change(self, *images):
        """Other images from here on."""
        self.images = list(images)
        self.revision += 1

    def status(self):
        states = [row["state"] for row in self.images]
        return {
            "version": "0.1.0",
            "installation": "tests",
            "mode": self.mode,
            "ready": self.ready,
            "settled": self.ready and "pending" not in states,
            "started": "2026-11-25T09:00:00.000Z",
            "revision": self.revision,
            "declarations": {
                "directory": "/etc/imaged/images.d",
                "files": len(self.images),
                "valid": len(self.images),
                "invalid": self.invalid,
                "fault": self.faults.get("declarations"),
            },
            "images": {
                "total": len(self.images),
                "pending": states.count("pending"),
                "available": states.count("available"),
                "failed": states.count("failed"),
                "awaiting_approval": sum(row["reason"] == "AwaitingApproval" for row in self.images),
            },
            "api": {
                "host": "https://api.example",
                "space_id": "11111111-2222-4333-8444-555555555555",
                "listed": self.listed,
                "listed_age_ms": 0 if self.listed else None,
                "fault": self.faults.get("api"),
            },
            "record": {"path": "/var/lib/imaged/state.db", "fault": self.faults.get("record")},
            "leadership": self.leadership,
        }

    def get(self, request, url):
        self.gets.append(request.path)
        while self.hang:
            self.hanging = True
            time.sleep(0.05)
        if request.path in self.override:
            request.reply(*self.override[request.path])
            return
        parts = [urllib.parse.unquote(part) for part in url.path.strip("/").split("/")]
        limit = int(urllib.parse.parse_qs(url.query).get("limit", ["1000"])[0])
        if parts == ["v1", "status"]:
            request.reply(200, self.status())
        elif parts == ["v1", "images"]:
            self.list_images(request)
        elif parts == ["v1", "history"]:
            request.reply(200, {"items": self.history[:limit]})
        elif parts[:2] == ["v1", "images"] and parts[3:] == ["history"]:
            rows = [row for row in self.history if row["name"] == parts[2]]
            request.reply(200, {"items": rows[:limit]})
        elif parts[:2] == ["v1", "images"] and self.find(parts[2]) is not None:
            request.reply(200, {**self.find(parts[2]), **self.details.get(parts[2], {})})
        else:
            request.problem(404, "Not found", f"there is nothing at {url.path}")

    def list_images(self, request):
        etag = f'"{self.revision}"'
        if request.headers.get("If-None-Match") == etag:
            request.reply(304, None, [("ETag", etag)])
        else:
            request.reply(200, {"revision": self.revision, "items": self.images}, [("ETag", etag)])

    def find(self, name):
        return next((row for row in self.images if row["name"] == name), None)

    def post(self, request, path):
        if self.refusal is not None:
            request.problem(403, "Forbidden", self.refusal)
            return
        self.posts.append(path)
        request.reply(202, {"accepted": True})
