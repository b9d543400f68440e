"""The vault: values in clear, encrypted apart from everything else, and the only part of the archive that can forget.

A vault segment is a Parquet file sealed with AES-256-GCM under a key derived (HKDF-SHA256) from the vault key and the segment's
own salt; table and format are authenticated. Its name is the SHA-256 of the sealed bytes, so a changed segment is noticed twice.
"""

from __future__ import annotations

import io
import os
import secrets
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bakau.errors import VaultError
from bakau.model import FORMAT, Table, get_table
from bakau_graph.archive.segment import segment_path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAGIC = b"BAKAUVLT"
_SALT, _NONCE = 16, 12


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
    """Seal rows (schema `table.vault_schema()`) into a staged file."""
    buffer = io.BytesIO()
    pq.write_table(rows.cast(table.vault_schema()), buffer, compression="zstd", compression_level=1)
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


def read_vault(folder: Path, names: Iterable[str], vault_key: bytes, table_name: str) -> pa.Table:
    """The rows of several vault segments of one table, in the order of the names."""
    schema = get_table(table_name).vault_schema()
    tables = [open_vault_segment(folder, name, vault_key, table_name).cast(schema) for name in names]
    return pa.concat_tables(tables) if tables else schema.empty_table()
