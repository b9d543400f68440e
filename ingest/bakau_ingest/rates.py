"""A file of dated exchange rates, read strictly: one wrong row and nothing of it is taken, since every value would rest on it.

A CSV with the columns date, base, quote, rate, source: on that day one unit of `base` was `rate` units of `quote`, says `source`. A rate is
a decimal with a point, without thousands; it becomes an integer and a number of decimals, never a float.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv

from bakau.errors import FileError, Place
from bakau.money import NO_CURRENCY, load_currencies
from bakau_graph.archive.rates import MOST_DIGITS
from bakau_ingest.checks import Fault
from bakau_ingest.content import refuse_content
from bakau_ingest.moments import parse_dates
from bakau_ingest.streams import stamp_of

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

COLUMNS = ("date", "base", "quote", "rate", "source")
#: The largest file of rates; a default of ours: thirty years of every pair of forty currencies with one of them fit many times.
MOST_BYTES = 100_000_000
_LONGEST_SOURCE = 200
_HINT = "columns date,base,quote,rate,source; for example 2025-03-03,USD,PHP,57.935,central bank"


def read_rates(path: Path) -> pa.Table:
    """The rates of a file: day (since 1970), base, quote, mantissa, places, source. FileError with the first line that cannot be used."""
    if stamp_of(path).size > MOST_BYTES:
        raise FileError(f"is larger than {MOST_BYTES // 1_000_000} MB", hint="split it by years", at=Place(str(path)))
    refuse_content(path)
    try:
        rows = pv.read_csv(
            path, convert_options=pv.ConvertOptions(column_types=dict.fromkeys(COLUMNS, pa.string()), strings_can_be_null=False)
        )
    except (pa.ArrowInvalid, OSError, UnicodeDecodeError):
        raise FileError("cannot be read as a table of rates", hint=_HINT, at=Place(str(path), 1)) from None
    if sorted(rows.column_names) != sorted(COLUMNS):
        raise FileError("has other columns than a table of rates", hint=_HINT, at=Place(str(path), 1))
    if not len(rows):
        raise FileError("holds a header and no rates", hint=_HINT, at=Place(str(path)))
    date, base, quote, rate, source = (pc.utf8_trim_whitespace(rows[name].combine_chunks().cast(pa.string())) for name in COLUMNS)
    days, faults = parse_dates(date, ("iso",), now_us=time.time_ns() // 1000)
    checks = (
        ("date", np.isin(faults, (Fault.NONE, Fault.FUTURE_DATE)) & np.asarray(pc.match_substring_regex(date, r"^\d{4}-\d{2}-\d{2}$")), "is no date (2025-03-03)"),
        ("date", faults != Fault.FUTURE_DATE, "lies in the future"),
        ("base", _is_currency(base), "is no currency we know"),
        ("quote", _is_currency(quote), "is no currency we know"),
        ("quote", pc.not_equal(base, quote), "is the base itself"),
        ("rate", pc.match_substring_regex(rate, r"^\d+(\.\d+)?$"), "is no decimal number with a point"),
        ("rate", pc.less_equal(pc.utf8_length(rate), MOST_DIGITS + 1), f"has more than {MOST_DIGITS} digits"),
        ("rate", pc.match_substring_regex(rate, "[1-9]"), "is zero"),
        ("source", pc.and_(pc.greater(pc.utf8_length(source), 0), pc.less_equal(pc.utf8_length(source), _LONGEST_SOURCE)), "is missing or too long"),
    )  # fmt: skip
    for column, good, words in checks:
        _refuse(path, column, ~np.asarray(good), words)
    point = pc.find_substring(rate, ".")
    places = pc.if_else(pc.less(point, 0), 0, pc.subtract(pc.subtract(pc.utf8_length(rate), point), 1))
    found = pa.table(
        {
            "day": days.cast(pa.int32()),
            "base": base,
            "quote": quote,
            "mantissa": pc.replace_substring(rate, ".", "").cast(pa.int64()),
            "places": places.cast(pa.int32()),
            "source": source,
        }
    )
    _refuse_twins(path, found)
    return found


def _is_currency(codes: pa.Array) -> pa.BooleanArray:
    return pc.is_in(codes, value_set=pa.array([code for code in load_currencies() if code != NO_CURRENCY]))


def _refuse(path: Path, column: str, bad: npt.NDArray[np.bool_], words: str) -> None:
    if bad.any():
        count, line = int(bad.sum()), int(np.flatnonzero(bad)[0]) + 2
        more = f" (and {count - 1:,} more)" if count > 1 else ""
        raise FileError(f"{words}{more}; nothing of this file was taken", hint=_HINT, at=Place(str(path), line, column))


def _refuse_twins(path: Path, found: pa.Table) -> None:
    """One rate per day and pair: which of two holds nobody can say."""
    counted = (
        found.append_column("line", pa.array(np.arange(len(found)) + 2))
        .group_by(["day", "base", "quote"])
        .aggregate([("line", "max"), ([], "count_all")])
    )
    twice = counted.filter(pc.greater(counted["count_all"], 1))
    if len(twice):
        line = pc.min(twice["line_max"]).as_py()
        raise FileError("has a second rate for a day and pair; nothing of this file was taken", hint=_HINT, at=Place(str(path), line))
