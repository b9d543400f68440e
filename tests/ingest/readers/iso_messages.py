"""Small ISO 20022 messages of invented people, and hostile XML."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

OWN, OTHER, THIRD = "DE89370400440532013000", "GB33BUKB20201555555555", "NL91ABNA0417164300"


def document(kind: str, root: str, body: str) -> bytes:
    name = f"urn:iso:std:iso:20022:tech:xsd:{kind}"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{name}">\n<{root}>\n{body}\n</{root}>\n</Document>\n'.encode()


def detail(place: int, amount: str = "", *, name: str = "Bob Example", iban: str = OTHER, text: str = "rent", uetr: str = "") -> str:
    stated = f'<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd>' if amount else ""
    return (
        f"<TxDtls><Refs><EndToEndId>E2E-{place}</EndToEndId>{f'<UETR>{uetr}</UETR>' if uetr else ''}</Refs>{stated}"
        f"<RltdPties><Cdtr><Nm>{name}</Nm></Cdtr><CdtrAcct><Id><IBAN>{iban}</IBAN></Id></CdtrAcct></RltdPties>"
        f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"
    )


def entry(amount: str, details: str = "", *, sign: str = "DBIT", day: str = "2025-03-01", status: str = "BOOK") -> str:
    inside = f"<NtryDtls>{details}</NtryDtls>" if details else ""
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts>{status}</Sts><BookgDt><Dt>{day}</Dt></BookgDt>'
        f"<BkTxCd><Domn><Cd>PMNT</Cd></Domn></BkTxCd>{inside}</Ntry>"
    )


def balance(code: str, amount: str) -> str:
    return f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>'


def statement(*entries: str, number: int = 1, head: str = "", iban: str = OWN) -> str:
    account = f"<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy><Ownr><Nm>Ann Example</Nm></Ownr></Acct>"
    return "\n".join(
        (
            f"<Stmt><Id>S{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><CreDtTm>2025-03-02T06:00:00Z</CreDtTm>{account}{head}",
            *entries,
            "</Stmt>",
        )
    )


def camt053(*statements: str, version: str = "08") -> bytes:
    return document(f"camt.053.001.{version}", "BkToCstmrStmt", "<GrpHdr><MsgId>M1</MsgId></GrpHdr>\n" + "\n".join(statements))


def payment(place: int, amount: str = "10.00", *, uetr: str = "") -> str:
    stated = f"<UETR>{uetr}</UETR>" if uetr else ""
    return (
        f"<CdtTrfTxInf><PmtId><EndToEndId>E2E-{place}</EndToEndId><TxId>TX-{place}</TxId>{stated}</PmtId>"
        f'<IntrBkSttlmAmt Ccy="EUR">{amount}</IntrBkSttlmAmt><IntrBkSttlmDt>2025-03-01</IntrBkSttlmDt>'
        f"<Dbtr><Nm>Ann Example</Nm><Id><PrvtId><DtAndPlcOfBirth><BirthDt>1980-01-01</BirthDt></DtAndPlcOfBirth></PrvtId></Id></Dbtr>"
        f"<DbtrAcct><Id><IBAN>{OWN}</IBAN></Id></DbtrAcct><DbtrAgt><FinInstnId><BICFI>COBADEFFXXX</BICFI></FinInstnId></DbtrAgt>"
        f"<CdtrAgt><FinInstnId><BICFI>BUKBGB22</BICFI></FinInstnId></CdtrAgt><Cdtr><Nm>Bob Example</Nm></Cdtr>"
        f"<CdtrAcct><Id><Othr><Id>4711-{place}</Id></Othr></Id></CdtrAcct><RmtInf><Ustrd>rent</Ustrd></RmtInf></CdtTrfTxInf>"
    )


def pacs008(*payments: str, count: int | None = None, message: str = "MSG-1") -> bytes:
    head = f"<GrpHdr><MsgId>{message}</MsgId><NbOfTxs>{len(payments) if count is None else count}</NbOfTxs></GrpHdr>"
    return document("pacs.008.001.10", "FIToFICstmrCdtTrf", "\n".join((head, *payments)))


def returned(place: int, amount: str = "10.00") -> str:
    original = payment(place, amount).replace("<CdtTrfTxInf>", "").replace("</CdtTrfTxInf>", "")
    parties = original[original.index("<Dbtr>") :]
    return (
        f"<TxInf><RtrId>R{place}</RtrId><OrgnlGrpInf><OrgnlMsgId>MSG-1</OrgnlMsgId></OrgnlGrpInf><OrgnlEndToEndId>E2E-{place}</OrgnlEndToEndId>"
        f'<OrgnlTxId>TX-{place}</OrgnlTxId><OrgnlIntrBkSttlmAmt Ccy="EUR">{amount}</OrgnlIntrBkSttlmAmt>'
        f'<RtrdIntrBkSttlmAmt Ccy="EUR">{amount}</RtrdIntrBkSttlmAmt><RtrRsnInf><Rsn><Cd>AC04</Cd></Rsn></RtrRsnInf>'
        f"<OrgnlTxRef><IntrBkSttlmDt>2025-03-01</IntrBkSttlmDt>{parties}</OrgnlTxRef></TxInf>"
    )


def pacs004(*returns: str) -> bytes:
    return document("pacs.004.001.09", "PmtRtr", "\n".join(("<GrpHdr><MsgId>R-1</MsgId></GrpHdr>", *returns)))


def zipped(*members: tuple[str, bytes], link: bool = False) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            entry_info = zipfile.ZipInfo(name)
            entry_info.compress_type = zipfile.ZIP_DEFLATED
            if link:
                entry_info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(entry_info, content)
    return packed.getvalue()


def big_camt053(path: Path, count: int) -> None:
    """One statement; every tenth entry is a batch of ten details, so `count` records in all."""
    with path.open("wb") as stream:
        before, _, after = camt053(statement("@@")).partition(b"@@")
        stream.write(before)
        for place in range(count // 20):
            stream.write(entry("100.00", "\n".join(detail(place * 100 + k, "10.00") for k in range(10))).encode() + b"\n")
            stream.writelines(entry(f"{place}.50", detail(place * 100 + k)).encode() + b"\n" for k in range(10))
        stream.write(after)


def big_pacs004(path: Path, count: int) -> None:
    with path.open("wb") as stream:
        before, _, after = pacs004("@@").partition(b"@@")
        stream.write(before)
        stream.writelines(returned(place).encode() + b"\n" for place in range(count))
        stream.write(after)


def hostile(good: bytes, at: bytes = b"<GrpHdr>") -> dict[str, bytes]:
    """What XML can do beyond elements, each planted in a good message (before `at`)."""
    _, _, rest = good.partition(b"?>\n")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    body = rest.replace(b"Ann Example", b"&x;")
    head, tail = rest[: rest.index(at)], rest[rest.index(at) :]

    def declared(inner: str) -> bytes:
        return f"<!DOCTYPE Document [{inner}]>\n".encode() + body

    return {
        "billion laughs": declared(f'<!ENTITY l0 "ha">{laughs}<!ENTITY x "&l9;">'),
        "quadratic blow-up": declared(f'<!ENTITY x "{"a" * 100_000}">').replace(b"&x;", b"&x;" * 1000),
        "entity that reads a file": declared('<!ENTITY x SYSTEM "file:///etc/passwd">'),
        "entity that calls out": declared('<!ENTITY x SYSTEM "http://example.org/x">'),
        "outer document type": b'<!DOCTYPE Document SYSTEM "http://example.org/x.dtd">\n' + rest,
        "parameter entity": b'<!DOCTYPE Document [<!ENTITY % p SYSTEM "http://example.org/x.dtd"> %p;]>\n' + rest,
        "empty document type": b"<!DOCTYPE Document>\n" + rest,
        "undeclared entity": body,
        "a million elements deep": head + b"<a>" * 1_000_000 + tail,
        "a million attributes": head + b"<a " + b" ".join(b'a%d="1"' % n for n in range(1_000_000)) + b"/>" + tail,
        "a million names": head + b"".join(b"<a%d/>" % n for n in range(1_000_000)) + tail,
        "a text without end": head + b"<a>" + b"x" * (32 << 20) + b"</a>" + tail,
        "a comment without end": head + b"<!--" + b"x" * (32 << 20) + tail,
        "zip slip": zipped(("../../evil.xml", good)),
        "zip slip, absolute": zipped(("/evil.xml", good)),
        "zip bomb": zipped(("bomb.xml", good + b" " * (64 << 20))),
        "link in a zip": zipped(("link.xml", b"/etc/passwd"), link=True),
        "a zip cut off": zipped(("one.xml", good), ("two.xml", good))[:-30],
        "a zip that holds something else": zipped(("one.xml", good), ("two.xml", b"hello")),
    }
