"""The age-control gap report: providers and tiers, in numbers that name nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from bakau_analytics.referrals.age_control import MIN_PAYMENTS, MIN_PLAY_PPM, SMALLEST, count_gaps
from bakau_casework.view import Declaration, Draft, count, text

if TYPE_CHECKING:
    from bakau_casework.reading import Reading

AGE_CONTROL = Declaration(
    "age-control",
    "Wallets of known adults that are used as a child would, per provider and tier. Aggregate only: no number below five is said.",
    "providers",
    (
        text("institution_id", "the provider"),
        text("tier", "its know-your-customer tier of the holder, as a code; not stated where it says none"),
        count("wallets", "wallets it holds in that tier"),
        count("adult", "of these whose holders are known adults; null when that, or the rest, is fewer than five"),
        count("childlike", "of these used as a child would; null as adult"),
        count("gap", "of these credited from abroad; null as adult"),
    ),
    (
        count("min_payments", "payments a wallet must have made; a default of ours"),
        count("min_play_ppm", "share of them that buys games, gifts or play, in parts per million; a default of ours"),
        count("smallest", "the smallest number that is said"),
    ),
)


def report_age_control(reading: Reading) -> Draft:
    """The draft of AGE_CONTROL."""
    with reading.snapshot.connect() as connection:
        connection.register("adult_account", pa.table({"account_key": pa.array(reading.protection.adult_accounts)}))
        rows = count_gaps(connection)
    return Draft(rows, {"min_payments": MIN_PAYMENTS, "min_play_ppm": MIN_PLAY_PPM, "smallest": SMALLEST})
