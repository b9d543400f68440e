"""Arrow columns of small answers, made from the memory of arrays: asking Arrow to convert a few hundred numbers takes longer than the walk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]


def int_column(values: Ints, missing: Flags | None = None) -> pa.Array:
    """64-bit integers as they are, null where `missing`."""
    present = None
    if missing is not None and missing.any():
        present = pa.py_buffer(np.packbits(~missing, bitorder="little"))
    return pa.Array.from_buffers(_INT64, len(values), [present, pa.py_buffer(np.ascontiguousarray(values, np.int64))])


def flag_column(values: Flags) -> pa.Array:
    """Truth values, a bit each."""
    return pa.Array.from_buffers(_BOOL, len(values), [None, pa.py_buffer(np.packbits(values, bitorder="little"))])


def text_column(texts: bytes, width: int, count: int) -> pa.StringArray:
    """Texts of one width, one after the other in `texts`."""
    ends = np.arange(0, width * count + 1, width or 1, dtype=np.int32)[: count + 1] if width else np.zeros(count + 1, np.int32)
    return pa.StringArray.from_buffers(count, pa.py_buffer(ends), pa.py_buffer(texts))


_INT64, _BOOL = pa.int64(), pa.bool_()
