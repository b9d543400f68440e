"""What a network answers: frozen dataclasses that hold rows or small Arrow tables, and say what they stand on.

Every answer carries `as_of` (label of the snapshot), `left_out` (rows that fit the question but not the limit; exact when
`left_out_is_exact`, else at least that many) and `null_amounts` (transfers among those looked at whose source states no amount).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.model import TRANSFER_ID

if TYPE_CHECKING:
    from bakau_graph.network.question import Direction

#: One transfer per row. `amount_minor` is null when the source states none; `time_known` is false for a date alone.
TRANSFERS = pa.schema(
    {
        "transfer_id": TRANSFER_ID,
        "src_key": pa.int64(),
        "src_id": pa.string(),
        "dst_key": pa.int64(),
        "dst_id": pa.string(),
        "ts_us": pa.int64(),
        "time_known": pa.bool_(),
        "amount_minor": pa.int64(),
        "currency": pa.string(),
    }
)

#: One account of a subgraph per row. `distance` in hops from the nearest seed; `is_expanded`: were its own transfers followed?
#: `not_examined`: its transfers in the window beyond the newest that are looked at.
ENTITIES = pa.schema(
    {
        "account_key": pa.int64(),
        "account_id": pa.string(),
        "kind": pa.string(),
        "distance": pa.int64(),
        "is_hub": pa.bool_(),
        "is_expanded": pa.bool_(),
        "not_examined": pa.int64(),
    }
)

#: One row per ordered pair of accounts and currency. `sum_minor` and `max_minor` are null when no transfer states an amount,
#: `sum_minor` also when it leaves 64 bits. `is_partial`: both ends have transfers that were not looked at.
LINKS = pa.schema(
    {
        "src_key": pa.int64(),
        "dst_key": pa.int64(),
        "currency": pa.string(),
        "n": pa.int64(),
        "sum_minor": pa.int64(),
        "max_minor": pa.int64(),
        "null_amounts": pa.int64(),
        "first_us": pa.int64(),
        "last_us": pa.int64(),
        "is_partial": pa.bool_(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What every answer says about itself."""

    as_of: str
    left_out: int = 0
    left_out_is_exact: bool = True
    null_amounts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencySum:
    """Transfers of one currency taken together. `sum_minor` counts stated amounts only; `max_minor` is None when none is stated."""

    currency: str
    transfers: int
    sum_minor: int
    max_minor: int | None
    null_amounts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """An account as the network knows it: surrogate, codes, degree, and the numbers `write_marks` put on it (name, value)."""

    account_key: int
    account_id: str
    kind: str | None
    institution_id: str | None
    country: str | None
    currency: str | None
    opened_us: int | None
    status: str | None
    stub: bool
    transfers_in: int
    transfers_out: int
    is_hub: bool
    first_us: int | None
    last_us: int | None
    marks: tuple[tuple[str, int | str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsAnswer(Answer):
    """Accounts found by a beginning of their id (in order of id) or by their degree (hubs, largest degree first)."""

    accounts: tuple[AccountRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAnswer(Answer):
    """One account with what it received and sent, per currency in order of code."""

    account: AccountRow
    received: tuple[CurrencySum, ...]
    sent: tuple[CurrencySum, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourRow:
    """An account on the other end of transfers, in one direction seen from the account asked about.

    `newest` are the ids of its newest transfers in this direction, newest first, at most NEWEST_SHOWN.
    """

    account_key: int
    account_id: str
    direction: Direction
    transfers: int
    sums: tuple[CurrencySum, ...]
    first_us: int
    last_us: int
    newest: tuple[bytes, ...]
    is_hub: bool


#: How many transfer ids a neighbour carries.
NEWEST_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighboursAnswer(Answer):
    """Neighbours of an account. `left_out` counts neighbour rows; `not_examined` transfers of the window that were not looked at."""

    neighbours: tuple[NeighbourRow, ...]
    not_examined: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TransfersAnswer(Answer):
    """Transfers as a table of schema TRANSFERS."""

    transfers: pa.Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One step of a path: transfers from one account to the next (`forward`), and back where the question ignored direction."""

    src_key: int
    dst_key: int
    forward: tuple[CurrencySum, ...]
    backward: tuple[CurrencySum, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A simple path: its accounts from start to end, and what happened between each two."""

    account_keys: tuple[int, ...]
    account_ids: tuple[str, ...]
    hops: tuple[Hop, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PathsAnswer(Answer):
    """Paths, shortest first, then in order of account ids. `hubs_not_crossed` counts hubs that were met and not passed through.

    `is_complete` is false when the search stopped early: paths may be missing, `left_out` is then a lower bound.
    """

    paths: tuple[Path, ...]
    hubs_not_crossed: int
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedHop:
    """One transfer of a time-respecting path; `at_us` is the earliest instant at which the money can have moved on."""

    transfer_id: bytes
    src_key: int
    src_id: str
    dst_key: int
    dst_id: str
    ts_us: int
    time_known: bool
    at_us: int
    amount_minor: int | None
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedPathAnswer(Answer):
    """The time-respecting path with the earliest arrival; no hops and no arrival when there is none.

    `uses_date_only`: a transfer on it has no time of day, so the order within that day is possible, not known.
    """

    hops: tuple[TimedHop, ...]
    arrival_us: int | None
    uses_date_only: bool
    hubs_not_crossed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgraphAnswer(Answer):
    """Accounts around seeds (schema ENTITIES: by distance, then newest link first) and what flows among them (schema LINKS).

    `left_out` counts accounts; `hubs_not_expanded` hubs among the entities whose transfers were not followed.
    """

    entities: pa.Table
    links: pa.Table
    hubs_not_expanded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MarksReport(Answer):
    """What `write_marks` did: accounts marked, and rows whose account is not in the network."""

    run_id: str
    written: int
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyCount:
    """How many transfers of a currency the network holds, and how many of them state no amount."""

    currency: str
    transfers: int
    null_amounts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkStatus(Answer):
    """What a network holds. `is_loading` when a batch is being brought in; `marks_run_id` names the run its marks come from."""

    implementation: str
    digest: str
    accounts: int
    transfers: int
    hubs: int
    hub_degree: int
    currencies: tuple[CurrencyCount, ...]
    first_us: int | None
    last_us: int | None
    size_bytes: int
    built_us: int
    is_loading: bool
    marks_run_id: str | None
    marked_accounts: int
