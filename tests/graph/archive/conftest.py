"""A fresh archive, and builders that load a few rows through its own door."""

from __future__ import annotations

import hashlib

import pyarrow as pa
import pytest

from bakau.ids import Realm
from bakau.times import DAY_US
from bakau_graph.archive import Archive, BatchIdentity

SCHEME = "local:training"


def scheme_of(name: str) -> str:
    """The numbering of a name that stands for a number; with "?" in front it is a person known by name only."""
    return "local.named:training" if name.startswith("?") else SCHEME


def hash_of(text: str) -> int:
    """A number that stands for a keyed hash."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big")


class Bench:
    """An archive with short ways to load accounts, people, holdings and transfers. Names stand for numbers."""

    def __init__(self, archive: Archive):
        self.archive = archive
        self._files = 0

    def key(self, name: str, realm: Realm = Realm.ACCOUNT) -> int:
        return self.archive.surrogate_key.surrogates(realm, scheme_of(name), pa.array([name])).keys[0].as_py()

    def identity(self, file: str | None = None, source: str = "training") -> BatchIdentity:
        self._files += 1
        return BatchIdentity(source, (file or f"file{self._files}").ljust(64, "0"), "m" * 32, "test/1")

    def transfers(self, rows, *, file=None, corrects=False, replace=None, source="training"):
        """Load transfers given as (src, dst, ts_us, amount) or (…, reference); returns the report."""
        rows = [(*row, None)[:5] for row in rows]
        with self.archive.begin_batch(
            self.identity(file, source), file_name="secret name.csv", declares_corrections=corrects, replace=replace
        ) as batch:
            self._stubs(batch, sorted({name for row in rows for name in row[:2]}))
            batch.count(received=len(rows))
            batch.append(
                "transfer",
                pa.table(
                    {
                        "ts_us": pa.array([row[2] for row in rows], pa.int64()),
                        "time_known": [True] * len(rows),
                        "src_key": pa.array([self.key(row[0]) for row in rows], pa.int64()),
                        "dst_key": pa.array([self.key(row[1]) for row in rows], pa.int64()),
                        "amount_minor": pa.array([row[3] for row in rows], pa.int64()),
                        "currency": ["EUR"] * len(rows),
                        "channel": ["bank"] * len(rows),
                        "status": ["settled"] * len(rows),
                        "reference": pa.array([row[4] for row in rows], pa.string()),
                        "purpose": [f"text of {row[0]}" for row in rows],
                        "record": list(range(2, 2 + len(rows))),
                    }
                ),
            )
            return batch.commit()

    def messages(self, rows, *, file=None, source="training"):
        """Load payments given as dicts of src, dst, ts, amount, uetr, end_to_end, status, currency; an end with "?" is known by name only."""
        rows = [{"ts": 0, "amount": 100, "uetr": None, "end_to_end": None, "status": "settled", "currency": "EUR", **row} for row in rows]
        columns = {name: pa.array([row[name] for row in rows]) for name in ("status", "currency")}
        groups = [None if row["end_to_end"] is None else hash_of(row["end_to_end"]) for row in rows]
        columns |= {
            "ts_us": pa.array([row["ts"] for row in rows], pa.int64()),
            "time_known": pa.array([row["ts"] % DAY_US != 0 for row in rows]),
            "src_key": pa.array([self.key(row["src"]) for row in rows], pa.int64()),
            "dst_key": pa.array([self.key(row["dst"]) for row in rows], pa.int64()),
            "amount_minor": pa.array([row["amount"] for row in rows], pa.int64()),
            "channel": pa.array(["bank"] * len(rows)),
            "uetr": pa.array([row["uetr"] for row in rows], pa.string()),
            "group_key": pa.array(groups, pa.int64()),
            "record": pa.array(range(2, 2 + len(rows))),
        }
        with self.archive.begin_batch(self.identity(file, source), file_name="statement.xml") as batch:
            for seen in (False, True):
                self._stubs(batch, sorted({row[end] for row in rows for end in ("src", "dst") if row[end].startswith("?") == seen}))
            batch.count(received=len(rows))
            batch.append("transfer", pa.table(columns))
            return batch.commit()

    def _stubs(self, batch, names):
        if not names:
            return
        scheme = scheme_of(names[0])
        found = self.archive.surrogate_key.surrogates(Realm.ACCOUNT, scheme, pa.array(names, pa.string()))
        columns = {
            "account_key": found.keys,
            "account_id": found.ids,
            "scheme": [scheme] * len(names),
            "number": pa.array(names, pa.string()),
        }
        batch.append("account", pa.table({**columns, "stub": [True] * len(names), "record": [2] * len(names)}), records=False)

    def accounts(self, rows, *, file=None):
        """Load account records given as (name, {column: value})."""
        found = self.archive.surrogate_key.surrogates(Realm.ACCOUNT, SCHEME, pa.array([name for name, _ in rows]))
        names = sorted({column for _, facts in rows for column in facts})
        columns = {column: pa.array([facts.get(column) for _, facts in rows]) for column in names}
        with self.archive.begin_batch(self.identity(file), file_name="accounts.csv") as batch:
            batch.count(received=len(rows))
            base = {
                "account_key": found.keys,
                "account_id": found.ids,
                "scheme": [SCHEME] * len(rows),
                "number": [name for name, _ in rows],
            }
            batch.append("account", pa.table({**base, **columns, "stub": [False] * len(rows), "record": list(range(2, 2 + len(rows)))}))
            return batch.commit()

    def people(self, rows, *, file=None):
        """Load people given as (name, birth date or None)."""
        from bakau.times import protected_until

        found = self.archive.surrogate_key.surrogates(Realm.PARTY, SCHEME, pa.array([name for name, _ in rows]))
        with self.archive.begin_batch(self.identity(file), file_name="people.csv") as batch:
            batch.count(received=len(rows))
            columns = {
                "party_key": found.keys,
                "party_id": found.ids,
                "kind": ["person"] * len(rows),
                "protected_until": pa.array([protected_until(born) if born else None for _, born in rows], pa.date32()),
                "birth_date": pa.array([born for _, born in rows], pa.date32()),
                "name": [f"Name of {name}" for name, _ in rows],
                "stub": [False] * len(rows),
                "record": list(range(2, 2 + len(rows))),
            }
            batch.append("party", pa.table(columns))
            return batch.commit()

    def holdings(self, pairs, *, file=None):
        """Load holdings given as (person, account)."""
        with self.archive.begin_batch(self.identity(file), file_name="holdings.csv") as batch:
            batch.count(received=len(pairs))
            columns = {
                "party_key": pa.array([self.key(person, Realm.PARTY) for person, _ in pairs], pa.int64()),
                "account_key": pa.array([self.key(account) for _, account in pairs], pa.int64()),
                "role": ["owner"] * len(pairs),
                "record": list(range(2, 2 + len(pairs))),
            }
            batch.append("holding", pa.table(columns))
            return batch.commit()

    def amounts(self):
        """Amounts of the current view, sorted."""
        return sorted(self.archive.snapshot().table("transfer")["amount_minor"].to_pylist())


@pytest.fixture
def make_bench(tmp_path_factory):
    """A function that makes a Bench on a fresh workspace; `like` shares another one's surrogate key."""

    def make(like: Bench | None = None) -> Bench:
        folder = tmp_path_factory.mktemp("archive") / "workspace"
        archive = Archive.create(folder)
        if like is not None:
            source = like.archive.workspace.keys / "surrogate.key"
            (archive.workspace.keys / "surrogate.key").write_bytes(source.read_bytes())
        return Bench(archive)

    return make


@pytest.fixture
def bench(make_bench):
    return make_bench()
