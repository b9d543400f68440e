"""From a CSV of transfers to findings, beside two programs that a reader could write in an afternoon.

    python benchmarks/analyse.py [--rows 2000000] [--accounts 200000] [--pandas-rows 200000] [--seed 1]
    python benchmarks/analyse.py --each WORKSPACE

Bakau: `bakau ingest` and `bakau analyse` on a fresh workspace: everything a run stores (surrogates, checks, vault, ledger, features,
indicators, communities, isolation forest, findings with evidence). CPU seconds of this process, imports excluded.

Bare script: pyarrow reads the file, account names become numbers, the same feature and indicator SQL runs in DuckDB over the columns
that a snapshot has (of accounts nothing is known, as in Bakau's), the same cut and the same NetworKit calls follow. No storage, no
protection, no model, no findings.

pandas + networkx: the same feature columns and communities on `--pandas-rows` rows of the same file, written with array operations only
(sorted keys, searchsorted, groupby; no apply, no loop over rows); the feature columns are checked to be equal to Bakau's. It is compared
with Bakau's own time for the same columns, from the same file, at the same size. Smaller than the whole file because networkx needs
minutes at 2 M rows; both grow about linearly, networkx a little faster, so the ratio at full size is not smaller.

`--each` measures nothing of that: it evaluates the rules in force over the newest snapshot of a workspace, where columns are filled as they
are there, and prints what each rule and each table that rules share cost. A world of 130,000 accounts (`bakau world make`) has 2 M
transfers. Bounds at 2 M: 60 CPU seconds for all rules, 2.5 GB.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import networkit
import networkx as nx
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pv
from features import Meter

from bakau.cli import root
from bakau.model import ACCOUNT, HOLDING, RELATION
from bakau.protection import ProtectionSet
from bakau_analytics.communities.cut import CutRule, build_cut
from bakau_analytics.communities.detect import RESOLUTIONS, detect
from bakau_analytics.detection import forest_features
from bakau_analytics.features.build import build_features
from bakau_analytics.flow import build_flow
from bakau_analytics.indicators.engine import evaluate
from bakau_analytics.indicators.load import load_packs
from bakau_analytics.referrals.review import set_review
from bakau_graph.archive import Archive

DAY = 86_400
EACH_BOUND, EACH_MEMORY_GB = 60.0, 2.5
MAPPING = """\
name: benchmark
meaning: made-up transfers of the benchmark
files:
  - match: [transfers.csv]
    delimiter: ","
    rows:
      - table: transfer
        fields:
          ts: {column: ts, epoch: {start: "2025-01-01", unit: second}}
          src: {column: src, scheme: local}
          dst: {column: dst, scheme: local}
          amount: {column: amount}
          currency: {value: EUR}
          channel: {value: bank}
"""


def write_csv(path: Path, rows: int, accounts: int, seed: int) -> None:
    """Heavy-tailed activity; three of four payments inside groups of about 60; a year of seconds."""
    rng = np.random.default_rng(seed)
    activity = np.cumsum(rng.pareto(1.4, accounts) + 0.2)
    src = np.searchsorted(activity / activity[-1], rng.random(rows)).clip(0, accounts - 1)
    near = (src // 60 * 60 + rng.integers(0, 60, rows)).clip(0, accounts - 1)
    far = np.searchsorted(activity / activity[-1], rng.random(rows)).clip(0, accounts - 1)
    dst = np.where(rng.random(rows) < 0.75, near, far)
    names = pa.array([f"A{number:07d}" for number in range(accounts)])
    table = pa.table(
        {
            "src": names.take(pa.array(src)),
            "dst": names.take(pa.array(dst)),
            "ts": np.sort(rng.integers(0, 365 * DAY, rows)),
            "amount": np.round(rng.lognormal(4, 1.2, rows), 2),
        }
    )
    pv.write_csv(table, path)


class Watch:
    """CPU seconds of this process per named step."""

    def __init__(self):
        self.steps: dict[str, float] = {}

    @contextlib.contextmanager
    def step(self, name: str):
        begin = time.process_time()
        yield
        self.steps[name] = self.steps.get(name, 0.0) + time.process_time() - begin

    @property
    def total(self) -> float:
        return sum(self.steps.values())

    def show(self, title: str) -> None:
        print(f"{title}: {self.total:.1f} CPU s  ({', '.join(f'{name} {seconds:.1f}' for name, seconds in self.steps.items())})")


def run_bakau(folder: Path, csv: Path) -> Watch:
    watch = Watch()
    mapping, workspace = folder / "mapping.yaml", folder / "workspace"
    mapping.write_text(MAPPING, encoding="utf-8")
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        root.main(["init", str(workspace)], standalone_mode=False)
        with watch.step("ingest"):
            root.main(["-w", str(workspace), "ingest", str(csv), "--mapping", str(mapping)], standalone_mode=False)
        with watch.step("analyse"):
            root.main(["-w", str(workspace), "analyse"], standalone_mode=False)
    print("\n".join("    " + line for line in said.getvalue().splitlines() if line.startswith("findings")))
    return watch


def connect(csv: Path, watch: Watch) -> tuple[duckdb.DuckDBPyConnection, ProtectionSet, np.ndarray]:
    """The file in DuckDB as the view `transfer`, account names as their places in sorted order."""
    with watch.step("read"):
        rows = pv.read_csv(csv)
    with watch.step("number"):
        both = pa.chunked_array(rows["src"].chunks + rows["dst"].chunks).combine_chunks().dictionary_encode()
        order = np.argsort(np.asarray(both.dictionary))
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        places = rank[np.asarray(both.indices)]
        count = len(rows)
        ids = np.zeros((count, 2), ">u8")
        ids[:, 1] = np.arange(count)
        transfer = pa.table(
            {
                "transfer_id": pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), count, [None, pa.py_buffer(ids.tobytes())]),
                "src_key": places[:count],
                "dst_key": places[count:],
                "ts_us": np.asarray(rows["ts"]) * 1_000_000,
                "time_known": np.ones(count, bool),
                "local_hour": pa.nulls(count, pa.int8()),
                "amount_minor": np.round(np.asarray(rows["amount"]) * 100).astype(np.int64),
                "currency": pa.repeat(pa.scalar("EUR"), count),
                "channel": pa.repeat(pa.scalar("bank"), count),
                "src_country": pa.nulls(count, pa.string()),
                "dst_country": pa.nulls(count, pa.string()),
                "src_outlet": pa.nulls(count, pa.string()),
                "dst_outlet": pa.nulls(count, pa.string()),
                "status": pa.repeat(pa.scalar("settled"), count),
            }
        )
    connection = duckdb.connect(config={"threads": 2})
    connection.register("transfer", transfer)
    keys = np.arange(len(order))
    unknown = {column.name: pa.nulls(len(keys), column.type) for column in ACCOUNT.open_columns}
    connection.register("account", pa.table(unknown | {"account_key": keys}))
    for table in (HOLDING, RELATION):
        connection.register(table.name, table.open_schema().empty_table())
    connection.register("protected_account", pa.table({"account_key": pa.array([], pa.int64())}))
    return connection, ProtectionSet.empty(), keys


def run_bare(csv: Path, *, indicators: bool = True) -> tuple[Watch, pa.Table]:
    """The bare script; without `indicators` it is Bakau's own work for the columns that the pandas version computes."""
    watch = Watch()
    connection, protection, keys = connect(csv, watch)
    scorable = protection.scorable(keys)
    with watch.step("features"):
        build_flow(connection)
        features = build_features(connection, scorable, forest_features())
    if indicators:
        with watch.step("indicators"):
            evaluate(connection, load_packs(), scorable)
    with watch.step("communities"):
        detect(build_cut(connection, CutRule()), seed=1)
    connection.close()
    return watch, features


# --- pandas and networkx ----------------------------------------------------------------------------------------------------------


def within(code: np.ndarray, ts: np.ndarray, window: int) -> np.ndarray:
    """For rows sorted by (code, ts): how many of the same code lie in [ts - window, ts], ties included."""
    span = int(ts.max() - ts.min()) + window + 2
    key = code * span + (ts - ts.min())
    return np.searchsorted(key, key, side="right") - np.searchsorted(key, key - window, side="left")


def pandas_features(rows: pd.DataFrame, count: int) -> pd.DataFrame:
    """Every feature column of the catalogue that models use, by account 0..count-1 (NaN where it cannot be said)."""
    everybody = pd.RangeIndex(count)
    out = pd.DataFrame(index=everybody)
    rows = rows[rows["src"] != rows["dst"]]
    src, dst = rows.groupby("src"), rows.groupby("dst")
    both = pd.concat([rows[["src", "ts"]].rename(columns={"src": "key"}), rows[["dst", "ts"]].rename(columns={"dst": "key"})]).groupby(
        "key"
    )["ts"]
    out["active_days"] = (both.max() - both.min()) // DAY + 1
    rows = rows.assign(pair=rows["src"] * count + rows["dst"]).sort_values(["pair", "ts"])
    run = pd.Series(within(rows["pair"].factorize()[0].astype(np.int64), rows["ts"].to_numpy(), DAY - 1), index=rows.index)
    out["burst_received_24h"] = run.groupby(rows["dst"]).max()
    out["burst_sent_24h"] = run.groupby(rows["src"]).max()
    out["onward_24h_ppm"] = onward(rows)
    got, gave = dst["cents"].sum(), src["cents"].sum()
    flow = pd.DataFrame({"got": got, "gave": gave}).fillna(0).astype(np.int64)
    flow = flow[flow["got"] > 0]
    out["passed_on_ppm"] = np.where(flow["gave"] >= flow["got"] * 4, 4_000_000, flow["gave"] // (flow["got"] // 1_000_000 + 1)) * pd.Series(
        1, flow.index
    )
    out["payments_in"], out["payments_out"] = dst.size(), src.size()
    pairs = rows[["src", "dst", "pair"]].drop_duplicates("pair")
    out["receivers"], out["senders"] = pairs.groupby("src").size(), pairs.groupby("dst").size()
    mutual = pd.Series(np.isin(pairs["pair"], pairs["dst"] * count + pairs["src"]).astype(np.int64), index=pairs.index)
    by_src = mutual.groupby(pairs["src"])
    out["reciprocity_ppm"] = by_src.sum() * 1_000_000 // by_src.size()
    months = rows.assign(month=rows["ts"] // (30 * DAY))[["src", "pair", "month"]].drop_duplicates().groupby(["src", "pair"]).size()
    repeated = (months >= 2).astype(np.int64).groupby(level=0)
    out["repeat_payees_ppm"] = repeated.sum() * 1_000_000 // repeated.size()
    out["senders_30d"] = senders_within(rows)
    ladder = np.sort(rows["cents"].to_numpy())
    touched = np.minimum(*(rows.groupby(end)["cents"].min().reindex(everybody).fillna(np.inf) for end in ("src", "dst")))
    below = np.searchsorted(ladder, touched, side="left") * 1_000_000 // len(ladder)
    out["smallest_amount"] = pd.Series(below, index=everybody).where(np.isfinite(touched))
    price = rows.groupby(["dst", "cents"]).size().reset_index(name="n").sort_values(["dst", "n", "cents"], ascending=[True, False, True])
    top = price[price.groupby("dst").cumcount() < 3].groupby("dst")["n"].sum()
    out["top_amounts_ppm"] = top * 1_000_000 // price.groupby("dst")["n"].sum()
    counts = [feature.name for feature in forest_features() if feature.is_zero_when_missing]
    out[counts] = out[counts].fillna(0)
    return out


def onward(rows: pd.DataFrame) -> pd.Series:
    """Share (ppm) of what an account receives that a payment of its own follows within 24 hours."""
    span = int(rows["ts"].max() - rows["ts"].min()) + DAY + 2
    start = rows["ts"].min()
    sent = np.sort((rows["src"] * span + rows["ts"] - start).to_numpy())
    seen = (rows["dst"] * span + rows["ts"] - start).to_numpy()
    followed = np.searchsorted(sent, seen + DAY, side="right") > np.searchsorted(sent, seen, side="left")
    grouped = pd.Series(followed.astype(np.int64), index=rows.index).groupby(rows["dst"])
    return grouped.sum() * 1_000_000 // grouped.size()


def senders_within(rows: pd.DataFrame) -> pd.Series:
    """Most distinct senders within 30 days, by a sweep over the times at which a sender becomes and stops being active."""
    window = 30 * DAY
    before, after = rows.groupby("pair")["ts"].shift(1), rows.groupby("pair")["ts"].shift(-1)
    first = rows[before.isna() | (rows["ts"] - before > window)]
    last = rows[after.isna() | (after - rows["ts"] > window)]
    steps = pd.concat(
        [
            pd.DataFrame({"dst": first["dst"], "at": first["ts"], "n": 1}),
            pd.DataFrame({"dst": last["dst"], "at": last["ts"] + window + 0.000001, "n": -1}),
        ]
    )
    moments = steps.groupby(["dst", "at"])["n"].sum()
    return moments.groupby(level=0).cumsum().groupby(level=0).max()


def run_pandas(csv: Path) -> tuple[Watch, pd.DataFrame]:
    watch = Watch()
    with watch.step("read"):
        rows = pd.read_csv(csv)
    with watch.step("number"):
        codes, names = pd.factorize(pd.concat([rows["src"], rows["dst"]]), sort=True)
        rows["src"], rows["dst"] = codes[: len(rows)], codes[len(rows) :]
        rows["cents"] = (rows["amount"] * 100).round().astype(np.int64)
    with watch.step("features"):
        features = pandas_features(rows, len(names))
    with watch.step("communities"):
        links = rows[rows["src"] != rows["dst"]]
        ends = pd.DataFrame({"one": links[["src", "dst"]].min(axis=1), "other": links[["src", "dst"]].max(axis=1)})
        pairs = ends.groupby(["one", "other"]).size().clip(upper=CutRule().weight_cap).reset_index(name="weight")
        graph = nx.from_pandas_edgelist(pairs, "one", "other", "weight")
        for resolution in RESOLUTIONS:
            nx.community.louvain_communities(graph, weight="weight", resolution=resolution, seed=1)
    return watch, features


def check_equal(ours: pa.Table, theirs: pd.DataFrame) -> None:
    for name in ours.column_names[1:]:
        mine = ours[name].to_pandas().astype(float).to_numpy()
        other = theirs[name].astype(float).to_numpy()
        differing = int((~((mine == other) | (np.isnan(mine) & np.isnan(other)))).sum())
        if differing:
            raise SystemExit(f"{name} differs on {differing} accounts: the baseline is not the same column")


def show_each(workspace: Path) -> int:
    """The cost of the rules in force over a workspace, one line each, the dearest first."""
    snapshot = Archive.open(workspace).snapshot()
    with snapshot.connect() as connection:
        scorable = snapshot.scorable().without(set_review(connection))
        build_flow(connection)
        [(transfers,)] = connection.execute("SELECT count(*) FROM flow").fetchall()
        meter, packs, begin = Meter(connection), load_packs(), time.process_time()
        hits = evaluate(meter, packs, scorable)
        cpu = time.process_time() - begin
    meter.show(cpu, "(hits put together)")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"{len(packs.rules)} rules on {transfers:,} transfers, {len(hits):,} rows: {cpu:.1f} CPU s, {peak:.2f} GB at most")
    return 0 if cpu <= EACH_BOUND and peak <= EACH_MEMORY_GB else 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--accounts", type=int, default=200_000)
    parser.add_argument("--pandas-rows", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=Path, metavar="WORKSPACE", help="what each rule costs over this workspace, and nothing else")
    options = parser.parse_args()
    if options.each:
        sys.exit(show_each(options.each))
    networkit.setNumberOfThreads(1)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        os.environ["BAKAU_KEY_DIR"] = str(folder / "keys")
        small, whole = folder / "small.csv", folder / "transfers.csv"
        write_csv(small, options.pandas_rows, options.accounts * options.pandas_rows // options.rows, options.seed)
        write_csv(whole, options.rows, options.accounts, options.seed)
        print(f"{options.rows:,} transfers, {options.accounts:,} accounts")
        bakau = run_bakau(folder, whole)
        bakau.show("  bakau, CSV to findings")
        bare, _ = run_bare(whole)
        bare.show("  bare script")
        against_bare = bakau.total / bare.total
        print(f"  ratio {against_bare:.2f} (at most 3)")
        print(f"{options.pandas_rows:,} transfers: the same feature columns and communities")
        ours, features = run_bare(small, indicators=False)
        ours.show("  bakau")
        theirs, columns = run_pandas(small)
        theirs.show("  pandas + networkx")
        check_equal(features, columns)
        against_pandas = theirs.total / ours.total
        print(f"  ratio {against_pandas:.1f} (at least 5), {len(features.column_names) - 1} columns equal")
    sys.exit(0 if against_bare <= 3 and against_pandas >= 5 else 1)


if __name__ == "__main__":
    main()
