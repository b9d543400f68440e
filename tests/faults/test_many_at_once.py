"""Two writers and a reader on one workspace: no error, and never half a batch."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from plain_mapping import PLAIN, REFERENCE

from .conftest import command, problems

ROWS, FILES = 400, 10

READER = """
import json, sys, pathlib
from bakau_graph.archive import Archive
archive, stop, seen = Archive.open(pathlib.Path(sys.argv[1])), pathlib.Path(sys.argv[2]), []
while True:
    last = stop.exists()
    snapshot = archive.snapshot()
    with snapshot.connect() as connection:
        rows = connection.execute("SELECT count(*) FROM transfer").fetchone()[0]
    seen.append([snapshot.version, rows, len(snapshot.batches())])
    if last:
        break
print(json.dumps(seen))
"""


def write_files(folder, first: int) -> list:
    folder.mkdir()
    paths = []
    for number in range(first, first + FILES):
        path = folder / f"t{number}.csv"
        lines = [f"{number}-{row},A{row % 7},B{row % 11},2025-01-01 00:{row % 60:02}:00,{row + 1}.50" for row in range(ROWS)]
        path.write_text("ref,src,dst,when,amount\n" + "\n".join(lines) + "\n", encoding="utf-8")
        paths.append(path)
    return paths


MAPPING = PLAIN + REFERENCE


@pytest.mark.slow
def test_two_writers_and_a_reader(truth, tmp_path):
    workspace = truth.copy(tmp_path / "w")
    mapping = tmp_path / "plain.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    stop = tmp_path / "stop"
    reader = subprocess.Popen([sys.executable, "-c", READER, workspace, stop], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    writers = [
        subprocess.Popen(
            command(workspace, "ingest", *write_files(tmp_path / f"from{first}", first), "--mapping", mapping, "--json"),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for first in (0, FILES)
    ]  # fmt: skip
    for writer in writers:
        out, errors = writer.communicate()
        assert writer.returncode == 0, errors
        document = json.loads(out)
        assert (document["received"], document["loaded"]) == (ROWS * FILES, ROWS * FILES)
    stop.touch()
    out, errors = reader.communicate()
    assert reader.returncode == 0, errors
    seen = json.loads(out)
    assert all(rows == ROWS * batches for _, rows, batches in seen)
    assert [rows for _, rows, _ in seen] == sorted(rows for _, rows, _ in seen)
    assert seen[-1][1] == ROWS * FILES * 2
    assert len({rows for _, rows, _ in seen}) > 3, "the reader saw the archive grow"
    assert problems(workspace) == ()


@pytest.mark.slow
def test_the_same_file_from_two_writers_is_loaded_once(truth, tmp_path):
    workspace = truth.copy(tmp_path / "w")
    mapping = tmp_path / "plain.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    files = write_files(tmp_path / "files", 0)
    line = command(workspace, "ingest", *files, "--mapping", mapping, "--json")
    writers = [subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    documents = []
    for writer in writers:
        out, errors = writer.communicate()
        assert writer.returncode == 0, errors
        documents.append(json.loads(out))
    assert sum(document["loaded"] for document in documents) == ROWS * FILES
    assert sum(document["duplicates"] for document in documents) == ROWS * FILES


def test_a_writer_that_may_not_wait_names_the_one_that_holds_the_lock(truth, tmp_path, monkeypatch):
    from bakau.errors import LockedError
    from bakau_graph.archive.lock import writer_lock

    path = tmp_path / "writer.lock"
    with writer_lock(path), pytest.raises(LockedError, match=r"pid \d+ on"), writer_lock(path):
        pass
    with writer_lock(path, wait_s=5):
        pass
