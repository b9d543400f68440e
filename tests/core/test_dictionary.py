from __future__ import annotations

from bakau.dictionary import PAGE, render_dictionary
from bakau.model import TABLES


def test_the_data_dictionary_is_current():
    assert PAGE.read_text(encoding="utf-8") == render_dictionary(), "run: python -m bakau.dictionary"


def test_every_column_of_every_table_is_explained_under_its_table():
    sections = dict(part.split("\n", 1) for part in render_dictionary().split("\n## ")[1:])
    for table in TABLES:
        assert all(f"`{column.name}`" in sections[table.name] for column in table.columns), table.name


def test_tables_of_the_page_have_five_cells_in_every_row():
    rows = [line for line in render_dictionary().splitlines() if line.startswith("|")]
    assert rows
    assert all(row.count("|") == 6 for row in rows)
