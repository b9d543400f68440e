"""The payments as arrays: read once from the table `flow`, in order of time, with accounts and currencies as small numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Self, TypeVar, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.columns import one_chunk
from bakau.times import DAY_US
from bakau_analytics.features.catalogue import load_steps
from bakau_analytics.features.kernels.marks import SPAN, Marks
from bakau_analytics.features.kernels.spans import FAR
from bakau_analytics.features.kernels.windows import DeclinedError, Frames, Grouped, load_series, place_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Places = npt.NDArray[np.int32]
    Flags = npt.NDArray[np.bool_]

Found = TypeVar("Found")

#: Up to so many payments: arrays take about 100 bytes each and do not spill, as DuckDB does; a default of ours. (Places have 32 bits.)
MOST_ROWS = 50_000_000


@dataclass(eq=False)
class Journal:
    """Payments known at the scored instant in order of (ts, known, amount): one entry a payment in every array.

    `keys` are account keys in their order by the numbers in `src` and `dst`, `currencies` codes in theirs by the numbers in `currency`.
    `amount` is 0 where none is stated.
    """

    keys: pa.Array
    currencies: pa.Array
    src: Places
    dst: Places
    ts: Ints
    is_timed: Flags
    amount: Ints
    is_stated: Flags
    currency: Places
    since_us: int
    as_of_us: int
    compiled: bool
    connection: duckdb.DuckDBPyConnection
    _found: dict[object, object] = field(default_factory=dict)

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection, *, compiled: bool) -> Self:
        """The journal of `flow` and `clock`. DeclinedError where it cannot be one: negative amounts, no currency, too many payments, or none."""
        [(since_us, as_of_us)] = connection.execute("SELECT since_us, as_of_us FROM clock").fetchall()
        [(count,)] = connection.execute("SELECT count(*) FROM flow").fetchall()
        if count > MOST_ROWS:
            raise DeclinedError
        sql = f"SELECT src, dst, ts_us, time_known, amount, currency FROM ({load_steps()['payment'].sql})"
        table = connection.sql(sql).to_arrow_table()
        if not len(table) or any(table[name].null_count for name in ("src", "dst", "ts_us", "time_known", "currency")):
            raise DeclinedError
        rows = {name: one_chunk(table[name]) for name in table.column_names}
        del table
        amount = rows["amount"].fill_null(0).to_numpy(zero_copy_only=False)
        if amount.min() < 0:
            raise DeclinedError
        ts, is_timed = rows["ts_us"].to_numpy(), rows["time_known"].to_numpy(zero_copy_only=False)
        order = _order(ts, is_timed, amount)
        ends = pa.concat_arrays([rows["src"], rows["dst"]]).dictionary_encode()
        keys, codes = _in_order(ends)
        currencies, currency = _in_order(rows["currency"].dictionary_encode())
        return cls(
            keys=keys, currencies=currencies,
            src=codes[: len(ts)][order], dst=codes[len(ts) :][order], ts=ts[order], is_timed=is_timed[order], amount=amount[order],
            is_stated=rows["amount"].is_valid().to_numpy(zero_copy_only=False)[order], currency=currency[order],
            since_us=since_us, as_of_us=as_of_us, compiled=compiled, connection=connection,
        )  # fmt: skip

    def once(self, find: Callable[[Journal], Found]) -> Found:
        """What `find` finds in this journal, the second time without looking."""
        if find not in self._found:
            self._found[find] = find(self)
        return cast("Found", self._found[find])

    def counts(self, rows: Places) -> Flags:
        """Which of these payments are of the scored period: known after its beginning."""
        return self.is_counted[rows]

    @cached_property
    def is_counted(self) -> Flags:
        """The same of every payment."""
        return self.ts + np.where(self.is_timed, 0, DAY_US - 1) > self.since_us

    def frames(self, rows: Places, begin: Ints) -> Frames:
        """The windows of a block of payments."""
        return Frames(self.ts[rows], begin)

    @cached_property
    def received(self) -> Grouped:
        """All payments by receiver."""
        return self._group(self.dst)

    @cached_property
    def sent(self) -> Grouped:
        """All payments by sender."""
        return self._group(self.src)

    @cached_property
    def pairs(self) -> Grouped:
        """All payments by sender and receiver."""
        return Grouped.of(self.then_by(self.received.rows, self.src), self.src, self.dst, compiled=self.compiled)

    @cached_property
    def pairs_by_currency(self) -> Grouped:
        """All payments by sender, receiver and currency."""
        return self.pairs.split(self.currency[self.pairs.rows], len(self.currencies))

    @cached_property
    def sides(self) -> Grouped:
        """All payments seen from both ends, by account: twice the place, plus 1 when seen from the sender."""
        return self._group(self.owners)

    @cached_property
    def sides_by_currency(self) -> Grouped:
        """The same by account and currency."""
        currency = np.repeat(self.currency, 2)
        by_currency = self.then_by(np.arange(len(currency), dtype=np.int32), currency)
        return Grouped.of(self.then_by(by_currency, self.owners), self.owners, currency, compiled=self.compiled)

    @cached_property
    def recent_pairs(self) -> Grouped:
        """The payments of the last 90 days by sender and receiver."""
        return self.pairs.keep(self.ts[self.pairs.rows] > self.as_of_us - SPAN)

    @cached_property
    def rungs(self) -> Places:
        """Of each payment the number of its currency and amount, in their order; -1 where none is stated."""
        found = np.full(len(self.ts), -1, np.int32)
        found[self.amounts.rows] = np.repeat(np.arange(len(self.amounts.begin) - 1, dtype=np.int32), np.diff(self.amounts.begin))
        return found

    @cached_property
    def amounts(self) -> Grouped:
        """The payments that state an amount, by currency and amount."""
        stated = np.flatnonzero(self.is_stated).astype(np.int32)
        rows = self.then_by(stated[np.argsort(self.amount[stated])], self.currency)
        return Grouped.of(rows, self.currency, self.amount, compiled=self.compiled)

    def then_by(self, rows: Places, code: Places) -> Places:
        """Rows in order of a code, equal ones as they stand."""
        bins = max(len(self.keys), len(self.currencies))
        return place_rows(rows, code, bins, compiled=self.compiled)

    def _group(self, code: Places) -> Grouped:
        """All rows by this code."""
        return Grouped.of(self.then_by(np.arange(len(code), dtype=np.int32), code), code, compiled=self.compiled)

    @cached_property
    def marks(self) -> Marks:
        """What else is known of the payments of the last 90 days."""
        return Marks.read(self.connection, self.keys, self.as_of_us)

    @cached_property
    def owners(self) -> Places:
        """Of each payment the receiver, then the sender."""
        return np.column_stack((self.dst, self.src)).ravel()

    @cached_property
    def gaps(self) -> tuple[Ints, Ints]:
        """Of each payment the time since the one before, and until the one after, between the same two accounts; FAR when there is none."""
        pairs = self.pairs
        before, after = np.full(len(self.ts), FAR), np.full(len(self.ts), FAR)
        if self.compiled:
            load_series().find_gaps(pairs.rows, pairs.begin, self.ts, before, after)
            return before, after
        gap = np.diff(self.ts[pairs.rows])
        inside = np.ones(len(self.ts), np.bool_)
        inside[pairs.begin[:-1]] = False
        before[pairs.rows[1:][inside[1:]]] = gap[inside[1:]]
        after[pairs.rows[:-1][inside[1:]]] = gap[inside[1:]]
        return before, after


def _in_order(words: pa.DictionaryArray) -> tuple[pa.Array, Places]:
    """The words in their order, and of each entry the number of its word."""
    by_word = pc.sort_indices(words.dictionary).to_numpy()
    rank = np.empty(len(by_word), np.int32)
    rank[by_word] = np.arange(len(by_word), dtype=np.int32)
    return words.dictionary.take(pa.array(by_word)), rank[words.indices.to_numpy()]


def _order(ts: Ints, is_timed: Flags, amount: Ints) -> Ints:
    """Places in order of (ts, known, amount). Amounts are looked at only where several payments are at one instant."""
    instant = ts * 2 + ~is_timed
    order = np.argsort(instant, kind="stable")
    at = instant[order]
    again = at[1:] == at[:-1]
    tied = np.flatnonzero(np.concatenate((again, [False])) | np.concatenate(([False], again)))
    order[tied] = order[tied][np.lexsort((amount[order[tied]], at[tied]))]
    return order
