"""A dashboard in a process of its own, and Chromium in front of it. Any console error or request that leaves the host fails the test."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
PATIENCE_MS = 60_000


@dataclass
class Watch:
    """What a page did that it should not."""

    errors: list[str]
    outside: list[str]

    def check(self) -> None:
        """Nothing in the console, nothing to another host."""
        assert not self.outside
        assert not self.errors


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    assert CHROMIUM.exists(), "the Debian package chromium is missing: requirements/install dev"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


def serve(workspace: Path) -> Iterator[str]:
    """Start a dashboard; its address."""
    command = [sys.executable, "-m", "bakau", "-w", str(workspace), "dashboard", "--port", "0", "--headless"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found, process.stderr.read()
        try:
            yield found.group()
        finally:
            process.terminate()
            process.communicate(timeout=120)


@pytest.fixture(scope="session")
def address(world) -> Iterator[str]:
    yield from serve(world.workspace)


@pytest.fixture
def open_page(browser) -> Iterator[Callable[..., Page]]:
    """A function that opens an address in a fresh browser profile and waits until the page is drawn."""
    opened: list[tuple[Page, Watch]] = []

    def open_(url: str, *, dark: bool = False, height: int = 1_100) -> Page:
        context = browser.new_context(viewport={"width": 1_440, "height": height}, color_scheme="dark" if dark else "light")
        page, watch = context.new_page(), Watch([], [])
        page.set_default_timeout(PATIENCE_MS)
        host = urlsplit(url).netloc
        page.on("console", lambda message: watch.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: watch.errors.append(str(error)))
        page.on("request", lambda request: watch.outside.append(request.url) if not is_inside(request.url, host) else None)
        opened.append((page, watch))
        page.goto(url)
        settle(page)
        return page

    yield open_
    for page, watch in opened:
        page.context.close()
        watch.check()


def is_inside(url: str, host: str) -> bool:
    """Whether a request stays on the host (or never leaves the page)."""
    return url.startswith(("data:", "blob:")) or urlsplit(url).netloc == host


def settle(page: Page) -> None:
    """Wait until Streamlit has run the page and every part of it is drawn."""
    page.wait_for_selector("h1")
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    page.wait_for_function("() => !document.querySelector('[data-testid=\"stSkeleton\"]')")
    page.wait_for_timeout(250)
