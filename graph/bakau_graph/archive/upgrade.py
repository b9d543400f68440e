"""Taking an older workspace forward: a copy first, then one step per format number, under the writer lock."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from bakau.errors import ArchiveError
from bakau.model import FORMAT
from bakau.workspace import Workspace
from bakau_graph.archive import ledger
from bakau_graph.archive.lock import writer_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Step = Callable[[Workspace], None]


def _to_format_2(workspace: Workspace) -> None:
    """Room in the ledger for shared segments, holds, tombstones and files that leave; no fact changes, nor any digest.

    Tags have a text in the vault from now on, which an older Bakau would not forget with its subject.
    """
    connection = ledger.connect(workspace.archive / ledger.FILE_NAME)
    try:
        present = {row["name"] for row in connection.execute("PRAGMA table_info(segment)")}
        if "shared" in present:  # an upgrade that was killed after this step
            return
        with ledger.transaction(connection):
            for statement in (*ledger.TO_FORMAT_2, *ledger.split_statements(ledger.KEEPING)):
                connection.execute(statement)
    finally:
        connection.close()


#: Steps by the format number they start from.
STEPS: dict[int, Step] = {1: _to_format_2}


def upgrade(path: Path, *, steps: Mapping[int, Step] = STEPS, target: int = FORMAT) -> tuple[int, Path | None]:
    """Bring the workspace at `path` to the `target` format; returns the number it had and the copy made before (None when current).

    The copy lies beside the workspace as ``<name>.format-<n>``. Raises FormatError for a newer workspace, LockedError while
    somebody writes, ArchiveError when there is no step from its format.
    """
    workspace = Workspace.open(path, allow_older=True)
    if workspace.format >= target:
        return workspace.format, None
    with writer_lock(workspace.archive / "writer.lock"):
        copy = path.with_name(f"{path.name}.format-{workspace.format}")
        if copy.exists():
            raise ArchiveError(f"{copy.name} exists already", hint="an earlier upgrade left it: move it away, then run again")
        shutil.copytree(path, copy, ignore=shutil.ignore_patterns("neo4j"))  # a server's data is no fact, and may be in use
        for number in range(workspace.format, target):
            if number not in steps:
                raise ArchiveError(f"there is no way from format {number} to {number + 1}")
            steps[number](workspace)
            _write_format(workspace, number + 1)
    return workspace.format, copy


def _write_format(workspace: Workspace, number: int) -> None:
    for path in (workspace.archive / ledger.FILE_NAME, workspace.casework):
        if not path.exists():  # nobody has opened a case yet
            continue
        connection = ledger.connect(path)
        try:
            with ledger.transaction(connection):
                connection.execute("UPDATE meta SET value = ? WHERE key = 'format'", (str(number),))
        finally:
            connection.close()
    workspace.write_toml(number)
