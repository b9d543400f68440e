"""What each detector looks at: which payments of an account, and which of their columns. So it can be said where a rule could not look.

A detector that is not listed here is taken to look at everything around an account.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bakau_analytics.indicators.pack import Rule

Columns = frozenset[str]
#: Columns of a payment that may be unknown, as `bakau_analytics.flow.KNOWN` names them.
PAYMENT = ("amount", "currency", "time_known", "local_hour", "src_country", "dst_country")
#: What may be unknown at its ends: of an outlet, or of the account there and who holds it.
ENDS = (
    "dst_outlet", "dst_kind", "src_institution", "dst_institution", "src_owner", "dst_owner", "src_status", "dst_opened", "dst_tier", "dst_contact",
)  # fmt: skip
#: All of them, in the order of the bits of a mask.
COLUMNS = (*PAYMENT, *ENDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Columns read of payments that come and that go; an unknown one among them leaves the rule open for the account.

    * `anywhere`: what other accounts it meets or never met are is compared with it (who else has the same holder, the same phone, the same payers), so
      an unknown column on any payment of the data leaves it open.
    * `around`: the same columns are read of the payments of its counterparties; `swept`: of the protected accounts it empties.
    * `own`: false where only those of the accounts it empties are read.
    * `abroad`: a payment that is known to stay in one country is passed over.
    * `grows`: what becomes known can only add to what was seen; then a hit stays one. Not so for times.
    * `silent_without`: the side of an account, ``in`` or ``out``, without which the rule cannot speak at all.
    """

    come: Columns = frozenset()
    gone: Columns = frozenset()
    own: bool = True
    anywhere: bool = False
    around: bool = False
    swept: bool = False
    abroad: bool = False
    grows: bool = False
    silent_without: Literal["in", "out", ""] = ""


TIME = frozenset({"time_known"})
HOUR = frozenset({"local_hour"})
PLACES = frozenset({"src_country", "dst_country"})
MONEY = frozenset({"amount", "currency"})
KIND = frozenset({"dst_kind"})
OWNER = frozenset({"dst_owner", "dst_institution"})
MOVED = frozenset({"src_institution", "src_owner", "src_status"})
WALLET = frozenset({"dst_kind", "dst_opened", "dst_tier"})
CONTACT = frozenset({"dst_contact"})
OUTLET = frozenset({"dst_outlet"})
EVERYTHING = Look(come=frozenset(COLUMNS), gone=frozenset(COLUMNS), around=True, swept=True)

LOOKS: Mapping[str, Look] = {
    "bought_around": Look(gone=PLACES | TIME),
    "bought_then_paid": Look(come=TIME | KIND, gone=MONEY | TIME | KIND),
    "burst_among_many": Look(come=TIME, silent_without="in"),
    "burst_received": Look(come=TIME, silent_without="in"),
    "burst_sent": Look(gone=TIME),
    "card_chain": Look(gone=TIME | KIND, around=True),
    "cash_then_paid": Look(come=TIME, gone=TIME, around=True),
    "circular_flow": Look(come=MONEY | TIME, gone=MONEY | TIME, around=True),
    "co_senders": Look(silent_without="in"),
    "collection_wallet": Look(come=KIND, silent_without="in"),
    "consolidates": Look(come=MONEY | KIND, gone=MONEY),
    "deposit_addresses": Look(gone=MONEY | KIND, around=True),
    "escalating": Look(gone=MONEY | PLACES | TIME, abroad=True),
    "fan_in": Look(come=TIME, silent_without="in"),
    "few_each": Look(come=PLACES, swept=True, abroad=True),
    "fetched_within": Look(come=PLACES | TIME, gone=TIME, swept=True, silent_without="out"),
    "gathered_from_feeders": Look(come=MONEY | KIND, gone=MONEY | KIND, anywhere=True),
    "given_again": Look(own=False, swept=True),
    "known_merchant": Look(),
    "listed_abroad": Look(gone=PLACES, abroad=True),
    "listed_equal_sums": Look(come=MONEY),
    "listed_exposure": Look(come=TIME, gone=TIME, around=True),
    "listed_paid": Look(),
    "listed_words": Look(gone=PLACES | TIME, abroad=True),
    "low_value_corridor": Look(gone=MONEY | PLACES | TIME, abroad=True, grows=True),
    "low_value_received": Look(come=MONEY | PLACES, abroad=True, grows=True, silent_without="in"),
    "many_accounts": Look(come=OWNER, anywhere=True),
    "moved_provider": Look(gone=PLACES | TIME | MOVED | {"dst_owner"}, anywhere=True),
    "moved_senders": Look(come=PLACES | TIME, anywhere=True, swept=True),
    "night": Look(gone=HOUR),
    "night_received": Look(come=HOUR | PLACES, swept=True, abroad=True),
    "odd_outlet": Look(come=frozenset(PAYMENT) | OUTLET, anywhere=True),
    "onward_abroad": Look(come=TIME, gone=PLACES | TIME),
    "onward_crypto": Look(come=MONEY | TIME, gone=MONEY | TIME),
    "organiser": Look(come=PLACES | TIME, around=True, swept=True),
    "paid_at_home": Look(come=PLACES, swept=True),
    "paid_on_chain": Look(come=KIND),
    "pass_through": Look(come=MONEY | TIME, gone=MONEY | TIME, around=True, silent_without="out"),
    "payer_run": Look(come=PLACES | TIME, swept=True, abroad=True),
    "payer_share": Look(come=PLACES, swept=True, abroad=True),
    "periodic_payers": Look(come=MONEY | TIME),
    "price_list": Look(come=MONEY | PLACES, swept=True, abroad=True),
    "price_points": Look(come=MONEY, silent_without="in"),
    "quick_cash_out": Look(come=MONEY | TIME, gone=MONEY | TIME, silent_without="out"),
    "regular_pairs": Look(come=TIME, gone=TIME, silent_without="out"),
    "redeemed_abroad": Look(come=PLACES | TIME | KIND, around=True),
    "rotated_addresses": Look(come=KIND, around=True),
    "round_sent": Look(gone=MONEY | PLACES, abroad=True),
    "series_that_stop": Look(come=MONEY | TIME),
    "shared_contact_receivers": Look(come=PLACES | TIME | CONTACT, anywhere=True, swept=True, abroad=True),
    "shared_contact_ring": Look(come=CONTACT, anywhere=True),
    "shared_hubs": Look(come=PLACES, anywhere=True, swept=True),
    "shared_with_fetchers": Look(come=PLACES | TIME, gone=TIME, anywhere=True, swept=True),
    "short_gaps": Look(gone=MONEY | PLACES | TIME, abroad=True, grows=True),
    "short_life": Look(come=TIME, gone=TIME),
    "small_start": Look(come=MONEY | TIME),
    "spent_after": Look(come=PLACES | TIME, gone=TIME),
    "swapped_on": Look(come=TIME, gone=TIME),
    "swept_protected": Look(own=False, swept=True, come=TIME, gone=TIME),
    "taken_passed_on": Look(come=MONEY | TIME, gone=MONEY | TIME, silent_without="out"),
    "young_wallet": Look(come=PLACES | TIME | WALLET, swept=True, abroad=True),
}


#: A detector that looks at the side its parameter `account` names, and there at whatever of the ends its rule needs.
BY_SIDE: Mapping[str, Mapping[str, Look]] = {
    "countries_within": {
        "src": Look(gone=MONEY | PLACES | TIME, abroad=True, grows=True),
        "dst": Look(come=MONEY | PLACES | TIME, abroad=True, grows=True),
    },
    "distinct_within": {
        "src": Look(gone=MONEY | PLACES | TIME, around=True),
        "dst": Look(come=MONEY | PLACES | TIME, around=True),
    },
}


def look_of(rule: Rule) -> Look:
    """What the detector of a rule looks at."""
    if rule.detector in BY_SIDE:
        look, ends = BY_SIDE[rule.detector][str(rule.parameters["account"])], frozenset(rule.needs) & frozenset(ENDS)
        return replace(look, come=look.come and look.come | ends, gone=look.gone and look.gone | ends)
    return LOOKS.get(rule.detector, EVERYTHING)
