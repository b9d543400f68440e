"""Where records begin and end in a block of delimited text, exactly as Python's csv module would see them.

Fast way: positions of quotes and line feeds as arrays, when every quote is where it belongs. Exact way: record by record with one
regular expression, for blocks that hold a misplaced quote. A physical line ends with LF (CR LF counts once); a file whose lines end
with CR alone is translated before it comes here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Spots = npt.NDArray[np.int64]

#: Longest record taken, in bytes; a default of ours, far above any payment record.
LONGEST_RECORD = 1 << 20
#: A line of so many bytes is no damaged record among others: the file is refused. A default of ours.
ENDLESS = 64 << 20
LF, CR, QUOTE = 10, 13, 34


@dataclass(frozen=True, slots=True)
class Records:
    """Spans of a block: [begins, ends) without the line end, `lines` counted from 0 at the block's start, `faults` by span number.

    `consumed` bytes and `consumed_lines` physical lines of the block are done with; the rest belongs to the next block. `whole` when
    the spans are all there is: nothing between them but line ends.
    """

    begins: Spots
    ends: Spots
    lines: Spots
    faults: dict[int, tuple[str, str]]
    consumed: int
    consumed_lines: int
    whole: bool


def split_records(block: bytes, delimiter: str, *, quoted: bool, at_end: bool, longest: int = LONGEST_RECORD) -> Records | None:
    """Take a block apart that begins with a record; None when its first record may go on beyond it.

    `at_end`: nothing follows this block. Unfinished records at the end of the block are left for the next one. A block longer than
    `longest` always gives an answer, unless not even a physical line ends in it.
    """
    found = _split_fast(block, delimiter, quoted=quoted, at_end=at_end, longest=longest)
    if found is None and len(block) > longest:
        return _split_exactly(block, delimiter if quoted else "", at_end=at_end, longest=longest)
    return found


def _split_fast(block: bytes, delimiter: str, *, quoted: bool, at_end: bool, longest: int) -> Records | None:
    octets = np.frombuffer(block, np.uint8)
    feeds = np.flatnonzero(octets == LF)
    quotes = np.flatnonzero(octets == QUOTE) if quoted and b'"' in block else np.empty(0, np.int64)
    stops = feeds
    if len(quotes):
        if not _well_placed(octets, quotes, ord(delimiter)):
            return _split_exactly(block, delimiter, at_end=at_end, longest=longest)
        stops = feeds[np.searchsorted(quotes, feeds) % 2 == 0]
        if at_end and len(quotes) % 2:
            return _split_exactly(block, delimiter, at_end=at_end, longest=longest)
    if at_end and (not len(stops) or stops[-1] != len(block) - 1):
        stops = np.append(stops, len(block))
    if not len(stops):
        return None
    begins = np.concatenate([np.zeros(1, np.int64), stops[:-1] + 1])
    if int((stops - begins).max()) > longest:
        return _split_exactly(block, delimiter if quoted else "", at_end=at_end, longest=longest)
    lines = np.arange(len(begins)) if len(stops) == len(feeds) else np.searchsorted(feeds, begins)
    consumed = min(int(stops[-1]) + 1, len(block))
    return _without_blanks(octets, begins, stops, lines, {}, consumed, int(np.searchsorted(feeds, consumed)))


def _well_placed(octets: npt.NDArray[np.uint8], quotes: Spots, delimiter: int) -> bool:
    """Does every opening quote begin a field and every closing quote end one (doubled quotes included)?"""
    before = octets[np.maximum(quotes[::2] - 1, 0)]
    opens = (quotes[::2] == 0) | (before == delimiter) | (before == LF) | (before == QUOTE)
    closing = quotes[1::2]
    after = octets[np.minimum(closing + 1, len(octets) - 1)]
    closes = (closing == len(octets) - 1) | (after == delimiter) | (after == LF) | (after == CR) | (after == QUOTE)
    return bool(opens.all() and closes.all())


def _without_blanks(
    octets: npt.NDArray[np.uint8],
    begins: Spots,
    stops: Spots,
    lines: Spots,
    faults: dict[int, tuple[str, str]],
    consumed: int,
    consumed_lines: int,
) -> Records:
    """Drop empty lines (no record, as csv.DictReader has it) and the CR of CR LF."""
    ends = stops.copy()
    if len(octets):
        ends[(ends > begins) & (octets[np.maximum(ends - 1, 0)] == CR)] -= 1
    empty = ends == begins
    whole = not faults and not empty.any()
    if not whole:
        kept = np.flatnonzero(~empty)
        places = {int(spot): place for place, spot in enumerate(kept)} if faults else {}
        faults = {places[spot]: fault for spot, fault in faults.items() if spot in places}
        begins, ends, lines = begins[kept], ends[kept], lines[kept]
    return Records(begins, ends, lines.astype(np.int64), faults, consumed, consumed_lines, whole)


@cache
def _record_pattern(delimiter: str, *, may_end_file: bool) -> re.Pattern[bytes]:
    d = re.escape(delimiter).encode()
    field = rb'(?:"[^"]*+(?:""[^"]*+)*+"|[^"\n' + d + rb"][^\n" + d + rb"]*+|)"
    stop = rb"\r?(?:\n|\Z)" if may_end_file else rb"\r?\n"
    return re.compile(field + rb"(?:" + d + field + rb")*+" + stop)


@cache
def _line_pattern(*, may_end_file: bool) -> re.Pattern[bytes]:
    return re.compile(rb"[^\n]*+(?:\n|\Z)" if may_end_file else rb"[^\n]*+\n")


def _split_exactly(block: bytes, delimiter: str, *, at_end: bool, longest: int) -> Records | None:
    """Record by record; a record whose quotes make no sense is a fault and reading resumes at the line after its first.

    Without a delimiter quotes mean nothing.
    """
    begins: list[int] = []
    stops: list[int] = []
    lines: list[int] = []
    faults: dict[int, tuple[str, str]] = {}
    spot = line = 0
    while spot < len(block):
        limit = min(len(block), spot + longest + 2)
        ends_file = at_end and limit == len(block)
        pattern = _record_pattern(delimiter, may_end_file=ends_file) if delimiter else _line_pattern(may_end_file=ends_file)
        found = pattern.match(block, spot, limit)
        if found is None and limit == len(block) and not at_end:
            break
        if found is not None and found.end() > spot:
            stop, after = found.end() - block.endswith(b"\n", spot, found.end()), found.end()
        else:
            feed = block.find(b"\n", spot)
            if feed < 0 and not at_end:
                break
            stop, after = (feed, feed + 1) if feed >= 0 else (len(block), len(block))
            faults[len(begins)] = _name_fault(block, spot, stop, longest, delimiter)
        begins.append(spot)
        stops.append(stop)
        lines.append(line)
        line += block.count(b"\n", spot, after)
        spot = after
    if not begins:
        return None
    octets = np.frombuffer(block, np.uint8)
    return _without_blanks(octets, np.array(begins), np.array(stops), np.array(lines), faults, spot, line)


def _name_fault(block: bytes, spot: int, stop: int, longest: int, delimiter: str) -> tuple[str, str]:
    if stop - spot > longest or not delimiter:
        return "record_too_long", f"the record is longer than {longest} bytes"
    closed = re.compile(rb"(?:\A|" + re.escape(delimiter).encode() + rb')"[^"]*+(?:""[^"]*+)*+"').search(
        block, spot, min(len(block), spot + longest)
    )
    if closed is not None and closed.start() < stop:
        return "bad_quoting", "text stands behind a closing quote, or a quoted field never ends"
    return "bad_quoting", "a quoted field never ends"
