"""The surroundings of a few accounts: a walk in layers, one statement a layer and side, and what flows among the accounts kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.ids import Identity
from bakau_graph.embedded.generation import NO_AMOUNT
from bakau_graph.embedded.selection import Selection
from bakau_graph.embedded.subgraph import link_rows
from bakau_graph.embedded.walk import Among
from bakau_graph.neo4j.excerpt import cut_out
from bakau_graph.neo4j.read_queries import ANY_DEGREE
from bakau_graph.neo4j.reader import EDGES, Accounts
from bakau_graph.network.answers import ENTITIES
from bakau_graph.network.question import Direction, Filter

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_graph.neo4j.reader import Reader
    from bakau_graph.network.question import Bounds

    Ints = npt.NDArray[np.int64]

#: Accounts of a frontier looked at before asking whether enough were met.
_CHUNK = 512


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """Accounts kept, in order, with their distance; how many more were met; up to which distance accounts were followed."""

    keys: Ints
    distance: Ints
    left_out: int
    reach: int


@dataclass(frozen=True, slots=True, eq=False)
class Expedition:
    """How to walk: by which transfers, how far, how many accounts to keep; hubs are kept and not followed, unless they are included."""

    reader: Reader
    question: Filter
    direction: Direction
    bounds: Bounds
    hops: int
    most: int
    include_hubs: bool
    #: What the walk has read: accounts, which of them were followed along the money, and what those sent.
    known: list[Accounts] = field(default_factory=list)
    followed: list[Ints] = field(default_factory=list)
    sent: list[pa.Table] = field(default_factory=list)

    def walk(self, seeds: Ints) -> Walk:
        """Layer by layer from the seeds: within a layer the account whose newest link to the layer before is newest comes first."""
        layer, room = seeds, self.most - len(seeds)
        kept, seen = [seeds], seeds
        left_out, reach = 0, self.hops
        for hop in range(1, self.hops + 1):
            if not len(layer) or left_out > self.bounds.counted:
                break
            stop_after = None if room else self.bounds.counted + 1 - left_out
            layer = self._meet(layer, seen, is_first=hop == 1, stop_after=stop_after, kept=len(kept[-1]))
            seen = np.sort(np.concatenate([seen, layer]))  # none was seen before
            if left_out:
                left_out += len(layer)
            else:
                kept.append(layer[:room])
                left_out = max(0, len(layer) - room)
                room -= len(kept[-1])
                reach = hop if left_out else reach
        known = Accounts.joined(self.known)
        kept[0] = seeds[np.argsort(known.id[known.places(seeds)])]
        distance = np.repeat(np.arange(len(kept)), [len(layer) for layer in kept])
        return Walk(np.concatenate(kept), distance, left_out, reach)

    def _meet(self, layer: Ints, seen: Ints, *, is_first: bool, stop_after: int | None, kept: int) -> Ints:  # noqa: ARG002 - for those who count by them
        """Accounts met for the first time from a layer, the first so many of which are kept, newest link first; some of them, in no order, when it
        may stop.
        """
        if stop_after is None:
            return self._newest_first(layer, seen, is_first=is_first)
        met = np.empty(0, np.int64)
        for at in range(0, len(layer), _CHUNK):
            met = np.union1d(met, self._newest_first(layer[at : at + _CHUNK], seen, is_first=is_first))
            if len(met) >= stop_after:
                break
        return met

    def _newest_first(self, keys: Ints, seen: Ints, *, is_first: bool) -> Ints:
        """Accounts met from these that are followed: all when it is the first layer or hubs are included, else those that are no hubs."""
        below = ANY_DEGREE if is_first or self.include_hubs else self.bounds.hub_degree
        accounts, looked = self.reader.layer(keys, self._sides, self.question, self.bounds.per_account, below)
        self.known.append(accounts)
        if self.direction.includes_out:
            self.followed.append(accounts.key[accounts.degree() < below])
            self.sent.append(looked[Direction.OUT])
        ends = {Direction.OUT: "dst_key", Direction.IN: "src_key"}
        tables = [edges.append_column("other", edges[ends[side]]) for side, edges in looked.items()]
        edges = _fitting(pa.concat_tables(tables), self.question).combine_chunks()
        other = edges["other"].to_numpy()
        fresh = ~np.isin(other, seen)
        edges, other = edges.filter(pa.array(fresh)), other[fresh]
        identity = Identity.from_binary(edges["transfer_id"])
        order = np.lexsort((identity.low, identity.high, edges["ts_us"].to_numpy()))[::-1]
        _, first = np.unique(other[order], return_index=True)
        layer: Ints = other[order][np.sort(first)]
        return layer

    @property
    def _sides(self) -> tuple[Direction, ...]:
        return tuple(
            side for side, asked in ((Direction.OUT, self.direction.includes_out), (Direction.IN, self.direction.includes_in)) if asked
        )

    # --- what flows among them --------------------------------------------------------------------------------------------

    def describe(self, walk: Walk) -> tuple[pa.Table, pa.Table, int, int]:
        """Entities, links, hubs that were not followed, and transfers looked at that state no amount."""
        accounts, tables = self._fetch(np.sort(walk.keys))
        sent_beyond, received_beyond = (
            self._beyond(accounts.key, totals, side) for totals, side in ((accounts.sent, Direction.OUT), (accounts.received, Direction.IN))
        )
        edges = pa.concat_tables([EDGES.empty_table(), *tables, *self._of_busy(accounts, accounts.key[sent_beyond > 0])])
        generation = cut_out(accounts, edges).generation
        place = np.empty(len(walk.keys), np.int64)
        place[np.searchsorted(accounts.key, walk.keys)] = np.arange(len(walk.keys))
        own = accounts.places(walk.keys)
        nodes = np.searchsorted(generation.key, walk.keys)
        nodes = generation.node[nodes].astype(np.int64)
        where = np.empty(len(nodes), np.int64)
        where[nodes] = np.arange(len(nodes))
        among = Among(
            np.arange(generation.transfer_count),
            where[generation.src],
            where[generation.dst],
            sent_beyond[own],
            received_beyond[own],
        )
        selection = Selection.resolve(generation, self.question)
        fit = None if selection.takes_all else selection.fits(generation, among.edges)
        entities, unexpanded = self._entities(walk, accounts, among)
        return entities, link_rows(generation, nodes, among, fit), unexpanded, selection.count_nulls(generation, among.edges)

    def _fetch(self, kept: Ints) -> tuple[Accounts, list[pa.Table]]:
        """The accounts kept, and what they sent to one another as far as the walk has it or one statement more brings it."""
        most = self.bounds.per_account
        known = Accounts.joined(self.known)
        known = known.where(np.isin(known.key, kept))
        walked = np.concatenate([np.empty(0, np.int64), *self.followed])
        unread = known.where(~np.isin(known.key, walked))
        fresh = np.setdiff1d(kept, known.key)
        tables = [
            edges.filter(pa.array(np.isin(edges["src_key"].to_numpy(), kept) & np.isin(edges["dst_key"].to_numpy(), kept)))
            for edges in self.sent
        ]
        few = unread.key[unread.sent <= most]
        if len(fresh) or len(few):
            more, edges = self.reader.among(fresh, few, kept, self.question, most)
            known = Accounts.joined([known, more])
            tables.append(edges)
        return known, tables

    def _of_busy(self, accounts: Accounts, cut: Ints) -> list[pa.Table]:
        """What accounts that sent more than is looked at sent to the others, as far as one of the two ends looks at it."""
        most = self.bounds.per_account
        many, calm, busy = accounts.key[accounts.sent > most], accounts.received <= most, accounts.key[accounts.received > most]
        if not len(many):
            return []
        window = Filter(self.question.since_us, self.question.until_us)
        tables = [self.reader.all(accounts.key[calm], Direction.IN, window, many)]  # these look at all they received
        if len(busy):
            unread = np.setdiff1d(many, np.concatenate([np.empty(0, np.int64), *self.followed]))
            tables.append(self.reader.newest(unread, Direction.OUT, self.question, most, busy))
            tables.append(self.reader.newest(busy, Direction.IN, self.question, most, cut))
        return tables

    def _beyond(self, keys: Ints, totals: Ints, side: Direction) -> Ints:
        """How many transfers of the window are not looked at, per account."""
        beyond = np.zeros(len(keys), np.int64)
        many = np.flatnonzero(totals > self.bounds.per_account)
        counts = totals[many] if self.question.is_timeless else self.reader.count(keys[many], side, self.question)
        beyond[many] = np.maximum(0, counts - self.bounds.per_account)
        return beyond

    def _entities(self, walk: Walk, accounts: Accounts, among: Among) -> tuple[pa.Table, int]:
        own = accounts.places(walk.keys)
        is_hub = accounts.degree()[own] >= self.bounds.hub_degree
        passes = np.ones(len(is_hub), np.bool_) if self.include_hubs else ~is_hub | (walk.distance == 0)
        followed = walk.distance < walk.reach
        table = pa.Table.from_arrays(
            [
                pa.array(walk.keys),
                pa.array(accounts.id[own], pa.string()),
                pa.array([kind or None for kind in accounts.kind[own]], pa.string()),
                pa.array(walk.distance),
                pa.array(is_hub),
                pa.array(passes & followed),
                pa.array(among.sent_beyond + among.received_beyond),
            ],
            schema=ENTITIES,
        )
        return table, int(np.count_nonzero(followed & ~passes))


def _fitting(edges: pa.Table, question: Filter) -> pa.Table:
    """The transfers of the currency and of at least the minimum."""
    if question.currency is not None:
        edges = edges.filter(pc.equal(edges["currency"], question.currency))
    if question.min_minor is not None:
        amount = pc.fill_null(edges["amount_minor"], int(NO_AMOUNT)).to_numpy()
        edges = edges.filter(pa.array((amount != NO_AMOUNT) & (amount >= question.min_minor)))
    return edges
