"""What can be wrong with a value: the reason codes of the quarantine, and the checks on text that every column shares."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bakau.money import load_currencies
from bakau_ingest.content import holds_content
from bakau_ingest.texts import first_octets, lengths_of, rows_with

if TYPE_CHECKING:
    import numpy.typing as npt

    Faults = npt.NDArray[np.uint8]

#: Longest text taken in one field, in bytes; a default of ours.
LONGEST_TEXT = 4_000
LONGEST_CODE = 200
#: Longest reason or narrative of a report: FinCEN takes five blocks of 4,000 characters.
LONGEST_NARRATIVE = 64_000


class Fault(IntEnum):
    """Why a value is not taken; 0 is no fault. Names are the reason codes of rejects, in lower case."""

    NONE = 0
    MISSING_VALUE = 1
    NOT_A_NUMBER = 2
    NEGATIVE_AMOUNT = 3
    AMOUNT_OVERFLOW = 4
    BAD_DATE = 5
    DATE_OUT_OF_RANGE = 6
    FUTURE_DATE = 7
    UNKNOWN_CURRENCY = 8
    BAD_COUNTRY = 9
    UNKNOWN_CODE = 10
    FORMULA_CELL = 11
    CONTROL_CHARACTER = 12
    TOO_LONG = 13
    BAD_ACCOUNT_NUMBER = 14
    KEY_COLLISION = 15
    UNKNOWN_ZONE = 16
    EMBEDDED_CONTENT = 17
    NOTHING_TO_LOAD = 18
    BOTH_WAYS = 19

    @property
    def code(self) -> str:
        """The reason code."""
        return self.name.lower()

    @property
    def reason(self) -> str:
        """The reason in words."""
        return _REASONS[self]


_REASONS = {
    Fault.NONE: "",
    Fault.MISSING_VALUE: "a value is needed here and there is none",
    Fault.NOT_A_NUMBER: "not a number in the declared style",
    Fault.NEGATIVE_AMOUNT: "a negative amount",
    Fault.AMOUNT_OVERFLOW: "an amount too large to be one",
    Fault.BAD_DATE: "not a date or time in a declared format",
    Fault.DATE_OUT_OF_RANGE: "a date before 1950",
    Fault.FUTURE_DATE: "a date in the future",
    Fault.UNKNOWN_CURRENCY: "no currency or asset of that code",
    Fault.BAD_COUNTRY: "no country of that ISO 3166 code",
    Fault.UNKNOWN_CODE: "a code the mapping does not know",
    Fault.FORMULA_CELL: "text that a spreadsheet would run as a formula",
    Fault.CONTROL_CHARACTER: "control characters in the text",
    Fault.TOO_LONG: "longer than any such value is",
    Fault.BAD_ACCOUNT_NUMBER: "not a valid number of its scheme",
    Fault.KEY_COLLISION: "its 63-bit key belongs to another account already; load it in a workspace of its own and report it",
    Fault.UNKNOWN_ZONE: "no time zone of that name",
    Fault.BOTH_WAYS: "a debit and a credit in one record",
    Fault.NOTHING_TO_LOAD: "a record that says nothing the mapping takes",
    Fault.EMBEDDED_CONTENT: "a picture, film, sound or file written as text: content is never taken in",
}

_CONTROL = np.zeros(256, bool)
_CONTROL[:32] = True
_CONTROL[127] = True
_CONTROL[[9, 10, 13]] = False
_FORMULA = np.isin(np.arange(256), [ord(mark) for mark in "=+-@\t\r"])


def no_faults(count: int) -> Faults:
    """A column without faults."""
    return np.zeros(count, np.uint8)


def check_text(values: pa.StringArray, *, longest: int = LONGEST_CODE, may_begin: str = "") -> Faults:
    """Faults of free or coded text, one per value. `may_begin` lists formula signs that are allowed in front (a phone's +)."""
    fault = no_faults(len(values))
    formula = _FORMULA.copy()
    formula[[ord(mark) for mark in may_begin]] = False
    starts = formula[first_octets(values)] & (lengths_of(values) > 0)
    if starts.any():  # a plain negative number, or a dash alone, runs nothing
        harmless = np.asarray(pc.match_substring_regex(values, r"^[+-]?(\d[\d.,]*)?$"))
        fault[starts & ~harmless] = Fault.FORMULA_CELL
    fault[rows_with(values, _CONTROL)] = Fault.CONTROL_CHARACTER
    fault[lengths_of(values) > longest] = Fault.TOO_LONG
    fault[holds_content(values)] = Fault.EMBEDDED_CONTENT
    return fault


def check_currency(values: pa.StringArray) -> Faults:
    """Faults of currency codes (empty ones have none here)."""
    known = pa.array([*load_currencies(), ""])
    return np.where(np.asarray(pc.is_in(values, value_set=known)), Fault.NONE, Fault.UNKNOWN_CURRENCY).astype(np.uint8)


def check_country(values: pa.StringArray) -> Faults:
    """Faults of country codes (empty ones have none)."""
    known = pa.array([*load_countries(), ""])
    return np.where(np.asarray(pc.is_in(values, value_set=known)), Fault.NONE, Fault.BAD_COUNTRY).astype(np.uint8)


@cache
def load_countries() -> frozenset[str]:
    """ISO 3166 alpha-2 codes (github.com/datasets/country-codes, PDDL) and XK, which banks use for Kosovo."""
    text = (files("bakau_ingest") / "countries.txt").read_text(encoding="ascii")
    return frozenset(text.split())


# --- account numbers -----------------------------------------------------------------------------------------------------------


def normalise(scheme: str, value: str) -> str | None:
    """The one spelling of a number in its scheme, or None when it cannot be one.

    iban: letters upper, no spaces, ISO 13616 mod 97; phone: digits after +; card: never in clear (see `is_card_number`);
    crypto on account-based chains: lower case when hexadecimal; anything else as it is.
    """
    kind = scheme.partition(":")[0]
    if kind == "iban":
        bare = re.sub(r"[\s-]", "", value).upper()
        return bare if is_iban(bare) else None
    if kind == "phone":
        bare = re.sub(r"[\s().-]", "", value)
        return bare if re.fullmatch(r"\+?\d{5,15}", bare) else None
    if kind == "crypto":
        return (
            value.lower() if re.fullmatch(r"0x[0-9A-Fa-f]{40}", value) else value if re.fullmatch(r"[A-Za-z0-9:]{14,120}", value) else None
        )
    if kind == "email":
        return value.lower() if re.fullmatch(r"[^@\s]+@[^@\s]+", value) else None
    return value


def chain_of(text: str) -> str:
    """``ETH`` or ``BTC`` for a text that has the form of an address there, nothing for any other (the form alone, no checksum)."""
    if re.fullmatch(r"0x[0-9A-Fa-f]{40}", text):
        return "ETH"
    return "BTC" if re.fullmatch(r"(bc1|tb1)[a-z0-9]{20,80}|[13mn2][1-9A-HJ-NP-Za-km-z]{25,39}", text) else ""


_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{8,30}")
#: Letters as ISO 13616 counts them: A is 10, Z is 35.
_LETTERS = {ord("A") + place: str(10 + place) for place in range(26)}


def is_iban(text: str) -> bool:
    """ISO 13616: two letters, two check digits, up to 30 characters, remainder 1 modulo 97."""
    if _IBAN.fullmatch(text) is None:
        return False
    return int((text[4:] + text[:4]).translate(_LETTERS)) % 97 == 1


def is_card_number(value: str) -> bool:
    """Could this be a full payment card number: 13 to 19 digits with a valid Luhn check digit?"""
    bare = re.sub(r"[\s-]", "", value)
    if not re.fullmatch(r"\d{13,19}", bare):
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(bare))]
    return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0
