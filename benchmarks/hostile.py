"""Files made to do harm: is each refused, how fast, and how much memory does that take?

    python benchmarks/hostile.py [--only WORDS]

Each file goes through all of `bakau ingest` (content, hash, reader, conversion) in one process that has loaded small good files first:
seconds of wall time, and the highest mark of memory (`VmHWM`, set back before each file) above what the process held. Another process
writes the files; those of a gigabyte are holes on the disk.

Bounds (this program ends with 1 when one is broken): every file refused, in at most 2 s, with at most 200 MB.
"""

from __future__ import annotations

import argparse
import gzip
import io
import resource
import stat
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

MOST_SECONDS, MOST_MB = 2.0, 200
#: A hole that reads as zeros, and takes no room on the disk.
HOLE = 1 << 30

HEADER = b"sent_at,sender_zone,transfer_no,sender_no,sender_name,receiver_no,receiver_name,receiver_born,send_outlet,payout_outlet,from_country,to_country,amount,currency,purpose\n"
ROW = b"2025-03-01T10:00:00,Europe/Berlin,T1,S1,Ann Example,R1,Bob Example,1980-01-01,O1,O2,DE,PH,1.50,EUR,rent\n"


@dataclass(frozen=True)
class Hostile:
    """One file: what it is, its name, what writes it, and the mapping it is loaded with (None: it says itself what it is)."""

    name: str
    file_name: str
    write: Callable[[Path], object]
    mapping: str | None = None


# --- XML ----------------------------------------------------------------------------------------------------------------------------

#: Document types: three that swell, two that fetch. The documents use the entity `z`.
HEADS = {
    "a billion laughs": "<!DOCTYPE r [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9))
    + "<!ENTITY z '&j;'>]>",
    "quadratic laughter": f"<!DOCTYPE r [<!ENTITY y '{'ha' * 10_000}'><!ENTITY z '{'&y;' * 9_000}'>]>",
    "a parameter that calls itself": "<!DOCTYPE r [<!ENTITY % a '<!ENTITY z \"&#37;b;&#37;b;\">'><!ENTITY % b '&#37;a;&#37;a;'>%a;<!ENTITY z 'ha'>]>",
    "an entity from a file": "<!DOCTYPE r [<!ENTITY z SYSTEM 'file:///etc/hostname'>]>",
    "a document type from far": "<!DOCTYPE r SYSTEM 'http://far.example.org/x.dtd' [<!ENTITY z 'ha'>]>",
}
_XML = '<?xml version="1.0" encoding="UTF-8"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_OASIS = "urn:oasis:names:tc:opendocument:xmlns"

DOCUMENTS = {
    "iso20022": (
        "a.xml",
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>&z;</MsgId></GrpHdr></BkToCstmrStmt></Document>',
    ),
    "iso20022_return": (
        "a.xml",
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.004.001.09"><PmtRtr><GrpHdr><MsgId>&z;</MsgId></GrpHdr></PmtRtr></Document>',
    ),
    "goaml": ("a.xml", "<report><rentity_id>1</rentity_id><submission_code>E</submission_code><reason>&z;</reason></report>"),
    "fincen": (
        "a.xml",
        '<fc2:EFilingBatchXML xmlns:fc2="www.fincen.gov/base"><fc2:FormTypeCode>SARX</fc2:FormTypeCode><fc2:Activity>&z;</fc2:Activity></fc2:EFilingBatchXML>',
    ),
    "ofx": (
        "a.ofx",
        '<?OFX OFXHEADER="200" VERSION="220"?><OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>&z;</CURDEF></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>',
    ),
}

WORKBOOK = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"></Types>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>',
    "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}"><si><t>sent_at</t></si></sst>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"/>',
}
_CONTENT = (
    f'<o:document-content xmlns:o="{_OASIS}:office:1.0" xmlns:t="{_OASIS}:table:1.0" xmlns:x="{_OASIS}:text:1.0"><o:body><o:spreadsheet>'
    '<t:table t:name="A"><t:table-row><t:table-cell o:value-type="string"><x:p>&z;</x:p></t:table-cell></t:table-row></t:table>'
    "</o:spreadsheet></o:body></o:document-content>"
)


def _packed(entries: dict[str, bytes | str], path: Path, *, attributes: int = 0o644 << 16) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = attributes
            archive.writestr(entry, content, zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED)


def _of_xml() -> Iterator[Hostile]:
    for what, head in HEADS.items():
        for reader, (file_name, body) in DOCUMENTS.items():
            text = f"{_XML}{head}{body}".encode()
            yield Hostile(f"{reader}: {what}", file_name, lambda path, text=text: path.write_bytes(text))
            if file_name == "a.xml":
                yield Hostile(f"{reader} in a ZIP: {what}", "a.zip", lambda path, text=text: _packed({"a.xml": text}, path))
        for part, text in WORKBOOK.items():
            parts = WORKBOOK | {part: f"{_XML}{head}{text}"}
            yield Hostile(f"xlsx {part}: {what}", "a.xlsx", lambda path, parts=parts: _packed(parts, path), "remittance")
        sheet: dict[str, bytes | str] = {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f"{_XML}{head}{_CONTENT}",
        }
        yield Hostile(f"ods content.xml: {what}", "a.ods", lambda path, sheet=sheet: _packed(sheet, path), "remittance")
    start = '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>'
    shapes: dict[str, Callable[[], str]] = {
        "a million elements deep": lambda: "<a>" * 1_000_000,
        "a million different elements": lambda: "".join(f"<a{number}/>" for number in range(1_000_000)),
        "a tag of 50 MB": lambda: '<a b="' + "x" * (50 << 20),
        "a text of 50 MB": lambda: "<a>" + "x" * (50 << 20),
    }
    for what, rest in shapes.items():
        yield Hostile(f"iso20022: {what}", "a.xml", lambda path, rest=rest: path.write_text(start + rest()))


# --- archives -----------------------------------------------------------------------------------------------------------------------


def _of_archives() -> Iterator[Hostile]:
    body = DOCUMENTS["iso20022"][1].replace("&z;", "1")
    link = (stat.S_IFLNK | 0o777) << 16
    zips: dict[str, Callable[[Path], object]] = {
        "zip slip": lambda path: _packed({"a.xml": body, "../../a.xml": body}, path),
        "zip slip from the root": lambda path: _packed({"a.xml": body, "/etc/a.xml": body}, path),
        "a link": lambda path: _packed({"a.xml": "/etc/hostname"}, path, attributes=link),
        "spaces without end in a ZIP": lambda path: _packed({"a.xml": body + " " * (128 << 20)}, path),
        "a ZIP in a ZIP": lambda path: _packed({"a.xml": body, "b.zip": _zip_of({"a.xml": body})}, path),
        "twenty thousand and one entries": lambda path: _packed({f"{number}.xml": "" for number in range(20_001)}, path),
    }
    for what, write in zips.items():
        yield Hostile(f"archive: {what}", "a.zip", write)
    yield Hostile("archive: a sheet that unpacks to far more", "a.xlsx", _blow_up, "remittance")
    yield Hostile("archive: a sheet beside a link", "a.xlsx", lambda path: _packed(dict(WORKBOOK), path, attributes=link), "remittance")
    yield Hostile("gzip: rows that unpack a thousandfold", "a.csv.gz", _write_gzip, "remittance")


def _blow_up(path: Path) -> None:
    sheet = "xl/worksheets/sheet1.xml"
    _packed(WORKBOOK | {sheet: WORKBOOK[sheet] + " " * (128 << 20)}, path)


def _zip_of(entries: dict[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return made.getvalue()


def _write_gzip(path: Path) -> None:
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write(HEADER)
        for _ in range(128):
            stream.write(ROW * ((1 << 20) // len(ROW)))


# --- tables and texts ---------------------------------------------------------------------------------------------------------------


def _hole(path: Path, before: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(before)
        stream.truncate(len(before) + HOLE)


def _of_texts() -> Iterator[Hostile]:
    texts: dict[str, tuple[str, Callable[[], bytes]]] = {
        "delimited: a million columns": (
            "a.csv", lambda: b",".join(b"c%d" % number for number in range(1_000_000)) + b"\n" + b"1," * 999_999 + b"1\n",
        ),
        "delimited: a million columns in a row": ("a.csv", lambda: HEADER + b"1," * 999_999 + b"1\n"),
        "delimited: ten thousand columns, each twice": ("a.csv", lambda: b",".join(b"c%d" % (number // 2) for number in range(10_000)) + b"\n"),
        "delimited: a quote never closed": ("a.csv", lambda: HEADER + b'"' + b"x,\n" * 10_000),
        "json_lines: a hundred thousand deep": ("a.jsonl", lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
        "json_lines: lists half a million deep": ("a.jsonl", lambda: b'{"a":' + b"[" * 500_000),
        "json_lines: a million columns": ("a.jsonl", lambda: b"{" + b",".join(b'"%d":1' % number for number in range(1_000_000)) + b"}"),
        "ofx 1: an entity": ("a.ofx", lambda: b"OFXHEADER:100\nDATA:OFXSGML\n\n<!DOCTYPE OFX [<!ENTITY z 'ha'>]>\n<OFX><STMTRS><CURDEF>&z;"),
    }  # fmt: skip
    for name, (file_name, content) in texts.items():
        table = name.startswith(("delimited", "json"))
        yield Hostile(name, file_name, lambda path, content=content: path.write_bytes(content()), "remittance" if table else None)
    holes: dict[str, tuple[str, bytes]] = {
        "delimited: a line of 1 GB": ("a.csv", HEADER + b"x"),
        "delimited: a header of 1 GB": ("a.csv", b"sent_at,"),
        "json_lines: a line of 1 GB": ("a.jsonl", b'{"a":"x'),
        "swift_mt: a line of 1 GB": ("a.sta", b":20:X\n:25:1\n:28C:1\n:60F:C250101EUR1,\n:86:x"),
        "ofx 1: a line of 1 GB": ("a.ofx", b"OFXHEADER:100\nDATA:OFXSGML\n\n<OFX><STMTRS><CURDEF>x"),
        "iso20022: a line of 1 GB": ("a.xml", DOCUMENTS["iso20022"][1].partition("&z;")[0].encode()),
        "goaml: a line of 1 GB": ("a.xml", DOCUMENTS["goaml"][1].partition("&z;")[0].encode()),
    }
    for name, (file_name, before) in holes.items():
        table = name.startswith(("delimited", "json"))
        yield Hostile(name, file_name, lambda path, before=before: _hole(path, before), "remittance" if table else None)
    bomb = "name: x\nmeaning: x\nfiles:\n  - match: &a ['*']\n    rows: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n" + "".join(
        f"{chr(99 + n)}: &{chr(99 + n)} [{', '.join([f'*{chr(98 + n)}'] * 8)}]\n" for n in range(10)
    )
    deep = "name: x\nmeaning: x\nfiles: " + "[" * 100_000
    for what, text in {"an alias bomb": bomb, "lists a hundred thousand deep": deep}.items():
        yield Hostile(f"mapping: {what}", "a.csv", lambda path, text=text: _with_mapping(path, text), "a.yaml")


def _with_mapping(path: Path, text: str) -> None:
    path.write_bytes(HEADER + ROW)
    path.with_name("a.yaml").write_text(text)


def list_hostile() -> list[Hostile]:
    """Every file, in order of the table."""
    return [*_of_xml(), *_of_archives(), *_of_texts()]


# --- one process --------------------------------------------------------------------------------------------------------------------


def held_mb() -> float:
    """What this process holds when everything it needs no more is given back; its highest mark begins here anew."""
    import ctypes
    import gc

    import pyarrow as pa

    gc.collect()
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / (1 << 20)


def peak_mb() -> float:
    """The highest mark of this process' memory since then (the kernel's, because `getrusage` forgets nothing)."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def try_to_load(workspace: Path, path: Path, mapping: str | None) -> str | None:
    """What `bakau ingest` says of the file; None when it loads."""
    from bakau.errors import BakauError
    from bakau.progress import SilentProgress
    from bakau_graph.archive import Archive
    from bakau_ingest.load import LoadOptions, load_file
    from bakau_ingest.selection import choose_files

    named = str(path.with_name(mapping)) if mapping is not None and mapping.endswith(".yaml") else mapping
    try:
        found = choose_files([path], named)
        if found.refused:
            return found.refused[0].error.message
        load_file(Archive.open(workspace), found.files[0], LoadOptions(), SilentProgress())
    except BakauError as error:
        return error.message
    return None


def warm_up(folder: Path) -> Path:
    """A workspace into which every reader has loaded something small, so that what they import counts to nobody."""
    from importlib.resources import files

    from bakau_graph.archive import Archive
    from bakau_ingest.reader import get_reader, list_readers

    workspace = folder / "workspace"
    Archive.create(workspace)
    for reader in list_readers():
        get_reader(reader)
    good = folder / "remittance.csv"
    good.write_bytes(HEADER + ROW)
    loaded = [try_to_load(workspace, good, "remittance")]
    for name in ("fincen_batch.xml", "goaml_report.xml"):
        path = folder / name
        path.write_bytes((files("bakau_ingest") / "mappings" / "examples" / name).read_bytes())
        loaded.append(try_to_load(workspace, path, None))
    if any(loaded):
        raise SystemExit(f"a good file is refused: {loaded}")
    return workspace


@dataclass(frozen=True)
class Tried:
    """What became of a file: what was said (None: it loaded), and what that took."""

    said: str | None
    seconds: float
    mb: float

    @property
    def is_good(self) -> bool:
        """Refused within the bounds?"""
        return self.said is not None and self.seconds <= MOST_SECONDS and self.mb <= MOST_MB


def try_one(number: int, workspace: Path) -> Tried:
    """Write the file and try to load it."""
    hostile = list_hostile()[number]
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / hostile.file_name
        subprocess.run([sys.executable, __file__, "--write", str(number), str(path)], check=True)
        before, begin = held_mb(), time.monotonic()
        said = try_to_load(workspace, path, hostile.mapping)
        return Tried(said, time.monotonic() - begin, peak_mb() - before)


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="only files with these words in their names")
    parser.add_argument("--write", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.write:
        list_hostile()[int(asked.write[0])].write(Path(asked.write[1]))
        return
    tried = []
    with tempfile.TemporaryDirectory() as name:
        workspace = warm_up(Path(name))
        for number, hostile in enumerate(list_hostile()):
            if asked.only in hostile.name:
                found = try_one(number, workspace)
                tried.append(found)
                mark = "" if found.is_good else "  <-- BROKEN"
                print(f"{hostile.name:<66} {found.seconds:6.2f} s {found.mb:5.0f} MB  {found.said or 'LOADED'}{mark}", flush=True)
    broken = sum(not one.is_good for one in tried)
    worst = max(one.seconds for one in tried), max(one.mb for one in tried)
    print(
        f"{len(tried)} files, {broken} not refused within {MOST_SECONDS:g} s and {MOST_MB} MB; slowest {worst[0]:.2f} s, most {worst[1]:.0f} MB"
    )
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
