"""Institutions that hand over no CSV: a bank with camt.053 statements, one with MT940, a wallet issuer with a workbook, a bank of which the
FIU passes on what it reported of money sent abroad, in goAML.

Their customers' payments are told by them alone, so each payment still stands in one file. A statement or a report knows the day, not the hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import yaml

from bakau.times import DAY_US, HOUR_US, from_us
from bakau_ingest.world.case import mt_line, write_workbook
from bakau_ingest.world.payments import PURPOSES
from bakau_ingest.world.places import COUNTRIES, CURRENCIES
from bakau_ingest.world.rails import RAILS
from bakau_ingest.world.statements import Entry, write_statement_file

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from bakau_ingest.world.columns import Known

    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Form:
    """One institution's way: its code, the rail of which it tells, the file, and what the mapping beside the file says of it."""

    institution: str
    rail: str
    file: str
    entry: dict[str, object]


_LEDGER: dict[str, object] = {
    "reader": "xlsx", "sheet": "Ledger", "header_line": 2,
    "rows": [{"table": "transfer", "fields": {
        "ts": {"column": "Waktu", "formats": ["%d/%m/%Y %H:%M:%S"], "zone": "Asia/Jakarta", "local_hour": True},
        "src": {"column": "Dari", "scheme": "phone"}, "dst": {"column": "Ke", "scheme": "phone"}, "amount": {"column": "Jumlah"},
        "currency": {"value": "IDR"}, "channel": {"value": "e_wallet"}, "purpose": {"column": "Berita"}, "reference": {"column": "No Ref"},
        "src_country": {"value": "ID"}, "dst_country": {"value": "ID"},
    }}],
}  # fmt: skip
FORMS = (
    Form("DE-BANK-3", "bank_transfers", "statements_camt.xml", {"reader": "iso20022", "ignore": ["statement", "message", "charges", "charges_currency"], "rows_like": "iso20022"}),
    Form("NL-BANK-3", "bank_transfers", "statements_mt940.sta", {"reader": "swift_mt", "ignore": ["statement", "message", "charges", "charges_currency"], "rows_like": "iso20022"}),
    Form("ID-WALLET-3", "wallet_transfers", "statements_wallet.xlsx", _LEDGER),
    Form("DE-BANK-1", "remittances_to_accounts", "reports_goaml.xml", {"reader": "goaml", "rows_like": "goaml"}),
)  # fmt: skip


class OtherForms:
    """Collects, block by block, the payments that are told in another form."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._rows: dict[str, list[dict[str, Ints]]] = {form.institution: [] for form in FORMS}

    def take(self, rows: dict[str, Ints], rail_of: Ints) -> npt.NDArray[np.bool_]:
        """Which of these payments are told here."""
        told = np.zeros(len(rail_of), bool)
        rails = [rail.name for rail in RAILS]
        for form in FORMS:
            payer_at = self._known.institution[rows["src"]] == self._known.institution_codes.index(form.institution)
            mine = payer_at & (rail_of == rails.index(form.rail))
            self._rows[form.institution].append({name: values[mine] for name, values in rows.items()})
            told |= mine
        return told

    def write(self, folder: Path) -> dict[str, int]:
        """Write the files and their mappings; payments per file."""
        written = {}
        for form in FORMS:
            parts = self._rows[form.institution]
            rows = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}
            if not rows or not len(rows["src"]):
                continue
            payments = self._payments(rows)
            if form.file.endswith(".sta"):
                (folder / form.file).write_bytes(_mt940(payments).encode())
            elif form.file.endswith(".xlsx"):
                (folder / form.file).write_bytes(write_workbook("Ledger", _ledger(payments)))
            elif form.entry["reader"] == "goaml":
                (folder / form.file).write_bytes(_report(payments).encode())
            else:
                write_statement_file(folder / form.file, [_entry(one) for one in payments])
            name = form.file.partition(".")[0]
            mapping = {"name": name, "meaning": f"what {form.institution} hands over", "files": [{"match": [form.file], **form.entry}]}
            (folder / "mappings" / f"{name}.yaml").write_text(yaml.safe_dump(mapping, sort_keys=False, width=140), encoding="utf-8")
            written[form.file] = len(payments)
        return written

    def _payments(self, rows: dict[str, Ints]) -> list[_Payment]:
        """Small enough to be looked at one by one: the customers of one small institution."""
        country = self._known.world.country[rows["src"]]
        local = self._known.clock.to_local(country, rows["ts_us"])
        numbers = [self._known.numbers.take(rows[end]).to_pylist() for end in ("src", "dst")]
        target = self._known.world.country[rows["dst"]]
        columns = (*numbers, local.tolist(), rows["amount"].tolist(), country.tolist(), target.tolist(), rows["purpose"].tolist())
        made = zip(*columns, strict=True)
        return [
            _Payment(src, dst, shown, Decimal(amount) / 100, COUNTRIES[home], COUNTRIES[abroad], CURRENCIES[home], PURPOSES[word])
            for src, dst, shown, amount, home, abroad, word in made
        ]


@dataclass(frozen=True, slots=True)
class _Payment:
    src: str
    dst: str
    local_us: int
    amount: Decimal
    src_country: str
    dst_country: str
    currency: str
    purpose: str

    @property
    def day(self) -> date:
        """The day on the payer's clock."""
        return date(1970, 1, 1) + timedelta(days=self.local_us // DAY_US)


def _entry(one: _Payment) -> Entry:
    other = f"<Cdtr><Pty><Nm>Holder {one.dst[-8:]}</Nm></Pty></Cdtr><CdtrAcct><Id><IBAN>{one.dst}</IBAN></Id></CdtrAcct>"
    refs = f"<EndToEndId>E{one.src[-6:]}{one.local_us // HOUR_US}</EndToEndId>"
    return Entry(one.src, -one.amount, one.currency, one.day, one.purpose or "payment", refs, other)


def _mt940(payments: list[_Payment]) -> str:
    """A statement per account, between balances that meet."""
    lines: list[str] = []
    ordered = sorted(payments, key=lambda one: (one.src, one.local_us, one.dst))
    for number, (account, entries) in enumerate(groupby(ordered, key=lambda one: one.src), 1):
        mine = list(entries)
        total = sum((one.amount for one in mine), Decimal(0))
        first, last, money = mine[0].day, mine[-1].day, mine[0].currency
        lines += [f":20:STMT{number:06d}", f":25:{account}", ":28C:1/1", f":60F:C{first:%y%m%d}{money}{_comma(total)}"]
        for place, one in enumerate(mine):
            lines += [
                mt_line(one.day, "D", one.amount),
                f":86:166?00TRANSFER?20EREF+E{number}-{place}?21SVWZ+{one.purpose or 'payment'}?31{one.dst}",
            ]
        lines += [f":62F:C{last:%y%m%d}{money}0,00", "-"]
    return "\r\n".join([*lines, ""])


def _report(payments: list[_Payment]) -> str:
    """Transfers abroad as the bank reported them, because they crossed a border: nobody in them is suspected of anything."""
    ordered = sorted(payments, key=lambda one: (one.local_us, one.src, one.dst))
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<report>\n<schema_version>5.0.2</schema_version>\n<rentity_id>903</rentity_id>\n'
        f"<submission_code>E</submission_code>\n<report_code>EFT</report_code>\n<submission_date>{ordered[-1].day}T00:00:00</submission_date>\n"
        f"<currency_code_local>{ordered[0].currency}</currency_code_local>\n"
    )
    return head + "".join(_reported(place, one) for place, one in enumerate(ordered)) + "</report>\n"


def _reported(place: int, one: _Payment) -> str:
    return (
        f"<transaction><transactionnumber>R{place:07d}</transactionnumber><transaction_description>{one.purpose or 'payment'}</transaction_description>"
        f"<date_transaction>{one.day}T00:00:00</date_transaction><transmode_code>EFT</transmode_code><amount_local>{one.amount:.2f}</amount_local>\n"
        f"<t_from_my_client><from_is_suspected>false</from_is_suspected><from_account><account>{one.src}</account><iban>{one.src}</iban></from_account>"
        f"<from_country>{one.src_country}</from_country></t_from_my_client>\n<t_to><to_is_suspected>false</to_is_suspected><to_account>"
        f"<account>{one.dst}</account><iban>{one.dst}</iban></to_account><to_country>{one.dst_country}</to_country></t_to></transaction>\n"
    )


def _comma(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")


def _ledger(payments: list[_Payment]) -> list[list[str]]:
    """The wallet's ledger, headed in Bahasa, and what the operator wrote above it."""
    rows = [["Laporan dompet"], ["No Ref", "Waktu", "Dari", "Ke", "Jumlah", "Berita"]]
    ordered = sorted(payments, key=lambda one: (one.local_us, one.src, one.dst))
    for place, one in enumerate(ordered):
        rows.append([f"W{place:07d}", f"{from_us(one.local_us):%d/%m/%Y %H:%M:%S}", one.src, one.dst, f"{one.amount:.2f}", one.purpose])
    return rows
