"""The loops of `siphash.py`, compiled. Imported only when there is work enough to pay for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bakau.compiled import compiled

if TYPE_CHECKING:
    import numpy.typing as npt

    Words = npt.NDArray[np.uint64]
    Octets = npt.NDArray[np.uint8]
    Spots = npt.NDArray[np.int64]
    Places = npt.NDArray[np.int32]
    Four = tuple[np.uint64, np.uint64, np.uint64, np.uint64]

_I0, _I1, _I2, _I3 = (np.uint64(word) for word in (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573))
_13, _16, _17, _21, _32, _43, _47, _48, _51 = (np.uint64(bits) for bits in (13, 16, 17, 21, 32, 43, 47, 48, 51))
_EE, _DD, _FF, _8, _24, _56 = (np.uint64(word) for word in (0xEE, 0xDD, 0xFF, 8, 24, 56))
_1, _2, _3, _4, _5, _6, _7 = (np.uintp(place) for place in range(1, 8))
#: Rows or texts hashed side by side.
LANES = 128
_L1, _L2, _L3 = np.uintp(LANES), np.uintp(2 * LANES), np.uintp(3 * LANES)


@compiled
def _mix(v0: np.uint64, v1: np.uint64, v2: np.uint64, v3: np.uint64, rounds: int) -> Four:  # pragma: no cover  (compiled)
    for _ in range(rounds):
        v0 += v1
        v1 = ((v1 << _13) | (v1 >> _51)) ^ v0
        v0 = (v0 << _32) | (v0 >> _32)
        v2 += v3
        v3 = ((v3 << _16) | (v3 >> _48)) ^ v2
        v0 += v3
        v3 = ((v3 << _21) | (v3 >> _43)) ^ v0
        v2 += v1
        v1 = ((v1 << _17) | (v1 >> _47)) ^ v2
        v2 = (v2 << _32) | (v2 >> _32)
    return v0, v1, v2, v3


@compiled
def _begin(k0: np.uint64, k1: np.uint64) -> Four:  # pragma: no cover  (compiled)
    return _I0 ^ k0, _I1 ^ k1 ^ _EE, _I2 ^ k0, _I3 ^ k1


@compiled
def _absorb(
    v0: np.uint64, v1: np.uint64, v2: np.uint64, v3: np.uint64, word: np.uint64, rounds: int
) -> Four:  # pragma: no cover  (compiled)
    v0, v1, v2, v3 = _mix(v0, v1, v2, v3 ^ word, rounds)
    return v0 ^ word, v1, v2, v3


@compiled
def _finish(
    v0: np.uint64, v1: np.uint64, v2: np.uint64, v3: np.uint64, rounds: int
) -> tuple[np.uint64, np.uint64]:  # pragma: no cover  (compiled)
    v0, v1, v2, v3 = _mix(v0, v1, v2 ^ _EE, v3, rounds)
    low = v0 ^ v1 ^ v2 ^ v3
    v0, v1, v2, v3 = _mix(v0, v1 ^ _DD, v2, v3, rounds)
    return low, v0 ^ v1 ^ v2 ^ v3


@compiled
def _word(octets: Octets, begin: int) -> np.uint64:  # pragma: no cover  (compiled)
    """Eight bytes, the first one lowest; written out, so that the compiler sees one load in it."""
    at = np.uintp(begin)
    low = np.uint64(octets[at]) | np.uint64(octets[at + _1]) << _8 | np.uint64(octets[at + _2]) << _16 | np.uint64(octets[at + _3]) << _24
    high = (
        np.uint64(octets[at + _4])
        | np.uint64(octets[at + _5]) << _8
        | np.uint64(octets[at + _6]) << _16
        | np.uint64(octets[at + _7]) << _24
    )
    return low | high << _32


@compiled
def _rest(octets: Octets, end: int, size: int) -> np.uint64:  # pragma: no cover  (compiled)
    """The last `size` bytes before `end`, fewer than eight, the first one lowest."""
    if size == 0:
        return np.uint64(0)
    if end >= 8:
        whole: np.uint64 = _word(octets, end - 8)
        return whole >> (_8 * np.uint64(8 - size))
    word = np.uint64(0)
    for place in range(size):
        word |= np.uint64(octets[end - size + place]) << (_8 * np.uint64(place))
    return word


@compiled
def hash_text(
    k0: np.uint64, k1: np.uint64, octets: Octets, begin: int, end: int, rounds: int, last_rounds: int
) -> tuple[np.uint64, np.uint64]:  # pragma: no cover  (compiled)
    """128 bits of SipHash-`rounds`-`last_rounds` of the bytes [begin, end): the low and the high 64."""
    v0, v1, v2, v3 = _begin(k0, k1)
    spot = begin
    while spot + 8 <= end:
        v0, v1, v2, v3 = _absorb(v0, v1, v2, v3, _word(octets, spot), rounds)
        spot += 8
    length = (np.uint64(end - begin) & _FF) << _56
    v0, v1, v2, v3 = _absorb(v0, v1, v2, v3, length | _rest(octets, end, end - spot), rounds)
    found: tuple[np.uint64, np.uint64] = _finish(v0, v1, v2, v3, last_rounds)
    return found


@compiled
def _absorb_lanes(lanes: Words, words: Words, rounds: int) -> None:  # pragma: no cover  (compiled)
    """Absorb a word into each lane. Written so that the compiler does several lanes in one instruction: one array, fixed distances."""
    for place in range(LANES):
        lane = np.uintp(place)
        word = words[lane]
        v0, v1, v2, v3 = _mix(lanes[lane], lanes[lane + _L1], lanes[lane + _L2], lanes[lane + _L3] ^ word, rounds)
        lanes[lane], lanes[lane + _L1], lanes[lane + _L2], lanes[lane + _L3] = v0 ^ word, v1, v2, v3


@compiled
def _finish_lanes(lanes: Words, low: Words, high: Words, rounds: int) -> None:  # pragma: no cover  (compiled)
    """The hashes of the first lanes, as many as `low` and `high` have room for."""
    for place in range(LANES):
        lane = np.uintp(place)
        v0, v1, v2, v3 = _mix(lanes[lane], lanes[lane + _L1], lanes[lane + _L2] ^ _EE, lanes[lane + _L3], rounds)
        lanes[lane], lanes[lane + _L1], lanes[lane + _L2], lanes[lane + _L3] = v0, v1, v2, v3
    for place in range(len(low)):
        lane = np.uintp(place)
        low[lane] = lanes[lane] ^ lanes[lane + _L1] ^ lanes[lane + _L2] ^ lanes[lane + _L3]
    for place in range(LANES):
        lane = np.uintp(place)
        v0, v1, v2, v3 = _mix(lanes[lane], lanes[lane + _L1] ^ _DD, lanes[lane + _L2], lanes[lane + _L3], rounds)
        lanes[lane] = v0 ^ v1 ^ v2 ^ v3
    high[:] = lanes[: len(high)]


@compiled
def hash_short(
    key: Words, octets: Octets, begins: Places, ends: Places, low: Words, high: Words, lanes: Words, word: Words
) -> None:  # pragma: no cover  (compiled)
    """128 bits of SipHash-1-3 of each text octets[begins[i]:ends[i]], at most `LANES` of them, into `low` and `high` (n).

    Side by side where all have as many whole words. `lanes` is room for four times `LANES` words, `word` for once as many.
    """
    count = len(begins)
    whole, alike = np.int64(0), count > 0
    if alike:
        whole = np.int64(ends[0] - begins[0]) >> 3
    for place in range(count):
        alike &= np.int64(ends[place] - begins[place]) >> 3 == whole
    if not alike:
        for place in range(count):
            low[place], high[place] = hash_text(key[0], key[1], octets, np.int64(begins[place]), np.int64(ends[place]), 1, 3)
        return
    v0, v1, v2, v3 = _begin(key[0], key[1])
    lanes[:LANES], lanes[LANES : 2 * LANES], lanes[2 * LANES : 3 * LANES], lanes[3 * LANES :] = v0, v1, v2, v3
    for step in range(whole):
        for place in range(count):
            word[place] = _word(octets, np.int64(begins[place]) + 8 * step)
        _absorb_lanes(lanes, word, 1)
    for place in range(count):
        begin, end = np.int64(begins[place]), np.int64(ends[place])
        word[place] = (np.uint64(end - begin) & _FF) << _56 | _rest(octets, end, (end - begin) & 7)
    _absorb_lanes(lanes, word, 1)
    _finish_lanes(lanes, low, high, 3)


@compiled
def hash_rows(
    k0: np.uint64, k1: np.uint64, words: Words, fixed: Words, spots: Spots, last: np.uint64, low: Words, high: Words
) -> None:  # pragma: no cover  (compiled)
    """Hash rows of words, each followed by the word `last`, into `low` and `high` (n).

    Word k of every row is fixed[k] where spots[k] is negative, else it stands in words[spots[k]], which has room for whole sets of `LANES` rows.
    """
    lanes, same = np.empty(4 * LANES, np.uint64), np.empty(LANES, np.uint64)
    v0, v1, v2, v3 = _begin(k0, k1)
    first = 0
    while first < len(spots) and spots[first] < 0:  # words that are the same in every row are absorbed once
        v0, v1, v2, v3 = _absorb(v0, v1, v2, v3, fixed[first], 2)
        first += 1
    for begin in range(0, len(low), LANES):
        end = min(begin + LANES, len(low))
        lanes[:LANES], lanes[LANES : 2 * LANES], lanes[2 * LANES : 3 * LANES], lanes[3 * LANES :] = v0, v1, v2, v3
        for place in range(first, len(spots)):
            if spots[place] < 0:
                same[:] = fixed[place]
                _absorb_lanes(lanes, same, 2)
            else:
                _absorb_lanes(lanes, words[spots[place], begin : begin + LANES], 2)
        same[:] = last
        _absorb_lanes(lanes, same, 2)
        _finish_lanes(lanes, low[begin:end], high[begin:end], 4)


@compiled
def hash_texts(
    k0: np.uint64, k1: np.uint64, octets: Octets, offsets: Spots, low: Words, high: Words
) -> None:  # pragma: no cover  (compiled)
    """Hash the texts octets[offsets[i]:offsets[i + 1]] into `low` and `high` (n)."""
    for row in range(len(low)):
        low[row], high[row] = hash_text(k0, k1, octets, offsets[row], offsets[row + 1], 2, 4)
