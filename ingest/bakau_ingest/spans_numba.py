"""The loops of `spans.py`, compiled. Imported only when there is work enough to pay for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba.cpython.unsafe import numbers

from bakau.compiled import compiled

if TYPE_CHECKING:
    import numpy.typing as npt

    Octets = npt.NDArray[np.uint8]
    Spots = npt.NDArray[np.int32]
    Words = npt.NDArray[np.uint64]
    Ints = npt.NDArray[np.int64]

_BLANK, _POINT, _ZERO = 32, 46, 48
_NUL, _LF, _CR, _ASCII = (np.uint8(octet) for octet in (0, 10, 13, 127))
#: Numba's own; the checker takes it for the function that makes it.
_trailing_zeros: Any = numbers.trailing_zeros
_NONE, _ONE, _THREE, _STEP = np.uint64(0), np.uint64(1), np.uint64(3), np.uintp(1)
#: Said instead of a number of records.
NO_ROOM = -2
#: Bytes looked at together.
_LOOKED_AT = 4_096
_MOST_DIGITS = 18
_SLOTS = 1024


@compiled
def _find_marks(
    octets: Octets, begin: int, end: int, mark: np.uint8, quote: np.uint8, flags: Octets, words: Words, spots: Spots, count: np.uintp
) -> np.uintp:  # pragma: no cover  (compiled)
    """Add to the first `count` of the `spots` where in [begin, end) there is a delimiter, an end of line, a quote, NUL or a byte that is not
    ASCII; returns how many there are then. `flags` and `words` are the same memory, as many bytes as are looked at.
    """
    size = end - begin
    for place in range(size):  # of bytes and nothing wider, the compiler compares many in one instruction
        octet = octets[np.uintp(begin + place)]
        odd = (octet == quote) | (octet == _NUL) | (octet > _ASCII)
        flags[np.uintp(place)] = (octet == mark) | (octet == _LF) | (octet == _CR) | odd
    for place in range(size, len(flags)):
        flags[np.uintp(place)] = 0
    for place in range((size + 7) >> 3):
        hits = words[np.uintp(place)]
        while hits != _NONE:
            spots[count] = begin + (place << 3) + np.int64(_trailing_zeros(hits) >> _THREE)
            count += _STEP
            hits &= hits - _ONE
    return count


@compiled
def split(
    octets: Octets, begin: int, end: int, mark: int, quote: int, slots: Ints, begins: Spots, ends: Spots, longest: int
) -> int:  # pragma: no cover  (compiled)
    """Fill `begins` and `ends` (columns, records) with the fields of the records in [begin, end), whose last byte is a line feed.

    Returns how many records there are, -1 when one needs a closer look, or `NO_ROOM` for all.
    """
    words = np.empty(_LOOKED_AT // 8, np.uint64)
    flags, last = words.view(np.uint8), len(slots) - 1
    spots = np.empty(_LOOKED_AT + len(slots) + 1, np.int32)
    start, records, count, most = begin, 0, np.uintp(0), np.uintp(len(slots))
    for base in range(begin, end, _LOOKED_AT):
        until = min(base + _LOOKED_AT, end)
        count = _find_marks(octets, base, until, np.uint8(mark), np.uint8(quote), flags, words, spots, count)
        at, whole = np.uintp(0), count + most if until == end else count
        while at + most < whole:  # there are spots enough for another record, even one that ends with both marks
            line, row = start, np.uintp(records)
            if records >= begins.shape[1]:
                return NO_ROOM
            for column in range(last + 1):
                if at >= count:
                    return -1
                stop = spot = int(spots[at])
                octet = octets[np.uintp(spot)]
                at += _STEP
                if column < last:
                    if octet != mark:
                        return -1
                else:
                    if octet == _CR and at < count:
                        spot = int(spots[at])
                        octet = octets[np.uintp(spot)]
                        at += _STEP
                        if spot != stop + 1:
                            return -1
                    if octet != _LF or spot == line or spot - line > longest:
                        return -1
                slot = slots[np.uintp(column)]
                if slot >= 0:
                    if stop > start and (octets[np.uintp(start)] <= _BLANK or octets[np.uintp(stop - 1)] <= _BLANK):
                        return -1
                    begins[np.uintp(slot), row], ends[np.uintp(slot), row] = start, stop
                start = spot + 1
            records += 1
        for place in range(count - at):
            spots[np.uintp(place)] = spots[at + np.uintp(place)]
        count -= at
    return records


@compiled
def gather(octets: Octets, begins: Spots, ends: Spots, text: Octets) -> None:  # pragma: no cover  (compiled)
    """Copy the values to `text`, one after the other."""
    place = 0
    for row in range(len(begins)):
        for spot in range(begins[row], ends[row]):
            text[place] = octets[spot]
            place += 1


@compiled
def code(octets: Octets, begins: Spots, ends: Spots, codes: Spots, firsts: Spots) -> int:  # pragma: no cover  (compiled)
    """Number the values by first appearance, whose rows go to `firsts`; how many there are, or -1 when they are too many or too long."""
    words, numbers = np.zeros(_SLOTS, np.uint64), np.full(_SLOTS, -1, np.int32)
    count = 0
    for row in range(len(begins)):
        word, size = np.uint64(0), ends[row] - begins[row]
        if size > 8:
            return -1
        for spot in range(begins[row], ends[row]):  # no value holds NUL, so the word says the length, too
            word = (word << np.uint64(8)) | np.uint64(octets[spot])
        slot = np.int64((word * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(54))
        while numbers[slot] >= 0 and words[slot] != word:
            slot = (slot + 1) % _SLOTS
        if numbers[slot] < 0:
            if count == len(firsts):
                return -1
            words[slot], numbers[slot], firsts[count] = word, count, row
            count += 1
        codes[row] = numbers[slot]
    return count


@compiled
def read_decimals(octets: Octets, begins: Spots, ends: Spots, exponent: int, counts: Ints) -> bool:  # pragma: no cover  (compiled)
    """Read digits with at most one point between them; False at anything else, or where digits would be lost."""
    for row in range(len(begins)):
        value, digits, fraction = np.int64(0), 0, -1
        begin, end = begins[row], ends[row]
        for spot in range(begin, end):
            digit = np.int64(octets[spot]) - _ZERO
            if 0 <= digit <= 9:
                value = value * 10 + digit
                digits += 1
                fraction += fraction >= 0
            elif octets[spot] == _POINT and fraction < 0 and begin < spot < end - 1:
                fraction = 0
            else:
                return False
        missing = exponent - max(fraction, 0)
        if missing < 0 or digits + missing > _MOST_DIGITS:
            return False
        for _ in range(missing):
            value *= 10
        counts[row] = value
    return True


@compiled
def _two(octets: Octets, spot: int) -> int:  # pragma: no cover  (compiled)
    """Two digits as a number."""
    return int(octets[np.uintp(spot)]) * 10 + int(octets[np.uintp(spot + 1)]) - 11 * _ZERO


@compiled
def read_instants(
    octets: Octets, begins: Spots, ends: Spots, least: Octets, room: Octets, us: Ints, hours: npt.NDArray[np.int8], bare: int
) -> bool:  # pragma: no cover  (compiled)
    """Read ISO 8601 of one shape: byte k is at least least[k] and at most room[k] more. False where a value has another shape, or is no
    instant of the calendar. `bare` is how long it is without its zone.
    """
    size = len(least)
    for row in range(len(begins)):
        begin = np.int64(begins[row])
        if ends[row] - begin != size:
            return False
        odd = 0
        for place in range(size):
            odd |= np.uint8(octets[np.uintp(begin + place)] - least[place]) > room[place]
        year = 100 * _two(octets, begin) + _two(octets, begin + 2)
        month, day = _two(octets, begin + 5), _two(octets, begin + 8)
        if odd or month - 1 > 11 or month < 1 or day > 31 or day < 1:
            return False
        if day > 28:
            leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
            if day > (28 + leap if month == 2 else 30 if month in (4, 6, 9, 11) else 31):
                return False
        shifted = year - (month <= 2)  # days from civil: Hinnant, "chrono-Compatible Low-Level Date Algorithms"
        era = shifted // 400
        of_era = shifted - era * 400
        of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
        days = era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
        hour, seconds, fraction = 0, 0, 0
        if bare >= 16:
            hour, minute = _two(octets, begin + 11), _two(octets, begin + 14)
            second = _two(octets, begin + 17) if bare >= 19 else 0
            if hour > 23 or minute > 59 or second > 59:
                return False
            seconds = 3600 * hour + 60 * minute + second
        for place in range(20, bare):
            fraction = fraction * 10 + int(octets[begin + place]) - _ZERO
        for _ in range(26 - bare if fraction else 0):
            fraction *= 10
        us[row] = (days * 86_400 + seconds) * 1_000_000 + fraction
        hours[row] = hour
    return True
