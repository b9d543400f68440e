"""Runs the victim rules' own cases, each on its own little flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from bakau_analytics.indicators.trial import Trial, instant_of
from bakau_analytics.referrals.detect import evaluate_rules
from bakau_analytics.referrals.pack import VictimPack
from bakau_graph.scratch import connect_scratch

if TYPE_CHECKING:
    from bakau_analytics.referrals.pack import VictimCase, VictimPayment, VictimRule

_FLOW = pa.schema(
    {
        "transfer_id": pa.binary(), "src": pa.int64(), "dst": pa.int64(), "ts_us": pa.int64(), "channel": pa.string(), "src_country": pa.string(),
        "dst_country": pa.string(), "batch_id": pa.string(),
    }
)  # fmt: skip
_TIED = pa.schema({"one": pa.int64(), "other": pa.int64(), "same_holder": pa.bool_()})


def run_cases(rule: VictimRule) -> list[Trial]:
    """What each case expects and what the rule said."""
    return [Trial(rule.id, case.title, case.expect, _evaluate(rule, case)) for case in rule.cases]


def _evaluate(rule: VictimRule, case: VictimCase) -> str:
    names = sorted({name for payment in case.payments for name in (payment.src, payment.dst)} | {case.account, *case.opened})
    keys = {name: place + 1 for place, name in enumerate(names)}
    kinds = pa.array(["merchant" if name in case.merchants else None for name in names], pa.string())
    opened = pa.array([instant_of(case.opened[name]) if name in case.opened else None for name in names], pa.int64())
    pairs = [(keys[a], keys[b]) for one, other in case.same_holder for a, b in ((one, other), (other, one))]
    tables = {
        "flow": pa.Table.from_pylist([_row(place, payment, keys) for place, payment in enumerate(case.payments)], _FLOW),
        "tied": pa.Table.from_pylist([{"one": one, "other": other, "same_holder": True} for one, other in pairs], _TIED),
        "account": pa.table(
            {"account_key": list(keys.values()), "kind": kinds, "mcc": pa.nulls(len(names), pa.string()), "opened_us": opened}
        ),
        "referable_account": pa.table(
            {"account_key": pa.array([keys[name] for name in case.protected], pa.int64()), "is_protected": [True] * len(case.protected)},
            schema=pa.schema({"account_key": pa.int64(), "is_protected": pa.bool_()}),
        ),
    }
    with connect_scratch(threads=1) as connection:
        for name, table in tables.items():
            connection.register(name, table)
        found = evaluate_rules(connection, VictimPack((rule,), ()))
    return "sign" if keys[case.account] in found["account_key"].to_pylist() else "no_sign"


def _row(place: int, payment: VictimPayment, keys: dict[str, int]) -> dict[str, object]:
    return {
        "transfer_id": place.to_bytes(16, "big"), "src": keys[payment.src], "dst": keys[payment.dst], "ts_us": instant_of(payment.at), "channel": payment.channel,
        "src_country": payment.src_country, "dst_country": payment.dst_country, "batch_id": "case",
    }  # fmt: skip
