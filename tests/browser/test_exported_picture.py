"""Exported pictures in a real browser: drawn, silent, and deaf to what is written in them."""

from __future__ import annotations

import io

import pytest
from graph.picture.charts import MADE, account, hostile_chart, small_chart
from payloads import PAYLOADS
from PIL import Image
from playwright.sync_api import sync_playwright

from bakau_graph.picture import Account, Chart, draw
from bakau_graph.picture.words import clean

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium():
    """Debian's Chromium; without it these tests fail, they do not skip."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


class Opened:
    """A file opened in a page: what it asked for, what it complained about."""

    def __init__(self, page, path, *, javascript=True):
        self.page = page
        self.requests, self.complaints, self.address = [], [], path.as_uri()
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append("dialog"))
        self.page.on("popup", lambda _: self.complaints.append("popup"))
        self.page.goto(self.address)
        if javascript:
            self.page.wait_for_selector("html[data-drawn]", timeout=60_000)

    def inks(self) -> dict[tuple[int, int, int], int]:
        """Colours of the picture and how many pixels each covers."""
        shot = self.page.locator("#picture").screenshot()
        return {colour: count for count, colour in Image.open(io.BytesIO(shot)).convert("RGB").getcolors(1 << 20)}

    def rest_on_the_middle(self) -> None:
        """Move to where a single account is drawn, and stay there."""
        box = self.page.locator("#picture canvas").bounding_box()
        self.page.mouse.move(box["x"] + 5, box["y"] + 5)
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=3)

    def is_harmless(self) -> bool:
        """Nothing ran, nothing was fetched, nothing was added."""
        assert self.page.evaluate("document.documentElement.dataset.ran") is None
        assert self.requests == [self.address]
        assert not self.complaints
        assert len(self.page.frames) == 1
        return self.page.evaluate("document.querySelectorAll('script, img, iframe, object, embed, link, a, form, svg').length") == 3


@pytest.fixture
def open_page(chromium, tmp_path):
    """A function that draws a chart and opens the file; every page is closed in the end."""
    opened = []

    def open_(chart, **options):
        path = tmp_path / f"{len(opened)}.html"
        path.write_bytes(draw(chart, made=MADE).to_bytes())
        page = chromium.new_page(viewport={"width": 1400, "height": 900}, java_script_enabled=options.get("javascript", True))
        opened.append(Opened(page, path, **options))
        return opened[-1]

    yield open_
    for one in opened:
        one.page.close()


def test_the_picture_is_drawn_in_its_colours_and_nothing_is_fetched(open_page):
    opened = open_page(small_chart())
    inks = opened.inks()
    assert inks[0xF6, 0xC4, 0x8F] > 100  # a facilitator
    assert inks[0xF5, 0xEC, 0x9B] > 100  # a mule
    assert inks[0xE4, 0xE4, 0xE4] > 100  # the bundle
    assert opened.is_harmless()


def test_choosing_an_account_marks_its_row(open_page):
    opened = open_page(Chart(title="one", accounts=(account("a", part="subject"),), links=()))
    opened.rest_on_the_middle()
    opened.page.mouse.down()
    opened.page.mouse.up()
    opened.page.wait_for_selector("tr#row-n0.chosen", timeout=30_000)


def test_without_javascript_the_tables_are_there(open_page):
    opened = open_page(small_chart(), javascript=False)
    assert opened.page.locator("tr").count() == 2 + 5 + 5
    assert opened.page.locator("noscript").is_visible()


def test_on_paper_the_tables_are_whole(open_page):
    opened = open_page(small_chart())
    opened.page.emulate_media(media="print")
    assert opened.page.evaluate("getComputedStyle(document.querySelector('.scroll')).overflow") == "visible"
    assert len(opened.page.pdf()) > 10_000


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hostile_text_in_every_field_runs_nothing_and_fetches_nothing(open_page, payload):
    opened = open_page(hostile_chart(payload))
    assert opened.is_harmless()
    assert len(opened.inks()) > 5  # not blank


@pytest.mark.parametrize("payload", PAYLOADS[::4])
def test_the_tooltip_of_a_hostile_text_is_a_text(open_page, payload):
    one = Account(id=payload, kind=payload, part="subject", role=payload, age_state="age_unknown", number=payload)
    opened = open_page(Chart(title="one", accounts=(one,), links=()))
    opened.rest_on_the_middle()
    tooltip = opened.page.wait_for_selector("div.vis-tooltip", state="visible", timeout=30_000)
    assert tooltip.inner_text().splitlines()[0] == clean(payload).strip()
    assert opened.page.locator("div.vis-tooltip *:not(br)").count() == 0
    assert opened.is_harmless()


@pytest.mark.parametrize("payload", PAYLOADS[:4])
def test_in_a_notebook_frame_it_is_as_deaf(chromium, tmp_path, payload):
    page = chromium.new_page()
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html><meta charset=utf-8>{draw(hostile_chart(payload), made=MADE)._repr_html_()}", encoding="utf-8")
    page.goto(path.as_uri())
    page.frames[1].wait_for_selector("html[data-drawn]")
    assert page.evaluate("document.documentElement.dataset.ran") is None
    assert page.frames[1].evaluate("document.documentElement.dataset.ran") is None
    assert [url for url in requests if not url.startswith(("file:", "about:srcdoc"))] == []
    page.close()
