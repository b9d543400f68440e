"""Files for other tools: complete, harmless in a spreadsheet, and they say what they stand on."""

from __future__ import annotations

import csv
import json
import stat
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from casework.village import NAMES, TEXT, iban, payments
from hypothesis import given
from hypothesis import strategies as st

from bakau.errors import FileError
from bakau_analytics.features.catalogue import Grain, load_features
from bakau_casework.export import defuse, write_csv
from bakau_casework.view import Declaration, View, count, text

WHAT = ("scores", "findings", "communities", "features", "transfers")
VIEW = Declaration("test", "A view for this test.", "rows", (text("a", "words"), count("n", "a number")))
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠")


def view_of(*cells) -> View:
    rows = pa.table({"a": pa.array(cells, pa.string()), "n": pa.array(range(-1, len(cells) - 1), pa.int64())})
    return View(VIEW, "s1-0", "exploration", None, rows, {}, {}, audit_id=1)


def read_csv(path) -> list[dict]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@given(
    cells=st.lists(st.one_of(st.none(), st.text(max_size=6), st.builds("".join, st.tuples(st.sampled_from(STARTS), st.text(max_size=4)))))
)
def test_no_cell_starts_a_formula_and_nothing_else_is_touched(cells):
    for before, after in zip(cells, defuse(pa.array(cells, pa.string())).to_pylist(), strict=True):
        if before is None:
            assert after is None
        elif after != before:
            assert after == "'" + before
            assert before.startswith(STARTS)
        else:
            assert not before.startswith(STARTS) or float(before) is not None


@pytest.mark.parametrize("cell", ["=1+1", "+1+1", "-1-1", "@SUM(A1)", "\t=1", "\r=1", "-2+3", '=HYPERLINK("x")', "＝1+1"])
def test_a_formula_gets_an_apostrophe_before_it(tmp_path, cell):
    write_csv(view_of(cell), tmp_path / "file.csv")
    assert read_csv(tmp_path / "file.csv")[0]["a"] == "'" + cell


@pytest.mark.parametrize("cell", ["", "-1", "+999000000101", "1.50", "-0.5", "plain", "a=b", 'quo"te', "a,b", "two\nlines"])
def test_plain_numbers_and_words_stay_as_they_are(tmp_path, cell):
    write_csv(view_of(cell), tmp_path / "file.csv")
    (row,) = read_csv(tmp_path / "file.csv")
    assert (row["a"], row["n"]) == (cell, "-1")


@pytest.fixture(scope="module")
def views(village, tmp_path_factory):
    with village.copy(tmp_path_factory.mktemp("views")).desk() as desk:
        return {what: desk.export(what) for what in WHAT}


@pytest.mark.parametrize("what", WHAT)
def test_csv_and_parquet_hold_the_same_rows_and_say_what_they_stand_on(bakau, own_village, tmp_path, what):
    plain, packed = tmp_path / "file.csv", tmp_path / "file.parquet"
    ran = bakau(own_village.workspace, "export", what, "--csv", plain, "--parquet", packed, "--json")
    rows, table = read_csv(plain), pq.read_table(packed)
    assert len(rows) == len(table) == ran.document["rows"] > 0
    for name in table.schema.names:
        values = ["" if value is None else str(value) for value in table[name].to_pylist()]
        assert [row[name] for row in rows] == values, name
    for said in (json.loads((tmp_path / "file.csv.meta.json").read_text()), json.loads(table.schema.metadata[b"bakau.export"])):
        assert (said["snapshot"], said["run"], said["rows"]) == (ran.document["snapshot"], ran.document["run"], len(rows))
        assert set(said["columns"]) == set(table.schema.names)
        assert said["purpose"] == "exploration"
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in tmp_path.glob("file.*"))
    text = plain.read_text(encoding="utf-8") + json.dumps(table.to_pylist()) + ran.out + ran.err
    assert not [secret for name in NAMES for secret in (NAMES[name], iban(name), TEXT) if secret in text]


def test_scores_hold_every_scorable_account_and_its_contributions_add_up(views, village):
    rows = views["scores"].rows.to_pylist()
    points = {row["account_id"]: row["points"] for row in rows}
    for account, total in points.items():
        assert total == sum(row["contribution"] for row in rows if row["account_id"] == account)
    assert set(points) == set(village.ids().values()) - {village.ids()["child"]}


def test_transfers_are_all_there_and_protected_ends_are_empty(views, village):
    rows = views["transfers"].rows.to_pylist()
    assert len(rows) == len(payments())
    assert sum(row["src_id"] is None for row in rows) == 8
    assert sum(row["dst_id"] is None for row in rows) == 8
    assert sum(row["amount_minor"] for row in rows) == sum(int(line.split(";")[3].replace(".", "").replace(",", "")) for line in payments())
    assert {row["line"] for row in rows} == set(range(4, 4 + len(payments())))


def test_findings_and_communities_name_no_protected_account(views, village):
    child = village.ids()["child"]
    assert child not in views["findings"].rows["account_id"].to_pylist()
    assert child not in views["communities"].rows["account_id"].to_pylist()
    assert len(set(views["communities"].rows["resolution"].to_pylist())) == 3


def test_features_are_those_a_model_may_see_of_every_scorable_account(views, village):
    features = views["features"].rows
    assert set(features["account_id"].to_pylist()) == set(village.ids().values()) - {village.ids()["child"]}
    profile = {column for feature in load_features(Grain.ACCOUNT) if feature.profile for column in feature.columns}
    assert profile
    assert not profile & set(features.column_names)
    paid = Counter(row["dst_id"] for row in views["transfers"].rows.to_pylist())
    assert {row["account_id"]: row["payments_in"] for row in features.to_pylist()} == {
        account: paid[account] for account in features["account_id"].to_pylist()
    }


def test_labels_can_be_joined_by_number_under_the_training_purpose(bakau, own_village, tmp_path):
    bakau(own_village.workspace, "export", "scores", "--csv", tmp_path / "scores.csv", "--purpose", "training")
    numbers = {row["number"] for row in read_csv(tmp_path / "scores.csv")}
    assert {iban("r0"), iban("s0")} <= numbers
    assert iban("child") not in numbers


def test_nowhere_to_write_to_is_your_input_and_leaves_no_half_file(bakau, village, tmp_path):
    assert bakau(village.workspace, "export", "scores").code == 2
    assert bakau(village.workspace, "export", "scores", "--csv", tmp_path).code == 2
    ran = bakau(village.workspace, "export", "scores", "--csv", tmp_path / "missing" / "file.csv")
    assert ran.code == 2
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileError, match="directory"):
        write_csv(view_of("a"), tmp_path)


def test_rejects_are_written_as_csv_too(bakau, own_village, tmp_path):
    batch = bakau(own_village.workspace, "batches", "--json").document["batches"][1]["batch_id"]
    ran = bakau(own_village.workspace, "rejects", batch, "--csv", tmp_path / "rejects.csv")
    assert (ran.code, ran.out) == (0, "")
    assert [row["line"] for row in read_csv(tmp_path / "rejects.csv")] == ["2", "3"]
