"""Emerging methods: what is said to be done now and no rule looks for yet, each with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.times import format_us
from bakau_casework.view import Declaration, Draft, Shown, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakau_casework.rules.methods import Method

_MARKING = text("", "").marking
_COLUMNS = (
    text("method_id", "the method"),
    text("first_seen", "the day it was first seen or published"),
    text("says", "what is done, in words; never about a person"),
    text("source", "who says so: a publication, an authority, an institution"),
    text("address", "where that can be read; empty when nowhere"),
    Shown("channels", pa.list_(pa.string()), "rails it goes over; none when not said", _MARKING),
    Shown("tokens", pa.list_(pa.string()), "listed words in what is said, by name", _MARKING),
    text("rule_id", "the rule that looks for it, or would; null without one"),
    text("rule_state", "how far the proposed rule came; null without a proposal"),
    text("person", "who noted it"),
    text("time", "when it was noted, ISO 8601 in UTC"),
)
METHODS = Declaration("methods", "Emerging methods, the one first seen last on top.", "methods", _COLUMNS)
METHOD = Declaration("method", "One emerging method.", "method", _COLUMNS, single=True)


def list_methods(methods: Sequence[Method], states: dict[str, str]) -> Draft:
    """The draft of METHODS, and of METHOD for one; `states` by proposed rule."""
    rows = [
        {
            "method_id": one.method_id,
            "first_seen": one.first_seen,
            "says": one.says,
            "source": one.source,
            "address": one.address,
            "channels": list(one.channels),
            "tokens": list(one.tokens),
            "rule_id": one.rule_id,
            "rule_state": states.get(one.rule_id or ""),
            "person": one.person,
            "time": format_us(one.added_us),
        }
        for one in methods
    ]
    return Draft(pa.Table.from_pylist(rows, METHODS.arrow_schema))
