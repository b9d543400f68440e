"""R13: what the repository holds as data is synthetic or public, by declaration, and numbers in it are reserved ones."""

from __future__ import annotations

import pytest
from architecture.checkout import ROOT, list_tracked
from architecture.origins import find_origin, find_real, needs_origin, read_origins

BINARY = {".png", ".gz"}
TRACKED = [path.as_posix() for path in list_tracked()]


def test_somebody_answers_for_every_file_of_data():
    assert [path for path in TRACKED if needs_origin(path) and find_origin(path) is None] == []
    assert not needs_origin("core/bakau/ids.py")
    assert needs_origin("notebooks/payments.parquet")
    assert find_origin("notebooks/payments.parquet") is None, "a new kind of file needs a line of its own"


def test_the_declaration_says_where_everything_comes_from_and_holds_no_dead_line():
    known = read_origins()
    assert set(known) == {"files", "ibans", "phones", "domains"}
    for line in known["files"]:
        assert line["origin"] in ("made", "public"), line
        assert line["by"], line
        assert line["origin"] == "made" or line["licence"], line
        assert any(find_origin(path) == line for path in TRACKED), f"no file: {line['paths']}"
    assert all(line["source"] for kind in ("ibans", "phones", "domains") for line in known[kind])


def test_no_file_holds_an_account_number_a_phone_or_an_address_that_could_be_somebody_s():
    wrong = {}
    for path in TRACKED:
        if (ROOT / path).suffix in BINARY:
            continue
        if found := find_real((ROOT / path).read_text(encoding="utf-8", errors="replace")):
            wrong[path] = sorted(set(found))
    assert wrong == {}, "reserved ranges and example domains stand in tests/data/origins.yaml"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("FR14 2004 1010 0505 0001 3M02 6" + "06", "an IBAN of FR"),
        ("DE445001051" + "75407324931", "an IBAN of DE"),
        ("call +63 917 1" + "23 4567", "a phone number"),
        ("somebody@bank" + ".ph", "an e-mail address"),
        ("somebody@notexample" + ".org", "an e-mail address"),
    ],
)
def test_what_could_be_somebody_s_is_found(text, words):
    assert any(found.startswith(words) for found in find_real(text)), find_real(text)


@pytest.mark.parametrize(
    "text",
    ["XB65BKAU00000010042262", "+44 7700 900123, +44 (0)7700 900123", "A.B@Example.ORG", "2026+2099-01-31", "GB00BUKB20201555555555"],
)
def test_what_is_reserved_or_no_number_is_left_alone(text):
    assert find_real(text) == []
