"""Do the requests that Bakau puts first make a score surer faster than the same requests in any order?

    python -m benchmarks.asks [--seeds 21 22 23] [--accounts 4000] [--hidden 0.3] [--findings 30]

Each world is made, loaded and analysed by the commands. Then part of its columns is hidden: each institution keeps each column it holds to
itself with the probability --hidden, and forgets it in one payment of twenty otherwise. The detection runs on what is left. For its first
findings the requests are answered one by one with the truth, in the order of `bakau explain` and in twenty random orders of the same
requests. Counted is how much of what all answers together narrow is reached when a tenth, a quarter and half of their records are disclosed,
and how many records it takes to reach half of it. Promised: twice as much as in random order after a quarter of the records, over all findings.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from benchmarks.evaluation import bakau

from bakau_analytics.detection import Settings, detect_findings
from bakau_analytics.indicators.load import load_packs
from bakau_analytics.indicators.looks import PAYMENT
from bakau_analytics.queue.asks import HOLDER, Gap, Piece, Sheet, Unit, find_needed, rank_asks
from bakau_analytics.queue.gaps import GAPS, read_gaps, read_units
from bakau_graph.archive import Archive

PROMISED, PROMISED_AT = 2.0, 1
#: Shares of the records that all requests together disclose.
SHARES = (0.1, 0.25, 0.5)
ORDERS = 20
PACKS = load_packs()
RULES = {rule.id: rule for rule in PACKS.rules}
UNKNOWN = {"amount": ("amount_minor", "NULL"), "currency": ("currency", "'XXX'"), "time_known": ("time_known", "false")}


def hide(connection, share: float, seed: int) -> None:
    """Put a view in the place of `transfer` in which columns are unknown; times leave the day."""
    chances = ", ".join(f"hash(institution_id || '{name}' || {seed}) % 1000 < {int(share * 1000)} AS hides_{name}" for name in PAYMENT)
    connection.execute(
        f"CREATE TEMPORARY TABLE keeping AS SELECT DISTINCT institution_id, {chances} FROM account WHERE institution_id IS NOT NULL"
    )
    lost = {}
    for name in PAYMENT:
        end = "b" if HOLDER.get(name) == "dst" else "a"
        lost[name] = f"(coalesce({end}.hides_{name}, false) OR hash(hex(t.transfer_id) || '{name}' || {seed}) % 20 = 0)"
    columns = {
        UNKNOWN.get(name, (name, "NULL"))[0]: f"CASE WHEN {lost[name]} THEN {UNKNOWN.get(name, (name, 'NULL'))[1]}" for name in PAYMENT
    }
    changed = ", ".join(f"{case} ELSE t.{column} END AS {column}" for column, case in columns.items())
    changed += f", CASE WHEN {lost['time_known']} THEN t.ts_us // 86400000000 * 86400000000 ELSE t.ts_us END AS ts_us"
    connection.execute("ALTER VIEW transfer RENAME TO whole_transfer")
    connection.execute(
        f"""CREATE TEMPORARY TABLE part_transfer AS SELECT t.* REPLACE ({changed}) FROM whole_transfer t
            LEFT JOIN account s ON s.account_key = t.src_key LEFT JOIN keeping a ON a.institution_id = s.institution_id
            LEFT JOIN account d ON d.account_key = t.dst_key LEFT JOIN keeping b ON b.institution_id = d.institution_id"""
    )
    connection.execute("CREATE VIEW transfer AS SELECT * FROM part_transfer")


def load_true_points(archive: Archive) -> dict[tuple[int, str], int]:
    """(account, rule) → points before caps, with nothing hidden."""
    rows = archive.snapshot().derived("hit").to_pylist()
    return {(row["account_key"], row["indicator"]): row["points"] for row in rows if row["state"] == "hit"}


class Finding:
    """One finding on what is left: its sheet, its gaps, and what the answers will be."""

    def __init__(self, units: list[Unit], gaps: list[Gap], truth: dict[tuple[int, str], int], *, is_network: bool) -> None:
        self.units, self.gaps, self.is_network = units, gaps, is_network
        self.needed = find_needed(units, gaps, RULES)
        self.answers = {place: truth.get((units[place].subject, units[place].rule), 0) for place in self.needed}
        self.pieces = sorted(frozenset[Piece]().union(*self.needed.values())) if self.needed else []

    def sheet(self) -> Sheet:
        return Sheet(self.units, PACKS, is_network=self.is_network, rule=Settings().finding)

    def ranked(self) -> list[list[Piece]]:
        """The letters in the order of `bakau explain`; what it does not get to comes last."""
        rule = Settings().finding
        asks = rank_asks(self.sheet(), self.gaps, [], PACKS, is_network=self.is_network, rule=rule)
        letters = [
            [(place, column) for place in ask.gaps for column in ask.columns if self.gaps[place].holder(column) == ask.institution]
            for ask in asks
        ]
        asked = {piece for letter in letters for piece in letter}
        return [*letters, *([piece] for piece in self.pieces if piece not in asked)]

    def answer(self, letters: list[list[Piece]]) -> tuple[np.ndarray, np.ndarray]:
        """After each letter: records disclosed so far, and how far the bounds lie apart."""
        sheet, made, open_units, disclosed = self.sheet(), set[Piece](), dict(self.needed), 0
        records, widths = [0], [sheet.width()]
        for letter in letters:
            made |= set(letter)
            ends = {(place, self.gaps[place].holder(column)) for place, column in letter}
            disclosed += sum(self.gaps[place].transfers for place, _ in ends)
            closed = [place for place, needs in open_units.items() if needs <= made]
            open_units = {place: needs for place, needs in open_units.items() if place not in closed}
            if closed:
                sheet.settle(closed, [self.answers[place] for place in closed])
            records.append(disclosed)
            widths.append(sheet.width())
        return np.array(records), np.array(widths)

    def speed(self, random: np.random.Generator) -> Speed | None:
        """Ours against random order. None when no request narrows anything, or there is only one."""
        letters = self.ranked()
        ours = self.answer(letters)
        if ours[1][0] <= ours[1][-1] or len(letters) < 2:
            return None
        theirs = [self.answer([letters[place] for place in random.permutation(len(letters))]) for _ in range(ORDERS)]
        return Speed(
            np.array([reached(*ours, share) for share in SHARES]),
            np.array([np.mean([reached(*one, share) for one in theirs]) for share in SHARES]),
            float(np.mean([to_half(*one) for one in theirs])) / to_half(*ours),
        )


@dataclass(frozen=True)
class Speed:
    """Of all that can be narrowed the part reached after each of SHARES of the records, in our order and at random; records to half of it, random over ours."""

    ours: np.ndarray
    random: np.ndarray
    half: float


def reached(records: np.ndarray, widths: np.ndarray, share: float) -> float:
    """The part of the whole narrowing that is reached when this share of the records is disclosed."""
    place = np.flatnonzero(records <= share * records[-1])[-1]
    return float((widths[0] - widths[place]) / (widths[0] - widths[-1]))


def to_half(records: np.ndarray, widths: np.ndarray) -> float:
    """Records until half of the narrowing is reached."""
    return float(records[np.flatnonzero(widths <= (widths[0] + widths[-1]) / 2)[0]])


def measure(workspace: Path, seed: int, options: argparse.Namespace) -> list[Speed]:
    """Every finding of one world that requests can narrow."""
    archive = Archive.open(workspace)
    snapshot, truth, random = archive.snapshot(), load_true_points(archive), np.random.default_rng(seed)
    found = []
    with snapshot.connect() as connection:
        hide(connection, options.hidden, seed)
        draft = detect_findings(connection, PACKS, snapshot.scorable(), Settings()).draft
        order = draft.findings.sort_by([("score", "descending"), ("grp", "ascending")])
        for group, kind in zip(order["grp"].to_pylist()[: options.findings], order["kind"].to_pylist(), strict=False):
            chosen = pa.compute.equal(draft.bounds["grp"], group)
            units = read_units(draft.bounds.filter(chosen))
            connection.register("one_subject", pa.table({"account_key": sorted({unit.subject for unit in units})}))
            speed = Finding(units, read_gaps(connection.sql(GAPS).to_arrow_table()), truth, is_network=kind == "network").speed(random)
            found += [speed] if speed else []
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[21, 22, 23])
    parser.add_argument("--accounts", type=int, default=4_000)
    parser.add_argument("--hidden", type=float, default=0.3)
    parser.add_argument("--findings", type=int, default=30)
    options = parser.parse_args()
    everything: list[Speed] = []
    with tempfile.TemporaryDirectory() as name:
        os.environ["BAKAU_KEY_DIR"] = str(Path(name) / "keys")
        for seed in options.seeds:
            world, workspace = Path(name) / f"world{seed}", Path(name) / f"case{seed}"
            bakau("world", "make", world, "--accounts", options.accounts, "--seed", seed)
            bakau("init", workspace)
            bakau("-w", workspace, "ingest", world)
            bakau("-w", workspace, "analyse")
            found = measure(workspace, seed, options)
            everything += found
            print(f"seed {seed}: {len(found)} findings that requests narrow; {say(found)}")
    print(f"all: {say(everything)}; promised {PROMISED} times at a quarter")
    sys.exit(0 if everything and times(everything)[PROMISED_AT] >= PROMISED else 1)


def times(found: list[Speed]) -> np.ndarray:
    """How much more our order reaches than a random one, after each of SHARES, on average over findings."""
    return np.mean([one.ours for one in found], axis=0) / np.maximum(np.mean([one.random for one in found], axis=0), 1e-9)


def say(found: list[Speed]) -> str:
    """The figures of one world in words."""
    if not found:
        return "nothing to compare"
    ours, random = (np.mean([getattr(one, name) for one in found], axis=0) for name in ("ours", "random"))
    parts = [f"after {share:.0%} of the records {a:.0%} against {b:.0%}" for share, a, b in zip(SHARES, ours, random, strict=True)]
    half = float(np.median([one.half for one in found]))
    return f"{'; '.join(parts)}; {times(found)[PROMISED_AT]:.1f} times at a quarter; records to half {half:.2f} times fewer at the median"


if __name__ == "__main__":
    main()
