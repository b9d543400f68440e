"""Single SWIFT payments: MT101 (orders), MT103, MT202 and MT202 COV (settled), MT900 and MT910 (confirmations of one side)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bakau_ingest.readers.mt_fields import amount_of, day_of, join_lines, party_of
from bakau_ingest.readers.payments import Payment, bic_of, clean, named, side

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bakau_ingest.readers.mt_fields import Head
    from bakau_ingest.readers.payments import Side

    Field = tuple[str, list[str], int]

SINGLE = {"mt101", "mt103", "mt202", "mt205", "mt900", "mt910"}
_MONEY = re.compile(r"(?P<day>\d{6})?(?P<currency>[A-Z]{3})(?P<amount>\d[\d.]*(?:,\d*)?|,\d+)\s*$")


def read_payments(kind: str, head: Head, fields: Sequence[Field]) -> Iterator[tuple[Payment, int]]:
    """Records of one message: one, or one per transaction of an MT101."""
    if kind != "mt101":
        yield _record(kind, head, fields), fields[0][2]
        return
    first: list[Field] = []
    parts: list[list[Field]] = []
    for field in fields:
        if field[0] == "21":
            parts.append([])
        (parts[-1] if parts else first).append(field)
    for part in parts:
        yield _record(kind, head, [*part, *first]), part[0][2]


def _record(kind: str, head: Head, fields: Sequence[Field]) -> Payment:
    found: dict[str, tuple[list[str], str]] = {}
    customers: dict[str, str] = {}
    for tag, lines, _ in fields:
        number, option = tag[:2], tag[2:]
        if number not in found:
            found[number] = (lines, option)
        if kind in {"mt202", "mt205"} and number in {"50", "59"}:
            customers.setdefault(number, party_of(lines, option).get("name", ""))
    money = _MONEY.match((found.get("32") or ([""], ""))[0][0].strip())
    record = {
        "time": day_of(money["day"]) if money and money["day"] else day_of("".join(found["30"][0])[:6]) if "30" in found else "",
        "status": "initiated" if kind == "mt101" else "settled",
        "amount": amount_of(money["amount"]) if money else "",
        "currency": money["currency"] if money else "",
        "purpose_code": "".join(found["26"][0][:1]) if "26" in found else "",
        "purpose": clean(_purpose(found)),
        "uetr": head.uetr,
        "end_to_end": named("".join(found["21"][0][:1])) if "21" in found and kind != "mt101" else "",
        "reference": _reference(kind, head, found),
        "message": kind,
    }
    charge = _MONEY.match((found.get("71") or ([""], ""))[0][0].strip()) if found.get("71", ("", ""))[1] in {"F", "G"} else None
    if charge:
        record |= {"charges": amount_of(charge["amount"]), "charges_currency": charge["currency"]}
    return Payment(record, *_sides(kind, head, found, customers))


def _purpose(found: dict[str, tuple[list[str], str]]) -> str:
    return join_lines([line.removeprefix("//") for line in found["70"][0]]) if "70" in found else ""


def _reference(kind: str, head: Head, found: dict[str, tuple[list[str], str]]) -> str:
    """The sender's own number of the message: unique with the sender, so only where the message says who that is."""
    own = named("".join(found["20"][0][:1])) if "20" in found else ""
    part = "".join(found["21"][0][:1]) if kind == "mt101" and "21" in found else ""
    return f"{kind}|{head.sender}|{own}|{part}".rstrip("|") if head.sender and own else ""


def _sides(kind: str, head: Head, found: dict[str, tuple[list[str], str]], customers: dict[str, str]) -> tuple[Side, Side]:
    def party(*numbers: str) -> dict[str, str]:
        return next((party_of(*found[number]) for number in numbers if number in found), {})

    payer_agent, payee_agent = party("52").get("institution") or head.sender, party("57").get("institution") or head.receiver
    if kind in {"mt900", "mt910"}:
        own = {"number": "".join(found["25"][0][:1]).strip()} if "25" in found else {}
        other = party("50", "52") if kind == "mt910" else {}
        debtor, creditor = (own, other) if kind == "mt900" else (other, own)
    elif kind in {"mt202", "mt205"}:
        debtor = party("52") or {"institution": head.sender}
        creditor = party("58") or {"institution": head.receiver}
        debtor |= {"for_name": customers.get("50", "")}
        creditor |= {"for_name": customers.get("59", "")}
    else:
        debtor = {"bic": bic_of(payer_agent)} | party("50")
        creditor = {"bic": bic_of(payee_agent)} | party("59")
    anchors = [known.get("number") or known.get("institution") or known.get("bic") or "" for known in (debtor, creditor)]
    return side(debtor, anchor=debtor.get("bic") or anchors[1]), side(creditor, anchor=creditor.get("bic") or anchors[0])
