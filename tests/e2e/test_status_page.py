# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""The status page in a real browser: what it shows, that it follows, and that it is usable without a mouse."""

import json
import re

import pytest
import requests
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import harness
from harness import copy_of, wait_until

SWITCHES = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --disable-dev-shm-usage"
).split()


class Page:
    """The page of one daemon in a browser of its own."""

    def __init__(self, url, profile, width, height, dark):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for switch in [*SWITCHES, f"--user-data-dir={profile}", f"--window-size={width},{height}"]:
            options.add_argument(switch)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.browser.get(url)

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector):
        """The text of the first such element, as the page holds it now: it may be replaced at any time."""
        return self.script("const e = document.querySelector(arguments[0]); return e ? e.textContent : null", selector)

    def script(self, text, *arguments):
        return self.browser.execute_script(text, *arguments)

    def rows(self):
        """[(name, state's words, state's kind)] of the rows that are in the page."""
        return [
            tuple(row)
            for row in self.script(
                "return [...document.querySelectorAll('.row')].map(row => [row.querySelector('.name').textContent,"
                " row.querySelector('.words').firstChild.textContent, row.querySelector('.mark').className.slice(5)])"
            )
        ]

    def tile(self, label):
        """The number on a tile."""
        return self.script(
            "return [...document.querySelectorAll('.tile')].find(t => t.lastChild.textContent === arguments[0])"
            ".firstChild.textContent",
            label,
        )

    def click_row(self, name):
        self.script(
            "[...document.querySelectorAll('.row')].find(row => row.querySelector('.name').textContent === arguments[0])"
            ".click()",
            name,
        )

    def press(self, *keys):
        webdriver.ActionChains(self.browser).send_keys(*keys).perform()

    def complaints(self):
        """What the browser says of the page: scripts that fail, what the policy blocks."""
        return [
            entry["message"]
            for entry in self.browser.get_log("browser")
            if "net::ERR" not in entry["message"] and "503" not in entry["message"]
        ]


@pytest.fixture
def watched(make_imaged, sim):
    return make_imaged(sim, {"status": {"listen": f"127.0.0.1:{harness.free_port()}"}})


def url_of(imaged):
    return f"http://{imaged.configuration['status']['listen']}/"


@pytest.fixture
def open_page(tmp_path):
    """open_page(imaged, width, height, dark): the page, which has not complained in the end."""
    pages = []

    def make(imaged, width=1400, height=900, dark=False):
        page = Page(url_of(imaged), tmp_path / f"profile{len(pages)}", width, height, dark)
        pages.append(page)
        return page

    yield make
    complaints = [text for page in pages for text in page.complaints()]
    for page in pages:
        page.browser.quit()
    assert not complaints, complaints


# ---- How it is served


def test_the_page_may_load_nothing(watched):
    watched.start()
    answer = requests.get(url_of(watched), timeout=10)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-") and "unsafe" not in policy
    for word in ("frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'", "connect-src 'self'"):
        assert word in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", answer.text)
    assert not re.search(r"\son\w+=", answer.text)
    assert not re.search(r"innerHTML|document\.write|eval\(", answer.text)


@pytest.mark.parametrize("path", ["v1/status", "v1/images", "v1/history", "v1/images/one", "v1/images/one/history"])
def test_the_port_shows_what_the_socket_shows(watched, path):
    watched.declare("a.yaml", copy_of("one"))
    watched.start()
    watched.wait_for("one")
    answer = requests.get(url_of(watched) + path, timeout=10)
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", ["v1/plan", "v1/cloud/images/ami-0b7df82c", "favicon.ico", "v1", "page.js"])
def test_the_port_shows_nothing_else(watched, path):
    watched.start()
    assert requests.get(url_of(watched) + path, timeout=10).status_code == 404


def test_the_port_changes_nothing(watched):
    watched.declare("a.yaml", copy_of("one"))
    watched.start()
    watched.wait_for("one")
    for path in ("v1/suspend", "v1/images/one/retry", "v1/plan", ""):
        assert requests.post(url_of(watched) + path, timeout=10).status_code == 405
    strange = requests.get(url_of(watched), headers={"Host": "evil.example"}, timeout=10)
    assert strange.status_code == 421


# ---- Events


def events_of(answer):
    """The revisions that a stream tells, as they come."""
    for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
        if line.startswith("data: "):
            yield json.loads(line[len("data: "):])["revision"]


def test_events_tell_of_each_change(watched):
    watched.start()
    with requests.get(url_of(watched) + "events", stream=True, timeout=10) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        revisions = events_of(answer)
        first = next(revisions)
        watched.declare("a.yaml", copy_of("one"))
        assert next(revisions) > first
        watched.wait_for("one")
        revision = watched.status()["revision"]
        while next(revisions) < revision:
            pass


def test_many_who_follow_hold_up_nobody(watched):
    watched.start()
    crowd = [requests.get(url_of(watched) + "events", stream=True, timeout=10) for _ in range(20)]
    assert [answer.status_code for answer in crowd] == [200] * 16 + [503] * 4
    watched.declare("a.yaml", copy_of("one"))
    watched.wait_for("one")
    assert requests.get(url_of(watched) + "healthz", timeout=10).status_code == 200
    watched.stop()
    for answer in crowd:
        answer.close()


# ---- What it shows


def lively(watched, sim):
    """A daemon with one image of each kind."""
    watched.configure({"deletion": {"max": 1}})
    for name in ("old-1", "old-2", "old-3", "fine"):
        watched.declare(f"{name}.yaml", copy_of(name))
    watched.start()
    watched.wait_for_all(4)
    for name in ("old-1", "old-2", "old-3"):
        watched.withdraw(f"{name}.yaml")
    watched.declare("wrong.yaml", "name: wrong\nsource_image_idd: x\n")
    watched.declare("waits.yaml", {"name": "waits", "source_image_id": {"declared": "nobody"},
                                   "source_region_name": "cloudgouv-eu-west-1"})
    watched.wait_for("wrong", "failed")
    watched.wait_for("waits", "pending", "WaitingForSource")
    wait_until(lambda: watched.status()["images"]["awaiting_approval"] >= 2)


def test_states_are_seen_at_a_glance(watched, sim, open_page):
    lively(watched, sim)
    page = open_page(watched)
    wait_until(lambda: len(page.rows()) >= 5, what="the rows are there")
    counts = watched.status()["images"]
    for label, key in (("Available", "available"), ("Failed", "failed"), ("Pending", "pending"),
                       ("Awaiting approval", "awaiting_approval"), ("All images", "total")):
        assert page.tile(label) == str(counts[key]), label
    rows = page.rows()
    assert rows[0] == ("wrong", "Invalid declaration", "failed")
    assert ("waits", "Waiting for source", "pending") in rows
    assert ("fine", "In sync", "available") in rows
    assert page.text("#approval-rows code").startswith("imagectl approve old-")
    assert "cannot be used" in page.text("#faults")
    wait_until(lambda: page.text("#live") == "Live")
    assert "tests" in page.browser.title and "1 failed" in page.browser.title
    assert page.script("return document.querySelectorAll('.row .bar i').length") >= 5
    assert "Invalid declaration" in page.text("#history-rows")


def test_changes_show_by_themselves(watched, sim, open_page):
    watched.start()
    page = open_page(watched)
    wait_until(lambda: "Nothing is declared yet" in (page.text("#nothing") or ""))
    watched.declare("a.yaml", copy_of("one"))
    wait_until(lambda: page.rows() == [("one", "In sync", "available")], what="the new image shows")
    sim.fault("GET", "/images", {"status": 500}, times=-1)
    wait_until(lambda: "API:" in page.text("#faults"), what="the API's fault shows")
    sim.faults()
    wait_until(lambda: page.text("#faults") == "", what="the fault goes")
    watched.withdraw("a.yaml")
    wait_until(lambda: page.rows() == [], what="the image goes")


def test_a_daemon_that_is_gone_shows_and_comes_back(watched, open_page):
    watched.declare("a.yaml", copy_of("one"))
    watched.start()
    page = open_page(watched)
    wait_until(lambda: page.rows() and page.text("#live") == "Live")
    watched.stop()
    wait_until(lambda: page.text("#live") == "No answer", what="its end shows")
    assert "does not answer" in page.text("#faults") and page.rows()
    watched.declare("b.yaml", copy_of("two"))
    watched.start()
    wait_until(lambda: page.text("#live") == "Live" and len(page.rows()) == 2, what="it is back")
    assert page.text("#faults") == ""


def test_details_tell_all_of_one_image(watched, sim, open_page):
    lively(watched, sim)
    page = open_page(watched)
    wait_until(lambda: page.rows())
    page.click_row("fine")
    wait_until(lambda: "Declaration in force" in page.text("#details"))
    details = page.text("#details")
    assert watched.image("fine")["image_id"] in details and "fine.yaml:1" in details
    steps = page.script("return [...document.querySelectorAll('.steps .words')].map(e => e.textContent)")
    assert steps[0] == "In sync" and steps[-1] == "Creating"
    assert page.browser.current_url.endswith("#fine")
    label = page.script("return document.querySelector('.bar.tall').getAttribute('aria-label')")
    assert label.startswith("Creating") and "In sync" in label


def test_text_is_only_text(watched, open_page):
    """Whatever stands in files and answers: none of it becomes a part of the page."""
    markup = "<img src=x onerror=alert(1)>"
    watched.declare("a.yaml", copy_of("one", description=f"</script><script>alert(2)</script>{markup}"))
    watched.declare("b.yaml", f"name: two\n'{markup}': x\n")
    watched.start()
    watched.wait_for("one")
    page = open_page(watched)
    wait_until(lambda: len(page.rows()) == 2)
    assert markup in page.text(".row .what") and markup in page.text("#history-rows")
    page.click_row("one")
    wait_until(lambda: "Declaration in force" in page.text("#details"))
    assert "</script><script>" in page.text("#details pre")
    assert page.script("return document.querySelectorAll('img').length") == 0


def test_a_link_leads_to_an_image(watched, open_page):
    watched.declare("a.yaml", copy_of("one"))
    watched.start()
    watched.wait_for("one")
    page = open_page(watched)
    page.browser.get(url_of(watched) + "#one")
    page.browser.refresh()
    wait_until(lambda: "Declaration in force" in (page.text("#details") or ""))
    assert page.text("#details-title") == "one"


# ---- How it is used


def test_it_is_used_by_keyboard_alone(watched, open_page):
    watched.declare("many.yaml", [copy_of(f"image-{i:03}") for i in range(60)])
    watched.start()
    watched.wait_for_all(60)
    page = open_page(watched)
    wait_until(lambda: page.tile("Available") == "60")
    focused = "return document.activeElement.id"
    chosen = "const e = document.querySelector('[aria-selected=true] .name'); return e && e.textContent"
    page.press("/")
    assert page.script(focused) == "filter"
    page.press("image-04")
    assert page.text("#shown") == "10 of 60"
    page.press(Keys.ARROW_DOWN)
    assert page.script(focused) == "list" and page.script(chosen) == "image-040"
    page.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    assert page.script(chosen) == "image-042"
    page.press(Keys.ENTER)
    wait_until(lambda: page.text("#details-title") == "image-042")
    page.press(Keys.ESCAPE)
    assert page.script("return document.getElementById('details').hidden") and page.script(focused) == "list"
    page.press(Keys.ESCAPE)
    assert page.text("#shown") == "60"
    page.press(Keys.END)
    assert page.script(chosen) == "image-059"
    active = page.script("return document.getElementById('list').getAttribute('aria-activedescendant')")
    assert page.script("return document.getElementById(arguments[0]).ariaPosInSet", active) == "60"
    page.press(Keys.HOME)
    assert page.script(chosen) == "image-000"


def test_tiles_filter(watched, sim, open_page):
    lively(watched, sim)
    page = open_page(watched)
    wait_until(lambda: len(page.rows()) >= 5)
    page.script("[...document.querySelectorAll('.tile')].find(t => t.textContent.includes('Failed')).click()")
    assert [row[0] for row in page.rows()] == ["wrong"]
    assert page.script("return document.querySelectorAll('.tile[aria-pressed=true]').length") == 1
    page.press(Keys.ESCAPE)
    assert len(page.rows()) >= 5


# Relative luminance and contrast as WCAG 2 defines them, of every text against what is behind it.
CONTRAST = """
const rgb = (c) => c.match(/[\\d.]+/g).map(Number);
const lum = (c) => { const [r, g, b] = c.map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 });
  return .2126 * r + .7152 * g + .0722 * b };
const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
  if (c.length < 4 || c[3] > 0) return c.slice(0, 3) } return [255, 255, 255] };
const bad = [];
for (const e of document.querySelectorAll('body *')) {
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.getClientRects().length) continue;
  if (['SCRIPT', 'STYLE', 'OPTION'].includes(e.tagName) || e.closest('.hidden, .skip')) continue;
  const a = lum(rgb(getComputedStyle(e).color).slice(0, 3)), b = lum(ground(e));
  const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  if (ratio < 4.5) bad.push([e.tagName, e.className, e.textContent.slice(0, 30), ratio]);
}
return bad;
"""

NAMELESS = """
return [...document.querySelectorAll('button, input, select, [role=listbox], [role=img], section[aria-labelledby]')]
  .filter(e => e.getClientRects().length)
  .filter(e => !(e.ariaLabel || e.textContent.trim() && e.tagName === 'BUTTON' || e.labels && e.labels.length
    || document.getElementById(e.getAttribute('aria-labelledby'))))
  .map(e => e.outerHTML.slice(0, 80));
"""


# Parts of the page that reach into the one below: the header, the tiles, the lists, the last line.
OVERLAPS = """
const parts = [...document.querySelectorAll('header, #tiles, #proportion, .images, .panel, footer')]
  .filter(each => each.offsetParent !== null).map(each => [each.id || each.className || each.tagName, each.getBoundingClientRect()]);
const wrong = [];
for (const [a, r] of parts) for (const [b, q] of parts)
  if (a !== b && r.top < q.top && r.bottom > q.top + 1 && r.left < q.right - 1 && q.left < r.right - 1) wrong.push(a + ' over ' + b);
return wrong;
"""


@pytest.mark.parametrize("width, height", [(1400, 900), (900, 1000), (390, 844)])
@pytest.mark.parametrize("dark", [False, True])
def test_it_can_be_read_by_all(watched, sim, open_page, width, height, dark):
    lively(watched, sim)
    page = open_page(watched, width, height, dark)
    wait_until(lambda: len(page.rows()) >= 5)
    assert page.script(CONTRAST) == []
    assert page.script(NAMELESS) == []
    assert page.script("return document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    assert page.script(OVERLAPS) == [], "parts lie upon each other"
    ground = page.script("return getComputedStyle(document.documentElement).backgroundColor")
    assert (ground == "rgb(16, 20, 27)") == dark
    page.all(".row")[0].click()
    wait_until(lambda: "History" in page.text("#details"))
    assert page.script(CONTRAST) == []
    assert page.script("return document.documentElement.scrollWidth <= innerWidth")
    box = page.script("const r = document.getElementById('details').getBoundingClientRect(); return [r.width, r.height]")
    assert (box[0] >= width - 1) == (width < 600)


def test_ten_thousand_images_are_no_burden(watched, open_page):
    page_rows = 10000
    watched.configure({"limits": {"rate": 1000, "burst": 2000, "in_flight": 32}, "mode": "observe"})
    for first in range(0, page_rows, 500):
        watched.declare(f"{first:05}.yaml", [copy_of(f"image-{i:05}") for i in range(first, first + 500)])
    watched.start()
    wait_until(lambda: watched.status()["images"]["total"] == page_rows, limit=60)
    page = open_page(watched)
    wait_until(lambda: page.tile("All images") == "10,000", limit=30)
    wait_until(lambda: page.rows())
    assert page.script("return document.querySelectorAll('*').length") < 3000
    page.press("/", "image-0987")
    wait_until(lambda: page.text("#shown") == "10 of 10,000")
    page.press(Keys.ESCAPE)
    page.press(Keys.END)
    wait_until(lambda: "image-09999" in [row[0] for row in page.rows()])
    spent = page.script("const t = performance.now(); drawAll(); return performance.now() - t")
    assert spent < 1000
