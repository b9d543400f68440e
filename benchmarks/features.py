"""All features of every grain: CPU seconds and peak memory, in SQL alone or with kernels.

    python benchmarks/features.py [--plain] [--rows 2000000] [--accounts 200000] [--memory 4GB] [--seed 1] [--each]

Made-up transfers of one year: heavy-tailed activity, three of four payments inside groups of about 60, hours, countries, outlets, eight
rails, three currencies, one of twenty with a date alone. The memory is that of the process, the rows themselves and the making of them
included; the CPU seconds are those of the features alone, all grains together. Sliding windows are computed by kernels, their loops
compiled beforehand; `--plain` leaves them to SQL, as where numba is not installed. DuckDB may use `--memory` and spills beyond it to a
temporary folder; the arrays of the kernels come on top. `--each` adds what each step and each feature took, by kernel or SQL.
Bounds at 2 M transfers: 12 CPU seconds with kernels, 40 in SQL, 2.5 GB. At 20 M (`--rows 20000000 --accounts 2000000`): twice the CPU a
transfer that 2 M take.
"""

from __future__ import annotations

import argparse
import re
import resource
import sys
import tempfile
import time
from collections import Counter

import duckdb
import numpy as np
import pyarrow as pa

from bakau import compiled
from bakau.model import Channel
from bakau.protection import ProtectionSet
from bakau.times import DAY_US, HOUR_US
from bakau_analytics.features import build
from bakau_analytics.features.catalogue import Grain, load_features
from bakau_analytics.features.kernels.choice import KERNELS
from bakau_analytics.features.kernels.journal import Journal
from bakau_analytics.flow import build_flow

PLAIN_BOUND, CPU_BOUND, MEMORY_BOUND_GB, BOUND_ROWS = 40.0, 12.0, 2.5, 2_000_000
#: Transfers on which the loops are compiled, before anything is measured.
FEW_ROWS = 60_000


def make_transfers(rows: int, accounts: int, seed: int) -> pa.Table:
    """The view `transfer`, in the columns that the flow reads."""
    rng = np.random.default_rng(seed)
    activity = np.cumsum(rng.pareto(1.4, accounts) + 0.2)
    src = np.searchsorted(activity / activity[-1], rng.random(rows)).clip(0, accounts - 1)
    near = (src // 60 * 60 + rng.integers(0, 60, rows)).clip(0, accounts - 1)
    far = np.searchsorted(activity / activity[-1], rng.random(rows)).clip(0, accounts - 1)
    dst = np.where(rng.random(rows) < 0.75, near, far)
    timed = rng.random(rows) < 0.95
    second = np.sort(rng.integers(0, 365 * 86_400, rows))
    instant = np.where(timed, second, second // 86_400 * 86_400) * 1_000_000
    ids = np.zeros((rows, 2), ">u8")
    ids[:, 1] = np.arange(rows)

    def choose(words: list[str | None], numbers: np.ndarray) -> pa.Array:
        return pa.array(words, pa.string()).take(pa.array(numbers))

    countries = ["PH", "AU", "ID", "GB", "US"]
    outlets = [f"OUTLET{number:03d}" for number in range(200)]
    remitted = rng.random(rows) < 0.2
    return pa.table(
        {
            "transfer_id": pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), rows, [None, pa.py_buffer(ids.tobytes())]),
            "src_key": src, "dst_key": dst, "ts_us": instant, "time_known": timed,
            "local_hour": pa.array((instant // HOUR_US % (DAY_US // HOUR_US)).astype(np.int8), mask=~timed),
            "amount_minor": pa.array(np.round(rng.lognormal(4, 1.2, rows)).astype(np.int64) * 50, mask=rng.random(rows) < 0.02),
            "currency": choose(["EUR", "PHP", "XXX"], src % 3),
            "channel": choose([channel.value for channel in Channel], np.where(remitted, 2, rng.integers(0, 8, rows))),
            "src_country": choose(countries, src // 60 % 5), "dst_country": choose(countries, dst // 60 % 5),
            "src_outlet": pa.nulls(rows, pa.string()),
            "dst_outlet": choose([*outlets, None], np.where(remitted, dst % 200, 200)),
            "status": pa.repeat(pa.scalar("settled"), rows),
        }
    )  # fmt: skip


def connect(rows: int, accounts: int, seed: int) -> duckdb.DuckDBPyConnection:
    """Two threads; holders, networks and marks for a tenth of the accounts."""
    connection = duckdb.connect(config={"threads": 2})
    keys = np.arange(accounts, dtype=np.int64)
    connection.register("transfer", make_transfers(rows, accounts, seed))
    build_flow(connection)
    connection.unregister("transfer")
    nothing = pa.nulls(accounts, pa.int64())
    names = pa.array([f"BANK{key % 7}" for key in keys])
    connection.register("account", pa.table({"account_key": keys, "opened_us": -(keys % 900) * DAY_US, "institution_id": names}))
    connection.register("party", pa.table({"party_key": keys // 2, "kyc_level": pa.array([str(key % 4) for key in keys])}))
    connection.register("holding", pa.table({"party_key": keys // 2, "account_key": keys, "since_us": nothing, "until_us": nothing}))
    connection.register("member_rows", pa.table({"network_key": keys[::10] // 600, "account_key": keys[::10]}))
    connection.register("exposed_rows", pa.table({"account_key": keys[::100], "slot": keys[::100] % 4 + 1}))
    connection.execute("CREATE TEMPORARY TABLE member AS SELECT * FROM member_rows")
    connection.execute("CREATE TEMPORARY TABLE exposed AS SELECT * FROM exposed_rows")
    connection.execute("CREATE TEMPORARY TABLE protected_subject AS SELECT CAST(-1 AS BIGINT) AS key, 'party' AS realm")
    return connection


class Meter:
    """A connection that notes the CPU seconds of each table made through it, and, once `watch` was called, of features and kernels."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._seconds: Counter[str] = Counter()

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)

    def execute(self, sql: str, *values: object) -> duckdb.DuckDBPyConnection:
        made = re.match(r"CREATE (?:OR REPLACE )?TEMPORARY TABLE (\w+) AS", sql)
        return self._note(made[1] if made else "(other statements)", self._connection.execute)(sql, *values)

    def read(self, _: object, name: str, sql: str) -> pa.Table:
        return self._note(name, lambda: self._connection.sql(sql).to_arrow_table())()

    def watch(self) -> None:
        build.read_rows = self.read
        Journal.read = self._note("(journal)", Journal.read)
        KERNELS.update({name: self._note(f"{name} (kernel)", kernel) for name, kernel in KERNELS.items()})

    def show(self, cpu: float, rest: str = "(rows put together)") -> None:
        self._seconds[rest] = cpu - sum(self._seconds.values())
        for name, seconds in self._seconds.most_common():
            print(f"  {seconds:6.2f} {name}")

    def _note(self, name: str, function):
        def noted(*values, **options):
            begin = time.process_time()
            try:
                return function(*values, **options)
            finally:
                self._seconds[name] += time.process_time() - begin

        return noted


def compute(rows: int, accounts: int, seed: int, memory: str, *, each: bool = False) -> tuple[float, dict[Grain, pa.Table]]:
    """CPU seconds of all features, and the features; prints what each took where asked."""
    scorable = ProtectionSet.empty().scorable(np.arange(accounts, dtype=np.int64))
    with tempfile.TemporaryDirectory() as folder:
        connection = connect(rows, accounts, seed)
        connection.execute(f"SET memory_limit = '{memory}'")
        connection.execute(f"SET temp_directory = '{folder}'")
        meter = Meter(connection)
        if each:
            meter.watch()
        begin = time.process_time()
        tables = build.build_tables(meter if each else connection, scorable, {grain: load_features(grain) for grain in Grain})
        cpu = time.process_time() - begin
        connection.close()
    if each:
        meter.show(cpu)
    return cpu, tables


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=BOUND_ROWS)
    parser.add_argument("--accounts", type=int, default=200_000)
    parser.add_argument("--memory", default="4GB", help="what DuckDB may use before it spills")
    parser.add_argument("--plain", action="store_true", help="in SQL alone, as where numba is not installed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", action="store_true", help="what each step and feature took, too")
    chosen = parser.parse_args()
    compiled.WORTH_ROWS = 1 << 62 if chosen.plain else compiled.WORTH_ROWS
    compute(FEW_ROWS, FEW_ROWS // 10, chosen.seed, chosen.memory)
    print(f"{sum(len(load_features(grain)) for grain in Grain)} features on {chosen.rows:,} transfers of {chosen.accounts:,} accounts")
    cpu, tables = compute(chosen.rows, chosen.accounts, chosen.seed, chosen.memory, each=chosen.each)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    for grain, table in tables.items():
        print(f"  {grain.value:8} {len(table.column_names) - len(grain.keys):4} numbers for {len(table):,} rows")
    print(f"  {cpu:.1f} CPU s, {cpu / chosen.rows * 1e6:.1f} us a transfer, {peak:.2f} GB at most")
    bound = PLAIN_BOUND if chosen.plain else CPU_BOUND
    if chosen.rows > BOUND_ROWS or (cpu <= bound and peak <= MEMORY_BOUND_GB):
        return 0
    print(f"  outside the bounds of {bound} CPU s and {MEMORY_BOUND_GB} GB")
    return 1


if __name__ == "__main__":
    sys.exit(main())
