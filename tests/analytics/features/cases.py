"""Small cases drawn at the edges: instants at the ends of windows, ties, transfers to oneself, dates alone, unknown values.

Many cases lie side by side in one world, each with accounts of its own, so that one run of the SQL answers all of them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import duckdb
import numpy as np
import pyarrow as pa

from bakau.protection import ProtectionSet
from bakau.times import DAY_US, HOUR_US
from bakau_analytics.features.plan import Clock
from bakau_analytics.flow import BEGINNING_US, build_flow
from bakau_graph.scratch import connect_scratch

AS_OF = 20_000 * DAY_US
WHOLE = Clock(as_of_us=AS_OF)
A_DAY = Clock(as_of_us=AS_OF, since_us=AS_OF - DAY_US)
SPANS = [HOUR_US, DAY_US, 7 * DAY_US, 20 * DAY_US, 30 * DAY_US, 60 * DAY_US, 90 * DAY_US]
EDGES = [0, 0, 1, 90_000_000, *(span + step for span in SPANS for step in (-1, 0, 1))]
SHORT = [0, 0, 1, 1_999_999, 60_000_000, *(span + step for span in SPANS[:3] for step in (-1, 0, 1))]
AMOUNTS = [None, 1, 100, 999, 1000, 1001, 2000, 3000, 10**12 - 1, 10**12, 3 * 10**12 + 7]
CHANNELS = ["bank", "card", "remittance", "e_wallet", "crypto", "gift_card", "platform", "cash"]
OPENED = [None, AS_OF + 1, AS_OF, AS_OF - 1, AS_OF - DAY_US, AS_OF - 90 * DAY_US - 1, AS_OF - 90 * DAY_US, AS_OF - 90 * DAY_US + 1]
MOMENTS = [None, AS_OF - 1, AS_OF, AS_OF + 1]
#: Accounts of one case are numbered from case * STRIDE.
STRIDE = 100


@dataclass(frozen=True)
class Payment:
    """One transfer, as the view `transfer` says it."""

    src: int
    dst: int
    ts: int
    timed: bool = True
    hour: int | None = None
    amount: int | None = 100
    currency: str = "XXX"
    channel: str = "bank"
    src_country: str | None = None
    dst_country: str | None = None
    src_outlet: str | None = None
    dst_outlet: str | None = None
    status: str = "settled"

    @property
    def known(self) -> int:
        return self.ts if self.timed else self.ts + DAY_US - 1


@dataclass
class Case:
    """What one case knows."""

    payments: list[Payment]
    accounts: dict[int, tuple[int | None, str | None]]
    parties: dict[int, str | None] = field(default_factory=dict)
    holdings: list[tuple[int, int, int | None, int | None]] = field(default_factory=list)
    exposed: list[tuple[int, int]] = field(default_factory=list)
    members: list[tuple[int, int]] = field(default_factory=list)
    protected: set[int] = field(default_factory=set)


def draw_case(random_: random.Random, number: int, *, first_us: int = BEGINNING_US) -> Case:
    """One case; few accounts, so that they meet often. `first_us`: no payment before it."""
    own = [number * STRIDE + place for place in range(1, random_.choice([3, 4, 5, 6]))]
    edges = random_.choice([EDGES, EDGES, SHORT])
    kind = random_.random()
    payments = _walk(random_, own, edges) if kind < 0.5 else _edge(random_, own) if kind < 0.96 else _hub(random_, number)
    return Case(
        payments=[payment for payment in payments if payment.ts >= first_us],
        accounts={
            key: (random_.choice(OPENED), random_.choice([None, "BANK1", "BANK2"]))
            for key in sorted({end for p in payments for end in (p.src, p.dst)} | set(own))
        },
        parties={number * STRIDE + place: random_.choice([None, "0", "1", "2", "3", "4", "full"]) for place in range(3)},
        holdings=sorted(
            {
                (number * STRIDE + random_.randrange(4), random_.choice(own)): (random_.choice(MOMENTS), random_.choice(MOMENTS))
                for _ in range(4)
            }.items()
        ),
        exposed=sorted({(random_.choice(own), random_.randrange(1, 5)) for _ in range(2)}),
        members=sorted({(number * STRIDE + random_.randrange(2), random_.choice(own)) for _ in range(4)}),
        protected={random_.choice(own)} if random_.random() < 0.2 else set(),
    )


def _walk(random_: random.Random, own: list[int], edges: list[int]) -> list[Payment]:
    """Back from the scored instant, or a little after it, in steps of the edges."""
    now = AS_OF + random_.choice([0, 0, 1, DAY_US - 1, DAY_US, -DAY_US + 1, -DAY_US])
    countries, outlets = random_.choice([[None, "PH", "AU"], ["PH", "AU", "ID"]]), [None, "A", "B"]
    currencies = random_.choice([["XXX"], ["XXX", "PHP"], ["EUR", "PHP", "XXX"]])
    all_timed = random_.random() < 0.5
    payments = []
    for _ in range(random_.randrange(1, 16)):
        timed = all_timed or random_.random() < 0.7
        payments.append(
            Payment(
                random_.choice(own), random_.choice(own), now, timed, random_.choice([None, 0, 5, 6, 21, 22, 23, 12]) if timed else None,
                random_.choice(AMOUNTS), random_.choice(currencies), random_.choice(CHANNELS), random_.choice(countries), random_.choice(countries),
                random_.choice(outlets), random_.choice(outlets), random_.choice(["settled"] * 12 + ["failed", "initiated"]),
            )
        )  # fmt: skip
        now -= random_.choice(edges)
    return payments


def _edge(random_: random.Random, own: list[int]) -> list[Payment]:
    """Two crowds of payments, one span and a microsecond more or less apart, the later one at the scored instant or the start of its day."""
    span, late = random_.choice(SPANS), AS_OF - random_.choice([0, 0, 1, 7 * DAY_US, DAY_US - 1, DAY_US - 2, DAY_US])
    currency, all_timed, ends = random_.choice(["XXX", "PHP"]), random_.random() < 0.7, own[: random_.choice([2, 3])]
    return [
        Payment(
            *random_.sample(ends, 2), late - random_.choice([-2, -1, 0, 0, 1, 2, span - 1, span, span, span + 1, span + 2]),
            all_timed or random_.random() < 0.5, amount=random_.choice([100, 200, 400, 800]), currency=currency,
        )
        for _ in range(random_.randrange(2, 12))
    ]  # fmt: skip


def _hub(random_: random.Random, number: int) -> list[Payment]:
    """One sender that pays as many accounts as a shared sender may, or one more; others that share some of them."""
    first, ends = number * STRIDE + 10, random_.choice([29, 30, 31])
    payments = [Payment(first, first + 1 + place, AS_OF - place) for place in range(ends)]
    return payments + [Payment(first + 50, first + 1 + random_.randrange(ends), AS_OF - random_.randrange(9)) for _ in range(3)]


def connect(cases: list[Case], *, shuffle: random.Random | None = None) -> tuple[duckdb.DuckDBPyConnection, ProtectionSet, np.ndarray]:
    """All cases in one connection, as a snapshot would show them; in another row order where `shuffle` is given."""
    payments = [payment for case in cases for payment in case.payments]
    holdings = [(party, account, *times) for case in cases for (party, account), times in case.holdings]
    if shuffle:
        shuffle.shuffle(payments)
        shuffle.shuffle(holdings)
    connection = connect_scratch(threads=1)
    keys = [key for case in cases for key in case.accounts]
    facts = [fact for case in cases for fact in case.accounts.values()]
    protected = sorted(key for case in cases for key in case.protected)
    ints = pa.int64()
    connection.register("transfer", transfer_table(payments))
    connection.register(
        "account",
        pa.table(
            {
                "account_key": pa.array(keys, ints),
                "opened_us": pa.array([f[0] for f in facts], ints),
                "institution_id": pa.array([f[1] for f in facts], pa.string()),
            }
        ),
    )
    parties = [entry for case in cases for entry in case.parties.items()]
    connection.register(
        "party",
        pa.table({"party_key": pa.array([p[0] for p in parties], ints), "kyc_level": pa.array([p[1] for p in parties], pa.string())}),
    )
    connection.register(
        "holding",
        pa.table(
            {
                name: pa.array([h[place] for h in holdings], ints)
                for place, name in enumerate(("party_key", "account_key", "since_us", "until_us"))
            }
        ),
    )
    for name, columns, rows in (
        ("exposed", ("account_key", "slot"), [e for case in cases for e in case.exposed]),
        ("member", ("network_key", "account_key"), [m for case in cases for m in case.members]),
        ("protected_subject", ("key",), [(key * 1,) for key in protected_parties(cases)]),
    ):
        connection.register(
            f"{name}_rows", pa.table({column: pa.array([row[place] for row in rows], ints) for place, column in enumerate(columns)})
        )
        extra = ", 'party' AS realm" if name == "protected_subject" else ""
        connection.execute(f"CREATE TEMPORARY TABLE {name} AS SELECT *{extra} FROM {name}_rows")
    build_flow(connection)
    none = np.empty(0, np.int64)
    return (
        connection,
        ProtectionSet.build(
            protected_accounts=np.array(protected, np.int64), protected_parties=none, adult_accounts=none, adult_parties=none
        ),
        np.array(sorted(keys), np.int64),
    )


def protected_parties(cases: list[Case]) -> list[int]:
    """The first party of a case with a protected account."""
    return [min(case.parties) for case in cases if case.protected and case.parties]


def transfer_table(payments: list[Payment]) -> pa.Table:
    """The view `transfer`, in the order given."""

    def column(name: str, kind: pa.DataType) -> pa.Array:
        return pa.array([getattr(payment, name) for payment in payments], kind)

    text = pa.string()
    return pa.table(
        {
            "transfer_id": pa.array([place.to_bytes(16, "big") for place in range(len(payments))], pa.binary()),
            "src_key": column("src", pa.int64()), "dst_key": column("dst", pa.int64()), "ts_us": column("ts", pa.int64()),
            "time_known": column("timed", pa.bool_()), "local_hour": column("hour", pa.int8()), "amount_minor": column("amount", pa.int64()),
            "currency": column("currency", text), "channel": column("channel", text), "status": column("status", text),
            "src_country": column("src_country", text), "dst_country": column("dst_country", text),
            "src_outlet": column("src_outlet", text), "dst_outlet": column("dst_outlet", text),
        }
    )  # fmt: skip
