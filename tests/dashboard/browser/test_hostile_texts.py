"""Texts that suspects write: payloads in every field that comes from a file or a person. Nothing runs, nothing leaves the host."""

from __future__ import annotations

import csv
from pathlib import Path
from urllib.parse import quote

import pytest
import small_world
from dashboard.browser.conftest import serve, settle
from small_world import bakau as run

import bakau

pytestmark = pytest.mark.browser

MARK = "window.pwned=(window.pwned||0)+1"
PAYLOADS = [
    f"<script>{MARK}</script>", f"<img src=x onerror='{MARK}'>", f"<svg onload='{MARK}'>", f"</script><script>{MARK}</script>",
    f'"><img src=x onerror={MARK}>', f"'><svg/onload={MARK}>", f"<iframe srcdoc='<script>parent.{MARK}</script>'></iframe>",
    f"<details open ontoggle='{MARK}'>", f"<body onload={MARK}>", f"<input autofocus onfocus={MARK}>", f"<a href='javascript:{MARK}'>x</a>",
    f"<math><mtext><img src=x onerror={MARK}></mtext></math>", f"<video><source onerror={MARK}></video>", f"<object data='javascript:{MARK}'>",
    f"javascript:{MARK}", f"[x](javascript:{MARK})", f'![x](x"onerror="{MARK})', "![x](http://outside.example.org/x.png)",
    "[click](http://outside.example.org/)", "<img src=http://outside.example.org/a.png>", "<link rel=stylesheet href=http://outside.example.org/a.css>",
    "<style>@import 'http://outside.example.org/a.css'</style>", "<meta http-equiv=refresh content='0;url=http://outside.example.org'>",
    "<base href=http://outside.example.org/>", "url(http://outside.example.org/x)", "//outside.example.org/x", "http://outside.example.org/plain",
    ":material/face:", ":red[x]", ":rainbow[x]", ":smile:", "$$\\href{javascript:alert(1)}{x}$$", "$\\text{x}$", "`code` **bold** _it_", "# heading",
    "> quote", "| a | b |\n|---|---|", "- [ ] task", "{{7*7}}", "${7*7}", "{b}<br>{c}", "%s%n%x", '=HYPERLINK("http://outside.example.org","x")',
    "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "\tTAB=1", "\u202egnp.exe", "\x07 bell \x1b[31mred", "' OR 1=1 --", "../../etc/passwd",
]  # fmt: skip


def test_there_are_fifty_and_more():
    assert len(set(PAYLOADS)) >= 50


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> small_world.SmallWorld:
    """The small world with payloads for names, payment texts, references; and a source, a file, a case that are called so."""
    folder = tmp_path_factory.mktemp("hostile")
    world = small_world.SmallWorld(folder / "world", folder / "workspace")
    run(None, "world", "make", world.files, "--accounts", "600", "--seed", "3", "--as", "files")
    for file in world.files.glob("*.csv"):
        _poison(file)
    named = world.files / 'x"><img src=x onerror=window.pwned=1>.csv'
    named.write_bytes((world.files / "crypto_transfers.csv").read_bytes())
    small_world.load(world)
    basis = ["--authority", PAYLOADS[4], "--legal-basis", PAYLOADS[17], "--purpose", "*", "--keep-until", "2999-01-01", "--training"]
    run(world.workspace, "source", "add", "hostile", "--name", PAYLOADS[1], "--kind", PAYLOADS[2], *basis)
    run(world.workspace, "ingest", named, "--mapping", world.files / "mappings" / "crypto_transfers.yaml", "--source", "hostile")
    for payload in PAYLOADS:
        run(world.workspace, "case", "open", "--title", payload.replace("\n", " "), "--authority", payload, "--legal-basis", payload)
    return world


def _poison(file: Path) -> None:
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    if not rows:
        return
    for number, row in enumerate(rows):
        for column in {"note", "name"} & set(row):
            row[column] = PAYLOADS[number % len(PAYLOADS)]
        if "number" in row and "note" in row:
            row["number"] = f"{row['number']}{PAYLOADS[(number + 7) % len(PAYLOADS)]}"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def hostile_address(hostile):
    yield from serve(hostile.workspace)


def choose_purpose(page, purpose: str) -> None:
    page.get_by_role("combobox", name="Why do you look?").click()
    page.get_by_role("option", name=purpose).click()
    settle(page)


def check(page) -> None:
    """Nothing ran, and no payload became an element."""
    assert page.evaluate("window.pwned") is None
    assert (
        page.locator("img[src='x'], iframe, object, meta[http-equiv=refresh], base, a[href*='outside'], img[src*='outside']").count() == 0
    )


def test_nothing_runs_and_nothing_leaves_whatever_is_written_in_the_data(hostile, hostile_address, open_page):
    with bakau.open_desk(hostile.workspace, purpose="training") as desk:
        findings = desk.findings().rows.to_pylist()
        subject = findings[0]["subjects"][0]["id"]
        texts = [row["purpose"] for row in desk.transfers(subject).rows.to_pylist()]
        assert any(text in PAYLOADS for text in texts)
    page = open_page(f"{hostile_address}/network?account={subject}")
    choose_purpose(page, "training")
    page.locator("th", has_text="Payment text").first.wait_for(state="attached")
    check(page)
    box = page.get_by_role("textbox", name="Search")
    for payload in PAYLOADS[:12]:
        box.fill(payload)
        box.press("Enter")
        settle(page)
        check(page)
    page = open_page(f"{hostile_address}/?finding={findings[0]['finding_id']}")
    choose_purpose(page, "training")
    page.get_by_text("Show the transfers it rests on").click()
    settle(page)
    check(page)
    page = open_page(f"{hostile_address}/data")
    check(page)
    choose_purpose(page, "investigation")
    page.get_by_role("combobox", name="In which case?").click()
    page.get_by_role("option").first.wait_for()
    check(page)


def test_an_address_made_of_payloads_is_a_sentence(hostile_address, open_page):
    page = open_page(f"{hostile_address}/network")
    for payload in PAYLOADS[::3]:
        page.goto(f"{hostile_address}/network?account={quote(payload)}&at={quote(payload)}&x={quote(payload)}")
        settle(page)
        check(page)
