"""JSON lines: one object a line. Numbers keep the digits they were written with; objects inside become ``outer.inner`` columns.

The columns are the names that any record of the file has, in order of first appearance. A name that is missing in a record, or
null, is an empty value.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bakau.errors import FileError, Place
from bakau_ingest.reader import MOST_COLUMNS, Broken, Chunk, Match
from bakau_ingest.readers.cells import to_texts
from bakau_ingest.readers.records import ENDLESS, LONGEST_RECORD
from bakau_ingest.streams import ByteSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bakau_ingest.reader import Form

#: Bytes parsed at a time, and objects within objects that are taken apart; defaults of ours.
PIECE, DEEPEST = 1 << 20, 8


class JsonLinesReader:
    """Reads newline-delimited JSON."""

    label = "json_lines/1"

    def __init__(self, *, piece: int = PIECE) -> None:
        self._piece = piece

    def sniff(self, beginning: bytes, name: str) -> Match:  # noqa: ARG002 - what stands in the file counts
        """Sure of a file whose first line begins like an object."""
        first = beginning.lstrip(b"\xef\xbb\xbf \t\r\n")
        return Match.SURE if first.startswith(b"{") and first[1:].lstrip()[:1] in {b'"', b"}"} else Match.NO

    def open(self, path: Path, form: Form) -> JsonLinesFile:
        """Read all names of the file. FileError when no line of it is an object."""
        return JsonLinesFile(ByteSource(path, form.encoding), self._piece)


@dataclass(slots=True)
class _Piece:
    """Records of a piece of the file: the objects, their lines, and what was broken."""

    rows: list[dict[str, object]]
    lines: list[int]
    broken: list[Broken]


class JsonLinesFile:
    """One file; `header` holds every name in it. It states no totals, so it is never incomplete. A column may be in no record at all."""

    incomplete: tuple[str, ...] = ()
    is_sparse = True

    def __init__(self, source: ByteSource, piece: int) -> None:
        self._source, self._place, self._piece = source, Place(str(source.path)), piece
        names: dict[str, None] = {}
        for part in self._pieces():
            for row in part.rows:
                names.update(dict.fromkeys(row))
            if len(names) > MOST_COLUMNS:
                raise FileError(f"has more than {MOST_COLUMNS} columns", hint="no table of payments has so many", at=self._place)
        if not names:
            raise FileError("holds no line that is a JSON object", hint="one object a line, each in braces", at=self._place)
        self.header = tuple(names)

    def read_chunks(self, wanted: set[str], coded: set[str]) -> Iterator[Chunk]:
        """Records in order. See `bakau_ingest.reader.OpenFile`."""
        for piece in self._pieces():
            columns = {name: to_texts([row.get(name, "") for row in piece.rows], is_coded=name in coded) for name in sorted(wanted)}
            yield Chunk(columns, np.array(piece.lines, np.int64), tuple(piece.broken))

    def _slices(self) -> Iterator[bytes]:
        for block in self._source.blocks():
            for begin in range(0, len(block), self._piece):
                yield block[begin : begin + self._piece]

    def _pieces(self) -> Iterator[_Piece]:
        """The file piece by piece; a line without an end within the longest record is broken, however long it is."""
        rest, line, skipping, skipped = b"", 0, False, 0
        for text in self._slices():
            if skipping:
                past, feed, text = text.partition(b"\n")  # noqa: PLW2901 - what is left of it
                skipping, line, skipped = not feed, line + bool(feed), skipped + len(past)
                if skipped > ENDLESS:
                    raise FileError(f"holds a line longer than {ENDLESS >> 20} MiB", at=Place(self._place.file, line + 1))
            *lines, rest = (rest + text).split(b"\n")
            if lines:
                yield _parse(lines, line)
                line += len(lines)
            if len(rest) > LONGEST_RECORD:
                yield _Piece([], [], [_too_long(line + 1)])
                rest, skipping, skipped = b"", True, len(rest)
        if rest.strip():
            yield _parse([rest], line)


def _too_long(line: int) -> Broken:
    return Broken(line, "", "record_too_long", f"the record is longer than {LONGEST_RECORD} bytes")


def _parse(lines: list[bytes], before: int) -> _Piece:
    piece = _Piece([], [], [])
    for number, text in enumerate(lines, before + 1):
        if not text.strip():
            continue
        if len(text) > LONGEST_RECORD:
            piece.broken.append(_too_long(number))
            continue
        try:
            found = _DECODER.decode(text.decode("utf-8"))
            row = _flatten(found) if isinstance(found, dict) else None
        except UnicodeDecodeError:
            piece.broken.append(Broken(number, "", "wrong_encoding", "holds bytes that are not UTF-8"))
        except (ValueError, RecursionError) as error:
            twice = isinstance(error, _TwiceError)
            deep = isinstance(error, (RecursionError, _DeepError))
            piece.broken.append(
                Broken(number, "", "name_twice", "a name stands twice in the record")
                if twice
                else Broken(number, "", "too_deep", f"objects within objects deeper than {DEEPEST}")
                if deep
                else Broken(number, "", "bad_json", "not a JSON object")
            )
        else:
            if row is None:
                piece.broken.append(Broken(number, "", "bad_json", "not a JSON object"))
            else:
                piece.rows.append(row)
                piece.lines.append(number)
    return piece


class _TwiceError(ValueError):
    """A name stands twice in one object: which value is meant cannot be known."""


class _DeepError(ValueError):
    """Deeper than anything a payment needs."""


def _no_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _TwiceError
    return made


_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, object_pairs_hook=_no_twins)


def _flatten(found: dict[str, object], before: str = "", depth: int = 0) -> dict[str, object]:
    """Names with dots for objects within objects; a list becomes its JSON text."""
    if not any(isinstance(value, (dict, list)) for value in found.values()):
        return {before + name: value for name, value in found.items()} if before else found
    if depth >= DEEPEST:
        raise _DeepError
    row: dict[str, object] = {}
    for name, value in found.items():
        if isinstance(value, dict):
            row.update(_flatten(value, f"{before}{name}.", depth + 1))
        elif isinstance(value, list):
            row[before + name] = json.dumps(value, ensure_ascii=False) if value else ""
        else:
            row[before + name] = value
    return row
