"""SWIFT statements: MT940, MT942, MT950. Each statement line (61) is a record, with what field 86 says of the other side."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from bakau.logs import shape_of
from bakau_ingest.checks import is_iban
from bakau_ingest.reader import Broken, StatementSeen
from bakau_ingest.readers.mt_fields import amount_of, day_of, read_balance, read_information, read_line
from bakau_ingest.readers.payments import Payment, clean, columns_of, side
from bakau_ingest.readers.sums import Balance, decimal_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bakau_ingest.readers.mt_fields import Line
    from bakau_ingest.readers.payments import Side
    from bakau_ingest.readers.sums import Said


class MtStatement:
    """Walks the fields of one statement."""

    def __init__(self, kind: str, what: str, said: Said) -> None:
        self._kind, self._said = kind, said
        self._balance = Balance(what)
        self._own: Side | None = None
        self._scheme = self._anchor = self._currency = self._statement = self._day = ""
        self._held: tuple[Line, list[str], int] | None = None
        self._information: list[str] = []

    def field(self, tag: str, lines: list[str], number: int) -> Iterator[tuple[Payment | Broken, int]]:
        """The next field; records come out once it is sure that nothing more is said of them."""
        text = lines[0].strip() if lines else ""
        if tag == "61":
            yield from self.rest()
            found = read_line(text)
            if found is None:
                reason = "is not a statement line of SWIFT MT"
                yield Broken(number, "61", "bad_statement_line", reason, shape_of(text[:60])), number
            else:
                self._held = (found, lines[1:], number)
        elif tag == "86":
            if self._held is not None:
                self._information += lines
        elif tag in {"25", "25P"}:
            self._read_account(lines)
        elif tag in {"28", "28C"}:
            self._statement = text
        elif tag[:2] in {"60", "62"}:
            yield from self.rest()
            self._note_balance(tag[:2], text)
        elif tag == "34F":
            self._currency = self._currency or text[:3]
        elif tag in {"90C", "90D"}:
            yield from self.rest()
            self._check_total(tag, text)

    def rest(self) -> Iterator[tuple[Payment | Broken, int]]:
        """The line that is still held, as a record."""
        if self._held is None:
            return
        line, more, number = self._held
        self._held = None
        self._balance.add(decimal_of(line.amount), credit=line.credit)
        yield self._record(line, more), number
        self._information = []

    def finish(self) -> None:
        """The statement is over: does it add up, does its number follow the one before?"""
        if self._kind != "mt942":
            self._balance.check(self._said)
        sheet = re.match(r"(\d{1,9})(?:/(\d{1,5}))?$", self._statement) if self._kind != "mt942" else None
        number = int(sheet[1]) if sheet and int(sheet[1]) else None
        self._said.see(StatementSeen(f"mt {self._scheme}:{self._anchor}", number, self._day, self._balance.what))

    def _read_account(self, lines: list[str]) -> None:
        number = lines[0].strip() if lines else ""
        bare = re.sub(r"\s?([A-Z]{3})$", "", number)
        if bare != number and (is_iban(bare.replace(" ", "")) or not bare[-1:].isalpha()):
            self._currency, number = number[-3:], bare
        known = {"number": number} if number else {}
        if len(lines) > 1:
            known["bic"] = lines[1].strip()
        self._own = side(known, anchor="")
        found = columns_of(self._own)
        self._scheme, self._anchor = found["scheme"], found["account"]

    def _note_balance(self, tag: str, text: str) -> None:
        stated = read_balance(text)
        if stated is None:
            return
        self._currency = stated.currency
        self._day = day_of(text[1:7]) if text[1:7].isdecimal() else self._day
        amount = decimal_of(stated.amount) or Decimal(0)
        if tag == "60":
            self._balance.opening = amount
        else:
            self._balance.closing = amount

    def _check_total(self, tag: str, text: str) -> None:
        found = re.match(r"(\d{1,5})[A-Z]{3}([\d.]*,?\d*)$", text)
        if found:
            self._balance.check_total("credit" if tag == "90C" else "debit", found[1], amount_of(found[2]), self._said)

    def _record(self, line: Line, more: list[str]) -> Payment:
        told = read_information(self._information) if self._information else {}
        beside = next((text.strip() for text in more if is_iban(text.strip())), "")
        known: dict[str, str] = {name: told[name] for name in ("number", "bic", "name", "for_name") if name in told}
        if beside and "number" not in known:
            known["number"] = beside
        record = {
            "time": line.day,
            "status": "settled",
            "amount": line.amount,
            "currency": self._currency,
            "purpose_code": told.get("code") or line.type,
            "purpose": clean(told.get("purpose") or " ".join(more)),
            "end_to_end": told.get("end_to_end", ""),
            "statement": self._statement,
            "message": self._kind,
        }
        other = side(known, anchor=self._anchor)
        return Payment(record, *((other, self._own) if line.credit else (self._own, other)))
