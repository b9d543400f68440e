"""Texts that people write about rules and methods, kept in clear: checked at the door as other texts are, so that no content and no number gets in.

A name cannot be told from any other word without saying who is known here, so that no name gets in is asked of whoever writes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa

from bakau.errors import InputError
from bakau_ingest.content import holds_content
from bakau_ingest.tokens import find_tokens

if TYPE_CHECKING:
    from bakau_analytics.indicators.pack import Rule

#: Characters a text may have; a default of ours.
LONGEST = 500
_HINT = "say what is done, not by whom: no names, numbers, addresses or handles of people"
_NUMBERS = (
    ("a number of somebody, or a whole date", re.compile(r"(?:\d[ ./()+-]{0,2}){8,}")),
    ("an IBAN", re.compile(r"\b[A-Za-z]{2}\d{2}[ -]?(?:[A-Za-z0-9]{4}[ -]?){2,}")),
    ("an address or handle", re.compile(r"\S@\S|(?:^|[\s(])@\w")),
    ("an address of a blockchain, or a key", re.compile(r"\b(?=[A-Za-z0-9]*\d)[A-Za-z0-9]{26,}\b")),
)


def check_text(text: str, what: str) -> str:
    """The text, trimmed. InputError when it is empty, too long, holds content, or anything that looks like a number or address of somebody."""
    plain = " ".join(text.split())
    if not plain:
        raise InputError(f"{what} is needed")
    if len(plain) > LONGEST:
        raise InputError(f"{what} has at most {LONGEST} characters")
    if bool(holds_content(pa.array([plain], pa.string()))[0]):
        raise InputError(f"{what} holds a picture or other content", hint="content is never taken in")
    for name, pattern in _NUMBERS:
        if pattern.search(plain):
            raise InputError(f"{what} seems to hold {name}", hint=_HINT)
    return plain


def check_rule(rule: Rule) -> Rule:
    """The rule as it is. InputError when one of its texts, or the name of an account in its cases, does not pass `check_text`."""
    texts = [rule.title, rule.observed, rule.threshold_text, rule.runbook, rule.family, *rule.benign, *rule.crime_types]
    texts += [rule.source.publication, rule.source.number]
    for case in rule.cases:
        texts += [case.title, case.account, *case.protected, *case.merchants, *case.kinds, *case.institutions, *case.states, *case.owners]
        texts += [name for payment in case.payments for name in (payment.src, payment.dst, payment.dst_outlet or "")]
    for text in dict.fromkeys(texts):
        if text.strip():
            check_text(text, f"a text of {rule.id}")
    return rule


def words_of(text: str) -> str:
    """The listed words it holds, by name, sorted, a space between; empty when none (see `bakau_ingest.tokens`)."""
    return str(find_tokens(pa.array([text], pa.string()))[0].as_py() or "")
