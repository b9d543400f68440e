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
    "review": "in review: no suspect",
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

#: How a referral stands; only a person settles a review.
STANDINGS: Mapping[str, str] = {"protected": "protected", "age_unknown": "in review"}
SETTLED: Mapping[str, str] = {"settled_adult": "an adult", "settled_protected": "protected"}
#: What follows when the holder of an account in review is settled as that.
SETTLING: Mapping[str, str] = {
    "adult_known": "The account leaves this list at once. From the next analysis on it may carry points and be named as a suspect, as every adult's account.",
    "protected": "The account carries no points and is never named, from now on. It stays a referral. From the next analysis on whoever empties it may be named.",
}

#: The pack that every other one stands on.
COMMON = "common"
#: How far a rule came.
RULE_STATES: Mapping[str, str] = {"active": "in force", "off": "off", "shadow": "in shadow", "draft": "draft"}
STATE_WORDS: Mapping[str, str] = {
    "active": "it adds points and opens findings",
    "off": "it speaks only where a pack switches it on",
    "shadow": "it is counted; it adds no points and opens nothing",
    "draft": "it is tried on its own cases and in replays; nothing else looks at it",
}
#: What a move of a proposal does, as its button says it, and what follows.
MOVES: Mapping[str, str] = {
    "draft": "Back to draft",
    "shadow": "Put in shadow",
    "active": "Put in force",
    "off": "Switch off",
}
FOLLOWS: Mapping[str, str] = {
    "draft": "tried and no longer counted",
    "shadow": "counted from now on, opens nothing; its own cases must hold",
    "active": "opens findings from the next analysis on; a second person does it, or it is recorded that one did it alone",
    "off": "gone from the rules; where a pack has one of that id, that one is in force again",
}
#: What the newest run saw with a rule; nothing where it did not look with it.
OUTCOMES: Mapping[str, str] = {"hit": "hits", "no_hit": "no hit", "not_evaluable": "cannot be looked at", "": "not looked at"}
GRADES: Mapping[str, str] = {"V": "V read", "S": "S seed", "M": "M measured", "K": "K known", "D": "D default of ours"}
RULE_CLASSES: Mapping[str, str] = {
    "T": "transfers", "G": "the graph", "K": "customer facts", "X": "texts", "D": "devices", "E": "external lists",
}  # fmt: skip
COMPARED: Mapping[str, str] = {"new": "new", "gone": "gone", "same": "the same"}

AGE_UNKNOWN = "age not known: establish before naming"
CHANGES: Mapping[str, str] = {"new": "new", "changed": "changed", "gone": "gone", "": "as before"}
DIRECTIONS: Mapping[str, str] = {"both": "both ways", "in": "who pays it", "out": "whom it pays"}
ORDERS: Mapping[str, str] = {"newest": "newest first", "largest": "largest first"}

#: Fields of a mapping whose names say little.
FIELDS: Mapping[str, str] = {"ts": "time (ts)", "src": "payer (src)", "dst": "payee (dst)"}


def call(words: Mapping[str, str], code: object) -> str:
    """The word for a code; the code itself when there is none, nothing for null."""
    return "" if code is None else words.get(str(code), str(code))
