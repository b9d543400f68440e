"""Where the rows of some batches lie: files of one batch each, and shared files in which each row says whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bakau_graph.archive.segment import segment_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger: this file holds rows of this batch, and of others when it is `shared`."""

    batch_id: str
    name: str
    shared: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """Files that hold rows of `batch_ids`, each once, in the order of the batches.

    `own`: batch and file that is its alone. `shared`: files made by compaction, which carry a column `batch_id`. `mixed`: some shared
    file also holds rows of batches that are not asked for.
    """

    batch_ids: tuple[str, ...]
    own: tuple[tuple[str, str], ...]
    shared: tuple[str, ...]
    mixed: bool

    @classmethod
    def build(cls, entries: Sequence[Entry], batch_ids: Iterable[str]) -> Listing:
        """From every entry of a table and kind, those of these batches."""
        wanted = tuple(dict.fromkeys(batch_ids))
        of_batch: dict[str, list[Entry]] = {}
        for entry in entries:
            of_batch.setdefault(entry.batch_id, []).append(entry)
        found = [entry for batch_id in wanted for entry in of_batch.get(batch_id, [])]
        shared = dict.fromkeys(entry.name for entry in found if entry.shared)
        asked = set(wanted)
        mixed = any(entry.name in shared and entry.batch_id not in asked for entry in entries)
        return cls(wanted, tuple((entry.batch_id, entry.name) for entry in found if not entry.shared), tuple(shared), mixed)

    @property
    def names(self) -> list[str]:
        """Every file."""
        return [*(name for _, name in self.own), *self.shared]

    def select(self, folder: Path, columns: str = "*") -> str | None:
        """SQL that reads these columns of the rows; None when there is no file."""
        parts = []
        if self.own:
            parts.append(f"SELECT {columns} FROM read_parquet([{_paths(folder, (name for _, name in self.own))}])")
        if self.shared:
            only = f" WHERE batch_id IN ({', '.join(map(_quote, self.batch_ids))})" if self.mixed else ""
            parts.append(f"SELECT {columns} FROM read_parquet([{_paths(folder, self.shared)}]){only}")
        return " UNION ALL ".join(parts) or None


def _paths(folder: Path, names: Iterable[str]) -> str:
    return ", ".join(_quote(str(segment_path(folder, name))) for name in names)


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
