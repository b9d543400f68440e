"""How fast a world is made, in how much memory, and how long twenty exams take.

    python benchmarks/world.py [--accounts 650000] [--exams 20]

CPU seconds of this process alone, files written and closed. Promised: a quarter of a million transfers a second and core, twenty
exam worlds of 100,000 accounts within ten minutes. Ten million transfers need about 650,000 accounts and 180 days.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

from bakau_ingest.world.habits import draw_habits
from bakau_ingest.world.make import Order, make_world

LEAST_A_SECOND, MOST_EXAM_SECONDS = 250_000, 600


def main() -> int:
    """Run, print, compare with the bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=650_000)
    parser.add_argument("--exams", type=int, default=20)
    parser.add_argument("--exam-accounts", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bakau-world-") as place:
        begin = time.process_time()
        made = make_world(Path(place) / "world", Order(options.accounts, seed=1))
        spent = time.process_time() - begin
        size = sum(path.stat().st_size for path in (Path(place) / "world").glob("*.parquet"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    speed = made.transfers / spent
    print(
        f"{made.accounts:,} accounts, {made.transfers:,} transfers: {spent:.1f} CPU s, {speed:,.0f} transfers a CPU second (least {LEAST_A_SECOND:,})"
    )
    print(
        f"peak memory {peak:,.0f} MiB; {size / 2**20:,.0f} MiB of Parquet; {len(made.networks)} schemes, {sum(made.networks.values())} networks"
    )
    begin, total = time.monotonic(), 0
    for seed in range(options.exams):
        with tempfile.TemporaryDirectory(prefix="bakau-exam-") as place:
            total += make_world(Path(place) / "exam", Order(options.exam_accounts, seed, habits=draw_habits(seed), kind="exam")).transfers
    passed = time.monotonic() - begin
    print(f"{options.exams} exams of {options.exam_accounts:,} accounts, {total:,} transfers: {passed:.0f} s (most {MOST_EXAM_SECONDS})")
    return int(speed < LEAST_A_SECOND or passed > MOST_EXAM_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
