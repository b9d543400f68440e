"""The Neo4j implementation of the protocol: what a question can touch is fetched as columns, the exact steps are the embedded network's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bakau.errors import InputError, NotFoundError
from bakau_graph.embedded import neighbours as near
from bakau_graph.embedded.marks import check_marks
from bakau_graph.embedded.path_rows import path_rows, timed_hops
from bakau_graph.embedded.paths import PathSearch
from bakau_graph.embedded.selection import Selection
from bakau_graph.embedded.timed_path import NEVER_AFTER, TimedSearch
from bakau_graph.neo4j import read_queries
from bakau_graph.neo4j.excerpt import cut_out
from bakau_graph.neo4j.marks import write_marks
from bakau_graph.neo4j.paid_surroundings import PaidExpedition, fits
from bakau_graph.neo4j.paths import PathWalk
from bakau_graph.neo4j.reader import Reader, window
from bakau_graph.neo4j.rows import HALF, account_rows, sum_rows
from bakau_graph.neo4j.sides import read_sides
from bakau_graph.neo4j.state import describe, other_facts
from bakau_graph.neo4j.surroundings import Expedition
from bakau_graph.neo4j.timed_path import TimedWalk
from bakau_graph.network.answers import (
    AccountAnswer,
    AccountsAnswer,
    MarksReport,
    NeighboursAnswer,
    NetworkStatus,
    PathsAnswer,
    SubgraphAnswer,
    TimedPathAnswer,
    TransfersAnswer,
)
from bakau_graph.network.question import Bounds, Direction, Filter, Order, check_ends, check_filter, check_hops, check_limit, check_prefix

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import LiteralString

    import pyarrow as pa

    from bakau_graph.neo4j.session import Session
    from bakau_graph.network.protocol import Facts


#: Above every degree: for a database that does not say from which degree on it names hubs.
NO_HUBS = 2**62


class Neo4jNetwork:
    """Network over a Neo4j server that stands on the facts of one snapshot; see the protocol for every operation.

    Safe to use from several threads. Once somebody brings the server to other facts, every answer is a NetworkError.
    """

    def __init__(self, session: Session, facts: Facts, *, bounds: Bounds | None = None) -> None:
        self._session, self._facts, self._bounds = session, facts, bounds or Bounds()
        self._as_of = facts.label
        state = self._state()
        self._currencies: tuple[str, ...] = tuple(state.get("currencies") or ())
        self._reader = Reader(session, facts.digest, self._currencies, state.get("packed_above"))

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    # --- accounts ---------------------------------------------------------------------------------------------------------

    def find_accounts(self, text: str, *, limit: int = 20) -> AccountsAnswer:
        """See Network."""
        check_limit(limit)
        prefix = check_prefix(text)
        return self._accounts(read_queries.FIND, read_queries.COUNT_FOUND, {"prefix": prefix}, limit)

    def load_account(self, account_key: int) -> AccountAnswer:
        """See Network."""
        asked = {"key": account_key, "half": HALF} | window(Filter())
        row = self._session.ask(read_queries.DESCRIBE, asked)
        state = self._check(row and row["state"])
        if row is None or row["row"] is None:
            raise NotFoundError("no such account in this snapshot")
        received, sent = sum_rows(row["received"]), sum_rows(row["sent"])
        return AccountAnswer(
            as_of=self._as_of,
            account=account_rows([row["row"]], state.get("mark_names") or (), self._facts.protection, self._bounds.hub_degree)[0],
            received=received,
            sent=sent,
            null_amounts=sum(each.null_amounts for each in (*received, *sent)),
        )

    def hubs(self, limit: int = 100, *, min_degree: int | None = None) -> AccountsAnswer:
        """See Network."""
        check_limit(limit)
        degree = self._bounds.hub_degree if min_degree is None else min_degree
        return self._accounts(*self._by_degree(degree, self._state()), {"degree": degree}, limit)

    # --- transfers of one or two accounts ---------------------------------------------------------------------------------

    def neighbours(
        self,
        account_key: int,
        *,
        direction: Direction = Direction.BOTH,
        since_us: int | None = None,
        until_us: int | None = None,
        min_minor: int | None = None,
        currency: str | None = None,
        limit: int = 100,
        order: Order = Order.NEWEST,
    ) -> NeighboursAnswer:
        """See Network."""
        check_limit(limit)
        question = self._question(since_us, until_us, min_minor, currency, order)
        examined = None if question.asks_for_value or order is Order.LARGEST else self._bounds.examined
        asked = [each for each in (Direction.IN, Direction.OUT) if direction in (each, Direction.BOTH)]
        excerpt, sides = read_sides(self._reader, account_key, asked, question, examined=examined)
        found, unseen = sum(len(side.other) for side in sides), sum(side.not_examined for side in sides)
        left_out, is_exact = self._bounds.left_out(found - limit)
        ranked = near.rank(excerpt.generation, sides, order, limit)
        return NeighboursAnswer(
            as_of=self._as_of,
            neighbours=near.neighbour_rows(excerpt.generation, ranked, excerpt.degree >= self._bounds.hub_degree),
            not_examined=unseen,
            left_out=left_out,
            left_out_is_exact=is_exact and not unseen,
            null_amounts=sum(side.nulls for side in sides),
        )

    def transfers_between(
        self,
        a: int,
        b: int,
        *,
        direction: Direction = Direction.BOTH,
        since_us: int | None = None,
        until_us: int | None = None,
        min_minor: int | None = None,
        currency: str | None = None,
        limit: int = 100,
        order: Order = Order.NEWEST,
    ) -> TransfersAnswer:
        """See Network."""
        check_limit(limit)
        question = self._question(since_us, until_us, min_minor, currency, order)
        accounts = self._reader.accounts([a, b])
        ways = [(a, b)] if direction.includes_out else []
        ways += [(b, a)] if direction.includes_in else []
        edges = self._reader.between(accounts, ways, question)
        generation = cut_out(accounts, edges).generation
        selection = Selection.resolve(generation, question)
        every = np.arange(generation.transfer_count)
        fit = every[selection.fits(generation, every)]
        left_out, is_exact = self._bounds.left_out(len(fit) - limit)
        return TransfersAnswer(
            as_of=self._as_of,
            transfers=near.transfer_rows(generation, near.order_edges(generation, fit, order)[:limit]),
            left_out=left_out,
            left_out_is_exact=is_exact,
            null_amounts=selection.count_nulls(generation, every),
        )

    # --- paths ------------------------------------------------------------------------------------------------------------

    def find_paths(
        self,
        a: int,
        b: int,
        *,
        max_hops: int = 4,
        limit: int = 20,
        direction: Direction = Direction.OUT,
        since_us: int | None = None,
        until_us: int | None = None,
        min_minor: int | None = None,
        currency: str | None = None,
        include_hubs: bool = False,
    ) -> PathsAnswer:
        """See Network."""
        check_limit(limit)
        check_hops(max_hops)
        check_ends(a, b)
        question = self._question(since_us, until_us, min_minor, currency)
        self._reader.accounts([a, b])
        walk = PathWalk(self._reader, question, direction, self._bounds.hub_degree, include_hubs)
        keys, hubs = walk.relevant(a, b, max_hops)
        excerpt = walk.excerpt(keys)
        selection = Selection.resolve(excerpt.generation, question)
        start, goal = excerpt.nodes(np.array([a, b])).tolist()
        walls = excerpt.walls(self._bounds.hub_degree, np.array([start, goal]), crossed=include_hubs)
        search = PathSearch(excerpt.generation, selection, direction, walls, self._bounds.path_steps)
        found, more, is_complete = search.collect(start, goal, max_hops, limit, self._bounds.counted)
        left_out, is_exact = self._bounds.left_out(more)
        paths, nulls = path_rows(excerpt.generation, found, direction, selection)
        return PathsAnswer(
            as_of=self._as_of,
            paths=paths,
            hubs_not_crossed=hubs,
            is_complete=is_complete,
            left_out=left_out,
            left_out_is_exact=is_exact and is_complete,
            null_amounts=nulls,
        )

    def find_time_respecting_path(
        self,
        a: int,
        b: int,
        *,
        since_us: int | None = None,
        until_us: int | None = None,
        min_minor: int | None = None,
        currency: str | None = None,
        strict: bool = False,
        max_hops: int = 6,
        include_hubs: bool = False,
    ) -> TimedPathAnswer:
        """See Network."""
        check_hops(max_hops)
        check_ends(a, b)
        question = self._question(since_us, until_us, min_minor, currency)
        self._reader.accounts([a, b])
        walk = TimedWalk(self._reader, question, int(strict), self._bounds.hub_degree, include_hubs)
        layers = walk.outward(a, b, max_hops)
        best = int(layers[-1].of(np.array([b]))[0])
        within = layers[max_hops - 1] if max_hops < len(layers) else layers[-1]
        hubs = int(np.count_nonzero(within.is_hub & (within.at <= min(best, NEVER_AFTER - 1))))
        if best == NEVER_AFTER:
            return TimedPathAnswer(as_of=self._as_of, hops=(), arrival_us=None, uses_date_only=False, hubs_not_crossed=hubs)
        excerpt = walk.excerpt(a, b, layers, best)
        start, goal = excerpt.nodes(np.array([a, b])).tolist()
        walls = excerpt.walls(self._bounds.hub_degree, np.array([start, goal]), crossed=include_hubs)
        search = TimedSearch(excerpt.generation, Selection.resolve(excerpt.generation, question), walls, int(strict))
        hops = timed_hops(excerpt.generation, search.find(start, goal, max_hops))
        return TimedPathAnswer(
            as_of=self._as_of,
            hops=hops,
            arrival_us=hops[-1].at_us,
            uses_date_only=any(not hop.time_known for hop in hops),
            hubs_not_crossed=hubs,
            null_amounts=sum(hop.amount_minor is None for hop in hops),
        )

    # --- surroundings -----------------------------------------------------------------------------------------------------

    def load_subgraph(
        self,
        keys: Sequence[int],
        *,
        hops: int = 1,
        direction: Direction = Direction.BOTH,
        since_us: int | None = None,
        until_us: int | None = None,
        min_minor: int | None = None,
        currency: str | None = None,
        max_entities: int = 500,
        include_hubs: bool = False,
    ) -> SubgraphAnswer:
        """See Network."""
        check_limit(max_entities)
        check_hops(hops)
        question = self._question(since_us, until_us, min_minor, currency)
        seeds = np.unique(np.array(keys, np.int64))
        if len(seeds) > max_entities:
            raise InputError(f"{len(seeds)} accounts to begin with, and at most {max_entities} asked for")
        kind = PaidExpedition if fits(question) else Expedition
        expedition = kind(self._reader, question, direction, self._bounds, hops, max_entities, include_hubs)
        walk = expedition.walk(seeds)
        entities, links, unexpanded, nulls = expedition.describe(walk)
        left_out, is_exact = self._bounds.left_out(walk.left_out)
        return SubgraphAnswer(
            as_of=self._as_of,
            entities=entities,
            links=links,
            hubs_not_expanded=unexpanded,
            left_out=left_out,
            left_out_is_exact=is_exact,
            null_amounts=nulls,
        )

    # --- marks and state --------------------------------------------------------------------------------------------------

    def write_marks(self, run_id: str, marks: pa.Table) -> MarksReport:
        """See Network."""
        check_marks(marks, self._facts.protection)
        self._state()
        written = write_marks(self._session, run_id, marks)
        return MarksReport(as_of=self._as_of, run_id=run_id, written=written, unknown=len(marks) - written)

    def status(self) -> NetworkStatus:
        """See Network."""
        state = self._state()
        _, counting = self._by_degree(self._bounds.hub_degree, state)
        hubs = int(self._session.read(counting, {"degree": self._bounds.hub_degree})[0]["n"])
        return describe(state, as_of=self._as_of, hubs=hubs, hub_degree=self._bounds.hub_degree)

    # --- pieces -----------------------------------------------------------------------------------------------------------

    def _state(self) -> Mapping[str, Any]:
        """What the database says of itself; NetworkError when it stands on other facts than this network."""
        row = self._session.ask(read_queries.STATE, {})
        return self._check(row and row["row"])

    def _check(self, state: Mapping[str, Any] | None) -> Mapping[str, Any]:
        if state is None or state.get("digest") != self._facts.digest:
            raise other_facts()
        return state

    def _question(
        self, since_us: int | None, until_us: int | None, min_minor: int | None, currency: str | None, order: Order = Order.NEWEST
    ) -> Filter:
        question = Filter(since_us, until_us, min_minor, currency)
        check_filter(question, self._currencies, order)
        return question

    def _by_degree(self, degree: int, state: Mapping[str, Any]) -> tuple[LiteralString, LiteralString]:
        """Statements that list and count accounts from a degree up: by their label where it says enough."""
        if degree >= (state.get("hub_degree") or NO_HUBS):
            return read_queries.HUBS, read_queries.COUNT_HUBS
        return read_queries.BUSIEST, read_queries.COUNT_BUSIEST

    def _accounts(self, text: LiteralString, counting: LiteralString, asked: Mapping[str, object], limit: int) -> AccountsAnswer:
        """Accounts of a statement that orders them, and how many it left out."""
        nodes = [row["row"] for row in self._session.read(text, {**asked, "most": limit})]
        found = len(nodes)
        if found == limit:
            found = int(self._session.read(counting, {**asked, "most": limit + self._bounds.counted + 1})[0]["n"])
        left_out, is_exact = self._bounds.left_out(found - len(nodes))
        state = self._state()  # last: what was read before belongs to it
        rows = account_rows(nodes, state.get("mark_names") or (), self._facts.protection, self._bounds.hub_degree)
        return AccountsAnswer(as_of=self._as_of, accounts=rows, left_out=left_out, left_out_is_exact=is_exact)
