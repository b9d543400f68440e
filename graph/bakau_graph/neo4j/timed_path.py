"""When money can first have reached whom, layer by layer in Neo4j; and the excerpt in which the first such path is then chosen.

The search is that of `bakau_graph.embedded.timed_path`: earliest arrivals outward, then back from the goal over transfers that can have
been in time. Only the transfers of the way back are fetched; the exact choice among them is made by the embedded search.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau.times import DAY_US
from bakau_graph.embedded.timed_path import NEVER_AFTER, NEVER_BEFORE
from bakau_graph.neo4j import read_queries
from bakau_graph.neo4j.excerpt import cut_out
from bakau_graph.neo4j.reader import ints, parts, value, window
from bakau_graph.network.question import Direction, Filter

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_graph.neo4j.excerpt import Excerpt
    from bakau_graph.neo4j.reader import Reader

    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Arrivals:
    """Earliest arrival at accounts met so far (sorted by key), and which of them are hubs."""

    key: Ints
    at: Ints
    is_hub: npt.NDArray[np.bool_]

    def of(self, keys: Ints) -> Ints:
        """Arrival at each of the keys; NEVER_AFTER where the money has not come."""
        place = np.searchsorted(self.key, keys)
        place[place == len(self.key)] = 0
        return np.where(self.key[place] == keys, self.at[place], NEVER_AFTER)

    def improve(self, key: Ints, at: Ints, is_hub: npt.NDArray[np.bool_]) -> Arrivals:
        """The same with more arrivals, the earliest of each account."""
        keys, ats, hubs = (np.concatenate(pair) for pair in ((self.key, key), (self.at, at), (self.is_hub, is_hub)))
        order = np.lexsort((ats, keys))
        first = order[np.concatenate([[True], keys[order][1:] != keys[order][:-1]])]
        return Arrivals(keys[first], ats[first], hubs[first])


@dataclass(frozen=True, slots=True, eq=False)
class TimedWalk:
    """A walk in time between two accounts; `gap` is 1 µs when each transfer must be later than the one before."""

    reader: Reader
    question: Filter
    gap: int
    hub_degree: int
    cross_hubs: bool

    def outward(self, start: int, goal: int, max_hops: int) -> list[Arrivals]:
        """Earliest arrivals with at most 0, 1, 2 … hops; stops when nothing improves."""
        none = np.zeros(1, np.bool_)
        arrivals = Arrivals(np.array([start], np.int64), np.array([NEVER_BEFORE], np.int64), none)
        layers, frontier = [arrivals], arrivals.key
        target = np.array([goal], np.int64)
        for _ in range(max_hops):
            key, at, degree = self._reach(frontier, arrivals.of(frontier), int(arrivals.of(target)[0]))
            useful = at < arrivals.of(key)
            key, at, degree = key[useful], at[useful], degree[useful]
            if not len(key):
                break
            walls = np.zeros(len(key), np.bool_) if self.cross_hubs else (degree >= self.hub_degree) & (key != goal)
            arrivals = arrivals.improve(key, at, walls)
            layers.append(arrivals)
            frontier = np.unique(key[~walls & (key != goal)])
        return layers

    def excerpt(self, start: int, goal: int, layers: list[Arrivals], best: int) -> Excerpt:
        """The transfers by which the goal can be reached by `best` from accounts the money had reached, and their accounts."""
        hops = next(number for number, each in enumerate(layers) if each.of(np.array([goal], np.int64))[0] == best)
        until = best + 1 if self.question.until_us is None else min(best + 1, self.question.until_us)
        question = Filter(self.question.since_us, until, self.question.min_minor, self.question.currency)
        frontier = np.array([goal], np.int64)
        tables: list[pa.Table] = []
        for left in range(hops - 1, -1, -1):
            edges = self.reader.all(frontier, Direction.IN, question)
            payers = edges["src_key"].to_numpy()
            reached = layers[left]
            place = np.searchsorted(reached.key, payers)
            place[place == len(reached.key)] = 0
            use = (reached.key[place] == payers) & ~reached.is_hub[place] & (reached.at[place] <= best)
            tables.append(edges.filter(pa.array(use)))
            frontier = np.unique(payers[use & (payers != start)])
            if not len(frontier):
                break
        found = pa.concat_tables(tables)
        keys = np.concatenate([found["src_key"].to_numpy(), found["dst_key"].to_numpy(), [start, goal]])
        return cut_out(self.reader.accounts(keys.tolist()), found)

    def _reach(self, keys: Ints, at: Ints, latest: int) -> tuple[Ints, Ints, Ints]:
        """Accounts reached by one transfer, possibly repeated: key, instant of arrival, degree."""
        since = int(str(window(self.question)["since"]))
        ready = np.where(at == NEVER_BEFORE, NEVER_BEFORE, at + self.gap).tolist()
        begin = np.maximum(np.maximum(at, NEVER_BEFORE + DAY_US) - DAY_US, since).tolist()
        rows = [{"key": key, "ready": when, "since": first} for key, when, first in zip(keys.tolist(), ready, begin, strict=True)]
        parameters = window(self.question) | value(self.question) | {"latest": latest, "day": DAY_US}
        found = [self.reader.ask(read_queries.ARRIVALS, parameters | {"rows": part}) for part in parts(rows)]
        key, instant, degree = (ints(found, name) for name in ("key", "at", "degree"))
        on_time = instant <= latest
        return key[on_time], instant[on_time], degree[on_time]
