"""A small town in an archive: accounts by name, payments by name, rings that the common pack must notice."""

from __future__ import annotations

import pyarrow as pa

from bakau.ids import Realm
from bakau.model import ProtectionState
from bakau.times import DAY_US, HOUR_US
from bakau_graph.archive import Archive, BatchIdentity

START_US = 1_700_000_000_000_000
SCHEME = "local:training"


class Town:
    """An archive that tests fill by name; every load is a batch of its own."""

    def __init__(self, path):
        self.archive = Archive.create(path)
        self.loads = 0

    def keys(self, names):
        return self.archive.surrogate_key.surrogates(Realm.ACCOUNT, SCHEME, pa.array(list(names), pa.string())).keys.to_pylist()

    def key(self, name):
        return self.keys([name])[0]

    def pay(self, payments, **stated):
        """Load payments (src, dst, hours since the start, minor units); `stated` are columns that are alike on all. Returns the batch id."""
        self.loads += 1
        payments = list(payments)
        names = sorted({name for src, dst, _, _ in payments for name in (src, dst)})
        made = self.archive.surrogate_key.surrogates(Realm.ACCOUNT, SCHEME, pa.array(names))
        identity = BatchIdentity("training", f"{self.loads:064d}", "m" * 64, "test/1")
        with self.archive.begin_batch(identity, file_name="town.csv") as batch:
            stubs = {
                "account_key": made.keys,
                "account_id": made.ids,
                "scheme": [SCHEME] * len(names),
                "number": names,
                "stub": [True] * len(names),
                "record": [1] * len(names),
            }
            batch.append("account", pa.table(stubs), records=False)
            batch.count(received=len(payments))
            rows = {
                "ts_us": [START_US + int(hours * HOUR_US) for _, _, hours, _ in payments],
                "time_known": [True] * len(payments),
                "src_key": self.keys(src for src, _, _, _ in payments),
                "dst_key": self.keys(dst for _, dst, _, _ in payments),
                "amount_minor": [amount for _, _, _, amount in payments],
                "currency": ["XXX"] * len(payments),
                "channel": ["bank"] * len(payments),
                "status": ["settled"] * len(payments),
                "record": list(range(2, 2 + len(payments))),
            }
            batch.append("transfer", pa.table(rows | {name: [value] * len(payments) for name, value in stated.items()}))
            return batch.commit().batch_id

    def protect(self, *names):
        self.archive.protect(self.keys(names), realm=Realm.ACCOUNT, state=ProtectionState.PROTECTED, basis="test")


def ring(name, *, receivers=2, senders=12, hours=0, each=4):
    """Receivers paid by the same senders, several times within a day, who pass nearly all of it on to one collector."""
    payments = []
    for receiver in range(receivers):
        for sender in range(senders):
            payments += [(f"{name}-s{sender}", f"{name}-r{receiver}", hours + sender * 5 + part, 5_000 + part) for part in range(each)]
        payments.append((f"{name}-r{receiver}", f"{name}-c", hours + senders * 5 + 6, 4_900 * senders * each))
    return payments


def ordinary(count=40):
    """People who pay each other once a week at most, never the same person twice in a day."""
    return [
        (f"o{i}", f"o{(i * 7 + step * 11 + 1) % count}", 24 * 7 * step + i % 24, 10_000 + 317 * i)
        for step in range(4)
        for i in range(count)
    ]


DAY_HOURS = DAY_US // HOUR_US
