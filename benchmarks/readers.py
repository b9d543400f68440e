"""Message and workbook readers: how much more they take than the bare parse of the same file.

    python benchmarks/readers.py [--records 50000] [--seed 1]

CPU seconds of this process, the best of five runs each, in turn, after one that does not count. Denominators: `xml.etree.ElementTree.iterparse`
over the whole file, each element cleared at its end; for XLSX `python_calamine` reading every row of the sheet.
*read* is the reader alone (every column a mapping reads, as text); *load* reads, checks and converts to canonical tables, as a load does
before it stores.

Bounds (this program ends with 1 when one is broken): camt.053 and pacs.008 loaded within 3 times, XLSX within 2 times.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as ET

from bakau_ingest.mapping import FileMapping, load_mapping
from bakau_ingest.preview.inspection import check_records
from bakau_ingest.reader import Form, get_reader
from bakau_ingest.world.names import make_iban

BOUNDS = {"camt.053": 3.0, "pacs.008": 3.0, "xlsx": 2.0}


def write_camt(path: Path, count: int) -> None:
    """One statement of that many entries, every tenth with a name alone on its other side."""
    own = make_iban(f"BKAU{1:014d}")
    with path.open("w") as stream:
        stream.write(
            '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId></GrpHdr><Stmt><Id>S</Id>'
        )
        stream.write(f"<ElctrncSeqNb>1</ElctrncSeqNb><CreDtTm>2025-03-02T06:00:00Z</CreDtTm><Acct><Id><IBAN>{own}</IBAN></Id></Acct>\n")
        for number in range(count):
            iban = "" if number % 10 == 0 else f"<DbtrAcct><Id><IBAN>{make_iban(f'BKAU{2 + number % 5000:014d}')}</IBAN></Id></DbtrAcct>"
            stream.write(
                f'<Ntry><Amt Ccy="EUR">{number % 900}.50</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2025-03-0{1 + number % 9}</Dt></BookgDt>'
                f"<ValDt><Dt>2025-03-01</Dt></ValDt><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
                f"<NtryDtls><TxDtls><Refs><EndToEndId>E{number}</EndToEndId></Refs><RltdPties><Dbtr><Nm>Payer {number % 5000}</Nm></Dbtr>{iban}</RltdPties>"
                f"<RmtInf><Ustrd>invoice {number}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>\n"
            )
        stream.write("</Stmt></BkToCstmrStmt></Document>")


def write_pacs(path: Path, count: int) -> None:
    """One message of that many payments."""
    with path.open("w") as stream:
        stream.write('<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"><FIToFICstmrCdtTrf><GrpHdr><MsgId>M</MsgId>')
        stream.write(f"<CreDtTm>2025-03-01T10:00:00Z</CreDtTm><NbOfTxs>{count}</NbOfTxs></GrpHdr>\n")
        for number in range(count):
            payer, payee = make_iban(f"BKAU{1 + number % 5000:014d}"), make_iban(f"BKAU{6000 + number % 700:014d}")
            stream.write(
                f"<CdtTrfTxInf><PmtId><EndToEndId>E{number}</EndToEndId><TxId>T{number}</TxId></PmtId>"
                f'<IntrBkSttlmAmt Ccy="EUR">{number % 900}.50</IntrBkSttlmAmt><IntrBkSttlmDt>2025-03-01</IntrBkSttlmDt>'
                f"<Dbtr><Nm>Payer {number % 5000}</Nm></Dbtr><DbtrAcct><Id><IBAN>{payer}</IBAN></Id></DbtrAcct>"
                f"<DbtrAgt><FinInstnId><BICFI>COBADEFFXXX</BICFI></FinInstnId></DbtrAgt><CdtrAgt><FinInstnId><BICFI>BUKBGB22</BICFI></FinInstnId></CdtrAgt>"
                f"<Cdtr><Nm>Payee {number % 700}</Nm></Cdtr><CdtrAcct><Id><IBAN>{payee}</IBAN></Id></CdtrAcct>"
                f"<RmtInf><Ustrd>invoice {number}</Ustrd></RmtInf></CdtTrfTxInf>\n"
            )
        stream.write("</FIToFICstmrCdtTrf></Document>")


def write_xlsx(path: Path, count: int) -> None:
    """A remittance operator's sheet of that many rows, texts in the cells."""
    names = load_mapping("remittance").files[0].columns()
    header = sorted(names)
    main, office = (
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    )
    values = {
        "sent_at": "2025-03-01T10:00:00", "sender_zone": "Europe/Berlin", "receiver_born": "1980-01-01", "from_country": "DE", "to_country": "PH",
        "currency": "EUR", "send_outlet": "O1", "payout_outlet": "O2",
    }  # fmt: skip

    def cell(place: int, row: int, text: str) -> str:
        where = f"{chr(65 + place)}{row}"
        number = text.replace(".", "").isdigit()
        return f'<c r="{where}"><v>{text}</v></c>' if number else f'<c r="{where}" t="inlineStr"><is><t>{text}</t></is></c>'

    rows = [f'<row r="1">{"".join(cell(place, 1, name) for place, name in enumerate(header))}</row>']
    for number in range(count):
        mine = values | {"amount": f"{number % 900}.5"}
        texts = (mine.get(name, f"{name[:3]} {number % 5000}x") for name in header)
        rows.append(f'<row r="{number + 2}">{"".join(cell(place, number + 2, text) for place, text in enumerate(texts))}</row>')
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{"".join(rows)}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)


def bare_xml(path: Path) -> None:
    """Every element, cleared at its end."""
    for _, element in ET.iterparse(path):  # noqa: S314 - a file of our own
        element.clear()


def bare_xlsx(path: Path) -> None:
    """Every row of the only sheet."""
    from python_calamine import CalamineWorkbook

    with CalamineWorkbook.from_path(str(path)) as book:
        for _ in book.get_sheet_by_index(0).iter_rows():
            pass


def read(name: str, path: Path, file: FileMapping) -> int:
    """The reader alone; how many records."""
    opened = get_reader(name).open(path, Form())
    return sum(chunk.received for chunk in opened.read_chunks(file.columns(), set()))


def best_each(*runs: Callable[[], object]) -> list[float]:
    """CPU seconds of each, the best of five after one that does not count; in turn, so that a machine that slows down slows all of them."""
    found = []
    for _ in range(6):
        seconds = []
        for run in runs:
            start = time.process_time()
            run()
            seconds.append(time.process_time() - start)
        found.append(seconds)
    return [min(each) for each in zip(*found[1:], strict=True)]


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=50_000)
    asked = parser.parse_args()
    cases = {
        "camt.053": ("iso20022", "iso20022", write_camt, bare_xml, "a.xml"),
        "pacs.008": ("iso20022", "iso20022", write_pacs, bare_xml, "a.xml"),
        "xlsx": ("xlsx", "remittance", write_xlsx, bare_xlsx, "a.xlsx"),
    }
    broken = False
    print(f"{'':<10} {'bare s':>8} {'read':>6} {'load':>6}  bound   ({asked.records:,} records; times the bare parse)")
    for what, (reader, mapping, write, bare, file_name) in cases.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / file_name
            write(path, asked.records)
            file = load_mapping(mapping).files[0]
            base, alone, whole = best_each(partial(bare, path), partial(read, reader, path, file), partial(check_records, path, file))
            alone, whole = alone / base, whole / base
            over = whole > BOUNDS[what]
            broken = broken or over
            print(f"{what:<10} {base:8.2f} {alone:6.2f} {whole:6.2f}  {BOUNDS[what]:.0f}{'  <-- BROKEN' if over else ''}", flush=True)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
