"""Values that must not get out: made to be found again in any dress, written into every field of every shipped mapping's files.

Every personal value carries one of MARKERS, so that one search sees all of them. Nobody here exists; phone prefix 999 is not assigned,
country code XB is nobody's.
"""

from __future__ import annotations

import base64
import contextlib
import json
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bakau.errors import VaultError
from bakau.model import FACTS
from bakau_graph.archive.vault import open_bytes

#: One per form a value may have: words, account numbers, phone digits, hexadecimal addresses, numeric ids, dates of birth.
WORD, NUMBER, PHONE, ADDRESS, ID, BORN, BORN_DMY = (
    "zqkanary",
    "ZQKANARY",
    "99947115097",
    "c0ffee5eedbead",
    "774711500977",
    "1971-11-19",
    "19.11.1971",
)
CHILD_BORN, CHILD_BORN_DMY = "2012-11-19", "19.11.2012"
PERSONAL = (WORD, PHONE, ADDRESS, ID, BORN, BORN_DMY, CHILD_BORN, CHILD_BORN_DMY)
#: In the names of input files. They are sealed where they are stored; the Desk shows them where a row is traced to its line.
FILE = "zqkfilename"
MARKERS = (*PERSONAL, FILE)


def word(text: str) -> str:
    """A name or text that carries the marker."""
    return f"Zqkanary {text}"


def iban(place: int) -> str:
    """A number that passes ISO 13616, of no country."""
    body = f"{NUMBER}{place:010d}"
    digits = "".join(str(int(character, 36)) for character in body + "XB00")
    return f"XB{98 - int(digits) % 97:02d}{body}"


def phone(place: int) -> str:
    return f"+{PHONE}{place:04d}"


def address(place: int) -> str:
    return f"0x{ADDRESS}{place:026x}"


def number(place: int) -> str:
    return f"{ID}{place:06d}"


@dataclass
class Inputs:
    """A folder of input files per mapping: (mapping, path). File names carry the marker too."""

    folder: Path
    files: list[tuple[str, Path]] = field(default_factory=list)

    def write(self, mapping: str, name: str, delimiter: str, header: str, rows: list[str]) -> Path:
        path = self.folder / mapping / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(line.replace("|", delimiter) for line in [header, *rows]) + "\n", encoding="utf-8")
        self.files.append((mapping, path))
        return path

    def write_message(self, mapping: str, name: str, text: str) -> None:
        path = self.folder / mapping / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.files.append((mapping, path))


def write_inputs(folder: Path) -> Inputs:
    """Files of every shipped mapping in which every personal field of everybody is a canary; some records are broken in each."""
    inputs = Inputs(folder)
    for write in (_bank, _remittance, _e_wallet, _crypto, _finbench, _amlsim, _statement, _iso20022, _swift, _ofx, _goaml, _fincen):
        write(inputs)
    return inputs


def _iso20022(inputs: Inputs) -> None:
    """Payments with holders, ultimate parties, dates of birth and texts; a statement whose other sides have names alone; broken ones."""

    def person(tag: str, place: int) -> str:
        born = f"<DtAndPlcOfBirth><BirthDt>{CHILD_BORN if place == 3 else BORN}</BirthDt><CityOfBirth>{word('town')}</CityOfBirth></DtAndPlcOfBirth>"
        document = f"<Id><PrvtId>{born}<Othr><Id>{number(place)}</Id></Othr></PrvtId></Id>"
        lives = f"<PstlAdr><StrtNm>{word('street')}</StrtNm><Ctry>DE</Ctry></PstlAdr><CtctDtls><PhneNb>{phone(place)}</PhneNb></CtctDtls>"
        return f"<{tag}><Nm>{word(f'iso person {place}')}</Nm>{document}{lives}</{tag}>"

    def account(tag: str, place: int) -> str:
        return f"<{tag}><Id><IBAN>{iban(place)}</IBAN></Id></{tag}>"

    payments = "".join(
        f"<CdtTrfTxInf><PmtId><EndToEndId>{word(f'E{place}')}</EndToEndId><TxId>{word(f'T{place}')}</TxId></PmtId>"
        f'<IntrBkSttlmAmt Ccy="EUR">{amount}</IntrBkSttlmAmt><IntrBkSttlmDt>2025-03-0{1 + place % 9}</IntrBkSttlmDt>'
        f"{person('Dbtr', place)}{account('DbtrAcct', place)}{person('UltmtDbtr', place + 40)}"
        f"{person('Cdtr', place + 20)}{account('CdtrAcct', place + 20)}<RmtInf><Ustrd>{word(f'text {place}')}</Ustrd></RmtInf></CdtTrfTxInf>"
        for place, amount in [(1, "10.00"), (3, "20.00"), (5, word("no amount"))]
    )
    head = f"<GrpHdr><MsgId>{word('message')}</MsgId><CreDtTm>2025-03-01T10:00:00Z</CreDtTm><NbOfTxs>9</NbOfTxs></GrpHdr>"
    body = f"<FIToFICstmrCdtTrf>{head}{payments}</FIToFICstmrCdtTrf>"
    inputs.write_message(
        "iso20022", f"{FILE}_pacs.xml", f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08">{body}</Document>'
    )
    entries = "".join(
        f'<Ntry><Amt Ccy="EUR">{place}.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2025-03-02</Dt></BookgDt>'
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{word(f'S{place}')}</EndToEndId></Refs><RltdPties>{person('Dbtr', place)}</RltdPties>"
        f"<RmtInf><Ustrd>{word(f'statement text {place}')}</Ustrd></RmtInf></TxDtls></NtryDtls><AddtlNtryInf>{word('more')}</AddtlNtryInf></Ntry>"
        for place in range(1, 5)
    )
    balances = "".join(
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2025-03-02</Dt></Dt></Bal>'
        for code, amount in (("OPBD", "1.00"), ("CLBD", "9.00"))
    )
    whose = f"<Acct><Id><IBAN>{iban(7)}</IBAN></Id><Ownr><Nm>{word('owner')}</Nm></Ownr></Acct>"
    statement = f"<Stmt><Id>{word('statement')}</Id>{whose}{balances}{entries}</Stmt>"
    body = f"<BkToCstmrStmt><GrpHdr><MsgId>{word('m')}</MsgId></GrpHdr>{statement}</BkToCstmrStmt>"
    inputs.write_message(
        "iso20022", f"{FILE}_camt.xml", f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">{body}</Document>'
    )


def _swift(inputs: Inputs) -> None:
    """A payment and a statement whose balances do not meet; one entry names somebody in a field that cannot be read."""
    fields = (
        f":20:{WORD.upper()}1", ":23B:CRED", ":32A:250301EUR12,5", f":50F:/{iban(1)}", f"1/{word('mt payer')}", f"2/{word('mt street')}", "3/DE/BERLIN", "4/19711119",
        f":59:/{iban(2)}", word("mt payee"), f":70:{word('mt invoice')}", ":71A:SHA",
    )  # fmt: skip
    inputs.write_message(
        "swift_mt", f"{FILE}_mt103.fin", "{1:F01COBADEFFAXXX0000000000}{2:I103BUKBGB22XXXXN}{4:\r\n" + "\r\n".join(fields) + "\r\n-}\r\n"
    )
    fields = (
        f":20:{WORD.upper()}2", f":25:{iban(7)}", ":28C:7/1", ":60F:C250228EUR10,00",
        f":61:2503010301D5,00NTRF{WORD.upper()}", f":86:166?00TRANSFER?20EREF+{word('ref')}?21SVWZ+{word('why')}?31{iban(9)}?32{word('mt name')}",
        f":61:{word('nonsense')}", f":86:{word('what stands under nonsense')}", ":62F:C250303EUR9,00",
    )  # fmt: skip
    inputs.write_message("swift_mt", f"{FILE}_mt940.sta", "\r\n".join(fields) + "\r\n-\r\n")


def _ofx(inputs: Inputs) -> None:
    """A statement of a bank account with names, memos and an entry without an amount."""
    entries = "".join(
        f"<STMTTRN><TRNTYPE>DEBIT</TRNTYPE><DTPOSTED>20250301</DTPOSTED><TRNAMT>{amount}</TRNAMT><FITID>{word(f'f{place}')}</FITID>"
        f"<NAME>{word(f'ofx name {place}')}</NAME><MEMO>{word('ofx memo')}</MEMO></STMTTRN>"
        for place, amount in ((1, "-5.00"), (2, "-7.00"), (3, word("none")))
    )
    whose = f"<BANKACCTFROM><BANKID>1</BANKID><ACCTID>{number(5)}</ACCTID><ACCTTYPE>CHECKING</ACCTTYPE></BANKACCTFROM>"
    period = f"<BANKTRANLIST><DTSTART>20250301</DTSTART><DTEND>20250331</DTEND>{entries}</BANKTRANLIST>"
    body = f"<BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR</CURDEF>{whose}{period}</STMTRS></STMTTRNRS></BANKMSGSRSV1>"
    inputs.write_message("ofx", f"{FILE}.ofx", f'<?xml version="1.0"?><?OFX OFXHEADER="200" VERSION="211"?><OFX>{body}</OFX>')


def _goaml(inputs: Inputs) -> None:
    """A report with names, documents, addresses, phones and reasons everywhere; a child among its people, a victim, and broken parts."""

    def somebody(tag: str, place: int) -> str:
        reached = (
            f"<phones><phone><tph_number>{phone(place)}</tph_number></phone></phones><email>{WORD}{place}@example.org</email>"
            f"<addresses><address><address>{word('street')}</address><city>{word('town')}</city></address></addresses>"
            f"<social_media><social_account><platform>p</platform><user_name>{word('handle')}</user_name></social_account></social_media>"
        )
        return (
            f"<{tag}><first_name>{word('first')}</first_name><last_name>{word(f'report person {place}')}</last_name>"
            f"<birthdate>{CHILD_BORN if place == 3 else BORN}T00:00:00</birthdate><id_number>{number(place)}</id_number>"
            f"<alias>{word('alias')}</alias>{reached}<occupation>{word('occupation')}</occupation><comments>{word('c')}</comments></{tag}>"
        )

    def account(tag: str, place: int) -> str:
        return (
            f"<{tag}><swift>COBADEFF</swift><account>{word('a')}</account><account_name>{word('account name')}</account_name><iban>{iban(place)}</iban>"
            f"<signatory>{somebody('t_person', place)}</signatory><comments>{word('account comment')}</comments></{tag}>"
        )

    def paid(place: int, amount: str) -> str:
        return (
            f"<transaction><transactionnumber>{word(f'N{place}')}</transactionnumber><transaction_location>{word('place')}</transaction_location>"
            f"<transaction_description>{word(f'report text {place}')}</transaction_description><date_transaction>2025-03-0{place}T10:00:00</date_transaction>"
            f"<transmode_code>X</transmode_code><amount_local>{amount}</amount_local>"
            f"<t_from_my_client><from_is_suspected>true</from_is_suspected>{account('from_account', place)}<from_country>DE</from_country></t_from_my_client>"
            f"<t_to>{somebody('to_person', place + 20)}<to_country>PH</to_country></t_to></transaction>"
        )

    head = "<rentity_id>1</rentity_id><report_code>STR</report_code><entity_reference>1</entity_reference><submission_date>2025-03-20</submission_date>"
    head += f"<currency_code_local>EUR</currency_code_local>{somebody('reporting_person', 50)}<reason>{word('report reason')}</reason>"
    victim = f"<report_party><role>VICTIM</role>{somebody('person', 60)}<reason>{word('party reason')}</reason></report_party>"
    vague = f"<transaction><transactionnumber>{word('vague')}</transactionnumber><involved_parties><party>{somebody('person', 70)}</party></involved_parties></transaction>"
    body = f"{head}{paid(1, '10.00')}{paid(3, '20.00')}{paid(5, word('none'))}{vague}<activity><report_parties>{victim}</report_parties></activity>"
    inputs.write_message("goaml", f"{FILE}_report.xml", f"<report>{body}</report>")


def _fincen(inputs: Inputs) -> None:
    """A suspicious activity report whose every text is a canary; one subject is nobody."""

    def subject(place: int) -> str:
        return (
            f"<Party><ActivityPartyTypeCode>33</ActivityPartyTypeCode><IndividualBirthDateText>{BORN.replace('-', '')}</IndividualBirthDateText>"
            f"<PartyName><PartyNameTypeCode>L</PartyNameTypeCode><RawEntityIndividualLastName>{word(f'subject {place}')}</RawEntityIndividualLastName></PartyName>"
            f"<Address><RawStreetAddress1Text>{word('street')}</RawStreetAddress1Text></Address><PhoneNumber><PhoneNumberText>{phone(place)}</PhoneNumberText></PhoneNumber>"
            f"<PartyIdentification><PartyIdentificationNumberText>{number(place)}</PartyIdentificationNumberText><PartyIdentificationTypeCode>1</PartyIdentificationTypeCode></PartyIdentification>"
            "<PartyAccountAssociation><Party><ActivityPartyTypeCode>41</ActivityPartyTypeCode>"
            f"<Account><AccountNumberText>{number(900 + place)}</AccountNumberText></Account></Party></PartyAccountAssociation></Party>"
        )

    filer = f"<Party><ActivityPartyTypeCode>30</ActivityPartyTypeCode><PartyName><RawPartyFullName>{word('filer')}</RawPartyFullName></PartyName></Party>"
    nobody = "<Party><ActivityPartyTypeCode>33</ActivityPartyTypeCode></Party>"
    told = (
        f"<ActivityNarrativeInformation><ActivityNarrativeText>{word('narrative')}</ActivityNarrativeText></ActivityNarrativeInformation>"
    )
    body = f"<Activity><FilingDateText>20250320</FilingDateText>{filer}{subject(1)}{subject(2)}{nobody}{told}</Activity>"
    inputs.write_message(
        "fincen", f"{FILE}_batch.xml", f'<EFilingBatchXML ActivityCount="2"><FormTypeCode>SARX</FormTypeCode>{body}</EFilingBatchXML>'
    )


def _bank(inputs: Inputs) -> None:
    header = "iban|bank|country|currency|opened|customer_no|customer_type|customer_name|born|role"
    rows = [
        f"{iban(i)}|BKAUXBXX|DE|EUR|02.05.2015|{word(f'customer {i}')}|P|{word(f'person {i}')}|{CHILD_BORN_DMY if i == 3 else BORN_DMY}|OWN"
        for i in range(24)
    ]
    rows += [f"{iban(90)[:-1]}x|BKAUXBXX|DE|EUR|02.05.2015|{word('c')}|P|{word('bad check digit')}|{BORN_DMY}|OWN"]
    rows += [f"{iban(91)}|BKAUXBXX|DE|EUR|{word('no date')}|{word('c')}|P|{word('x')}|{BORN_DMY}|OWN"]
    rows += [f"{iban(92)}|BKAUXBXX|{word('no country')}|EUR|02.05.2015|{word('c')}|P|{word('x')}|{word('not born')}|OWN"]
    inputs.write("bank", f"{FILE}_accounts.csv", ";", header, rows)
    header = "booked|payer_iban|payee_iban|amount|currency|state|reference|purpose"
    rows = [_bank_transfer(day, payer, 0) for day in range(1, 29) for payer in range(4, 14)]
    rows += [_bank_transfer(day, 0, 1, "23:10", "480,00") for day in range(1, 29)] + [_bank_transfer(day, 3, 2) for day in (3, 4, 5)]
    rows += [
        f"{word('when')}|{iban(1)}|{iban(2)}|1,00|EUR|booked|{word('r')}|{word('t')}",
        f"03.03.2025|{word('payer')}|{iban(2)}|1,00|EUR|booked|{word('r')}|{word('t')}",
        f"03.03.2025|{iban(1)}|{iban(2)}|{word('amount')}|EUR|booked|{word('r')}|{word('t')}",
        f"03.03.2025|{iban(1)}|{iban(2)}|1,00|{word('currency')}|booked|{word('r')}|{word('t')}",
        f"03.03.2025|{iban(1)}|{iban(2)}|1,00|EUR|{word('state')}|{word('r')}|=cmd {word('formula')}",
        f"03.03.2025|{iban(1)}|{iban(2)}|1,00|EUR|booked|{word('ragged')}",
        f"03.03.2025|{iban(1)}|{iban(2)}|1,00|EUR|booked|{word('nul')}|{word('t')}\0",
        f'03.03.2025|{iban(1)}|{iban(2)}|1,00|EUR|booked|{word("unclosed")}|"{word("t")}',
    ]
    inputs.write("bank", f"{FILE}_transfers.csv", ";", header, rows)


def _bank_transfer(day: int, payer: int, payee: int, time: str = "14:05", amount: str = "50,00") -> str:
    text = f"{word(f'reference {day} {payer} {payee}')}|{word(f'text of person {payer}')}"
    return f"{day:02d}.03.2025 {time}|{iban(payer)}|{iban(payee)}|{amount}|EUR|booked|{text}"


def _statement(inputs: Inputs) -> None:
    header = "booked|text|counterparty|counterparty_account|amount|currency|balance"
    rows = [
        f"0{1 + i}.03.2025|{word(f'line {i}')}|{word(f'payer {i}')}|{iban(i) if i % 2 else ''}|{'-' if i % 3 else ''}{i + 1},50|EUR|1,00"
        for i in range(8)
    ]
    rows += [
        f"{word('when')}|{word('t')}|{word('p')}|{iban(1)}|1,00|EUR|",
        f"01.03.2025|{word('t')}|{word('p')}|{iban(1)}|{word('a')}|EUR|",
    ]
    inputs.write("statement", f"{FILE}.csv", ";", header, rows)


def _remittance(inputs: Inputs) -> None:
    header = (
        "transfer_no|sent_at|sender_zone|sender_no|sender_name|receiver_no|receiver_name|receiver_born|send_outlet|payout_outlet"
        "|from_country|to_country|amount|currency|purpose"
    )
    rows = [
        f"{word(f'ref {i}')}|2025-03-{1 + i:02d} 22:41:07|Australia/Sydney|{word(f'sender {i % 3}')}|{word(f'name {i % 3}')}|{word('receiver')}"
        f"|{word('receiver name')}|{BORN}|AU-0142|PH-2201|AU|PH|60.00|AUD|{word('for whom')}"
        for i in range(20)
    ]
    rows += [rows[0].replace("Australia/Sydney", word("zone")), rows[1].replace("60.00", word("much"))]
    inputs.write("remittance", f"{FILE}.csv", ",", header, rows)


def _e_wallet(inputs: Inputs) -> None:
    header = "customer_id|full_name|birth_date|kyc_tier|phone|registered|device"
    rows = [
        f"{word(f'wallet {i}')}|{word(f'holder {i}')}|{CHILD_BORN if i == 3 else BORN}|full|{phone(i)}|2024-05-01|{word(f'device {i}')}"
        for i in range(8)
    ]
    rows += [f"{word('w')}|{word('h')}|{word('b')}|full|{word('no phone')}|2024-05-01|"]
    inputs.write("e_wallet", f"{FILE}_customers.csv", ",", header, rows)
    header = "trace_no|time|type|from_wallet|to_wallet|amount|note"
    rows = [
        f"{word(f'trace {i}')}|14/03/2025 21:{i:02d}:44|P2P|{phone(i % 8)}|{phone((i + 1) % 8)}|1500.00|{word(f'note of {i % 8}')}"
        for i in range(40)
    ]
    rows += [f"{word('t')}|{word('then')}|P2P|{phone(1)}|{word('whom')}|1500.00|{word('n')}"]
    inputs.write("e_wallet", f"{FILE}_transfers.csv", ",", header, rows)


def _crypto(inputs: Inputs) -> None:
    header = "block|tx_hash|unix_time|from|to|value_eth|status"
    rows = [f"{100 + i}|0x{ADDRESS}{i:050x}|{1741000000 + 600 * i}|{address(i % 5)}|{address((i + 1) % 5)}|0.5|1" for i in range(20)]
    rows += [f"1|0x{ADDRESS}|1741000000|{address(1)[:-3]}|{word('to')}|0.5|1"]
    inputs.write("crypto_csv", f"{FILE}.csv", ",", header, rows)


def _finbench(inputs: Inputs) -> None:
    when = "2022-01-01 10:00:00.000"
    everybody = range(6)
    files = {
        "Person": ("personId|personName|isBlocked|createTime", [f"{number(i)}|{word(f'fin {i}')}|false|{when}" for i in everybody]),
        "Company": ("companyId|companyName|isBlocked|createTime", [f"{number(i)}|{word(f'firm {i}')}|false|{when}" for i in everybody]),
        "Account": ("accountId|createTime|isBlocked|accoutType", [f"{number(i)}|{when}|false|debit card" for i in everybody]),
        "Loan": ("loanId|loanAmount|balance|createTime", [f"{number(i)}|1.5|1.5|{when}" for i in everybody]),
        "Medium": ("mediumId|mediumType|isBlocked|createTime", [f"{number(i)}|POS|false|{when}" for i in everybody]),
        "PersonOwnAccount": ("personId|accountId|createTime", [f"{number(i)}|{number(i)}|{when}" for i in (0, 1, 77)]),
        "PersonGuaranteePerson": ("fromId|toId|createTime", [f"{number(i)}|{number(i + 1)}|{when}" for i in (0, 1)]),
        "PersonInvestCompany": ("investorId|companyId|ratio|createTime", [f"{number(i)}|{number(i)}|0.2|{when}" for i in (0, 1)]),
        "PersonApplyLoan": ("personId|loanId|createTime", [f"{number(i)}|{number(i)}|{when}" for i in (0, 1)]),
        "MediumSignInAccount": ("mediumId|accountId|createTime", [f"{number(i)}|{number(i)}|{when}" for i in (0, 1)]),
        "AccountTransferAccount": (
            "fromId|toId|amount|createTime",
            [f"{number(i % 6)}|{number((i + 1) % 6)}|{i}.12|{when}" for i in range(20)] + [f"{number(1)}|{number(2)}|{word('m')}|{when}"],
        ),
    }
    for name, (header, rows) in files.items():
        inputs.write("finbench", f"{name}.csv", "|", header, rows)


def _amlsim(inputs: Inputs) -> None:
    nodes = [f"{number(i)}|{i % 2}|{100 + i}.50|-1" for i in range(6)]
    inputs.write("amlsim", "nodes.csv", ",", "nodeid|isFraud|init_balance|fraudStep", nodes)
    rows = [f"{number(i % 6)}|{number((i + 1) % 6)}|{10 + i}.25|{i}" for i in range(20)] + [f"{number(1)}|{number(2)}|{word('v')}|3"]
    inputs.write("amlsim", "transactions.csv", ",", "sourceNodeId|targetNodeId|value|time", rows)


def write_leads(folder: Path, *, watched: bool = False) -> Path:
    """A list of leads that are canaries: some hit, some hit nobody, some cannot be looked for; `watched`: its terms allow a watch."""
    leads = [
        ("iban", iban(1)), ("iban", iban(77)), ("account", number(1)), ("phone", phone(1)), ("phone", phone(3)), ("phone", phone(77)), ("wallet", address(1)),
        ("crypto_address", address(77)), ("handle", word("handle")), ("email", f"{WORD}@example.org"), ("name", word("person 4")), ("name", word("nobody")),
        ("reference", word("trace 2")), ("uetr", word("uetr")), ("iban", word("no iban")),
    ]  # fmt: skip
    path = folder / f"{FILE}_leads.csv"
    head = ["---", "giver: an agency", "terms: this case", "expires: 2099-01-31", f"watch: {str(watched).lower()}", "---"]
    rows = [f"{kind},{value},,,{word('note')}" for kind, value in leads]
    path.write_text("\n".join([*head, "kind,value,institution,country,note", *rows]) + "\n", encoding="utf-8")
    return path


# --- searching ---------------------------------------------------------------------------------------------------------------


def dresses(marker: str) -> dict[str, bytes]:
    """How a value may stand in a file: UTF-8, UTF-16, base64 at each of three alignments, hexadecimal; all in lower case but base64."""
    found = {"utf-8": marker.lower().encode(), "utf-16": marker.lower().encode("utf-16-le"), "hex": marker.encode().hex().encode()}
    for spelling in {marker, marker.upper(), marker.capitalize()}:
        for shift in range(3):
            inner = base64.b64encode(b"\0" * shift + spelling.encode())[4 if shift else 0 : -4]
            found[f"base64 of {spelling} at {shift}"] = inner
    return found


def hits(content: bytes, markers: tuple[str, ...] = MARKERS) -> list[str]:
    """Which markers stand in these bytes, in which dress."""
    lower = content.lower()
    return [
        f"{marker} as {dress}"
        for marker in markers
        for dress, needle in dresses(marker).items()
        if len(needle) >= 7 and needle in (content if dress.startswith("base64") else lower)
    ]


def decode(path: Path) -> bytes:
    """What a reader sees in a Parquet or SQLite file, whatever its encoding and compression; the bytes of any other."""
    head = path.read_bytes()[:16]
    if head.startswith(b"PAR1"):
        rows = pq.read_table(path)
        return (repr((rows.schema.to_string(), rows.schema.metadata)) + json.dumps(rows.to_pylist(), default=str)).encode()
    if head.startswith(b"SQLite format 3"):
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            cells = [cell for name in names for row in connection.execute(f'SELECT * FROM "{name}"') for cell in row]
        finally:
            connection.close()
        return b"\n".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in cells)
    return b""


def leaks(folder: Path, markers: tuple[str, ...] = MARKERS, *, but: str = "vault") -> list[str]:
    """Where markers stand in the files of a folder, in their names, bytes or decoded contents; `but` is left out."""
    found = []
    for path in sorted(folder.rglob("*")):
        where = path.relative_to(folder)
        found += [f"{where}: its name: {hit}" for hit in hits(str(where).encode(), markers)]
        if path.is_file() and where.parts[0] != but:
            found += [f"{where}: {hit}" for content in (path.read_bytes(), decode(path)) for hit in hits(content, markers)]
    return found


def read_vault_text(workspace) -> str:
    """Every clear value that the vault's files still hold, listed in the ledger or not."""
    key = workspace.load_vault_key()
    return "\n".join(_open(key, path.read_bytes()) for path in sorted(workspace.vault.rglob("*.bkv")))


def _open(key: bytes, sealed: bytes) -> str:
    for table in FACTS:
        with contextlib.suppress(VaultError):  # sealed as another table
            return json.dumps(
                pq.read_table(pa.BufferReader(open_bytes(key, sealed, table.name))).to_pylist(), default=str, ensure_ascii=False
            )
    raise AssertionError("a vault segment opens as no table")
