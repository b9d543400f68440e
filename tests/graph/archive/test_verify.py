"""Verification finds every kind of damage; upgrades copy first; newer workspaces are refused."""

from __future__ import annotations

import pytest

from bakau.errors import ArchiveError, FormatError
from bakau.model import FORMAT
from bakau.progress import SilentProgress
from bakau_graph.archive import Archive
from bakau_graph.archive.upgrade import upgrade
from bakau_graph.archive.verify import verify_archive


def problems(bench):
    return verify_archive(bench.archive.workspace, SilentProgress()).problems


@pytest.fixture
def loaded(bench):
    bench.transfers([("A", "B", 1, 5)])
    assert problems(bench) == ()
    return bench


def segment(bench, folder):
    return min(folder.glob("*/*"))


@pytest.mark.parametrize("where", ["segments", "vault"])
def test_a_changed_byte_is_found(loaded, where):
    workspace = loaded.archive.workspace
    path = segment(loaded, workspace.vault if where == "vault" else workspace.archive / "segments")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert any("was changed" in problem for problem in problems(loaded))


def test_a_missing_and_an_unlisted_file_are_found(loaded):
    path = segment(loaded, loaded.archive.workspace.archive / "segments")
    path.rename(path.with_name("f" * 64 + ".parquet"))
    found = " ".join(problems(loaded))
    assert "is missing" in found
    assert "unlisted" in found


def test_a_wrong_row_count_is_found(loaded):
    import sqlite3

    connection = sqlite3.connect(loaded.archive.workspace.archive / "ledger.sqlite")
    with connection:
        connection.execute("UPDATE segment SET row_count = row_count + 1")
    connection.close()
    assert any("the ledger says" in problem for problem in problems(loaded))


def test_the_ledger_forgets_nothing(loaded):
    import sqlite3

    connection = sqlite3.connect(loaded.archive.workspace.archive / "ledger.sqlite")
    for table in ("batch", "version"):
        with pytest.raises(sqlite3.DatabaseError, match=r"forgets nothing|FOREIGN"):
            connection.execute(f"DELETE FROM {table}")
    with pytest.raises(sqlite3.DatabaseError):
        connection.execute("UPDATE batch SET received = received + 1")
    connection.close()


def older(bench):
    path = bench.archive.workspace.path
    (path / "bakau.toml").write_text((path / "bakau.toml").read_text().replace(f"format = {FORMAT}", f"format = {FORMAT - 1}"))
    return path


def test_an_older_workspace_is_copied_then_upgraded_step_by_step(loaded):
    path = older(loaded)
    with pytest.raises(FormatError, match=r"upgrade|writes"):
        Archive.open(path)
    taken = []
    number, copy = upgrade(path, steps={FORMAT - 1: lambda workspace: taken.append(workspace.workspace_id)})
    assert (number, len(taken)) == (FORMAT - 1, 1)
    assert copy is not None
    assert (copy / "bakau.toml").read_text().count(f"format = {FORMAT - 1}") == 1
    assert Archive.open(path).snapshot().batches()[0].report.loaded == 1
    assert upgrade(path) == (FORMAT, None)


def test_an_upgrade_without_a_step_changes_nothing(loaded):
    path = older(loaded)
    with pytest.raises(ArchiveError, match="no way"):
        upgrade(path, steps={})
    assert f"format = {FORMAT - 1}" in (path / "bakau.toml").read_text()


def test_a_newer_workspace_is_refused(loaded):
    path = loaded.archive.workspace.path
    (path / "bakau.toml").write_text((path / "bakau.toml").read_text().replace(f"format = {FORMAT}", "format = 99"))
    with pytest.raises(FormatError, match="newer"):
        Archive.open(path)
