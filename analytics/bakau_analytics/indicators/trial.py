"""Runs a rule's own cases: the positive, negative and not-evaluable examples that stand beside it in the pack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau.protection import ProtectionSet
from bakau.times import to_us
from bakau_analytics.indicators.engine import evaluate
from bakau_analytics.indicators.pack import PackSet
from bakau_graph.scratch import connect_scratch

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


def run_cases(rule: Rule) -> list[Trial]:
    """Evaluate every case of a rule on its own little flow."""
    return [Trial(rule.id, case.title, case.expect, _evaluate_case(rule, case)) for case in rule.cases]


def _evaluate_case(rule: Rule, case: Case) -> str:
    keys = number_accounts(case)
    protected = np.array([keys[name] for name in case.protected], np.int64)
    none = np.empty(0, np.int64)
    protection = ProtectionSet.build(protected_accounts=protected, protected_parties=none, adult_accounts=none, adult_parties=none)
    with connect_scratch(threads=1) as connection:
        for name, table in build_facts(case).items():
            connection.register(f"case_{name}", table)
            connection.execute(f"CREATE TEMPORARY {'TABLE' if name == 'flow' else 'VIEW'} {name} AS SELECT * FROM case_{name}")
        hits = evaluate(connection, PackSet((rule,)), protection.scorable(np.array(list(keys.values()), np.int64)))
    rows = hits.to_pylist()
    if any(row["state"] == "hit" and row["account_key"] == keys[case.account] for row in rows):
        return "hit"
    return "not_evaluable" if any(row["state"] == "not_evaluable" for row in rows) else "no_hit"


def number_accounts(case: Case, start: int = 0) -> dict[str, int]:
    """The account keys of a case by name, from `start` + 1 on."""
    ends = {end for payment in case.payments for end in (payment.src, payment.dst)}
    names = sorted(ends | {case.account} | set(case.tags) | set(case.contacts))
    return {name: start + place for place, name in enumerate(names, start=1)}


def build_facts(case: Case, start: int = 0) -> dict[str, pa.Table]:
    """All that a rule reads, by the name of the table, as a case states it; every key and transfer id lies above `start`."""
    keys = number_accounts(case, start)
    owners = {name: place for place, name in enumerate(sorted(set(case.owners.values())), start=start + len(keys) + 1)}
    kinds = case.kinds | dict.fromkeys(case.merchants, "merchant")
    said = {"kind": kinds, "institution_id": case.institutions, "status": case.states, "mcc": {}}
    opened = pa.array([instant_of(case.opened[name]) if name in case.opened else None for name in keys], pa.int64())
    stated = {column: pa.array([values.get(name) for name in keys], pa.string()) for column, values in said.items()}
    held_by_itself = {*(name for pair in case.kin for name in pair), *case.tiers}
    holders = {name: keys[name] for name in held_by_itself} | {name: owners[owner] for name, owner in case.owners.items()}
    held = [{"party_key": holder, "account_key": keys[name], "role": "owner"} for name, holder in sorted(holders.items())]
    kin = [{"subject_key": holders[one], "object_key": holders[other], "kind": "kin"} for one, other in case.kin]
    tiers = [{"party_key": holders[name], "kyc_level": tier} for name, tier in sorted(case.tiers.items())]
    shown = [(keys[name], tag) for name, tags in sorted(case.tags.items()) if name not in case.protected for tag in tags]
    tagged = [{"subject_key": key, "subject_realm": "account", "concept": tag, "giver": "giver"} for key, tag in shown]
    paid = list(enumerate(case.payments, start))
    texts = [{"transfer_id": _name(place), "tokens": " ".join(payment.words) or None} for place, payment in paid]
    return {
        "flow": pa.Table.from_pylist([_row(place, payment, keys) for place, payment in paid], _SCHEMA),
        "protected_account": pa.table({"account_key": pa.array([keys[name] for name in case.protected], pa.int64())}),
        "account": pa.table({"account_key": pa.array(keys.values(), pa.int64()), "opened_us": opened, **stated}),
        "holding": pa.Table.from_pylist(held, _HOLDING),
        "relation": pa.Table.from_pylist(kin, _RELATION),
        "party": pa.Table.from_pylist(tiers, _PARTY),
        "raw_identifier": pa.Table.from_pylist(_contacts(case, keys, start), _CONTACT),
        "shown_tag": pa.Table.from_pylist(tagged, _TAG),
        "transfer": pa.Table.from_pylist(texts, _TEXTS),
    }


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
        "channel": pa.string(),
        "src_country": pa.string(),
        "dst_country": pa.string(),
        "dst_outlet": pa.string(),
    }
)
_HOLDING = pa.schema({"party_key": pa.int64(), "account_key": pa.int64(), "role": pa.string()})
_RELATION = pa.schema(
    {"subject_key": pa.int64(), "object_key": pa.int64(), "kind": pa.string(), "subject_realm": pa.string(), "object_realm": pa.string()}
)
_PARTY = pa.schema({"party_key": pa.int64(), "kyc_level": pa.string()})
_CONTACT = pa.schema({"kind": pa.string(), "identifier_key": pa.int64(), "party_key": pa.int64(), "account_key": pa.int64()})
_TEXTS = pa.schema({"transfer_id": pa.binary(), "tokens": pa.string()})
_TAG = pa.schema({"subject_key": pa.int64(), "subject_realm": pa.string(), "concept": pa.string(), "giver": pa.string()})


def instant_of(at: str) -> int:
    """Microseconds of what a case writes: a date alone, or a time, in UTC where it says no other zone."""
    moment = datetime.fromisoformat(at)
    return to_us(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _contacts(case: Case, keys: dict[str, int], start: int) -> list[dict[str, object]]:
    """The identifiers of a case; each kind and name is one, whatever accounts it reaches."""
    numbers = {
        contact: place for place, contact in enumerate(sorted({contact for found in case.contacts.values() for contact in found}), start)
    }
    return [
        {"kind": contact.split(":")[0], "identifier_key": numbers[contact], "account_key": keys[name]}
        for name, found in sorted(case.contacts.items())
        for contact in found
    ]


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
        "channel": payment.channel,
        "src_country": payment.src_country,
        "dst_country": payment.dst_country,
        "dst_outlet": payment.dst_outlet,
    }
