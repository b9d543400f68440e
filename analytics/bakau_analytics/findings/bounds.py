"""How low and how high the score of a finding could be, if all that could not be looked at were known.

Every rule that is open for a subject counts once as a miss and once as a hit with all it may add; for one that speaks for somebody it is
the other way round. Then the very combination of the real score is applied. The model's part is open, from nothing to the most it may
add, as soon as a column its features need is unknown anywhere: it ranks everybody against everybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau_analytics.anomaly import order
from bakau_analytics.findings.combination import Kinds, cap_points, count_members
from bakau_analytics.flow import load_coverage
from bakau_analytics.indicators.looks import COLUMNS
from bakau_analytics.indicators.needs import FAILED
from bakau_analytics.indicators.openness import find_open
from bakau_graph.archive.derived import FINDING_BOUND

if TYPE_CHECKING:
    import duckdb
    import numpy.typing as npt

    from bakau_analytics.findings.contributions import Contributions
    from bakau_analytics.findings.rule import FindingRule
    from bakau_analytics.indicators.openness import Openness
    from bakau_analytics.indicators.pack import PackSet

    Ints = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

#: The columns of ``finding_bound``, with the group number in place of the id.
BOUND = pa.schema([pa.field("grp", pa.int64()), *(field for field in FINDING_BOUND.schema if field.name != "finding_id")])
#: Columns that the forest's features need.
FOREST_NEEDS = ("amount", "currency", "time_known")


def find_bounds(
    connection: duckdb.DuckDBPyConnection,
    grouped: pa.Table,
    *,
    contributions: Contributions,
    packs: PackSet,
    hits: pa.Table,
    rule: FindingRule,
    most_model_points: int,
) -> pa.Table:
    """For each subject and each rule that hit it or is open for it, what it adds to the score of its group at least and at most.

    `grouped`: grp, kind, account_key of the findings that stand; no account twice. As BOUND. Reads `flow` and `sweeper`.
    """
    grouped = grouped.sort_by("account_key")
    keys = np.asarray(grouped["account_key"], np.int64)
    failed = [
        name
        for name, words in zip(hits["indicator"].to_pylist(), hits["missing"].to_pylist(), strict=True)
        if words and words.startswith(FAILED)
    ]
    kinds = Kinds.of(packs)
    coverage = load_coverage(connection, COLUMNS)
    found = find_open(connection, packs, keys, failed=failed, coverage=coverage)
    account, number, points, is_open, beyond, grows = _join(keys, kinds, hits, found)
    low, high = end_points(kinds.caps[number], points, is_open=is_open, grows=grows)
    forest = contributions.model_points[np.searchsorted(contributions.accounts, keys)]
    unsure = most_model_points > 0 and any(coverage[name] < coverage["transfers"] for name in FOREST_NEEDS)
    ends = (np.zeros_like(forest), np.full_like(forest, most_model_points)) if unsure else (forest, forest)
    model = len(kinds.names)
    whom, what = np.concatenate([account, np.arange(len(keys))]), np.concatenate([number, np.full(len(keys), model)])
    groups = np.asarray(grouped["grp"], np.int64)[whom]
    most = rule.counted(np.asarray(pc.equal(grouped["kind"], "network"))[whom], what == model)
    counted = [
        count_members(groups, what, whom, np.concatenate([cap_points(account, number, points, kinds, cap=rule.family_cap), end]), most)
        for points, end in zip((low, high), ends, strict=True)
    ]
    rows = {
        "grp": groups, "account_key": keys[whom], "name": pa.array([*kinds.names, order.NAME], pa.string()).take(pa.array(what)),
        "own_points": np.concatenate([points, forest]), "own_low": np.concatenate([low, ends[0]]), "own_high": np.concatenate([high, ends[1]]),
        "points_low": counted[0], "points_high": counted[1], "is_open": np.concatenate([is_open, np.full(len(keys), unsure)]),
        "is_beyond": np.concatenate([beyond, np.full(len(keys), unsure)]),
    }  # fmt: skip
    return pa.table(rows, schema=BOUND)


def end_points(caps: Ints, points: Ints, *, is_open: Flags, grows: Flags) -> tuple[Ints, Ints]:
    """The fewest and the most points of each row before any cap: `points` as they stand, `caps` the most its rule may give (negative for benign ones)."""
    stays = np.where(grows, points, 0)
    low = np.where(is_open, np.where(caps > 0, stays, caps), points)
    high = np.where(is_open, np.where(caps > 0, caps, stays), points)
    return low, high


def _join(keys: Ints, kinds: Kinds, hits: pa.Table, found: Openness) -> tuple[Ints, Ints, Ints, Flags, Flags, Flags]:
    """One row per account and rule that hit or is open: places of both, points as they stand (before caps), open, beyond, grows."""
    real = hits.filter(pc.and_(pc.equal(hits["state"], "hit"), pc.is_in(hits["account_key"], value_set=pa.array(keys))))
    spot = np.searchsorted(keys, np.asarray(real["account_key"], np.int64))
    number = np.asarray(pc.index_in(real["indicator"].combine_chunks(), value_set=pa.array(kinds.names, pa.string()))).astype(np.int64)
    width = len(kinds.names)
    hit_codes, open_codes = spot * width + number, found.account * width + found.rule
    codes = np.union1d(hit_codes, open_codes)
    points = np.zeros(len(codes), np.int64)
    points[np.searchsorted(codes, hit_codes)] = np.asarray(real["points"], np.int64)
    flags = np.zeros((3, len(codes)), bool)
    for row, values in enumerate((np.ones(len(open_codes), bool), found.beyond, found.grows)):
        flags[row, np.searchsorted(codes, open_codes)] = values
    return codes // width, codes % width, points, flags[0], flags[1], flags[2]
