"""The embedded implementation of the protocol: arrays of one generation, seen with the protection of one snapshot."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau.compiled import has_numba
from bakau.errors import InputError
from bakau_graph.embedded import neighbours as near
from bakau_graph.embedded import store
from bakau_graph.embedded.generation import NO_AMOUNT
from bakau_graph.embedded.marks import check_marks, read_marks, write_marks_file
from bakau_graph.embedded.path_rows import path_rows, timed_hops
from bakau_graph.embedded.paths import PathSearch
from bakau_graph.embedded.search import degrees, describe, find_node, find_nodes, prefix_range
from bakau_graph.embedded.selection import Selection
from bakau_graph.embedded.subgraph import Expedition, entity_rows, link_rows
from bakau_graph.embedded.sums import sum_all
from bakau_graph.embedded.timed_path import TimedSearch
from bakau_graph.embedded.walk import Ground, Met, NumpyWalker, Terrain
from bakau_graph.network.answers import (
    AccountAnswer,
    AccountsAnswer,
    CurrencyCount,
    MarksReport,
    NeighboursAnswer,
    NetworkStatus,
    PathsAnswer,
    SubgraphAnswer,
    TimedPathAnswer,
    TransfersAnswer,
)
from bakau_graph.network.question import (
    Bounds,
    Direction,
    Filter,
    Order,
    check_ends,
    check_filter,
    check_hops,
    check_limit,
    check_prefix,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from bakau_graph.embedded.generation import Generation
    from bakau_graph.embedded.walk import Walker
    from bakau_graph.network.answers import AccountRow
    from bakau_graph.network.protocol import Facts

    Ints = npt.NDArray[np.int64]

#: Windows whose lists are kept; a window is narrow when it holds at most one in so many of all transfers. Defaults of ours, measured.
_WINDOWS, _NARROW = 4, 4

#: Transfers from which numba is loaded unasked: it takes a second and 140 MB, to save a millisecond or two per question at 2 M.
_WORTH_COMPILING = 10_000_000


def choose_walker(*, compiled: bool | None, transfers: int = 0) -> Walker:
    """The compiled loops when asked for, or when numba is installed and there are so many transfers that loading it pays; else NumPy's."""
    if compiled is None:
        compiled = transfers >= _WORTH_COMPILING and has_numba()
    if not compiled:
        return NumpyWalker()
    from bakau_graph.embedded.walk_numba import NumbaWalker

    return NumbaWalker()


class EmbeddedNetwork:
    """Network over memory-mapped arrays; see the protocol for every operation. Safe to use from several threads."""

    def __init__(
        self, generation: Generation, facts: Facts, folder: Path, *, bounds: Bounds | None = None, compiled: bool | None = None
    ) -> None:
        self._generation, self._facts, self._folder = generation, facts, folder
        self._as_of, self._bounds, self._compiled = facts.label, bounds or Bounds(), compiled
        self._walker: Walker | None = None
        self._hubs = degrees(generation) >= self._bounds.hub_degree
        self._ground = Ground.of(generation.outgoing, generation.incoming, self._bounds.per_account)
        #: Windows walked in of late, oldest first: None after the first walk, the lists of that window alone from the second on.
        self._windows: dict[tuple[int, int], Ground | None] = {}
        #: Cleared memory of earlier walks; a thread takes one out and puts it back, so no two walks share one.
        self._spare: list[Met] = []
        self._marks = read_marks(folder, facts.protection)

    @classmethod
    def open(cls, folder: Path, facts: Facts, *, bounds: Bounds | None = None, compiled: bool | None = None) -> EmbeddedNetwork:
        """Open the generation of these facts in a workspace's network folder; build it first when it is not there."""
        generation, _ = store.open_generation(folder, facts)
        return cls(generation, facts, folder, bounds=bounds, compiled=compiled)

    # --- accounts ---------------------------------------------------------------------------------------------------------

    def find_accounts(self, text: str, *, limit: int = 20) -> AccountsAnswer:
        """See Network."""
        check_limit(limit)
        begin, end = prefix_range(self._generation, check_prefix(text))
        return self._accounts(np.arange(begin, min(end, begin + limit)), end - begin)

    def load_account(self, account_key: int) -> AccountAnswer:
        """See Network."""
        node = find_node(self._generation, account_key)
        every = (0, self._generation.transfer_count)
        sides = [side.edges_of(node, side.span(node, every)) for side in (self._generation.incoming, self._generation.outgoing)]
        received, sent = (sum_all(self._generation, edges) for edges in sides)
        return AccountAnswer(
            as_of=self._as_of,
            account=self._describe(np.array([node]))[0],
            received=received,
            sent=sent,
            null_amounts=sum(each.null_amounts for each in (*received, *sent)),
        )

    def hubs(self, limit: int = 100, *, min_degree: int | None = None) -> AccountsAnswer:
        """See Network."""
        check_limit(limit)
        degree = degrees(self._generation)
        nodes = np.flatnonzero(degree >= (self._bounds.hub_degree if min_degree is None else min_degree))
        return self._accounts(nodes[np.argsort(-degree[nodes], kind="stable")[:limit]], len(nodes))

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
        question = Filter(since_us, until_us, min_minor, currency)
        selection = self._select(question, order)
        node = find_node(self._generation, account_key)
        examined = None if question.asks_for_value or order is Order.LARGEST else self._bounds.examined
        asked = [each for each in (Direction.IN, Direction.OUT) if direction in (each, Direction.BOTH)]
        sides = [near.read_side(self._generation, node, each, selection, examined=examined) for each in asked]
        found, unseen = sum(len(side.other) for side in sides), sum(side.not_examined for side in sides)
        left_out, is_exact = self._bounds.left_out(found - limit)
        return NeighboursAnswer(
            as_of=self._as_of,
            neighbours=near.neighbour_rows(self._generation, near.rank(self._generation, sides, order, limit), self._hubs),
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
        selection = self._select(Filter(since_us, until_us, min_minor, currency), order)
        first, second = (find_node(self._generation, key) for key in (a, b))
        ways = [(first, second)] if direction.includes_out else []
        ways += [(second, first)] if direction.includes_in else []
        edges = np.unique(np.concatenate([near.edges_between(self._generation, *way, selection.window) for way in ways]))
        fit = edges[selection.fits(self._generation, edges)]
        left_out, is_exact = self._bounds.left_out(len(fit) - limit)
        return TransfersAnswer(
            as_of=self._as_of,
            transfers=near.transfer_rows(self._generation, near.order_edges(self._generation, fit, order)[:limit]),
            left_out=left_out,
            left_out_is_exact=is_exact,
            null_amounts=selection.count_nulls(self._generation, edges),
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
        selection = self._select(Filter(since_us, until_us, min_minor, currency))
        start, goal = (find_node(self._generation, key) for key in (a, b))
        search = PathSearch(
            self._generation, selection, direction, self._walls((start, goal), crossed=include_hubs), self._bounds.path_steps
        )
        found, more, is_complete = search.collect(start, goal, max_hops, limit, self._bounds.counted)
        left_out, is_exact = self._bounds.left_out(more)
        paths, nulls = path_rows(self._generation, found, direction, selection)
        return PathsAnswer(
            as_of=self._as_of,
            paths=paths,
            hubs_not_crossed=search.count_walls(start, goal, max_hops),
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
        selection = self._select(Filter(since_us, until_us, min_minor, currency))
        start, goal = (find_node(self._generation, key) for key in (a, b))
        walls = self._walls((start, goal), crossed=include_hubs)
        path = TimedSearch(self._generation, selection, walls, int(strict)).find(start, goal, max_hops)
        hops = timed_hops(self._generation, path)
        return TimedPathAnswer(
            as_of=self._as_of,
            hops=hops,
            arrival_us=hops[-1].at_us if hops else None,
            uses_date_only=any(not hop.time_known for hop in hops),
            hubs_not_crossed=path.walls_met,
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
        selection = self._select(Filter(since_us, until_us, min_minor, currency))
        seeds = find_nodes(self._generation, keys)
        seeds = np.unique(seeds) if len(seeds) > 1 else seeds
        if len(seeds) > max_entities:
            raise InputError(f"{len(seeds)} accounts to begin with, and at most {max_entities} asked for")
        self._walker = self._walker or choose_walker(compiled=self._compiled, transfers=self._generation.transfer_count)
        terrain = self._terrain(selection, direction)
        expedition = Expedition(self._walker, terrain, hops, max_entities, self._bounds.counted, self._hubs, include_hubs=include_hubs)
        with self._memory() as met:
            walk, among = expedition.explore(seeds, met)
        entities, unexpanded = entity_rows(expedition, walk, among)
        fit = None if selection.takes_all else selection.fits(self._generation, among.edges)
        left_out, is_exact = self._bounds.left_out(walk.left_out)
        return SubgraphAnswer(
            as_of=self._as_of,
            entities=entities,
            links=link_rows(self._generation, walk.nodes, among, fit, walker=self._walker),
            hubs_not_expanded=unexpanded,
            left_out=left_out,
            left_out_is_exact=is_exact,
            null_amounts=selection.count_nulls(self._generation, among.edges),
        )

    # --- marks and state --------------------------------------------------------------------------------------------------

    def write_marks(self, run_id: str, marks: pa.Table) -> MarksReport:
        """See Network."""
        check_marks(marks, self._facts.protection)
        known = np.isin(marks["account_key"].to_numpy(), self._generation.key)
        with store.build_lock(self._folder):
            write_marks_file(self._folder, run_id, marks.filter(pa.array(known)))
        self._marks = read_marks(self._folder, self._facts.protection)
        written = int(np.count_nonzero(known))
        return MarksReport(as_of=self._as_of, run_id=run_id, written=written, unknown=len(marks) - written)

    def status(self) -> NetworkStatus:
        """See Network."""
        generation = self._generation
        count = len(generation.currencies)
        transfers = np.bincount(generation.currency, minlength=count)
        nulls = np.bincount(generation.currency[generation.amount == NO_AMOUNT], minlength=count)
        run_id, marks = self._marks
        return NetworkStatus(
            as_of=self._as_of,
            implementation="embedded",
            digest=generation.digest,
            accounts=generation.account_count,
            transfers=generation.transfer_count,
            hubs=int(np.count_nonzero(self._hubs)),
            hub_degree=self._bounds.hub_degree,
            currencies=tuple(
                CurrencyCount(currency=code, transfers=int(transfers[at]), null_amounts=int(nulls[at]))
                for at, code in enumerate(generation.currencies)
            ),
            first_us=int(generation.ts[0]) if generation.transfer_count else None,
            last_us=int(generation.ts[-1]) if generation.transfer_count else None,
            size_bytes=sum(values.nbytes for values in generation.arrays().values()) + generation.accounts.nbytes,
            built_us=generation.built_us,
            is_loading=False,
            marks_run_id=run_id,
            marked_accounts=len(marks),
            null_amounts=int(nulls.sum()),
        )

    def close(self) -> None:
        """See Network. Maps of memory go with the last reference."""

    # --- pieces -----------------------------------------------------------------------------------------------------------

    @contextmanager
    def _memory(self) -> Iterator[Met]:
        """Memory for one walk, cleared; given back for the next unless the walk failed."""
        try:
            met = self._spare.pop()
        except IndexError:
            met = Met.nobody(self._generation.account_count)
        yield met
        self._spare.append(met)

    def _terrain(self, selection: Selection, direction: Direction) -> Terrain:
        """The terrain of a walk. Who asks about a window again, as everybody does who works on a chart, gets the lists of that window alone."""
        generation, window, whole = self._generation, selection.window, (0, self._generation.transfer_count)
        if (window[1] - window[0]) * _NARROW > generation.transfer_count:
            return Terrain(generation, self._ground, window, selection, direction, self._bounds.per_account)
        again = window in self._windows
        ground = self._windows.pop(window, None)
        if again and ground is None:
            ground = Ground.narrow(generation, window, self._bounds.per_account)
        self._windows[window] = ground
        for oldest in list(self._windows)[:-_WINDOWS]:
            self._windows.pop(oldest, None)
        return Terrain(generation, ground or self._ground, whole if ground else window, selection, direction, self._bounds.per_account)

    def _walls(self, ends: tuple[int, int], *, crossed: bool) -> npt.NDArray[np.bool_]:
        """What a path between the ends does not pass through: the hubs, unless they are crossed."""
        walls = np.zeros_like(self._hubs) if crossed else self._hubs.copy()
        walls[list(ends)] = False
        return walls

    def _select(self, question: Filter, order: Order = Order.NEWEST) -> Selection:
        check_filter(question, self._generation.currencies, order)
        return Selection.resolve(self._generation, question)

    def _describe(self, nodes: Ints) -> tuple[AccountRow, ...]:
        return describe(self._generation, nodes, self._marks[1], self._bounds.hub_degree)

    def _accounts(self, nodes: Ints, found: int) -> AccountsAnswer:
        left_out, is_exact = self._bounds.left_out(found - len(nodes))
        return AccountsAnswer(as_of=self._as_of, accounts=self._describe(nodes), left_out=left_out, left_out_is_exact=is_exact)
