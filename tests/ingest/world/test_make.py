"""What a made world promises: the same bytes, bounded memory, a truth that fits, and protection that is no hiding place."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter

import numpy as np
import pyarrow.parquet as pq
import pytest

from bakau.errors import InputError
from bakau_graph.archive import Archive
from bakau_ingest.world.habits import ORDINARY, draw_habits
from bakau_ingest.world.make import Order, make_world
from bakau_ingest.world.reading import open_world


def digests(folder):
    """Every file of a folder and what is in it."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def read_truth(folder):
    with (folder.with_name(folder.name + ".truth") / "networks.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A world with many networks for its size, made in several blocks."""
    folder = tmp_path_factory.mktemp("made") / "world"
    return folder, make_world(folder, Order(12_000, seed=5, networks=20, block=3_000))


@pytest.fixture(scope="module")
def tables(made):
    return open_world(made[0])


@pytest.mark.parametrize("text", [False, True], ids=["parquet", "files"])
def test_the_same_order_gives_the_same_bytes_and_another_seed_others(tmp_path, text):
    for name, seed in (("one", 3), ("two", 3), ("three", 4)):
        make_world(tmp_path / name, Order(900, seed=seed, days=120, text=text, block=400))
    one, two, three = (digests(tmp_path / name) for name in ("one", "two", "three"))
    assert one == two
    assert digests(tmp_path / "one.truth") == digests(tmp_path / "two.truth")
    assert not set(one.values()) & set(three.values()) - {
        digest for name, digest in one.items() if name.startswith(("mappings", "institutions"))
    }


def test_no_more_than_a_block_is_written_in_one_go(made):
    """Four blocks of payers: a file of transfers has a row group a block, so its writer never held more."""
    rows = pq.ParquetFile(made[0] / "bank_transfers.parquet").metadata
    sizes = [rows.row_group(place).num_rows for place in range(rows.num_row_groups)]
    assert len(sizes) == 4
    assert max(sizes) < 2 * min(sizes)


def test_every_account_of_the_truth_is_in_the_world_and_no_victim_has_a_number(made, tables):
    truth = read_truth(made[0])
    known = {number for (number,) in tables.execute("SELECT number FROM account").fetchall()}
    assert {row["account_number"] for row in truth} <= known
    victims = made[0].with_name("world.truth") / "victims.csv"
    assert victims.read_text(encoding="utf-8").splitlines()[0] == "pseudonym,network_id"
    assert not any(number in victims.read_text(encoding="utf-8") for number in known)


def test_no_child_has_a_part_in_a_network(tables):
    found = tables.execute(
        "SELECT count(*) FROM planted JOIN holder USING (key) WHERE born > DATE '2025-07-05' - INTERVAL 18 YEAR AND holder.role <> 'guardian'"
    ).fetchone()
    assert found == (0,)


def test_no_lookalike_is_in_a_network(made):
    truth = read_truth(made[0])
    guilty = {row["account_number"] for row in truth if row["lookalike"] == "0"}
    assert guilty
    assert not guilty & {row["account_number"] for row in truth if row["lookalike"] == "1"}


def test_a_network_has_a_core_and_its_consumers_are_not_in_it(made):
    parts = {}
    for row in read_truth(made[0]):
        if row["lookalike"] == "0":
            parts.setdefault(row["network_id"], []).append(row)
    assert len(parts) == 20
    for rows in parts.values():
        assert any(row["in_core"] == "1" for row in rows)
        assert not [row for row in rows if row["role"] == "consumer" and row["in_core"] == "1"]


@pytest.mark.parametrize("seed", range(4))
def test_at_least_half_of_the_live_stream_networks_receive_on_somebody_elses_account(tmp_path, seed):
    made = make_world(tmp_path / "world", Order(2_000, seed=seed, days=120, networks=12))
    streams = {name: count for name, count in made.networks.items() if name.startswith("live_stream")}
    assert sum(streams.values()) >= 4
    assert 2 * streams.get("live_stream", 0) <= sum(streams.values())


def test_behind_a_childs_account_stands_an_adult_who_sweeps_it_within_a_day(tables):
    """The consumers' money goes to an account of a child, which is not in the truth, and from there to an account of the core."""
    networks = tables.execute("SELECT DISTINCT network_id FROM planted WHERE scheme = 'live_stream_child'").fetchall()
    assert networks
    swept = tables.execute("""
        SELECT core.network_id, count(DISTINCT paid.src) FROM planted AS core
        JOIN transfer AS sweep ON sweep.dst = core.key JOIN transfer AS paid ON paid.dst = sweep.src
         AND paid.ts_us < sweep.ts_us AND sweep.ts_us - paid.ts_us <= 86400000000
        JOIN planted AS consumer ON consumer.key = paid.src AND consumer.role = 'consumer' AND consumer.network_id = core.network_id
        JOIN holder ON holder.key = sweep.src AND holder.born > DATE '2007-07-05'
        WHERE core.scheme = 'live_stream_child' AND core.role = 'sweep' GROUP BY core.network_id
    """).fetchall()
    assert {network for network, _ in swept} == {network for (network,) in networks}
    assert all(senders >= 1 for _, senders in swept)


def test_an_account_moves_no_money_before_it_is_open(tables):
    early = tables.execute(
        "SELECT count(*) FROM transfer JOIN account ON account.key IN (src, dst) WHERE make_timestamp(ts_us) < account.opened"
    ).fetchone()
    assert early == (0,)


def test_text_files_tell_of_the_same_payments_as_parquet(tmp_path):
    """Each payment once: in the rail's CSV, or by an institution that writes camt.053, MT940, a workbook or a report."""
    order = {"accounts": 4_000, "seed": 6, "days": 120}
    one, other = (make_world(tmp_path / name, Order(**order, text=text)) for name, text in (("parquet", False), ("files", True)))
    assert (one.transfers, one.networks, one.lookalikes) == (other.transfers, other.networks, other.lookalikes)
    assert digests(tmp_path / "parquet.truth") == digests(tmp_path / "files.truth")
    assert {"statements_camt", "statements_mt940", "statements_wallet", "reports_goaml"} <= set(other.records)
    table = pq.read_table(tmp_path / "parquet" / "bank_transfers.parquet")
    with (tmp_path / "files" / "bank_transfers.csv").open(encoding="utf-8", newline="") as stream:
        told = Counter((row["from_account"], row["to_account"]) for row in csv.DictReader(stream))
    assert told < Counter(zip(table["from_account"].to_pylist(), table["to_account"].to_pylist(), strict=True))
    assert len(table) - told.total() == other.records["statements_camt"] + other.records["statements_mt940"]


def test_an_institution_sees_its_side_alone(tmp_path):
    order = {"accounts": 900, "seed": 6, "days": 120}
    make_world(tmp_path / "all", Order(**order))
    make_world(tmp_path / "side", Order(**order, institution="PH-WALLET-1"))
    mine = set(pq.read_table(tmp_path / "side" / "wallet_accounts.parquet")["account"].to_pylist())
    assert 0 < len(mine) < pq.read_metadata(tmp_path / "all" / "wallet_accounts.parquet").num_rows
    whole, side = (pq.read_table(tmp_path / name / "wallet_transfers.parquet", columns=["from_account", "to_account"]).to_pylist() for name in ("all", "side"))  # fmt: skip
    expected = [row for row in whole if mine & set(row.values())]
    assert side == expected
    assert digests(tmp_path / "all.truth") == digests(tmp_path / "side.truth")


def test_an_exam_has_habits_of_its_own_that_its_seed_alone_decides():
    assert draw_habits(8) == draw_habits(8)
    assert draw_habits(8) != draw_habits(9)
    medians = [draw_habits(seed).lognormal("php_per_payment").median / ORDINARY.lognormal("php_per_payment").median for seed in range(40)]
    assert min(medians) < 0.7
    assert max(medians) > 1.4
    nights = [draw_habits(seed).range("night_share").low for seed in range(40)]
    assert np.std(nights) > 0.08


def test_a_world_that_is_there_or_too_small_is_refused(tmp_path):
    (tmp_path / "there").mkdir()
    for folder, order in (
        ("there", Order(900, 1)),
        ("small", Order(100, 1)),
        ("short", Order(900, 1, days=20)),
        ("none", Order(900, 1, institution="X")),
    ):
        with pytest.raises(InputError):
            make_world(tmp_path / folder, order)


@pytest.mark.parametrize("form", ["parquet", "files"])
def test_a_world_goes_through_the_same_checks_as_any_file(bakau, tmp_path, form):
    made = bakau("world", "make", tmp_path / "world", "--accounts", 1_500, "--seed", 5, "--as", form, "--json").document
    named_again = 2 * made["records"].get("reports_goaml", 0)
    assert bool(named_again) == (form == "files"), "a report names the accounts of each transaction once more"
    assert bakau("init", tmp_path / "case").code == 0
    loaded = bakau("-w", tmp_path / "case", "ingest", tmp_path / "world", "--json").document
    assert loaded["received"] == sum(made["records"].values()) + named_again
    assert loaded["duplicates"] <= named_again
    assert 0 < loaded["rejected"] < loaded["received"] / 500, "a few records are spoilt on purpose"
    accounts = Archive.open(tmp_path / "case").snapshot().table("account", ["account_key", "kind"])
    known = sum(count for name, count in made["records"].items() if name.endswith("_accounts") and not name.startswith("remittances"))
    assert len(accounts) == known, "no file names an account that no institution lists"
