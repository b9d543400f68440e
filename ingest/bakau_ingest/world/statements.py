"""Payments of a world as their banks would tell of them: camt.053 statements, each bank its own side, with the gaps they have in life.

No reference says which two entries are one payment where life would not. The payment text does (``D17`` and ``C17``), for whoever measures
how well they were found. All shares are defaults of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    import numpy.typing as npt

    from bakau_graph.archive.snapshot import Snapshot

#: Payments by what their end-to-end id is: of their own, the same one every month, one for a whole run of payments, none.
_ID_SHARES = (0.55, 0.15, 0.1, 0.2)
#: Payments with a UETR; of these, those of which one bank leaves it out.
_UETR_SHARE, _UETR_LOST = 0.4, 0.1
#: What a statement says of the other side: its IBAN, its name, nothing.
_SEEN_SHARES = (0.6, 0.35, 0.05)
#: Days the payee's bank books later, fees taken on the way, entries that the other bank never handed over.
_LAG_SHARES, _FEE_SHARE, _MISSING_SHARE = (0.7, 0.2, 0.07, 0.03), 0.03, 0.03

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>\n'
    "<GrpHdr><MsgId>{name}</MsgId><CreDtTm>{date}T06:00:00Z</CreDtTm></GrpHdr>\n"
)
_TAIL = "</BkToCstmrStmt></Document>\n"
_BALANCE = (
    "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='{currency}'>{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>"
    "<Dt><Dt>{date}</Dt></Dt></Bal>\n"
)
_ENTRY = (
    "<Ntry><Amt Ccy='{currency}'>{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{date}</Dt></BookgDt>"
    "<NtryDtls><TxDtls><Refs>{refs}</Refs><RltdPties>{other}</RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>\n"
)


@dataclass(frozen=True, slots=True)
class Twins:
    """What was written: the files, and by number the payments of which both banks tell and those of them that share a reference."""

    files: tuple[Path, ...]
    told_twice: frozenset[int]
    with_reference: frozenset[int]


def read_linked(snapshot: Snapshot) -> list[tuple[str, str]]:
    """The payment texts of every two rows that a snapshot takes for one payment, the earlier first: ``("D17", "C17")`` where it is right.

    Opens the vault: for training sources, in tests and benchmarks.
    """
    found = snapshot.same_payments
    texts = snapshot.vault("transfer", "purpose", found["transfer_id"].combine_chunks())
    text_of = dict(zip(texts["transfer_id"].to_pylist(), texts["value"].to_pylist(), strict=True))
    rows = zip(found["payment_id"].to_pylist(), found["transfer_id"].to_pylist(), strict=True)
    return [(text_of[lead], text_of[other]) for lead, other in rows if lead != other]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of an account's statement: money that leaves is below zero; references and the other side are elements of camt."""

    account: str
    amount: Decimal
    currency: str
    day: np.datetime64 | date
    text: str
    refs: str
    other: str


def write_statements(
    folder: Path, payers: Sequence[str], payees: Sequence[str], amounts: Sequence[str], days: npt.NDArray[np.datetime64], *, currency: str,
    banks: int = 4, seed: int = 1,
) -> Twins:  # fmt: skip
    """Write a camt.053 per bank to `folder`: payment n moves `amounts[n]` (a decimal) from IBAN to IBAN on `days[n]`.

    An account is at one of `banks` banks, by its number. The same arguments give the same bytes.
    """
    rng = np.random.default_rng([seed, 7])
    books: list[list[Entry]] = [[] for _ in range(banks)]
    twice, named = set[int](), set[int]()
    count = len(payers)
    kinds, lags = rng.choice(4, count, p=_ID_SHARES), rng.choice(4, count, p=_LAG_SHARES)
    seen = rng.choice(3, (2, count), p=_SEEN_SHARES)
    for number, (payer, payee, text) in enumerate(zip(payers, payees, amounts, strict=True)):
        sent = Decimal(text)
        fee = rng.random() < _FEE_SHARE and sent >= 1
        received = (sent * Decimal("0.97")).quantize(Decimal("0.01")) if fee else sent
        id_of = ("", f"INV-{number}", f"RENT {payer[-4:]} {payee[-4:]}", f"RUN {payer[-6:]} {str(days[number])[:7]}")
        end_to_end = id_of[(1, 2, 3, 0)[kinds[number]]]
        uetr = [uetr_of(rng.bytes(16))] * 2 if rng.random() < _UETR_SHARE else ["", ""]
        if uetr[0] and rng.random() < _UETR_LOST:
            uetr[int(rng.integers(2))] = ""
        debit = Entry(
            payer, -sent, currency, days[number], f"D{number}", _refs(end_to_end, uetr[0]), _other("Cdtr", payee, seen[0, number])
        )
        credit = Entry(
            payee, received, currency, days[number] + lags[number], f"C{number}", _refs(end_to_end, uetr[1]), _other("Dbtr", payer, seen[1, number])
        )  # fmt: skip
        books[_bank(payer, banks)].append(debit)
        if rng.random() >= _MISSING_SHARE:
            books[_bank(payee, banks)].append(credit)
            twice.add(number)
            if all(uetr) or (end_to_end and not fee):
                named.add(number)
    folder.mkdir(parents=True, exist_ok=True)
    files = tuple(write_statement_file(folder / f"statements_{place}.xml", book) for place, book in enumerate(books))
    return Twins(files, frozenset(twice), frozenset(named))


def _bank(iban: str, banks: int) -> int:
    return int(iban[-6:]) % banks


def uetr_of(raw: bytes) -> str:
    """Sixteen bytes as a UETR (RFC 4122, version 4)."""
    word = raw.hex()
    return f"{word[:8]}-{word[8:12]}-4{word[13:16]}-a{word[17:20]}-{word[20:32]}"


def _refs(end_to_end: str, uetr: str) -> str:
    return f"<EndToEndId>{end_to_end or 'NOTPROVIDED'}</EndToEndId>" + (f"<UETR>{uetr}</UETR>" if uetr else "")


def _other(role: str, iban: str, seen: int) -> str:
    named = "" if seen > 1 else f"<{role}><Pty><Nm>Holder {iban[-8:]}</Nm></Pty></{role}>"
    return named + (f"<{role}Acct><Id><IBAN>{iban}</IBAN></Id></{role}Acct>" if seen == 0 else "")


def write_statement_file(path: Path, entries: list[Entry]) -> Path:
    """Write a camt.053 with a statement per account, each between balances that meet; entries are put in order."""
    entries.sort(key=lambda entry: (entry.account, entry.day, entry.text))
    last = max((str(entry.day) for entry in entries), default="2025-01-01")
    with path.open("w", encoding="utf-8") as stream:
        stream.write(_HEAD.format(name=path.stem, date=last))
        begin = 0
        for place, entry in enumerate(entries):
            if place + 1 == len(entries) or entries[place + 1].account != entry.account:
                stream.write(_statement(entries[begin : place + 1]))
                begin = place + 1
        stream.write(_TAIL)
    return path


def _statement(entries: list[Entry]) -> str:
    """One account's entries between balances that meet."""
    first, last = entries[0], entries[-1]
    closing = sum((entry.amount for entry in entries), Decimal(0))
    head = f"<Stmt><Id>{first.account[-10:]}</Id><Acct><Id><IBAN>{first.account}</IBAN></Id></Acct>\n"
    balances = [("OPBD", Decimal(0), first.day), ("CLBD", closing, last.day)]
    stated = "".join(
        _BALANCE.format(code=code, currency=first.currency, amount=abs(amount), sign=_sign(amount), date=day)
        for code, amount, day in balances
    )
    body = "".join(
        _ENTRY.format(
            currency=entry.currency, amount=abs(entry.amount), sign=_sign(entry.amount), date=entry.day, text=entry.text,
            refs=entry.refs, other=entry.other,
        )
        for entry in entries
    )  # fmt: skip
    return f"{head}{stated}{body}</Stmt>\n"


def _sign(amount: Decimal) -> str:
    return "CRDT" if amount >= 0 else "DBIT"
