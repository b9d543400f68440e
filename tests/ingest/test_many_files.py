"""Many files: found in a stable order, made ready side by side, committed as if loaded one by one, and each for itself."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest
from ingest.conftest import HEADER
from ingest.readers.mt_messages import CREDITED

from bakau.errors import ArchiveError, FileError
from bakau.progress import SilentProgress
from bakau_graph.archive import Archive
from bakau_graph.archive.verify import verify_archive
from bakau_ingest import convoy
from bakau_ingest.convoy import load_files
from bakau_ingest.load import Loaded, LoadOptions, load_file
from bakau_ingest.selection import Refused, choose_files


def line(number: int, *, amount: str = "10.00", day: int = 1) -> str:
    return f"2025-03-{day:02d}T10:00:00Z,S{number},R{number % 7},{amount},EUR,N{number},1\n"


@pytest.fixture
def folder(desk):
    """Six files in three folders that overlap and contradict each other, so that their order decides; the largest comes first."""
    root = desk.folder / "in"
    for name in ("", "b", "b/c"):
        (root / name).mkdir(parents=True)
    for place, (name, first, count) in enumerate(
        [("a.csv", 0, 3000), ("b/1.csv", 2900, 300), ("b/2.csv", 100, 10), ("b/c/3.csv", 3100, 200), ("d.csv", 0, 50), ("e.csv", 3290, 40)]
    ):
        rows = [line(number, amount=f"{10 + place % 2}.00") for number in range(first, first + count)]
        (root / name).write_text(HEADER + "\n" + "".join(rows), encoding="utf-8")
    (root / ".hidden.csv").write_text("not data", encoding="utf-8")
    (root / "f.csv.part").write_text("half a", encoding="utf-8")
    return root


@pytest.fixture
def referenced(desk):
    return desk.mapping(match=["*.csv"], fields={"reference": {"column": "note"}}, without=["purpose"])


def ledger_rows(workspace) -> list[tuple]:
    """All that the ledger says of batches and of the bytes that hold them, except when and how long."""
    with closing(sqlite3.connect(workspace / "archive" / "ledger.sqlite")) as ledger:
        batches = "SELECT seq, batch_id, file_sha256, received, loaded, rejected, duplicates, conflicts, row_counts, added_in FROM batch"
        segments = "SELECT batch_id, table_name, kind, name, row_count, added_in FROM segment WHERE kind <> 'vault'"
        return ledger.execute(batches).fetchall() + ledger.execute(segments).fetchall()


def test_the_archive_does_not_depend_on_how_many_files_are_made_ready_at_once(desk, folder, referenced):
    copies = [desk.folder / f"workspace{number}" for number in range(3)]
    for copy in copies:
        shutil.copytree(desk.workspace, copy)
    for path in sorted(folder.rglob("*.csv")):
        if not path.name.startswith("."):
            desk.run("-w", copies[0], "ingest", path, "--mapping", referenced)
    ran = [
        desk.run("-w", copy, "ingest", folder, "--recursive", "--mapping", referenced, "--workers", workers, "--json")
        for copy, workers in zip(copies[1:], (1, 3), strict=True)
    ]
    one_by_one, *others = (ledger_rows(copy) for copy in copies)
    assert others == [one_by_one, one_by_one]
    assert [batch["file"] for batch in ran[1].document["batches"]] == ["a.csv", "1.csv", "2.csv", "3.csv", "d.csv", "e.csv"]
    assert ran[1].document["duplicates"] > 0 < ran[1].document["rejected"], "the files overlap and contradict each other"
    assert verify_archive(Archive.open(copies[2]).workspace, SilentProgress()).problems == ()
    assert list((copies[2] / "archive" / "staging").iterdir()) == []


def test_a_stopped_run_goes_on_with_the_files_that_were_not_loaded(desk, folder, referenced):
    archive = desk.archive
    files = choose_files([folder], str(referenced), recursive=True).files
    with closing(load_files(archive, files, LoadOptions(), SilentProgress(), workers=2)) as outcomes:
        first = next(outcomes)
    assert isinstance(first, Loaded)
    stood = [batch.batch_id for batch in archive.batches()]
    assert 1 <= len(stood) < len(files)
    assert list((desk.workspace / "archive" / "staging").iterdir()) == []
    again = list(load_files(archive, files, LoadOptions(), SilentProgress(), workers=2))
    assert [one.batch_id for one in again if one.known] == stood
    assert len(archive.batches()) == len(files)


@pytest.mark.parametrize("workers", [1, 2])
def test_where_the_archive_cannot_be_written_no_later_file_slips_in(desk, folder, referenced, workers, monkeypatch):
    def load_but_the_second(archive, chosen, *rest, **more):
        if chosen.path.name == "1.csv":
            raise ArchiveError("No space left on device")
        return load_file(archive, chosen, *rest, **more)

    monkeypatch.setattr(convoy, "load_file", load_but_the_second)
    files = choose_files([folder], str(referenced), recursive=True).files
    outcomes = list(load_files(desk.archive, files, LoadOptions(), SilentProgress(), workers=workers))
    assert [type(one) for one in outcomes] == [Loaded, Refused]
    assert len(desk.archive.batches()) == 1, "a small file after it would stand before it once there is room"


def test_a_bad_file_stops_no_other_and_is_named(desk, folder, referenced):
    (folder / "b" / "0.csv").write_text("other,columns\n1,2\n", encoding="utf-8")
    (folder / "b" / "9.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    ran = desk.run("-w", desk.workspace, "ingest", folder / "**" / "*.csv", "--mapping", referenced, "--json")
    assert ran.code == 1
    assert len(ran.document["batches"]) == 6
    assert [one["file"] for one in ran.document["refused"]] == ["0.csv", "9.csv"]
    assert ("0.csv" in ran.err, "9.csv" in ran.err) == (True, True)


def test_with_nothing_but_bad_files_the_exit_code_is_that_of_bad_input(desk):
    (desk.folder / "x").mkdir()
    (desk.folder / "x" / "a.csv").write_text("other,columns\n1,2\n", encoding="utf-8")
    ran = desk.run("-w", desk.workspace, "ingest", desk.folder / "x", "--mapping", desk.mapping(), "--json")
    assert (ran.code, ran.document["batches"], len(ran.document["refused"])) == (2, [], 1)


def test_a_folder_without_a_mapping_is_loaded_by_the_formats_of_its_files(desk):
    root = desk.folder / "mixed"
    root.mkdir()
    (root / "plain.csv").write_text(HEADER + "\n" + line(1), encoding="utf-8")
    (root / "message.fin").write_bytes(CREDITED)
    ran = desk.run("-w", desk.workspace, "ingest", root, "--json")
    assert [batch["file"] for batch in ran.document["batches"]] == ["message.fin"]
    assert [one["file"] for one in ran.document["refused"]] == ["plain.csv"]
    assert "--mapping" in ran.document["refused"][0]["hint"]


def test_a_folder_leaves_out_links_that_lead_elsewhere_and_a_pattern_without_a_file_says_so(desk, folder, referenced):
    (folder / "away.csv").symlink_to(desk.write("elsewhere.csv", HEADER + "\n" + line(1)))
    found = choose_files([folder], str(referenced))
    assert [chosen.path.name for chosen in found.files] == ["a.csv", "d.csv", "e.csv"]
    (nothing,) = choose_files([folder / "*.xml"], None).refused
    assert isinstance(nothing.error, FileError)


class Bar:
    """Remembers what it was told."""

    def __init__(self):
        self.done, self.said = 0, []

    def advance(self, amount: int = 1) -> None:
        assert amount >= 0
        self.done += amount

    def say(self, text: str) -> None:
        self.said.append(text)


@pytest.mark.parametrize("workers", [1, 2])
def test_progress_says_rows_a_second_and_ends_with_the_bytes_of_all_files(desk, folder, referenced, workers):
    bar, files = Bar(), choose_files([folder], str(referenced), recursive=True).files
    list(load_files(desk.archive, files, LoadOptions(), bar, workers=workers))
    assert bar.done == sum(chosen.path.stat().st_size for chosen in files)
    assert "3,600 rows" in bar.said[-1]
    assert bar.said[-1].endswith("rows/s")
