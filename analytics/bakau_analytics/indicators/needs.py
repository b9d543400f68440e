"""What a rule needs to be looked at at all, held against what there is: the third answer, *not evaluable*, and its words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau_analytics.indicators.pack import key_of

if TYPE_CHECKING:
    from bakau_analytics.indicators.pack import Rule

#: How it begins what a rule says that was not evaluated because of a defect.
FAILED = "the detector failed"
#: A column for people.
COLUMN_WORDS = {
    "amount": "amount",
    "currency": "currency",
    "time_known": "time of day",
    "local_hour": "sender's local hour",
    "src_country": "country of the sender",
    "dst_country": "country of the receiver",
    "dst_outlet": "outlet that paid the cash out",
    "dst_kind": "kind of the receiver's account",
    "src_institution": "institution of the sender's account",
    "dst_institution": "institution of the receiver's account",
    "src_owner": "owner of the sender's account",
    "dst_owner": "owner of the receiver's account",
    "src_status": "state of the sender's account",
    "dst_opened": "opening day of the receiver's wallet",
    "dst_tier": "tier of the holder of the receiver's wallet",
    "dst_contact": "phone, document, address or device of the receiver",
    "tokens": "a payment text with a listed word in it",
}


def find_missing(rule: Rule, coverage: dict[str, int]) -> str:
    """What the rule needs and part of the transfers lack, and lists nobody gave, in words; empty when everything is there."""
    everything = coverage["transfers"]
    lacking = [(name, everything - coverage[name]) for name in rule.needs if coverage[name] < everything]
    words = [f"{COLUMN_WORDS[name]} not known on {count:,} of {everything:,} transfers" for name, count in lacking]
    return "; ".join(words + [f"no list {name} was given" for name in rule.lists if not coverage[key_of(name)]])


def is_blind(rule: Rule, coverage: dict[str, int]) -> bool:
    """True when a column the rule needs is known on no transfer at all, or none of its lists was given."""
    listless = bool(rule.lists) and not any(coverage[key_of(name)] for name in rule.lists)
    return listless or any(coverage[name] == 0 for name in rule.needs)
