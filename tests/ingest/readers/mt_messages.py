"""Small SWIFT MT and OFX files of invented people, and hostile ones."""

from __future__ import annotations

from pathlib import Path

from .iso_messages import OTHER, OWN, zipped

UETR = "eb6305c9-1f7f-49de-aed0-16487c27b42d"


def line(day: str, mark: str, amount: str, *information: str) -> str:
    told = "\r\n".join(information)
    return f":61:{day}{day[2:]}{mark}{amount},NTRFNONREF\r\n" + (f":86:{told}\r\n" if told else "")


def mt940(*lines: str, opening: str = "", closing: str = "", number: str = "1/1", reference: str = "X1") -> bytes:
    first = f":60F:C250228EUR{opening}\r\n" if opening else ":60F:C250228EUR1000,\r\n"
    last = f":62F:C250301EUR{closing}\r\n" if closing else ""
    return f":20:{reference}\r\n:25:{OWN}\r\n:28C:{number}\r\n{first}{''.join(lines)}{last}-\r\n".encode()


LINES = (
    line("250301", "D", "10,50", f"166?00UEBERWEISUNG?20EREF+E2E-1?21SVWZ+Miete M?22aerz?30COBADEFFXXX?31{OTHER}?32Bob Exa?33mple"),
    line("250301", "C", "20,", "/BENM//NAME/CLEO EXAMPLE/REMI/Thank you/EREF/E2E-2"),
    line("250301", "RC", "30", "just words", "on two lines"),
)
STATEMENT = mt940(*LINES)


def blocks(kind: str, body: str, *, uetr: str = "", output: bool = False) -> bytes:
    second = f"{{2:O{kind}1200250301BUKBGB22AXXX00000000002503011200N}}" if output else f"{{2:I{kind}BUKBGB22XXXXN}}"
    third = f"{{3:{{108:REF}}{{121:{uetr}}}}}" if uetr else ""
    return f"{{1:F01COBADEFFAXXX0000000000}}{second}{third}{{4:\r\n{body}-}}{{5:{{CHK:000000000000}}}}\r\n".replace(
        "\n\r\n", "\r\n"
    ).encode()


MT103 = blocks(
    "103",
    f":20:REF-1\r\n:23B:CRED\r\n:32A:250301EUR1234,5\r\n:50F:/{OWN}\r\n1/ANN EXAMPLE\r\n2/MAIN STREET 1\r\n3/DE/BERLIN\r\n4/19800101\r\n"
    f":59:/{OTHER}\r\nBOB EXAMPLE\r\nHIGH STREET 2\r\n:70:INVOICE 4711 OF THE MONTH OF MARCH,\r\n//SECOND PART\r\n:71A:SHA\r\n",
    uetr=UETR,
)
COVER = blocks(
    "202",
    f":20:COV-1\r\n:21:REF-1\r\n:32A:250301EUR1234,5\r\n:52A:COBADEFFXXX\r\n:58A:BUKBGB22\r\n:50K:/{OWN}\r\nANN EXAMPLE\r\n:59:/{OTHER}\r\nBOB EXAMPLE\r\n",
    uetr=UETR,
)
ORDERS = blocks(
    "101",
    f":20:ORD-1\r\n:28D:1/1\r\n:50H:/{OWN}\r\nANN EXAMPLE\r\n:30:250301\r\n:21:A\r\n:32B:EUR10,\r\n:59:/{OTHER}\r\nBOB EXAMPLE\r\n:71A:SHA\r\n"
    ":21:B\r\n:32B:EUR20,\r\n:59:/4711\r\nCLEO EXAMPLE\r\n:71A:SHA\r\n",
)
CREDITED = blocks("910", f":20:C-1\r\n:21:REF-1\r\n:25:{OWN}\r\n:32A:250301EUR5,\r\n:50K:/4711\r\nBOB EXAMPLE\r\n", output=True)


def big_mt940(path: Path, count: int) -> None:
    before, _, after = mt940("@@").partition(b"@@")
    with path.open("wb") as stream:
        stream.write(before)
        stream.writelines(
            line("250301", "D", f"{place},00", f"/NAME/PERSON {place}/REMI/NUMBER {place}/").encode() for place in range(count)
        )
        stream.write(after)


HOSTILE_MT = {
    "a line without end": STATEMENT[:60] + b":86:" + b"x" * (32 << 20),
    "a message without end": b":20:X\r\n:23B:CRED\r\n" + b":70:x\r\n" * 200_000,
    "statement lines that are none": mt940(*[":61:rubbish\r\n"] * 1000),
    "zeros": STATEMENT[:60] + bytes(8 << 20),
    "zip slip": zipped(("../statement.sta", STATEMENT)),
}


def transaction(place: int, amount: str, kind: str = "DEBIT", *, xml: bool = False, **more: str) -> str:
    texts = {"TRNTYPE": kind, "DTPOSTED": "20250301120000", "TRNAMT": amount, "FITID": f"F{place}", "NAME": "Bob &amp; Sons", **more}
    return (
        f"<STMTTRN>{'' if xml else chr(10)}"
        + "".join(f"<{n}>{v}" + (f"</{n}>" if xml else "\n") for n, v in texts.items())
        + "</STMTTRN>\n"
    )


def ofx1(*transactions: str) -> bytes:
    head = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n<OFX>\n<BANKMSGSRSV1><STMTTRNRS><STMTRS>\n<CURDEF>EUR\n"
    account = f"<BANKACCTFROM><BANKID>1\n<ACCTID>{OWN}\n<ACCTTYPE>CHECKING\n</BANKACCTFROM>\n<BANKTRANLIST>\n"
    return f"{head}{account}{''.join(transactions)}</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n".encode("cp1252")


def ofx2(*transactions: str) -> bytes:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<?OFX OFXHEADER="200" VERSION="211"?>\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR</CURDEF>\n'
    account = f"<BANKACCTFROM><BANKID>1</BANKID><ACCTID>{OWN}</ACCTID></BANKACCTFROM><BANKTRANLIST>\n"
    return f"{head}{account}{''.join(transactions)}</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n".encode()


_OFX_LINES = (transaction(1, "-10.50"), transaction(2, "20.00", "CREDIT"), transaction(3, "-30,25", MEMO="=1+1"))
OFX = ofx1(*_OFX_LINES)
OFX_SHIFTED = ofx1("\n", *reversed(_OFX_LINES))


def big_ofx(path: Path, count: int) -> None:
    before, _, after = ofx1("@@").partition(b"@@")
    with path.open("wb") as stream:
        stream.write(before)
        stream.writelines(transaction(place, f"-{place}.10", NAME=f"Person {place}").encode() for place in range(count))
        stream.write(after)


HOSTILE_OFX = {
    "document type": OFX.replace(b"<OFX>", b'<!DOCTYPE OFX SYSTEM "http://example.org/x"><OFX>'),
    "entity in XML": ofx2(transaction(1, "1.00", xml=True)).replace(
        b"<OFX>", b'<!DOCTYPE OFX [<!ENTITY x SYSTEM "file:///etc/passwd">]><OFX>', 1
    ),
    "a line without end": OFX[:400] + b"<MEMO>" + b"x" * (32 << 20),
    "no statement": b"OFXHEADER:100\n\n<OFX><SIGNONMSGSRSV1></SIGNONMSGSRSV1></OFX>",
    "zip slip": zipped(("../statement.ofx", OFX)),
}
