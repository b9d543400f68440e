"""A workspace is a directory; this module knows what lies where in it, and nothing of what the files mean.

    bakau.toml            format number, workspace id
    keys/surrogate.key    secret behind account and party ids (0600); stays with the workspace
    keys/neo4j.password   password of the workspace's own Neo4j server (0600), once it was started
    archive/              ledger.sqlite, segments/, index/, staging/, writer.lock: facts and derived tables, no value in clear
    vault/                encrypted segments: names, numbers, texts; names.index (rebuildable)
    network/              embedded network generations (rebuildable)
    neo4j/                data of the workspace's own Neo4j server (rebuildable)
    casework.sqlite       cases, kept lead lists, proposed rules, emerging methods, audit

The vault key lies outside: ``<key dir>/<workspace id>.key`` (0600) or ``BAKAU_VAULT_KEY``. Who loses it loses the clear values
and nothing else: accounts, transfers, findings stay readable by their surrogates; re-ingesting the files brings the values back.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bakau.errors import FormatError, InputError, VaultError
from bakau.ids import KEY_BYTES, SurrogateKey
from bakau.model import FORMAT
from bakau.settings import NETWORKS, load_settings, load_toml, parse_network

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Workspace:
    """An opened workspace directory: its id, its format number and its paths, which hold whatever the current directory becomes."""

    path: Path
    workspace_id: str
    format: int
    #: Which network it was made for; embedded when bakau.toml says nothing.
    network_kind: str = NETWORKS[0]

    @classmethod
    def create(cls, path: Path, *, network: str = NETWORKS[0]) -> Workspace:
        """Make a new workspace in an empty or missing directory: bakau.toml, both keys, folders. InputError when it is in use."""
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise InputError(f"{path} is not empty", hint="choose a new directory for the workspace")
        workspace_id = secrets.token_hex(8)
        workspace = cls(path.absolute(), workspace_id, FORMAT, network)
        for folder in (path, workspace.archive, workspace.vault, workspace.network, workspace.keys):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(workspace.keys / "surrogate.key", secrets.token_bytes(KEY_BYTES).hex())
        if load_settings().vault_key is None:
            write_private(workspace.vault_key_file, secrets.token_bytes(KEY_BYTES).hex())
        workspace.write_toml(FORMAT)
        return workspace

    @classmethod
    def open(cls, path: Path, *, allow_older: bool = False) -> Workspace:
        """Open an existing workspace. FormatError when it is none, or newer than this Bakau, or older (unless `allow_older`)."""
        entries = load_toml(path / "bakau.toml")
        number, workspace_id = entries.get("format"), entries.get("workspace_id")
        if not isinstance(number, int) or not isinstance(workspace_id, str):
            raise FormatError(f"{path / 'bakau.toml'} lacks format or workspace_id")
        if number > FORMAT:
            raise FormatError(f"{path} has format {number}, newer than this Bakau reads ({FORMAT})", hint="update Bakau")
        if number < FORMAT and not allow_older:
            raise FormatError(f"{path} has format {number}, this Bakau writes {FORMAT}", hint=f"bakau -w {path} archive upgrade")
        kind = parse_network(entries.get("network"), f"network in {path / 'bakau.toml'}")
        return cls(path.absolute(), workspace_id, number, kind or NETWORKS[0])

    def write_toml(self, number: int) -> None:
        """Write bakau.toml with this format number."""
        text = f'# A Bakau workspace. Do not edit.\nformat = {number}\nworkspace_id = "{self.workspace_id}"\n'
        text += f'network = "{self.network_kind}"\n' if self.network_kind != NETWORKS[0] else ""
        (self.path / "bakau.toml").write_text(text, encoding="utf-8")

    @property
    def archive(self) -> Path:
        """Facts and derived tables."""
        return self.path / "archive"

    @property
    def vault(self) -> Path:
        """Encrypted values."""
        return self.path / "vault"

    @property
    def network(self) -> Path:
        """Generations of the embedded network."""
        return self.path / "network"

    @property
    def keys(self) -> Path:
        """The surrogate key."""
        return self.path / "keys"

    @property
    def casework(self) -> Path:
        """The casework database (SQLite by default)."""
        return self.path / "casework.sqlite"

    @property
    def vault_key_file(self) -> Path:
        """Where the vault key lies when it is not in the environment."""
        return load_settings().key_dir / f"{self.workspace_id}.key"

    def load_surrogate_key(self) -> SurrogateKey:
        """The secret behind the surrogates; FormatError when the file is gone."""
        try:
            return SurrogateKey(bytes.fromhex((self.keys / "surrogate.key").read_text(encoding="ascii").strip()))
        except (OSError, ValueError) as error:
            raise FormatError(
                "the surrogate key of this workspace cannot be read", hint="restore keys/surrogate.key from a backup"
            ) from error

    def load_vault_key(self) -> bytes:
        """The 32-byte vault key from the environment or the key file; VaultError when there is none."""
        key = load_settings().vault_key
        if key is not None:
            return key
        try:
            key = bytes.fromhex(self.vault_key_file.read_text(encoding="ascii").strip())
        except (OSError, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise VaultError(
                "the vault key of this workspace is missing",
                hint="put its key file back (see `bakau archive verify`) or set BAKAU_VAULT_KEY; without it names, numbers and texts "
                "stay unreadable, everything else works",
            )
        return key

    def find_vault_key(self) -> bytes | None:
        """The vault key where it is here, else None: for work that can do without."""
        try:
            return self.load_vault_key()
        except VaultError:
            return None


def write_private(path: Path, text: str) -> None:
    """Write a new file that only its owner may read (0600); never overwrites."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(text + "\n")
