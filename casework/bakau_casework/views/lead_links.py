"""What ties the hits of a lead list together: who of them paid whom, and along which few transfers in order of time money can have gone.

One walk around all hits finds the direct links and which pairs a chain could join (a bound on times that no real chain can break);
the network's own time-respecting search then answers for those pairs. So both networks say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.times import DAY_US
from bakau_casework.views.networks import links_of
from bakau_casework.views.walks import names_of, timed_hop
from bakau_graph.network import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bakau_casework.reading import Reading
    from bakau_graph.network.answers import SubgraphAnswer, TimedPathAnswer

#: Transfers of a chain at most; accounts looked at around the hits; pairs a chain is looked for. Defaults of ours.
MOST_HOPS = 3
MOST_ACCOUNTS = 10_000
MOST_PAIRS = 200

CHAIN_FIELDS = {
    "chain": pa.int64(), "src_id": pa.string(), "dst_id": pa.string(), "transfers": pa.int64(), "protected": pa.int64(),
    "uses_date_only": pa.bool_(),
}  # fmt: skip
STEP_FIELDS = {
    "chain": pa.int64(), "step": pa.int64(), "src_id": pa.string(), "dst_id": pa.string(), "transfer_id": pa.string(), "time": pa.string(),
    "amount_minor": pa.int64(), "currency": pa.string(),
}  # fmt: skip

#: src → its payees with the first and the last transfer to each.
Payees = dict[int, dict[int, tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Ties:
    """Direct links, chains, the transfers of the chains, the accounts between that may be shown, and what was not looked at."""

    links: list[dict[str, object]]
    chains: list[dict[str, object]]
    steps: list[dict[str, object]]
    between: list[int]
    pairs_left_out: int
    is_complete: bool


def find_ties(reading: Reading, keys: Sequence[int]) -> Ties:
    """What ties these open accounts together."""
    if len(keys) < 2:
        return Ties([], [], [], [], 0, is_complete=True)
    seeds = sorted(set(keys))
    most = max(MOST_ACCOUNTS, 2 * len(seeds))
    around = reading.network.load_subgraph(seeds, hops=MOST_HOPS - 1, direction=Direction.OUT, max_entities=most)
    payees = _payees(around)
    pairs = _pairs(payees, seeds, _hubs(around) - set(seeds))
    ties = Ties(_links(reading, around, seeds), [], [], [], max(0, len(pairs) - MOST_PAIRS), is_complete=_is_complete(around, seeds))
    for start, end in pairs[:MOST_PAIRS]:
        _add_chain(reading, ties, reading.network.find_time_respecting_path(start, end, max_hops=MOST_HOPS), set(seeds))
    return ties


def _is_complete(around: SubgraphAnswer, seeds: Sequence[int]) -> bool:
    """Was everything looked at that counts: every account around, and every transfer of the hits? Other hubs are not crossed anyhow."""
    hits = around.entities.filter(pc.is_in(around.entities["account_key"], pa.array(seeds, pa.int64())))
    return not around.left_out and not pc.sum(hits["not_examined"]).as_py()


def _hubs(around: SubgraphAnswer) -> set[int]:
    return set(around.entities.filter(around.entities["is_hub"])["account_key"].to_pylist())


def _payees(around: SubgraphAnswer) -> Payees:
    found: Payees = {}
    for row in around.links.to_pylist():
        src, dst, first, last = row["src_key"], row["dst_key"], row["first_us"], row["last_us"]
        if src != dst:
            known = found.setdefault(src, {}).get(dst, (first, last))
            found[src][dst] = (min(first, known[0]), max(last, known[1]))
    return found


def _pairs(payees: Payees, seeds: Sequence[int], not_crossed: set[int]) -> list[tuple[int, int]]:
    """Pairs without a direct link that a chain in order of time may join, the shortest first; a date alone may be up to a day later."""
    found: list[tuple[int, int, int]] = []
    wanted = set(seeds)
    for start in seeds:
        reached = {start: -DAY_US}
        layer = dict(reached)
        for hop in range(1, MOST_HOPS + 1):
            layer = _next_layer(payees, layer, reached, not_crossed)
            direct = payees.get(start, {})
            found += [(hop, start, end) for end in layer if end in wanted and end not in direct and end != start]
    unique: dict[tuple[int, int], None] = {}
    for _, start, end in sorted(found):
        unique.setdefault((start, end))
    return list(unique)


def _next_layer(payees: Payees, layer: Mapping[int, int], reached: dict[int, int], not_crossed: set[int]) -> dict[int, int]:
    """Who can have been paid next, with the earliest instant for each that can be bettered by no chain; only what got earlier goes on."""
    after: dict[int, int] = {}
    for src, instant in layer.items():
        for dst, (first, last) in payees.get(src, {}).items() if src not in not_crossed else ():
            if last + DAY_US >= instant and max(first, instant) < reached.get(dst, 2**63):
                reached[dst] = after[dst] = max(first, instant)
    return after


def _links(reading: Reading, around: SubgraphAnswer, seeds: Sequence[int]) -> list[dict[str, object]]:
    ids = dict(zip(seeds, reading.directory.ids_of(np.array(seeds, np.int64)).to_pylist(), strict=True))
    return sorted(links_of(around, ids), key=lambda link: (str(link["src_id"]), str(link["dst_id"]), str(link["currency"])))


def _add_chain(reading: Reading, ties: Ties, answer: TimedPathAnswer, seeds: Iterable[int]) -> None:
    if not answer.hops:
        return
    keys = (answer.hops[0].src_key, *(hop.dst_key for hop in answer.hops))
    names = names_of(reading, keys, (answer.hops[0].src_id, *(hop.dst_id for hop in answer.hops)))
    number = len(ties.chains) + 1
    for step, hop in enumerate(answer.hops, start=1):
        row = timed_hop(hop, names)
        ties.steps.append({"chain": number, "step": step, **{name: row[name] for name in STEP_FIELDS if name in row}})
    ties.chains.append(
        {
            "chain": number, "src_id": names[keys[0]], "dst_id": names[keys[-1]], "transfers": len(answer.hops),
            "protected": sum(name is None for name in names.values()), "uses_date_only": answer.uses_date_only,
        }
    )  # fmt: skip
    known = {*seeds, *ties.between}
    ties.between.extend(key for key in dict.fromkeys(keys) if names[key] is not None and key not in known)
