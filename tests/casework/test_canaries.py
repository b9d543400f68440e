"""Names, numbers in clear and texts of everybody lie in the vault only: not in another file of the workspace, not in a log, not in an error.

Compressed files are read as tables, everything else as bytes. After `protect --redact` they are not in the vault either.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from casework.village import NAMES, TEXT, iban

from bakau_graph.archive.vault import open_vault_segment

CANARIES = {**{f"name of {name}": words for name, words in NAMES.items()}, "text": TEXT, "reference": "R-0001", "customer": "C-r0"} | {
    f"number of {name}": iban(name) for name in (*NAMES, "s0")
}


def contents(path: Path) -> str:
    """A file as text: columns of Parquet, else its bytes."""
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        return str(table.to_pydict()) + str(table.schema.metadata)
    data = path.read_bytes()
    return data.decode("utf-8", "replace") + data.decode("utf-16-le", "replace")


def hits(text: str) -> list[str]:
    return [name for name, secret in CANARIES.items() if secret in text]


def vault_text(village) -> str:
    """Every value in the decrypted vault."""
    workspace = village.archive.workspace
    key, found = workspace.load_vault_key(), []
    connection = sqlite3.connect(workspace.archive / "ledger.sqlite")
    for table, name in connection.execute("SELECT table_name, name FROM segment WHERE kind = 'vault' AND removed_in IS NULL").fetchall():
        found.append(str(open_vault_segment(workspace.vault, name, key, table).to_pydict()))
    connection.close()
    return "\n".join(found)


def test_the_search_finds_what_it_must_find(village):
    assert hits(" ".join(CANARIES.values())) == list(CANARIES)
    assert set(hits(vault_text(village))) == set(CANARIES), "they are in the vault, so they were loaded"


def test_no_file_outside_the_vault_holds_a_name_a_number_or_a_text(own_village):
    ids = own_village.ids()
    with own_village.desk("training") as desk:
        desk.find(NAMES["r0"])
        desk.find(iban("r0"))
        desk.account(ids["r0"])
        desk.export("transfers")
    files = [
        path for path in own_village.workspace.rglob("*") if path.is_file() and "vault" not in path.relative_to(own_village.workspace).parts
    ]
    assert {"ledger.sqlite", "casework.sqlite", "bakau.toml"} <= {path.name for path in files}
    assert any(path.suffix == ".parquet" for path in files)
    assert {path: found for path in files if (found := hits(contents(path)) + hits(path.name))} == {}


def test_the_bytes_of_the_vault_say_nothing(village):
    files = [path for path in (village.workspace / "vault").rglob("*") if path.is_file()]
    assert files
    assert {path: found for path in files if (found := hits(contents(path)))} == {}


@pytest.mark.parametrize("level", ["debug", "info"])
def test_no_log_and_no_output_holds_one(bakau, own_village, tmp_path, level):
    workspace = tmp_path / "again"
    runs = [bakau(None, "--log-level", level, "init", workspace)]
    runs += [
        bakau(workspace, "--log-level", level, *call)
        for call in (("ingest", *own_village.files, "--mapping", "bank"), ("analyse",), ("findings",), ("batches",))
    ]
    batch = bakau(workspace, "batches", "--json").document["batches"][1]["batch_id"]
    runs += [bakau(workspace, "--log-level", level, *call) for call in (("rejects", batch), ("find", NAMES["r0"]), ("neighbours", iban("r0")), ("account", iban("r0")), ("explain", NAMES["r0"]), ("protect", iban("r0"), "--basis", "test"))]  # fmt: skip
    assert {run.code for run in runs} == {0, 2}
    assert hits("".join(run.out + run.err for run in runs)) == []


def test_a_redacted_person_is_not_in_the_vault_either_and_no_later_file_brings_them_back(bakau, own_village):
    workspace, ids = own_village.workspace, own_village.ids()
    holder = bakau(workspace, "account", ids["kin"], "--json").document["account"]["holders"][0]["party_id"]
    for subject in (holder, ids["child"]):
        assert bakau(workspace, "protect", subject, "--basis", "test", "--redact").code == 0
    for _ in range(2):
        text = vault_text(own_village)
        for name in ("kin", "child"):
            assert iban(name) not in text
            assert NAMES[name] not in text
        assert iban("r0") in text, "others stay"
        assert NAMES["r0"] in text, "others stay"
        assert bakau(workspace, "archive", "verify").code == 0
        batch = bakau(workspace, "batches", "--json").document["batches"][0]["batch_id"]
        assert bakau(workspace, "ingest", own_village.files[0], "--mapping", "bank", "--replace", batch).code == 0
