# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""A straightforward client of the images API, to compare with: it asks for what NumSpot's Terraform provider asks for.

For each image on its own: a token for each group of calls; to create, the image, its tags, its access, and a
read every five seconds until it is available; to refresh, one read; to delete, the deletion and a read that
finds nothing. Time passes on the simulator's clock.
"""

import http.client
import json
from base64 import b64encode
from urllib.parse import urlencode, urlsplit

import worlds

POLL_S = 5


class Client:
    """One connection that is kept, which the provider does as well."""

    def __init__(self, sim):
        self._connection = http.client.HTTPConnection(urlsplit(sim.url).netloc, timeout=60)
        self._connection.connect()
        self._sim = sim
        self._space = f"/compute/spaces/{sim.scenario['space_id']}"
        self._token = None
        self.requests = 0

    def _send(self, method, path, body, headers, accepted):
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        self.requests += 1
        assert answer.status in accepted, f"{method} {path}: {answer.status} {content[:300]}"
        return json.loads(content) if content else None

    def begin(self):
        """A group of calls begins: with a token of its own."""
        credentials = self._sim.scenario["credentials"]
        pair = f"{credentials['client_id']}:{credentials['client_secret']}"
        form = urlencode({"grant_type": "client_credentials", **credentials})
        headers = {
            "Authorization": f"Basic {b64encode(pair.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self._token = self._send("POST", "/iam/token", form, headers, (200,))["access_token"]

    def call(self, method, path, body=None, accepted=(200,)):
        headers = {"Authorization": f"Bearer {self._token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body)
        return self._send(method, self._space + path, body, headers, accepted)

    def create(self, name):
        """Makes an image, without waiting for it; its id."""
        self.begin()
        wanted = {"name": name, "sourceImageId": worlds.SOURCE, "sourceRegionName": worlds.REGION}
        image = self.call("POST", "/images", wanted, (201,))["id"]
        tags = [{"key": "Name", "value": name}, {"key": "Team", "value": "platform"}]
        self.call("PATCH", "/bulk/tags", {"resourceIds": [image], "tags": tags}, (204,))
        access = {"accessCreation": {"removals": {"isPublic": True}}}
        self.call("PUT", f"/images/{image}", access)
        return image

    def is_available(self, image):
        return self.call("GET", f"/images/{image}")["state"] == "available"

    def refresh(self, image):
        self.begin()
        self.call("GET", f"/images/{image}")

    def delete(self, image):
        self.begin()
        self.call("DELETE", f"/images/{image}", accepted=(204,))
        self.call("GET", f"/images/{image}", accepted=(404,))


def life(sim, count):
    """The requests for `count` images: until all are available, for one refresh, and for their end."""
    client = Client(sim)
    images = [client.create(worlds.name_of(number)) for number in range(count)]
    waiting = images
    while waiting:
        waiting = [image for image in waiting if not client.is_available(image)]
        if waiting:
            sim.advance(f"{POLL_S}s")
    made = client.requests
    for image in images:
        client.refresh(image)
    refreshed = client.requests
    for image in images:
        client.delete(image)
    return {"made": made, "refreshed": refreshed - made, "deleted": client.requests - refreshed}
