"""Both sides of a payment: how many twins are found, how many pairs are wrong, and what finding them costs.

    python benchmarks/linking.py [--accounts 20000] [--seed 1]

A synthetic world's bank transfers are written as the camt.053 statements of four banks, each telling its own side with the gaps of life
(`bakau_ingest.world.statements`), and loaded by `bakau ingest`. The payment text tells which two entries are one payment; no
rule looks at it. CPU seconds of this process.

Bounds (this program ends with 1 when one is broken):
* precision at least .999: of the pairs linked, those that are one payment;
* recall at least .95: of the twins that share a reference both banks kept, those linked.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.csv as pv

from bakau.cli import root
from bakau_graph.archive import Archive
from bakau_ingest.world.make import Order, make_world
from bakau_ingest.world.statements import Twins, read_linked, write_statements

LEAST_PRECISION, LEAST_RECALL = 0.999, 0.95


def run(*arguments: str) -> None:
    """One command, quietly."""
    with contextlib.redirect_stdout(io.StringIO()):
        root(list(arguments), standalone_mode=False)


def bank_payments(folder: Path, seed: int) -> Twins:
    """Statements of the bank transfers of a world."""
    rows = pv.read_csv(
        folder / "world" / "bank_transfers.csv",
        convert_options=pv.ConvertOptions(include_columns=["time", "from_account", "to_account", "amount", "currency"]),
    )
    amount = rows["amount"].cast("string")
    good = pc.and_(pc.match_substring_regex(amount, r"^\d+\.\d\d$"), pc.equal(rows["currency"], rows["currency"][0]))
    rows = rows.filter(good)
    days = rows["time"].cast("timestamp[s]").cast("date32").to_numpy()
    return write_statements(
        folder / "statements", rows["from_account"].to_pylist(), rows["to_account"].to_pylist(), rows["amount"].cast("string").to_pylist(),
        days, currency=rows["currency"][0].as_py(), seed=seed,
    )  # fmt: skip


def main() -> int:
    """Run, print, compare with the bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bakau-linking-") as place:
        folder = Path(place)
        make_world(folder / "world", Order(options.accounts, options.seed, text=True))
        twins = bank_payments(folder, options.seed)
        run("init", str(folder / "case"))
        begin = time.process_time()
        for path in twins.files:
            run("-w", str(folder / "case"), "ingest", str(path))
        loaded = time.process_time() - begin
        archive = Archive.open(folder / "case")
        begin = time.process_time()
        rows = len(archive.snapshot().table("transfer"))
        found = time.process_time() - begin
        pairs = read_linked(archive.snapshot())
    right = {int(one[1:]) for one, other in pairs if one[1:] == other[1:]}
    precision = len(right) / max(1, len(pairs))
    recall = len(right & twins.with_reference) / max(1, len(twins.with_reference))
    print(
        f"entries: {rows + len(pairs):,}; payments told of twice: {len(twins.told_twice):,}; with a reference both kept: {len(twins.with_reference):,}"
    )
    print(
        f"linked: {len(pairs):,}; wrong: {len(pairs) - len(right):,}; precision {precision:.5f} (least {LEAST_PRECISION}), recall {recall:.4f} (least {LEAST_RECALL})"
    )
    print(
        f"of all twins: {len(right) / max(1, len(twins.told_twice)):.4f}; load {loaded:.1f} CPU s, first look with links found {found:.2f} CPU s"
    )
    return int(precision < LEAST_PRECISION or recall < LEAST_RECALL)


if __name__ == "__main__":
    sys.exit(main())
