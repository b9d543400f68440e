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
import pyarrow.compute as pc
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
    named = pa.chunked_array([*edges["src_key"].chunks, *edges["dst_key"].chunks])
    accounts, count = accounts.filter(pc.is_in(accounts["account_key"], value_set=named.combine_chunks())), len(edges)
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


class Clock:
    """Wall time, and processor time of this process, of tools it ran and of the server (whose earlier processes are not counted)."""

    def __init__(self, archive: Archive):
        self._archive = archive
        self.start()

    def start(self) -> None:
        self._wall, self._cpu = time.perf_counter(), self._spent()

    def say(self, title: str, rows: int) -> None:
        wall, cpu = time.perf_counter() - self._wall, self._spent() - self._cpu
        rate = f"{rows / wall:10,.0f} transfers/s, {rows / cpu:10,.0f} per CPU s"
        print(f"{title:<34}{wall:8.1f} s {cpu:8.1f} CPU s {rate}   (load {os.getloadavg()[0]:.1f})", flush=True)

    def _spent(self) -> float:
        times, pid = os.times(), server.look(self._archive.workspace).pid
        spent = times.user + times.system + times.children_user + times.children_system
        if pid is not None:
            words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
            spent += (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
        return spent


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
        clock = Clock(archive)
        load(archive, make(options.accounts, options.transfers, options.seed), "first")
        clock.say("load into the archive", options.transfers)
        server.start(archive.workspace, heap=options.heap, page_cache="1g")
        try:
            clock.start()
            steps = Steps()
            rebuild(archive, steps)
            steps.say("")
            clock.say("rebuild", options.transfers)
            with Session.of(archive.workspace) as session:
                for number in range(3):
                    load(archive, make(options.accounts, options.batch, options.seed + 1 + number), f"more{number}")
                    clock.start()
                    bring_up(archive, session)
                    clock.say(f"sync of {options.batch:,}, number {number + 1}", options.batch)
                clock.start()
                found = verify(session, archive.snapshot(), SilentProgress())
                clock.say("verify", options.transfers + 3 * options.batch)
                print("clean" if not found.problems else found.problems)
        finally:
            server.stop(archive.workspace)


if __name__ == "__main__":
    main()
