"""Where age control may be weak: per provider and tier, wallets of known adults that are used as a child would, and are credited from abroad.

Says something about providers and nothing about people (Denpasar Recommendation, challenge 7: e-wallets without age checks). A use like a child's
is at least ten payments most of which buy games, gifts or play; both numbers are defaults of ours, for no publication has one. A cell of
fewer than five is never said, and neither is what it could be worked out from.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from bakau_analytics.flow import build_flow

if TYPE_CHECKING:
    import duckdb

#: Defaults of ours: payments a wallet must have made, and the share of them that buys play, in parts per million.
MIN_PAYMENTS, MIN_PLAY_PPM = 10, 600_000
#: The smallest number that is said.
SMALLEST = 5
CELLS = ("wallets", "adult", "childlike", "gap")


@cache
def _text() -> str:
    return (files("bakau_analytics.referrals") / "age_control.sql").read_text(encoding="utf-8")


def count_gaps(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """institution_id, tier and CELLS, every number suppressed as `suppress` says. Reads the views of a snapshot and `adult_account`."""
    build_flow(connection)
    rows = connection.sql(_text(), params={"min_payments": MIN_PAYMENTS, "min_play_ppm": MIN_PLAY_PPM}).to_arrow_table()
    return suppress(rows)


def suppress(rows: pa.Table) -> pa.Table:
    """The rows without any number from 1 to 4, and without any that lies so near the last one said that the rest would be such a number.

    A row without five wallets is left out.
    """
    rows = rows.filter(pc.greater_equal(rows["wallets"], SMALLEST))
    columns: dict[str, pa.ChunkedArray | pa.Array] = {name: rows[name] for name in ("institution_id", "tier")}
    said = None
    for name in CELLS:
        inner = rows[name].cast(pa.int64())
        hidden = _is_small(inner)
        if said is not None:
            hidden = pc.or_(hidden, _is_small(pc.subtract(said, inner)))
        columns[name] = pc.if_else(hidden, pa.scalar(None, pa.int64()), inner)
        said = inner if said is None else pc.if_else(hidden, said, inner)
    return pa.table(columns)


def _is_small(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.and_(pc.greater(values, 0), pc.less(values, SMALLEST))
