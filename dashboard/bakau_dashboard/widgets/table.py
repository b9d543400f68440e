"""Tables: plain cells (a grid draws them as text, never as markup), numbers to the right, one row that can be chosen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from streamlit.elements.lib.column_types import ColumnConfig

#: Rows a table shows at most; what is beyond is said.
MOST_ROWS = 1_000

RIGHT = frozenset(
    {
        "rank", "score", "points", "amount", "sum", "largest", "transfers", "line", "received", "loaded", "rejected", "duplicates", "rounded",
        "records", "batches", "findings", "evidence of", "times", "protected", "rows", "in review", "hits", "in force", "evidence transfers",
        "evaluable on", "spared",
    }
)  # fmt: skip
WIDE = frozenset({"observed", "expected", "next", "source", "reason", "engine", "legal basis", "authority", "says"})
SMALL = frozenset(
    {
        "rank", "score", "points", "times", "line", "protected", "transfers", "country", "part", "hits", "version", "in force", "change",
    }
)  # fmt: skip
#: Pixels where neither small nor large fits.
WIDTHS = {
    "why": 430, "rank": 55, "score": 60, "evidence of": 90, "protected": 85, "in review": 80, "title": 290, "missing": 230, "grade": 90, "here": 135,
    "published number": 200, "moves": 330, "line": 80, "payment text": 220, "reference": 160,
}  # fmt: skip


def show_table(
    rows: Sequence[Mapping[str, object]],
    *,
    alt: str,
    key: str | None = None,
    choose: Callable[[int], None] | None = None,
    height: int | None = None,
    order: Sequence[str] | None = None,
    wrap: bool = False,
) -> None:
    """Show rows; `choose` is called with a row's place when somebody picks it. `alt` says what the table is to a screen reader."""
    shown = rows[:MOST_ROWS]
    columns = order or list(shown[0])
    data = pa.Table.from_pylist([{name: row[name] for name in columns} for row in shown])
    config = {name: _column(name) for name in columns}
    tall = height or min(38 + 35 * len(shown), 430)
    selects: Literal["ignore"] | Callable[[], None] = "ignore" if choose is None else partial(_chosen, str(key), choose)
    st.dataframe(
        data, hide_index=True, width="stretch", height=tall, column_config=config, alt=alt, key=key, on_select=selects, selection_mode="single-row",
        row_height=66 if wrap else None,
    )  # fmt: skip
    if len(rows) > len(shown):
        st.caption(f"{len(rows) - len(shown):,} more rows are not listed: narrow the question.")


def _chosen(key: str, choose: Callable[[int], None]) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    if rows:
        choose(int(rows[0]))


def _column(name: str) -> ColumnConfig:
    label = name[:1].upper() + name[1:]
    width: Literal["small", "large"] | int | None = WIDTHS.get(name) or ("large" if name in WIDE else "small" if name in SMALL else None)
    return st.column_config.Column(label, width=width, alignment="right" if name in RIGHT else "left")
