"""SipHash-2-4 with 128 bits of output over columns: a keyed hash that NumPy can compute for millions of rows.

Why not BLAKE2b everywhere: hashlib works one value at a time. SipHash is a keyed pseudo-random function made for exactly this
(Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012); the tests hold it to the published vectors. It is used where every
row needs a hash (transfer identity, content), never for account or party ids. `siphash_numba.py` holds the same loops compiled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.compiled import pays_by_now

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pyarrow as pa

    Words = npt.NDArray[np.uint64]
    Lanes = tuple[Words, Words, Words, Words]

_INITIAL = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
_BLOCK = 16_384  # rows at a time: five lanes of that stay in the cache
_COMPILED_BLOCK = 4_096  # the same for a dozen words; whole sets of lanes of the compiled loop


def _rotate(lane: Words, bits: int, spare: Words) -> None:
    np.right_shift(lane, np.uint64(64 - bits), out=spare)
    np.left_shift(lane, np.uint64(bits), out=lane)
    np.bitwise_or(lane, spare, out=lane)


def _round(v0: Words, v1: Words, v2: Words, v3: Words, spare: Words) -> None:
    np.add(v0, v1, out=v0)
    _rotate(v1, 13, spare)
    np.bitwise_xor(v1, v0, out=v1)
    _rotate(v0, 32, spare)
    np.add(v2, v3, out=v2)
    _rotate(v3, 16, spare)
    np.bitwise_xor(v3, v2, out=v3)
    np.add(v0, v3, out=v0)
    _rotate(v3, 21, spare)
    np.bitwise_xor(v3, v0, out=v3)
    np.add(v2, v1, out=v2)
    _rotate(v1, 17, spare)
    np.bitwise_xor(v1, v2, out=v1)
    _rotate(v2, 32, spare)


def _finish(lanes: Lanes, spare: Words, rounds: int) -> Words:
    for _ in range(rounds):
        _round(*lanes, spare)
    result: Words = lanes[0] ^ lanes[1] ^ lanes[2] ^ lanes[3]
    return result


def hash_words(key: bytes, words: Sequence[Words], count: int | None = None) -> tuple[Words, Words]:
    """128-bit SipHash-2-4 of rows given as columns of little-endian 64-bit words.

    `key` is 16 bytes, `words` one uint64 array per word, of length n (`count`, else that of the first) or of length 1 where the word is the
    same in every row; the last word must hold the message length in its top byte as SipHash asks (`hash_strings` does that; for fixed rows
    of k words pass them as they are: a final length word is added). Returns the low and the high 64 bits, two arrays of length n.
    """
    if count is None:
        count = len(words[0]) if words else 0
    length_word = np.uint64((len(words) * 8 & 0xFF) << 56)
    if pays_by_now(count):
        return _hash_compiled(key, words, length_word, count)
    return _hash(key, words, np.full(1, length_word, dtype=np.uint64), count)


def _hash(key: bytes, words: Sequence[Words], last: Words, count: int) -> tuple[Words, Words]:
    k0, k1 = (int.from_bytes(key[at : at + 8], "little") for at in (0, 8))
    v0, v1, v2, v3 = (np.uint64(start ^ word) for start, word in zip(_INITIAL, (k0, k1 ^ 0xEE, k0, k1), strict=True))
    low, high = np.empty(count, np.uint64), np.empty(count, np.uint64)
    for begin in range(0, count, _BLOCK):
        end = min(count, begin + _BLOCK)
        count_here = end - begin
        lanes: Lanes = (np.full(count_here, v0), np.full(count_here, v1), np.full(count_here, v2), np.full(count_here, v3))
        spare = np.empty(end - begin, np.uint64)
        for word in (column if len(column) == 1 else column[begin:end] for column in (*words, last)):
            np.bitwise_xor(lanes[3], word, out=lanes[3])
            _round(*lanes, spare)
            _round(*lanes, spare)
            np.bitwise_xor(lanes[0], word, out=lanes[0])
        np.bitwise_xor(lanes[2], np.uint64(0xEE), out=lanes[2])
        low[begin:end] = _finish(lanes, spare, 4)
        np.bitwise_xor(lanes[1], np.uint64(0xDD), out=lanes[1])
        high[begin:end] = _finish(lanes, spare, 4)
    return low, high


def _keys(key: bytes) -> tuple[np.uint64, np.uint64]:
    return np.uint64(int.from_bytes(key[:8], "little")), np.uint64(int.from_bytes(key[8:16], "little"))


def _hash_compiled(key: bytes, words: Sequence[Words], last: np.uint64, count: int) -> tuple[Words, Words]:
    from bakau.siphash_numba import hash_rows

    low, high = np.empty(count, np.uint64), np.empty(count, np.uint64)
    is_fixed = np.array([len(column) == 1 for column in words], bool)
    many = [column for column in words if len(column) != 1]
    fixed = np.array([column[0] if len(column) == 1 else 0 for column in words], np.uint64)
    spot = np.where(is_fixed, -1, np.cumsum(~is_fixed) - 1)
    block = np.empty((len(many), _COMPILED_BLOCK), np.uint64)
    halves = _keys(key)
    for begin in range(0, count, _COMPILED_BLOCK):
        end = min(count, begin + _COMPILED_BLOCK)
        for place, column in enumerate(many):
            block[place, : end - begin] = column[begin:end]
        hash_rows(*halves, block, fixed, spot, last, low[begin:end], high[begin:end])
    return low, high


def hash_strings(key: bytes, values: pa.Array) -> tuple[Words, Words]:
    """128-bit SipHash-2-4 of every UTF-8 string (or binary value) of an Arrow array; nulls hash as the empty string.

    Returns the low and the high 64 bits, two uint64 arrays as long as `values`.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    wide = values.cast(pa.large_binary())
    if wide.null_count:
        wide = pc.fill_null(wide, b"")
    count = len(wide)
    low, high = np.empty(count, np.uint64), np.empty(count, np.uint64)
    if not count:
        return low, high
    offsets = np.frombuffer(wide.buffers()[1], dtype=np.int64)[wide.offset : wide.offset + count + 1]
    data = wide.buffers()[2]
    octets = np.frombuffer(data, dtype=np.uint8) if data is not None else np.empty(0, np.uint8)
    if pays_by_now(count):
        from bakau.siphash_numba import hash_texts

        hash_texts(*_keys(key), octets, offsets, low, high)
        return low, high
    lengths = np.diff(offsets)
    for size in np.unique(lengths):
        rows = np.flatnonzero(lengths == size)
        for part in range(0, len(rows), 262_144):
            chosen = rows[part : part + 262_144]
            low[chosen], high[chosen] = _hash_equal_length(key, octets, offsets[:-1][chosen], int(size))
    return low, high


def _hash_equal_length(key: bytes, octets: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], size: int) -> tuple[Words, Words]:
    padded = np.zeros((len(starts), size // 8 * 8 + 8), dtype=np.uint8)
    if size:
        padded[:, :size] = octets[starts[:, None] + np.arange(size)]
    padded[:, -1] = size & 0xFF
    words = padded.view("<u8")
    columns = [np.ascontiguousarray(words[:, at]) for at in range(words.shape[1])]
    return _hash(key, columns[:-1], columns[-1], len(starts))
