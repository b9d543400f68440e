"""Surroundings over all times and amounts: walked over the aggregated relationships, one step per other account and not one per transfer.

The answer is that of `Expedition`, row for row. A pair holds the time of its newest transfer, which orders a layer; only where two accounts
were met at the same instant are transfers asked for. Of an account that sent or received more than is looked at, the newest transfers
are read as there.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau_graph.embedded.generation import NO_AMOUNT
from bakau_graph.embedded.selection import Selection
from bakau_graph.embedded.subgraph import link_rows
from bakau_graph.embedded.walk import Among
from bakau_graph.neo4j import packs, read_queries
from bakau_graph.neo4j.excerpt import cut_out
from bakau_graph.neo4j.reader import EDGES, Accounts, accounts_of, all_there, halves, ints, parts
from bakau_graph.neo4j.surroundings import Expedition
from bakau_graph.network.answers import LINKS
from bakau_graph.network.question import Direction

if TYPE_CHECKING:
    import numpy.typing as npt
    from neo4j import Record

    from bakau_graph.neo4j.surroundings import Walk
    from bakau_graph.network.question import Filter

    Ints = npt.NDArray[np.int64]

MET = {Direction.OUT: read_queries.MET_OUT, Direction.IN: read_queries.MET_IN, Direction.BOTH: read_queries.MET_BOTH}
SOME_MET = {Direction.OUT: read_queries.SOME_MET_OUT, Direction.IN: read_queries.SOME_MET_IN, Direction.BOTH: read_queries.SOME_MET_BOTH}
TIES = {Direction.OUT: read_queries.TIES_OUT, Direction.IN: read_queries.TIES_IN}


def fits(question: Filter) -> bool:
    """Can a question be answered from pairs: no window, no minimum?"""
    return question.is_timeless and question.min_minor is None


@dataclass(frozen=True, slots=True, eq=False)
class PaidExpedition(Expedition):
    """An expedition whose question `fits`."""

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
        asked = {"hub_degree": below, "currency": self.question.currency}
        rows = self.reader.ask_all(MET[self.direction], (asked | {"keys": part.tolist()} for part in halves(keys)))
        accounts = all_there(Accounts.joined(accounts_of(row, "a_") for row in rows), len(keys))
        followed = accounts.where(accounts.degree() < below)
        if self._is_cut(followed):
            return super(PaidExpedition, self)._newest_first(keys, seen, is_first=is_first)
        self.known.append(accounts)
        met, last = ints(rows, "met"), ints(rows, "last")
        fresh = ~np.isin(met, seen)
        met, last = met[fresh], last[fresh]
        order = np.lexsort((met, last))[::-1]
        _, first = np.unique(met[order], return_index=True)  # of an account met twice, the newest
        chosen = order[np.sort(first)]
        return self._untied(met[chosen], last[chosen], followed.key)

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
        fresh = np.setdiff1d(kept, known.key)
        asked = [{"keys": np.intersect1d(fresh, part).tolist()} | self._payments(part, kept, most) for part in halves(kept)]
        rows = self.reader.ask_all(read_queries.LINKS, asked)
        accounts = Accounts.joined([known, all_there(Accounts.joined(accounts_of(row, "a_") for row in rows), len(fresh))])
        links = pa.concat_tables([*map(_pairs, rows), *self._of_busy_payers(accounts)])
        place = np.empty(len(kept), np.int64)
        place[np.searchsorted(kept, walk.keys)] = np.arange(len(kept))
        payer, payee = (place[np.searchsorted(kept, links[end].to_numpy())] for end in ("src_key", "dst_key"))
        order = np.lexsort((_ranks(links["currency"]), payee, payer))
        beyond = [np.maximum(0, total - most)[accounts.places(walk.keys)] for total in (accounts.sent, accounts.received)]
        none = np.empty(0, np.int64)
        entities, unexpanded = self._entities(walk, accounts, Among(none, none, none, *beyond))
        return entities, links.take(pa.array(order)), unexpanded, int(pc.sum(links["null_amounts"]).as_py() or 0)

    def _payments(self, payers: Ints, payees: Ints, most: int) -> dict[str, object]:
        """Parameters of a statement that gives pairs."""
        asked = {"payers": payers.tolist(), "payees": payees.tolist(), "most": most, "currency": self.question.currency}
        return asked | {"nothing": int(NO_AMOUNT)}

    def _of_busy_payers(self, accounts: Accounts) -> list[pa.Table]:
        """Links from accounts that sent more than is looked at: whole pairs where the payee received less, else of the transfers one of the
        two looks at. Both from what is packed of them, where it is packed as far as this network looks.
        """
        most = self.bounds.per_account
        is_payer, is_payee = accounts.sent > most, accounts.received > most
        payers, payees, calm = accounts.key[is_payer], accounts.key[is_payee], accounts.key[~is_payee]
        if not len(payers):
            return []
        if self.reader.packed_above != most:
            return [*self._whole_pairs(payers, calm), *self._looked_at(accounts, payers, payees, self._newest(payers, payees))]
        row = self.reader.ask(read_queries.PACKED, {"payers": payers.tolist(), "payees": payees.tolist(), "most": most})
        codes, busy, listed = self.reader.currencies, row["many_transfers_out"], row["payees"]
        ids = packs.pairs(busy, listed, codes, calm)
        unlisted = np.array([key for key, text in zip(busy, listed, strict=True) if not text], np.int64)
        tables = self._whole_pairs(unlisted, calm)
        if ids:
            asked = {"ids": ids, "currency": self.question.currency, "nothing": int(NO_AMOUNT)}
            tables.append(_pairs(self.reader.ask(read_queries.PAIRS_BY_ID, asked)))
        sent = packs.transfers(busy, row["newest_sent"], codes, sent=True, others=payees)
        received = packs.transfers(row["many_transfers_in"], row["newest_received"], codes, sent=False, others=payers)
        return [*tables, *self._looked_at(accounts, payers, payees, pa.concat_tables([sent, received]))]

    def _whole_pairs(self, payers: Ints, payees: Ints) -> list[pa.Table]:
        """All pairs from some accounts to others."""
        if not len(payers):
            return []
        return [_pairs(self.reader.ask(read_queries.PAIRS_OF_PAYEES, self._payments(payers, payees, read_queries.ANY_DEGREE)))]

    def _newest(self, payers: Ints, payees: Ints) -> pa.Table:
        """The transfers from some accounts to others that one of the two looks at; both ends are asked at the same time."""
        if not len(payees):
            return EDGES.empty_table()
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


def _pairs(row: Record) -> pa.Table:
    """The pairs of an answer as links."""
    count, total, first = (np.array(row[name], np.int64) for name in ("n", "sum_minor", "first_us"))
    several = count > 1
    largest, nulls, last = total.copy(), (total == NO_AMOUNT).astype(np.int64), first.copy()  # of one transfer
    for column, name in ((largest, "max_minor"), (nulls, "null_amounts"), (last, "last_us")):
        column[several] = row[name]
    return pa.Table.from_arrays(
        [
            pa.array(np.array(row["src"], np.int64)),
            pa.array(np.array(row["dst"], np.int64)),
            pa.array(row["currency"], pa.string()),
            pa.array(count),
            pa.array(total, mask=total == NO_AMOUNT),
            pa.array(largest, mask=largest == NO_AMOUNT),
            pa.array(nulls),
            pa.array(first),
            pa.array(last),
            pa.array(np.zeros(len(count), np.bool_)),
        ],
        schema=LINKS,
    )


def _ranks(codes: pa.ChunkedArray) -> Ints:
    """Numbers in the order of codes."""
    ranks: Ints = pc.index_in(codes, value_set=pc.unique(codes).sort()).to_numpy()
    return ranks
