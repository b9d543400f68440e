"""From hits to named contributions: a score is their sum, and nothing else.

Indicators of one family are capped together, strongest first; benign evidence subtracts; an indicator about a profile says what it
sees and adds nothing. The model's part is one more contribution, of kind ``model``, which orders and never opens; an account that no
indicator adds to has little of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau_analytics.anomaly import order
from bakau_analytics.findings.combination import Kinds, cap_points
from bakau_graph.archive.derived import SCORE

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau.protection import ScorableAccounts
    from bakau_analytics.findings.rule import FindingRule
    from bakau_analytics.indicators.pack import PackSet

    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Contributions:
    """What every hit adds after the caps: `hits` is the hit table (state ``hit`` only) with `points` as capped and the column `family`.

    `accounts` are the scorable account keys, `rule_points` the sum of indicators, `strongest` the largest of them, `families` the
    number of families that add something, `model_points` the model's part (at most `order.MOST_UNSPOKEN` where no indicator adds anything): int64
    arrays aligned with `accounts`.
    """

    hits: pa.Table
    accounts: Ints
    rule_points: Ints
    strongest: Ints
    families: Ints
    model_points: Ints

    def score_table(self) -> pa.Table:
        """The derived table ``score``: one row per scorable account and contribution, the model's for every account."""
        spot = np.searchsorted(self.accounts, np.asarray(self.hits["account_key"]))
        total = self.rule_points + self.model_points
        indicators = {
            "account_key": self.hits["account_key"],
            "points": pa.array(total[spot]),
            "name": self.hits["indicator"],
            "version": self.hits["version"],
            "kind": pa.repeat(pa.scalar("indicator"), len(spot)),
            "contribution": self.hits["points"],
        }
        count = len(self.accounts)
        model = {
            "account_key": pa.array(self.accounts),
            "points": pa.array(total),
            "name": pa.repeat(pa.scalar(order.NAME), count),
            "version": pa.repeat(pa.scalar(order.VERSION), count),
            "kind": pa.repeat(pa.scalar("model"), count),
            "contribution": pa.array(self.model_points),
        }
        rows = pa.concat_tables([pa.table(indicators, schema=SCORE.schema), pa.table(model, schema=SCORE.schema)])
        return rows.sort_by([("account_key", "ascending"), ("kind", "ascending"), ("name", "ascending")]).combine_chunks()


def build_contributions(
    hits: pa.Table, packs: PackSet, scorable: ScorableAccounts, *, model_points: Ints, rule: FindingRule
) -> Contributions:
    """Cap the hits of scorable accounts and sum them. `hits` as the indicator engine gives them; `model_points` aligned with `scorable`."""
    real = hits.filter(pc.and_(pc.equal(hits["state"], "hit"), pc.is_valid(hits["account_key"]))).combine_chunks()
    real = real.filter(pa.array(scorable.contains(np.asarray(real["account_key"]))))
    kinds = Kinds.of(packs)
    families = pa.array([rule.family for rule in packs.rules], pa.string())
    rules = pc.index_in(real["indicator"].combine_chunks(), value_set=pa.array(kinds.names, pa.string()))
    family = families.take(rules)
    keys = np.asarray(real["account_key"])
    capped = cap_points(keys, np.asarray(rules).astype(np.int64), np.asarray(real["points"]), kinds, cap=rule.family_cap)
    real = real.set_column(real.schema.get_field_index("points"), "points", pa.array(capped)).append_column("family", family)
    accounts = scorable.keys
    spot = np.searchsorted(accounts, keys)
    summed, added, strongest, number = (np.zeros(len(accounts), np.int64) for _ in range(4))
    np.add.at(summed, spot, capped)
    np.add.at(added, spot, np.maximum(capped, 0))
    np.maximum.at(strongest, spot, capped)
    adding = real.filter(pa.array(capped > 0)).select(["account_key", "family"])
    distinct = adding.group_by(["account_key", "family"], use_threads=False).aggregate([])
    np.add.at(number, np.searchsorted(accounts, np.asarray(distinct["account_key"])), 1)
    ordered = real.sort_by([("account_key", "ascending"), ("indicator", "ascending")]).combine_chunks()
    model = np.where(added > 0, model_points, np.minimum(model_points, order.MOST_UNSPOKEN))
    return Contributions(ordered, accounts, summed, strongest, number, model)
