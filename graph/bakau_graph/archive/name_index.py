"""The index of names: which party bears which name keys. Made when somebody asks, sealed like a vault segment, and nowhere but in the vault.

One file, ``vault/names.index``. It is no fact: it may be deleted, and is made again when it does not fit the snapshot. Whoever forgets
somebody deletes it (`drop_name_index`), so that no key of theirs outlives their name.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bakau.errors import VaultError
from bakau.names import name_keys, name_secret
from bakau_graph.archive.vault import open_bytes, seal_bytes

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from bakau.names import NameKeys
    from bakau.workspace import Workspace
    from bakau_graph.archive.snapshot import Snapshot

    Keys = npt.NDArray[np.int64]

_FILE = "names.index"
#: Raised when the same name would give other keys.
_VERSION = 1


@dataclass(frozen=True, slots=True)
class NameIndex:
    """Name keys (sorted int64) and the party that bears each, row by row; `secret` makes keys of what is sought."""

    keys: Keys
    parties: Keys
    secret: bytes

    def keys_of(self, name: str) -> NameKeys | None:
        """What to look for when this name is sought; None when it holds no letter."""
        return name_keys(self.secret, name, any_order=True)

    def bearers(self, key: int) -> Keys:
        """Parties that bear this key, sorted."""
        first, last = np.searchsorted(self.keys, [key, key + 1])
        return np.unique(self.parties[first:last])

    def find(self, sought: NameKeys) -> dict[str, Keys]:
        """Parties by how they match, the strongest first, each under the strongest only.

        ``same words`` in any order (or the same letters, written as one), ``more words`` (all that are sought and others), ``same
        sound`` (consonants alike).
        """
        same = np.unique(np.concatenate([self.bearers(key) for key in (sought.whole, *sought.joined)]))
        more = self.bearers(sought.words[0]) if len(sought.words) > 1 else np.empty(0, np.int64)
        for key in sought.words[1:]:
            more = np.intersect1d(more, self.bearers(key))
        sound = np.empty(0, np.int64) if sought.sound is None else self.bearers(sought.sound)
        more = np.setdiff1d(more, same)
        return {"same words": same, "more words": more, "same sound": np.setdiff1d(sound, np.concatenate([same, more]))}


def open_name_index(workspace: Workspace, snapshot: Snapshot) -> NameIndex:
    """The index of this snapshot's names, made when there is none that fits. VaultError without the vault key."""
    vault_key = workspace.load_vault_key()
    context = f"names {_VERSION} {snapshot.digest}"
    rows = _read(_path(workspace), vault_key, context)
    if rows is None:
        rows = _make(snapshot, name_secret(vault_key))
        _write(_path(workspace), vault_key, context, rows)
    return NameIndex(np.asarray(rows["key"]), np.asarray(rows["party_key"]), name_secret(vault_key))


def drop_name_index(workspace: Workspace) -> None:
    """Delete the index: somebody is to be forgotten."""
    _path(workspace).unlink(missing_ok=True)


def _path(workspace: Workspace) -> Path:
    return workspace.vault / _FILE


def _read(path: Path, vault_key: bytes, context: str) -> pa.Table | None:
    """The stored rows, None when there are none or they are of other facts (what another context sealed does not open)."""
    try:
        return pq.read_table(io.BytesIO(open_bytes(vault_key, path.read_bytes(), context)))
    except (FileNotFoundError, VaultError):
        return None


def _make(snapshot: Snapshot, secret: bytes) -> pa.Table:
    named = snapshot.names()
    coded = named["name"].combine_chunks().dictionary_encode()
    found = [name_keys(secret, name) for name in coded.dictionary.to_pylist()]
    of_name = [np.array(keys.all() if keys else (), np.int64) for keys in found]
    which = np.asarray(coded.indices, np.int64)
    counts = np.array([len(keys) for keys in of_name], np.int64)[which]
    keys = np.concatenate([np.empty(0, np.int64), *(of_name[name] for name in which.tolist())])
    parties = np.repeat(np.asarray(named["party_key"]), counts)
    pairs = np.unique(np.stack([keys, parties], axis=1), axis=0) if len(keys) else np.empty((0, 2), np.int64)
    return pa.table({"key": pa.array(pairs[:, 0]), "party_key": pa.array(pairs[:, 1])})


def _write(path: Path, vault_key: bytes, context: str, rows: pa.Table) -> None:
    buffer = io.BytesIO()
    pq.write_table(rows, buffer, compression="zstd", compression_level=1)
    staged = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        staged.write_bytes(seal_bytes(vault_key, buffer.getvalue(), context))
        staged.replace(path)
    finally:
        staged.unlink(missing_ok=True)
