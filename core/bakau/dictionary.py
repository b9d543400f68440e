"""The data dictionary (docs/data-dictionary.md), written from the declarations in ``bakau.model`` so that it cannot go stale.

One command writes it anew: ``python -m bakau.dictionary``. A test compares the page with `render_dictionary`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bakau.model import FORMAT, LINEAGE, TABLES

if TYPE_CHECKING:
    from bakau.model import Column, Table

#: Where the page lies in a checkout.
PAGE = Path(__file__).resolve().parents[2] / "docs" / "data-dictionary.md"

_HEAD = f"""# Data dictionary

Written from `core/bakau/model.py` by `python -m bakau.dictionary`; do not edit. Stored format {FORMAT}.

Every table names its key. A column in **bold** is never null. The marking says where a value may lie:
*public* and *restricted* values stand in the open segments; *personal* ◆ and *free_text* ◆ values lie in the encrypted vault only
and everything else refers to them by surrogate. What analysis computes (scores, findings …) lies in derived tables of its own,
declared in `graph/bakau_graph/archive/derived.py`.
"""


def render_dictionary() -> str:
    """The whole page as Markdown: one section per canonical table, in the order of their declaration."""
    return "\n".join([_HEAD, *(_render_table(table) for table in TABLES)])


def _render_table(table: Table) -> str:
    lineage = [f"`{column.name}`" for column in LINEAGE] if table.lineage else []
    columns = [column for column in table.columns if not (table.lineage and column in LINEAGE and column.name not in table.key)]
    lines = [
        f"## {table.name}",
        "",
        f"{table.meaning[0].upper()}{table.meaning[1:]}.",
        "",
        f"Key: {', '.join(f'`{name}`' for name in table.key)}.",
        *([f"Every row also says where it came from: {' and '.join(lineage)}."] if lineage else []),
        "",
        "| column | type | meaning | unit | marking |",
        "|---|---|---|---|---|",
        *(_render_column(column) for column in columns),
        "",
    ]
    return "\n".join(lines)


def _render_column(column: Column) -> str:
    name = f"**`{column.name}`**" if column.required else f"`{column.name}`"
    marking = f"{column.marking.value} ◆" if column.marking.in_vault else column.marking.value
    codes = f" — {', '.join(f'`{value.value}`' for value in column.values)}" if column.values else ""
    return f"| {name} | {column.type} | {column.meaning}{codes} | {column.unit} | {marking} |".replace("  ", " ")


if __name__ == "__main__":
    PAGE.write_text(render_dictionary(), encoding="utf-8")
