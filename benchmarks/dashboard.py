"""How quick is the dashboard? Against an empty Streamlit app on the same machine in the same run, seen through Chromium.

    python benchmarks/dashboard.py [--accounts 20000] [--workspace CASE_DIR]

First page: a fresh browser profile until everything stands, minus the same for an empty app. Page switch: a click in the navigation until the
other page stands. Expand: a click until the picture has the new accounts. Memory: private pages of the server's process, and what a session adds
to those written to, from the tenth to the thirtieth.
With --workspace an analysed workspace is looked at instead of a made world.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
ROUNDS = 7
SESSIONS = 10
EMPTY = """
import socket, sys, uvicorn, streamlit as st
from bakau_dashboard.settings import apply_options
apply_options()
listener = socket.create_server(("127.0.0.1", 0))
print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
uvicorn.Server(uvicorn.Config(st.App(sys.argv[1]), log_level="error", access_log=False)).run(sockets=[listener])
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--workspace", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        workspace = options.workspace or prepare(folder, options.accounts)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        with empty_app(folder) as (empty, _), dashboard(workspace) as (address, process):
            time.sleep(15)  # the dashboard reads ahead
            found = measure(browser, empty, address, process.pid)
        browser.close()
    report(str(workspace if options.workspace else f"{options.accounts:,} accounts"), found)


def prepare(folder: Path, accounts: int) -> Path:
    workspace = folder / "workspace"
    for arguments in (
        ["world", "make", folder / "world", "--accounts", accounts, "--seed", "7"],
        ["init", workspace],
        ["-w", workspace, "ingest", folder / "world"],
        ["-w", workspace, "analyse"],
    ):
        subprocess.run([sys.executable, "-m", "bakau", *map(str, arguments)], check=True, capture_output=True)
    return workspace


@contextmanager
def started(command: list[str]) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server; the address it prints."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield read_address(process), process
        finally:
            process.terminate()
            process.communicate(timeout=60)


def read_address(process: subprocess.Popen[str]) -> str:
    for line in process.stdout:
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        if found:
            return found.group()
    raise SystemExit("a server ended before it said where it is")


@contextmanager
def empty_app(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    script = folder / "empty" / "app.py"
    script.parent.mkdir()
    script.write_text('import streamlit as st\nst.title("Empty")\n')
    with started([sys.executable, "-c", EMPTY, str(script)]) as server:
        yield server


@contextmanager
def dashboard(workspace: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    with started([sys.executable, "-m", "bakau", "-w", str(workspace), "dashboard", "--port", "0", "--headless"]) as server:
        yield server


def settle(page: Page, title: str) -> None:
    page.wait_for_function(
        """title => document.querySelector('h1')?.innerText === title
            && document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === 'notRunning'
            && !document.querySelector('[data-testid="stSkeleton"]')""",
        arg=title,
        polling=20,
    )


def first_page(browser: Browser, address: str, title: str) -> float:
    context = browser.new_context(viewport={"width": 1_440, "height": 1_000})
    page = context.new_page()
    begin = time.perf_counter()
    page.goto(address, wait_until="commit")
    settle(page, title)
    passed = time.perf_counter() - begin
    context.close()
    return passed


def timed(action: Callable[[], None], wait: Callable[[], None]) -> float:
    begin = time.perf_counter()
    action()
    wait()
    return time.perf_counter() - begin


def private_mb(pid: int, kind: str = "Private_") -> float:
    """Private pages; those of libraries count, unwritten, as long as no other process has loaded the same files: `Private_Dirty` is without."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(kind)) / 1_000


def measure(browser: Browser, empty: str, address: str, pid: int) -> dict[str, float]:
    found = {"empty app (s)": 0.0, "first page (s)": 0.0}
    for name, url, title in (("empty app (s)", empty, "Empty"), ("first page (s)", address, "Findings")):
        found[name] = statistics.median([first_page(browser, url, title) for _ in range(ROUNDS)][1:])
    found["first page over empty (s)"] = found["first page (s)"] - found["empty app (s)"]
    page = browser.new_page(viewport={"width": 1_440, "height": 1_000})
    page.goto(address)
    settle(page, "Findings")
    for title in ("Data", "Findings"):  # each page's own parts are fetched once
        page.get_by_role("link", name=title).click()
        settle(page, title)
    switches = [
        timed(page.get_by_role("link", name=title).click, lambda title=title: settle(page, title))
        for _ in range(ROUNDS)
        for title in ("Data", "Findings")
    ]
    found["page switch (s)"] = statistics.median(switches)
    page.get_by_role("button", name="Open in network").click()
    settle(page, "Network")
    expands = []
    for number in range(2, ROUNDS + 2):
        page.get_by_role("spinbutton", name="At most").fill(str(number))
        page.get_by_role("spinbutton", name="At most").press("Enter")
        page.wait_for_timeout(700)
        settle(page, "Network")
        expands.append(
            timed(
                page.get_by_role("button", name="Expand", exact=False).click,
                lambda number=number: page.wait_for_function(
                    "text => document.body.innerText.includes(text)", arg=f": {number} neighbours", polling=20
                ),
            )
        )
    found["expand (s)"] = statistics.median(expands)
    page.context.close()
    found["private memory (MB)"] = private_mb(pid)
    contexts, held = [], []
    for _ in range(3):  # the first ten fill what all sessions share: threads and their memory
        contexts += [browser.new_context() for _ in range(SESSIONS)]
        for context in contexts[-SESSIONS:]:
            opened = context.new_page()
            opened.goto(address)
            settle(opened, "Findings")
        held.append(private_mb(pid, "Private_Dirty"))
    found["written, with ten sessions (MB)"] = held[0]
    found["per further session (MB)"] = (held[-1] - held[0]) / (2 * SESSIONS)
    for context in contexts:
        context.close()
    return found


LIMITS = {
    "first page over empty (s)": 1.5,
    "page switch (s)": 0.8,
    "expand (s)": 0.5,
    "private memory (MB)": 450,
    "per further session (MB)": 1,
}


def report(what: str, found: dict[str, float]) -> None:
    """Print the table; exit code 1 when a limit is broken."""
    print(f"{what}, medians of {ROUNDS - 1} or more")
    for name, value in found.items():
        limit = LIMITS.get(name)
        said = "" if limit is None else f"   limit {limit:g}: {'kept' if value <= limit else 'BROKEN'}"
        print(f"  {name:<28}{value:9.2f}{said}")
    if any(found[name] > limit for name, limit in LIMITS.items()):
        sys.exit(1)


if __name__ == "__main__":
    main()
