"""Signatures of packs: a detached Ed25519 signature (RFC 8032) beside the file, so that a workspace may take packs of people it knows alone.

The signature lies in ``PACK.sig``, one JSON object: algorithm, public key and signature in hexadecimal. Keys are PEM files as OpenSSL makes them
(``openssl genpkey -algorithm ed25519 -out my.key``).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bakau.errors import FileError, InputError, PackError, Place

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

_ALGORITHM = "Ed25519"
#: What is signed begins so: a signature over a pack is none over anything else.
_PREFIX = b"bakau pack signature 1\n"
_HINT = "bakau indicators sign PACK --key KEY, with a key that `bakau indicators keys` lists"


def signature_path(pack: Path) -> Path:
    """Where the signature of a pack lies."""
    return pack.with_name(pack.name + ".sig")


def check_key(text: str) -> str:
    """A public key as it is written down: 64 hexadecimal digits. InputError for anything else."""
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise InputError("a public key has 64 hexadecimal digits", hint="`bakau indicators sign` prints it")
    return raw.hex()


def sign_pack(pack: Path, key: Path) -> str:
    """Write the signature of a pack beside it; the public key. FileError when a file cannot be read, InputError when it holds no Ed25519 key."""
    try:
        content, sealed = pack.read_bytes(), key.read_bytes()
    except OSError as error:
        raise FileError("cannot be read", at=Place(str(error.filename))) from error
    try:
        private = load_pem_private_key(sealed, password=None)
    except (ValueError, TypeError) as error:
        raise InputError("the key is no PEM file without a password", hint="openssl genpkey -algorithm ed25519 -out my.key") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise InputError("the key is of another kind than Ed25519", hint="openssl genpkey -algorithm ed25519 -out my.key")
    public = private.public_key().public_bytes_raw().hex()
    stated = {"algorithm": _ALGORITHM, "key": public, "signature": private.sign(_PREFIX + content).hex()}
    signature_path(pack).write_text(json.dumps(stated) + "\n", encoding="ascii")
    return public


def verify_pack(pack: Path, content: bytes | None = None) -> str:
    """The public key that signed the pack (its `content`, where that was read already). PackError when there is no signature or it does not fit."""
    at = Place(pack.name)
    signed = _read(pack, "the pack cannot be read") if content is None else content
    stated = _read(signature_path(pack), "the pack has no signature")
    try:
        found = json.loads(stated)
        public, signature, algorithm = bytes.fromhex(found["key"]), bytes.fromhex(found["signature"]), found["algorithm"]
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _PREFIX + signed)
    except (ValueError, KeyError, TypeError, InvalidSignature) as error:
        raise PackError("the signature does not fit the pack", at=at, hint=_HINT) from error
    if algorithm != _ALGORITHM:
        raise PackError(f"the signature is of another kind than {_ALGORITHM}", at=at, hint=_HINT)
    return public.hex()


def require_signature(pack: Path, content: bytes, trusted: Collection[str]) -> None:
    """PackError unless a trusted key signed this content of the pack."""
    if verify_pack(pack, content) not in trusted:
        raise PackError("the pack was signed by a key that this workspace does not trust", at=Place(pack.name), hint=_HINT)


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PackError(what, at=Place(path.name.removesuffix(".sig")), hint=_HINT) from error
