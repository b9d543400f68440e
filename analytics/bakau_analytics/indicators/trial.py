"""Runs a rule's own cases: the positive, negative and not-evaluable examples that stand beside it in the pack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa

from bakau.protection import ProtectionSet
from bakau.times import to_us
from bakau_analytics.indicators.engine import evaluate
from bakau_analytics.indicators.pack import PackSet

if TYPE_CHECKING:
    from bakau_analytics.indicators.pack import Case, Payment, Rule


@dataclass(frozen=True, slots=True)
class Trial:
    """What a case expects and what the rule said."""

    rule: str
    title: str
    expected: str
    found: str

    @property
    def passed(self) -> bool:
        """True when they agree."""
        return self.expected == self.found


_TEXTS = pa.schema({"transfer_id": pa.binary(), "tokens": pa.string()})


def run_cases(rule: Rule) -> list[Trial]:
    """Evaluate every case of a rule on its own little flow."""
    return [Trial(rule.id, case.title, case.expect, _evaluate_case(rule, case)) for case in rule.cases]


def _evaluate_case(rule: Rule, case: Case) -> str:
    names = sorted({payment.src for payment in case.payments} | {payment.dst for payment in case.payments} | {case.account})
    keys = {name: place + 1 for place, name in enumerate(names)}
    protected = np.array([keys[name] for name in case.protected], np.int64)
    none = np.empty(0, np.int64)
    protection = ProtectionSet.build(protected_accounts=protected, protected_parties=none, adult_accounts=none, adult_parties=none)
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register(
            "case_flow", pa.Table.from_pylist([_row(place, payment, keys) for place, payment in enumerate(case.payments)], _SCHEMA)
        )
        connection.execute("CREATE TEMPORARY TABLE flow AS SELECT * FROM case_flow")
        connection.register("protected_account", pa.table({"account_key": protected}))
        kinds = pa.array(["merchant" if name in case.merchants else None for name in names], pa.string())
        connection.register(
            "account", pa.table({"account_key": list(keys.values()), "kind": kinds, "mcc": pa.nulls(len(names), pa.string())})
        )
        for table, rows in _ties(case, keys).items():
            connection.register(table, rows)
        texts = [{"transfer_id": _name(place), "tokens": " ".join(payment.words) or None} for place, payment in enumerate(case.payments)]
        connection.register("transfer", pa.Table.from_pylist(texts, _TEXTS))
        hits = evaluate(connection, PackSet((rule,)), protection.scorable(np.array(list(keys.values()), np.int64)))
    rows = hits.to_pylist()
    if any(row["state"] == "hit" and row["account_key"] == keys[case.account] for row in rows):
        return "hit"
    return "not_evaluable" if any(row["state"] == "not_evaluable" for row in rows) else "no_hit"


_SCHEMA = pa.schema(
    {
        "transfer_id": pa.binary(),
        "src": pa.int64(),
        "dst": pa.int64(),
        "ts_us": pa.int64(),
        "time_known": pa.bool_(),
        "local_hour": pa.int8(),
        "amount": pa.int64(),
        "currency": pa.string(),
        "src_country": pa.string(),
        "dst_country": pa.string(),
    }
)


def _ties(case: Case, keys: dict[str, int]) -> dict[str, pa.Table]:
    """Everybody holds one account, numbered alike; a shared holder holds both; kin are the holders of two accounts."""
    held = [(key, key) for key in keys.values()] + [(keys[one], keys[other]) for one, other in case.same_holder]
    kin = [(keys[one], keys[other]) for one, other in case.kin]
    return {
        "holding": pa.table(
            {name: pa.array([pair[end] for pair in held], pa.int64()) for end, name in enumerate(("party_key", "account_key"))}
        ),
        "relation": pa.table(
            {name: pa.array([pair[end] for pair in kin], pa.int64()) for end, name in enumerate(("subject_key", "object_key"))}
            | {"kind": pa.repeat(pa.scalar("kin"), len(kin))}
        ),
    }


def instant_of(at: str) -> int:
    """Microseconds of what a case writes: a date alone, or a time, in UTC where it says no other zone."""
    moment = datetime.fromisoformat(at)
    return to_us(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _name(place: int) -> bytes:
    return place.to_bytes(16, "big")


def _row(place: int, payment: Payment, keys: dict[str, int]) -> dict[str, object]:
    return {
        "transfer_id": _name(place),
        "src": keys[payment.src],
        "dst": keys[payment.dst],
        "ts_us": instant_of(payment.at),
        "time_known": "T" in payment.at or " " in payment.at,
        "local_hour": payment.hour,
        "amount": payment.amount,
        "currency": payment.currency,
        "src_country": payment.src_country,
        "dst_country": payment.dst_country,
    }
