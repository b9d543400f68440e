"""OFX as events: version 2 is XML, version 1 is SGML whose leaves have no end tags. Both come out the same way."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from bakau.errors import FileError
from bakau_ingest.readers.text_lines import lines_of
from bakau_ingest.readers.xml import DOCTYPE, Event, open_xml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bakau.errors import Place
    from bakau_ingest.readers.packed import Counted

#: Elements whose texts we want together.
MARKED = frozenset({"STMTRS", "CCSTMTRS", "INVSTMTRS", "BANKACCTFROM", "CCACCTFROM", "INVACCTFROM", "STMTTRN", "LEDGERBAL", "ORIGCURRENCY"})
#: Texts kept of one element; a transaction has about twenty.
MOST_TEXTS = 1_000
_TAG = re.compile(r"<(/?)([A-Za-z0-9_.:]+)[^<>]*>([^<]*)")


def read_events(blocks: Counted, place: Place) -> Iterator[Event]:
    """Beginnings and ends of the marked elements with the texts inside; FileError when a document type or entity is declared."""
    if blocks.beginning.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml"):
        yield from open_xml(blocks, place, MARKED.__contains__)
    else:
        yield from _read_sgml(blocks, place)


def _read_sgml(blocks: Iterable[bytes], place: Place) -> Iterator[Event]:  # noqa: C901 - one pass over tags, each with its own meaning
    """Tags in the order they come. An end tag that closes nothing marked closes nothing; texts may run over lines."""
    opened: list[tuple[str, dict[str, str]]] = []
    last = ""
    for number, line in lines_of(blocks, place):
        if "<!" in line:
            raise FileError(DOCTYPE, hint="ask the sender for the statement without it", at=place)
        before = line.partition("<")[0].strip()
        if before and last and opened and last in opened[-1][1]:
            opened[-1][1][last] = f"{opened[-1][1][last]} {unescape(before)}"[:MOST_TEXTS]
        for closes, tag, text in _TAG.findall(line):
            name = tag.upper()
            if name in MARKED and not closes:
                leaves: dict[str, str] = {}
                opened.append((name, leaves))
                yield Event(True, name, leaves, number)  # noqa: FBT003 - a named field
            elif name in MARKED and any(name == one for one, _ in opened):
                while opened:
                    ended, leaves = opened.pop()
                    yield Event(False, ended, leaves, 0)  # noqa: FBT003 - a named field
                    if ended == name:
                        break
            elif not closes and opened and (value := unescape(text).strip()):
                leaves = opened[-1][1]
                if len(leaves) < MOST_TEXTS:
                    leaves.setdefault(name, value)
            last = "" if closes else name
