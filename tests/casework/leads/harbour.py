"""A harbour town through the real door: wallets by phone, a platform's users, ether, and people in five scripts. Nobody here exists.

Phones are from the range kept free for drama (Ofcom, 07700 900000 to 900999); addresses are made up of one letter.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from bakau.cli import root
from bakau_casework.desk import Desk
from bakau_casework.leads.listing import Said
from bakau_graph.archive import Archive

PEOPLE = {
    "w0": ("Wang Xiaoming", "1980-01-02"), "w1": ("สมชาย ใจดี", "1979-03-04"), "w2": ("محمد حسن", "1985-05-06"), "w3": ("Владимир Орлов", "1977-07-08"),
    "w4": ("김 철수", "1990-09-10"), "child": ("Aine Littel", "2014-02-03"), "w6": ("Maria Cruz Santos", "1981-11-12"), "w7": ("Suharto", "1970-01-01"),
}  # fmt: skip
PHONES = {name: f"07700 900{place:03d}" for place, name in enumerate(PEOPLE, start=100)}
#: As the transfers write them: bare, as the phone template normalises both.
HANDLES = {"u0": "Sea.Gull", "u1": "harbour_light"}
ADDRESSES = [f"0x{letter * 40}" for letter in "abcdef"]
MIXED = "0x" + "aA" * 20
TRACE = "TR-00042"


def write_files(folder: Path) -> list[tuple[str, Path]]:
    """(mapping, file) in order of loading."""
    made: list[tuple[str, Path]] = []

    def write(mapping: str, name: str, lines: list[str]) -> None:
        path = folder / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        made.append((mapping, path))

    people = [f"C-{name},{full},{born},full,{PHONES[name]},2024-05-01,D-{name}" for name, (full, born) in PEOPLE.items()]
    write("e_wallet", "harbour_customers.csv", ["customer_id,full_name,birth_date,kyc_tier,phone,registered,device", *people])
    # w0 → w1 → w2 in order of time; w3 → w4 before w2 → w3, so no chain from w2 to w4; everybody pays the child once, the child pays w6
    moves = [("w0", "w1", 1), ("w1", "w2", 3), ("w3", "w4", 5), ("w2", "w3", 7), ("w0", "child", 9), ("child", "w6", 11)]
    rows = [f"TR-{40 + i:05d},{day:02d}/03/2025 12:00:00,P2P,{PHONES[a]},{PHONES[b]},100.00," for i, (a, b, day) in enumerate(moves)]
    write("e_wallet", "harbour_moves.csv", ["trace_no,time,type,from_wallet,to_wallet,amount,note", *rows])
    users = [f"U-{name},PH,2024-01-01,user,active,none,1990-01-01,{handle},{name}@Example.org" for name, handle in HANDLES.items()]
    write("platform", "harbour_users.csv", ["user_id,country,registered,role,state,verification,born,handle,email", *users])
    chain = [f"{i},0x{i:064x},{1741000000 + i},{ADDRESSES[i]},{ADDRESSES[i + 1]},0.5,1" for i in range(4)]
    write("crypto_csv", "harbour_ether.csv", ["block,tx_hash,unix_time,from,to,value_eth,status", *chain])
    return made


@dataclass(frozen=True)
class Harbour:
    """A workspace of the harbour, and lists of leads written beside it."""

    workspace: Path

    def desk(self, purpose: str = "training", **more) -> Desk:
        return Desk.open(self.workspace, purpose=purpose, **more)

    @property
    def archive(self) -> Archive:
        return Archive.open(self.workspace)

    def write_list(self, *rows: str, head: str = "", name: str = "list.csv") -> Path:
        """A list file: rows as `kind,value[,institution[,country[,note]]]`."""
        path = self.workspace.parent / name
        filled = [row + "," * (4 - row.count(",")) for row in rows]
        path.write_text("\n".join([*([head] if head else []), "kind,value,institution,country,note", *filled]) + "\n", encoding="utf-8")
        return path

    def ask(self, *rows: str, purpose: str = "training", may_watch: bool = False, watch_until: str | None = None) -> dict:
        """The document of a list looked up by an SDK user."""
        said = Said("Harbour office", "this inquiry only", "2099-01-31", may_watch)
        with self.desk(purpose) as desk:
            return json.loads(json.dumps(desk.leads(self.write_list(*rows), said, watch_until=watch_until).to_document()))

    def account_of(self, name: str) -> str:
        """The account id of somebody's wallet, from the archive and not through the Desk."""
        from bakau.ids import Realm, to_key

        number = PHONES[name].replace(" ", "")
        key = to_key(self.archive.surrogate_key.digest(Realm.ACCOUNT, "phone", number))
        rows = self.archive.snapshot().table("account", ["account_key", "account_id"]).to_pylist()
        return next(row["account_id"] for row in rows if row["account_key"] == key)


def load(workspace: Path, files: list[tuple[str, Path]]) -> None:
    for mapping, path in files:
        result = CliRunner().invoke(root, ["-w", str(workspace), "ingest", str(path), "--mapping", mapping])
        assert result.exit_code == 0, (result.output, result.exception)


def make(folder: Path) -> Harbour:
    workspace = folder / "workspace"
    result = CliRunner().invoke(root, ["init", str(workspace)])
    assert result.exit_code == 0, result.output
    load(workspace, write_files(folder))
    return Harbour(workspace)
