"""OFX and QFX bank and card statements, versions 1 (SGML) and 2 (XML)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bakau.errors import FileError
from bakau_ingest.checks import is_card_number
from bakau_ingest.reader import Form, Match
from bakau_ingest.readers.collected import CHUNK_RECORDS
from bakau_ingest.readers.message_file import MessageFile
from bakau_ingest.readers.ofx_events import read_events
from bakau_ingest.readers.payments import Payment, clean, named, side

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bakau.errors import Place
    from bakau_ingest.readers.packed import Counted
    from bakau_ingest.readers.sums import Said

_STATEMENTS = {"STMTRS", "CCSTMTRS", "INVSTMTRS"}
_ACCOUNTS = {"BANKACCTFROM", "CCACCTFROM", "INVACCTFROM"}
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(?:\.\d+)?\s*(?:\[\s*([+-]?\d{1,2})(?:\.(\d+))?(?::\w+)?\s*\])?")
#: Times of day that only stand for a date.
_NO_TIME = {"000000", "120000"}


class OfxReader:
    """Reads OFX statements."""

    label = "ofx/2"

    def __init__(self, *, chunk_records: int = CHUNK_RECORDS) -> None:
        self._size = chunk_records

    def sniff(self, beginning: bytes, name: str) -> Match:  # noqa: ARG002 - what stands in the file counts
        """Sure at an OFX header or the OFX element."""
        start = beginning[:4_000].lstrip(b"\xef\xbb\xbf \t\r\n")
        return Match.SURE if start.startswith(b"OFXHEADER") or re.search(rb"<\?OFX\b|<OFX>", start, re.IGNORECASE) else Match.NO

    def open(self, path: Path, form: Form) -> MessageFile:  # noqa: ARG002 - statements say themselves how they are written
        """Nothing is read yet: the columns are fixed."""
        return MessageFile(path, self._size, _read)


def _read(blocks: Counted, place: Place, _: int, __: Said) -> Iterator[tuple[Payment, int]]:
    """An OFX statement states no opening balance, so there is nothing it could fail to add up to."""
    statement: dict[str, str] = {}
    own: dict[str, str] = {}
    line, seen = 0, False
    for event in read_events(blocks, place):
        if event.begins and event.name in _STATEMENTS:
            statement, own, seen = event.leaves, {}, True
        elif event.begins and event.name == "STMTTRN":
            line = event.line
        elif not event.begins and event.name in _ACCOUNTS and not own:
            own = _account(event.name, event.leaves)
        elif not event.begins and event.name == "STMTTRN":
            yield _record(event.leaves, statement, own), line
    if not seen:
        raise FileError("is an OFX file without a bank or card statement in it", at=place)


def _account(name: str, leaves: Mapping[str, str]) -> dict[str, str]:
    """Whose statement this is. The number of a card is a card's; a bank's number stands within its bank's."""
    number, bank = _leaf(leaves, "ACCTID"), _leaf(leaves, "BANKID")
    if name == "CCACCTFROM":
        return {"number": number, "scheme": "card", "account_kind": "card"}
    return {"number": f"{bank}/{number}" if bank and not number[:2].isalpha() else number}


def _shown(number: str) -> str:
    """The account's number as part of another name; a full card number is never written anywhere, so of that only its ends."""
    bare = number.replace(" ", "").replace("-", "")
    return f"{bare[:6]}..{bare[-4:]}" if is_card_number(number) else number


def _leaf(leaves: Mapping[str, str], *names: str) -> str:
    return next((leaves[name] for name in names if leaves.get(name)), "")


def _record(leaves: Mapping[str, str], statement: Mapping[str, str], own: Mapping[str, str]) -> Payment:
    amount = _amount(_leaf(leaves, "TRNAMT"))
    other = {
        "name": _leaf(leaves, "NAME", "PAYEE/NAME", "PAYEEID"),
        "number": _leaf(leaves, "BANKACCTTO/ACCTID", "CCACCTTO/ACCTID", "ACCTID"),
        "country": _leaf(leaves, "PAYEE/COUNTRY")[:2],
    }
    number, item = _shown(own.get("number", "")), named(_leaf(leaves, "FITID"))
    record = {
        "time": _moment(_leaf(leaves, "DTUSER", "DTPOSTED")),
        "status": "settled",
        "channel": "card" if own.get("scheme") == "card" else "bank",
        "amount": amount.lstrip("+-"),
        "currency": _leaf(leaves, "CURRENCY/CURSYM", "CURSYM") or _leaf(statement, "CURDEF"),
        "purpose_code": _leaf(leaves, "TRNTYPE"),
        "purpose": clean(_leaf(leaves, "MEMO", "EXTDNAME")),
        "end_to_end": "",
        "reference": f"ofx|{number}|{item}" if number and item else "",
        "message": "ofx",
    }
    ours, theirs = side(own, anchor=""), side({name: value for name, value in other.items() if value}, anchor=number)
    return Payment(record, *((ours, theirs) if amount.startswith("-") else (theirs, ours)))


def _amount(text: str) -> str:
    """OFX allows a comma for the point; with both, the last one is the decimal sign."""
    bare = text.strip().replace(" ", "")
    comma, point = bare.rfind(","), bare.rfind(".")
    if comma < 0:
        return bare
    return bare.replace(",", "") if point > comma else bare.replace(".", "").replace(",", ".")


def _moment(text: str) -> str:
    """``20240323120000.000[-3:GMT]`` as ISO 8601; a bare day, midnight and noon are a date. Anything else stays and is rejected."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return text
    year, month, day, hour, minute, second, zone, part = found.groups()
    date, clock = f"{year}-{month}-{day}", f"{hour}{minute}{second or '00'}"
    if hour is None or clock in _NO_TIME:
        return date
    hours, minutes = int(zone or 0), int(float(f"0.{part}") * 60) if part else 0
    return f"{date}T{hour}:{minute}:{second or '00'}{'-' if (zone or '').startswith('-') else '+'}{abs(hours):02}:{minutes:02}"
