"""The declarations that every room derives from."""

from __future__ import annotations

import pyarrow as pa
import pytest

from bakau.markings import Marking
from bakau.model import FACTS, FORMAT, LINEAGE, TABLES, TRANSFER, TRANSFER_CONTENT, get_table

tables = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
VAULT_WORDS = ("name", "number", "birth_date", "sex", "value", "purpose", "reference")


@tables
def test_the_key_of_a_table_is_made_of_its_columns(table):
    assert set(table.key) <= {column.name for column in table.columns}
    assert table.facts == tuple(column for column in table.columns if column.name not in {*table.key, *(item.name for item in LINEAGE)})


@tables
def test_column_names_are_unique(table):
    names = [column.name for column in table.columns]
    assert len(names) == len(set(names))


@tables
def test_a_column_is_open_or_in_the_vault_and_never_both(table):
    assert sorted([*table.open_schema().names, *(column.name for column in table.vault_columns)]) == sorted(table.schema().names)


@tables
def test_the_key_of_a_table_is_never_a_value_in_clear(table):
    assert all(not table[name].marking.in_vault for name in table.key)


@tables
def test_every_vault_segment_can_be_joined_to_its_open_rows(table):
    assert table.vault_schema().names[: len(table.key)] == list(table.key)


@tables
def test_no_personal_word_stands_in_an_open_column(table):
    open_to_all = {"institution"}  # a bank's registered name is public
    if table.name not in open_to_all:
        assert not {column.name for column in table.open_columns} & set(VAULT_WORDS)


@tables
def test_every_column_says_what_it_means_and_integers_of_time_say_their_unit(table):
    for column in table.columns:
        assert column.meaning, column.name
        if column.name.endswith("_us"):
            assert (column.type, column.unit) == (pa.int64(), "us since 1970 UTC"), column.name


@tables
def test_nothing_computed_is_a_float(table):
    assert not any(pa.types.is_floating(column.type) for column in table.columns)


@tables
def test_schemas_carry_table_and_format(table):
    for schema in (table.schema(), table.open_schema(), table.vault_schema()):
        assert schema.metadata == {b"bakau.table": table.name.encode(), b"bakau.format": str(FORMAT).encode()}


@tables
def test_a_table_is_found_by_its_name(table):
    assert get_table(table.name) is table


def test_every_fact_says_which_batch_and_record_brought_it():
    assert all({"batch_id", "record"} <= {column.name for column in table.columns} for table in FACTS)


def test_the_content_of_a_transfer_is_what_it_always_was():
    # Law within a format number: the order and the set.
    assert TRANSFER_CONTENT == (
        "ts_us", "time_known", "src_key", "dst_key", "amount_minor", "currency", "amount_exact", "channel", "status", "purpose_code",
        "src_country", "dst_country", "src_outlet", "dst_outlet", "src_party_key", "dst_party_key", "uetr", "group_key", "purpose",
    )  # fmt: skip


def test_the_content_of_a_transfer_leaves_out_who_it_is_and_where_it_stood():
    left_out = {column.name for column in TRANSFER.columns} - set(TRANSFER_CONTENT)
    assert left_out == {"transfer_id", "local_hour", "reference_key", "content_key", "tokens", "reference", "batch_id", "record"}


def test_free_text_is_marked_as_such():
    assert TRANSFER["purpose"].marking is Marking.FREE_TEXT
