"""Surroundings over all times and amounts: walked over the pairs, one row per other account and not one per transfer. Whom an account paid is read
as it lies packed beside the account, by whom it was paid from the aggregated relationships.

The answer is that of `Expedition`, row for row. A pair holds the time of its newest transfer, which orders a layer; only where two accounts
were met at the same instant are transfers asked for. Of an account that sent or received more than is looked at, the newest transfers
are read as there.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau_graph.embedded.selection import Selection
from bakau_graph.embedded.subgraph import link_rows
from bakau_graph.embedded.walk import Among
from bakau_graph.neo4j import packs, read_queries
from bakau_graph.neo4j.excerpt import cut_out
from bakau_graph.neo4j.pairs import Pairs
from bakau_graph.neo4j.reader import Accounts, accounts_of, all_there, halves, ints, parts
from bakau_graph.neo4j.surroundings import Expedition
from bakau_graph.network.question import Direction

if TYPE_CHECKING:
    import numpy.typing as npt
    from neo4j import Record

    from bakau_graph.neo4j.surroundings import Walk
    from bakau_graph.network.question import Filter

    Ints = npt.NDArray[np.int64]

SOME_MET = {Direction.OUT: read_queries.SOME_MET_OUT, Direction.IN: read_queries.SOME_MET_IN, Direction.BOTH: read_queries.SOME_MET_BOTH}
TIES = {Direction.OUT: read_queries.TIES_OUT, Direction.IN: read_queries.TIES_IN}


def fits(question: Filter) -> bool:
    """Can a question be answered from pairs: no window, no minimum?"""
    return question.is_timeless and question.min_minor is None


@dataclass(frozen=True, slots=True, eq=False)
class PaidExpedition(Expedition):
    """An expedition whose question `fits`."""

    #: Whom the accounts of the walk ever paid.
    paid: list[Pairs] = field(default_factory=list)

    def _meet(self, layer: Ints, seen: Ints, *, is_first: bool, stop_after: int | None) -> Ints:
        below = self._below(is_first=is_first)
        if stop_after is None or below > self.bounds.per_account + 1:
            return super(PaidExpedition, self)._meet(layer, seen, is_first=is_first, stop_after=stop_after)
        met = np.empty(0, np.int64)
        enough = stop_after + len(seen)
        for part in parts(layer):
            asked = {"keys": part.tolist(), "hub_degree": below, "currency": self.question.currency, "enough": enough}
            row = self.reader.ask(SOME_MET[self.direction], asked)
            if row["n"] == enough:
                return -1 - np.arange(stop_after)  # more than are counted: the walk ends here, and who they are does not matter
            met = np.union1d(met, np.setdiff1d(ints([row], "met"), seen))
            if len(met) >= stop_after:
                break
        return met

    def _newest_first(self, keys: Ints, seen: Ints, *, is_first: bool) -> Ints:
        below = self._below(is_first=is_first)
        accounts, met, last = self._look(keys, below, is_first=is_first)
        followed = accounts.where(accounts.degree() < below)
        if self._is_cut(followed):
            return super(PaidExpedition, self)._newest_first(keys, seen, is_first=is_first)
        fresh = ~np.isin(met, seen)
        met, last = met[fresh], last[fresh]
        order = np.lexsort((met, last))[::-1]
        _, first = np.unique(met[order], return_index=True)  # of an account met twice, the newest
        chosen = order[np.sort(first)]
        return self._untied(met[chosen], last[chosen], followed.key)

    def _look(self, keys: Ints, below: int, *, is_first: bool) -> tuple[Accounts, Ints, Ints]:
        """Accounts, whom those of a degree below were met by on the sides asked for, and when last; once per pair."""
        met, last = [], []
        if self.direction.includes_out:
            accounts, pairs = self._payers(keys, is_first=is_first)
            followed = accounts.key[accounts.degree() < below]
            rows = pairs.where(_places(followed, pairs.payer) >= 0).of_currency(self.question.currency).rows
            met.append(rows["payee"].astype(np.int64))
            last.append(rows["last_us"].astype(np.int64))
        if self.direction.includes_in:
            asked = {"hub_degree": below, "currency": self.question.currency}
            found = self.reader.ask_all(read_queries.MET_IN, (asked | {"keys": part.tolist()} for part in halves(keys)))
            accounts = all_there(Accounts.joined(accounts_of(row, "a_") for row in found), len(keys))
            self.known.append(accounts)
            met.append(ints(found, "met"))
            last.append(ints(found, "last"))
        return accounts, np.concatenate(met), np.concatenate(last)

    def _payers(self, keys: Ints, *, is_first: bool) -> tuple[Accounts, Pairs]:
        """Accounts, and whom they and others that were read before ever paid."""
        unread = np.setdiff1d(keys, Accounts.joined(self.known).key)
        if len(unread):
            accounts, pairs = self.reader.payers(unread, ahead=is_first)
            self.known.append(accounts)
            self.paid.append(pairs)
        known = Accounts.joined(self.known)
        return known.where(np.isin(known.key, keys)), Pairs.joined(self.paid)

    def _below(self, *, is_first: bool) -> int:
        """Accounts of a smaller degree are followed."""
        return read_queries.ANY_DEGREE if is_first or self.include_hubs else self.bounds.hub_degree

    def _is_cut(self, followed: Accounts) -> bool:
        """Did one of them send or receive more than is looked at?"""
        totals = [total for side, total in ((Direction.OUT, followed.sent), (Direction.IN, followed.received)) if side in self._sides]
        return any(bool((total > self.bounds.per_account).any()) for total in totals)

    def _untied(self, met: Ints, last: Ints, followed: Ints) -> Ints:
        """Accounts in order of the time of their newest transfer, put in order of its id where times are equal."""
        same = last[1:] == last[:-1]
        tied = np.concatenate([same, [False]]) | np.concatenate([[False], same]) if len(met) else np.empty(0, np.bool_)
        if not tied.any():
            return met
        ids = np.full(len(met), "", object)
        place = {key: at for at, key in enumerate(met.tolist())}
        rows = [{"key": key, "at": when} for key, when in zip(met[tied].tolist(), last[tied].tolist(), strict=True)]
        for side in self._sides:
            for part in parts(rows):
                row = self.reader.ask(TIES[side], {"rows": part, "keys": followed.tolist(), "currency": self.question.currency})
                for key, identity in zip(row["met"], row["id"], strict=True):
                    ids[place[key]] = max(ids[place[key]], identity)
        order = np.array(sorted(range(len(met)), key=lambda at: (last[at], ids[at]), reverse=True), np.int64)
        return met[order]

    def describe(self, walk: Walk) -> tuple[pa.Table, pa.Table, int, int]:
        """See Expedition."""
        kept, most = np.sort(walk.keys), self.bounds.per_account
        known = Accounts.joined(self.known)
        known = known.where(np.isin(known.key, kept))
        unread = np.setdiff1d(kept, known.key) if self.paid else kept
        busy = known.key[(known.sent > most) | (known.received > most)]
        more, others, newest = self.reader.payers_and_newest(unread, busy, most)
        accounts, pairs = Accounts.joined([known, more]), Pairs.joined([*self.paid, others])
        pairs = pairs.where(pairs.may_pay(kept) & (_places(kept, pairs.payer) >= 0)).of_currency(self.question.currency)
        payer, payee = _places(kept, pairs.payer), _places(kept, pairs.rows["payee"].astype(np.int64))
        whole = (accounts.sent <= most)[payer] | (accounts.received <= most)[payee]
        pairs = pairs.where((payee >= 0) & whole)
        links = pa.concat_tables([pairs.links(self.reader.currencies), *self._between_busy(accounts, newest)])
        place = np.empty(len(kept), np.int64)
        place[np.searchsorted(kept, walk.keys)] = np.arange(len(kept))
        payer, payee = (place[np.searchsorted(kept, links[end].to_numpy())] for end in ("src_key", "dst_key"))
        order = np.lexsort((_ranks(links["currency"]), payee, payer))
        beyond = [np.maximum(0, total - most)[accounts.places(walk.keys)] for total in (accounts.sent, accounts.received)]
        none = np.empty(0, np.int64)
        entities, unexpanded = self._entities(walk, accounts, Among(none, none, none, *beyond))
        return entities, links.take(pa.array(order)), unexpanded, int(pc.sum(links["null_amounts"]).as_py() or 0)

    def _between_busy(self, accounts: Accounts, newest: Record) -> list[pa.Table]:
        """Links from accounts that sent more than is looked at to accounts that received more: of the transfers one of the two looks at, which
        are packed of both, where it is packed as far as this network looks.
        """
        most = self.bounds.per_account
        payers, payees = accounts.key[accounts.sent > most], accounts.key[accounts.received > most]
        if not len(payers) or not len(payees):
            return []
        if self.reader.packed_above != most:
            return self._looked_at(accounts, payers, payees, self._newest(payers, payees))
        keys, codes = newest["busy"], self.reader.currencies
        sent = packs.transfers(keys, newest["newest_sent"], codes, sent=True, others=payees)
        received = packs.transfers(keys, newest["newest_received"], codes, sent=False, others=payers)
        return self._looked_at(accounts, payers, payees, pa.concat_tables([sent, received]))

    def _newest(self, payers: Ints, payees: Ints) -> pa.Table:
        """The transfers from some accounts to others that one of the two looks at; both ends are asked at the same time."""
        most = self.bounds.per_account
        with ThreadPoolExecutor(2) as pool:
            received = pool.submit(self.reader.newest, payees, Direction.IN, self.question, most, payers)
            sent = self.reader.newest(payers, Direction.OUT, self.question, most, payees)
            return pa.concat_tables([sent, received.result()])

    def _looked_at(self, accounts: Accounts, payers: Ints, payees: Ints, edges: pa.Table) -> list[pa.Table]:
        """Links of these transfers, between accounts both of which have more than are looked at."""
        if not len(edges):
            return []
        generation = cut_out(accounts.where(np.isin(accounts.key, np.union1d(payers, payees))), edges).generation
        every = np.arange(generation.transfer_count)
        nodes = np.arange(len(generation.keys_by_node))
        cut = np.ones(len(nodes), np.int64)
        selection = Selection.resolve(generation, self.question)
        among = Among(every, generation.src.astype(np.int64), generation.dst.astype(np.int64), cut, cut)
        return [link_rows(generation, nodes, among, selection.fits(generation, every))]


def _places(kept: Ints, keys: Ints) -> Ints:
    """Places among the accounts kept, which are in order; -1 for others."""
    places = np.searchsorted(kept, keys)
    if not len(kept):
        return places - 1
    places[places == len(kept)] = 0
    places[kept[places] != keys] = -1
    return places


def _ranks(codes: pa.ChunkedArray) -> Ints:
    """Numbers in the order of codes."""
    ranks: Ints = pc.index_in(codes, value_set=pc.unique(codes).sort()).to_numpy()
    return ranks
