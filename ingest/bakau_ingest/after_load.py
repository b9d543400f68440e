"""Whom to tell when something was loaded: rooms above this one say so themselves, by entry point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau.entries import list_entries

if TYPE_CHECKING:
    from bakau.workspace import Workspace


def tell_after_ingest(workspace: Workspace) -> None:
    """Call every entry point of the group ``bakau.after_ingest`` with the workspace that was loaded into."""
    for entry in list_entries("bakau.after_ingest"):
        entry.load()(workspace)
