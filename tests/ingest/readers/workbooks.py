"""Workbooks for the tests, written part by part: what no library would write, too."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from bakau_ingest.readers.cells import letters_of

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OASIS = "urn:oasis:names:tc:opendocument:xmlns"


@dataclass(frozen=True)
class Formula:
    """A formula cell and the result that was saved with it (None: none)."""

    text: str
    result: object = None


@dataclass(frozen=True)
class Error:
    """A cell that ends in an error."""

    text: str = "#REF!"


@dataclass(frozen=True)
class Day:
    """A cell with a date style: a serial number of days since 1899-12-30, and its ISO text."""

    serial: float
    iso: str


@dataclass(frozen=True)
class Raw:
    """XML as it is."""

    xml: str


def xlsx_cell(value, where: str) -> str:
    if isinstance(value, Raw):
        return value.xml.replace("@", where)
    if isinstance(value, Formula):
        if value.result is None:
            return f'<c r="{where}"><f>{escape(value.text)}</f></c>'
        if isinstance(value.result, str):
            return f'<c r="{where}" t="str"><f>{escape(value.text)}</f><v>{escape(value.result)}</v></c>'
        return f'<c r="{where}"><f>{escape(value.text)}</f><v>{value.result!r}</v></c>'
    if isinstance(value, Error):
        return f'<c r="{where}" t="e"><f>A1</f><v>{value.text}</v></c>'
    if isinstance(value, Day):
        return f'<c r="{where}" s="1"><v>{value.serial!r}</v></c>'
    if isinstance(value, bool):
        return f'<c r="{where}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, (int, float)):
        return f'<c r="{where}"><v>{value!r}</v></c>'
    return "" if value is None or value == "" else f'<c r="{where}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'


def xlsx(*sheets, hidden=(), extra=None, first_row=1, head="", shared=()) -> bytes:
    """A workbook; each sheet is (name, rows). `extra` are further parts, `head` stands before each sheet's root element."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        types = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
            for n in range(1, len(sheets) + 1)
        )
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
            f"{types}</Types>",
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        listed = "".join(
            f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"{" state=" + chr(34) + "hidden" + chr(34) if name in hidden else ""}/>'
            for n, (name, _) in enumerate(sheets, 1)
        )
        archive.writestr("xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{listed}</sheets></workbook>')
        related = "".join(
            f'<Relationship Id="rId{n}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in range(1, len(sheets) + 1)
        )
        related += f'<Relationship Id="rId98" Type="{RELATIONS}/styles" Target="styles.xml"/>'
        related += f'<Relationship Id="rId99" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
        archive.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{PACKAGE}/relationships">{related}</Relationships>')
        archive.writestr(
            "xl/styles.xml", f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>'
        )
        texts = "".join(f"<si><t>{escape(text)}</t></si>" for text in shared)
        archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{texts}</sst>')
        for n, (_, rows) in enumerate(sheets, 1):
            body = "".join(
                f'<row r="{number}">'
                + "".join(xlsx_cell(value, f"{letters_of(place)}{number}") for place, value in enumerate(row))
                + "</row>"
                for number, row in enumerate(rows, first_row)
            )
            archive.writestr(f"xl/worksheets/sheet{n}.xml", f'{head}<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>')
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return made.getvalue()


def ods_cell(value) -> str:
    if isinstance(value, Raw):
        return value.xml
    if isinstance(value, Formula):
        formula = f"table:formula={quoteattr('of:=' + value.text)}"
        if value.result is None:
            return f"<table:table-cell {formula}/>"
        return f'<table:table-cell {formula} office:value-type="float" office:value="{value.result}"><text:p>{value.result}</text:p></table:table-cell>'
    if isinstance(value, Error):
        return f'<table:table-cell table:formula="of:=[.A1]" office:value-type="string"><text:p>{value.text}</text:p></table:table-cell>'
    if isinstance(value, Day):
        return f'<table:table-cell office:value-type="date" office:date-value="{value.iso}"><text:p>a day</text:p></table:table-cell>'
    if isinstance(value, bool):
        return f'<table:table-cell office:value-type="boolean" office:boolean-value="{str(value).lower()}"><text:p>x</text:p></table:table-cell>'
    if isinstance(value, (int, float)):
        return f'<table:table-cell office:value-type="float" office:value="{value!r}"><text:p>shown otherwise</text:p></table:table-cell>'
    if value is None or value == "":
        return "<table:table-cell/>"
    return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'


def ods(*sheets, head="", extra=None) -> bytes:
    """A spreadsheet; each sheet is (name, rows); a row is a list of cells or XML."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        tables = "".join(
            f"<table:table table:name={quoteattr(name)}>"
            + "".join(row if isinstance(row, str) else f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>" for row in rows)
            + "</table:table>"
            for name, rows in sheets
        )
        spaces = " ".join(f'xmlns:{name}="{OASIS}:{name}:1.0"' for name in ("office", "table", "text"))
        archive.writestr(
            "content.xml",
            f"{head}<office:document-content {spaces}><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>",
        )
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return made.getvalue()
