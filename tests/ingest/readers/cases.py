"""What the contract suite needs to know of each reader: a small file, the same records elsewhere, a file of any length, hostile ones."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bakau_ingest.reader import Reader, get_reader
from bakau_ingest.readers.columnar import ArrowReader, ParquetReader
from bakau_ingest.readers.delimited import DelimitedReader
from bakau_ingest.readers.fincen import FincenReader
from bakau_ingest.readers.goaml import GoamlReader
from bakau_ingest.readers.iso20022 import Iso20022Reader, Iso20022ReturnReader
from bakau_ingest.readers.json_lines import JsonLinesReader
from bakau_ingest.readers.ods import OdsReader
from bakau_ingest.readers.ofx import OfxReader
from bakau_ingest.readers.swift_mt import SwiftReader
from bakau_ingest.readers.xlsx import XlsxReader

from . import iso_messages as iso
from . import mt_messages as mt
from . import report_messages as reports
from . import workbooks


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


_ENTRIES = [iso.entry("10.50", iso.detail(1)), iso.entry("20.00", sign="CRDT"), iso.entry("30.00", iso.detail(3, text="=1+1"))]
_STATEMENT = iso.camt053(iso.statement(*_ENTRIES))
_PAID = [reports.between(1, flagged="true"), reports.between(2), reports.between(3, flagged="false")]
_REPORT = reports.goaml(*_PAID)
_FILED = [reports.alone(place) for place in (1, 2)]
_RETURNS = iso.pacs004(iso.returned(1), iso.returned(2))
_ROWS = [_remittance(place) for place in range(3)]
_NAMES = HEADER.split(",")


def _cells(place: int) -> list[str]:
    return _remittance(place).strip().split(",")


_CELLS = [_cells(place) for place in range(3)]
_REPEATED_CELL = (
    '<table:table-cell table:number-columns-repeated="100000000" office:value-type="string"><text:p>x</text:p></table:table-cell>'
)
_REPEATED_ROW = (
    '<table:table-row table:number-rows-repeated="100000000"><table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'
    "</table:table-row>"
)
_MANY_SPACES = '<table:table-cell office:value-type="string"><text:p>' + '<text:s text:c="60000"/>' * 100 + "</text:p></table:table-cell>"


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _json(place: int) -> bytes:
    return json.dumps(dict(zip(_NAMES, _cells(place), strict=True))).encode() + b"\n"


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, row_group_size=5_000)
    return sink.getvalue().to_pybytes()


def _arrow(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=5_000)
    return sink.getvalue().to_pybytes()


def _columnar(places, kind: str) -> bytes:
    rows = [_cells(place) for place in places]
    table = pa.table({name: [row[number] for row in rows] for number, name in enumerate(_NAMES)})
    return _parquet(table) if kind == "parquet" else _arrow(table)


def _columnar_case(name: str, reader: Callable[[], Reader], hostile: dict[str, bytes]) -> Case:
    return Case(
        name=name,
        file_name=f"sample.{name}",
        small=_columnar(range(3), name),
        lines=(1, 2, 3),
        shifted=_columnar([2, 0, 1], name),
        big=lambda path, count: _write(path, _columnar(range(count), name)),
        reader=reader,
        mapping="remittance",
        count=20_000,
        hostile=hostile,
    )


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
        count=120_000,  # several blocks of the stream
        hostile={
            "a million columns": b"a," * 1_000_000 + b"b\n" + b"1," * 1_000_000 + b"2\n",
            "one line without end": HEADER.encode() + b"\n" + b"x" * (8 << 20),
            "zeros": HEADER.encode() + b"\n" + bytes(1 << 20),
            "a quote never closed": HEADER.encode() + b'\n"' + b"x,\n" * 100_000,
        },
    ),
    Case(
        name="xlsx",
        file_name="sample.xlsx",
        small=workbooks.xlsx(("Data", [_NAMES, *_CELLS])),
        lines=(2, 3, 4),
        shifted=workbooks.xlsx(("Data", [_NAMES, _CELLS[2], [], _CELLS[0], _CELLS[1]])),
        big=lambda path, count: _write(path, workbooks.xlsx(("Data", [_NAMES, *map(_cells, range(count))]))),
        reader=lambda: XlsxReader(chunk_rows=500),
        count=2_500,
        mapping="remittance",
        hostile={
            "a million columns": workbooks.xlsx(("Data", [_NAMES, [workbooks.Raw('<c r="BDWGN2"><v>1</v></c>')]])),
            "ten thousand and one columns": workbooks.xlsx(("Data", [[f"c{number}" for number in range(10_001)], ["1"]])),
            "two cells far apart": workbooks.xlsx(("Data", [_NAMES, [workbooks.Raw('<c r="ZZ1048576"><v>1</v></c>')]])),
            "a long text in every cell": workbooks.xlsx(
                ("Data", [_NAMES, *[[workbooks.Raw('<c r="@" t="s"><v>0</v></c>')] * 15 for _ in range(20_000)]]), shared=["x" * 30_000]
            ),
            "a document type": workbooks.xlsx(("Data", [_NAMES, *_CELLS]), head='<!DOCTYPE x [<!ENTITY a "b">]>'),
            "a bomb": workbooks.xlsx(("Data", [_NAMES, *_CELLS]), extra={"xl/media.bin": bytes(50 << 20)}),
            "a name that climbs": workbooks.xlsx(("Data", [_NAMES, *_CELLS]), extra={"../../x": b"x"}),
            "a picture": workbooks.xlsx(("Data", [_NAMES, *_CELLS]), extra={"xl/media/image1.png": b"x"}),
            "half a workbook": workbooks.xlsx(("Data", [_NAMES, *_CELLS]))[:900],
            "no sheet": workbooks.xlsx(),
        },
    ),
    Case(
        name="ods",
        file_name="sample.ods",
        small=workbooks.ods(("Data", [_NAMES, *_CELLS])),
        lines=(2, 3, 4),
        shifted=workbooks.ods(("Data", [_NAMES, _CELLS[2], [""], _CELLS[0], _CELLS[1]])),
        big=lambda path, count: _write(path, workbooks.ods(("Data", [_NAMES, *map(_cells, range(count))]))),
        reader=lambda: OdsReader(chunk_rows=200),
        count=1_000,
        mapping="remittance",
        hostile={
            "a cell repeated without end": workbooks.ods(("Data", [_NAMES, [workbooks.Raw(_REPEATED_CELL)]])),
            "a row repeated without end": workbooks.ods(("Data", [_NAMES, _REPEATED_ROW])),
            "laughter": workbooks.ods(("Data", [_NAMES, *_CELLS]), head='<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'),
            "an entity from outside": workbooks.ods(("Data", [_NAMES]), head='<!DOCTYPE x SYSTEM "file:///etc/passwd">'),
            "a bomb": workbooks.ods(("Data", [_NAMES, *_CELLS]), extra={"other.bin": bytes(50 << 20)}),
            "spaces without end": workbooks.ods(("Data", [_NAMES, [workbooks.Raw(_MANY_SPACES)]])),
            "half a spreadsheet": workbooks.ods(("Data", [_NAMES, *_CELLS]))[:500],
        },
    ),
    Case(
        name="json_lines",
        file_name="sample.jsonl",
        small=b"".join(map(_json, range(3))),
        lines=(1, 2, 3),
        shifted=b"\n".join([_json(2), b"", _json(0), _json(1)]),
        big=lambda path, count: _write(path, b"".join(map(_json, range(count)))),
        reader=lambda: JsonLinesReader(piece=1 << 16),
        count=12_500,
        mapping="remittance",
        hostile={
            "deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
            "deep lists": b'{"a":' + b"[" * 500_000,
            "one line without end": b'{"a":"' + b"x" * (8 << 20),
            "twenty thousand columns": b"".join(b'{"c%d":1}\n' % number for number in range(20_000)),
            "no objects": b'{"a"\n' * 1000,
            "zeros": b'{"a":1}' + bytes(1 << 20),
        },
    ),
    _columnar_case(
        "parquet",
        lambda: ParquetReader(chunk_rows=1000),
        {
            "no footer": b"PAR1" + bytes(5000),
            "cut off": _columnar(range(3), "parquet")[:-40],
            "a million columns": b"PAR1" + b"x" * 100 + struct.pack("<I", 0x7FFFFFFF) + b"PAR1",
            "ten thousand and one columns": _parquet(pa.table({f"c{number}": ["1"] for number in range(10_001)})),
            "a column of bytes": _parquet(pa.table({"sent_at": pa.array([b"x"]), **{name: ["1"] for name in _NAMES[1:]}})),
        },
    ),
    _columnar_case(
        "arrow",
        lambda: ArrowReader(chunk_rows=1000),
        {
            "no schema": b"ARROW1\x00\x00" + bytes(5000),
            "cut off": _columnar(range(3), "arrow")[:-40],
            "a column of bytes": _arrow(pa.table({"sent_at": pa.array([b"x"]), **{name: ["1"] for name in _NAMES[1:]}})),
        },
    ),
    Case(
        name="iso20022",
        file_name="statement.xml",
        small=_STATEMENT,
        lines=(6, 7, 8),
        shifted=iso.camt053("\n\n<!-- <Ntry> -->", iso.statement(*reversed(_ENTRIES), number=7)),
        big=iso.big_camt053,
        reader=lambda: Iso20022Reader(chunk_records=500),
        count=2_000,
        hostile=iso.hostile(_STATEMENT),
    ),
    Case(
        name="iso20022_return",
        file_name="returns.xml",
        small=_RETURNS,
        lines=(5, 6),
        shifted=iso.pacs004("\n", iso.returned(2), iso.returned(1)),
        big=iso.big_pacs004,
        reader=lambda: Iso20022ReturnReader(chunk_records=500),
        count=2_000,
        hostile={name: content for name, content in iso.hostile(_RETURNS).items() if "zip" not in name},
    ),
    Case(
        name="swift_mt",
        file_name="statement.sta",
        small=mt.STATEMENT,
        lines=(5, 7, 9),
        shifted=b"\r\n\r\n" + mt.mt940(*reversed(mt.LINES), number="7/1", reference="OTHER"),
        big=mt.big_mt940,
        reader=lambda: SwiftReader(chunk_records=500),
        count=3_000,
        hostile=mt.HOSTILE_MT,
    ),
    Case(
        name="ofx",
        file_name="statement.ofx",
        small=mt.OFX,
        lines=(15, 22, 29),
        shifted=mt.OFX_SHIFTED,
        big=mt.big_ofx,
        reader=lambda: OfxReader(chunk_records=500),
        count=3_000,
        hostile=mt.HOSTILE_OFX,
    ),
    Case(
        name="goaml",
        file_name="report.xml",
        small=_REPORT,
        lines=(6, 7, 7, 8, 8, 10, 11, 11, 12, 12, 14, 15, 15, 16, 16, 7, 11),
        shifted=reports.goaml("\n<!-- <transaction> -->", *reversed(_PAID)),
        big=reports.big_goaml,
        reader=lambda: GoamlReader(chunk_records=500),
        count=2_000,
        hostile=iso.hostile(_REPORT, b"<reason>"),
    ),
    Case(
        name="fincen",
        file_name="batch.xml",
        small=reports.fincen(*_FILED),
        lines=(5, 5, 5, 5, 5, 8, 8, 8, 8, 8),
        shifted=reports.fincen("\n<!-- <Activity> -->", *reversed(_FILED), count=2),
        big=reports.big_fincen,
        reader=lambda: FincenReader(chunk_records=500),
        count=2_000,
        hostile=iso.hostile(reports.fincen(*_FILED), b"<fc2:FormTypeCode>"),
    ),
)
