"""Small worlds for the contract: accounts and transfers as Python values, and the fake snapshot a network is built from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from bakau.ids import Realm, to_id, to_key
from bakau.model import ACCOUNT, TRANSFER_ID
from bakau.protection import ProtectionSet
from bakau.times import DAY_US, HOUR_US

CURRENCIES = ("PHP", "USD")


@dataclass(frozen=True)
class Transfer:
    transfer_id: bytes
    src: int
    dst: int
    ts_us: int
    time_known: bool
    amount: int | None
    currency: str


@dataclass(frozen=True)
class World:
    """A fake snapshot: what `Facts` asks for, and the same as Python values for the oracle."""

    ids: dict[int, str]
    transfers: tuple[Transfer, ...]
    label: str = "s1-test"
    protected: frozenset[int] = frozenset()
    digest: str = field(init=False)

    def __post_init__(self):
        said = repr((sorted(self.ids), self.transfers, sorted(self.protected)))
        object.__setattr__(self, "digest", hashlib.blake2b(said.encode(), digest_size=16).hexdigest())

    @property
    def protection(self) -> ProtectionSet:
        none = np.empty(0, np.int64)
        marked = np.array(sorted(self.protected), np.int64)
        return ProtectionSet.build(protected_accounts=marked, protected_parties=none, adult_accounts=none, adult_parties=none)

    def edges(self) -> pa.Table:
        ordered = sorted(self.transfers, key=lambda t: (t.ts_us, t.transfer_id))
        return pa.table(
            {
                "src_key": pa.array([t.src for t in ordered], pa.int64()),
                "dst_key": pa.array([t.dst for t in ordered], pa.int64()),
                "ts_us": pa.array([t.ts_us for t in ordered], pa.int64()),
                "time_known": pa.array([t.time_known for t in ordered], pa.bool_()),
                "amount_minor": pa.array([t.amount for t in ordered], pa.int64()),
                "currency": pa.array([t.currency for t in ordered], pa.string()),
                "transfer_id": pa.array([t.transfer_id for t in ordered], TRANSFER_ID),
            }
        )

    def table(self, name: str, columns=None) -> pa.Table:
        assert name == "account"
        blank = {column.name: None for column in ACCOUNT.open_columns}
        rows = [blank | {"account_key": key, "account_id": id_, "kind": "bank_account", "stub": False} for key, id_ in self.ids.items()]
        table = pa.Table.from_pylist(rows, ACCOUNT.open_schema())
        return table.select(columns) if columns else table


def account(number: int) -> tuple[int, str]:
    """Key and id of an invented account."""
    digest = hashlib.blake2b(str(number).encode(), digest_size=16).digest()
    return to_key(digest), to_id(Realm.ACCOUNT, digest)


def accounts(count: int) -> dict[int, str]:
    return dict(account(number) for number in range(count))


def transfer(number: int, src: int, dst: int, ts_us: int, *, amount: int | None = 100, currency="USD", time_known=True) -> Transfer:
    """A transfer between accounts by their number; its id follows from `number` and has nothing to do with time."""
    return Transfer(
        hashlib.blake2b(f"t{number}".encode(), digest_size=16).digest(),
        account(src)[0],
        account(dst)[0],
        ts_us,
        time_known,
        amount,
        currency,
    )


def world(count: int, transfers, **about) -> World:
    return World(accounts(count), tuple(transfers), **about)


@st.composite
def worlds(draw, *, most_accounts=6, most_transfers=24, currencies=CURRENCIES) -> World:
    """Few accounts and few instants, so that parallel transfers, self-loops, ties and date-only rows meet all the time."""
    count = draw(st.integers(1, most_accounts))
    held = draw(st.lists(st.sampled_from(currencies), min_size=1, max_size=len(currencies), unique=True))
    who = st.integers(0, count - 1)
    rows = draw(
        st.lists(
            st.tuples(who, who, st.integers(0, 60), st.booleans(), st.none() | st.integers(0, 5), st.sampled_from(held)),
            max_size=most_transfers,
        )
    )
    return world(
        count,
        [
            transfer(number, src, dst, hour * HOUR_US if known else hour // 24 * DAY_US, amount=amount, currency=currency, time_known=known)
            for number, (src, dst, hour, known, amount, currency) in enumerate(rows)
        ],
    )
