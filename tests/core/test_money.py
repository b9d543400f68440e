from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakau.errors import InputError
from bakau.money import INT64_MAX, NO_CURRENCY, format_minor, get_currency, load_currencies, to_major, to_minor

codes = st.sampled_from(sorted(load_currencies()))
counts = st.integers(-INT64_MAX, INT64_MAX)


@pytest.mark.parametrize(
    ("code", "exponent"), [("JPY", 0), ("VND", 0), ("USD", 2), ("PHP", 2), ("IDR", 2), ("KWD", 3), ("BTC", 8), ("ETH", 18)]
)
def test_each_currency_counts_its_own_decimals(code, exponent):
    assert get_currency(code).exponent == exponent


def test_only_amounts_that_64_bits_cannot_hold_keep_an_exact_count():
    assert get_currency("ETH").has_exact
    assert not get_currency("BTC").has_exact
    assert all(currency.stored_exponent <= currency.exponent for currency in load_currencies().values())


@given(counts, codes)
def test_minor_units_survive_the_way_to_major_units_and_back(minor, code):
    assert to_minor(to_major(minor, code), code) == minor
    assert to_minor(str(to_major(minor, code)), code) == minor


@given(counts, codes)
def test_what_is_printed_for_people_is_the_same_amount(minor, code):
    text = format_minor(minor, code)
    number = text.removesuffix(f" {code}").replace(",", "")
    assert to_minor(number, code) == minor
    assert text.endswith(code) is (code != NO_CURRENCY)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=6))
def test_rounding_moves_an_amount_by_half_a_unit_at_most(amount):
    assert abs(to_major(to_minor(amount, "USD"), "USD") - amount) <= Decimal("0.005")


@pytest.mark.parametrize(("text", "minor"), [("0.005", 0), ("0.015", 2), ("0.025", 2), ("-0.015", -2), ("1e2", 10_000)])
def test_halves_are_rounded_to_even(text, minor):
    assert to_minor(text, "USD") == minor


@pytest.mark.parametrize(
    "text", ["", "abc", "1,5", "NaN", "sNaN", "Infinity", "0x10", "1e99", "1e999999999", "-1e999999999", "92233720368547758.08"]
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(InputError):
        to_minor(text, "USD")


@pytest.mark.parametrize("code", ["usd", "ZZZ", ""])
def test_an_unknown_currency_is_refused_with_advice(code):
    with pytest.raises(InputError) as caught:
        get_currency(code)
    assert "ISO 4217" in caught.value.hint


def test_an_amount_that_is_not_known_prints_as_nothing():
    assert format_minor(None, "USD") == ""


def test_amounts_print_with_their_decimals():
    assert [format_minor(-123_456_789, code) for code in ("JPY", "USD", "KWD", "XXX")] == [
        "-123,456,789 JPY", "-1,234,567.89 USD", "-123,456.789 KWD", "-1,234,567.89",
    ]  # fmt: skip
