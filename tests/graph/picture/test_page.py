from __future__ import annotations

import hashlib
import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from graph.picture.charts import MADE, account, hostile_chart, small_chart
from payloads import PAYLOADS

from bakau import __version__
from bakau.errors import InputError, RefusedError
from bakau_graph.picture import Chart, Link, draw
from bakau_graph.picture.inspection import require_harmless
from bakau_graph.picture.page import hash_content

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "picture.html"
PAGE = draw(small_chart(), made=MADE).html


def outline(page: str) -> str:
    """A page without what other machines or versions change: library, style, hashes, places."""
    page = re.sub(r"(?s)<(style|script)([^>]*)>.*?</\1>", r"<\1\2>…</\1>", page)
    return re.sub(r"sha256-[^']+|[0-9a-f]{64}", "HASH", page).replace(f"Bakau {__version__}", "Bakau VERSION")


def data_of(page: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="picture-data">(.*?)</script>', page).group(1))


class Reader(HTMLParser):
    """What a browser without scripts shows: texts of the table cells."""

    def __init__(self, page: str):
        super().__init__()
        self.cells, self._open = [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self._open = tag == "td"
        if self._open:
            self.cells.append("")

    def handle_endtag(self, tag):
        self._open = self._open and tag != "td"

    def handle_data(self, data):
        if self._open:
            self.cells[-1] += data


def test_the_page_is_as_reviewed():
    """After a change that is meant: `PYTHONPATH=tests python -m graph.picture.test_page`, then read the difference."""
    assert outline(PAGE) == GOLDEN.read_text(encoding="utf-8")


def test_the_same_chart_gives_the_same_bytes_but_for_the_time():
    again, later = draw(small_chart(), made=MADE), draw(small_chart(), made="2027-01-01T00:00:00Z")
    assert again.html == PAGE
    assert later.sha256 == again.sha256
    assert later.html.replace("2027-01-01T00:00:00Z", MADE) == PAGE


def test_the_hash_is_that_of_all_above_its_line_and_the_printed_command_shows_it(tmp_path):
    picture = draw(small_chart(), made=MADE)
    file = tmp_path / "p.html"
    file.write_bytes(picture.to_bytes())
    command = (
        Reader(PAGE.replace("<code>sed", "<td>sed").replace("sha256sum</code>", "sha256sum</td>")).cells[-1].replace("FILE", str(file))
    )
    said = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout.split()[0]
    assert said == picture.sha256 == hash_content(picture.html)
    assert f'<code id="sha256">{said}</code>' in PAGE
    assert hash_content(PAGE.replace("15,000.50 PHP", "15,000.51 PHP")) != said


def test_the_policy_forbids_everything_but_the_two_scripts_by_their_hash():
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', PAGE).group(1)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline" not in policy.partition("style-src")[0]
    scripts = re.findall(r"(?s)<script>(.*?)</script>", PAGE)
    assert len(scripts) == 2
    assert len(re.findall(r"sha256-", policy)) == 2
    assert "://" not in re.sub(r"(?s)<script>.*?</script>", "", PAGE)


def test_the_tables_tell_without_a_script_what_the_picture_shows():
    cells = Reader(PAGE).cells
    assert {one.id for one in small_chart().accounts} <= set(cells)
    assert {"15,000.50 PHP", "14,000.00 PHP", "40.00 USD", "1.5 BTC"} <= set(cells)
    assert cells.count("protected (2)") == 2


def test_protected_people_are_one_bundle_without_amount_or_time():
    data = data_of(PAGE)
    (bundle,) = [node for node in data["nodes"] if node["rows"] == ["bundle"]]
    assert bundle["label"] == "protected (2)"
    (line,) = [edge for edge in data["edges"] if edge["to"] == bundle["id"]]
    assert line["label"] == "4 transfers"


def test_physics_is_off_and_every_place_is_given():
    data = data_of(PAGE)
    assert data["options"]["physics"] == {"enabled": False}
    assert all(isinstance(node["x"], int) and isinstance(node["y"], int) for node in data["nodes"])


def test_width_follows_the_amount_within_its_own_currency():
    widths = {edge["label"]: edge["width"] for edge in data_of(PAGE)["edges"] if "label" in edge}
    assert widths["15,000.50 PHP\n3 transfers"] > widths["14,000.00 PHP\n2 transfers"] > widths["4 transfers"]
    assert widths["1.5 BTC\n1 transfer"] == widths["15,000.50 PHP\n3 transfers"]


def test_colour_is_never_the_only_sign():
    shapes = {node["label"].splitlines()[-1]: node["shape"] for node in data_of(PAGE)["nodes"]}
    assert shapes["mule, 80 points"] == "diamond"
    assert "mule" in PAGE.partition('class="legend"')[2]


def test_who_stands_in_the_same_place_is_folded_and_still_listed():
    hub = account("h", part="subject", role="mule", points=1)
    payers = tuple(account(chr(ord("0") + n) if n < 10 else chr(ord("a") + n), kind="bank_account") for n in range(18))
    links = tuple(Link(src_id=one.id, dst_id=hub.id, currency="PHP", transfers=2, sum_minor=100, evidence=1) for one in payers)
    page = draw(Chart(title="t", accounts=(hub, *payers), links=links), made=MADE).html
    data = data_of(page)
    assert [node["label"].splitlines()[0] for node in data["nodes"]] == [hub.id[:14], "18 × bank account"]
    assert [edge["label"] for edge in data["edges"]] == ["18.00 PHP\n36 transfers"]
    assert {one.id for one in payers} <= set(Reader(page).cells)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hostile_text_in_every_field_stays_a_text(payload):
    page = draw(hostile_chart(payload), made=MADE).html  # draw inspects what it made
    tags = re.findall(r"<([a-z]+)", re.sub(r"(?s)<script[^>]*>.*?</script>|<style>.*?</style>", "", page))
    assert tags == [tag for tag in TAGS if tag != "left"]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00\x1b\u2028]", page)
    assert page.count("<!-- end of content -->") == 1


TAGS = re.findall(
    r"<([a-z]+)", re.sub(r"(?s)<script[^>]*>.*?</script>|<style>.*?</style>", "", draw(hostile_chart("plain"), made=MADE).html)
)


@pytest.mark.parametrize(
    "foreign",
    [
        "<script>1</script>", '<img src="x">', '<p onclick="x">', '<link rel="stylesheet" href="x">', '<div style="color:red">',
        '<script src="x"></script>', "<style>@import 'x'</style>", "<style>p{background:url(x)}</style>", "<iframe></iframe>", '<a href="x">y</a>',
    ],
)  # fmt: skip
def test_the_last_look_refuses_what_does_not_belong_there(foreign):
    scripts = tuple(re.findall(r"(?s)<script>(.*?)</script>", PAGE))
    require_harmless(PAGE, scripts=scripts)
    with pytest.raises(RefusedError):
        require_harmless(PAGE.replace("</main>", f"{foreign}</main>"), scripts=scripts)


def test_a_chart_that_contradicts_itself_is_refused():
    one = account("a")
    with pytest.raises(InputError):
        Chart(title="t", accounts=(one, one), links=())
    with pytest.raises(InputError):
        Chart(title="t", accounts=(one,), links=(Link(src_id=one.id, dst_id="acc_other"),))
    with pytest.raises(InputError):
        Chart(title="t", accounts=tuple(account("a", id=str(n)) for n in range(501)), links=())


def test_a_notebook_shows_it_in_a_frame_that_may_only_run_its_script():
    frame = draw(hostile_chart('"><script>1</script>'), made=MADE)._repr_html_()
    assert re.match(r'^<iframe sandbox="allow-scripts" srcdoc="[^"<>]*" width="100%" height="900" title="[^"<>]*"></iframe>$', frame)


def test_the_page_is_utf_8_whatever_the_locale(tmp_path):
    assert hashlib.sha256(draw(small_chart(title="Größe ₱"), made=MADE).to_bytes()).digest()
    assert "Größe ₱" in draw(small_chart(title="Größe ₱"), made=MADE).to_bytes().decode("utf-8")


if __name__ == "__main__":
    GOLDEN.write_text(outline(PAGE), encoding="utf-8")
