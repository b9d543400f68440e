"""What Arrow's columns need said once."""

from __future__ import annotations

import pyarrow as pa


def one_chunk(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """A column as one array. `ChunkedArray.combine_chunks` copies even a single chunk; this does not."""
    if isinstance(column, pa.Array):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.unify_dictionaries().combine_chunks()
