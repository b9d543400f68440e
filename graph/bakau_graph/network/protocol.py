"""The typed operations every network answers alike, whatever lies beneath it; and what a network is built from.

We abstract over these operations, never over a query language. The exact meaning of each (windows, orders, limits, ties) is
written in ``docs/network.md`` and held by one contract suite, ``tests/contract/``, that runs on every implementation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bakau_graph.network.question import Direction, Order

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from bakau.protection import ProtectionSet
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


class Facts(Protocol):
    """What a network is built from; `bakau_graph.archive.Snapshot` is one."""

    @property
    def label(self) -> str:
        """How documents name the snapshot."""

    @property
    def digest(self) -> str:
        """The same facts give the same digest."""

    @property
    def protection(self) -> ProtectionSet:
        """Who may not carry a number."""

    def edges(self) -> pa.Table:
        """Every transfer: src_key, dst_key, ts_us, time_known, amount_minor, currency, transfer_id; sorted by (ts_us, transfer_id)."""

    def table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """The current view of a canonical table."""


class Network(Protocol):
    """The graph people walk. Keys are int64 account keys, times microseconds UTC, amounts minor units.

    All raise NotFoundError for an account the snapshot lacks and InputError for a question that makes no sense. A minimum, or the
    largest first, needs a `currency` when the network holds several. An answer never depends on chance or on earlier questions.
    """

    def find_accounts(self, text: str, *, limit: int = 20) -> AccountsAnswer:
        """Accounts whose id begins with `text` (``acc_`` and at least four characters), in order of id."""

    def load_account(self, account_key: int) -> AccountAnswer:
        """One account: codes, degree, marks, and what it received and sent."""

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
        """Who an account pays and is paid by: one row per other account and direction."""

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
        """Transfers from `a` to `b` (OUT), from `b` to `a` (IN), or both."""

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
        """Simple paths along the money from `a` to `b` (OUT), against it (IN) or ignoring direction (BOTH), in no order of time."""

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
        """The chain of transfers by which money from `a` can first have reached `b`: each no earlier than the one before."""

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
        """Accounts within `hops` of the seeds, nearest and newest first, at most `max_entities`, and what flows among them."""

    def hubs(self, limit: int = 100, *, min_degree: int | None = None) -> AccountsAnswer:
        """Accounts with the most transfers, from `min_degree` (the network's own threshold by default) up."""

    def write_marks(self, run_id: str, marks: pa.Table) -> MarksReport:
        """Replace the numbers shown on accounts. `marks`: account_key int64 and one int64 or string column per mark.

        Raises ProtectedError when a row is keyed to a protected account; an account protected later loses its marks.
        """

    def status(self) -> NetworkStatus:
        """What the network holds and which snapshot it stands on."""

    def close(self) -> None:
        """Let go of files and connections; nothing may be asked afterwards."""
