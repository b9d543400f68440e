"""The words every room of Bakau shares: tables, ids, money, times, markings, findings, errors, settings."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["__version__", "open_desk"]

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any


def open_desk(workspace: str | Path, **options: Any) -> Any:  # noqa: ANN401 - the Desk lives above this layer
    """Open the Desk of a workspace from a notebook or a script.

    The Desk is the one door to data; it lives two layers above this package and is found through the
    entry point ``bakau.desk``, so that importing ``bakau`` stays light.
    Options are those of ``Desk.open``: ``person=``, ``purpose=``, ``case=``.
    """
    return _find_desk()(workspace, **options)


@cache
def _find_desk() -> Callable[..., Any]:
    """What opens a Desk, looked for once: it means reading a file of every distribution that is installed."""
    from importlib.metadata import entry_points

    (entry,) = entry_points(group="bakau.desk", name="open")
    found: Callable[..., Any] = entry.load()
    return found
