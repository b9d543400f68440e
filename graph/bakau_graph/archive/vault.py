"""The vault: values in clear, encrypted apart from everything else, and the only part of the archive that can forget.

A vault segment is a Parquet file sealed with AES-256-GCM under a key derived (HKDF-SHA256) from the vault key and the segment's
own salt; table and format are authenticated. Its name is the SHA-256 of the sealed bytes, so a changed segment is noticed twice.
"""

from __future__ import annotations

import io
import os
import secrets
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bakau.errors import VaultError
from bakau.model import FORMAT, Table, get_table
from bakau_graph.archive.segment import segment_path

if TYPE_CHECKING:
    from pathlib import Path

    from bakau_graph.archive.listing import Listing

MAGIC = b"BAKAUVLT"
_SALT, _NONCE = 16, 12
#: Columns of which hardly two rows have the same.
_DISTINCT = ("account_key", "party_key", "identifier_key", "transfer_id", "number", "value", "reference")


def _derive(vault_key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"bakau vault segment").derive(vault_key))


def seal_bytes(vault_key: bytes, plain: bytes, context: str) -> bytes:
    """Encrypt and authenticate bytes; `context` (a table's name, say) must be given again to open them."""
    salt, nonce = secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE)
    header = MAGIC + bytes([FORMAT])
    return header + salt + nonce + _derive(vault_key, salt).encrypt(nonce, plain, header + context.encode())


def open_bytes(vault_key: bytes, sealed: bytes, context: str) -> bytes:
    """Decrypt what `seal_bytes` made; VaultError when the key is another or a bit was changed."""
    start = len(MAGIC) + 1
    if sealed[: len(MAGIC)] != MAGIC or len(sealed) < start + _SALT + _NONCE:
        raise VaultError("a vault segment is not one of ours or is cut off", hint="bakau archive verify")
    salt, nonce = sealed[start : start + _SALT], sealed[start + _SALT : start + _SALT + _NONCE]
    try:
        return _derive(vault_key, salt).decrypt(nonce, sealed[start + _SALT + _NONCE :], sealed[:start] + context.encode())
    except InvalidTag as error:
        raise VaultError("a vault segment does not open: wrong key, or its bytes were changed", hint="bakau archive verify") from error


def stage_vault_rows(staging: Path, label: str, vault_key: bytes, table: Table, rows: pa.Table) -> Path:
    """Seal rows (schema `table.vault_schema()`, and `batch_id` where batches share the file) into a staged file."""
    buffer = io.BytesIO()
    schema = shared_schema(table) if "batch_id" in rows.column_names else table.vault_schema()
    coded = [name for name in schema.names if name not in _DISTINCT]
    pq.write_table(rows.cast(schema), buffer, compression="zstd", compression_level=1, use_dictionary=coded)
    path = staging / f"{label}.bkv"
    with path.open("wb") as stream:
        stream.write(seal_bytes(vault_key, buffer.getvalue(), table.name))
        stream.flush()
        os.fsync(stream.fileno())
    return path


def open_vault_segment(folder: Path, name: str, vault_key: bytes, table_name: str) -> pa.Table:
    """The rows of one vault segment."""
    try:
        sealed = segment_path(folder, name).read_bytes()
    except OSError as error:
        raise VaultError("a vault segment is missing", hint="bakau archive verify") from error
    return pq.read_table(io.BytesIO(open_bytes(vault_key, sealed, table_name)))


def shared_schema(table: Table) -> pa.Schema:
    """Schema inside a vault segment that several batches share: each row says whose it is."""
    return table.vault_schema().append(pa.field("batch_id", pa.string(), nullable=False))


def read_vault(folder: Path, listing: Listing, vault_key: bytes, table_name: str) -> pa.Table:
    """The rows of one table's vault segments that belong to the batches of the listing, in the order of the batches."""
    table = get_table(table_name)
    schema = shared_schema(table)
    parts = [schema.empty_table()]
    for batch_id, name in listing.own:
        rows = open_vault_segment(folder, name, vault_key, table_name).cast(table.vault_schema())
        parts.append(rows.append_column(schema.field("batch_id"), pa.repeat(pa.scalar(batch_id), len(rows))))
    parts += [open_vault_segment(folder, name, vault_key, table_name).cast(schema) for name in listing.shared]
    every = pa.concat_tables(parts)
    if listing.shared:
        place = pc.index_in(every["batch_id"], value_set=pa.array(listing.batch_ids, pa.string())).combine_chunks()
        order = np.argsort(np.asarray(pc.fill_null(place, len(listing.batch_ids))), kind="stable")
        every = every.take(pa.array(order[: len(place) - place.null_count]))
    return every.drop_columns(["batch_id"])
