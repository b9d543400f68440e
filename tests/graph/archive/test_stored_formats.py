"""A workspace that an earlier Bakau wrote opens, verifies and says what it said then; a newer one is refused in a sentence."""

from __future__ import annotations

import json
import re
import sqlite3
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from bakau.cli import root
from bakau.errors import FormatError
from bakau.model import FORMAT
from bakau.workspace import Workspace
from bakau_graph.archive import Archive
from bakau_graph.archive.hold import read_holds
from bakau_graph.archive.upgrade import upgrade

STORED = Path(__file__).resolve().parents[2] / "data" / "workspaces"
NUMBERS = range(1, FORMAT + 1)


@pytest.fixture
def unpack(tmp_path, monkeypatch):
    """A function that unpacks the stored workspace of a format number and puts its key in place."""

    def unpack_(number: int) -> Path:
        with tarfile.open(STORED / f"format-{number}.tar.gz") as packed:
            packed.extractall(tmp_path, filter="data")
        workspace_id = re.search(r'workspace_id = "(\w+)"', (tmp_path / "workspace" / "bakau.toml").read_text(encoding="utf-8"))
        keys = tmp_path / "keys"
        keys.mkdir()
        (keys / f"{workspace_id[1]}.key").write_bytes((STORED / f"format-{number}.test-vault-key").read_bytes())
        monkeypatch.setenv("BAKAU_KEY_DIR", str(keys))
        return tmp_path / "workspace"

    return unpack_


def ask(workspace: Path, *words: str):
    result = CliRunner().invoke(root, ["-w", str(workspace), *words])
    assert result.exit_code == 0, (words, result.output, result.exception)
    return json.loads(result.stdout)


def still_says(found, recorded) -> bool:
    """Everything recorded stands there; a later version may say more beside it."""
    if isinstance(recorded, dict):
        return isinstance(found, dict) and all(name in found and still_says(found[name], value) for name, value in recorded.items())
    if isinstance(recorded, list):
        return isinstance(found, list) and len(found) == len(recorded) and all(map(still_says, found, recorded))
    return found == recorded


def test_every_format_number_up_to_ours_has_a_stored_workspace():
    assert [number for number in NUMBERS if not (STORED / f"format-{number}.tar.gz").is_file()] == []
    assert sum(path.stat().st_size for path in STORED.glob("format-1.*")) < 200_000


@pytest.mark.parametrize("number", NUMBERS)
def test_a_stored_workspace_verifies_and_says_what_it_said_when_it_was_written(unpack, number, tmp_path):
    workspace = unpack(number)
    said = CliRunner().invoke(root, ["-w", str(workspace), "archive", "upgrade"])
    assert said.exit_code == 0
    assert f"already format {number}" in said.output or f"format {number} → {FORMAT}" in said.output
    record = json.loads((STORED / f"format-{number}.json").read_text(encoding="utf-8"))
    verified = ask(workspace, "archive", "verify", "--json")
    assert (verified["clean"], verified["vault_opened"]) == (True, True)
    for question, recorded in record["answers"].items():
        found = ask(workspace, *(record["names"].get(word, word) for word in question.split()), "--json")
        assert still_says(found, recorded), question
    head = tmp_path / "head.json"
    head.write_text(json.dumps(record["audit_head"]), encoding="utf-8")
    assert ask(workspace, "audit", "verify", "--head", str(head), "--json")["is_sound"]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_stored_workspace_holds_one_of_everything(unpack, number):
    """What the recorded answers rest on: a workspace in which something is missing would prove nothing about it."""
    workspace = unpack(number)
    upgrade(workspace)
    archive = Archive.open(workspace)
    snapshot = archive.snapshot()
    assert len(snapshot.runs()) >= 2
    assert len(snapshot.derived("finding")) > 0
    assert any(batch.withdrawn for batch in archive.batches())
    assert any(batch.declares_corrections for batch in archive.batches())
    assert 5_500 in snapshot.table("transfer")["amount_minor"].to_pylist(), "the corrected amount"
    assert len(snapshot.protection.protected_accounts) == 2, "one by age, one by mark"
    assert any(len(snapshot.rejects(batch.batch_id)) for batch in snapshot.batches())
    assert {source.source_id for source in snapshot.sources()} >= {"training", "other"}
    if number > 1:
        assert any(batch.purged for batch in archive.batches())
        assert read_holds(archive.workspace) == {"other": "made-up case"}
        with archive._connection() as connection:
            assert connection.execute("SELECT 1 FROM segment WHERE shared AND removed_in IS NULL").fetchone()
    for name in ("party", "account", "holding", "transfer"):
        assert len(snapshot.table(name)) > 0, name


@pytest.mark.parametrize("number", NUMBERS)
def test_a_stored_workspace_goes_on_being_worked_in(unpack, number, tmp_path):
    workspace = unpack(number)
    upgrade(workspace)
    before = ask(workspace, "batches", "--json")["batches"]
    (tmp_path / "nodes.csv").write_text("nodeid,isFraud,init_balance,fraudStep\n1,0,5.00,-1\n", encoding="utf-8")
    assert ask(workspace, "ingest", str(tmp_path / "nodes.csv"), "--mapping", "amlsim", "--json")["loaded"] == 1
    assert ask(workspace, "analyse", "--json")["account_findings"] > 0
    assert len(ask(workspace, "batches", "--json")["batches"]) == len(before) + 1
    assert ask(workspace, "archive", "verify", "--json")["clean"]


@pytest.mark.parametrize("where", ["bakau.toml", "ledger"])
def test_a_newer_format_is_refused_in_a_sentence_and_left_as_it_is(unpack, where):
    workspace = unpack(FORMAT)
    ledger = workspace / "archive" / "ledger.sqlite"
    if where == "ledger":
        connection = sqlite3.connect(ledger)
        connection.execute("UPDATE meta SET value = ? WHERE key = 'format'", (str(FORMAT + 1),))
        connection.commit()
        connection.close()
    else:
        toml = workspace / "bakau.toml"
        toml.write_text(re.sub(r"format = \d+", f"format = {FORMAT + 1}", toml.read_text(encoding="utf-8")), encoding="utf-8")
    before = ledger.read_bytes()
    with pytest.raises(FormatError, match=r"newer than this Bakau reads") as refused:
        Archive.open(workspace)
    assert refused.value.hint == "update Bakau"
    assert ledger.read_bytes() == before


def test_an_older_workspace_is_copied_first_and_then_taken_forward_step_by_step(unpack):
    workspace = unpack(FORMAT)
    taken: list[int] = []
    steps = {FORMAT + place: lambda opened, place=place: taken.append(FORMAT + place) for place in range(2)}
    number, copy = upgrade(workspace, steps=steps, target=FORMAT + 2)
    assert (number, taken) == (FORMAT, [FORMAT, FORMAT + 1])
    assert Workspace.open(copy).format == FORMAT
    with pytest.raises(FormatError, match=r"newer than this Bakau reads"):
        Workspace.open(workspace)
