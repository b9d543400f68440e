"""docs/mappings.md describes the whole language: every word, and every field of every table with whether it is needed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bakau_ingest.mapping import FIELDS, Cell, FileMapping, Rows, Statement, parse_mapping

PAGE = (Path(__file__).parents[2] / "docs/mappings.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*FileMapping.model_fields, *Rows.model_fields, *Cell.model_fields, *Statement.model_fields])
def test_every_word_of_the_language_is_described(name):
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("table", FIELDS)
def test_every_field_of_a_table_is_named_and_the_needed_ones_are_bold(table):
    (listed,) = re.findall(rf"^\| `{table}` \| (.*) \|$", PAGE, re.MULTILINE)
    assert {name.strip("*"): name.startswith("**") for name in listed.split(", ")} == FIELDS[table]


def test_the_example_is_a_mapping():
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert parse_mapping("example.yaml", example).files[0].columns() == {"booked", "payer", "payee", "amount"}
