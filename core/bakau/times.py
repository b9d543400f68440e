"""Times are integers: microseconds since 1970 UTC. A date alone is an interval of one local day.

``time_known`` is false when only a date was given; ``ts_us`` is then the start of that local day in UTC
and the true instant lies in ``[ts_us, ts_us + DAY_US)``. Zone arithmetic happens here and at ingest, never in a feature.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bakau.errors import InputError

SECOND_US = 1_000_000
HOUR_US = 3_600 * SECOND_US
DAY_US = 24 * HOUR_US
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: Earliest instant accepted from a source (1950-01-01); a default of ours: electronic payments are younger.
EARLIEST_US = -631_152_000 * SECOND_US


def get_zone(name: str) -> ZoneInfo:
    """The IANA time zone of that name; InputError when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: a folder, a file that may not be read, a name that is too long
        raise InputError(f"unknown time zone {name!r}", hint="use an IANA name such as Asia/Manila or UTC") from error


def now_us() -> int:
    """The clock: microseconds since 1970 UTC."""
    return time.time_ns() // 1_000


def to_us(moment: datetime) -> int:
    """Microseconds since 1970 UTC of an aware datetime, exact."""
    if moment.tzinfo is None:
        raise ValueError("a datetime without a zone has no place in time")
    return (moment - EPOCH) // timedelta(microseconds=1)


def from_us(ts_us: int) -> datetime:
    """The aware UTC datetime of that many microseconds since 1970."""
    return EPOCH + timedelta(microseconds=ts_us)


def format_us(ts_us: int | None, *, time_known: bool = True) -> str:
    """ISO 8601 in UTC for people and documents; the date alone when the time of day is not known."""
    if ts_us is None:
        return ""
    moment = from_us(ts_us)
    if not time_known:
        return moment.date().isoformat()
    text = moment.isoformat(timespec="microseconds" if moment.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def parse_instant(text: str) -> int:
    """Microseconds for what a person types as --since/--until: a date (UTC midnight) or an ISO date-time (UTC when no zone)."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InputError(f"{text!r} is not a date or time", hint="write 2026-03-01 or 2026-03-01T14:30:00Z") from error
    return to_us(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def protected_until(birth_date: date) -> date:
    """First day of the calendar quarter after the eighteenth birthday: the date stored open instead of the birth date.

    Coarser than the birthday on purpose (a quarter, never the day), rounded so that it protects a little longer and never
    shorter. Dates before 2000-01-01 all become 2000-01-01, so that an adult's age cannot be read from it.
    """
    year = birth_date.year + 18
    quarter_end = (birth_date.month - 1) // 3 * 3 + 4
    end = date(year + 1, 1, 1) if quarter_end > 12 else date(year, quarter_end, 1)
    return max(end, date(2000, 1, 1))
