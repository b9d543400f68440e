"""Rows of a canonical table as a batch stores them, whatever columns they came with."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.columns import one_chunk
from bakau.errors import ArchiveError

if TYPE_CHECKING:
    from bakau.model import Table

_CODED = {
    "batch_id", "currency", "channel", "status", "kind", "purpose_code", "src_country", "dst_country", "src_outlet", "dst_outlet",
    "country", "institution_id", "scheme", "product", "mcc", "role", "code", "reason", "table", "column", "kyc_level",
}  # fmt: skip
_TEXT_CODES = pa.dictionary(pa.int32(), pa.string())


def conform(rows: pa.Table, table: Table, batch_id: str) -> pa.Table:
    """Rows with every column of the table in order: missing nullable columns null, text codes dictionary-encoded, one chunk each."""
    columns: list[pa.Array] = []
    fields: list[pa.Field] = []
    for column in table.columns:
        if column.name == "batch_id":
            values: pa.Array = pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), len(rows)), pa.array([batch_id]))
        elif column.name in rows.schema.names:
            values = one_chunk(rows[column.name])
        elif column.required and column.name not in ("transfer_id", "record"):
            raise ArchiveError(f"rows of {table.name} lack the column {column.name}")
        else:
            values = _nulls(_TEXT_CODES if column.name in _CODED else column.type, len(rows).bit_length())[: len(rows)]
        values = _coded(values) if column.name in _CODED else _plain(values, column.type)
        columns.append(values)
        fields.append(pa.field(column.name, values.type, nullable=not column.required))
    return pa.table(columns, schema=pa.schema(fields))


@lru_cache(maxsize=16)
def _nulls(kind: pa.DataType, bits: int) -> pa.Array:
    """Nulls enough for a number of rows of so many bits: most columns of most files are nothing but, chunk after chunk."""
    return pa.nulls(1 << bits, kind)


def _coded(values: pa.Array) -> pa.Array:
    if values.type == _TEXT_CODES:
        return values
    return values.cast(_TEXT_CODES) if pa.types.is_dictionary(values.type) else values.cast(pa.string()).dictionary_encode()


def _plain(values: pa.Array, kind: pa.DataType) -> pa.Array:
    return values if values.type == kind else values.cast(kind)
