"""Open segments: immutable Parquet files named by the SHA-256 of their bytes.

A segment is written to ``staging/`` and moved to its name only when a commit is about to list it; a crash leaves at most an
orphan named in an intent file, which the next writer clears.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bakau.model import FORMAT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

#: Columns of random bits: compressing them costs time and saves little, and no value stands twice or in any order.
_INCOMPRESSIBLE = ("transfer_id", "content_key", "src_key", "dst_key", "account_key", "party_key", "identifier_key")
#: Numbers that grow or stay small: differences are smaller, and faster to write and read, than anything compressed.
_DIFFERENCES = ("record", "ts_us", "amount_minor")
#: Texts of which no two rows have the same.
_DISTINCT = ("account_id", "party_id", "identifier_id")
#: Rows of a page, eight bytes each a megabyte of them: what is done once a page counts in columns that say nothing.
_PAGE_ROWS = 1 << 17


@dataclass(frozen=True, slots=True)
class Segment:
    """A file ready to be listed: table, kind (open, vault, overlap), final name, rows."""

    table: str
    kind: str
    name: str
    rows: int


def segment_path(folder: Path, name: str) -> Path:
    """Where a segment of that name lies: two levels, so that no folder grows huge."""
    return folder / name[:2] / name


class SegmentWriter:
    """Streams Arrow tables of one schema into one Parquet file in staging."""

    def __init__(self, staging: Path, label: str, schema: pa.Schema) -> None:
        self.path = staging / f"{label}.parquet"
        self.schema = schema.with_metadata({"bakau.format": str(FORMAT)})
        self.rows = 0
        bare = {*_INCOMPRESSIBLE, *_DIFFERENCES}
        self._writer = pq.ParquetWriter(
            self.path,
            self.schema,
            compression={name: "NONE" if name in bare else "ZSTD" for name in schema.names},
            compression_level={name: 1 for name in schema.names if name not in bare},
            use_dictionary=[name for name in schema.names if name not in bare and name not in _DISTINCT],
            column_encoding={name: "DELTA_BINARY_PACKED" for name in schema.names if name in _DIFFERENCES},
            write_statistics=["ts_us"],
            max_rows_per_page=_PAGE_ROWS,
        )

    def write(self, rows: pa.Table) -> None:
        """Append rows; their columns must be castable to the schema. Coded values that no row uses are not written."""
        columns = [_without_unused(column) if pa.types.is_dictionary(column.type) else column for column in rows.columns]
        self._writer.write_table(pa.table(columns, names=rows.column_names).cast(self.schema), row_group_size=1_000_000)
        self.rows += len(rows)

    def close(self) -> str:
        """Finish the file, force it to disk and return its final name (SHA-256 of its bytes and ``.parquet``)."""
        self._writer.close()
        return seal(self.path, ".parquet")

    def abandon(self) -> None:
        """Close and delete what was written."""
        with suppress(OSError, pa.ArrowException):  # the disk may be full: the file goes anyway
            self._writer.close()
        self.path.unlink(missing_ok=True)


def _without_unused(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A coded column whose dictionary holds what its rows say and nothing else.

    Parquet stores the whole dictionary, and that of a filtered column still holds the values of rejected records: a name that stood
    where a currency should be must not lie in an open segment.
    """
    chunks = []
    for chunk in column.chunks:
        if not len(chunk.dictionary) or (len(chunk.dictionary) == 1 and chunk.null_count < len(chunk)):
            chunks.append(chunk)
            continue
        used = np.bincount(np.asarray(chunk.indices.drop_null()), minlength=len(chunk.dictionary)) > 0
        if used.all():
            chunks.append(chunk)
            continue
        place = pa.array((np.cumsum(used) - 1).astype(np.int32))
        chunks.append(pa.DictionaryArray.from_arrays(place.take(chunk.indices), chunk.dictionary.filter(pa.array(used))))
    return pa.chunked_array(chunks, column.type)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal: what a segment is named by. OSError when it cannot be read."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def seal(path: Path, suffix: str) -> str:
    """Force a staged file to disk and compute its final name."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
    return sha256_of(path) + suffix


def move_into_place(staged: Path, folder: Path, name: str) -> None:
    """Give a staged file its final name; the same bytes there already are left as they are."""
    target = segment_path(folder, name)
    target.parent.mkdir(exist_ok=True, parents=True)
    if target.exists():
        staged.unlink()
        return
    staged.replace(target)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_intent(staging: Path, label: str, names: Iterable[str]) -> Path:
    """Note which final files are about to appear or go, so that a crash around the commit leaves no mystery."""
    intent = staging / f"{label}.intent"
    intent.write_text(json.dumps(list(names)), encoding="utf-8")
    with intent.open("rb") as stream:
        os.fsync(stream.fileno())
    return intent


def read_segments(folder: Path, names: Iterable[str], schema: pa.Schema, columns: list[str] | None = None) -> pa.Table:
    """The rows of several segments as one table (only `columns` when given), in the order of the names."""
    wanted = schema if columns is None else pa.schema([schema.field(name) for name in columns])
    tables = [pq.read_table(segment_path(folder, name), columns=columns, partitioning=None).cast(wanted) for name in names]
    return pa.concat_tables(tables) if tables else wanted.empty_table()
