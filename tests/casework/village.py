"""A village that went through the real door: written as CSV, loaded by `bakau ingest --mapping bank`, analysed by `bakau analyse`.

Seven people with a birth date hold accounts; senders are numbers nobody described. Two receivers are paid by the same senders in
bursts and pass it on to a collector; a child is paid by many and an adult empties the child's account.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from bakau.ids import Realm, to_key
from bakau_casework.desk import Desk
from bakau_graph.archive import Archive

ADULTS = ("r0", "r1", "collector", "sweeper", "shop")
BIRTHS = {"r0": "14.03.1971", "r1": "02.02.1980", "collector": "09.09.1969", "sweeper": "05.06.1978", "shop": "", "child": "30.08.2014", "kin": "11.11.1990"}  # fmt: skip
NAMES = {"r0": "Balan Kerosen", "r1": "Marlo Tamvik", "collector": "Tovik Barolan", "sweeper": "Silo Delmit", "shop": "Laden Muster", "child": "Gintan Liberez", "kin": "Nulan Siro"}  # fmt: skip
PLACES = {name: place for place, name in enumerate([*NAMES, *(f"s{number}" for number in range(12))], start=1)}
TEXT = "canary note"
HEADER = "booked;payer_iban;payee_iban;amount;currency;state;reference;purpose"


def iban(name: str) -> str:
    """The number of a villager's account: a reserved country, correct check digits."""
    body = f"BKAU{PLACES[name]:014d}"
    digits = "".join(str(int(letter, 36)) for letter in f"{body}XB00")
    return f"XB{98 - int(digits) % 97:02d}{body}"


def payment(src: str, dst: str, hours: int, amount: str, reference: str) -> str:
    day, hour = divmod(hours, 24)
    return f"{1 + day:02d}.03.2025 {hour:02d}:05;{iban(src)};{iban(dst)};{amount};EUR;booked;{reference};{TEXT} {reference}"


def payments() -> list[str]:
    rows = []
    for receiver in ("r0", "r1"):
        rows += [(f"s{n}", receiver, 5 * n + part, "50,00") for n in range(12) for part in range(4)]
        rows.append((receiver, "collector", 67, "2.300,00"))
    rows += [(f"s{n}", "child", 24 * n + 9, "60,00") for n in range(8)]
    rows += [("child", "sweeper", 24 * n + 12, "58,00") for n in range(8)]
    rows += [("kin", "shop", 24 * n + 10, f"{12 + n},90") for n in range(9)]
    return [payment(*row, f"R-{place:04d}") for place, row in enumerate(rows)]


def write_files(folder: Path, births: dict[str, str] = BIRTHS) -> tuple[Path, Path]:
    """The accounts file and the transfers file, with two broken records in the latter (lines 2 and 3)."""
    people = ["iban;bank;country;currency;opened;customer_no;customer_type;customer_name;born;role"]
    for name, born in births.items():
        kind = "O" if name == "shop" else "P"
        people.append(f"{iban(name)};BKAUXBXX;DE;EUR;02.05.2015;C-{name};{kind};{NAMES[name]};{born};OWN")
    accounts, transfers = folder / "bank_accounts.csv", folder / "bank_transfers.csv"
    broken = [f"yesterday;{iban('kin')};{iban('shop')};10,00;EUR;booked;R-X1;{TEXT}", f"03.03.2025;{iban('kin')};{iban('shop')};ten;EUR;booked;R-X2;{TEXT}"]  # fmt: skip
    accounts.write_text("\n".join(people) + "\n", encoding="utf-8")
    transfers.write_text("\n".join([HEADER, *broken, *payments()]) + "\n", encoding="utf-8")
    return accounts, transfers


@dataclass(frozen=True)
class Village:
    """A workspace of the village; `copy` gives a test its own."""

    workspace: Path
    files: tuple[Path, Path]

    def copy(self, folder: Path) -> Village:
        shutil.copytree(self.workspace, folder / "workspace")
        return Village(folder / "workspace", self.files)

    def desk(self, purpose: str = "exploration", **more) -> Desk:
        return Desk.open(self.workspace, purpose=purpose, **more)

    @property
    def archive(self) -> Archive:
        return Archive.open(self.workspace)

    def audited(self) -> list[str]:
        """The actions in the audit log, oldest first. Tests that only read the shared village leave entries, too."""
        with self.desk() as desk:
            return [entry["action"] for entry in desk.audit(last=None).to_document()["entries"]]

    def ids(self) -> dict[str, str]:
        """Villager → account id, looked up in the archive and not through the Desk."""
        rows = self.archive.snapshot().table("account").to_pylist()
        by_key = {row["account_key"]: row["account_id"] for row in rows}
        secret = self.archive.surrogate_key
        return {name: by_key[to_key(secret.digest(Realm.ACCOUNT, "iban", iban(name)))] for name in PLACES}
