"""Lines of a text message with their numbers, whatever ends them; bounded, and never a failure over a single odd byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bakau.errors import Place

#: Bytes of the longest line; statement lines are below 100.
LONGEST_LINE = 1 << 20
#: Bytes taken apart at a time.
STEP = 1 << 16


def lines_of(blocks: Iterable[bytes], place: Place) -> Iterator[tuple[int, str]]:
    """Number and text of each line. UTF-8 where a line is that, else Latin-1; FileError at a line without end."""
    number, rest = 1, b""
    for piece in _pieces(blocks):
        data = rest + piece
        held = data.endswith(b"\r")  # the next block may begin with its \n
        lines = (data[:-1] if held else data).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        rest = lines.pop() + (b"\r" if held else b"")
        for line in lines:
            yield number, _decode(line)
            number += 1
        if len(rest) > LONGEST_LINE:
            raise FileError(f"holds a line longer than {LONGEST_LINE >> 20} MiB", at=place)
    if rest.strip(b"\r"):
        yield number, _decode(rest.rstrip(b"\r"))


def _pieces(blocks: Iterable[bytes]) -> Iterator[bytes]:
    for block in blocks:
        for begin in range(0, len(block), STEP):
            yield block[begin : begin + STEP]


def _decode(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")
