"""A source whose last day is over takes nothing more, by whatever door; a person may let it be kept longer, and the ledger says who."""

from __future__ import annotations

from datetime import date

import pytest
from ingest.conftest import HEADER

from bakau.errors import InputError
from bakau_graph.archive import Source
from bakau_graph.archive.term import extend_source

ROW = "2026-01-01T10:00:00Z,A,B,10.00,PHP,rent,0"
TEXT = f"{HEADER}\n{ROW}\n"


@pytest.fixture
def ended(desk):
    """A workspace with a source that ended, a mapping and a file."""
    desk.archive.add_source(Source("ended", "Ended", "bank", "order 1", "law 1", ("*",), date(2026, 1, 31), training=True))
    return desk, desk.mapping(), desk.write("file.csv", TEXT)


def test_nothing_is_loaded_into_it_and_the_way_to_extend_it_is_said(ended):
    desk, mapping, path = ended
    ran = desk.ingest(path, "--source", "ended", mapping=mapping)
    assert ran.code == 2
    assert "source ended might be kept until 2026-01-31: nothing more is loaded into it" in ran.err
    assert "bakau source extend ended --keep-until" in ran.err
    assert not desk.archive.batches()


def test_a_job_is_refused_too(ended):
    desk, mapping, _ = ended
    page = desk.folder / "jobs.yaml"
    page.write_text(
        f'jobs:\n  - {{name: old, folder: ".", files: ["*.csv"], mapping: {mapping.name}, source: ended, schedule: {{minutes: 1}}}}\n',
        encoding="utf-8",
    )
    ran = desk.run("-w", desk.workspace, "jobs", "run", page)
    assert (ran.code, "might be kept until 2026-01-31" in ran.out + ran.err) == (2, True), ran.err
    assert not desk.archive.batches()


def test_once_extended_it_takes_files_again_and_the_ledger_keeps_the_reason(ended):
    desk, mapping, path = ended
    assert desk.run("-w", desk.workspace, "source", "list").out.count("OVER: nothing more is loaded") == 1
    ran = desk.run("-w", desk.workspace, "source", "extend", "ended", "--keep-until", "2099-12-31", "--reason", "order 2", "--json")
    assert ran.document["former"], ran.document["keep_until"] == ("2026-01-31", "2099-12-31")
    assert desk.ingest(path, "--source", "ended", mapping=mapping).document["loaded"] == 1
    assert "OVER" not in desk.run("-w", desk.workspace, "source", "list").out
    with desk.archive._connection() as ledger:
        (row,) = ledger.execute("SELECT source_id, former, keep_until, reason FROM extension").fetchall()
    assert tuple(row) == ("ended", "2026-01-31", "2099-12-31", "order 2")


@pytest.mark.parametrize(
    ("source", "day", "reason"),
    [
        ("ended", date(2026, 1, 31), "x"),
        ("ended", date(2026, 2, 1), "x"),
        ("ended", date(2099, 1, 1), " "),
        ("training", date(2099, 1, 1), "x"),
    ],
    ids=["the same day", "a day that is past", "no reason", "no end"],
)
def test_an_extension_needs_a_later_day_to_come_and_a_reason(ended, source, day, reason):
    desk, _, _ = ended
    with pytest.raises(InputError):
        extend_source(desk.archive, source, day, reason=reason)
