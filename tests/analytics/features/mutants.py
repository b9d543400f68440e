"""Every text of the features with one thing wrong: does a brute-force case notice?

    make mutants

A mutant moves one end of a window by a microsecond (the row itself and the beginning of time are ends, too), turns one comparison into
its neighbour or its opposite, moves what is compared with or the length of a day by one, joins two conditions the other way, or breaks
one rule about null. It is killed when some number of some case differs from what the right text says, which is what the oracle says (`test_oracle.py`).
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import sqlglot
from analytics.features.cases import A_DAY, WHOLE, Case, connect, draw_case, protected_parties
from sqlglot import exp

from bakau.times import DAY_US
from bakau_analytics.features.build import _set_inputs
from bakau_analytics.features.catalogue import Feature, Grain, load_features, load_steps
from bakau_analytics.features.plan import Clock

COMPARISONS = {
    exp.EQ: (exp.NEQ,),
    exp.NEQ: (exp.EQ,),
    exp.GT: (exp.GTE, exp.LTE),
    exp.GTE: (exp.GT, exp.LT),
    exp.LT: (exp.LTE, exp.GTE),
    exp.LTE: (exp.LT, exp.GT),
}
#: Comparisons by size: what stands in them may be one more or one less.
BY_SIZE = (exp.GT, exp.GTE, exp.LT, exp.LTE)
#: Whole numbers from here on are spans of time.
SPAN = 3_000_000_000
#: Ends of a window that are no number, and what stands one step off.
ENDS = {
    ("start", "UNBOUNDED"): ("CURRENT ROW", None),
    ("start", "CURRENT ROW"): (exp.Literal.number(1), "FOLLOWING"),
    ("end", "CURRENT ROW"): (exp.Literal.number(1), "PRECEDING"),
}
#: Mutants that say the same as the right text, and why.
SAME = {
    ("senders_30d", "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW → end 1 PRECEDING"): (
        "who comes in also goes out at a later instant, where the sum before it still holds every one of them: the largest sum is the same"
    ),
}


@dataclass(frozen=True)
class Mutant:
    """One wrong text of a feature or step."""

    name: str
    what: str
    sql: str


def list_mutants() -> list[Mutant]:
    """All of them that say something else, in the order of the files."""
    return [mutant for mutant in list_all() if (mutant.name, mutant.what) not in SAME]


def list_all() -> list[Mutant]:
    """All of them, those of SAME included."""
    texts = [(step.name, step.sql) for step in load_steps().values()] + [(feature.name, feature.sql) for feature in load_features()]
    return [Mutant(name, what, sql) for name, text in texts for what, sql in mutate(text)]


def mutate(text: str) -> Iterator[tuple[str, str]]:
    """What was changed, and the changed text; every place once a change."""
    whole = sqlglot.parse_one(text, read="duckdb")
    for place, node in enumerate(whole.walk()):
        for what, changed in changes(node):
            copy = whole.copy()
            target = next(other for number, other in enumerate(copy.walk()) if number == place)
            target.replace(changed)
            yield f"{node.sql('duckdb')[:70]} → {what}", copy.sql("duckdb")


def changes(node: exp.Expression) -> Iterator[tuple[str, exp.Expression]]:
    """The wrong things that can stand instead of a node."""
    for other in COMPARISONS.get(type(node), ()):
        yield other.__name__, other(this=node.this.copy(), expression=node.expression.copy())
    if isinstance(node, exp.Connector):
        other = exp.Or if isinstance(node, exp.And) else exp.And
        yield other.__name__, exp.Paren(this=other(this=node.this.copy(), expression=node.expression.copy()))
    if isinstance(node, exp.WindowSpec):
        yield from other_ends(node)
    if isinstance(node, exp.Literal) and node.is_int and is_bound(node):
        for step in (-1, 1):
            yield f"{step:+}", exp.Literal.number(int(node.this) + step)
    if isinstance(node, exp.Is):
        yield "the opposite", exp.Paren(this=exp.Not(this=node.copy()))
    if isinstance(node, exp.Nullif):
        yield "1 for null", exp.Greatest(this=node.this.copy(), expressions=[exp.Literal.number(1)])
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Column):
        yield "count(*)", exp.Count(this=exp.Star())
    if isinstance(node, exp.Case) and not node.args.get("default"):
        changed = node.copy()
        changed.set("default", exp.Literal.number(0))
        yield "0 for null", changed
    if isinstance(node, exp.Join) and node.side == "LEFT":
        changed = node.copy()
        changed.set("side", None)
        yield "inner join", changed


def other_ends(node: exp.WindowSpec) -> Iterator[tuple[str, exp.Expression]]:
    """The window with an end that is no number one step off."""
    for end in ("start", "end"):
        if (end, node.args.get(end)) in ENDS:
            changed = node.copy()
            bound, side = ENDS[end, node.args[end]]
            changed.set(end, bound)
            changed.set(f"{end}_side", side)
            yield f"{end} {bound} {side or ''}".strip(), changed


def is_bound(node: exp.Literal) -> bool:
    """Whether a number is the end of a window, what is compared with by size, a span of time, or the length of what is counted in days."""
    value, parent = int(node.this), node.parent
    if isinstance(parent, exp.IntDiv):
        return parent.expression is node and value % DAY_US == 0
    return isinstance(parent, (exp.WindowSpec, *BY_SIZE)) or (value >= SPAN and isinstance(parent, (*COMPARISONS, exp.Add, exp.Sub)))


class Bench:
    """The cases under one clock with every step made, and what every feature says."""

    def __init__(self, cases: list[Case], clock: Clock) -> None:
        self.connection, protection, keys = connect(cases)
        _set_inputs(self.connection, protection.scorable(keys), clock)
        self.hidden = {key for case in cases for key in case.protected}
        self.hidden_parties = set(protected_parties(cases))
        for step in load_steps().values():
            self.connection.execute(f"CREATE TEMPORARY TABLE {step.name} AS {step.sql}")
        self.right = {feature.name: self.read(feature, feature.sql) for feature in load_features()}

    def read(self, feature: Feature, sql: str) -> set[tuple[object, ...]]:
        """The rows that may be shown, without those that say no more than a missing row."""
        count, empty = len(feature.grain.keys), {None, 0} if feature.is_zero_when_missing else {None}
        columns = ", ".join([*feature.grain.keys, *(feature.select(column) for column in feature.columns)])
        rows = self.connection.execute(f"SELECT {columns} FROM ({sql})").fetchall()
        hidden = {Grain.NETWORK: set(), Grain.PARTY: self.hidden_parties}.get(feature.grain, self.hidden)
        return {row for row in rows if not set(row[count:]) <= empty and not hidden & set(row[:count])}

    def kills(self, mutant: Mutant) -> bool:
        """Whether any number of any case tells the mutant from the right text; one that cannot be run is told, too."""
        try:
            return self._differs(mutant)
        except duckdb.Error:
            return True
        finally:
            for name in self._touched(mutant.name):
                self.connection.execute(f"CREATE OR REPLACE TEMPORARY TABLE {name} AS {load_steps()[name].sql}")

    def _touched(self, name: str) -> list[str]:
        steps, touched = load_steps(), [name] if name in load_steps() else []
        for step in steps.values():
            if set(step.reads) & set(touched):
                touched.append(step.name)
        return touched

    def _differs(self, mutant: Mutant) -> bool:
        touched = self._touched(mutant.name)
        for name in touched:
            sql = mutant.sql if name == mutant.name else load_steps()[name].sql
            self.connection.execute(f"CREATE OR REPLACE TEMPORARY TABLE {name} AS {sql}")
        readers = [feature for feature in load_features() if feature.name == mutant.name or set(feature.steps) & set(touched)]
        return any(
            self.read(feature, mutant.sql if feature.name == mutant.name else feature.sql) != self.right[feature.name]
            for feature in readers
        )


class Gauntlet:
    """Benches of growing size: most mutants fall on the first."""

    def __init__(self, sizes: tuple[int, ...] = (100, 1_000)) -> None:
        self.sizes = sizes
        self.benches: dict[tuple[int, Clock], Bench] = {}

    def kills(self, mutant: Mutant) -> bool:
        """Whether a bench of some size, with either clock, kills it."""
        return any(self._bench(size, clock).kills(mutant) for size in self.sizes for clock in (WHOLE, A_DAY))

    def _bench(self, size: int, clock: Clock) -> Bench:
        if (size, clock) not in self.benches:
            random_ = random.Random(6)
            self.benches[size, clock] = Bench([draw_case(random_, number) for number in range(size)], clock)
        return self.benches[size, clock]

    def close(self) -> None:
        """Close every connection."""
        for bench in self.benches.values():
            bench.connection.close()


def main() -> int:
    """Print the survivors; 1 when there is one."""
    mutants, gauntlet = list_mutants(), Gauntlet()
    survivors = [mutant for mutant in mutants if not gauntlet.kills(mutant)]
    gauntlet.close()
    for mutant in survivors:
        print(f"survives: {mutant.name}: {mutant.what}")  # noqa: T201
    print(f"{len(mutants) - len(survivors)} of {len(mutants)} mutants killed")  # noqa: T201
    return int(bool(survivors))


if __name__ == "__main__":
    sys.exit(main())
