"""Compiled loops: where numba (extra ``speed``) may be used, and where it keeps what it compiled.

Every compiled loop has a twin in NumPy or Arrow that gives the same answer, and the tests hold one to the other. Numba is imported
when there is work enough to pay for that, never before.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Kernel = Callable[..., Any]

#: From this many rows on the import of numba pays; a default of ours (it costs about half a second, a million hashes as much).
WORTH_ROWS = 50_000
#: So many times fewer once it is loaded.
_SOONER = 50


@cache
def has_numba() -> bool:
    """Is numba installed, and does it load? (Asking loads it.)"""
    try:
        import_module("numba")
    except ImportError:  # absent, or not made for the NumPy that is here
        return False
    return True


def pays(rows: int) -> bool:
    """Should a loop over that many rows be a compiled one?"""
    return rows >= WORTH_ROWS and has_numba()


def pays_by_now(rows: int) -> bool:
    """The same for a loop that comes after others: where numba is loaded already, far fewer rows are enough."""
    return pays(rows if "numba" not in sys.modules else _SOONER * rows)


def compiled(function: Kernel) -> Kernel:
    """Compile on first call and keep the result in the user's cache folder, never beside the installed package."""
    import numba
    from platformdirs import user_cache_path

    config: Any = numba.config  # numba's own settings, which carry no types
    before = config.CACHE_DIR
    config.CACHE_DIR = before or str(user_cache_path("bakau") / "numba")
    try:
        kernel: Kernel = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder to keep it in: compile anew in every process
        kernel = numba.njit(nogil=True)(function)
    finally:
        config.CACHE_DIR = before
    return kernel
