"""From account to account: neighbours within a window, and paths. Protected accounts are counted, never named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau.errors import InputError, RefusedError
from bakau.money import to_minor
from bakau.times import format_us
from bakau_casework.view import Declaration, Draft, Shown, account_id, count, flag, nested, text
from bakau_graph.network import Direction, Order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bakau_casework.reading import Reading
    from bakau_graph.network.answers import CurrencySum, NeighbourRow, NeighboursAnswer, Path, PathsAnswer, TimedHop, TimedPathAnswer

_MARKING = text("", "").marking
_SUM = {"currency": pa.string(), "transfers": pa.int64(), "sum_minor": pa.int64(), "max_minor": pa.int64(), "null_amounts": pa.int64()}
_HOP = {
    "src_id": pa.string(), "dst_id": pa.string(), "transfers": pa.int64(), "sums": pa.list_(pa.struct([pa.field(*pair) for pair in _SUM.items()])),
    "transfer_id": pa.string(), "time": pa.string(), "amount_minor": pa.int64(), "currency": pa.string(),
}  # fmt: skip

NEIGHBOURS = Declaration(
    "neighbours",
    "Who an account pays and is paid by: one row per other account and direction.",
    "neighbours",
    (
        account_id("id", "the other account"),
        text("direction", "in: it pays the account asked about; out: it is paid"),
        count("transfers", "transfers in the window"),
        nested("sums", "per currency; sum_minor counts stated amounts only", _SUM),
        text("first_ts", "first transfer, ISO 8601 in UTC"),
        text("last_ts", "last transfer"),
        flag("is_hub", "so many transfers that searches do not cross it"),
        text("age_state", "adult_known, or age_unknown: establish before naming"),
        Shown("newest", pa.list_(pa.string()), "ids of its newest transfers, hexadecimal", _MARKING),
    ),
    (
        account_id("account_id", "the account asked about"),
        count("protected_accounts", "neighbours that are protected: counted, never named"),
        count("protected_transfers", "transfers with them"),
        count("left_out", "neighbour rows beyond the limit"),
        flag("left_out_is_exact", "false: at least so many"),
        count("not_examined", "older transfers of the window that were not looked at"),
        count("null_amounts", "transfers whose source states no amount"),
    ),
)

PATHS = Declaration(
    "path",
    "Paths of money between two accounts: any order of time shortest first, or the time-respecting one with the earliest arrival.",
    "paths",
    (
        Shown("account_ids", pa.list_(pa.string()), "accounts from start to end; null for a protected one", _MARKING, holds_ids=True),
        count("protected", "protected accounts on it: counted, never named"),
        nested(
            "hops",
            "what happened between each two; a hop that touches a protected account says only how many transfers",
            _HOP,
            holds_ids=True,
        ),
    ),
    (
        account_id("from_id", "start"),
        account_id("to_id", "end"),
        flag("is_time_respecting", "each transfer no earlier than the one before"),
        flag("uses_date_only", "a transfer on it has no time of day: the order within that day is possible, not known"),
        count("hubs_not_crossed", "hubs that were met and not passed through"),
        flag("is_complete", "false: the search stopped early, paths may be missing"),
        count("left_out", "paths beyond the limit"),
        flag("left_out_is_exact", "false: at least so many"),
    ),
)


@dataclass(frozen=True, slots=True)
class Window:
    """Which neighbours are asked for. `min_amount` in major units of `currency` (or of the only currency there is)."""

    direction: str = "both"
    since_us: int | None = None
    until_us: int | None = None
    min_amount: str | None = None
    currency: str | None = None
    limit: int = 50
    order: str = "newest"


def show_neighbours(reading: Reading, account: str, window: Window) -> Draft:
    """The draft of NEIGHBOURS for an account id or unique prefix."""
    key = open_end(reading, account)
    answer = ask_neighbours(reading, key, window)
    keys = np.array([row.account_key for row in answer.neighbours], dtype=np.int64)
    hidden = reading.protection.is_protected(keys)
    states = reading.protection.states_of(keys)
    rows = [_neighbour(row, str(state)) for row, state, is_hidden in zip(answer.neighbours, states, hidden, strict=True) if not is_hidden]
    asked = id_of(reading, key)
    facts = {
        "account_id": asked,
        "protected_accounts": len(np.unique(keys[hidden])),
        "protected_transfers": sum(row.transfers for row, is_hidden in zip(answer.neighbours, hidden, strict=True) if is_hidden),
        "left_out": answer.left_out,
        "left_out_is_exact": answer.left_out_is_exact,
        "not_examined": answer.not_examined,
        "null_amounts": answer.null_amounts,
    }
    return Draft(pa.Table.from_pylist(rows, NEIGHBOURS.arrow_schema), facts, (asked,))


def ask_neighbours(reading: Reading, key: int, window: Window) -> NeighboursAnswer:
    """What the network answers, the protected neighbours included: whoever asks sets them apart."""
    return reading.network.neighbours(
        key,
        direction=Direction(window.direction),
        since_us=window.since_us,
        until_us=window.until_us,
        min_minor=min_minor_of(reading, window),
        currency=window.currency,
        limit=window.limit,
        order=Order(window.order),
    )


def open_end(reading: Reading, account: str) -> int:
    """The key of an account whose surroundings may be shown; RefusedError when it is protected."""
    key = reading.directory.key_of(account)
    if bool(reading.protection.is_protected(np.array([key]))[0]):
        raise RefusedError(
            "this account is protected: its surroundings are not shown", hint="a referral begins with the authority, not with the account"
        )
    return key


def id_of(reading: Reading, key: int) -> str:
    """The account's surrogate."""
    return str(reading.directory.ids_of(np.array([key]))[0].as_py())


def min_minor_of(reading: Reading, window: Window) -> int | None:
    """The window's minimum in minor units; InputError when it means nothing across several currencies."""
    if window.min_amount is None:
        return None
    known = [one.currency for one in reading.network.status().currencies]
    if window.currency is None and len(known) > 1:
        raise InputError("a minimum means nothing across several currencies", hint="--currency, one of " + ", ".join(sorted(known)[:8]))
    return to_minor(window.min_amount, window.currency or (known[0] if known else "XXX"))


def _sums(sums: Iterable[CurrencySum]) -> list[dict[str, object]]:
    return [
        {
            "currency": s.currency,
            "transfers": s.transfers,
            "sum_minor": s.sum_minor,
            "max_minor": s.max_minor,
            "null_amounts": s.null_amounts,
        }
        for s in sums
    ]


def _neighbour(row: NeighbourRow, state: str) -> dict[str, object]:
    return {
        "id": row.account_id,
        "direction": str(row.direction),
        "transfers": row.transfers,
        "sums": _sums(row.sums),
        "first_ts": format_us(row.first_us),
        "last_ts": format_us(row.last_us),
        "is_hub": row.is_hub,
        "age_state": state,
        "newest": [transfer_id.hex() for transfer_id in row.newest],
    }


def show_paths(reading: Reading, a: str, b: str, *, time_respecting: bool, max_hops: int, limit: int) -> Draft:
    """The draft of PATHS between two accounts given by id or unique prefix."""
    start, end = open_end(reading, a), open_end(reading, b)
    if time_respecting:
        rows, facts = _timed(reading, reading.network.find_time_respecting_path(start, end, max_hops=max_hops))
    else:
        rows, facts = _untimed(reading, reading.network.find_paths(start, end, max_hops=max_hops, limit=limit))
    ends = (id_of(reading, start), id_of(reading, end))
    frame = {"from_id": ends[0], "to_id": ends[1], "is_time_respecting": time_respecting}
    return Draft(pa.Table.from_pylist(rows, PATHS.arrow_schema), {**frame, **facts}, ends)


def _untimed(reading: Reading, answer: PathsAnswer) -> tuple[list[dict[str, object]], Mapping[str, object]]:
    facts = {
        "uses_date_only": False,
        "hubs_not_crossed": answer.hubs_not_crossed,
        "is_complete": answer.is_complete,
        "left_out": answer.left_out,
        "left_out_is_exact": answer.left_out_is_exact,
    }
    return [_path(reading, path) for path in answer.paths], facts


def _path(reading: Reading, path: Path) -> dict[str, object]:
    names = names_of(reading, path.account_keys, path.account_ids)
    hops: list[dict[str, object]] = []
    for hop in path.hops:
        src, dst = names[hop.src_key], names[hop.dst_key]
        seen = None not in (src, dst)
        hops.append(
            {
                "src_id": src, "dst_id": dst, "transfers": sum(one.transfers for one in hop.forward), "sums": _sums(hop.forward) if seen else [],
                "transfer_id": None, "time": None, "amount_minor": None, "currency": None,
            }
        )  # fmt: skip
    return _row(names, path.account_keys, hops)


def _timed(reading: Reading, answer: TimedPathAnswer) -> tuple[list[dict[str, object]], Mapping[str, object]]:
    facts = {
        "uses_date_only": answer.uses_date_only,
        "hubs_not_crossed": answer.hubs_not_crossed,
        "is_complete": True,
        "left_out": answer.left_out,
        "left_out_is_exact": answer.left_out_is_exact,
    }
    if not answer.hops:
        return [], facts
    keys = (answer.hops[0].src_key, *(hop.dst_key for hop in answer.hops))
    names = names_of(reading, keys, (answer.hops[0].src_id, *(hop.dst_id for hop in answer.hops)))
    return [_row(names, keys, [timed_hop(hop, names) for hop in answer.hops])], facts


def timed_hop(hop: TimedHop, names: Mapping[int, str | None]) -> dict[str, object]:
    """One transfer of a time-respecting path; of one that touches a protected account nothing but that there is one."""
    src, dst = names[hop.src_key], names[hop.dst_key]
    seen = None not in (src, dst)
    return {
        "src_id": src,
        "dst_id": dst,
        "transfers": 1,
        "sums": [],
        "transfer_id": hop.transfer_id.hex() if seen else None,
        "time": format_us(hop.ts_us, time_known=hop.time_known) if seen else None,
        "amount_minor": hop.amount_minor if seen else None,
        "currency": hop.currency if seen else None,
    }


def names_of(reading: Reading, keys: Sequence[int], ids: Sequence[str]) -> dict[int, str | None]:
    """Which surrogate each of these accounts is shown under; None for a protected one."""
    hidden = reading.protection.is_protected(np.array(keys, dtype=np.int64))
    return {key: None if is_hidden else name for key, name, is_hidden in zip(keys, ids, hidden, strict=True)}


def _row(names: Mapping[int, str | None], keys: Sequence[int], hops: list[dict[str, object]]) -> dict[str, object]:
    listed = [names[key] for key in keys]
    return {"account_ids": listed, "protected": listed.count(None), "hops": hops}
