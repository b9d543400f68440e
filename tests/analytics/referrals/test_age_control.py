"""The age-control report equals what was planted, and no number below five can be read or worked out."""

from __future__ import annotations

import duckdb
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from bakau_analytics.referrals.age_control import CELLS, SMALLEST, count_gaps, suppress


def wallets(first, count, *, adult, play, abroad, institution="W"):
    """Accounts from `first` on: whether their holder is an adult, so many of ten payments for play, credited from abroad or not."""
    return [{"key": first + place, "adult": adult, "play": play, "abroad": abroad, "institution": institution} for place in range(count)]


def report(people):
    shop, game, payer = 1, 2, 3
    transfers, accounts = [], [(shop, "merchant", "5411", None), (game, "merchant", "5816", None), (payer, "bank_account", None, None)]
    for one in people:
        accounts.append((one["key"], "e_wallet", None, one["institution"]))
        transfers += [(one["key"], game if place < one["play"] else shop, "PH", "PH") for place in range(10)]
        transfers += [(payer, one["key"], "AU" if one["abroad"] else "PH", "PH")]
    with duckdb.connect() as connection:
        connection.register(
            "account",
            pa.table(dict(zip(("account_key", "kind", "mcc", "institution_id"), map(list, zip(*accounts, strict=True)), strict=True))),
        )
        names = ("transfer_id", "src_key", "dst_key", "src_country", "dst_country")
        rows = [dict(zip(names, (place.to_bytes(4, "big"), *row), strict=True)) for place, row in enumerate(transfers)]
        more = {"ts_us": 0, "time_known": True, "local_hour": 1, "amount_minor": 100, "currency": "PHP", "channel": "e_wallet", "status": "settled", "src_outlet": "", "dst_outlet": ""}  # fmt: skip
        connection.register("transfer", pa.Table.from_pylist([row | more for row in rows]))
        connection.register(
            "adult_account", pa.table({"account_key": pa.array([one["key"] for one in people if one["adult"]], pa.int64())})
        )
        connection.register(
            "holding", pa.table({"account_key": [one["key"] for one in people], "party_key": [one["key"] for one in people]})
        )
        connection.register("party", pa.table({"party_key": [one["key"] for one in people], "kyc_level": ["basic"] * len(people)}))
        return count_gaps(connection).to_pylist()


def test_the_numbers_are_those_planted():
    people = wallets(100, 6, adult=True, play=8, abroad=True) + wallets(200, 7, adult=True, play=6, abroad=False)
    people += wallets(300, 20, adult=True, play=5, abroad=True) + wallets(400, 9, adult=False, play=10, abroad=True)
    people += wallets(500, 5, adult=True, play=10, abroad=True, institution="V")
    assert report(people) == [
        {"institution_id": "V", "tier": "basic", "wallets": 5, "adult": 5, "childlike": 5, "gap": 5},
        {"institution_id": "W", "tier": "basic", "wallets": 42, "adult": 33, "childlike": 13, "gap": 6},
    ]


def test_a_provider_of_four_wallets_is_not_in_it():
    assert report(wallets(100, SMALLEST - 1, adult=True, play=8, abroad=True)) == []


@given(st.lists(st.integers(0, 40), min_size=4, max_size=4))
def test_no_number_below_five_is_said_or_follows_from_two_that_are(numbers):
    nested = sorted(numbers, reverse=True)
    rows = pa.table({"institution_id": ["W"], "tier": ["t"], **{name: [value] for name, value in zip(CELLS, nested, strict=True)}})
    for row in suppress(rows).to_pylist():
        said = [row[name] for name in CELLS if row[name] is not None]
        assert not [value for value in said if 0 < value < SMALLEST]
        assert not [one - other for place, one in enumerate(said) for other in said[place + 1 :] if 0 < one - other < SMALLEST]
