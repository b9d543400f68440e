"""Amounts from text to integers, exactly and by the column: no float, no value looked at one by one.

Values of the same length with the decimal sign at the same place have the same layout, so each layout is one small matrix of digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.money import get_currency
from bakau_ingest.checks import Fault
from bakau_ingest.spans import read_decimals
from bakau_ingest.texts import holds_any, lengths_of, octets_of, offsets_of, used_octets

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_ingest.texts import Flags, Texts

_ZERO, _NINE, _POINT, _SLASH, _MINUS, _PLUS = 48, 57, 46, 47, 45, 43
#: Digits of a count that surely fit 64 bits.
_MOST_DIGITS = 18
_LONGEST = 200
_SIGNS = np.arange(256) == _MINUS
_POWER = np.isin(np.arange(256), [ord("e"), ord("E")])


@dataclass(frozen=True, slots=True)
class Amounts:
    """Per value: minor units at the stored exponent (int64), its fault, and whether it was rounded.

    `exact` holds decimal128 counts at the full exponent for assets whose amounts 64 bits cannot hold, else None.
    """

    minor: npt.NDArray[np.int64]
    fault: npt.NDArray[np.uint8]
    rounded: Flags
    exact: pa.Array | None


def parse_amounts(values: pa.StringArray, currency: str, *, decimal: str = "point", thousands: str = "", absolute: bool = False) -> Amounts:
    """Read amounts in major units of a currency. Faults: NOT_A_NUMBER, NEGATIVE_AMOUNT (unless `absolute`), AMOUNT_OVERFLOW.

    Rounded half to even at the stored exponent. Empty values give 0 and no fault: the caller knows whether an amount may be missing.
    """
    unit = get_currency(currency)
    plain = to_plain(values, decimal, thousands)
    found = parse_decimals(plain, unit.stored_exponent)
    if not absolute and holds_any(plain, _SIGNS):
        negative = np.asarray(pc.starts_with(plain, "-")) & (found.minor != 0)
        found.fault[negative & (found.fault == 0)] = Fault.NEGATIVE_AMOUNT
    if not unit.has_exact:
        return found
    return Amounts(found.minor, found.fault, found.rounded & _longer_than(plain, unit.exponent), _exact(plain, found.fault, unit.exponent))


def parse_amount_column(texts: Texts, currency: str, *, decimal: str = "point", thousands: str = "", absolute: bool = False) -> Amounts:
    """`parse_amounts` of a column as it was read: plain amounts are read where they stand."""
    unit = get_currency(currency)
    is_plain = decimal == "point" and not thousands and not unit.has_exact
    counts = None if texts.spans is None or not is_plain else read_decimals(texts.spans, unit.stored_exponent)
    if counts is None:
        return parse_amounts(texts.values, currency, decimal=decimal, thousands=thousands, absolute=absolute)
    return Amounts(counts, np.zeros(len(counts), np.uint8), np.zeros(len(counts), bool), None)


def parse_decimals(values: pa.StringArray, exponent: int) -> Amounts:
    """The size of plain decimal numbers as counts of 10^-exponent (a sign is read over), with a point as decimal sign."""
    return _parse_plain(values, exponent) or _parse_by_layout(values, exponent)


def _parse_plain(values: pa.StringArray, exponent: int) -> Amounts | None:
    """As most files have them: digits and a point alone, no more digits than the exponent has. Arrow reads those exactly; else None."""
    empty = lengths_of(values) == 0
    octets = used_octets(values)
    if empty.all() or octets.min() < _POINT or octets.max() > _NINE or (octets == _SLASH).any() or exponent > _MOST_DIGITS:
        return None
    texts = pc.if_else(pa.array(empty), "0", values) if empty.any() else values
    try:
        counts = texts.cast(pa.decimal128(_MOST_DIGITS, exponent))
    except pa.ArrowInvalid:
        return None
    words = np.frombuffer(counts.buffers()[1], "<i8")[2 * counts.offset : 2 * (counts.offset + len(counts))]
    count = len(values)
    return Amounts(np.ascontiguousarray(words[::2]), np.zeros(count, np.uint8), np.zeros(count, bool), None)


def _parse_by_layout(values: pa.StringArray, exponent: int) -> Amounts:
    lengths, offsets, octets = lengths_of(values), offsets_of(values).astype(np.int64), octets_of(values)
    points = np.asarray(pc.find_substring(values, ".")).astype(np.int64)
    count = len(values)
    result = Amounts(np.zeros(count, np.int64), np.zeros(count, np.uint8), np.zeros(count, bool), None)
    first = octets[np.minimum(offsets[:-1], max(len(octets) - 1, 0))] if len(octets) else np.zeros(count, np.uint8)
    signed = (lengths > 0) & ((first == _MINUS) | (first == _PLUS))
    code = (lengths.astype(np.int64) * 4096 + points + 1) * 2 + signed
    for one in np.unique(code):
        rows = np.flatnonzero(code == one)
        layout = _Layout(int(one // 2 // 4096), int(one // 2 % 4096) - 1, int(one % 2))
        if layout.length:
            _read_layout(octets, offsets[rows], layout, exponent, rows, result)
    return result


@dataclass(frozen=True, slots=True)
class _Layout:
    """Values of one shape: their length, the place of the point (-1: none), and whether a sign comes first (0 or 1)."""

    length: int
    point: int
    sign: int

    @property
    def whole(self) -> int:
        """Digits before the point."""
        return (self.length if self.point < 0 else self.point) - self.sign

    @property
    def fraction(self) -> int:
        """Digits after the point."""
        return 0 if self.point < 0 else self.length - self.point - 1


def to_plain(values: pa.StringArray, decimal: str = "point", thousands: str = "") -> pa.StringArray:
    """Point as decimal sign, no thousands; a value that breaks its own rule keeps a sign that is no digit and so fails."""
    if thousands:
        mark = {".": r"\."}.get(thousands, thousands)
        sign = r"\." if decimal == "point" else ","
        grouped = pc.match_substring_regex(values, rf"^[+-]?\d{{1,3}}({mark}\d{{3}})+({sign}\d*)?$")
        values = pc.if_else(grouped, pc.replace_substring(values, thousands, ""), values)
    if decimal == "comma":
        values = pc.replace_substring(pc.replace_substring(values, ".", "_"), ",", ".")
    if not holds_any(values, _POWER):
        return values
    powers = pc.match_substring_regex(values, r"^[+-]?\d+(\.\d+)?[eE][+-]?\d{1,2}$")
    if pc.any(powers).as_py():  # 5.5E-4, as some languages write: rare, so one by one
        written = [f"{Decimal(value):f}" for value in values.filter(powers).to_pylist()]
        values = pc.replace_with_mask(values, powers, pa.array(written, pa.string()))
    return values


def _read_layout(
    octets: npt.NDArray[np.uint8],
    starts: npt.NDArray[np.int64],
    layout: _Layout,
    exponent: int,
    rows: npt.NDArray[np.int64],
    result: Amounts,
) -> None:
    """Read the values of one layout as a matrix of digits."""
    if layout.whole + layout.fraction == 0 or layout.length > _LONGEST:
        result.fault[rows] = Fault.NOT_A_NUMBER
        return
    digits = octets[starts[:, None] + np.arange(layout.sign, layout.length)].astype(np.int64) - _ZERO
    if layout.point >= 0:
        digits = np.delete(digits, layout.point - layout.sign, axis=1)
    good = ((digits >= 0) & (digits <= 9)).all(axis=1)
    keep = min(layout.fraction, exponent)
    head, rest = digits[:, : layout.whole + keep], digits[:, layout.whole + keep :]
    if exponent > keep:
        head = np.concatenate([head, np.zeros((len(rows), exponent - keep), np.int64)], axis=1)
    lead = max(0, head.shape[1] - _MOST_DIGITS)
    large = head[:, :lead].any(axis=1)
    value = head[:, lead:] @ (10 ** np.arange(head.shape[1] - lead - 1, -1, -1, dtype=np.int64))
    if rest.shape[1]:
        beyond = rest[:, 1:].any(axis=1)
        up = (rest[:, 0] > 5) | (rest[:, 0] == 5) & (beyond | (value % 2 == 1))
        value = value + up
        result.rounded[rows] = good & ~large & rest.any(axis=1)
    result.fault[rows] = np.where(good, np.where(large, Fault.AMOUNT_OVERFLOW, 0), Fault.NOT_A_NUMBER)
    result.minor[rows] = np.where(good & ~large, value, 0)


def _longer_than(plain: pa.StringArray, exponent: int) -> Flags:
    """Are there digits other than 0 beyond the exponent?"""
    return np.asarray(pc.match_substring_regex(plain, rf"\.\d{{{exponent}}}\d*[1-9]"))


def _exact(plain: pa.StringArray, fault: npt.NDArray[np.uint8], exponent: int) -> pa.Array:
    """Counts at the full exponent as decimal128(38, 0); null where faulty or empty. Digits beyond the exponent are cut off."""
    good = pa.array((fault == 0) & (lengths_of(plain) > 0))
    bare = pc.utf8_ltrim(plain, "+-")
    whole = pc.replace_substring_regex(bare, r"\..*$", "")
    fraction = pc.if_else(pc.match_substring(bare, "."), pc.replace_substring_regex(bare, r"^[^.]*\.", ""), "")
    padded = pc.utf8_slice_codeunits(pc.utf8_rpad(fraction, exponent, "0"), 0, exponent)
    text = pc.binary_join_element_wise(whole, padded, "")
    return pc.if_else(good, text, pa.scalar(None, pa.string())).cast(pa.decimal128(38, 0))
