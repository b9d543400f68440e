"""Delimited text: comma, semicolon, tab or pipe; quoted or not; any line end; exact physical lines; bounded memory.

Arrow parses; what it cannot say (where records begin, which of them are damaged) is found beforehand on the bytes. Only records that
are damaged leave the fast way.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from bakau.columns import one_chunk
from bakau.compiled import pays
from bakau.errors import FileError, Place
from bakau.logs import shape_of
from bakau_ingest.reader import MOST_COLUMNS, Broken, Chunk, Form, Match
from bakau_ingest.readers.records import ENDLESS, LONGEST_RECORD, Records, split_records
from bakau_ingest.signatures import find_signature
from bakau_ingest.spans import code_values, guess_records, split_plain
from bakau_ingest.streams import ByteSource
from bakau_ingest.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

DELIMITERS = (",", ";", "\t", "|")
#: Bytes parsed at a time. Placeholder rows name the first line of their chunk, so another size gives other rows.
CHUNK_SIZE = 16 << 20


class DelimitedReader:
    """Reads CSV and its relatives."""

    label = "delimited/1"

    def __init__(self, *, chunk_size: int = CHUNK_SIZE, longest: int = LONGEST_RECORD) -> None:
        self._chunk_size, self._longest = chunk_size, longest

    def sniff(self, beginning: bytes, name: str) -> Match:  # noqa: ARG002 - what stands in the file counts
        """Perhaps, when the beginning is no signature of something else."""
        return Match.NO if not beginning or find_signature(beginning) is not None else Match.MAYBE

    def open(self, path: Path, form: Form) -> DelimitedFile:
        """Look at the beginning: encoding, delimiter, header. FileError when it is not delimited text."""
        source = ByteSource(path, form.encoding, skip_lines=form.lines_before)
        return DelimitedFile(source, form, chunk_size=self._chunk_size, longest=self._longest)


class DelimitedFile:
    """One file; `header` is known, records come from `read_chunks`. A table states no totals, so it is never incomplete."""

    incomplete: tuple[str, ...] = ()

    def __init__(self, source: ByteSource, form: Form, *, chunk_size: int, longest: int) -> None:
        self._source, self._form = source, form
        self._chunk_size, self._longest = chunk_size, longest
        first = next(source.blocks(), b"")
        self._only_cr = b"\r" in first and b"\n" not in first
        if self._only_cr:
            first = first.replace(b"\r", b"\n")
        self.delimiter = form.delimiter or _sniff(first)
        self.header = form.header or self._read_header(first)

    def _read_header(self, first: bytes) -> tuple[str, ...]:
        place = Place(self._source.place.file, self._form.lines_before + 1)
        at_end = len(first) <= self._longest
        records = split_records(first, self.delimiter, quoted=self._form.quoted, at_end=at_end, longest=self._longest) if first else None
        if records is None or not len(records.begins):
            raise FileError("has no header line", hint="is it delimited text with a first line of column names?", at=place)
        if 0 in records.faults:
            raise FileError(f"the header cannot be read: {records.faults[0][1]}", at=place)
        line = first[records.begins[0] : records.ends[0]]
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            raise FileError("the header is not UTF-8", hint="say --encoding windows-1252 (or utf-16) if it is", at=place) from None
        if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", text):
            raise FileError("the header holds control characters: not delimited text", at=place)
        names = [name.strip() for name in self._take_apart(text)]
        if len(names) > MOST_COLUMNS:
            raise FileError(f"has more than {MOST_COLUMNS} columns", hint="no table of payments has so many", at=place)
        twice = sum(count > 1 for count in Counter(names).values())
        if twice:
            raise FileError(f"{twice} column name(s) stand more than once in the header", hint="rename the columns in the file", at=place)
        return tuple(names)

    def _take_apart(self, text: str) -> list[str]:
        quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if self._form.quoted else csv.QUOTE_NONE
        csv.field_size_limit(LONGEST_RECORD * 2)
        plain = re.sub(r"[\x00\r]", "\x01", text)
        return next(csv.reader([plain], delimiter=self.delimiter, quoting=quoting), [])

    def read_chunks(self, wanted: set[str], coded: set[str]) -> Iterator[Chunk]:
        """Records in order. See `bakau_ingest.reader.OpenFile`."""
        buffer, line, skipping, skipped = b"", self._form.lines_before, False, 0
        is_first = self._form.header is None
        for block, at_end in self._blocks():
            if skipping:
                past, feed, block = block.partition(b"\n")  # noqa: PLW2901 - what is left of it
                skipping, skipped = not feed, skipped + len(past)
                line += bool(feed)
                if skipped > ENDLESS:
                    raise FileError(f"holds a line longer than {ENDLESS >> 20} MiB", at=Place(self._source.place.file, line + 1))
            buffer += block
            plain = self._parse_plain(buffer, line + 1, wanted=wanted, coded=coded, skip=is_first)
            if plain is not None:
                chunk, consumed = plain
                buffer, line, is_first = buffer[consumed:], line + is_first + chunk.received, False
                yield chunk
            while buffer:
                records = split_records(buffer, self.delimiter, quoted=self._form.quoted, at_end=at_end, longest=self._longest)
                if records is None:
                    if len(buffer) > self._longest:
                        skipping, skipped, buffer = True, len(buffer), b""
                        yield Chunk(_no_rows(wanted), np.empty(0, np.int64), (self._too_long(line + 1),))
                    break
                chunk = self._parse(buffer, records, line + 1, wanted=wanted, coded=coded, skip=is_first and bool(len(records.begins)))
                is_first = is_first and not len(records.begins)
                buffer, line = buffer[records.consumed :], line + records.consumed_lines
                if chunk.received:
                    yield chunk

    def _blocks(self) -> Iterator[tuple[bytes, bool]]:
        """Blocks of about the chunk size, each with whether it is the last."""
        waiting: list[bytes] = []
        held: bytes | None = None
        for block in self._source.blocks(self._chunk_size):
            waiting.append(block.replace(b"\r", b"\n") if self._only_cr else block)
            if sum(map(len, waiting)) >= self._chunk_size:
                if held is not None:
                    yield held, False
                held, waiting = waiting[0] if len(waiting) == 1 else b"".join(waiting), []
        rest = b"".join(waiting)
        if held is not None and rest:
            yield held, False
        if held is not None or rest:
            yield rest or held or b"", True

    def _too_long(self, line: int) -> Broken:
        return Broken(line, "", "record_too_long", f"the record is longer than {self._longest} bytes")

    # --- one block --------------------------------------------------------------------------------------------------------

    def _parse_plain(self, block: bytes, line: int, *, wanted: set[str], coded: set[str], skip: bool) -> tuple[Chunk, int] | None:
        """The whole records of a block that holds nothing unusual, and where the last of them ends; None when it must be looked at closely.

        `skip`: the header comes first.
        """
        begin = block.find(b"\n") + 1 if skip else 0
        plain_header = not skip or (block[:1] not in {b"\n", b"\r"} and block.count(b'"', 0, begin) % 2 == 0)
        if not plain_header or not pays(guess_records(block)):
            return None
        places = {name: place for place, name in enumerate(self.header) if name in wanted}
        plain = split_plain(block, begin, self.delimiter, len(self.header), places, quoted=self._form.quoted, longest=self._longest)
        if plain is None:
            return None
        columns = {name: Texts(spans=spans) for name, spans in plain.columns.items()}
        for name in coded & columns.keys():
            found = code_values(plain.columns[name])
            columns[name] = Texts.of(columns[name].values.dictionary_encode()) if found is None else Texts(*found)
        return Chunk(columns, np.arange(line + skip, line + skip + plain.count), ()), plain.consumed

    def _parse(self, block: bytes, records: Records, line: int, *, wanted: set[str], coded: set[str], skip: bool) -> Chunk:
        lines = records.lines + line
        broken = [Broken(int(lines[spot]), "", code, reason) for spot, (code, reason) in records.faults.items()]
        damaged = self._find_damage(block, records)
        broken += [self._describe(block, records, spot, int(lines[spot]), why) for spot, why in damaged.items()]
        bad = np.zeros(len(lines), bool)
        bad[[*records.faults, *damaged]] = True
        if skip:
            bad[0] = True
        if not records.whole or bad[int(skip) :].any():
            good = np.flatnonzero(~bad)
            payload = pa.py_buffer(b"\n".join(block[records.begins[spot] : records.ends[spot]] for spot in good))
        else:
            good = np.arange(int(skip), len(lines))
            begin = int(records.begins[good[0]]) if len(good) else records.consumed
            payload = pa.py_buffer(block).slice(begin, records.consumed - begin)
        columns, ragged = self._convert(payload, len(good), wanted, coded, has_quotes=b'"' in block)
        for number, fields in ragged:
            spot = good[number - 1]
            broken.append(Broken(int(lines[spot]), "", "ragged_row", f"{fields} fields where there should be {len(self.header)}"))
        if ragged:
            good = np.delete(good, [number - 1 for number, _ in ragged])
        return Chunk(columns, lines[good], tuple(sorted(broken, key=lambda record: record.line)))

    def _convert(
        self, payload: pa.Buffer, count: int, wanted: set[str], coded: set[str], *, has_quotes: bool
    ) -> tuple[dict[str, Texts], list[tuple[int, int]]]:
        if not payload.size:
            return _no_rows(wanted), []
        ragged: list[tuple[int, int]] = []

        def note(row: pacsv.InvalidRow) -> str:
            ragged.append((row.number, row.actual_columns))
            return "skip"

        coding = pa.dictionary(pa.int32(), pa.string())
        names = [str(place) for place in range(len(self.header))]
        chosen = {str(place): name for place, name in enumerate(self.header) if name in wanted}
        rows = pacsv.read_csv(
            pa.BufferReader(payload),
            read_options=pacsv.ReadOptions(use_threads=False, column_names=names, block_size=payload.size + 1024),
            parse_options=pacsv.ParseOptions(
                delimiter=self.delimiter,
                quote_char='"' if self._form.quoted else False,
                newlines_in_values=self._form.quoted and has_quotes,
                ignore_empty_lines=False,
                invalid_row_handler=note,
            ),
            convert_options=pacsv.ConvertOptions(
                check_utf8=False,  # damaged records were taken out before
                column_types={place: coding if name in coded else pa.string() for place, name in chosen.items()},
                include_columns=list(chosen),
                null_values=[],
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )
        if len(rows) + len(ragged) != count:
            raise FileError("cannot be taken apart into records", hint="check the delimiter and the quotes", at=self._source.place)
        return {name: Texts.of(one_chunk(rows.column(place))) for place, name in chosen.items()}, ragged

    # --- damage -----------------------------------------------------------------------------------------------------------

    def _find_damage(self, block: bytes, records: Records) -> dict[int, tuple[int, str]]:
        """Records that hold NUL, bytes that are not UTF-8, or a CR that ends no line: record number → (byte in block, code)."""
        spots: list[tuple[int, str]] = []
        block_end = records.consumed
        if block.find(b"\x00", 0, block_end) >= 0:
            spots += [(found.start(), "nul_byte") for found in re.finditer(rb"\x00+", block[:block_end])]
        if not block.isascii():
            spots += [(spot, "wrong_encoding") for spot in _not_utf8(block, block_end)]
        if b"\r" in block and block.count(b"\r") != block.count(b"\r\n"):
            spots += [
                (found.start(), "control_character") for found in re.finditer(rb"\r(?!\n)", block[:block_end]) if found.end() < block_end
            ]
        found: dict[int, tuple[int, str]] = {}
        for spot, code in spots:
            record = int(np.searchsorted(records.begins, spot, side="right")) - 1
            inside = record >= 0 and spot < records.ends[record] and record not in records.faults
            if inside and not (code == "control_character" and self._is_quoted(block, records, record, spot)):
                found.setdefault(record, (spot, code))
        return found

    def _is_quoted(self, block: bytes, records: Records, record: int, spot: int) -> bool:
        """Does the spot lie in a quoted field of this well-formed record?"""
        mark = re.escape(self.delimiter).encode()
        fields = rb'(?:(?:"[^"]*+(?:""[^"]*+)*+"|[^"\n' + mark + rb"][^\n" + mark + rb"]*+|)" + mark + rb")*+"
        found = re.compile(fields).match(block, int(records.begins[record]), spot)
        return self._form.quoted and found is not None and block.startswith(b'"', found.end(), spot)

    def _describe(self, block: bytes, records: Records, record: int, line: int, why: tuple[int, str]) -> Broken:
        """A damaged record with the column its first damage lies in and the shape of that value."""
        spot, code = why
        before = block[records.begins[record] : spot].decode("utf-8", "replace")
        place = max(len(self._take_apart(before)) - 1, 0)
        fields = self._take_apart(block[records.begins[record] : records.ends[record]].decode("utf-8", "replace"))
        column = self.header[place] if place < len(self.header) else ""
        words = {
            "nul_byte": "holds a NUL byte",
            "wrong_encoding": f"holds bytes that are not {'UTF-8' if self._source.encoding == 'utf-8' else self._source.encoding}",
            "control_character": "holds a carriage return that ends no line",
        }
        return Broken(line, column, code, words[code], shape_of(fields[place]) if place < len(fields) else "")


def _not_utf8(block: bytes, end: int) -> Iterator[int]:
    """Where bytes stand that are not UTF-8: one spot per line that holds any."""
    view = memoryview(block)
    spot = 0
    while spot < end:
        try:
            codecs.utf_8_decode(view[spot:end], "strict", True)  # noqa: FBT003 - no keyword there
        except UnicodeDecodeError as error:
            yield spot + error.start
            feed = block.find(b"\n", spot + error.start, end)
            spot = end if feed < 0 else feed + 1
        else:
            return


def _sniff(first: bytes) -> str:
    """The delimiter that stands most often in the first line, outside quotes."""
    line = first.lstrip(b"\r\n").partition(b"\n")[0][: 1 << 16].decode("utf-8", "replace")
    bare = re.sub(r'"[^"]*"', "", line)
    return max(DELIMITERS, key=lambda mark: (bare.count(mark), -DELIMITERS.index(mark)))


def _no_rows(wanted: Sequence[str] | set[str]) -> dict[str, Texts]:
    return {name: Texts(pa.array([], pa.string())) for name in wanted}


def lines_of(chunk: Chunk) -> npt.NDArray[np.int64]:
    """Physical lines of every record of a chunk, broken ones included, in order."""
    return np.sort(np.concatenate([chunk.lines, np.array([record.line for record in chunk.broken], np.int64)]))
