"""Single payments of ISO 20022: pain.001 and pain.008 (orders), pacs.003, pacs.008 and pacs.009 (settled), pacs.004 (returned)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau_ingest.readers.iso_fields import first, known_of, moment_of, purpose_of
from bakau_ingest.readers.payments import clean, named, side
from bakau_ingest.readers.sums import Count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: Elements in which a payment stands, per kind of message.
PAYMENTS = {
    "pain.001": "CdtTrfTxInf", "pain.008": "DrctDbtTxInf", "pacs.003": "DrctDbtTxInf", "pacs.008": "CdtTrfTxInf", "pacs.009": "CdtTrfTxInf",
    "pacs.004": "TxInf",
}  # fmt: skip
MARKED = frozenset({"GrpHdr", "OrgnlGrpInf", "PmtInf", *PAYMENTS.values()})
_AMOUNTS = ("IntrBkSttlmAmt", "InstdAmt", "Amt/InstdAmt", "Amt/EqvtAmt/Amt", "OrgnlIntrBkSttlmAmt", "RtrdIntrBkSttlmAmt", "RtrdInstdAmt")
_TIMES = {
    "pain.001": ("ReqdExctnDt",),
    "pain.008": ("ReqdColltnDt",),
    "pacs.004": ("OrgnlIntrBkSttlmDt", "OrgnlTxRef/IntrBkSttlmDt", "IntrBkSttlmDt"),
}
_SETTLED = ("AccptncDtTm", "IntrBkSttlmDt")


class Transfers:
    """Walks one message of payments: heads first, then a record per payment, with the sums the heads promise."""

    def __init__(self, kind: str, say: Callable[[str], None]) -> None:
        self._kind, self._say = kind, say
        self._payment = PAYMENTS[kind]
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

    def end(self, name: str, leaves: dict[str, str]) -> Iterator[tuple[dict[str, str], int]]:
        """An element is whole: payments come out as records with their lines."""
        if name in {"GrpHdr", "OrgnlGrpInf"}:
            self._head |= leaves
        elif name == self._payment:
            record = self._record({**self._head, **self._order, **leaves})
            self._all.add(record["amount"])
            self._some.add(record["amount"])
            yield record, self._line
        elif name == "PmtInf":
            self._some.check(leaves, "a payment block", self._say)
            self._order = {}

    def finish(self) -> None:
        """The message is over: do its payments add up to what the header says?"""
        self._all.check(self._head, f"the {self._kind} message", self._say)

    def _record(self, found: Mapping[str, str]) -> dict[str, str]:
        returned = self._kind == "pacs.004"
        place = next((path for path in _AMOUNTS if found.get(path)), "")
        if returned:
            place = next(
                (path for path in ("OrgnlIntrBkSttlmAmt", "OrgnlTxRef/IntrBkSttlmAmt", "RtrdIntrBkSttlmAmt") if found.get(path)), ""
            )
        record = {
            "time": moment_of(found, *_TIMES.get(self._kind, _SETTLED), "CreDtTm"),
            "status": "reversed" if returned else "initiated" if self._kind.startswith("pain") else "settled",
            "amount": found.get(place, ""),
            "currency": first(found, f"{place}@Ccy", "Amt/EqvtAmt/CcyOfTrf"),
            "purpose_code": self._code(found),
            "purpose": clean(self._purpose(found)),
            "uetr": first(found, "PmtId/UETR", "OrgnlUETR").lower(),
            "end_to_end": named(first(found, "PmtId/EndToEndId", "OrgnlEndToEndId")),
            "reference": self._reference(found),
            "message": self._kind,
            "charges": first(found, "ChrgsInf/Amt", "ChrgsInf/ChrgsAmt"),
            "charges_currency": first(found, "ChrgsInf/Amt@Ccy", "ChrgsInf/ChrgsAmt@Ccy"),
        }
        return record | self._sides(found)

    def _sides(self, found: Mapping[str, str]) -> dict[str, str]:
        base = "OrgnlTxRef/" if self._kind == "pacs.004" else ""
        debtor, creditor = (
            known_of(found, f"{base}{one}", f"{base}{one}Acct", f"{base}{one}Agt", f"{base}Ultmt{one}") for one in ("Dbtr", "Cdtr")
        )
        if base and not debtor and not creditor:
            # the chain of the return runs the other way: who gives the money back is the original's creditor
            debtor, creditor = (
                known_of(found, f"RtrChain/{one}", f"RtrChain/{one}Acct", f"RtrChain/{one}Agt", f"RtrChain/Ultmt{one}")
                for one in ("Cdtr", "Dbtr")
            )
        marks = [first(known, "iban", "number", "institution", "bic") for known in (debtor, creditor)]
        return side("debtor", debtor, anchor=debtor.get("bic") or marks[1]) | side(
            "creditor", creditor, anchor=creditor.get("bic") or marks[0]
        )

    def _code(self, found: Mapping[str, str]) -> str:
        if self._kind == "pacs.004":
            return first(found, "RtrRsnInf/Rsn/Cd", "RtrRsnInf/RtrRsn/Cd", "RtrRsnInf/Rsn/Prtry")
        return first(found, "Purp/Cd", "PmtTpInf/CtgyPurp/Cd", "Purp/Prtry")

    def _purpose(self, found: Mapping[str, str]) -> str:
        if self._kind == "pacs.004":
            found = {path.removeprefix("OrgnlTxRef/"): text for path, text in found.items()}
        return purpose_of(found, "InstrForNxtAgt/InstrInf")

    def _reference(self, found: Mapping[str, str]) -> str:
        """Message and transaction, as the sender numbers them: a return names those of the payment it reverses."""
        if self._kind == "pacs.004":
            pair = (first(found, "OrgnlGrpInf/OrgnlMsgId", "OrgnlMsgId"), first(found, "OrgnlTxId", "OrgnlInstrId", "OrgnlEndToEndId"))
        elif self._kind in {"pacs.008", "pacs.009"}:
            pair = (first(found, "MsgId"), named(first(found, "PmtId/TxId", "PmtId/InstrId", "PmtId/EndToEndId")))
        else:
            return ""
        return "|".join(("pacs", *pair)) if all(pair) else ""
