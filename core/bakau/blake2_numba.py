"""BLAKE2b (RFC 7693) of many short texts under one key, compiled: `hashlib` takes four times as long to be asked once a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.compiled import compiled

if TYPE_CHECKING:
    import numpy.typing as npt

    Words = npt.NDArray[np.uint64]
    Octets = npt.NDArray[np.uint8]
    Spots = npt.NDArray[np.int64]
    Four = tuple[np.uint64, np.uint64, np.uint64, np.uint64]

BLOCK = 128
_IV = np.array(
    [
        0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1,
        0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179,
    ],
    np.uint64,
)  # fmt: skip
_ORDER = np.array(
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
        [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4], [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
        [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13], [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
        [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11], [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
        [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5], [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    ],
    np.int64,
)  # fmt: skip
_16, _24, _32, _40, _48, _63, _1 = (np.uint64(bits) for bits in (16, 24, 32, 40, 48, 63, 1))
_8 = np.uint64(8)


@compiled
def _mix(a: np.uint64, b: np.uint64, c: np.uint64, d: np.uint64, x: np.uint64, y: np.uint64) -> Four:  # pragma: no cover  (compiled)
    a += b + x
    d ^= a
    d = (d >> _32) | (d << _32)
    c += d
    b ^= c
    b = (b >> _24) | (b << _40)
    a += b + y
    d ^= a
    d = (d >> _16) | (d << _48)
    c += d
    b ^= c
    b = (b >> _63) | (b << _1)
    return a, b, c, d


@compiled
def _compress(state: Words, block: Octets, length: int, last: bool) -> None:  # pragma: no cover  (compiled)
    """One block of 128 bytes into the state; `length` bytes have been seen with it."""
    m = np.empty(16, np.uint64)
    for place in range(16):
        word = np.uint64(0)
        for octet in range(7, -1, -1):
            word = (word << _8) | np.uint64(block[np.uintp(8 * place + octet)])
        m[place] = word
    v0, v1, v2, v3, v4, v5, v6, v7 = state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]
    v8, v9, v10, v11 = _IV[0], _IV[1], _IV[2], _IV[3]
    v12, v13, v14, v15 = _IV[4] ^ np.uint64(length), _IV[5], _IV[6], _IV[7]
    if last:
        v14 = ~v14
    for turn in range(12):
        s = _ORDER[turn]
        v0, v4, v8, v12 = _mix(v0, v4, v8, v12, m[s[0]], m[s[1]])
        v1, v5, v9, v13 = _mix(v1, v5, v9, v13, m[s[2]], m[s[3]])
        v2, v6, v10, v14 = _mix(v2, v6, v10, v14, m[s[4]], m[s[5]])
        v3, v7, v11, v15 = _mix(v3, v7, v11, v15, m[s[6]], m[s[7]])
        v0, v5, v10, v15 = _mix(v0, v5, v10, v15, m[s[8]], m[s[9]])
        v1, v6, v11, v12 = _mix(v1, v6, v11, v12, m[s[10]], m[s[11]])
        v2, v7, v8, v13 = _mix(v2, v7, v8, v13, m[s[12]], m[s[13]])
        v3, v4, v9, v14 = _mix(v3, v4, v9, v14, m[s[14]], m[s[15]])
    state[0] ^= v0 ^ v8
    state[1] ^= v1 ^ v9
    state[2] ^= v2 ^ v10
    state[3] ^= v3 ^ v11
    state[4] ^= v4 ^ v12
    state[5] ^= v5 ^ v13
    state[6] ^= v6 ^ v14
    state[7] ^= v7 ^ v15


@compiled
def hash_keyed(
    parameters: Words, key: Octets, prefix: Octets, octets: Octets, offsets: Spots, digests: Words
) -> None:  # pragma: no cover  (compiled)
    """BLAKE2b of the prefix and each text octets[offsets[i]:offsets[i + 1]]: the first two words of each digest, little-endian, to `digests` (n, 2).

    `parameters` is the parameter block of RFC 7693 as words; `key` is filled up with zeros to a block; prefix and text are not both empty.
    """
    begun = _IV ^ parameters
    _compress(begun, key, BLOCK, False)  # noqa: FBT003
    state, block = np.empty(8, np.uint64), np.empty(BLOCK, np.uint8)
    for row in range(len(digests)):
        state[:] = begun
        filled, seen = len(prefix), BLOCK
        block[:filled] = prefix
        for spot in range(offsets[row], offsets[row + 1]):
            if filled == BLOCK:  # more is to come
                seen += BLOCK
                _compress(state, block, seen, False)  # noqa: FBT003
                filled = 0
            block[np.uintp(filled)] = octets[np.uintp(spot)]
            filled += 1
        block[filled:] = 0
        _compress(state, block, seen + filled, True)  # noqa: FBT003
        digests[row, 0], digests[row, 1] = state[0], state[1]
