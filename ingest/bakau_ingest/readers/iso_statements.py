"""Statements of ISO 20022: camt.052, camt.053, camt.054. A statement shows one side; the other becomes an account with what is known.

An entry with details is one record per detail. A single detail moves what the entry moves (the account's own currency); several
details move what each of them says, and what they leave open of the entry is a record of its own, so that the sum always stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau_ingest.reader import StatementSeen
from bakau_ingest.readers.iso_fields import (
    PURPOSES,
    Places,
    account_number,
    first,
    known_of,
    moment,
    moment_of,
    moment_places,
    purpose_of,
)
from bakau_ingest.readers.payments import Payment, Side, clean, columns_of, named, side
from bakau_ingest.readers.sums import Balance, decimal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal

STATEMENTS = frozenset({"Stmt", "Rpt", "Ntfctn"})
MARKED = STATEMENTS | {"GrpHdr", "Bal", "TxsSummry", "Ntry", "NtryDtls", "TxDtls"}
_OPENING, _CLOSING = {"OPBD", "PRCD"}, {"CLBD"}
#: Where a party of a role, its account, its bank and whoever stands behind it are found.
_ROLES = {
    role: (f"RltdPties/{role}", f"RltdPties/{role}Acct", f"RltdAgts/{role}Agt", f"RltdPties/Ultmt{role}") for role in ("Dbtr", "Cdtr")
}
_CHARGES = ("charges", "charges_currency")
_BANK_CODE = ("domain", "family", "sub_family")
#: What an entry and a detail of it both may say.
_BOTH = {
    "charges": ("Chrgs/Rcrd/Amt", "Chrgs/Amt"), "charges_currency": ("Chrgs/Rcrd/Amt@Ccy", "Chrgs/Amt@Ccy"),
    "domain": ("BkTxCd/Domn/Cd",), "family": ("BkTxCd/Domn/Fmly/Cd",), "sub_family": ("BkTxCd/Domn/Fmly/SubFmlyCd",),
    "own_code": ("BkTxCd/Prtry/Cd",), "direction": ("CdtDbtInd",), "reversal": ("RvslInd",),
}  # fmt: skip
_ENTRY = Places(_BOTH | {"time": moment_places("BookgDt", "ValDt"), "status": ("Sts/Cd", "Sts")})
_DETAIL = Places(_BOTH | PURPOSES | {
    "time": moment_places("RltdDts/TxDtTm", "RltdDts/AccptncDtTm"), "purpose_code": ("Purp/Cd", "Purp/Prtry"), "beside": ("AddtlTxInf",),
    "uetr": ("Refs/UETR",), "end_to_end": ("Refs/EndToEndId",),
})  # fmt: skip
_BEHIND = {role: Places({"name": (f"RltdPties/Ultmt{role}/Nm", f"RltdPties/Ultmt{role}/Pty/Nm")}) for role in ("Dbtr", "Cdtr")}
_DETAIL_AMOUNTS = ("Amt", "AmtDtls/TxAmt/Amt")
_TRUE, _BOOKED = frozenset({"true", "1"}), frozenset({"", "BOOK"})
#: When a statement was made, or the day it runs to.
_MADE = moment_places("CreDtTm", "FrToDt/ToDtTm")


class Statements:
    """Walks one camt message: a record per movement of money, and the checks of every statement."""

    def __init__(self, kind: str, say: Callable[[str], None], see: Callable[[StatementSeen], None]) -> None:
        self._kind, self._say, self._see = kind, say, see
        self._head: dict[str, str] = {}
        self._statement: dict[str, str] = {}
        self._own: dict[str, str] = {}
        self._own_side: Side | None = None
        self._own_number = self._own_scheme = self._anchor = ""
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
            self._statement, self._own_side, self._told_sums = leaves, None, {}
            self._balance = Balance(f"statement {self._count}")
        elif name == "Ntry":
            if self._own_side is None:
                self._read_account()
            self._begin_entry(leaves, line)
        elif name == "TxDtls":
            self._line = line

    def end(self, name: str, leaves: dict[str, str]) -> Sequence[tuple[Payment, int]]:
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
            return self._detail(leaves)
        elif name == "Ntry":
            return self._finish_entry()
        elif name in STATEMENTS:
            self._finish_statement()
        return ()

    def finish(self) -> None:
        """The message is over; its statements were checked one by one."""

    # --- a statement ------------------------------------------------------------------------------------------------------

    def _read_account(self) -> None:
        """Whose statement this is; it stands before the first entry."""
        self._own = known_of(self._statement, "Acct/Ownr", "Acct", "Acct/Svcr", "")
        self._own_side = side(self._own, anchor=self._own.get("bic", ""))
        found = columns_of(self._own_side)
        self._own_scheme, self._anchor = found["scheme"], found["account"]
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
        if self._own_side is None:
            self._read_account()
        found, balance = self._statement, self._balance
        if self._kind == "camt.053":
            balance.check(self._say)
        kind = "LglSeqNb" if found.get("LglSeqNb") else "ElctrncSeqNb"
        number = found.get(kind, "") if self._kind == "camt.053" else ""
        day = moment_of(found, "FrToDt/ToDtTm", "CreDtTm")[:10] or moment_of(self._head, "CreDtTm")[:10]
        account = f"{self._kind} {kind} {self._own_scheme}:{self._anchor}"
        self._see(StatementSeen(account, int(number) if number.isdecimal() and len(number) < 10 else None, day, balance.what))
        for sign, name in (("credit", "TtlCdtNtries"), ("debit", "TtlDbtNtries"), ("", "TtlNtries")):
            balance.check_total(sign, self._told_sums.get(f"{name}/NbOfNtries", ""), self._told_sums.get(f"{name}/Sum", ""), self._say)

    # --- an entry ---------------------------------------------------------------------------------------------------------

    def _detail(self, found: dict[str, str]) -> Sequence[tuple[Payment, int]]:
        self._details += 1
        if self._details == 1:
            self._held, self._held_line = found, self._line
            return ()
        parts = []
        if self._held is not None:
            self._open = decimal_of(self._entry.get("Amt", ""))
            parts.append((self._part(self._held), self._held_line))
            self._held = None
        parts.append((self._part(found), self._line))
        return parts

    def _part(self, found: dict[str, str]) -> Payment:
        """One of several details: it moves what it says in the entry's currency, else an amount that is not known."""
        currency = self._entry.get("Amt@Ccy", "")
        place = next((path for path in _DETAIL_AMOUNTS if path in found and found.get(f"{path}@Ccy", currency) == currency), "")
        amount = decimal_of(found.get(place, ""))
        if amount is not None and self._open is not None:
            against = found.get("CdtDbtInd", self._entry.get("CdtDbtInd")) != self._entry.get("CdtDbtInd")
            self._open += amount if against else -amount
        return self._record(found, found.get(place, "") if amount is not None else "", currency)

    def _finish_entry(self) -> Sequence[tuple[Payment, int]]:
        entry = self._entry
        amount = decimal_of(entry.get("Amt", ""))
        made: tuple[tuple[Payment, int], ...] = ()
        if self._details <= 1:
            found = self._held or {}
            record = self._record(found, entry.get("Amt", ""), entry.get("Amt@Ccy", ""))
            if not record.said["purpose"]:  # it stands after the details, so only here it is known for certain
                record.said["purpose"] = clean(entry.get("AddtlNtryInf", ""))
            made = ((record, self._entry_line),)
        elif self._open:
            rest = abs(self._open)
            if self._open < 0:
                self._say(f"{self._balance.what} has an entry whose details add up to {rest:f} more than itself")
            else:
                made = ((self._record({}, f"{rest:f}", entry.get("Amt@Ccy", "")), self._entry_line),)
        booked = first(entry, "Sts/Cd", "Sts") in _BOOKED
        self._balance.add(amount, credit=entry.get("CdtDbtInd") == "CRDT", booked=booked)
        return made

    # --- a record ---------------------------------------------------------------------------------------------------------

    def _record(self, found: Mapping[str, str], amount: str, currency: str) -> Payment:
        entry, detail = _ENTRY.read(self._entry), _DETAIL.read(found)
        get = detail.get
        time = entry.get("time") or get("time") or first(self._statement, *_MADE) or first(self._head, *_MADE[:3])
        said = {
            "time": moment(time),
            "status": "settled" if entry.get("status", "") in _BOOKED else "initiated",
            "amount": amount,
            "currency": currency or self._statement.get("Acct/Ccy", ""),
            "purpose_code": get("purpose_code") or _bank_code(detail) or _bank_code(entry),
            "purpose": clean(purpose_of(detail)),
            "uetr": get("uetr", "").lower(),
            "end_to_end": named(get("end_to_end", "")),
            "statement": self._statement.get("Id", ""),
            "message": self._kind,
        }
        charged = next((known for known in (detail, entry) if "charges" in known), None)
        if charged is not None:
            said |= {name: charged.get(name, "") for name in _CHARGES}
        leaves = (get("direction") or entry.get("direction")) == "DBIT"
        other, own = ("creditor", "debtor") if leaves else ("debtor", "creditor")
        reversal = (get("reversal") or entry.get("reversal", "")) in _TRUE
        theirs = side(self._other(found, other, reversal=reversal), anchor=self._anchor)
        ours = self._behind(found, own)
        return Payment(said, ours, theirs) if leaves else Payment(said, theirs, ours)

    def _other(self, found: Mapping[str, str], other: str, *, reversal: bool) -> dict[str, str]:
        """The counterparty by its role. A reversal keeps the roles of what it reverses, so there it stands on the other side."""
        roles = ("Dbtr", "Cdtr") if (other == "debtor") != reversal else ("Cdtr", "Dbtr")
        nearest: dict[str, str] = {}
        for place, role in enumerate(roles):
            known = known_of(found, *_ROLES[role])
            number = first(known, "iban", "number").replace(" ", "").upper()
            if number != self._own_number if number else not place and first(known, "name", "institution"):
                return known
            if not place and not number:
                nearest = known
        return nearest

    def _behind(self, found: Mapping[str, str], own: str) -> Side | None:
        """The account's own side, and on whose behalf it pays or is paid."""
        name = _BEHIND["Dbtr" if own == "debtor" else "Cdtr"].read(found).get("name")
        return side({**self._own, "for_name": name}, anchor=self._own.get("bic", "")) if name else self._own_side


def _bank_code(known: Mapping[str, str]) -> str:
    """The bank's transaction code: domain/family/sub-family, else the bank's own."""
    return "/".join([known[name] for name in _BANK_CODE if name in known]) or known.get("own_code", "")
