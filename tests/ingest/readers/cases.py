"""What the contract suite needs to know of each reader: a small file, the same records elsewhere, a file of any length, hostile ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bakau_ingest.reader import Reader, get_reader
from bakau_ingest.readers.delimited import DelimitedReader


@dataclass(frozen=True)
class Case:
    """One reader. `shifted` holds the records of `small` at other lines; `big` writes so many records; `reader` works in small chunks."""

    name: str
    file_name: str
    small: bytes
    lines: tuple[int, ...]
    shifted: bytes
    big: Callable[[Path, int], None]
    reader: Callable[[], Reader]
    hostile: dict[str, bytes] = field(default_factory=dict)
    mapping: str | None = None
    #: Records in the shorter of the two files that are measured.
    count: int = 20_000

    def write(self, folder: Path, content: bytes | None = None, name: str | None = None) -> Path:
        path = folder / (name or self.file_name)
        path.write_bytes(self.small if content is None else content)
        return path

    def shipped(self) -> Reader:
        return get_reader(self.name)


HEADER = "sent_at,sender_zone,transfer_no,sender_no,sender_name,receiver_no,receiver_name,receiver_born,send_outlet,payout_outlet,"
HEADER += "from_country,to_country,amount,currency,purpose"


def _remittance(place: int) -> str:
    return (
        f"2025-03-0{1 + place % 9}T10:00:00,Europe/Berlin,T{place},S{place},Ann Example,R{place},Bob Example,1980-01-01,"
        f"O1,O2,DE,PH,{place}.50,EUR,rent\n"
    )


def _big_remittance(path: Path, count: int) -> None:
    with path.open("w", encoding="ascii") as stream:
        stream.write(HEADER + "\n")
        stream.writelines(map(_remittance, range(count)))


_ROWS = [_remittance(place) for place in range(3)]

CASES = (
    Case(
        name="delimited",
        file_name="sample.csv",
        small="".join([HEADER, "\n", *_ROWS]).encode(),
        lines=(2, 3, 4),
        shifted="".join([HEADER, "\n", _ROWS[2], "\n\n", _ROWS[0], "\n", _ROWS[1]]).encode(),
        big=_big_remittance,
        reader=lambda: DelimitedReader(chunk_size=1 << 20),
        mapping="remittance",
        count=60_000,
        hostile={
            "a million columns": b"a," * 1_000_000 + b"b\n" + b"1," * 1_000_000 + b"2\n",
            "one line without end": HEADER.encode() + b"\n" + b"x" * (8 << 20),
            "zeros": HEADER.encode() + b"\n" + bytes(1 << 20),
            "a quote never closed": HEADER.encode() + b'\n"' + b"x,\n" * 100_000,
        },
    ),
)
