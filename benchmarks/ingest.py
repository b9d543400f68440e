"""Loading a CSV of 2 M transfers, beside reading the same bytes with pyarrow and keeping nothing.

    python benchmarks/ingest.py [--rows 2000000] [--accounts 200000] [--seed 1] [--beside 20000000]

Bakau: `bakau ingest` into a fresh workspace: hash, every field checked, surrogates, identities and duplicates, open and vault segments
flushed to disk. There is no enrichment in it (no rates, no names, no texts: those are asked for apart). Denominator: `pyarrow.csv.read_csv(file)` with default options, the second of two runs in this same process; it keeps
nothing and checks nothing. CPU seconds of this process, all threads. Imports and the compiling of loops (numba, once per machine) count in
neither: a file of 150,000 rows is loaded before. `--plain` measures the loops that are there without numba. `--beside N` loads other
files of N rows in all first, into a workspace of their own, and the file then into that one, too.

Bounds (this program ends with 1 when one is broken):
* first ingest at most 5 times the CPU of pyarrow, 4 times from 5 M rows on;
* the same file again at most 30 % of the CPU of the first ingest;
* peak memory of the whole process until then at most 1.5 GB, 2 GB from 5 M rows on (the file is made by another process);
* beside N rows at most 1.3 times the CPU of the ingest into an empty archive.

The file: payer, payee (200,000 accounts, heavy-tailed), an ISO 8601 time to the second, an amount with two decimals, a currency code.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pv

from bakau import compiled
from bakau.cli import root

DAY = 86_400
#: Rows of the file loaded before: enough for every compiled loop.
WARMING = 150_000
MOST_AGAIN, MOST_BESIDE = 0.30, 1.3
#: Ratio and bytes below and from `LARGE` rows on.
LARGE, MOST_RATIO, MOST_BYTES = 5_000_000, (5.0, 4.0), (1.5e9, 2e9)
#: Rows of each of the files that lie in the archive already.
PART = 2_000_000
MAPPING = """\
name: benchmark
meaning: made-up transfers of the benchmark
files:
  - match: [transfers.csv]
    delimiter: ","
    rows:
      - table: transfer
        fields:
          ts: {column: time}
          src: {column: payer, scheme: local}
          dst: {column: payee, scheme: local}
          amount: {column: amount}
          currency: {column: currency}
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
    seconds = np.sort(rng.integers(0, 365 * DAY, rows)) + np.datetime64("2025-01-01", "s")
    names = pa.array([f"A{number:07d}" for number in range(accounts)])
    table = pa.table(
        {
            "time": pa.array(np.char.add(np.datetime_as_string(seconds), "Z")),
            "payer": names.take(pa.array(src)),
            "payee": names.take(pa.array(dst)),
            "amount": pa.array(np.char.mod("%.2f", rng.lognormal(4, 1.2, rows) + 0.01)),
            "currency": pa.array(["EUR", "PHP", "USD"]).take(pa.array(rng.integers(0, 3, rows))),
        }
    )
    pv.write_csv(table, path, pv.WriteOptions(quoting_style="none"))


def make_csv(path: Path, rows: int, options: argparse.Namespace, *, seed: int | None = None) -> None:
    """Write the file in another process, whose memory is not counted."""
    arguments = (path, rows, options.accounts, options.seed if seed is None else seed)
    maker = multiprocessing.get_context("spawn").Process(target=write_csv, args=arguments)
    maker.start()
    maker.join()


def measure_ingest(workspace: Path, csv: Path, mapping: Path) -> tuple[float, float, dict]:
    """CPU and wall seconds of one `bakau ingest`, and its document."""
    said = io.StringIO()
    cpu, wall = time.process_time(), time.perf_counter()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        root.main(["-w", str(workspace), "ingest", str(csv), "--mapping", str(mapping), "--json"], standalone_mode=False)
    return time.process_time() - cpu, time.perf_counter() - wall, json.loads(said.getvalue())


def measure_read(csv: Path) -> float:
    """CPU seconds of the second read."""
    for _ in range(2):
        begin = time.process_time()
        pv.read_csv(csv)
        spent = time.process_time() - begin
    return spent


def measure(folder: Path, options: argparse.Namespace) -> list[tuple[str, float, float]]:
    """Figures as (what, found, bound)."""
    csv, mapping, workspace = folder / "transfers.csv", folder / "mapping.yaml", folder / "workspace"
    mapping.write_text(MAPPING, encoding="utf-8")
    warming = folder / "warming"
    warming.mkdir()
    make_csv(csv, options.rows, options)
    make_csv(warming / csv.name, WARMING, options)
    for place in (warming / "workspace", workspace):
        with contextlib.redirect_stdout(io.StringIO()):
            root.main(["init", str(place)], standalone_mode=False)
    measure_ingest(warming / "workspace", warming / csv.name, mapping)
    first, wall, document = measure_ingest(workspace, csv, mapping)
    again, _, repeated = measure_ingest(workspace, csv, mapping)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if document["loaded"] + document["duplicates"] != options.rows or repeated["duplicates"] != options.rows:
        raise SystemExit(f"not every record was loaded: {document}, {repeated}")
    read = measure_read(csv)
    beside = measure_beside(folder, csv, mapping, options) if options.beside else None
    print(f"{options.rows:,} transfers, {options.accounts:,} accounts, {csv.stat().st_size / 1e6:.0f} MB")
    print(f"  pyarrow.csv.read_csv    {read:6.2f} CPU s")
    print(f"  bakau ingest            {first:6.2f} CPU s, {wall:.2f} s wall")
    print(f"  the same file again     {again:6.2f} CPU s")
    figures = [
        ("ingest / pyarrow, CPU", first / read, MOST_RATIO[options.rows >= LARGE]),
        ("again / first, CPU", again / first, MOST_AGAIN),
        ("peak memory, GB", peak / 1e9, MOST_BYTES[options.rows >= LARGE] / 1e9),
    ]
    if beside is not None:
        print(f"  beside {options.beside:,} rows {beside:10.2f} CPU s")
        figures.append(("beside / empty, CPU", beside / first, MOST_BESIDE))
    return figures


def measure_beside(folder: Path, csv: Path, mapping: Path, options: argparse.Namespace) -> float:
    """CPU seconds of the ingest into an archive that holds other rows already."""
    workspace, other = folder / "beside", folder / "others"
    other.mkdir()
    with contextlib.redirect_stdout(io.StringIO()):
        root.main(["init", str(workspace)], standalone_mode=False)
    for part in range(options.beside // PART):
        make_csv(other / csv.name, PART, options, seed=options.seed + 1 + part)
        measure_ingest(workspace, other / csv.name, mapping)
    cpu, _, document = measure_ingest(workspace, csv, mapping)
    if document["received"] != options.rows:
        raise SystemExit(f"not every record was loaded: {document}")
    return cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--accounts", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--beside", type=int, default=0, help="rows that lie in another archive already")
    parser.add_argument("--plain", action="store_true", help="without compiled loops, as where numba is not installed")
    options = parser.parse_args()
    if options.plain:
        compiled.WORTH_ROWS = sys.maxsize
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["BAKAU_KEY_DIR"] = str(Path(temporary) / "keys")
        figures = measure(Path(temporary), options)
    for what, found, bound in figures:
        print(f"  {what:<24}{found:6.2f} (at most {bound:g}){'' if found <= bound else '  BROKEN'}")
    sys.exit(0 if all(found <= bound for _, found, bound in figures) else 1)


if __name__ == "__main__":
    main()
