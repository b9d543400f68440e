"""Parquet and Arrow IPC: columns as text, exactly. Decimals keep their digits, times become ISO 8601, structs become ``outer.inner``.

Records are numbered from 1. Binary columns, lists and maps are no values of a payment: such a column cannot be mapped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bakau.errors import FileError, Place
from bakau_ingest.reader import MOST_COLUMNS, Broken, Chunk, Match
from bakau_ingest.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bakau_ingest.reader import Form

#: Records read at a time.
ROWS = 1 << 16
#: A file may unpack to at most this many times its size once it exceeds the second figure; defaults of ours.
RATIO, SMALL = 100, 1 << 28
_ARROW = (b"ARROW1\x00\x00", b"\xff\xff\xff\xff")


class ParquetReader:
    """Reads Apache Parquet."""

    label = "parquet/1"

    def __init__(self, *, chunk_rows: int = ROWS) -> None:
        self._chunk_rows = chunk_rows

    def sniff(self, beginning: bytes, name: str) -> Match:  # noqa: ARG002 - what stands in the file counts
        """Sure of the signature."""
        return Match.SURE if beginning.startswith(b"PAR1") else Match.NO

    def open(self, path: Path, form: Form) -> ColumnarFile:  # noqa: ARG002 - the file says itself how it is written
        """Read the footer. FileError when it is damaged, encrypted or out of proportion."""
        place = Place(str(path))
        try:
            file = pq.ParquetFile(path, memory_map=False)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise FileError(
                "is a Parquet file that cannot be read: damaged, cut off or encrypted", hint="fetch it again", at=place
            ) from error
        groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
        if sum(group.total_byte_size for group in groups) > max(SMALL, RATIO * path.stat().st_size):
            raise FileError(f"unpacks to more than {RATIO} times its size", hint="it was made to do harm, or is damaged", at=place)
        texts = [field.name for field in file.schema_arrow if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)]

        def batches(columns: list[str]) -> Iterator[pa.RecordBatch]:
            # texts are read as codes: a long value that stands in every row is held once
            for group in range(len(groups)):  # one after another, each forgotten before the next
                with pq.ParquetFile(path, read_dictionary=texts, pre_buffer=False) as again:
                    yield from again.iter_batches(batch_size=self._chunk_rows, row_groups=[group], columns=columns, use_threads=False)

        return ColumnarFile(place, file.schema_arrow, batches)


class ArrowReader:
    """Reads Arrow IPC files (Feather) and streams."""

    label = "arrow/1"

    def __init__(self, *, chunk_rows: int = ROWS) -> None:
        self._chunk_rows = chunk_rows

    def sniff(self, beginning: bytes, name: str) -> Match:
        """Sure of the signature of a file; of a stream only with its name, for it has none."""
        if beginning.startswith(_ARROW[0]):
            return Match.SURE
        return Match.SURE if beginning.startswith(_ARROW[1]) and name.lower().endswith((".arrow", ".arrows", ".ipc")) else Match.NO

    def open(self, path: Path, form: Form) -> ColumnarFile:  # noqa: ARG002 - the file says itself how it is written
        """Read the schema. FileError when it is damaged."""
        place = Place(str(path))

        def batches(columns: list[str] | None) -> Iterator[pa.RecordBatch]:
            with pa.OSFile(str(path)) as source:
                first = source.read(8)
                source.seek(0)
                if first == _ARROW[0]:
                    reader = pa.ipc.open_file(source)
                    for number in range(reader.num_record_batches):
                        yield from _slices(reader.get_batch(number), columns, self._chunk_rows)
                else:
                    for batch in pa.ipc.open_stream(source):
                        yield from _slices(batch, columns, self._chunk_rows)

        try:
            with pa.OSFile(str(path)) as source:
                first = source.read(8)
                source.seek(0)
                schema = (pa.ipc.open_file(source) if first == _ARROW[0] else pa.ipc.open_stream(source)).schema
        except (pa.ArrowException, OSError, ValueError) as error:
            raise FileError("is an Arrow file that cannot be read: damaged or cut off", hint="fetch it again", at=place) from error
        return ColumnarFile(place, schema, batches)


def _slices(batch: pa.RecordBatch, columns: list[str] | None, size: int) -> Iterator[pa.RecordBatch]:
    chosen = batch if columns is None else batch.select(columns)
    for begin in range(0, len(batch), size):
        yield chosen.slice(begin, size)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A column as it is called here, the column of the file it lies in, and the way down through its structs."""

    top: str
    path: tuple[str, ...]
    type: pa.DataType


class ColumnarFile:
    """One file; the schema is known. It states no totals, so it is never incomplete."""

    incomplete: tuple[str, ...] = ()

    def __init__(self, place: Place, schema: pa.Schema, batches: Callable[[list[str]], Iterator[pa.RecordBatch]]) -> None:
        self._place, self._batches = place, batches
        try:
            self._leaves = self._name_columns(schema)
        except UnicodeDecodeError as error:
            raise FileError("has a column name that is not UTF-8: damaged", hint="fetch it again", at=place) from error
        self.header = tuple(self._leaves)

    def _name_columns(self, schema: pa.Schema) -> dict[str, _Leaf]:
        if len(schema) > MOST_COLUMNS:
            raise FileError(f"has more than {MOST_COLUMNS} columns", hint="no table of payments has so many", at=self._place)
        if len(set(schema.names)) < len(schema):
            raise FileError("has a column name more than once", hint="rename the columns in the file", at=self._place)
        return {name: leaf for field in schema for name, leaf in _leaves(field, field.name, ())}

    def read_chunks(self, wanted: set[str], coded: set[str]) -> Iterator[Chunk]:
        """Records in order. See `bakau_ingest.reader.OpenFile`."""
        chosen = {name: leaf for name, leaf in self._leaves.items() if name in wanted}
        for name, leaf in chosen.items():
            if not _is_value(leaf.type):
                raise FileError(f"the column {name!r} holds {leaf.type}, which is no single value", hint="leave it out", at=self._place)
        row = 1
        tops = list(dict.fromkeys(leaf.top for leaf in chosen.values()))
        try:
            for batch in self._batches(tops):
                yield self._to_chunk(batch, chosen, coded, row)
                row += len(batch)
        except (pa.ArrowException, OSError) as error:
            raise FileError("cannot be read to its end: damaged or cut off", hint="fetch it again", at=self._place) from error

    def _to_chunk(self, batch: pa.RecordBatch, chosen: dict[str, _Leaf], coded: set[str], row: int) -> Chunk:
        batch.validate()
        columns = {name: _to_text(_checked(_dig(batch, leaf))) for name, leaf in chosen.items()}
        broken: dict[int, str] = {}
        for name, column in columns.items():
            for spot in _not_utf8(column):
                broken.setdefault(spot, name)
        lines = np.arange(row, row + len(batch))
        good = np.array([spot for spot in range(len(batch)) if spot not in broken], np.int64) if broken else None
        if good is not None:
            columns, lines = {name: column.take(pa.array(good)) for name, column in columns.items()}, lines[good]
        made = {name: _to_texts(column, is_coded=name in coded) for name, column in columns.items()}
        bad = (Broken(row + spot, name, "wrong_encoding", "holds bytes that are not UTF-8") for spot, name in sorted(broken.items()))
        return Chunk(made, lines, tuple(bad))


def _leaves(field: pa.Field, name: str, path: tuple[str, ...]) -> Iterator[tuple[str, _Leaf]]:
    if pa.types.is_struct(field.type) and len(path) < 8:
        for inner in field.type:
            top = name.split(".", maxsplit=1)[0] if path else name
            for full, leaf in _leaves(inner, f"{name}.{inner.name}", (*path, inner.name)):
                yield full, _Leaf(top if not path else leaf.top, leaf.path, leaf.type)
        return
    yield name, _Leaf(name, path, field.type)


def _dig(batch: pa.RecordBatch, leaf: _Leaf) -> pa.Array:
    column = batch.column(leaf.top)
    for step in leaf.path:
        column = pc.struct_field(column, step)
    return column


def _checked(column: pa.Array) -> pa.Array:
    """The column, once every offset and code in it was found to lie within it (whether text is UTF-8 is asked later).

    A damaged file may say otherwise, and Arrow would read beyond its memory. Raises ArrowInvalid.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        column.indices.validate(full=True)
        codes = pc.min_max(column.indices).as_py()
        if codes["max"] is not None and not 0 <= codes["min"] <= codes["max"] < len(column.dictionary):
            raise pa.ArrowInvalid("a code without a value")
        _checked(column.dictionary)
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        column.view(pa.binary() if pa.types.is_string(kind) else pa.large_binary()).validate(full=True)
    else:
        column.validate(full=True)
    return column


def _is_value(kind: pa.DataType) -> bool:
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    nested = pa.types.is_nested(inner) or pa.types.is_union(inner)
    binary = (
        pa.types.is_binary(inner)
        or pa.types.is_large_binary(inner)
        or pa.types.is_fixed_size_binary(inner)
        or pa.types.is_binary_view(inner)
    )
    return not nested and not binary


def _to_text(column: pa.Array) -> pa.Array:
    """Values as text: a string array, or a dictionary of strings; null where there is none."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return pa.DictionaryArray.from_arrays(column.indices.cast(pa.int32()), _to_text(column.dictionary))
    if pa.types.is_floating(kind):
        text = column.cast(pa.float64() if pa.types.is_float16(kind) else kind).cast(pa.string())
        return pc.replace_substring_regex(text, r"\.0$", "")
    if pa.types.is_timestamp(kind):
        zoned = kind.tz is not None
        text = column.cast(pa.timestamp("us", "UTC" if zoned else None), safe=False).cast(pa.string())
        text = pc.replace_substring_regex(text, r"\.000000(Z?)$", r"\1")
        return pc.replace_substring(text, " ", "T")
    return column if pa.types.is_string(kind) else column.cast(pa.string())


def _not_utf8(column: pa.Array) -> list[int]:
    """Rows whose bytes are not UTF-8 (a Parquet file may claim so of any bytes)."""
    texts = column.dictionary if pa.types.is_dictionary(column.type) else column
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        raw = texts.cast(pa.binary()).to_pylist()
        bad = [spot for spot, value in enumerate(raw) if value is not None and not _is_utf8(value)]
        if pa.types.is_dictionary(column.type):
            return np.flatnonzero(np.isin(np.asarray(pc.fill_null(column.indices, -1)), bad)).tolist()
        return bad
    return []


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _to_texts(column: pa.Array, *, is_coded: bool) -> Texts:
    if pa.types.is_dictionary(column.type):
        if not is_coded:
            return Texts.of(pc.fill_null(column.cast(pa.string()), ""))
        plain = pc.fill_null(column.dictionary, "")
        empty = len(plain)
        codes = pc.fill_null(column.indices, pa.scalar(empty, pa.int32()))
        return Texts.of(pa.DictionaryArray.from_arrays(codes, pa.concat_arrays([plain, pa.array([""])])))
    filled = pc.fill_null(column, "")
    return Texts.of(filled.dictionary_encode() if is_coded else filled)
