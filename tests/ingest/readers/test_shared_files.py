"""The reviewed list of public files: what is accepted loads with these totals, what is refused says why, and no file is on neither list."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from bakau.errors import BakauError
from bakau_ingest.mapping import mapping_of_reader
from bakau_ingest.preview.inspection import check_records
from bakau_ingest.public_files import DATA, load_public_files, mapping_path, share_loaded, try_file
from bakau_ingest.reader import recognise

from .second_readers import SECOND, csv_module

LIST = load_public_files()

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (DATA / "iso20022").is_dir(), reason="the public data sets lie beside the project"),
]


@pytest.mark.parametrize("name", LIST.accepted)
def test_an_accepted_file_reads_with_the_reviewed_totals(name):
    listed = LIST.accepted[name]
    assert try_file(name, listed.mapping) == listed.model_copy(update={"check": "", "note": "", "trap": ""})


@pytest.mark.parametrize("name", LIST.refused)
def test_a_refused_file_says_why(name, desk):
    listed = LIST.refused[name]
    options = () if listed.mapping is None else ("--mapping", mapping_path(listed.mapping))
    ran = desk.run("-w", desk.workspace, "ingest", DATA / name, *options)
    assert (ran.code, listed.says in ran.err) == (2, True), ran.err


def test_every_file_is_on_a_list_and_nearly_all_messages_load_whole():
    there = {str(path.relative_to(DATA)) for folder in LIST.folders for path in (DATA / folder).rglob("*") if path.is_file()}
    assert {name for name in there if LIST.why_left_out(name) is None} == {*LIST.accepted, *LIST.refused}
    whole, every = share_loaded(LIST)
    assert whole >= 0.98 * every


@pytest.mark.parametrize("name", [name for name, one in LIST.accepted.items() if one.check])
def test_the_list_agrees_with_a_second_implementation(name):
    listed = LIST.accepted[name]
    for words in listed.check.split(", "):
        second = SECOND[words]
        count, sums = second(DATA / name, listed.mapping) if second is csv_module else second(DATA / name)
        assert count in {None, listed.received}, words
        assert sums is None or +sums == +Counter(listed.sums), words


def test_hardly_a_file_was_compared_with_nothing():
    alone = [name for name, one in LIST.accepted.items() if not one.check]
    assert len(alone) <= 2, alone
    assert sum("genkgo/camt" in one.check for one in LIST.accepted.values()) > 20
    assert sum("mt-940" in one.check for one in LIST.accepted.values()) > 10


@pytest.mark.slow
def test_the_larger_messages_load_into_one_workspace_and_every_record_is_accounted_for(desk):
    larger = {name: one.received for name, one in LIST.accepted.items() if one.received > 4 and one.mapping is None}
    ran = desk.run("-w", desk.workspace, "ingest", *(DATA / name for name in larger), "--json")
    assert ran.code == 0, ran.err
    found = ran.document
    assert found["received"] == found["loaded"] + found["rejected"] + found["duplicates"] == sum(larger.values())
    assert desk.run("-w", desk.workspace, "archive", "verify").code == 0


def test_reading_never_breaks_on_a_public_file():
    """Whatever lies there, on a list or not: read to its end, or refused by an error of ours."""
    for folder in LIST.folders[:5]:
        for path in sorted((DATA / folder).rglob("*")):
            if path.is_file() and path.stat().st_size:
                for reader in islice(recognise(path), 1):
                    mapping = mapping_of_reader(reader)
                    if mapping is not None:
                        try:
                            check_records(path, mapping.files[0])
                        except BakauError:
                            continue
