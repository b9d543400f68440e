"""Statements of ISO 20022: camt.052, camt.053, camt.054. A statement shows one side; the other becomes an account with what is known.

An entry with details is one record per detail. A single detail moves what the entry moves (the account's own currency); several
details move what each of them says, and what they leave open of the entry is a record of its own, so that the sum always stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau_ingest.reader import StatementSeen
from bakau_ingest.readers.iso_fields import account_number, first, known_of, moment_of, purpose_of
from bakau_ingest.readers.payments import clean, named, side
from bakau_ingest.readers.sums import Balance, decimal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from decimal import Decimal

STATEMENTS = frozenset({"Stmt", "Rpt", "Ntfctn"})
MARKED = STATEMENTS | {"GrpHdr", "Bal", "TxsSummry", "Ntry", "NtryDtls", "TxDtls"}
_OPENING, _CLOSING = {"OPBD", "PRCD"}, {"CLBD"}
#: Where a party of a role, its account, its bank and whoever stands behind it are found.
_ROLES = {
    role: (f"RltdPties/{role}", f"RltdPties/{role}Acct", f"RltdAgts/{role}Agt", f"RltdPties/Ultmt{role}") for role in ("Dbtr", "Cdtr")
}
_CHARGED = {"charges": ("Chrgs/Rcrd/Amt", "Chrgs/Amt"), "charges_currency": ("Chrgs/Rcrd/Amt@Ccy", "Chrgs/Amt@Ccy")}
_CHARGES = frozenset(_CHARGED["charges"])
_DETAIL_AMOUNTS = ("Amt", "AmtDtls/TxAmt/Amt")


class Statements:
    """Walks one camt message: a record per movement of money, and the checks of every statement."""

    def __init__(self, kind: str, say: Callable[[str], None], see: Callable[[StatementSeen], None]) -> None:
        self._kind, self._say, self._see = kind, say, see
        self._head: dict[str, str] = {}
        self._statement: dict[str, str] = {}
        self._own: dict[str, str] = {}
        self._own_columns: dict[str, dict[str, str]] = {}
        self._own_number = self._anchor = ""
        self._told_sums: dict[str, str] = {}
        self._count = self._line = 0
        self._balance = Balance("")
        self._begin_entry({}, 0)

    def _begin_entry(self, leaves: dict[str, str], line: int) -> None:
        self._entry, self._entry_line, self._held_line = leaves, line, 0
        self._held: dict[str, str] | None = None
        self._details = 0
        self._open: Decimal | None = None

    def begin(self, name: str, leaves: dict[str, str], line: int) -> None:
        """An element begins."""
        if name in STATEMENTS:
            self._count += 1
            self._statement, self._own_columns, self._told_sums = leaves, {}, {}
            self._balance = Balance(f"statement {self._count}")
        elif name == "Ntry":
            if not self._own_columns:
                self._read_account()
            self._begin_entry(leaves, line)
        elif name == "TxDtls":
            self._line = line

    def end(self, name: str, leaves: dict[str, str]) -> Iterator[tuple[dict[str, str], int]]:
        """An element is whole: movements come out as records with their lines."""
        if name == "GrpHdr":
            self._head = leaves
            if leaves.get("MsgPgntn/LastPgInd", "true") not in {"true", "1"}:
                self._say("the message is one page of several, and not the last")
        elif name == "Bal":
            self._note_balance(leaves)
        elif name == "TxsSummry":
            self._told_sums = leaves
        elif name == "TxDtls":
            yield from self._detail(leaves)
        elif name == "Ntry":
            yield from self._finish_entry()
        elif name in STATEMENTS:
            self._finish_statement()

    def finish(self) -> None:
        """The message is over; its statements were checked one by one."""

    # --- a statement ------------------------------------------------------------------------------------------------------

    def _read_account(self) -> None:
        """Whose statement this is; it stands before the first entry."""
        self._own = known_of(self._statement, "Acct/Ownr", "Acct", "Acct/Svcr", "")
        self._own_columns = {prefix: side(prefix, self._own, anchor=self._own.get("bic", "")) for prefix in ("debtor", "creditor")}
        self._anchor = self._own_columns["debtor"]["debtor_account"]
        self._own_number = account_number(self._statement, "Acct").replace(" ", "").upper()

    def _note_balance(self, found: Mapping[str, str]) -> None:
        code = first(found, "Tp/CdOrPrtry/Cd", "Tp/Cd", "Tp/CdOrPrtry/Prtry")
        amount = decimal_of(found.get("Amt", ""))
        if amount is None:
            return
        if found.get("CdtDbtInd") == "DBIT":
            amount = -amount
        if code in _OPENING and self._balance.opening is None:
            self._balance.opening = amount
        elif code in _CLOSING:
            self._balance.closing = amount

    def _finish_statement(self) -> None:
        if not self._own_columns:
            self._read_account()
        found, balance = self._statement, self._balance
        if self._kind == "camt.053":
            balance.check(self._say)
        kind = "LglSeqNb" if found.get("LglSeqNb") else "ElctrncSeqNb"
        number = found.get(kind, "") if self._kind == "camt.053" else ""
        day = moment_of(found, "FrToDt/ToDtTm", "CreDtTm")[:10] or moment_of(self._head, "CreDtTm")[:10]
        account = f"{self._kind} {kind} {self._own_columns['debtor']['debtor_scheme']}:{self._anchor}"
        self._see(StatementSeen(account, int(number) if number.isdecimal() and len(number) < 10 else None, day, balance.what))
        for sign, name in (("credit", "TtlCdtNtries"), ("debit", "TtlDbtNtries"), ("", "TtlNtries")):
            balance.check_total(sign, self._told_sums.get(f"{name}/NbOfNtries", ""), self._told_sums.get(f"{name}/Sum", ""), self._say)

    # --- an entry ---------------------------------------------------------------------------------------------------------

    def _detail(self, found: dict[str, str]) -> Iterator[tuple[dict[str, str], int]]:
        if not self._details:
            self._open = decimal_of(self._entry.get("Amt", ""))
        self._details += 1
        if self._details == 1:
            self._held, self._held_line = found, self._line
            return
        if self._held is not None:
            yield self._part(self._held), self._held_line
            self._held = None
        yield self._part(found), self._line

    def _part(self, found: dict[str, str]) -> dict[str, str]:
        """One of several details: it moves what it says in the entry's currency, else an amount that is not known."""
        currency = self._entry.get("Amt@Ccy", "")
        place = next((path for path in _DETAIL_AMOUNTS if path in found and found.get(f"{path}@Ccy", currency) == currency), "")
        amount = decimal_of(found.get(place, ""))
        if amount is not None and self._open is not None:
            against = found.get("CdtDbtInd", self._entry.get("CdtDbtInd")) != self._entry.get("CdtDbtInd")
            self._open += amount if against else -amount
        return self._record(found, found.get(place, "") if amount is not None else "", currency)

    def _finish_entry(self) -> Iterator[tuple[dict[str, str], int]]:
        if self._details <= 1:
            found = self._held or {}
            record = self._record(found, self._entry.get("Amt", ""), self._entry.get("Amt@Ccy", ""))
            if not record["purpose"]:  # it stands after the details, so only here it is known for certain
                record["purpose"] = clean(self._entry.get("AddtlNtryInf", ""))
            yield record, self._entry_line
        elif self._open:
            rest = abs(self._open)
            if self._open < 0:
                self._say(f"{self._balance.what} has an entry whose details add up to {rest:f} more than itself")
            else:
                yield self._record({}, f"{rest:f}", self._entry.get("Amt@Ccy", "")), self._entry_line
        credit = self._entry.get("CdtDbtInd") == "CRDT"
        self._balance.add(decimal_of(self._entry.get("Amt", "")), credit=credit, booked=self._is_booked())

    def _is_booked(self) -> bool:
        return first(self._entry, "Sts/Cd", "Sts") in {"", "BOOK"}

    # --- a record ---------------------------------------------------------------------------------------------------------

    def _record(self, found: Mapping[str, str], amount: str, currency: str) -> dict[str, str]:
        entry = self._entry
        time = moment_of(entry, "BookgDt", "ValDt") or moment_of(found, "RltdDts/TxDtTm", "RltdDts/AccptncDtTm")
        record = {
            "time": time or moment_of(self._statement, "CreDtTm", "FrToDt/ToDtTm") or moment_of(self._head, "CreDtTm"),
            "status": "settled" if self._is_booked() else "initiated",
            "amount": amount,
            "currency": currency or self._statement.get("Acct/Ccy", ""),
            "purpose_code": first(found, "Purp/Cd", "Purp/Prtry") or _bank_code(found) or _bank_code(entry),
            "purpose": clean(purpose_of(found, "AddtlTxInf")),
            "uetr": found.get("Refs/UETR", "").lower(),
            "end_to_end": named(found.get("Refs/EndToEndId", "")),
            "statement": first(self._statement, "Id"),
            "message": self._kind,
        }
        charged = next((said for said in (found, entry) if not _CHARGES.isdisjoint(said)), None)
        if charged is not None:
            record |= {name: first(charged, *places) for name, places in _CHARGED.items()}
        direction = found.get("CdtDbtInd") or entry.get("CdtDbtInd", "")
        own, other = ("debtor", "creditor") if direction == "DBIT" else ("creditor", "debtor")
        theirs = side(other, self._other(found, other), anchor=self._anchor)
        return {**record, **self._own_columns[own], **theirs, **self._behind(found, own)}

    def _other(self, found: Mapping[str, str], other: str) -> dict[str, str]:
        """The counterparty by its role. A reversal keeps the roles of what it reverses, so there it stands on the other side."""
        reversal = first(found, "RvslInd") or self._entry.get("RvslInd", "")
        roles = ("Dbtr", "Cdtr") if (other == "debtor") != (reversal in {"true", "1"}) else ("Cdtr", "Dbtr")
        nearest: dict[str, str] = {}
        for place, role in enumerate(roles):
            known = known_of(found, *_ROLES[role])
            number = first(known, "iban", "number").replace(" ", "").upper()
            if number != self._own_number if number else not place and first(known, "name", "institution"):
                return known
            if not place and not number:
                nearest = known
        return nearest

    def _behind(self, found: Mapping[str, str], own: str) -> dict[str, str]:
        """On whose behalf the account's own side pays or is paid."""
        role = "Dbtr" if own == "debtor" else "Cdtr"
        name = first(found, f"RltdPties/Ultmt{role}/Nm", f"RltdPties/Ultmt{role}/Pty/Nm")
        return side(own, {**self._own, "for_name": name}, anchor=self._own.get("bic", "")) if name else {}


def _bank_code(found: Mapping[str, str]) -> str:
    """The bank's transaction code: domain/family/sub-family, else the bank's own."""
    parts = [found.get(path, "") for path in ("BkTxCd/Domn/Cd", "BkTxCd/Domn/Fmly/Cd", "BkTxCd/Domn/Fmly/SubFmlyCd")]
    return "/".join(part for part in parts if part) or found.get("BkTxCd/Prtry/Cd", "")
