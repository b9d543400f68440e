"""A small case folder as a task force would receive it: one invented affair, told by two banks, a remittance operator, an e-wallet and an FIU.

Ten people abroad pay one account small amounts, some of them through outlets and a wallet as well; what comes in is taken out in cash. Names,
numbers and banks belong to nobody (see `names`). The same call gives the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from bakau.errors import InputError
from bakau_ingest.world.names import make_iban
from bakau_ingest.world.statements import Entry, uetr_of, write_statement_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_BEGIN = date(2025, 3, 1)
#: The account and the wallet money is sent to, their holder, and the bank.
TARGET, WALLET, HOLDER, BANK = "004200771199", "+999000770101", "Marlo Tuyen", "BKAUPHMM"
PAYERS = (
    "Boren Wadar",
    "Gino Pavik",
    "Irin Polat",
    "Kelo Martan",
    "Lisen Zaro",
    "Moda Bakelan",
    "Nuro Delsen",
    "Pata Simit",
    "Rado Tovik",
    "Wayo Ginro",
)
IBANS = tuple(make_iban(f"BKAU{7_000_000 + place:014d}") for place in range(len(PAYERS)))
_PRICES = (Decimal("30.00"), Decimal("45.00"), Decimal("60.00"))
_OTHER = (
    "<Cdtr><Pty><Nm>{name}</Nm></Pty></Cdtr><CdtrAcct><Id><Othr><Id>{number}</Id></Othr></Id></CdtrAcct></RltdPties>"
    "<RltdAgts><CdtrAgt><FinInstnId><BICFI>{bic}</BICFI></FinInstnId></CdtrAgt></RltdAgts><RltdPties>"
)


def write_case(folder: Path) -> tuple[Path, ...]:
    """Write the files to a new folder and name them in the order they are best loaded; InputError when the folder stands."""
    if folder.exists():
        raise InputError(f"{folder} exists already", hint="choose another folder")
    folder.mkdir(parents=True)
    texts = {
        "bank_b.sta": _bank_b(), "orders.xml": _orders(), "remittances.csv": _remittances(), "wallet.yaml": _WALLET_MAPPING,
        "report.xml": _report(), "leads.csv": _leads(),
    }  # fmt: skip
    _bank_a(folder / "bank_a.xml")
    (folder / "wallet.xlsx").write_bytes(write_workbook("Ledger", _wallet_rows()))
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
    loaded = ("bank_a.xml", "bank_b.sta", "orders.xml", "remittances.csv", "wallet.xlsx", "report.xml", "leads.csv")
    return tuple(folder / name for name in loaded)


def _payments() -> list[tuple[int, int, date, Decimal]]:
    """(payer, how-manieth, day, amount) of what is paid to the target account; the last three pay three times on one day.

    Every other payer begins small and climbs.
    """
    return [
        (payer, turn, _BEGIN + timedelta(days=(payer * 2 + (turn * 9 if payer < 7 else 0)) % 27), _PRICES[(payer % 2 * payer + turn) % 3])
        for turn in range(3)
        for payer in range(len(PAYERS))
    ]


def _id_of(payer: int, turn: int) -> str:
    return f"P{payer}-{turn}-2025"


def _is_order(payer: int, turn: int) -> bool:
    """Payments of which the bank's own message was handed over as well."""
    return payer < 4 and turn == 0


# --- what banks hand over -------------------------------------------------------------------------------------------------


def _bank_a(path: Path) -> None:
    """The payers' statements (camt.053): wages come in, the payments go out."""
    entries = [
        Entry(iban, Decimal("1800.00"), "EUR", _BEGIN, "wages of February", "<EndToEndId>NOTPROVIDED</EndToEndId>", "<Dbtr><Pty><Nm>Tamdar Works</Nm></Pty></Dbtr>")
        for iban in IBANS
    ]  # fmt: skip
    for payer, turn, day, amount in _payments():
        refs = f"<EndToEndId>{_id_of(payer, turn)}</EndToEndId>"
        if _is_order(payer, turn):
            refs += f"<UETR>{_uetr(payer)}</UETR>"
        other = _OTHER.format(name=HOLDER, number=TARGET, bic=BANK)
        entries.append(Entry(IBANS[payer], -amount, "EUR", day, "gift", refs, other))
    write_statement_file(path, entries)


def _uetr(payer: int) -> str:
    return uetr_of(bytes(range(payer, payer + 16)))


def _bank_b() -> str:
    """The target's statement (MT940): the same payments by name, and cash that goes out."""
    lines, balance = [], Decimal(0)
    received = sorted((day + timedelta(days=payer % 2), amount, payer, turn) for payer, turn, day, amount in _payments())
    for place, (day, amount, payer, turn) in enumerate(received, 1):
        balance += amount
        lines += [mt_line(day, "C", amount), f":86:166?00CREDIT?20EREF+{_id_of(payer, turn)}?21SVWZ+for you?32{PAYERS[payer]}"]
        if place % 5 == 0:
            taken = balance - 5
            balance -= taken
            lines += [mt_line(day, "D", taken), f":86:083?00CASH?20SVWZ+cash at machine 17 on {day:%d.%m.}"]
    head = [
        ":20:STMT0325",
        f":25P:{TARGET}",
        BANK,
        ":28C:3/1",
        f":60F:C{_BEGIN - timedelta(days=1):%y%m%d}EUR0,",
    ]
    closing = f":62F:C{received[-1][0]:%y%m%d}EUR{_comma(balance)}"
    return "\r\n".join([*head, *lines, closing, "-", ""])


def mt_line(day: date, mark: str, amount: Decimal) -> str:
    """The line of one booking in an MT940 statement."""
    return f":61:{day:%y%m%d%m%d}{mark}{_comma(amount)}NTRFNONREF"


def _comma(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")


def _orders() -> str:
    """Bank A's own messages of some of the payments (pacs.008), with the time of day and the UETR."""
    chosen = [(payer, turn, day, amount) for payer, turn, day, amount in _payments() if _is_order(payer, turn)]
    total = sum((amount for *_, amount in chosen), Decimal(0))
    body = "".join(
        f"<CdtTrfTxInf><PmtId><EndToEndId>{_id_of(payer, turn)}</EndToEndId><TxId>BKA-{payer}</TxId><UETR>{_uetr(payer)}</UETR></PmtId>"
        f"<IntrBkSttlmAmt Ccy='EUR'>{amount}</IntrBkSttlmAmt><IntrBkSttlmDt>{day}</IntrBkSttlmDt>"
        f"<AccptncDtTm>{day}T{18 + payer}:4{payer}:00Z</AccptncDtTm><ChrgBr>SLEV</ChrgBr>"
        f"<Dbtr><Nm>{PAYERS[payer]}</Nm></Dbtr><DbtrAcct><Id><IBAN>{IBANS[payer]}</IBAN></Id></DbtrAcct>"
        f"<CdtrAgt><FinInstnId><BICFI>{BANK}</BICFI></FinInstnId></CdtrAgt><Cdtr><Nm>{HOLDER}</Nm></Cdtr>"
        f"<CdtrAcct><Id><Othr><Id>{TARGET}</Id></Othr></Id></CdtrAcct><RmtInf><Ustrd>gift</Ustrd></RmtInf></CdtTrfTxInf>\n"
        for payer, turn, day, amount in chosen
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"><FIToFICstmrCdtTrf>\n'
        f"<GrpHdr><MsgId>BKA-0325</MsgId><CreDtTm>2025-03-28T08:00:00Z</CreDtTm><NbOfTxs>{len(chosen)}</NbOfTxs>"
        f"<TtlIntrBkSttlmAmt Ccy='EUR'>{total}</TtlIntrBkSttlmAmt><SttlmInf><SttlmMtd>INDA</SttlmMtd></SttlmInf></GrpHdr>\n"
        f"{body}</FIToFICstmrCdtTrf></Document>\n"
    )


# --- what others hand over ------------------------------------------------------------------------------------------------


def _remittances() -> str:
    """Cash sent to the holder through outlets, in the columns of the template `remittance`."""
    rows = [
        "transfer_no,sent_at,sender_zone,sender_no,sender_name,receiver_no,receiver_name,receiver_born,send_outlet,payout_outlet,from_country,to_country,amount,currency,purpose"
    ]
    for place in range(12):
        payer, day = place % 4, _BEGIN + timedelta(days=2 * place)
        rows.append(
            f"RX{place:06d},{day} 23:{10 + place}:00,Australia/Sydney,S{payer},{PAYERS[payer]},R1,{HOLDER},1990-01-31,AU-0142,PH-220{place % 2},AU,PH,"
            f"{(40, 60, 80)[place % 3]}.00,AUD,family support"
        )  # fmt: skip
    return "\n".join(rows) + "\n"


def _wallet_rows() -> list[list[str]]:
    """The e-wallet's ledger, headed in Bahasa, and what the operator wrote above it."""
    rows = [["Laporan dompet"], ["No Ref", "Waktu", "Dari", "Ke", "Jumlah", "Jenis"]]
    for place in range(24):
        day = _BEGIN + timedelta(days=place)
        sender = f"+99900077{200 + place % 9:04d}"
        rows.append([f"W{place:05d}", f"{day:%d/%m/%Y} 21:{place:02d}:00", sender, WALLET, f"{(500, 750)[place % 2]}.00", "P2P"])
        rows.append(
            [f"C{place:05d}", f"{day:%d/%m/%Y} 22:{place:02d}:00", WALLET, "+999000779999", f"{(490, 735)[place % 2]}.00", "CASH_OUT"]
        )
    return rows


_WALLET_MAPPING = """\
name: wallet
meaning: ledger of an e-wallet, as this case received it
files:
  - match: ["wallet.xlsx"]
    reader: xlsx
    sheet: Ledger
    header_line: 2
    rows:
      - table: transfer
        fields:
          ts: {column: Waktu, formats: ["%d/%m/%Y %H:%M:%S"], zone: Asia/Manila, local_hour: true}
          src: {column: Dari, scheme: phone}
          dst: {column: Ke, scheme: phone}
          amount: {column: Jumlah}
          currency: {value: PHP}
          channel: {value: e_wallet}
          purpose_code: {column: Jenis}
          reference: {column: No Ref}
"""


def _report() -> str:
    """Bank B's report to its FIU (goAML 5): one payment, the account and the wallet it suspects, the reason."""
    payer, _, day, amount = _payments()[0]
    suspect = (
        f"<institution_name>Bank B</institution_name><swift>{BANK}</swift><account>{TARGET}</account><currency_code>EUR</currency_code>"
        f"<account_name>{HOLDER}</account_name><personal_account_type>C</personal_account_type><related_persons><account_related_person>"
        "<is_primary>true</is_primary><t_person><first_name>Marlo</first_name><last_name>Tuyen</last_name>"
        "<birthdate>1990-01-31T00:00:00</birthdate><phones><phone><tph_contact_type>P</tph_contact_type>"
        "<tph_communication_type>M</tph_communication_type><tph_country_prefix>999</tph_country_prefix><tph_number>000770101</tph_number>"
        "</phone></phones></t_person><role>PAH</role></account_related_person></related_persons><status_code>A</status_code>"
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<report>\n<schema_version>5.0.2</schema_version>\n<rentity_id>4711</rentity_id>\n'
        "<submission_code>E</submission_code>\n<report_code>STR</report_code>\n<entity_reference>CASE-2025-17</entity_reference>\n"
        "<submission_date>2025-04-02T09:00:00</submission_date>\n<currency_code_local>EUR</currency_code_local>\n"
        "<reason>Invented: many small payments from people abroad with no tie to the customer, taken out in cash.</reason>\n"
        f"<transaction><transactionnumber>B-1</transactionnumber><transaction_description>gift</transaction_description>"
        f"<date_transaction>{day}T00:00:00</date_transaction><transmode_code>ONBNK</transmode_code><amount_local>{amount}</amount_local>\n"
        "<t_from><from_funds_code>ELCFT</from_funds_code><from_account><institution_name>Bank A</institution_name>"
        f"<account>{IBANS[payer]}</account><iban>{IBANS[payer]}</iban><account_name>{PAYERS[payer]}</account_name></from_account><from_country>DE</from_country></t_from>\n"
        f"<t_to_my_client><to_funds_code>ELCFT</to_funds_code><to_is_suspected>true</to_is_suspected><to_account>{suspect}</to_account>"
        "<to_country>PH</to_country></t_to_my_client></transaction>\n</report>\n"
    )


def _leads() -> str:
    """What a partner agency asks about: some of it is here, some is not."""
    return (
        f"kind,value,country,note\nphone,{WALLET},,found in a chat\naccount,{IBANS[3]},,paid by card before\n"
        f"account,{TARGET},,named by a witness\nphone,+999000123456,,from another affair\nname,{HOLDER},,as on a pay-out slip\n"
    )


def write_workbook(sheet: str, rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook of one sheet of texts, as bytes; a cell that looks like an amount is a number."""
    office, package = (
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "http://schemas.openxmlformats.org/package/2006",
    )
    cells = "".join(
        f"<row r='{line}'>{''.join(_cell(f'{letter}{line}', text) for letter, text in zip('ABCDEF', row, strict=False))}</row>"
        for line, row in enumerate(rows, 1)
    )
    main = "xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'"
    vendor = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": (
            f"<Types xmlns='{package}/content-types'><Default Extension='rels' ContentType='application/vnd.openxmlformats-package.relationships+xml'/>"
            f"<Override PartName='/xl/workbook.xml' ContentType='{vendor}.sheet.main+xml'/>"
            f"<Override PartName='/xl/worksheets/sheet1.xml' ContentType='{vendor}.worksheet+xml'/></Types>"
        ),
        "_rels/.rels": f"<Relationships xmlns='{package}/relationships'><Relationship Id='rId1' Type='{office}/officeDocument' Target='xl/workbook.xml'/></Relationships>",
        "xl/workbook.xml": f"<workbook {main} xmlns:r='{office}'><sheets><sheet name='{sheet}' sheetId='1' r:id='rId1'/></sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f"<Relationships xmlns='{package}/relationships'><Relationship Id='rId1' Type='{office}/worksheet' Target='worksheets/sheet1.xml'/></Relationships>",
        "xl/worksheets/sheet1.xml": f"<worksheet {main}><sheetData>{cells}</sheetData></worksheet>",
    }  # fmt: skip
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2025, 4, 1, 0, 0, 0)), f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return stream.getvalue()


def _cell(place: str, text: str) -> str:
    if text.replace(".", "", 1).isdigit() and "." in text:
        return f"<c r='{place}'><v>{text}</v></c>"
    return f"<c r='{place}' t='inlineStr'><is><t>{escape(text)}</t></is></c>"
