"""How a process that loads files treats its memory: what was asked for once is kept for the next chunk.

A chunk needs some hundred megabytes for a moment. Given back to the system after each and asked for again, every page is cleared anew: a
fifth of the whole time of a load. So Arrow takes its memory where NumPy does, and the C library keeps what is freed.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress

import pyarrow as pa

#: glibc: freed memory at the end of the heap that is kept, and from which size on memory is taken outside the heap.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 1 << 30


def keep_memory() -> None:
    """For a command that loads and then ends, never for a server. Without glibc nothing but the pool changes."""
    pa.set_memory_pool(pa.system_memory_pool())
    with suppress(OSError, AttributeError):  # another C library has no mallopt
        library = ctypes.CDLL(None)
        library.mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
        library.mallopt(_MMAP_THRESHOLD, _KEPT_BYTES)
