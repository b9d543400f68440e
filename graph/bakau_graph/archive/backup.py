"""A backup: one file that holds a workspace as one ledger version sees it, made while others read and write.

Facts are immutable, so it is enough to copy the databases (SQLite's backup, which sees one state) and then the files that copy of
the ledger lists. Casework is copied first: what it refers to is then in the ledger's copy. Should a purge, a redaction or a sweep
delete one of the files meanwhile, everything begins again. The vault key is not in it, nor is what can be made again: the networks.
"""

from __future__ import annotations

import hashlib
import io
import os
import sqlite3
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.errors import ArchiveError, InputError
from bakau.workspace import write_private
from bakau_graph.archive import ledger
from bakau_graph.archive.leaving import place_of
from bakau_graph.archive.packing import BACKUP_FORMAT, MANIFEST, Manifest, Member, write_end, write_member

if TYPE_CHECKING:
    from bakau.progress import Progress
    from bakau.workspace import Workspace
    from bakau_graph.archive.archive import Archive
    from bakau_graph.archive.packing import Readable

_ATTEMPTS = 5
_LISTED = (
    "SELECT DISTINCT kind, name FROM segment WHERE removed_in IS NULL "
    "UNION SELECT DISTINCT 'derived', name FROM run_segment WHERE removed_in IS NULL ORDER BY 1, 2"
)
_INDEXED = "SELECT batch_id FROM batch WHERE batch_id NOT IN (SELECT batch_id FROM tombstone)"
KEY_SUFFIX = ".vault-key"


@dataclass(frozen=True, slots=True)
class Backup:
    """What was written: the file, the key's file when it was asked for, and what is in it."""

    path: Path
    key_path: Path | None
    manifest: Manifest
    size_bytes: int


@dataclass(frozen=True, slots=True)
class _Source:
    """A file to be copied; its digest when its name says it."""

    member: str
    path: Path
    digest: str | None


class _GoneError(Exception):
    """A listed file went while we read: begin again. Never leaves this module."""


def backup(archive: Archive, target: Path, progress: Progress, *, with_key: bool = False) -> Backup:
    """Write a backup to a new file, or under a name of its own into an existing folder. Readable by its owner alone.

    `with_key` writes the vault key beside it, as ``<file>.vault-key`` (0600): keep the two apart. Raises InputError when the file is there
    or lies in the workspace, ArchiveError when a segment is not what the ledger says, VaultError when the key is asked for and not here.
    """
    workspace = archive.workspace
    path = _choose(workspace, target)
    key = workspace.load_vault_key() if with_key else None
    key_path = path.with_name(path.name + KEY_SUFFIX) if key is not None else None
    if path.exists() or (key_path is not None and key_path.exists()):
        raise InputError("there is a file of that name already", hint="a backup is never overwritten: choose another name")
    for _ in range(_ATTEMPTS):
        try:
            manifest = _write(workspace, path, progress)
        except _GoneError:
            continue
        if key is not None and key_path is not None:
            write_private(key_path, key.hex())
        return Backup(path, key_path, manifest, path.stat().st_size)
    raise ArchiveError("a file the ledger lists is not there", hint="bakau archive verify")


def _choose(workspace: Workspace, target: Path) -> Path:
    made = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    path = target / f"bakau-{workspace.workspace_id}-{made}.tar.zst" if target.is_dir() else target
    if path.resolve().is_relative_to(workspace.path.resolve()):
        raise InputError("a backup inside its workspace is lost together with it", hint="choose another folder or disk")
    if not path.parent.is_dir():
        raise InputError("there is no such folder to write the backup to")
    return path


def _write(workspace: Workspace, path: Path, progress: Progress) -> Manifest:
    with tempfile.TemporaryDirectory(prefix=".bakau-backup-", dir=path.parent) as folder:
        work = Path(folder)
        sources = _collect(workspace, work)
        members = tuple(_describe(source) for source in sources)
        with closing(ledger.connect(work / "ledger.sqlite")) as connection:
            version = ledger.current_version(connection)
        manifest = Manifest(BACKUP_FORMAT, workspace.format, workspace.workspace_id, version, time.time_ns() // 1000, members)
        draft = work / "draft"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as raw, pa.CompressedOutputStream(pa.PythonFile(raw, mode="w"), "zstd") as out:
            content = manifest.to_bytes()
            write_member(out, MANIFEST, len(content), io.BytesIO(content))
            for source, member in zip(sources, members, strict=True):
                _copy(source, member, out)
                progress.advance(member.size)
            write_end(out)
        _settle(draft, path)
    return manifest


def _settle(draft: Path, path: Path) -> None:
    """Flush, then give the file its name, unless somebody took it meanwhile."""
    for place in (draft, path.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    try:
        os.link(draft, path)
    except FileExistsError as error:
        raise InputError("there is a file of that name already", hint="a backup is never overwritten: choose another name") from error
    except OSError:  # a disk without hard links
        draft.rename(path)


def _collect(workspace: Workspace, work: Path) -> list[_Source]:
    """Copies of the databases, then everything the ledger's copy lists, in an order that is always the same."""
    if workspace.casework.exists():
        _copy_database(workspace.casework, work / "casework.sqlite")
    _copy_database(workspace.archive / ledger.FILE_NAME, work / "ledger.sqlite")
    sources = [
        _Source("bakau.toml", workspace.path / "bakau.toml", None),
        _Source("keys/surrogate.key", workspace.keys / "surrogate.key", None),
        _Source("archive/ledger.sqlite", work / "ledger.sqlite", None),
    ]
    if workspace.casework.exists():
        sources.append(_Source("casework.sqlite", work / "casework.sqlite", None))
    with closing(ledger.connect(work / "ledger.sqlite")) as connection:
        listed = connection.execute(_LISTED).fetchall()
        batches = [row[0] for row in connection.execute(_INDEXED)]
    for name, path in dict.fromkeys((row["name"], place_of(workspace, row["kind"], row["name"])) for row in listed):
        sources.append(_Source(path.relative_to(workspace.path).as_posix(), path, name.partition(".")[0]))
    for batch_id in sorted(batches):
        paths = sorted((workspace.archive / "index").glob(f"{batch_id}.*.npy"))
        sources += [_Source(path.relative_to(workspace.path).as_posix(), path, None) for path in paths]
    return sources


def _copy_database(source: Path, target: Path) -> None:
    """One state of a database, whoever writes to it, in one file."""
    address = f"{source.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=30)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
            new.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        raise ArchiveError(f"{source.name} could not be copied: {error}", hint=ledger.HINT) from error
    target.chmod(0o600)


def _describe(source: _Source) -> Member:
    with _opened(source) as stream:
        digest = source.digest or hashlib.file_digest(stream, "sha256").hexdigest()
        return Member(source.member, os.fstat(stream.fileno()).st_size, digest)


def _copy(source: _Source, member: Member, out: pa.NativeFile) -> None:
    with _opened(source) as stream:
        watched = _Hashing(stream)
        write_member(out, member.path, member.size, watched)
        if watched.digest != member.sha256:
            raise ArchiveError(f"{member.path} is not what it was written as; no backup was made", hint="bakau archive verify")


def _opened(source: _Source) -> io.BufferedReader:
    try:
        return source.path.open("rb")
    except FileNotFoundError:
        raise _GoneError from None


class _Hashing:
    """A file that is hashed while it is read."""

    def __init__(self, stream: Readable) -> None:
        self._stream, self._hash = stream, hashlib.sha256()

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        block = self._stream.read(size)
        self._hash.update(block)
        return block

    @property
    def digest(self) -> str:
        """SHA-256 of what was read so far."""
        return self._hash.hexdigest()
