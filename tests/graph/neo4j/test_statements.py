"""The text of every statement, without a server: reviewed as golden files, renewed by UPDATE_GOLDEN=1 pytest of this file."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from bakau.model import TABLES
from bakau_graph.neo4j import read_queries, schema, write_queries

GOLDEN = Path(__file__).parents[2] / "golden" / "neo4j"


def schema_text() -> str:
    return "".join(f"{text};\n" for text in write_queries.schema_statements())


def write_text() -> str:
    return "\n".join(f"// {name}\n{text};\n" for name, text in write_queries.statements().items())


def read_text() -> str:
    return "\n".join(f"// {name}\n{text};\n" for name, text in read_queries.statements().items())


@pytest.mark.parametrize(("name", "make"), [("schema.cypher", schema_text), ("write.cypher", write_text), ("read.cypher", read_text)])
def test_statements_are_those_that_were_reviewed(name, make):
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(make(), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == make()


def test_no_property_comes_from_a_column_that_may_name_somebody():
    hidden = {column.name for table in TABLES for column in table.vault_columns} | {"name", "label", "giver", "tokens", "protected_until"}
    # the label of the Bakau node names a snapshot
    held = {name for entity in (*schema.NODES, *schema.LINKS) if entity is not schema.BAKAU for name in entity.names}
    assert not held & hidden


def test_a_column_of_the_vault_cannot_be_declared():
    from bakau.model import PARTY

    with pytest.raises(KeyError):
        schema._columns(PARTY, "name")


def test_every_id_is_unique_and_nothing_needs_the_enterprise_edition():
    text = schema_text()
    for entity in (*schema.NODES, *schema.LINKS):
        assert re.search(rf"\(x:{entity.name}\)|\[x:{entity.name}\]", text)
    assert "NODE KEY" not in text
    assert "IS NOT NULL" not in text


def test_statements_hold_no_literal_but_names_of_ours():
    for name, text in write_queries.statements().items():
        literals = set(re.findall(r"'([^']*)'", text))
        assert literals <= {":party", ":account", "waiting", "loading", "loaded", "removing"}, name
