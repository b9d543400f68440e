"""Single payments of ISO 20022: pain.001 and pain.008 (orders), pacs.003, pacs.008 and pacs.009 (settled), pacs.004 (returned)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from bakau_ingest.readers.iso_fields import PURPOSES, Places, first, known_of, moment, moment_places, purpose_of
from bakau_ingest.readers.payments import Payment, clean, named, side
from bakau_ingest.readers.sums import Count, decimal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bakau_ingest.readers.payments import Side

#: Elements in which a payment stands, per kind of message.
PAYMENTS = {
    "pain.001": "CdtTrfTxInf", "pain.008": "DrctDbtTxInf", "pacs.003": "DrctDbtTxInf", "pacs.008": "CdtTrfTxInf", "pacs.009": "CdtTrfTxInf",
    "pacs.004": "TxInf",
}  # fmt: skip
MARKED = frozenset({"GrpHdr", "OrgnlGrpInf", "PmtInf", *PAYMENTS.values()})
_AMOUNTS = ("IntrBkSttlmAmt", "InstdAmt", "Amt/InstdAmt", "Amt/EqvtAmt/Amt", "OrgnlIntrBkSttlmAmt", "RtrdIntrBkSttlmAmt", "RtrdInstdAmt")
_RETURNED = ("OrgnlIntrBkSttlmAmt", "OrgnlTxRef/IntrBkSttlmAmt", "RtrdIntrBkSttlmAmt")
_TIMES = {
    "pain.001": ("ReqdExctnDt",),
    "pain.008": ("ReqdColltnDt",),
    "pacs.004": ("OrgnlIntrBkSttlmDt", "OrgnlTxRef/IntrBkSttlmDt", "IntrBkSttlmDt"),
}
_SETTLED = ("AccptncDtTm", "IntrBkSttlmDt")
_CURRENCIES = {place: f"{place}@Ccy" for place in (*_AMOUNTS, *_RETURNED)}
_RETURN = "pacs.004"


@cache
def _places(kind: str) -> Places:
    """Where the payments of one kind of message say what we ask for: a return says it of the payment it returns."""
    asked = PURPOSES | {
        "time": moment_places(*_TIMES.get(kind, _SETTLED), "CreDtTm"),
        "uetr": ("PmtId/UETR", "OrgnlUETR"),
        "end_to_end": ("PmtId/EndToEndId", "OrgnlEndToEndId"),
        "charges": ("ChrgsInf/Amt", "ChrgsInf/ChrgsAmt"),
        "charges_currency": ("ChrgsInf/Amt@Ccy", "ChrgsInf/ChrgsAmt@Ccy"),
        "beside": ("InstrForNxtAgt/InstrInf",),
    }
    if kind == _RETURN:
        asked |= {name: (*(f"OrgnlTxRef/{place}" for place in asked[name]), *asked[name]) for name in (*PURPOSES, "beside")}
        return Places(asked | {
            "purpose_code": ("RtrRsnInf/Rsn/Cd", "RtrRsnInf/RtrRsn/Cd", "RtrRsnInf/Rsn/Prtry"),
            "message_id": ("OrgnlGrpInf/OrgnlMsgId", "OrgnlMsgId"), "item_id": ("OrgnlTxId", "OrgnlInstrId", "OrgnlEndToEndId"),
        })  # fmt: skip
    asked |= {"purpose_code": ("Purp/Cd", "PmtTpInf/CtgyPurp/Cd", "Purp/Prtry")}
    if kind in {"pacs.008", "pacs.009"}:
        asked |= {"message_id": ("MsgId",), "item_id": ("PmtId/TxId", "PmtId/InstrId", "PmtId/EndToEndId")}
    return Places(asked)


class Transfers:
    """Walks one message of payments: heads first, then a record per payment, with the sums the heads promise."""

    def __init__(self, kind: str, say: Callable[[str], None]) -> None:
        self._kind, self._say = kind, say
        self._payment = PAYMENTS[kind]
        self._places, self._ends = _places(kind), _ends("OrgnlTxRef/" if kind == _RETURN else "")
        self._amounts = _RETURNED if kind == _RETURN else _AMOUNTS
        self._status = "reversed" if kind == _RETURN else "initiated" if kind.startswith("pain") else "settled"
        self._head: dict[str, str] = {}
        self._order: dict[str, str] = {}
        self._line = 0
        self._all, self._some = Count(), Count()

    def begin(self, name: str, leaves: dict[str, str], line: int) -> None:
        """An element begins."""
        if name == self._payment:
            self._line = line
        elif name == "PmtInf":
            self._order, self._some = leaves, Count()

    def end(self, name: str, leaves: dict[str, str]) -> Sequence[tuple[Payment, int]]:
        """An element is whole: payments come out as records with their lines."""
        if name in {"GrpHdr", "OrgnlGrpInf"}:
            self._head |= leaves
        elif name == self._payment:
            record = self._record({**self._head, **self._order, **leaves})
            amount = decimal_of(record.said["amount"])
            self._all.add(amount)
            self._some.add(amount)
            return ((record, self._line),)
        elif name == "PmtInf":
            self._some.check(leaves, "a payment block", self._say)
            self._order = {}
        return ()

    def finish(self) -> None:
        """The message is over: do its payments add up to what the header says?"""
        self._all.check(self._head, f"the {self._kind} message", self._say)

    def _record(self, found: Mapping[str, str]) -> Payment:
        known = self._places.read(found)
        get = known.get
        place = next((path for path in self._amounts if path in found), "")
        said = {
            "time": moment(get("time", "")),
            "status": self._status,
            "amount": found.get(place, ""),
            "currency": found.get(_CURRENCIES.get(place, "@Ccy"), "") or found.get("Amt/EqvtAmt/CcyOfTrf", ""),
            "purpose_code": get("purpose_code", ""),
            "purpose": clean(purpose_of(known)),
            "uetr": get("uetr", "").lower(),
            "end_to_end": named(get("end_to_end", "")),
            "reference": self._reference(get("message_id", ""), get("item_id", "")),
            "message": self._kind,
            "charges": get("charges", ""),
            "charges_currency": get("charges_currency", ""),
        }
        return Payment(said, *self._sides(found))

    def _sides(self, found: Mapping[str, str]) -> tuple[Side, Side]:
        debtor, creditor = (known_of(found, *places) for places in self._ends)
        if self._kind == _RETURN and not debtor and not creditor:
            # the chain of the return runs the other way: who gives the money back is the original's creditor
            creditor, debtor = (known_of(found, *places) for places in _ends("RtrChain/"))
        marks = [first(known, "iban", "number", "institution", "bic") for known in (debtor, creditor)]
        return side(debtor, anchor=debtor.get("bic") or marks[1]), side(creditor, anchor=creditor.get("bic") or marks[0])

    def _reference(self, message: str, item: str) -> str:
        """Message and transaction, as the sender numbers them: a return names those of the payment it reverses."""
        if self._kind != _RETURN:
            item = named(item)
        return f"pacs|{message}|{item}" if message and item else ""


@cache
def _ends(base: str) -> tuple[tuple[str, str, str, str], ...]:
    """Where debtor and creditor stand, their accounts, their banks and whoever is behind them."""
    return tuple((f"{base}{one}", f"{base}{one}Acct", f"{base}{one}Agt", f"{base}Ultmt{one}") for one in ("Dbtr", "Cdtr"))
