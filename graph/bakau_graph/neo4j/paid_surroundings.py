"""Surroundings over all times and amounts: walked over the pairs, one row per other account and not one per transfer. Whom an account paid is read
as it lies packed beside the account, by whom it was paid from the aggregated relationships.

The answer is that of `Expedition`, row for row. A pair holds the time of its newest transfer, which orders a layer; only where two accounts
were met at the same instant are transfers asked for. Of an account that sent or received more than is looked at, the newest transfers
are read as there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau_graph.embedded.selection import Selection
from bakau_graph.embedded.subgraph import link_rows
from bakau_graph.embedded.sums import stable_order
from bakau_graph.embedded.walk import Among
from bakau_graph.neo4j import packs, read_queries
from bakau_graph.neo4j.excerpt import cut_out
from bakau_graph.neo4j.keys import is_in, places_in, together
from bakau_graph.neo4j.newest import narrowed
from bakau_graph.neo4j.pairs import Figures, Pairs
from bakau_graph.neo4j.reader import Accounts, accounts_of, all_there, halves, ints, parts
from bakau_graph.neo4j.surroundings import Expedition
from bakau_graph.network.question import Direction

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_graph.neo4j.reader import Paid
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
    paid: Paid = field(default_factory=dict)

    def _meet(self, layer: Ints, seen: Ints, *, is_first: bool, stop_after: int | None, kept: int) -> Ints:
        below = self._below(is_first=is_first)
        if stop_after is None or below > self.bounds.per_account + 1:
            return super(PaidExpedition, self)._meet(layer, seen, is_first=is_first, stop_after=stop_after, kept=kept)
        met = np.empty(0, np.int64)
        if self.direction is Direction.OUT:  # of those kept it is needed later, whom they paid
            accounts = self._payers(layer[:kept], is_first=False)
            payees, _ = self._pairs(accounts.key[accounts.degree() < below]).of_currency(self.question.currency).payee_and_last()
            met, layer = np.setdiff1d(payees, seen), layer[kept:]
        enough = stop_after + len(seen)
        for part in parts(layer):
            if len(met) >= stop_after:
                break
            asked = {"keys": part.tolist(), "hub_degree": below, "currency": self.question.currency, "enough": enough}
            row = self.reader.ask(SOME_MET[self.direction], asked)
            if row["n"] == enough:
                return -1 - np.arange(stop_after)  # more than are counted: the walk ends here, and who they are does not matter
            met = np.union1d(met, np.setdiff1d(ints([row], "met"), seen))
        return met

    def _newest_first(self, keys: Ints, seen: Ints, *, is_first: bool) -> Ints:
        below = self._below(is_first=is_first)
        accounts, met, last = self._look(keys, below, is_first=is_first)
        followed = accounts.where(accounts.degree() < below)
        if self._is_cut(followed):
            return super(PaidExpedition, self)._newest_first(keys, seen, is_first=is_first)
        fresh = ~is_in(met, seen)
        met, last = met[fresh], last[fresh]
        order, begin = together(met)
        if not len(begin):
            return met
        met, last = met[order[begin]], np.maximum.reduceat(last[order], begin)  # of an account met twice, the newest
        order = _in_order(last)[::-1]
        return self._untied(met[order], last[order], followed.key)

    def _look(self, keys: Ints, below: int, *, is_first: bool) -> tuple[Accounts, Ints, Ints]:
        """Accounts, whom those of a degree below were met by on the sides asked for, and when last; once per pair."""
        met: list[Ints] = []
        last: list[Ints] = []
        if self.direction.includes_out:
            accounts = self._payers(keys, is_first=is_first)
            pairs = self._pairs(accounts.key[accounts.degree() < below]).of_currency(self.question.currency)
            for column, values in zip((met, last), pairs.payee_and_last(), strict=True):
                column.append(values)
        if self.direction.includes_in:
            asked = {"hub_degree": below, "currency": self.question.currency}
            found = self.reader.ask_all(read_queries.MET_IN, (asked | {"keys": part.tolist()} for part in halves(keys)))
            accounts = all_there(Accounts.joined(accounts_of(row, "a_") for row in found), len(keys))
            self.known.append(accounts)
            met.append(ints(found, "met"))
            last.append(ints(found, "last"))
        return accounts, np.concatenate(met), np.concatenate(last)

    def _payers(self, keys: Ints, *, is_first: bool) -> Accounts:
        """Accounts, of which whom they ever paid is then read."""
        unread = [key for key in keys.tolist() if key not in self.paid]
        if unread:
            accounts, paid = self.reader.payers(np.array(unread, np.int64), self.bounds.per_account, ahead=is_first)
            self.known[:] = [Accounts.joined([*self.known, accounts])]
            self.paid.update(paid)
        known = Accounts.joined(self.known)
        return known.where(is_in(known.key, keys))

    def _pairs(self, payers: Ints) -> Pairs:
        """Whom these ever paid."""
        keys = payers.tolist()
        texts = [self.paid[key] for key in keys]
        return Pairs.of_texts(keys, [text[0] for text in texts], [text[1] for text in texts])

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
        kept = np.sort(walk.keys)
        accounts = self._payers(kept, is_first=False)
        return self._described(walk, accounts, self._between(accounts))

    def _between(self, accounts: Accounts) -> Figures:
        """What flows among the accounts kept: all of a pair of which the payer looks at all it sent or the payee at all it received."""
        kept, most = accounts.key, self.bounds.per_account
        pairs = self._pairs(kept)
        pairs = pairs.where(pairs.may_pay(kept)).of_currency(self.question.currency)
        payee = places_in(kept, pairs.payee_and_last()[0])
        pairs, payee = pairs.where(payee >= 0), payee[payee >= 0]
        is_cut = (accounts.sent > most)[places_in(kept, pairs.payer)] & (accounts.received > most)[payee]
        found = pairs.figures()
        return found.where(~is_cut) + self._between_busy(accounts, found.where(is_cut)) if is_cut.any() else found

    def _described(self, walk: Walk, accounts: Accounts, found: Figures) -> tuple[pa.Table, pa.Table, int, int]:
        """Entities and links in their order, hubs that were not followed, and transfers that state no amount."""
        kept, most, codes = accounts.key, self.bounds.per_account, sorted(self.reader.currencies)
        place = np.empty(len(kept), np.int64)
        place[np.searchsorted(kept, walk.keys)] = np.arange(len(kept))
        payer, payee = (place[np.searchsorted(kept, ends)] for ends in (found.payer, found.payee))
        code = packs.code_places(codes, found.currency)
        order = np.lexsort((code, payee, payer))
        beyond = [np.maximum(0, total - most)[accounts.places(walk.keys)] for total in (accounts.sent, accounts.received)]
        none = np.empty(0, np.int64)
        entities, unexpanded = self._entities(walk, accounts, Among(none, none, none, *beyond))
        return entities, found.where(order).links(codes, code[order]), unexpanded, int(found.nulls.sum())

    def _between_busy(self, accounts: Accounts, pairs: Figures) -> Figures:
        """Of pairs from accounts that sent more than is looked at to accounts that received more: what one of the two looks at, which is packed of
        both, where it is packed as far as this network looks.
        """
        most = self.bounds.per_account
        if self.reader.packed_above != most:
            payers, payees = accounts.key[accounts.sent > most], accounts.key[accounts.received > most]
            return Figures.of_links(self._looked_at(accounts, payers, payees, self._newest(payers, payees)))
        sent, received = ({key: self.paid[key][side] for key in ends.tolist()} for side, ends in ((2, pairs.payer), (3, pairs.payee)))
        return narrowed(pairs, sent, received)

    def _newest(self, payers: Ints, payees: Ints) -> pa.Table:
        """The transfers from some accounts to others that one of the two looks at; both ends are asked at the same time."""
        most = self.bounds.per_account
        received = self.reader.session.beside.submit(self.reader.newest, payees, Direction.IN, self.question, most, payers)
        sent = self.reader.newest(payers, Direction.OUT, self.question, most, payees)
        return pa.concat_tables([sent, received.result()])

    def _looked_at(self, accounts: Accounts, payers: Ints, payees: Ints, edges: pa.Table) -> pa.Table:
        """Links of these transfers, between accounts both of which have more than are looked at."""
        generation = cut_out(accounts.where(np.isin(accounts.key, np.union1d(payers, payees))), edges).generation
        every = np.arange(generation.transfer_count)
        nodes = np.arange(len(generation.keys_by_node))
        cut = np.ones(len(nodes), np.int64)
        selection = Selection.resolve(generation, self.question)
        among = Among(every, generation.src.astype(np.int64), generation.dst.astype(np.int64), cut, cut)
        return link_rows(generation, nodes, among, selection.fits(generation, every))


def _in_order(times: Ints) -> Ints:
    """Places of times from oldest to newest."""
    first, last = int(times.min()), int(times.max())
    return stable_order(times - first) if last - first < 2**63 else np.argsort(times)
