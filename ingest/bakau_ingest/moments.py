"""Times from text to microseconds, by the column: ISO 8601, declared formats, simulator steps; zones once, here and never again.

In a zone's clock change an ambiguous local time is read as the earlier of the two, a local time that does not exist as the first
instant after the gap; defaults of ours, the same on every machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.errors import MappingError
from bakau.times import DAY_US, EARLIEST_US, HOUR_US, SECOND_US, get_zone
from bakau_ingest.checks import Fault
from bakau_ingest.spans import ISO_LENGTHS, read_instants
from bakau_ingest.texts import last_octets, lengths_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakau_ingest.mapping import Epoch
    from bakau_ingest.spans import Instants
    from bakau_ingest.texts import Flags, Texts

_UNITS = {"day": DAY_US, "hour": HOUR_US, "minute": 60 * SECOND_US, "second": SECOND_US}
_TOKENS = {
    "%Y": r"(?P<Y>\d{4})",
    "%m": r"(?P<m>\d{1,2})",
    "%d": r"(?P<d>\d{1,2})",
    "%H": r"(?P<H>\d{1,2})",
    "%M": r"(?P<M>\d{2})",
    "%S": r"(?P<S>\d{2})",
    "%f": r"(?P<f>\d{1,6})",
}
#: Formats that are counts since 1970 UTC, and the microseconds of one.
_COUNTED = {"unix": SECOND_US, "unix_ms": 1000}
_LAST_US = 1 << 62
_ISO_TIME = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,6})?)?$"
_ISO_ZONED = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,6})?)?\s?(Z|[+-]\d{2}:?\d{2})$"
_ISO_DATE = r"^\d{4}-\d{2}-\d{2}$"


@dataclass(frozen=True, slots=True)
class Moments:
    """Per value: microseconds UTC, whether a time of day was given, the local hour (-1 when not known), the fault."""

    ts_us: npt.NDArray[np.int64]
    time_known: Flags
    local_hour: npt.NDArray[np.int8]
    fault: npt.NDArray[np.uint8]


def parse_moments(values: pa.StringArray, formats: tuple[str, ...], zone: str, *, now_us: int) -> Moments:
    """Read times of one zone. Faults: ``bad_date``, ``date_out_of_range`` (before 1950), ``future_date`` (over a day ahead of now)."""
    count = len(values)
    result = _nothing(count)
    todo = np.ones(count, bool)
    if "iso" in formats[:1] and _read_alike(values, result, zone):
        todo[:] = False
    for form in formats if todo.any() else ():
        if form in _COUNTED:
            _read_counted(values, todo, result, _COUNTED[form])
        elif form == "iso":
            _read(values, todo, result, _ISO_DATE, None, zone, has_time=False)
            _read(values, todo, result, _ISO_TIME, None, zone, has_time=True)
            _read(values, todo, result, _ISO_ZONED, None, None, has_time=True)
        else:
            pattern, rewrite, has_time = compile_format(form)
            _read(values, todo, result, pattern, rewrite, zone, has_time=has_time)
    result.fault[todo] = Fault.BAD_DATE
    return _judged(result, now_us)


def parse_moment_column(texts: Texts, formats: tuple[str, ...], zone: str, *, now_us: int) -> Moments:
    """`parse_moments` of a column as it was read: times of one shape are read where they stand."""
    found = read_instants(texts.spans) if texts.spans is not None and "iso" in formats[:1] else None
    if found is None:
        return parse_moments(texts.values, formats, zone, now_us=now_us)
    return _judged(_from_instants(found, zone), now_us)


def _from_instants(found: Instants, zone: str) -> Moments:
    count = len(found.us)
    local = None if found.is_utc or zone == "UTC" else pa.array(found.us, pa.timestamp("us"))
    ts_us = found.us if local is None else np.asarray(_to_utc(local, zone).cast(pa.int64()))
    hour = found.hour if found.has_time and not found.is_utc else np.full(count, -1, np.int8)
    return Moments(ts_us, np.full(count, found.has_time), hour, np.zeros(count, np.uint8))


def _nothing(count: int) -> Moments:
    return Moments(np.zeros(count, np.int64), np.zeros(count, bool), np.full(count, -1, np.int8), np.zeros(count, np.uint8))


def _judged(result: Moments, now_us: int) -> Moments:
    """With the faults of times that no transfer has."""
    if len(result.ts_us) and (result.ts_us.min() < EARLIEST_US or result.ts_us.max() > now_us + DAY_US):
        good = result.fault == 0
        result.fault[good & (result.ts_us < EARLIEST_US)] = Fault.DATE_OUT_OF_RANGE
        result.fault[good & (result.ts_us > now_us + DAY_US)] = Fault.FUTURE_DATE
    return result


@cache
def compile_format(form: str) -> tuple[str, str, bool]:
    """Pattern, rewriting to ISO and "has a time of day" of a declared format; MappingError when it is not one we read."""
    parts = re.split(r"(%[A-Za-z])", form)
    names = [part[1] for part in parts if part in _TOKENS]
    if not {"Y", "m", "d"} <= set(names) or any(part.startswith("%") and part not in _TOKENS for part in parts):
        raise MappingError(f"date format {form!r}: use %Y %m %d, and %H %M %S %f for times")
    pattern = "^" + "".join(_TOKENS.get(part, re.escape(part)) for part in parts) + "$"
    group = {name: rf"\{place}" for place, name in enumerate(names, 1)}
    text = f"{group['Y']}-0{group['m']}-0{group['d']}"
    if "H" in group:
        text += f" 0{group['H']}:{group.get('M', '00')}:{group.get('S', '00')}" + (f".{group['f']}" if "f" in group else "")
    return re.sub(r"\?P<\w>", "", pattern), text, "H" in group


def _read(
    values: pa.StringArray, todo: Flags, result: Moments, pattern: str, rewrite: str | None, zone: str | None, *, has_time: bool
) -> None:
    """Read those of the values still to do that look like `pattern`."""
    looks = np.asarray(pc.match_substring_regex(values, pattern)) & todo
    rows = np.flatnonzero(looks)
    if not len(rows):
        return
    chosen = values if len(rows) == len(values) else values.take(pa.array(rows))
    if rewrite is not None:
        chosen = pc.replace_substring_regex(pc.replace_substring_regex(chosen, pattern, rewrite), r"([- ])0(\d\d)", r"\1\2")
    stamps = _to_stamps(chosen, zoned=zone is None)
    known = np.asarray(pc.is_valid(stamps))
    rows, stamps = rows[known], stamps.filter(pa.array(known))
    local = stamps if zone is None else _to_utc(stamps, zone)
    result.ts_us[rows] = np.asarray(local.cast(pa.int64()))
    result.time_known[rows] = has_time
    if has_time and zone is not None:
        result.local_hour[rows] = np.asarray(pc.hour(stamps)).astype(np.int8)
    todo[rows] = False


def _read_alike(values: pa.StringArray, result: Moments, zone: str) -> bool:
    """Read a column whose values are all ISO 8601 of one shape, as most files have it; False when it is not that, and nothing was read.

    Arrow reads ISO 8601 strictly. Of what it takes, the length and a last Z tell the shapes of `_ISO_DATE`, `_ISO_TIME`, `_ISO_ZONED` apart.
    """
    lengths = lengths_of(values)
    if not len(lengths):
        return False
    size, last = int(lengths[0]), last_octets(values)
    zoned = bool(last[0] == ord("Z"))
    if size - zoned not in ISO_LENGTHS or (lengths != size).any() or ((last == ord("Z")) != zoned).any():
        return False
    has_time = size > ISO_LENGTHS[0]
    try:
        stamps = values.cast(pa.timestamp("us", tz="UTC") if zoned else pa.timestamp("us"))
        utc = stamps if zoned else _to_utc(stamps, zone)
    except pa.ArrowInvalid:
        return False
    result.ts_us[:] = np.asarray(utc.cast(pa.int64()))
    result.time_known[:] = has_time
    if has_time and not zoned:
        result.local_hour[:] = np.asarray(pc.hour(stamps)).astype(np.int8)
    return True


def _read_counted(values: pa.StringArray, todo: Flags, result: Moments, unit_us: int) -> None:
    """Read those of the values still to do that are counts since 1970 UTC."""
    rows = np.flatnonzero(np.asarray(pc.match_substring_regex(values, r"^\d{9,14}$")) & todo)
    if len(rows):
        counts = np.asarray(values.take(pa.array(rows)).cast(pa.int64()))
        result.ts_us[rows] = np.minimum(counts, _LAST_US // unit_us) * unit_us
        result.time_known[rows] = True
        todo[rows] = False


def _to_stamps(texts: pa.StringArray, *, zoned: bool) -> pa.Array:
    """Timestamps in microseconds (UTC when zoned, else as written); null where the calendar has no such day or hour."""
    kind = pa.timestamp("us", tz="UTC") if zoned else pa.timestamp("us")
    texts = pc.replace_substring(texts, ",", ".")
    if zoned:
        texts = pc.replace_substring_regex(texts, r"\s?([+-]\d\d):?(\d\d)$", r"\1:\2")
    try:
        return texts.cast(kind)
    except pa.ArrowInvalid:
        return _one_by_one(texts, kind)


def _one_by_one(texts: pa.StringArray, kind: pa.DataType) -> pa.Array:
    """Some value looks like a date and is none (30 February): halves are tried until only such values are left."""
    if len(texts) == 1:
        return pa.nulls(1, kind)
    middle = len(texts) // 2
    parts = []
    for part in (texts[:middle], texts[middle:]):
        try:
            parts.append(part.cast(kind))
        except pa.ArrowInvalid:
            parts.append(_one_by_one(part, kind))
    return pa.concat_arrays(parts)


def _to_utc(stamps: pa.Array, zone: str) -> pa.Array:
    if zone == "UTC":
        return stamps
    get_zone(zone)
    return pc.assume_timezone(stamps, zone, ambiguous="earliest", nonexistent="latest")


def parse_steps(values: pa.StringArray, epoch: Epoch, *, now_us: int) -> Moments:
    """Simulator steps. A step of a day is a date alone; shorter steps are instants."""
    count = len(values)
    looks = np.asarray(pc.match_substring_regex(values, r"^\d{1,11}$"))
    steps = np.asarray(pc.if_else(pa.array(looks), values, "0").cast(pa.int64()))
    start = (date.fromisoformat(epoch.start) - date(1970, 1, 1)).days * DAY_US
    ts_us = start + (steps - epoch.first) * _UNITS[epoch.unit]
    fault = np.where(looks, Fault.NONE, Fault.BAD_DATE).astype(np.uint8)
    fault[looks & (ts_us > now_us + DAY_US)] = Fault.FUTURE_DATE
    return Moments(ts_us, np.full(count, epoch.unit != "day"), np.full(count, -1, np.int8), fault)


def parse_dates(values: pa.StringArray, formats: tuple[str, ...], *, now_us: int) -> tuple[pa.Array, npt.NDArray[np.uint8]]:
    """Dates without a time (birth dates): date32 and faults; years before 1900 are out of range."""
    moments = parse_moments(values, formats, "UTC", now_us=now_us)
    fault = moments.fault.copy()
    early = fault == Fault.DATE_OUT_OF_RANGE
    fault[early & (moments.ts_us >= -2_208_988_800 * SECOND_US)] = Fault.NONE
    days = pa.array(moments.ts_us // DAY_US, pa.int64()).cast(pa.int32()).cast(pa.date32())
    empty = lengths_of(values) == 0
    return pc.if_else(pa.array((fault == 0) & ~empty), days, pa.scalar(None, pa.date32())), fault
