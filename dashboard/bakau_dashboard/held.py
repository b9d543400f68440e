"""Rows of answers as objects, held once in memory where several sessions were told the same, word for word.

Nothing can be fetched from here: whoever asks brings the answer of a Desk of their own, and gets the objects another session made of an
equal one. They go with the last session that has them.
"""

from __future__ import annotations

import sys
import threading
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    import pyarrow as pa

    from bakau_casework.view import View


class Held:
    """The rows of an answer, as Arrow and, made when first asked for, as objects that nobody changes."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    @cached_property
    def rows(self) -> list[dict[str, object]]:
        """A row an object."""
        return [_shared(row) for row in self.table.to_pylist()]


_HELD: WeakValueDictionary[tuple[str, str, str, int], Held] = WeakValueDictionary()
_LOCK = threading.Lock()


def hold(view: View) -> Held:
    """The rows of an answer; those of an equal one when some session has them."""
    place = (view.schema, view.snapshot, view.purpose, len(view.rows))
    with _LOCK:
        held = _HELD.get(place)
    if held is None or not held.table.equals(view.rows):
        held = Held(view.rows)
        with _LOCK:
            _HELD[place] = held
    return held


def _shared(row: dict[str, object]) -> dict[str, object]:
    """The row with equal texts held once: rules say the same of every finding, and Arrow makes each word anew, the names of fields too."""
    return {sys.intern(name): _shared_value(value) for name, value in row.items()}


def _shared_value(value: object) -> object:
    if isinstance(value, str):
        return sys.intern(value)
    if isinstance(value, list):
        return [_shared_value(one) for one in value]
    return _shared(value) if isinstance(value, dict) else value
