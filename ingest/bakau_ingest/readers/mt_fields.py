"""Fields of SWIFT MT messages: dates, amounts, parties, and the many dialects of the free text in field 86."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bakau_ingest.checks import is_iban
from bakau_ingest.readers.payments import bic_of, named

#: Statement line (61): value date, entry date, mark, funds code, amount, transaction type, references. Banks bend nearly all of it.
_LINE = re.compile(
    r"(?P<value>\d{6})\s*(?P<entry>\d{4})?\s*(?P<mark>R?[CD]|E[CD])(?P<funds>[A-Z])?\s*(?P<amount>\d[\d.]*(?:,\d*)?|,\d+)\s*"
    r"(?P<type>[NFS][A-Z0-9 ]{3})?(?P<rest>.*)"
)
_BALANCE = re.compile(r"(?P<mark>[CD])(?P<day>\d{6})(?P<currency>[A-Z]{3})(?P<amount>\d[\d.]*(?:,\d*)?|,\d+)\s*")
#: Characters of a full line of field 86: what follows goes on in the middle of a word.
_FULL = 65
_GERMAN = re.compile(r"^(\d{3})([^\w\s])(\d\d)")
_SEPA = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC)\+")
_SLASH = re.compile(r"/(EREF|PREF|REMI|BENM|ORDP|NAME|IBAN|BIC|CNTP|RTRN|TRCD|ISDT|CSID|MARF|ADDR|USTD|INFO|UDTR|UCRD|ID|TRTP)/")


@dataclass(frozen=True, slots=True)
class Head:
    """What blocks 1 to 3 say: kind (mt103; empty when there are none), sender and receiver as BIC, the payment's UETR."""

    kind: str = ""
    sender: str = ""
    receiver: str = ""
    uetr: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A statement line, read."""

    day: str
    credit: bool
    amount: str
    type: str
    reference: str


@dataclass(frozen=True, slots=True)
class Stated:
    """A balance as stated, with its sign."""

    amount: str
    currency: str


def read_line(text: str) -> Line | None:
    """A statement line (without its supplementary lines), or None when it is none. The reversal of a credit is a debit."""
    found = _LINE.match(text)
    if found is None:
        return None
    mark = found["mark"]
    own, _, _ = found["rest"].partition("//")
    return Line(
        entry_day(found["value"], found["entry"] or ""),
        mark in {"C", "RD", "EC"},
        amount_of(found["amount"]),
        (found["type"] or "").strip(),
        named(own[:35]),
    )


def read_balance(text: str) -> Stated | None:
    """A balance (60, 62), or None when it is none."""
    found = _BALANCE.match(text)
    if found is None:
        return None
    return Stated(("-" if found["mark"] == "D" else "") + amount_of(found["amount"]), found["currency"])


def amount_of(text: str) -> str:
    """An amount with a decimal comma, as a plain number."""
    whole, _, part = text.strip().partition(",") if "," in text else (text.strip(), "", "")
    if "," in text:
        whole = whole.replace(".", "")
    return f"{whole or '0'}.{part}" if part else (whole or "0")


def day_of(text: str) -> str:
    """YYMMDD as an ISO date: 80 and above are of the last century."""
    return f"{'19' if text[:2] >= '80' else '20'}{text[:2]}-{text[2:4]}-{text[4:6]}"


def entry_day(value: str, entry: str) -> str:
    """The day of booking: MMDD beside the value date, in whichever year is nearest to it."""
    day = day_of(value)
    if not entry or not "01" <= entry[:2] <= "12":
        return day
    year, months = int(day[:4]), int(entry[:2]) - int(day[5:7])
    year += -1 if months > 6 else 1 if months < -6 else 0
    return f"{year}-{entry[:2]}-{entry[2:]}"


def party_of(lines: list[str], option: str) -> dict[str, str]:
    """A party field (50, 52, 57, 58, 59 …): account, BIC, name, country, date of birth, in the words of `payments.side`."""
    known: dict[str, str] = {}
    rest = list(lines)
    if rest and rest[0].startswith("/"):
        number = re.sub(r"^/(?:[CD]/|/[A-Z]{2}(?=\w))?", "", rest.pop(0)).strip()
        known["number"] = number.removeprefix("/")
    if option == "A" and rest:
        known["institution"] = bic_of(rest[0])
        return {name: value for name, value in known.items() if value}
    if option == "F":
        return known | _numbered(rest)
    if rest:
        known["name"] = rest[0].strip()
    return {name: value for name, value in known.items() if value}


def _numbered(lines: list[str]) -> dict[str, str]:
    """Option F: numbered lines (1 name, 3 country and town, 4 date of birth); several of a kind belong together."""
    found: dict[str, str] = {}
    for line in lines:
        kind, _, text = line.partition("/")
        if kind == "1":
            found["name"] = f"{found.get('name', '')} {text}".strip()
        elif kind == "3" and "country" not in found:
            found["country"] = text[:2]
        elif kind == "4" and re.match(r"\d{8}", text):
            found |= {"born": f"{text[:4]}-{text[4:6]}-{text[6:8]}", "kind": "person"}
    return found


def join_lines(lines: list[str]) -> str:
    """Lines of free text: a full one is glued to the next, others get a space between."""
    text = ""
    for place, line in enumerate(lines):
        glued = not place or len(lines[place - 1]) >= _FULL
        text += line if glued else f" {line}"
    return text


def read_information(lines: list[str]) -> dict[str, str]:
    """Field 86 (and the supplementary lines of 61): purpose, end_to_end, number, bic, name, for_name, code, as far as its dialect says."""
    bare = "".join(lines)
    german = _GERMAN.match(bare)
    if german:
        return _german(bare, german[1], german[2])
    text = join_lines(lines)
    if text.startswith("/") and _SLASH.search(text):
        return _slashed(text)
    parts = _sepa(text)
    return {"purpose": text} | parts


def _german(text: str, code: str, mark: str) -> dict[str, str]:
    """The codes of the German banks: 20-29 and 60-63 purpose, 30 bank, 31 account, 32-33 name."""
    parts: dict[str, str] = {}
    for part in text[3:].split(mark)[1:]:
        parts[part[:2]] = parts.get(part[:2], "") + part[2:]
    purpose = "".join(parts.get(f"{place}", "") for place in (*range(20, 30), *range(60, 64)))
    sepa = _sepa(purpose)
    found = {
        "code": code, "purpose": purpose or parts.get("00", ""), "bic": bic_of(parts.get("30", "")), "number": parts.get("31", "").strip(),
        "name": (parts.get("32", "") + parts.get("33", "")).strip(),
    }  # fmt: skip
    if found["number"] and not found["bic"] and not is_iban(found["number"].upper()) and parts.get("30", "").strip():
        found["number"] = f"{parts['30'].strip()}/{found['number']}"
    return {name: value for name, value in found.items() if value} | sepa


def _sepa(text: str) -> dict[str, str]:
    """``EREF+``, ``SVWZ+``, ``ABWA+`` and their like."""
    pieces = _SEPA.split(text)
    parts = {name: value.strip() for name, value in zip(pieces[1::2], pieces[2::2], strict=True)}
    names = {"EREF": "end_to_end", "SVWZ": "purpose", "ABWA": "for_name", "IBAN": "number", "BIC": "bic"}
    return {names[part]: value for part, value in parts.items() if part in names and named(value)}


def _slashed(text: str) -> dict[str, str]:
    """``/BENM//NAME/…/REMI/…``: the codes of the Dutch banks, and ``/CNTP/account/bic/name``."""
    pieces = _SLASH.split(text)
    parts: dict[str, str] = {}
    for name, value in zip(pieces[1::2], pieces[2::2], strict=True):
        parts.setdefault(name, value.strip("/ "))
    together = parts.get("CNTP", "").split("/")
    number, bic, name = (*together, "", "", "")[:3]
    found = {
        "purpose": parts.get("REMI", "") or parts.get("USTD", "") or parts.get("INFO", "") or text,
        "end_to_end": named(parts.get("EREF", "")),
        "number": parts.get("IBAN", "") or number,
        "bic": parts.get("BIC", "") or bic,
        "name": parts.get("NAME", "") or name,
        "for_name": parts.get("UDTR", "") or parts.get("UCRD", ""),
        "code": parts.get("TRCD", ""),
    }
    return {field: value for field, value in found.items() if value}
