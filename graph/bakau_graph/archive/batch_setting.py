"""What the writer of a batch needs to know of its archive, as of one version of the ledger."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakau import siphash
from bakau_graph.archive import ledger
from bakau_graph.archive.index import RowIndex
from bakau_graph.archive.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    from bakau.ids import Realm, SurrogateKey
    from bakau.workspace import Workspace
    from bakau_graph.archive.records import BatchIdentity
    from bakau_graph.archive.snapshot import Snapshot

    Keys = npt.NDArray[np.int64]
    #: Keys of accounts or parties, sorted, and what tells their ids apart.
    KnownIds = tuple[Keys, npt.NDArray[np.uint64]]

ID_HASH_KEY = b"bakau id compare"  # 16 bytes; ids are keyed hashes already, this only shortens them
_KEY_OF = {"party": "party_key", "account": "account_key", "identifier": "identifier_key"}


@dataclass(frozen=True, slots=True)
class BatchSetting:
    """What a batch writer needs to know of its archive, as of a version of the ledger; `room` is where it stages its files."""

    batch_id: str
    version: int
    source_scope: str
    corrects: bool
    key: SurrogateKey
    load_vault_key: Callable[[], bytes]
    staging: Path
    room: Path
    segments: Path
    vault: Path
    index: Path
    stored_indexes: Callable[[str], list[RowIndex]]
    known_keys: Callable[[str], Keys]
    #: What batches listed after a version brought; after 0: all of them.
    known_ids: Callable[[Realm, int], KnownIds]
    redactor: Redactor


def make_setting(
    workspace: Workspace,
    take_snapshot: Callable[[int | None], Snapshot],
    identity: BatchIdentity,
    room: Path,
    *,
    attempts: int,
    corrects: bool,
    replace: str | None,
) -> BatchSetting:
    """The setting of now. `attempts`: how often a batch of this identity was listed; `replace`: the batch that goes when this one comes."""
    snapshot = take_snapshot(None)
    visible = [batch.batch_id for batch in snapshot.batches() if batch.batch_id != replace]
    index = workspace.archive / "index"

    def stored_indexes(table: str) -> list[RowIndex]:
        paths = (index / f"{batch_id}.{table}.npy" for batch_id in visible)
        return [RowIndex.load(path) for path in paths if path.exists()]

    def known_keys(realm: str) -> Keys:
        with snapshot.connect_raw(realm, visible) as connection:
            # realm is one of three names of ours; batch ids are bound
            rows = connection.execute(
                f"SELECT DISTINCT {_KEY_OF[realm]} AS k FROM raw_{realm} WHERE batch_id IN (SELECT unnest($ids))", {"ids": visible}
            )
            return np.asarray(rows.fetchnumpy()["k"], dtype=np.int64)

    def known_ids(realm: Realm, after: int) -> KnownIds:
        old = {batch.batch_id for batch in take_snapshot(after).batches()} if after else set[str]()
        new = [batch.batch_id for batch in snapshot.batches() if batch.batch_id not in old]
        return _read_ids(snapshot, realm, new) if new else (np.empty(0, np.int64), np.empty(0, np.uint64))

    return BatchSetting(
        batch_id=_batch_id(identity, attempts),
        version=snapshot.version,
        source_scope=identity.source_id,
        corrects=corrects,
        key=workspace.load_surrogate_key(),
        load_vault_key=workspace.load_vault_key,
        staging=workspace.archive / "staging",
        room=room,
        segments=workspace.archive / "segments",
        vault=workspace.vault,
        index=index,
        stored_indexes=stored_indexes,
        known_keys=known_keys,
        known_ids=known_ids,
        redactor=Redactor.load(workspace.archive / ledger.FILE_NAME),
    )


def _read_ids(snapshot: Snapshot, realm: Realm, batch_ids: list[str]) -> KnownIds:
    """Every key with the hash of its id, sorted by key. The same accounts come again and again, and their ids are long texts: they are
    read from the first batch that holds each.
    """
    name, key = f"raw_{realm.value}", f"{realm.value}_key"
    places = "SELECT unnest($ids) AS batch_id, unnest(range(len($ids))) AS place"
    firsts = f"SELECT DISTINCT first FROM (SELECT min(place) AS first FROM {name} JOIN ({places}) USING (batch_id) GROUP BY {key})"
    text = f"SELECT DISTINCT {key} AS k, {realm.value}_id AS id FROM {name} WHERE batch_id IN (SELECT unnest($ids))"
    with snapshot.connect_raw(realm.value, batch_ids) as connection:
        if len(batch_ids) > 1:
            batch_ids = [batch_ids[place] for (place,) in connection.execute(firsts, {"ids": batch_ids}).fetchall()]
        rows = connection.sql(text, params={"ids": batch_ids}).to_arrow_table()
    rest, _ = siphash.hash_strings(ID_HASH_KEY, rows["id"].combine_chunks())
    keys = np.asarray(rows["k"])
    order = np.argsort(keys)
    return keys[order], rest[order]


def _batch_id(identity: BatchIdentity, attempt: int) -> str:
    text = "\x1f".join((identity.source_id, identity.file_sha256, identity.mapping_hash, identity.reader, str(attempt)))
    return "b-" + base64.b32encode(hashlib.blake2b(text.encode(), digest_size=10).digest()).decode().lower()
