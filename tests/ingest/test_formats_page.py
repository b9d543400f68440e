"""Every format we read is described, and the page is the one written from the list."""

from __future__ import annotations

from importlib.metadata import entry_points

from bakau_ingest.formats import PAGE, load_formats, needs_mapping, render_page
from bakau_ingest.reader import get_reader
from bakau_ingest.readers import reports
from bakau_ingest.readers.payments import HEADER


def test_every_reader_is_described_and_nothing_else():
    assert set(load_formats()) == {entry.name for entry in entry_points(group="bakau.readers")}


def test_the_page_is_written_from_the_list():
    assert PAGE.read_text(encoding="utf-8") == render_page(), "run: python -m bakau_ingest.formats"


def test_formats_of_messages_alone_need_no_mapping(tmp_path):
    path = tmp_path / "any"
    path.write_bytes(b"a,b\n1,2\n")
    for name in load_formats():
        if not needs_mapping(name):
            assert get_reader(name).open(path, None).header in {HEADER, reports.HEADER}


def test_the_command_prints_what_the_page_says(bakau):
    document = bakau("formats", "--json").document
    assert [row["name"] for row in document["formats"]] == list(load_formats())
    assert "not taken:" in bakau("formats").out
