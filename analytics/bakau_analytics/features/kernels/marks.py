"""What else is known of the payments of the last 90 days, as arrays: hours, channels, countries, outlets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.columns import one_chunk
from bakau.times import DAY_US
from bakau_analytics.features.catalogue import load_steps
from bakau_analytics.features.kernels.spans import PPM
from bakau_analytics.features.kernels.windows import DeclinedError

if TYPE_CHECKING:
    import duckdb
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Places = npt.NDArray[np.int32]
    Flags = npt.NDArray[np.bool_]

#: How long "recent" is.
SPAN = 90 * DAY_US
_COLUMNS = "src, dst, local_hour, amount, channel, src_country, dst_country, src_outlet, dst_outlet"


@dataclass(eq=False)
class Marks:
    """The payments of the last 90 days seen from both ends, first from all receivers, then from all senders.

    `side` is twice the account's number, plus 1 when seen from the sender. What is not known is -1; words are numbers.
    """

    side: Ints
    sides: int
    hour: Ints
    amount: Ints
    channel: Places
    channels: list[str]
    far: Places
    near: Places
    outlet: Places

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection, keys: pa.Array, as_of_us: int) -> Self:
        """Those of the table `flow` between accounts with these keys, in their order. DeclinedError when there is none."""
        sql = f"SELECT {_COLUMNS} FROM ({load_steps()['payment'].sql}) WHERE ts_us > {as_of_us - SPAN}"
        table = connection.sql(sql).to_arrow_table()
        if not len(table):
            raise DeclinedError
        rows = {name: one_chunk(table[name]) for name in table.column_names}
        del table
        src, dst = (pc.index_in(rows[end], value_set=keys).to_numpy().astype(np.int64) for end in ("src", "dst"))
        hour, amount = (
            np.tile(pc.fill_null(rows[name], -1).to_numpy().astype(np.int64, copy=False), 2) for name in ("local_hour", "amount")
        )
        channels, channel = _number(rows["channel"])
        _, far = _number(rows["src_country"], rows["dst_country"])
        _, outlet = _number(rows["dst_outlet"], rows["src_outlet"])
        near = np.concatenate((far[len(src) :], far[: len(src)]))
        side = np.concatenate((dst * 2, src * 2 + 1))
        return cls(side, 2 * len(keys), hour, amount, np.tile(channel, 2), channels, far, near, outlet)

    def count(self, use: Flags) -> Ints:
        """Of each account and direction the payments in use."""
        return np.bincount(self.side[use], minlength=self.sides)

    def distinct(self, words: Places, use: Flags) -> Ints:
        """Of each account and direction how many different words the payments in use have."""
        return np.bincount(self._uses(words, use)[0], minlength=self.sides)

    def commonest_ppm(self, words: Places) -> tuple[Ints, Ints]:
        """The accounts and directions of which a word is known, in order, and the share of the commonest one. DeclinedError without any."""
        side, n = self._uses(words, words >= 0)
        begin = np.flatnonzero(np.diff(side, prepend=-1))
        if not len(begin):
            raise DeclinedError
        return side[begin], np.maximum.reduceat(n, begin) * PPM // np.add.reduceat(n, begin)

    def _uses(self, words: Places, use: Flags) -> tuple[Ints, Ints]:
        """The account and direction of each different word, in order, and how often it is used."""
        width = int(words.max()) + 1
        code, n = np.unique(self.side[use] * width + words[use], return_counts=True)
        return code // max(width, 1), n


def _number(*columns: pa.Array) -> tuple[list[str], Places]:
    """The words of columns, one after the other, and their numbers, -1 where there is none."""
    words = pa.concat_arrays(columns).dictionary_encode()
    return words.dictionary.to_pylist(), pc.fill_null(words.indices, -1).to_numpy()
