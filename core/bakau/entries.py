"""What installed packages add to Bakau: commands, readers, what follows a load. Read once a process, because it means opening every
installed package's metadata.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points


@cache
def list_entries(group: str) -> tuple[EntryPoint, ...]:
    """The entry points of a group, such as ``bakau.readers``; none is loaded."""
    return tuple(entry_points(group=group))
