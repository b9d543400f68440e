"""The whole way on files that nobody here wrote: IBM AMLSim (two sets) and the snapshot of LDBC FinBench, which lie beside the project."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from pathlib import Path

import networkx as nx
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from bakau.cli import root
from bakau.ids import Realm
from bakau_graph.archive import Archive
from bakau_graph.network import Direction
from bakau_graph.networks import open_network

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
AMLSIM = {"20K_fanin200": (20_000, 118_250), "20K_cycle200": (20_000, 117_805)}
SETS = [*AMLSIM, "finbench"]
pytestmark = [
    pytest.mark.shared,
    pytest.mark.slow,
    pytest.mark.skipif(not (DATA / "ibm_amlsim_20k").is_dir(), reason="the public data sets lie beside the project"),
]


def files_of(name: str) -> Path:
    return DATA / "ldbc_finbench_driver_example" / "snapshot" if name == "finbench" else DATA / "ibm_amlsim_20k" / name


def bakau(workspace: Path, *words) -> str:
    result = CliRunner().invoke(root, ["-w", str(workspace), *map(str, words)])
    assert result.exit_code == 0, (words, result.output, result.exception)
    return result.stdout


def document(workspace: Path, *words):
    return json.loads(bakau(workspace, *words, "--json"))


@pytest.fixture(scope="module", params=SETS)
def loaded(request, tmp_path_factory):
    """A set, ingested and analysed once: (its name, the workspace, the document of the ingest)."""
    workspace = tmp_path_factory.mktemp("public") / "case"
    bakau(workspace, "init", workspace)
    mapping = "finbench" if request.param == "finbench" else "amlsim"
    found = document(workspace, "ingest", files_of(request.param), "--mapping", mapping)
    before = workspace.with_name("before")
    shutil.copytree(workspace, before)
    bakau(workspace, "analyse")
    return request.param, workspace, found


def test_every_record_is_loaded_or_counted_among_the_rejects(loaded):
    name, workspace, found = loaded
    by_file = {batch["file"]: batch for batch in found["batches"]}
    if name == "finbench":
        assert (found["received"], found["rejected"], found["duplicates"]) == (132_058, 173, 0)
        assert found["loaded"] == 132_058 - 173
        assert {file: batch["rejected"] for file, batch in by_file.items() if batch["rejected"]} == {
            "PersonOwnAccount.csv": 95,
            "CompanyOwnAccount.csv": 78,
        }
        for file in ("PersonOwnAccount.csv", "CompanyOwnAccount.csv"):
            codes = document(workspace, "rejects", by_file[file]["batch_id"])["codes"]
            assert [row["code"] for row in codes] == ["dangling_reference"]
    else:
        accounts, transfers = AMLSIM[name]
        assert (by_file["nodes.csv"]["loaded"], by_file["transactions.csv"]["loaded"]) == (accounts, transfers)
        assert (found["rejected"], found["duplicates"]) == (0, 0)
        snapshot = Archive.open(workspace).snapshot()
        assert (len(snapshot.table("account")), len(snapshot.table("transfer"))) == (accounts, transfers)
    assert document(workspace, "archive", "verify")["clean"]


def test_no_label_is_stored(loaded):
    name, workspace, _ = loaded
    if name == "finbench":
        pytest.skip("FinBench has no labels")
    stored = [path for folder in ("archive", "network") for path in (workspace / folder).rglob("*.parquet")]
    assert stored
    names = {column.lower() for path in stored for column in pq.read_schema(path).names}
    assert not {column for column in names if "fraud" in column or "label" in column or "sar" in column}
    assert not [path for path in workspace.rglob("*") if path.is_file() and b"isFraud" in path.read_bytes()]
    rows = (
        Archive.open(workspace)
        .snapshot()
        .table("account")
        .drop_columns(["account_key", "account_id", "record", "balance_minor", "batch_id"])
    )
    kinds = Counter(
        json.dumps(row, default=str) for row in rows.drop_columns([n for n in ("number",) if n in rows.column_names]).to_pylist()
    )
    assert len(kinds) == 1, "nothing beside number, balance and line tells one account from another"


def test_every_command_of_the_readme_works(loaded, tmp_path):
    _, workspace, _ = loaded
    listed = document(workspace, "findings", "--top", "20")["findings"]
    assert 0 < len(listed) <= 20
    explained = document(workspace, "explain", listed[0]["finding_id"], "--limit", "1000")
    assert explained["sentences"]
    assert explained["evidence"]
    assert all(row["line"] > 1 and row["file"].endswith(".csv") for row in explained["evidence"])
    one = listed[0]["subjects"][0]["id"]
    assert [row["id"] for row in document(workspace, "find", one)["accounts"]] == [one]
    assert document(workspace, "account", one)["account"]["id"] == one
    everybody = document(workspace, "neighbours", one, "--direction", "in", "--limit", "100000")["neighbours"]
    some = document(workspace, "neighbours", one, "--direction", "in", "--since", "2020-02-01", "--min", "10.00", "--limit", "3")
    assert len(some["neighbours"]) <= 3
    assert all(row["direction"] == "in" and row["last_ts"] >= "2020-02-01" for row in some["neighbours"])
    assert all(total["max_minor"] >= 1_000 for row in some["neighbours"] for total in row["sums"])
    assert {row["id"] for row in some["neighbours"]} <= {row["id"] for row in everybody}
    assert len(some["neighbours"]) + some["left_out"] <= len(everybody)
    for what in ("scores", "findings", "communities", "features", "transfers"):
        as_csv, as_parquet = tmp_path / f"{what}.csv", tmp_path / f"{what}.parquet"
        said = document(workspace, "export", what, "--csv", as_csv, "--parquet", as_parquet)
        assert said["rows"] == len(pq.read_table(as_parquet)) == len(pacsv.read_csv(as_csv, parse_options=pacsv.ParseOptions(newlines_in_values=True))) > 0  # fmt: skip


def test_the_network_holds_every_transfer_as_networkx_does(loaded):
    name, workspace, _ = loaded
    if name == "finbench":
        pytest.skip("the oracle reads AMLSim's two columns")
    archive = Archive.open(workspace)
    graph = nx.MultiDiGraph()
    with (files_of(name) / "transactions.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    numbers = sorted({row[end] for row in rows for end in ("sourceNodeId", "targetNodeId")})
    found = archive.surrogate_key.surrogates(Realm.ACCOUNT, "local:training", pa.array(numbers))
    key_of = dict(zip(numbers, found.keys.to_pylist(), strict=True))
    graph.add_edges_from((key_of[row["sourceNodeId"]], key_of[row["targetNodeId"]]) for row in rows)
    network = open_network(archive.workspace, archive.snapshot())
    assert network.status().transfers == graph.number_of_edges()
    ranked = sorted(graph.nodes, key=lambda key: (-graph.degree(key), key))
    for key in [*ranked[:40], *ranked[:: len(ranked) // 200]]:
        account = network.load_account(key).account
        assert (account.transfers_in, account.transfers_out) == (graph.in_degree(key), graph.out_degree(key))
        for direction, near in ((Direction.IN, graph.pred[key]), (Direction.OUT, graph.succ[key])):
            answer = network.neighbours(key, direction=direction, limit=10_000)
            assert {row.account_key: row.transfers for row in answer.neighbours} == {other: len(edges) for other, edges in near.items()}


def test_the_same_snapshot_analysed_in_two_workspaces_gives_the_same_bytes(loaded, tmp_path):
    _, workspace, _ = loaded
    other = tmp_path / "other"
    shutil.copytree(workspace.with_name("before"), other)
    assert Archive.open(other).snapshot().latest_run() is None
    bakau(other, "analyse")
    assert bakau(other, "findings", "--json") == bakau(workspace, "findings", "--json")
