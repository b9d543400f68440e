"""Money is an integer count of minor units plus a currency; floats never hold an amount.

``amount_minor`` is a signed 64-bit count of 10^-stored_exponent units. For almost every currency the stored exponent is the
currency's own (JPY 0, USD 2, KWD 3, BTC 8). Where whole amounts would overflow 64 bits (ether: 18 decimals) the stored exponent
is smaller and the exact count goes to ``amount_exact``, a decimal128 of 10^-exponent units.

Exponents of fiat currencies: ISO 4217 as published by github.com/datasets/currency-codes (PDDL), withdrawn codes left out.
Exponents of crypto assets: each network's own smallest unit. ``XXX`` (no currency) has 2 stored decimals, a default of ours.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import cache
from importlib.resources import files

from bakau.errors import InputError

NO_CURRENCY = "XXX"
INT64_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency or asset and how its amounts are counted."""

    code: str
    kind: str
    exponent: int
    stored_exponent: int

    @property
    def has_exact(self) -> bool:
        """True when 64 bits cannot hold the smallest unit, so that ``amount_exact`` is kept beside ``amount_minor``."""
        return self.stored_exponent < self.exponent


@cache
def load_currencies() -> dict[str, Currency]:
    """Every currency we know, by code."""
    with (files("bakau") / "currencies.csv").open(encoding="utf-8") as lines:
        return {
            row["code"]: Currency(row["code"], row["kind"], int(row["exponent"]), int(row["stored_exponent"]))
            for row in csv.DictReader(lines)
        }


def get_currency(code: str) -> Currency:
    """The currency of that code; InputError when unknown."""
    try:
        return load_currencies()[code]
    except KeyError:
        raise InputError(f"unknown currency {code!r}", hint="ISO 4217 code, a crypto asset code, or XXX for none") from None


def to_minor(amount: Decimal | str, code: str) -> int:
    """Minor units (at the stored exponent) of an amount in major units, rounded half to even; for one value, not for columns.

    Raises InputError when the text is no finite number or the count leaves 64 bits.
    """
    try:
        value = Decimal(amount)
    except InvalidOperation as error:
        raise InputError("not a number") from error
    if not value.is_finite():
        raise InputError("not a finite number")
    exponent = get_currency(code).stored_exponent
    fits = value.adjusted() + exponent < 20  # asked before any arithmetic, which 1e999999999 would overflow
    minor = int(value.scaleb(exponent).to_integral_value(ROUND_HALF_EVEN)) if fits else INT64_MAX + 1
    if abs(minor) > INT64_MAX:
        raise InputError("amount does not fit 64 bits")
    return minor


def to_major(minor: int, code: str) -> Decimal:
    """The amount in major units of a count of stored minor units, exact."""
    return Decimal(minor).scaleb(-get_currency(code).stored_exponent)


def format_minor(minor: int | None, code: str) -> str:
    """An amount for people: all its decimals, thousands separated, the currency behind it (none for XXX)."""
    if minor is None:
        return ""
    text = f"{to_major(minor, code):,.{get_currency(code).stored_exponent}f}"
    return text if code == NO_CURRENCY else f"{text} {code}"
