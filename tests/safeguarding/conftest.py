"""Tiny worlds for the safeguarding tests: people, accounts, holdings and payments, loaded in any order through the archive's own door."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import strategies as st

from bakau.ids import Realm
from bakau.times import DAY_US, protected_until
from bakau_graph.archive import Archive, BatchIdentity

START_US = 1_700_000_000_000_000
FILES = ("people", "holdings", "payments")


@dataclass(frozen=True)
class TinyWorld:
    """Who lives in it. `births[i]` is the birth date of person i (None: not known); person i holds the accounts in `holds[i]`."""

    births: tuple[date | None, ...]
    holds: tuple[tuple[int, ...], ...]
    accounts: int
    payments: tuple[tuple[int, int, int, int], ...]
    order: tuple[str, ...]
    steps: tuple[tuple[str, int], ...] = field(default=())


@st.composite
def tiny_worlds(draw) -> TinyWorld:
    """Worlds in which red flags do fire: bursts and fan-ins are drawn on purpose, on children's accounts and on others'."""
    accounts = draw(st.integers(4, 14))
    people = draw(st.integers(1, 6))
    births = tuple(
        draw(st.sampled_from([None, date(1980, 5, 4), date(2006, 2, 1), date(2010, 7, 7), date(2012, 12, 31)])) for _ in range(people)
    )
    account = st.integers(0, accounts - 1)
    holds = tuple(tuple(draw(st.lists(account, max_size=2, unique=True))) for _ in range(people))
    payments: list[tuple[int, int, int, int]] = []
    for _ in range(draw(st.integers(1, 5))):
        receiver, sweeper = draw(account), draw(account)
        day = draw(st.integers(0, 40))
        senders = draw(st.lists(account, min_size=1, max_size=10, unique=True))
        each = draw(st.sampled_from([1, 1, 3, 4]))
        payments += [
            (sender, receiver, day * DAY_US + 1_000_000 * place, 5_000) for place, sender in enumerate(senders) for _ in range(each)
        ]
        payments.append((receiver, sweeper, day * DAY_US + 3_600_000_000, 5_000 * len(senders)))
    steps = draw(st.lists(st.tuples(st.sampled_from(["analyse", "mark account", "mark party"]), st.integers(0, 13)), max_size=4))
    return TinyWorld(births, holds, accounts, tuple(payments), tuple(draw(st.permutations(FILES))), tuple(steps))


@dataclass
class LoadedWorld:
    """A tiny world in an archive."""

    archive: Archive
    world: TinyWorld
    account_keys: list[int]
    account_ids: list[str]
    party_keys: list[int]

    def load(self, file: str) -> None:
        """Load one of FILES."""
        identity = BatchIdentity("training", file.ljust(64, "0"), "m" * 64, "test/1")
        with self.archive.begin_batch(identity, file_name=f"{file}.csv") as batch:
            getattr(self, f"_load_{file}")(batch)
            batch.commit()

    def _load_people(self, batch) -> None:
        found = self.archive.surrogate_key.surrogates(
            Realm.PARTY, "local:training", pa.array([f"P{i}" for i in range(len(self.world.births))])
        )
        rows = {
            "party_key": found.keys,
            "party_id": found.ids,
            "kind": ["person"] * len(found.keys),
            "protected_until": pa.array([protected_until(born) if born else None for born in self.world.births], pa.date32()),
            "birth_date": pa.array(self.world.births, pa.date32()),
            "name": [f"Canary Person {i}" for i in range(len(found.keys))],
            "stub": [False] * len(found.keys),
            "record": list(range(2, 2 + len(found.keys))),
        }
        batch.count(received=len(found.keys))
        batch.append("party", pa.table(rows))

    def _load_holdings(self, batch) -> None:
        pairs = [(self.party_keys[i], self.account_keys[a]) for i, held in enumerate(self.world.holds) for a in held]
        self._stubs(batch)
        batch.count(received=len(pairs))
        rows = {
            "party_key": pa.array([p for p, _ in pairs], pa.int64()),
            "account_key": pa.array([a for _, a in pairs], pa.int64()),
            "role": pa.array(["owner"] * len(pairs), pa.string()),
            "record": pa.array(range(2, 2 + len(pairs)), pa.int64()),
        }
        batch.append("holding", pa.table(rows))

    def _load_payments(self, batch) -> None:
        self._stubs(batch)
        sent = self.world.payments
        batch.count(received=len(sent))
        rows = {
            "ts_us": [START_US + t for _, _, t, _ in sent],
            "time_known": [True] * len(sent),
            "src_key": [self.account_keys[s] for s, _, _, _ in sent],
            "dst_key": [self.account_keys[d] for _, d, _, _ in sent],
            "amount_minor": [amount for _, _, _, amount in sent],
            "currency": ["XXX"] * len(sent),
            "channel": ["bank"] * len(sent),
            "status": ["settled"] * len(sent),
            "purpose": [f"canary text {i}" for i in range(len(sent))],
            "record": list(range(2, 2 + len(sent))),
        }
        batch.append("transfer", pa.table(rows))

    def _stubs(self, batch) -> None:
        count = self.world.accounts
        rows = {
            "account_key": self.account_keys,
            "account_id": self.account_ids,
            "scheme": ["local:training"] * count,
            "number": [f"CANARY{i}" for i in range(count)],
            "stub": [True] * count,
            "record": [2] * count,
        }
        batch.append("account", pa.table(rows), records=False)

    def protected_now(self) -> set[int]:
        """Account keys that are protected in the newest snapshot."""
        return set(self.archive.snapshot().protection.protected_accounts.tolist())


@pytest.fixture
def open_world(tmp_path_factory, monkeypatch):
    """A function that puts a tiny world into a fresh archive, with nothing loaded yet."""

    def open_(world: TinyWorld) -> LoadedWorld:
        folder: Path = tmp_path_factory.mktemp("world")
        monkeypatch.setenv("BAKAU_KEY_DIR", str(folder / "keys"))
        archive = Archive.create(folder / "workspace")
        key = archive.surrogate_key
        accounts = key.surrogates(Realm.ACCOUNT, "local:training", pa.array([f"CANARY{i}" for i in range(world.accounts)]))
        parties = key.surrogates(Realm.PARTY, "local:training", pa.array([f"P{i}" for i in range(len(world.births))]))
        return LoadedWorld(archive, world, accounts.keys.to_pylist(), accounts.ids.to_pylist(), parties.keys.to_pylist())

    return open_
