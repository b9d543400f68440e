"""Restoring: a workspace from a backup, whole or not at all. The file is hostile until everything in it has been looked at.

Everything is unpacked beside the target under another name, each file held to its SHA-256; then the ledger is read and every segment
hashed and counted as `archive verify` does; then one rename. Whatever is wrong, nothing of the backup stays.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.errors import FileError, InputError
from bakau.ids import KEY_BYTES
from bakau.model import FORMAT
from bakau.workspace import Workspace, write_private
from bakau_graph.archive import ledger, rates, statements, term
from bakau_graph.archive.orphans import SEGMENT_NAME
from bakau_graph.archive.packing import BOMB_RATIO, BOMB_SLACK, Manifest, Member, check_end, open_member, read_manifest
from bakau_graph.archive.vault import open_vault_segment
from bakau_graph.archive.verify import verify_archive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bakau.progress import Progress

_FOLDERS = ("archive/segments", "archive/index", "archive/staging", "vault", "network", "keys")
#: Seen in the ledger of a backup and used as parts of paths later on.
_NAMED = (("segment", "name"), ("run_segment", "name"))


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and whether this machine holds the vault key of it."""

    path: Path
    manifest: Manifest
    has_vault_key: bool


def restore(source: Path, target: Path, progress: Progress, *, key_file: Path | None = None) -> Restored:
    """Unpack a backup into a new or empty folder, check all of it, and put its vault key in place when one is given.

    Raises InputError for a folder that is in use or a disk that is too small, FileError for a file that is no backup, is damaged or
    says something else than it holds, FormatError when a newer Bakau made it, VaultError for another workspace's key. Then nothing was
    written.
    """
    if target.is_symlink() or (target.exists() and (not target.is_dir() or any(target.iterdir()))):
        raise InputError("the folder to restore to is not empty", hint="choose a new directory for the workspace")
    if not target.absolute().parent.is_dir():
        raise InputError("there is no such folder to restore into")
    key = _read_key(key_file) if key_file else None
    work = tempfile.mkdtemp(prefix=".bakau-restore-", dir=target.absolute().parent)
    folder = target.absolute().parent / work / "workspace"
    try:
        folder.mkdir(mode=0o700)
        manifest = _unpack(source, folder, progress)
        workspace = _check(folder, manifest, progress)
        _keep_key(workspace, key)
        folder.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return Restored(target, manifest, workspace.find_vault_key() is not None)


def _unpack(source: Path, folder: Path, progress: Progress) -> Manifest:
    try:
        size = source.stat().st_size
        with source.open("rb") as raw, pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd") as packed:
            manifest = read_manifest(packed, FORMAT)
            _check_room(manifest, size, folder)
            for name in _FOLDERS:
                (folder / name).mkdir(mode=0o700, parents=True)
            for member in manifest.members:
                _write(folder, member, open_member(packed, member))
                progress.advance(member.size)
            check_end(packed)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise FileError("the backup cannot be read") from error
    except pa.ArrowException as error:
        raise FileError("this is no backup, or it is damaged") from error
    except OSError as error:
        if error.errno is not None:  # the disk's, not the decoder's
            raise
        raise FileError("this is no backup, or it is damaged") from error
    return manifest


def _check_room(manifest: Manifest, size: int, folder: Path) -> None:
    if manifest.size_bytes > BOMB_RATIO * size + BOMB_SLACK:
        raise FileError(f"this backup unpacks to more than {BOMB_RATIO} times its size; nothing was written")
    if manifest.size_bytes > shutil.disk_usage(folder).free:
        raise InputError(f"the disk is too small: {manifest.size_bytes:,} bytes are needed", hint="free disk space, then run again")


def _write(folder: Path, member: Member, blocks: Iterator[bytes]) -> None:
    """A new file, never through a link; its path was checked against the paths a workspace has."""
    path = folder / member.path
    path.parent.mkdir(mode=0o700, exist_ok=True, parents=True)
    digest = hashlib.sha256()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as stream:
        for block in blocks:
            digest.update(block)
            stream.write(block)
        stream.flush()
        os.fsync(stream.fileno())
    if digest.hexdigest() != member.sha256:
        raise FileError(f"{member.path} was changed since the backup was made; nothing was restored")


def _check(folder: Path, manifest: Manifest, progress: Progress) -> Workspace:
    """The workspace as it will be, once its ledger and every segment are what they say."""
    try:
        workspace = Workspace.open(folder, allow_older=True)
        if (workspace.workspace_id, workspace.format) != (manifest.workspace_id, manifest.format):
            raise FileError("this backup is not of the workspace it names; nothing was restored")
        workspace.load_surrogate_key()
        _check_ledger(workspace)
        if workspace.format == FORMAT:
            progress.say("Verifying")
            problems = verify_archive(workspace, progress).problems
            if problems:
                raise FileError(f"the archive in this backup is not sound: {problems[0]}; nothing was restored")
    except sqlite3.DatabaseError as error:
        raise FileError("a database in this backup is damaged; nothing was restored") from error
    return workspace


def _check_ledger(workspace: Workspace) -> None:
    """FileError when the databases hold code that is not ours, or a name that is no segment's."""
    with closing(sqlite3.connect(":memory:")) as model:
        model.executescript(ledger.SCHEMA + ledger.KEEPING)
        for statement in (*rates.TABLES, *statements.TABLES, *term.TABLES):
            model.execute(statement)
        ours = set(_code(model))
    with closing(ledger.connect(workspace.archive / ledger.FILE_NAME)) as connection:
        ledger.check_format(connection)
        strange = set(map(tuple, _code(connection))) - ours
        names = [row[0] for table, column in _NAMED for row in connection.execute(f"SELECT {column} FROM {table}")]
    if strange or not all(SEGMENT_NAME.fullmatch(str(name)) for name in names):
        raise FileError("the ledger in this backup is not one of ours; nothing was restored")
    if workspace.casework.exists():
        with closing(sqlite3.connect(workspace.casework)) as connection:
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok":
            raise FileError("the casework database in this backup is damaged; nothing was restored")


def _code(connection: sqlite3.Connection) -> list[tuple[str, ...]]:
    return [tuple(row) for row in connection.execute("SELECT type, name, sql FROM sqlite_master WHERE type IN ('trigger', 'view')")]


def _read_key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise InputError("the file given with --key holds no vault key")
    return key


def _keep_key(workspace: Workspace, key: bytes | None) -> None:
    """Put the key where this machine looks for it; another key that lies there is never overwritten."""
    if key is None:
        return
    with closing(ledger.connect(workspace.archive / ledger.FILE_NAME)) as connection:
        row = connection.execute("SELECT name, table_name FROM segment WHERE kind = 'vault' AND removed_in IS NULL LIMIT 1").fetchone()
    if row is not None:
        open_vault_segment(workspace.vault, row["name"], key, row["table_name"])
    if workspace.vault_key_file.exists():
        if _read_key(workspace.vault_key_file) != key:
            raise InputError("this machine holds another vault key for that workspace", hint=f"look at {workspace.vault_key_file} first")
        return
    write_private(workspace.vault_key_file, key.hex())
