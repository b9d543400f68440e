"""The cut: which payments tie two accounts together before communities are looked for.

Kept are settled transfers between two different accounts, whatever the rail or amount. They become undirected pairs weighted with
the number of transfers, capped, so that one busy pair does not outweigh a whole neighbourhood. Hubs (a payroll, a shop, an
exchange) touch everybody and tie nobody together: they are left out, counted and listed. The flow through protected accounts
stays in the graph; they only get no community number when the result is stored.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import duckdb
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

PAIRS = """
SELECT least(src, dst) AS one, greatest(src, dst) AS other, least(count(*), $cap) AS weight
FROM flow GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutRule:
    """What the cut keeps; recorded with the run. All three are defaults of ours.

    A pair weighs at most `weight_cap`. A hub has more different counterparties than `hub_floor` and than all but `hub_ppm` parts
    per million (rounded up) of the accounts that pay or are paid.
    """

    weight_cap: int = 10
    hub_floor: int = 500
    hub_ppm: int = 1_000

    def as_parameters(self) -> dict[str, object]:
        """For the run's record."""
        return dict(asdict(self))


@dataclass(frozen=True, slots=True, eq=False)
class CutGraph:
    """An undirected weighted graph: `keys` (sorted account keys of its nodes) and pairs by place in `keys`, `one` < `other`, sorted.

    `hubs` are the account keys that were left out, sorted; `hub_degree` is the number of counterparties above which an account is one.
    """

    keys: Ints
    one: Ints
    other: Ints
    weight: Ints
    hubs: Ints
    hub_degree: int

    def __len__(self) -> int:
        return len(self.keys)


def build_cut(connection: duckdb.DuckDBPyConnection, rule: CutRule = CutRule()) -> CutGraph:
    """Cut the settled transfers between different accounts (table `flow`, see `bakau_analytics.flow`) to a graph."""
    rows = connection.execute(PAIRS, {"cap": rule.weight_cap}).fetchnumpy()
    one, other, weight = (np.asarray(rows[name], dtype=np.int64) for name in ("one", "other", "weight"))
    return cut_pairs(one, other, weight, rule)


def cut_pairs(one: Ints, other: Ints, weight: Ints, rule: CutRule) -> CutGraph:
    """Leave the hubs out of unordered pairs of account keys (each pair once, sorted by (one, other), one < other)."""
    keys = np.unique(np.concatenate([one, other]))
    first, second = np.searchsorted(keys, one), np.searchsorted(keys, other)
    degree = np.bincount(first, minlength=len(keys)) + np.bincount(second, minlength=len(keys))
    limit = hub_limit(degree, rule)
    is_hub = degree > limit
    kept = ~(is_hub[first] | is_hub[second])
    first, second, weight = first[kept], second[kept], weight[kept]
    place = np.cumsum(~is_hub) - 1
    return CutGraph(keys[~is_hub], place[first], place[second], weight, keys[is_hub], limit)


def hub_limit(degree: Ints, rule: CutRule) -> int:
    """The number of counterparties above which an account is a hub: never below the floor."""
    if not len(degree):
        return rule.hub_floor
    above = min(-(-len(degree) * rule.hub_ppm // 1_000_000), len(degree) - 1)
    spot = len(degree) - 1 - above
    return max(rule.hub_floor, int(np.partition(degree, spot)[spot]))
