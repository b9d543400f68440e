"""The surroundings of a few accounts: a walk in layers, one statement a layer and side, and what flows among the accounts kept."""

from __future__ import annotations

from dataclasses import dataclass
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
from bakau_graph.network.answers import ENTITIES
from bakau_graph.network.question import Direction

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_graph.neo4j.reader import Accounts, Reader
    from bakau_graph.network.question import Bounds, Filter

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

    def walk(self, seeds: Accounts) -> Walk:
        """Layer by layer from the seeds: within a layer the account whose newest link to the layer before is newest comes first."""
        first = seeds.key[np.argsort(seeds.id)]
        kept, room, frontier, seen = [first], self.most - len(first), seeds, seeds.key
        left_out, reach = 0, self.hops
        for hop in range(1, self.hops + 1):
            if not len(frontier.key) or left_out > self.bounds.counted:
                break
            layer = self._meet(frontier, seen, stop_after=None if room else self.bounds.counted + 1 - left_out)
            seen = np.union1d(seen, layer)
            if left_out:
                left_out += len(layer)
            else:
                kept.append(layer[:room])
                left_out = max(0, len(layer) - room)
                room -= len(kept[-1])
                reach = hop if left_out else reach
            if hop < self.hops:
                frontier = self._followed(layer)
        distance = np.repeat(np.arange(len(kept)), [len(layer) for layer in kept])
        return Walk(np.concatenate(kept), distance, left_out, reach)

    def _followed(self, layer: Ints) -> Accounts:
        accounts = self.reader.accounts(layer.tolist())
        return accounts if self.include_hubs else accounts.where(accounts.degree() < self.bounds.hub_degree)

    def _meet(self, frontier: Accounts, seen: Ints, *, stop_after: int | None) -> Ints:
        """Accounts met for the first time from the frontier, newest link first; some of them, in no order, when it may stop."""
        if stop_after is None:
            return self._newest_first(frontier.key, seen)
        met = np.empty(0, np.int64)
        for at in range(0, len(frontier.key), _CHUNK):
            met = np.union1d(met, self._newest_first(frontier.key[at : at + _CHUNK], seen))
            if len(met) >= stop_after:
                break
        return met

    def _newest_first(self, keys: Ints, seen: Ints) -> Ints:
        tables = []
        for side, asked, end in (
            (Direction.OUT, self.direction.includes_out, "dst_key"),
            (Direction.IN, self.direction.includes_in, "src_key"),
        ):
            if asked:
                edges = self.reader.newest(keys, side, self.question, self.bounds.per_account)
                tables.append(edges.append_column("other", edges[end]))
        edges = _fitting(pa.concat_tables(tables), self.question).combine_chunks()
        other = edges["other"].to_numpy()
        fresh = ~np.isin(other, seen)
        edges, other = edges.filter(pa.array(fresh)), other[fresh]
        identity = Identity.from_binary(edges["transfer_id"])
        order = np.lexsort((identity.low, identity.high, edges["ts_us"].to_numpy()))[::-1]
        _, first = np.unique(other[order], return_index=True)
        layer: Ints = other[order][np.sort(first)]
        return layer

    # --- what flows among them --------------------------------------------------------------------------------------------

    def describe(self, walk: Walk) -> tuple[pa.Table, pa.Table, int, int]:
        """Entities, links, hubs that were not followed, and transfers looked at that state no amount."""
        accounts = self.reader.accounts(walk.keys.tolist())
        sent_beyond, received_beyond = (
            self._beyond(accounts.key, totals, side) for totals, side in ((accounts.sent, Direction.OUT), (accounts.received, Direction.IN))
        )
        edges = self._among(accounts, accounts.key[sent_beyond > 0])
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

    def _among(self, accounts: Accounts, cut: Ints) -> pa.Table:
        """Transfers among the accounts that one of their ends looks at: senders show theirs, receivers what busy senders do not."""
        most = self.bounds.per_account
        few = accounts.key[accounts.sent <= most]
        many = accounts.key[accounts.sent > most]
        tables = [self.reader.window(few, Direction.OUT, self.question, accounts.key)]
        if len(many):
            tables.append(self.reader.newest(many, Direction.OUT, self.question, most, accounts.key))
        if len(cut):
            tables.append(self.reader.newest(accounts.key, Direction.IN, self.question, most, cut))
        return pa.concat_tables(tables)

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
