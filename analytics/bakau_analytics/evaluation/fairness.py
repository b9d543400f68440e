"""Does it matter where somebody comes from? Two measures with a gate each, against a planted truth; innocent is whoever was not planted.

*Permuted*: the profile of innocent accounts (country and with it corridor, outlet) is dealt out anew among payments of the same rail, and the
whole detection runs again. Looked at are as many first accounts by points as somebody reads findings, since a small world has few findings;
how many findings change stands beside it. Nationality, sex, birth date and name script reach no rule and no model; there is nothing of them to deal out.
Payments at home and payments across a border are dealt out apart: else a random label would make a salary an international one, and what
changed would be the money's way, not the people. How much changes when that is ignored stands beside it.

*Groups*: of the innocent accounts of a corridor or of a kind of look-alikes, how many stand among the first hundredth of all accounts by
points, against as many domestic payers with as many payments of about the same size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import pyarrow as pa

from bakau_analytics.detection import detect_findings
from bakau_analytics.evaluation.ranking import load_ranked, rank_draft
from bakau_analytics.flow import ensure_flow

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    import numpy.typing as npt

    from bakau.progress import Progress
    from bakau_analytics.detection import Settings
    from bakau_analytics.evaluation.planted import Truth
    from bakau_analytics.evaluation.ranking import Ranked
    from bakau_analytics.indicators.pack import PackSet
    from bakau_graph.archive import Snapshot

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

#: The gates: of the first accounts so many may change, and a group may stand so many times as often among the first accounts.
MOST_CHANGED, MOST_TIMES = 0.05, 1.5
#: The first accounts that are looked at: one in a hundred.
FIRST = 0.01
#: Innocent accounts a group must have to be held to its gate, in a world of so many accounts; in a smaller world as large a part.
GROUP_SIZE, GROUP_WORLD = 5_000, 1_000_000
#: A group that is small may stand above by chance: the gate is broken when that has a probability below this.
CHANCE = 0.01

#: Payments between innocents, in an order that does not depend on storage.
_DEALT = """
SELECT t.transfer_id, t.channel, t.src_country, t.dst_country, t.src_outlet, t.dst_outlet, coalesce(t.src_country <> t.dst_country, false) AS is_abroad
FROM transfer t ANTI JOIN planted_account p ON t.src_key = p.account_key ANTI JOIN planted_account q ON t.dst_key = q.account_key
ORDER BY t.transfer_id
"""
_PERMUTED = """
ALTER VIEW transfer RENAME TO transfer_as_it_is;
CREATE TEMPORARY TABLE permuted_transfer AS
SELECT t.* REPLACE (
    CASE WHEN d.transfer_id IS NULL THEN t.src_country ELSE d.src_country END AS src_country,
    CASE WHEN d.transfer_id IS NULL THEN t.dst_country ELSE d.dst_country END AS dst_country,
    CASE WHEN d.transfer_id IS NULL THEN t.src_outlet ELSE d.src_outlet END AS src_outlet,
    CASE WHEN d.transfer_id IS NULL THEN t.dst_outlet ELSE d.dst_outlet END AS dst_outlet)
FROM transfer_as_it_is t LEFT JOIN dealt d ON t.transfer_id = d.transfer_id;
CREATE VIEW transfer AS SELECT * FROM permuted_transfer;
"""
#: Per account its payments, their middle size (hundredths of all payments in that currency), the corridor of most payments sent abroad, and
#: whether it only pays at home.
_HABITS = """
WITH sized AS (
    SELECT src, dst, src_country, dst_country, ntile(10) OVER (PARTITION BY currency ORDER BY amount, transfer_id) AS size FROM flow
),
side AS (SELECT src AS account_key, size FROM sized UNION ALL SELECT dst, size FROM sized),
busy AS (SELECT account_key, count(*) AS n, quantile_disc(size, 0.5) AS size FROM side GROUP BY account_key),
way AS (
    SELECT src AS account_key, src_country || '-' || dst_country AS corridor, count(*) AS n FROM flow
    WHERE src_country <> dst_country GROUP BY ALL
),
far AS (SELECT account_key, arg_max(corridor, (n, corridor)) AS corridor FROM way GROUP BY account_key),
pays AS (SELECT DISTINCT src AS account_key FROM flow WHERE src_country = dst_country)
SELECT b.account_key, b.n, b.size, coalesce(f.corridor, '') AS corridor, p.account_key IS NOT NULL AND f.corridor IS NULL AS is_domestic
FROM busy b LEFT JOIN far f USING (account_key) LEFT JOIN pays p USING (account_key) ORDER BY b.account_key
"""


@dataclass(frozen=True, slots=True, eq=False)
class _Accounts:
    """Innocent accounts, sorted by key: whether each stands among the first, what is matched on, corridor, domestic payer."""

    keys: Ints
    first: Floats
    alike: Ints
    corridor: list[str]
    is_domestic: Flags


def measure_fairness(
    snapshot: Snapshot,
    packs: PackSet,
    truth: Truth,
    *,
    settings: Settings,
    budget: int,
    points: Ints,
    group_size: int | None,
    progress: Progress,
) -> dict[str, object]:
    """Both measures of the newest run. `points`: of each scorable account; `group_size` None takes GROUP_SIZE, less in a smaller world."""
    planted = frozenset[int]().union(*(network.members for network in truth.networks))
    keys = snapshot.scorable().keys
    least = group_size or max(GROUP_SIZE * len(keys) // GROUP_WORLD, 20)
    before, first = load_ranked(snapshot)[:budget], stand_first(points, budget)
    changed, of_findings = {}, []
    for name, apart in (("changed", True), ("changed_ignoring_borders", False)):
        progress.say("profiles dealt out anew")
        with snapshot.connect() as connection:
            permute(connection, planted, seed=settings.seed, apart=apart)
            found = detect_findings(connection, packs, snapshot.scorable(), settings)
        made = found.scores.contributions
        after = np.zeros(len(keys), np.int64)  # who stands in review has no points
        after[np.searchsorted(keys, made.accounts)] = made.rule_points + made.model_points
        changed[name] = round(float(np.abs(first - stand_first(after, budget)).sum()) / 2 / min(budget, len(keys)), 4)
        of_findings.append(count_changed(before, rank_draft(found.draft)[:budget]))
    with snapshot.connect() as connection:
        accounts = _load_accounts(connection, keys, points, planted)
    hits = _points_by_rule(snapshot)
    groups = {name: _compare(accounts, group, hits) for name, group in _groups(accounts, truth).items() if len(group) >= least}
    of_all = {"findings": len(before), "findings_changed": of_findings[0]}
    return {**changed, **of_all, "group_size": least, "groups": groups, "is_met": _is_met(changed["changed"], groups)}


def permute(connection: duckdb.DuckDBPyConnection, planted: frozenset[int], *, seed: int, apart: bool) -> None:
    """Deal the countries and outlets of payments between innocent accounts out anew within each rail; nothing stored changes.

    `apart`: those across a border among themselves.
    """
    connection.register("planted_account", pa.table({"account_key": pa.array(sorted(planted), pa.int64())}))
    rows = connection.sql(_DEALT).to_arrow_table().combine_chunks()
    rail = np.asarray(rows["channel"].combine_chunks().cast(pa.string()).dictionary_encode().indices.fill_null(-1)).astype(np.int64)
    kind = rail * 2 + np.asarray(rows["is_abroad"]) * apart
    random = np.random.default_rng([seed, 7])
    taken = np.empty(len(rows), np.int64)
    taken[np.argsort(kind, kind="stable")] = np.lexsort((random.random(len(rows)), kind))
    profile = rows.select(["src_country", "dst_country", "src_outlet", "dst_outlet"]).take(pa.array(taken))
    connection.register("dealt", profile.append_column("transfer_id", rows["transfer_id"]))
    connection.execute(_PERMUTED)


def count_changed(before: Ranked, after: Ranked) -> float:
    """The share of the first findings that are no longer there, or that are there anew, whichever is more; the same are half the same subjects."""
    return round(max(_lost(before, after), _lost(after, before)) / max(len(before), len(after), 1), 4)


def _lost(one: Ranked, other: Ranked) -> int:
    return sum(all(2 * len(found & kept) < len(found | kept) for kept in other) for found in one)


def _load_accounts(connection: duckdb.DuckDBPyConnection, keys: Ints, points: Ints, planted: frozenset[int]) -> _Accounts:
    ensure_flow(connection)
    rows = connection.sql(_HABITS).to_arrow_table().combine_chunks()
    known = np.asarray(rows["account_key"], np.int64)
    innocent = np.isin(known, keys) & ~np.isin(known, np.fromiter(planted, np.int64, len(planted)))
    rows, known = rows.filter(pa.array(innocent)), known[innocent]
    count = np.floor(np.log2(np.asarray(rows["n"], np.float64))).astype(np.int64)
    return _Accounts(
        known,
        stand_first(points, max(int(len(keys) * FIRST), 1))[np.searchsorted(keys, known)],
        count * 100 + np.asarray(rows["size"], np.int64),
        rows["corridor"].to_pylist(),
        np.asarray(rows["is_domestic"]),
    )


def stand_first(points: Ints, places: int) -> Floats:
    """For each account the chance that it is among so many first: one above the last place, a share of the places left among equals, none below."""
    places = min(places, len(points))
    last = np.sort(points)[-places]
    above, equal = points > last, points == last
    return np.where(above, 1.0, np.where(equal, (places - above.sum()) / equal.sum(), 0.0))


def _groups(accounts: _Accounts, truth: Truth) -> dict[str, Ints]:
    """Places of the members of each group, by its name."""
    corridor = np.array(accounts.corridor)
    found = {f"corridor {name}": np.flatnonzero(corridor == name) for name in sorted(set(accounts.corridor) - {""})}
    for kind, alike in sorted(truth.lookalikes.items()):
        found[f"look-alike {kind}"] = np.flatnonzero(np.isin(accounts.keys, np.fromiter(alike, np.int64, len(alike))))
    return found


def _compare(accounts: _Accounts, group: Ints, hits: dict[str, dict[int, int]]) -> dict[str, object]:
    """How often the group stands first, how often those it is matched with do, and which rule lifts it most."""
    weight = _match(accounts, group)
    share, matched = float(accounts.first[group].mean()), float((accounts.first * weight).sum())
    lifts = {name: _mean(values, accounts.keys[group]) - _mean_weighted(values, accounts.keys, weight) for name, values in hits.items()}
    blamed = max(lifts, key=lambda name: (lifts[name], name)) if lifts else ""
    return {**_judge(len(group), share, matched), "most_lifted_by": blamed, "lift": round(lifts.get(blamed, 0.0), 2)}


def _judge(accounts: int, share: float, matched: float) -> dict[str, object]:
    """A group of so many `accounts`, the `share` of them among the first and that of those it is `matched` with, held to the gate."""
    from scipy.stats import binom

    expected = max(matched, FIRST / 10)  # where nobody alike stands first at all, a tenth of the average is
    first = round(share * accounts)
    chance = float(binom.sf(first - 1, accounts, min(MOST_TIMES * expected, 1.0))) if first else 1.0
    return {
        "accounts": accounts, "share": round(share, 5), "matched": round(matched, 5), "times": round(share / expected, 2),
        "chance": round(chance, 5), "is_broken": share > MOST_TIMES * expected and chance < CHANCE,
    }  # fmt: skip


def pool_fairness(found: Sequence[dict[str, object]]) -> dict[str, object]:
    """What several worlds say together: of a group all innocents of all worlds where it was large enough to be looked at.

    `found`: what `measure_fairness` gave for each world. A group is held to the gate from as many innocents on as the worlds ask for together,
    at most GROUP_SIZE; `changed` is the mean over worlds.
    """
    held = min(sum(cast("int", each["group_size"]) for each in found), GROUP_SIZE)
    counts: dict[str, Floats] = {}
    for each in found:
        for name, group in cast("dict[str, dict[str, float]]", each["groups"]).items():
            counts[name] = counts.get(name, np.zeros(3)) + group["accounts"] * np.array([1.0, group["share"], group["matched"]])
    sums = {name: summed.tolist() for name, summed in sorted(counts.items())}
    groups = {name: _judge(int(number), first / number, alike / number) for name, (number, first, alike) in sums.items() if number >= held}
    changed = sum(cast("float", each["changed"]) for each in found) / len(found)
    return {"changed": round(changed, 4), "group_size": held, "groups": groups, "is_met": _is_met(changed, groups)}


def _is_met(changed: float, groups: dict[str, dict[str, object]]) -> bool:
    """Do both gates hold?"""
    return changed <= MOST_CHANGED and not any(group["is_broken"] for group in groups.values())


def _match(accounts: _Accounts, group: Ints) -> Floats:
    """Weights of the domestic payers, summing to one, so that they are as busy as the group, with payments as large."""
    others = accounts.is_domestic.copy()
    others[group] = False
    weight = np.zeros(len(accounts.keys))
    for kind, number in zip(*np.unique(accounts.alike[group], return_counts=True), strict=True):
        twins = others & (accounts.alike == kind)
        twins = twins if twins.any() else others & (accounts.alike // 100 == kind // 100)
        if twins.any():
            weight[twins] += number / twins.sum()
    return weight / weight.sum() if weight.sum() else weight


def _points_by_rule(snapshot: Snapshot) -> dict[str, dict[int, int]]:
    """Rule → account → points it adds."""
    rows = snapshot.derived("score")
    found: dict[str, dict[int, int]] = {}
    for key, name, points in zip(*(rows[column].to_pylist() for column in ("account_key", "name", "contribution")), strict=True):
        if points > 0:
            found.setdefault(name, {})[key] = points
    return found


def _mean(values: dict[int, int], keys: Ints) -> float:
    return sum(values.get(key, 0) for key in keys.tolist()) / max(len(keys), 1)


def _mean_weighted(values: dict[int, int], keys: Ints, weight: Floats) -> float:
    given = np.array([values.get(key, 0) for key in keys.tolist()], np.float64)
    return float((given * weight).sum())


def to_lines(found: dict[str, object]) -> list[str]:
    """The measures as lines for a terminal."""
    groups = cast("dict[str, dict[str, float]]", found["groups"])
    head = (
        f"  profiles of innocent accounts dealt out anew: {found['changed']:.1%} of the first accounts by points changed (at most {MOST_CHANGED:.0%}), "
        f"{found['findings_changed']:.0%} of the first {found['findings']} findings; {found['changed_ignoring_borders']:.1%} of the accounts when payments at home get "
        "foreign labels"
    )
    return [head, *_group_lines(groups), _verdict(found)]


def to_pooled_lines(found: dict[str, object]) -> list[str]:
    """What `pool_fairness` found, as lines for a terminal."""
    groups = cast("dict[str, dict[str, float]]", found["groups"])
    head = f"  profiles of innocent accounts dealt out anew: {found['changed']:.1%} of the first accounts by points changed at the mean over worlds"
    return [head, *_group_lines(groups), _verdict(found)]


def _group_lines(groups: dict[str, dict[str, float]]) -> list[str]:
    return [
        f"  {name}, {group['accounts']:,} innocent: {group['share']:.2%} in the first hundredth, {group['times']} times those alike at home"
        + (f": MORE than {MOST_TIMES}{_blame(group)}" if group["is_broken"] else "")
        for name, group in groups.items()
    ]


def _blame(group: dict[str, float]) -> str:
    """Over several worlds no one rule is named."""
    return f", lifted most by {group['most_lifted_by']}" if "most_lifted_by" in group else ""


def _verdict(found: dict[str, object]) -> str:
    return f"  fairness: {'both gates met' if found['is_met'] else 'a gate is BROKEN'} (groups of {found['group_size']:,} and more)"
