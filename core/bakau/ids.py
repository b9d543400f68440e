"""Surrogates: keyed hashes that stand for account numbers, parties, identifiers and transfers.

Law (design §3): the same input under the same workspace key gives the same id for ever; the fixed vectors in the tests hold this.

* account, party and identifier: BLAKE2b-128 keyed with the workspace's surrogate key over ``realm US scheme US value``
  (US is the unit separator, 0x1F), computed on unique values only. The id is a prefix and 26 base-32 characters; the *key* is
  the first 63 bits of the same digest, a non-negative int64 that every engine can join on.
* transfer and tag: 128-bit SipHash-2-4 with a key derived from the same secret (see `identify_by_reference`, `identify_tags`).
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau import siphash
from bakau.compiled import pays_by_now

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from bakau.siphash import Words

KEY_BYTES = 32
#: Characters of an id that people are shown; any unique beginning is accepted back.
SHORT_ID = 14
_SEPARATOR = "\x1f"
_DIGEST, _PERSON = 16, b"bakau-surrogate1"
#: Longest prefix that surely leaves room in a block.
_MOST_PREFIX = 100
_BASE32 = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", np.uint8)
#: Distinct values of a column in a chunk up to which their hashes are kept for the next one.
_FEW = 16
#: The two characters of ten bits.
_FIRST, _SECOND = np.repeat(_BASE32, 32), np.tile(_BASE32, 32)


class Realm(StrEnum):
    """What a surrogate stands for. Ids of different realms never collide by construction."""

    ACCOUNT = "account"
    PARTY = "party"
    IDENTIFIER = "identifier"

    @property
    def prefix(self) -> str:
        """How ids of this realm begin."""
        return {"account": "acc_", "party": "par_", "identifier": "idn_"}[self.value]


@dataclass(frozen=True, slots=True)
class Surrogates:
    """Ids (string) and 63-bit keys (int64) of a column of values, row by row; null where the value was null."""

    ids: pa.StringArray
    keys: pa.Int64Array


@dataclass(frozen=True, slots=True, repr=False)
class SurrogateKey:
    """The workspace's secret for surrogates: 32 bytes that lie in the workspace outside ``archive/`` and never in a log."""

    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise ValueError(f"a surrogate key has {KEY_BYTES} bytes")

    def surrogates(self, realm: Realm, scheme: str, values: pa.Array | pa.ChunkedArray) -> Surrogates:
        """Ids and keys of normalised clear values, hashed once per distinct value.

        `scheme` says in which numbering a value is unique: ``iban``, ``phone``, ``crypto:BTC``, ``local:<scope>``…
        """
        column = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
        coded = column if isinstance(column, pa.DictionaryArray) else column.cast(pa.string()).dictionary_encode()
        words = self._digest_words(realm, scheme, coded.dictionary)
        keys = pa.array((words[:, 0] >> np.uint64(1)).astype(np.int64))
        ids = _print_ids(realm.prefix, words)
        if coded is not column and len(coded.dictionary) == len(coded):  # no value twice and none missing: in order already
            return Surrogates(ids, keys)
        return Surrogates(ids.take(coded.indices), keys.take(coded.indices))

    def digest(self, realm: Realm, scheme: str, value: str) -> bytes:
        """The 16 bytes from which id and key are made."""
        return self.digests(realm, scheme, [value])

    def _digest_words(self, realm: Realm, scheme: str, values: pa.StringArray) -> Words:
        """The digests of distinct values as rows of two big-endian words."""
        prefix = _prefix(realm, scheme)
        if not pays_by_now(len(values)) or len(prefix) > _MOST_PREFIX:
            return np.frombuffer(self.digests(realm, scheme, values.to_pylist()), ">u8").astype(np.uint64).reshape(-1, 2)
        from bakau.blake2_numba import BLOCK, hash_keyed

        parameters = bytes([_DIGEST, KEY_BYTES, 1, 1]).ljust(48, b"\0") + _PERSON
        wide = values.cast(pa.large_string())
        offsets = np.frombuffer(wide.buffers()[1], np.int64)[wide.offset : wide.offset + len(wide) + 1]
        octets = np.frombuffer(wide.buffers()[2] or b"", np.uint8)
        words = np.empty((len(wide), 2), np.uint64)
        key, begun = (np.frombuffer(part, np.uint8) for part in (self.secret.ljust(BLOCK, b"\0"), prefix))
        hash_keyed(np.frombuffer(parameters, np.uint64), key, begun, octets, offsets, words)
        return words.byteswap()

    def digests(self, realm: Realm, scheme: str, values: Sequence[str]) -> bytes:
        """The digests of many values, one after the other: what all have in common is hashed once."""
        begun = hashlib.blake2b(_prefix(realm, scheme), digest_size=_DIGEST, key=self.secret, person=_PERSON)
        found = bytearray()
        for value in values:
            hashed = begun.copy()
            hashed.update(value.encode())
            found += hashed.digest()
        return bytes(found)

    def transfer_key(self) -> bytes:
        """The 16-byte SipHash key of transfer identities."""
        return hashlib.blake2b(b"transfer", digest_size=16, key=self.secret, person=b"bakau-transfer-1").digest()

    def text_key(self) -> bytes:
        """The 16-byte SipHash key for references and free text that take part in a transfer's content."""
        return hashlib.blake2b(b"text", digest_size=16, key=self.secret, person=b"bakau-transfer-1").digest()


def _prefix(realm: Realm, scheme: str) -> bytes:
    return _SEPARATOR.join((realm.value, scheme, "")).encode()


def to_id(realm: Realm, digest: bytes) -> str:
    """The printable id of a digest: prefix and 26 lower-case base-32 characters."""
    return realm.prefix + base64.b32encode(digest).decode().rstrip("=").lower()


def _print_ids(prefix: str, words: npt.NDArray[np.uint64]) -> pa.StringArray:
    """`to_id` of many digests at once, given as rows of two big-endian words: thirteen pairs of characters, ten bits each."""
    high, low = words[:, 0], words[:, 1]
    begin = prefix.encode()
    width = len(begin) + 26
    text = np.empty((len(words), width), np.uint8)
    text[:, : len(begin)] = np.frombuffer(begin, np.uint8)
    pairs = text[:, len(begin) :]
    for place in range(13):
        shift = 118 - 10 * place  # of the pair's lowest bit; the last pair is filled up with zeros
        if shift >= 64:
            bits = high >> np.uint64(shift - 64)
        elif shift > 54:
            bits = (high << np.uint64(64 - shift)) | (low >> np.uint64(shift))
        else:
            bits = low >> np.uint64(shift) if shift >= 0 else low << np.uint64(-shift)
        bits &= np.uint64(1023)
        pairs[:, 2 * place], pairs[:, 2 * place + 1] = _FIRST[bits], _SECOND[bits]
    offsets = np.arange(len(words) + 1, dtype=np.int32) * np.int32(width)
    return pa.StringArray.from_buffers(len(words), pa.py_buffer(offsets), pa.py_buffer(text))


def short(surrogate: object) -> str:
    """The beginning of an id, for a screen; ``protected`` where there is none."""
    return "protected" if surrogate is None else str(surrogate)[:SHORT_ID]


def to_key(digest: bytes) -> int:
    """The 63-bit key of a digest: its first eight bytes, big-endian, without the lowest bit."""
    return int.from_bytes(digest[:8], "big") >> 1


def key_of_id(surrogate_id: str) -> int:
    """The 63-bit key inside a full id; ValueError when it is not one."""
    _, _, body = surrogate_id.partition("_")
    digest = base64.b32decode(body.upper() + "=" * (-len(body) % 8))
    if len(digest) != 16:
        raise ValueError("not a full surrogate id")
    return to_key(digest)


# --- transfers -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Identity:
    """128-bit identities of rows as two uint64 columns (`low`, `high`)."""

    low: Words
    high: Words

    def to_binary(self) -> pa.FixedSizeBinaryArray:
        """The 16-byte values as stored in ``transfer_id`` (high then low, big-endian: byte order is number order)."""
        stacked = np.empty((len(self.low), 2), ">u8")  # filled, not stacked: np.stack returns to the machine's own byte order
        stacked[:, 0], stacked[:, 1] = self.high, self.low
        return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(self.low), [None, pa.py_buffer(stacked)])

    @classmethod
    def from_binary(cls, ids: pa.Array | pa.ChunkedArray) -> Identity:
        """The identity columns of stored 16-byte ids (no nulls)."""
        column = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
        column = column.cast(pa.binary(16))
        raw = np.frombuffer(column.buffers()[1], dtype=">u8")
        pairs = raw[2 * column.offset : 2 * (column.offset + len(column))].reshape(-1, 2)
        return cls(low=pairs[:, 1].astype(np.uint64), high=pairs[:, 0].astype(np.uint64))


def scope_word(source_scope: str) -> np.uint64:
    """The source scope as one word: the first eight bytes of its BLAKE2b hash (a scope is a code, not a secret)."""
    return np.uint64(int.from_bytes(hashlib.blake2b(source_scope.encode(), digest_size=8).digest(), "little"))


def identify_by_reference(key: SurrogateKey, source_scope: str, references: pa.Array) -> Identity:
    """Identity of transfers that carry their source's own reference: hash(scope, reference). `references`: string, no nulls."""
    low, high = siphash.hash_strings(key.text_key(), references)
    scope = np.full(1, scope_word(source_scope))
    return Identity(*siphash.hash_words(key.transfer_key(), [scope, np.zeros_like(scope), low, high], len(low)))


def identify_by_content(key: SurrogateKey, source_scope: str, content: Identity, occurrence: npt.NDArray[np.int64]) -> Identity:
    """Identity of transfers without a reference: hash(scope, canonical content, n-th occurrence of that content in the file)."""
    scope = np.full(1, scope_word(source_scope))
    words = [scope, np.ones_like(scope), content.low, content.high, occurrence.astype(np.uint64)]
    return Identity(*siphash.hash_words(key.transfer_key(), words, len(occurrence)))


def identify_tags(key: SurrogateKey, source_scope: str, columns: Sequence[pa.Array]) -> pa.StringArray:
    """Ids of tags: hash(scope, subject, realm, concept, label, giver, date), the columns in this order, one row a tag."""
    content = hash_content(key, columns)
    scope = np.full(1, scope_word(source_scope))
    low, high = siphash.hash_words(key.transfer_key(), [scope, np.full_like(scope, 2), content.low, content.high], len(content.low))
    return _print_ids("tag_", np.stack([high, low], axis=1).astype(np.uint64))


def hash_content(key: SurrogateKey, columns: Sequence[pa.Array]) -> Identity:
    """Hash of rows of canonical columns, in the given order: what "same content" means. Null differs from every value.

    The words of a row are: every integer, date or count column as it is (null as 0), the sums modulo 2^64 (low, high) of
    SipHash(place of the column, value) over all other columns, computed once per distinct value, and a bit per null column.
    """
    count = len(columns[0])
    low, high, nulls = (np.zeros(1, np.uint64) for _ in range(3))  # one word stands for all rows as long as they agree
    words: list[Words] = []
    for place, column in enumerate(columns):
        if column.null_count:
            gone = np.ones(1, bool) if column.null_count == count else np.asarray(column.is_null())
            nulls = nulls | (gone.astype(np.uint64) << np.uint64(place))
        if _is_count(column.type):
            words.append(_count_word(column))
        elif column.null_count < count:
            part_low, part_high = _value_words(key, place, column)
            low, high = low + part_low, high + part_high
    return Identity(*siphash.hash_words(key.transfer_key(), [*words, low, high, nulls], count))


def _is_count(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_date32(kind))


def _count_word(column: pa.Array) -> Words:
    if column.null_count == len(column):
        return np.zeros(1, np.uint64)
    integers = column.cast(pa.int32()) if pa.types.is_date32(column.type) else column
    filled = pc.fill_null(integers, 0) if integers.null_count else integers
    return np.asarray(filled.cast(pa.int64())).view(np.uint64)


def _value_words(key: SurrogateKey, place: int, column: pa.Array) -> tuple[Words, Words]:
    """SipHash of (place, value) for every row, one word where all rows say the same; zero where null."""
    kind = column.type
    if pa.types.is_boolean(kind) and not column.null_count and column.true_count in {0, len(column)}:
        column = pa.array(["true" if column.true_count else "false"])
    elif pa.types.is_boolean(kind):
        column = pa.DictionaryArray.from_arrays(column.cast(pa.int8()), pa.array(["false", "true"]))
    elif pa.types.is_decimal(kind):
        column = column.cast(pa.string())
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    values = coded.dictionary
    few = len(values) <= _FEW
    low, high = _hash_few(key, place, values.type, tuple(values.to_pylist())) if few else _hash_values(key, place, values)
    if len(low) == 1 and not coded.null_count:
        return low, high  # the same for every row
    spots = np.asarray(pc.fill_null(coded.indices, len(low)) if coded.null_count else coded.indices).astype(np.int64)
    none = np.zeros(1, np.uint64)
    return np.concatenate([low, none])[spots], np.concatenate([high, none])[spots]


def _hash_values(key: SurrogateKey, place: int, values: pa.Array) -> tuple[Words, Words]:
    low, high = siphash.hash_strings(key.text_key(), values)
    return siphash.hash_words(key.transfer_key(), [np.full(1, place, np.uint64), low, high], len(low))


@lru_cache(maxsize=64)
def _hash_few(key: SurrogateKey, place: int, kind: pa.DataType, values: tuple[object, ...]) -> tuple[Words, Words]:
    """`_hash_values`, kept: codes are the same in every chunk of a file. Nobody may write to what is returned."""
    return _hash_values(key, place, pa.array(values, kind))
