"""What codes are called on the screen: one place, so that a page says the same as the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROLES: Mapping[str, str] = {
    "consumer": "consumer",
    "facilitator": "facilitator",
    "perpetrator": "perpetrator",
    "mule": "mule",
    "network": "part of the network",
}

PARTS: Mapping[str, str] = {
    "subject": "subject",
    "context": "context",
    "start": "start",
    "lead": "lead: signal, not proof",
    "neighbour": "neighbour",
}

#: Reasons that are no rule of a pack.
REASONS: Mapping[str, str] = {
    "isolation_forest": "unusual among all accounts (model; orders, opens nothing)",
    "tied_by_transfers": "subjects that paid each other",
    "tied_by_common_senders": "subjects paid by the same accounts",
    "tied_through_protected": "subjects joined by money through a protected account",
}

#: Why a finding may still be happening; they order the queue and add no points.
URGENCY: Mapping[str, str] = {
    "paid_last_7_days": "paid in the last 7 days",
    "paid_last_30_days": "paid in the last 30 days",
    "rising_cadence": "more often than before",
    "new_receivers": "new receivers",
    "travel_after_payments": "tickets after payments",
    "reachable_institution": "an institution that can act",
}

AGE_UNKNOWN = "age not known: establish before naming"
CHANGES: Mapping[str, str] = {"new": "new", "changed": "changed", "gone": "gone", "": "as before"}
DIRECTIONS: Mapping[str, str] = {"both": "both ways", "in": "who pays it", "out": "whom it pays"}
ORDERS: Mapping[str, str] = {"newest": "newest first", "largest": "largest first"}

#: Fields of a mapping whose names say little.
FIELDS: Mapping[str, str] = {"ts": "time (ts)", "src": "payer (src)", "dst": "payee (dst)"}


def call(words: Mapping[str, str], code: object) -> str:
    """The word for a code; the code itself when there is none, nothing for null."""
    return "" if code is None else words.get(str(code), str(code))
