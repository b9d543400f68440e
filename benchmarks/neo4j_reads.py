"""The same questions to the embedded network and to Neo4j at 2 M transfers: medians and 95th percentiles side by side, answers compared.

    python -m benchmarks.neo4j_reads [--accounts 200000] [--transfers 2000000] [--questions 100] [--seed 1] [--folder DIR]

Walls per question, the best of three rounds over all questions of a row, in one process and over one Bolt connection; the answers of both
networks must be equal. *Hub, last hour*: the newest 100 neighbours of one of the busiest accounts within an hour that holds its newest transfers.
*Three hops out*: `load_subgraph` of one seed along the money, at most 500 accounts, hubs (1,000 transfers or more) not crossed. Seeds have
fewer than 1,000 transfers. Bounds, for Neo4j: hub 15 ms (median), three hops out 40 ms (95th percentile). With --folder the workspace is
kept and used again. Needs `bakau neo4j install`. Times depend on the machine and on what else it does: the load is printed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow as pa
from benchmarks.neo4j_sync import load
from benchmarks.network import make

from bakau.errors import BakauError
from bakau.progress import SilentProgress
from bakau.times import DAY_US, HOUR_US
from bakau_graph.archive import Archive
from bakau_graph.embedded.network import EmbeddedNetwork
from bakau_graph.neo4j import server
from bakau_graph.neo4j.bulk import rebuild
from bakau_graph.neo4j.network import Neo4jNetwork
from bakau_graph.neo4j.session import Session
from bakau_graph.network import Direction

ROUNDS = 3
HUB_MS, HOPS_MS = 15.0, 40.0


def open_workspace(folder: Path, options: argparse.Namespace) -> Archive:
    """The archive in the folder, made when it is not there, with Neo4j filled and running."""
    os.environ["BAKAU_KEY_DIR"] = str(folder / "keys")
    path = folder / "case"
    if path.exists():
        archive = Archive.open(path)
        server.start(archive.workspace)
        return archive
    archive = Archive.create(path, network="neo4j")
    load(archive, make(options.accounts, options.transfers, options.seed), "first")
    server.start(archive.workspace, heap="2g", page_cache="1g")
    rebuild(archive, SilentProgress())
    return archive


def questions(embedded: EmbeddedNetwork, archive: Archive, count: int, seed: int) -> dict[str, list]:
    """Per row of the table its questions, each a function of a network."""
    rng = np.random.default_rng(seed)
    hubs = embedded.hubs(min(count, 50)).accounts
    edges = archive.snapshot().edges()
    ends, degree = np.unique(np.concatenate([edges["src_key"], edges["dst_key"]]), return_counts=True)
    seeds = rng.choice(ends[degree < 1_000], (count, 2), replace=False).tolist()
    month = {"since_us": 150 * DAY_US, "until_us": 180 * DAY_US}

    def hour(row):
        return {"since_us": row.last_us - HOUR_US + 1, "until_us": row.last_us + 1}

    return {
        "hub, last hour, newest 100": [lambda net, r=r: net.neighbours(r.account_key, **hour(r)) for r in hubs],
        "hub, all times, newest 100": [lambda net, r=r: net.neighbours(r.account_key) for r in hubs],
        "account, newest 100": [lambda net, a=a: net.neighbours(a) for a, _ in seeds],
        "one account": [lambda net, a=a: net.load_account(a) for a, _ in seeds],
        "three hops out": [lambda net, a=a: net.load_subgraph([a], hops=3, direction=Direction.OUT) for a, _ in seeds],
        "one hop, both ways": [lambda net, a=a: net.load_subgraph([a], hops=1) for a, _ in seeds],
        "three hops, 30 days, both": [lambda net, a=a: net.load_subgraph([a], hops=3, **month) for a, _ in seeds],
        "paths, 3 hops": [lambda net, a=a, b=b: net.find_paths(a, b, max_hops=3) for a, b in seeds],
        "in time, 3 hops, 30 days": [lambda net, a=a, b=b: net.find_time_respecting_path(a, b, max_hops=3, **month) for a, b in seeds],
    }


def ask(network, asked: list) -> tuple[np.ndarray, list]:
    """Milliseconds per question, and the answers."""
    walls = np.empty((ROUNDS, len(asked)))
    for number in range(ROUNDS):
        answers = []
        for at, question in enumerate(asked):
            begin = time.perf_counter()
            answers.append(question(network))
            walls[number, at] = 1e3 * (time.perf_counter() - begin)
    return walls.min(axis=0), answers


def differs(one, other) -> bool:
    names = [name for name in type(one).__slots__ if name != "as_of"] + ["left_out", "null_amounts"]
    pairs = [(getattr(one, name), getattr(other, name)) for name in names]
    return any(not left.equals(right) if isinstance(left, pa.Table) else left != right for left, right in pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=200_000)
    parser.add_argument("--transfers", type=int, default=2_000_000)
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        archive = open_workspace(options.folder or Path(temporary), options)
        try:
            sys.exit(compare(archive, options))
        finally:
            server.stop(archive.workspace)


def compare(archive: Archive, options: argparse.Namespace) -> int:
    snapshot = archive.snapshot()
    embedded = EmbeddedNetwork.open(archive.workspace.network, snapshot)
    print(f"{'milliseconds, best of ' + str(ROUNDS):<28}{'embedded':>18}{'Neo4j':>20}{'ratio':>9}{'equal':>8}{'load':>7}")
    found = {}
    with closing(Neo4jNetwork(Session.of(archive.workspace), snapshot)) as neo4j:
        for title, asked in questions(embedded, archive, options.questions, options.seed).items():
            here, mine = ask(embedded, asked)
            try:
                there, theirs = ask(neo4j, asked)
            except BakauError as error:
                print(f"{title:<28}{error}")
                continue
            found[title] = there
            equal = sum(not differs(one, other) for one, other in zip(mine, theirs, strict=True))
            columns = "".join(f"{np.median(each):>10.1f}{np.percentile(each, 95):>9.1f}" for each in (here, there))
            ratio = np.median(there) / np.median(here)
            print(f"{title:<28}{columns}{ratio:>9.1f}{f'{equal}/{len(asked)}':>9}{os.getloadavg()[0]:>6.1f}", flush=True)
            if equal < len(asked):
                return 1
    hub, hops = float(np.median(found["hub, last hour, newest 100"])), float(np.percentile(found["three hops out"], 95))
    print(f"hub, last hour: median {hub:.1f} ms (bound {HUB_MS:.0f}); three hops out: p95 {hops:.1f} ms (bound {HOPS_MS:.0f})")
    return int(hub > HUB_MS or hops > HOPS_MS)


if __name__ == "__main__":
    main()
