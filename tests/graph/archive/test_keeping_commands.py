"""Keeping an archive as a person does: hold, compact, purge, back up and restore by command."""

from __future__ import annotations

import json
import stat

import pytest
from click.testing import CliRunner
from ended import LATER, end_source
from plain_mapping import PLAIN, PURPOSE

from bakau.cli import main, root

MAPPING = PLAIN + PURPOSE


@pytest.fixture
def case(tmp_path):
    """A workspace with three files each of a source whose last day was yesterday and of one that stays."""
    workspace = tmp_path / "w"
    run(workspace, "init", workspace)
    run(workspace, "source", "add", "gone", "--name", "G", "--authority", "a", "--legal-basis", "b", "--purpose", "training", "--keep-until", LATER)  # fmt: skip
    (tmp_path / "m.yaml").write_text(MAPPING, encoding="utf-8")
    for number in range(6):
        path = tmp_path / f"t{number}.csv"
        path.write_text(
            f"when,src,dst,amount,purpose\n2025-01-0{number + 1} 10:00:00,S{number % 2},B,{number + 1}.50,text\n", encoding="utf-8"
        )
        run(workspace, "ingest", path, "--mapping", tmp_path / "m.yaml", "--source", "gone" if number % 2 else "training")
    end_source(workspace, "gone")
    run(workspace, "case", "open", "--title", "made up", "--authority", "a", "--legal-basis", "b", "--purpose", "investigation")
    return workspace


def run(workspace, *words, code=0):
    result = CliRunner().invoke(root, ["-w", str(workspace), *map(str, words)], catch_exceptions=False, standalone_mode=False)
    assert (result.return_value or 0) == code, result.output
    return result.stdout


def ask(workspace, *words):
    return json.loads(run(workspace, *words, "--json"))


def test_compact_says_what_became_of_what_and_verify_is_clean(case):
    before = ask(case, "batches")["batches"]
    done = ask(case, "archive", "compact")
    assert done["files_before"] > done["files_after"] > 0
    assert ask(case, "batches")["batches"] == before
    assert "nothing to compact" in run(case, "archive", "compact")
    assert ask(case, "archive", "verify")["clean"]


def test_purge_says_first_what_would_go_and_stops_at_a_legal_hold(case, monkeypatch, capsys):
    planned = ask(case, "archive", "purge", "--expired", "--dry-run")
    assert (planned["dry_run"], len(planned["batches"]), planned["held"]) == (True, 3, [])
    assert all(batch["rows"] and batch["files"] and batch["size_bytes"] for batch in planned["batches"])
    run(case, "source", "hold", "gone", "--reason", "case 7")
    assert "ON LEGAL HOLD: case 7" in run(case, "source", "list")
    monkeypatch.setattr("sys.argv", ["bakau", "-w", str(case), "archive", "purge", "--expired"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 3
    assert "legal hold" in capsys.readouterr().err
    assert "nothing of it would be deleted" in run(case, "archive", "purge", "--expired", "--dry-run")
    assert not ask(case, "source", "hold", "gone", "--release", "--reason", "closed")["is_held"]
    done = ask(case, "archive", "purge", "--expired")
    assert [batch["batch_id"] for batch in done["batches"]] == [batch["batch_id"] for batch in planned["batches"]]
    listed = ask(case, "batches")["batches"]
    assert [batch["withdrawn_reason"] is not None for batch in listed] == [False, True] * 3
    assert "no batch is expired" in run(case, "archive", "purge", "--expired")
    assert ask(case, "archive", "verify")["clean"]


def test_a_backup_restores_to_the_same_answers_cases_and_audit_included(case, tmp_path, monkeypatch):
    run(case, "archive", "compact")
    made = ask(case, "backup", tmp_path / "b.tar.zst", "--with-key")
    assert stat.S_IMODE((tmp_path / "b.tar.zst.vault-key").stat().st_mode) == 0o600
    head = tmp_path / "head.json"
    head.write_text(run(case, "audit", "head"), encoding="utf-8")
    monkeypatch.setenv("BAKAU_KEY_DIR", str(tmp_path / "keys of another machine"))
    again = tmp_path / "again"
    assert "vault key is not on this machine" in run(case, "restore", made["path"], tmp_path / "closed")
    done = ask(case, "restore", made["path"], again, "--key", made["key_path"])
    assert (done["files"], done["has_vault_key"]) == (made["files"], True)
    verified = ask(again, "archive", "verify")
    assert (verified["clean"], verified["vault_opened"]) == (True, True)
    assert ask(again, "audit", "verify", "--head", head)["is_sound"]
    for question in (("source", "list"), ("batches",), ("case", "list"), ("network", "verify")):
        asked = ask(again, *question)
        assert asked == ask(case, *question) | {"snapshot": asked["snapshot"]}, question
