"""Neo4j at 2 M transfers: how long a rebuild from the archive takes, how fast a new batch gets in, how long a comparison of every row takes.

    python benchmarks/neo4j_sync.py [--accounts 200000] [--transfers 2000000] [--batch 100000] [--seed 1] [--profile]

Rebuild: wall time of `bakau network rebuild`, that is export from the archive, stop, offline import with PAID, start, every constraint and
index until it stands. Sync: a batch of new transfers among the same accounts onto that, from archive to *ready*. Verify: every row read and
compared. Needs `bakau neo4j install`. Times depend on the machine and on what else it does: 1-minute load is printed before each.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import pyarrow as pa
from benchmarks.network import Made, make

from bakau.progress import SilentProgress
from bakau_graph.archive import Archive, BatchIdentity
from bakau_graph.neo4j import server
from bakau_graph.neo4j.bulk import rebuild
from bakau_graph.neo4j.session import Session
from bakau_graph.neo4j.sync import bring_up
from bakau_graph.neo4j.verify import verify


class Steps(SilentProgress):
    """Prints how long each step took."""

    def __init__(self):
        self._begin, self._name = time.perf_counter(), ""

    def say(self, text: str) -> None:
        now = time.perf_counter()
        if self._name:
            print(f"    {self._name:<28}{now - self._begin:8.1f} s")
        self._begin, self._name = now, text


def load(archive: Archive, made: Made, name: str) -> None:
    """Load made transfers and their accounts as one batch."""
    edges, accounts = made.edges(), made.table("account")
    count = len(edges)
    with archive.begin_batch(BatchIdentity("training", name.ljust(64, "0"), "m" * 32, "benchmark/1"), file_name=name) as batch:
        batch.append(
            "account",
            accounts.append_column("scheme", pa.array(["local:made"] * len(accounts))).append_column(
                "record", pa.array([1] * len(accounts))
            ),
            records=False,
        )
        batch.count(received=count)
        codes = {
            "channel": pa.array(["bank"] * count),
            "status": pa.array(["settled"] * count),
            "record": pa.array(range(count), pa.int64()),
        }
        for column, values in codes.items():
            edges = edges.append_column(column, values)
        batch.append("transfer", edges)
        batch.commit()


def timed(title: str, rows: int, begin: float) -> None:
    seconds = time.perf_counter() - begin
    print(f"{title:<34}{seconds:8.1f} s  {rows / seconds:10,.0f} transfers/s   (load {os.getloadavg()[0]:.1f})", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=200_000)
    parser.add_argument("--transfers", type=int, default=2_000_000)
    parser.add_argument("--batch", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--heap", default="2g")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.environ.setdefault("BAKAU_KEY_DIR", str(Path(name) / "keys"))
        archive = Archive.create(Path(name) / "case", network="neo4j")
        begin = time.perf_counter()
        load(archive, make(options.accounts, options.transfers, options.seed), "first")
        timed("load into the archive", options.transfers, begin)
        server.start(archive.workspace, heap=options.heap, page_cache="1g")
        try:
            begin = time.perf_counter()
            steps = Steps()
            rebuild(archive, steps)
            steps.say("")
            timed("rebuild", options.transfers, begin)
            with Session.of(archive.workspace) as session:
                for number in range(3):
                    load(archive, make(options.accounts, options.batch, options.seed + 1 + number), f"more{number}")
                    begin = time.perf_counter()
                    bring_up(archive, session)
                    timed(f"sync of {options.batch:,}, number {number + 1}", options.batch, begin)
                begin = time.perf_counter()
                found = verify(session, archive.snapshot(), SilentProgress())
                timed("verify", options.transfers + 3 * options.batch, begin)
                print("clean" if not found.problems else found.problems)
        finally:
            server.stop(archive.workspace)


if __name__ == "__main__":
    main()
