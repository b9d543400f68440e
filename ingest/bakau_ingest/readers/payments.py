"""The columns into which every bank message is flattened, and the rules by which a payment's ends become accounts.

One record is one movement of money from a debtor to a creditor. ISO 20022, SWIFT MT and OFX share these columns, so the same payment
reads the same whatever brought it. Empty means: the message does not say.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from bakau_ingest.checks import LONGEST_TEXT, is_iban, load_countries

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What is known of a side of a payment, as columns without the side's name in front.
SIDE: tuple[str, ...] = (
    "scheme", "account", "kind", "account_country", "agent", "agent_name", "agent_country", "party_scheme", "party", "party_kind", "name",
    "born", "country", "for_party", "for_name", "for_kind",
)  # fmt: skip
#: One record: when, how far, how much, why, under which references; then what is known of either side.
HEADER: tuple[str, ...] = (
    "time", "status", "channel", "amount", "currency", "purpose_code", "purpose", "uetr", "end_to_end", "reference", "statement", "message",
    "charges", "charges_currency",
    *(f"debtor_{name}" for name in SIDE), *(f"creditor_{name}" for name in SIDE),
)  # fmt: skip

_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
_CONTROL = dict.fromkeys((*range(32), 127), " ")
_FORMULA = ("=", "+", "-", "@")
_NOTHING = frozenset({"", "NOTPROVIDED", "NONREF", "NOT PROVIDED", "NONE"})


class Side(NamedTuple):
    """One side of a payment as the message tells it; `columns_of` says what that means, once for all payments of a chunk."""

    anchor: str
    names: tuple[str, ...]
    values: tuple[str, ...]


class Payment(NamedTuple):
    """One record: what is said of the payment itself by the names of `HEADER`, and either side where anything is said of it."""

    said: dict[str, str]
    debtor: Side | None
    creditor: Side | None


@lru_cache(maxsize=1 << 10)
def place_account(iban: str, number: str, bic: str, institution: str, name: str, anchor: str) -> tuple[str, str, str]:
    """Scheme, number and kind of one end of a payment, from the most that is known of it.

    ``iban`` when it is a valid one; the bank's own number within its BIC (``bank:ABCDDEFF``), within the source when no BIC is said; an
    institution that pays for itself (``bic``) when its account is not said; a person known by name only is an account of that name *as
    seen from* `anchor` (``local.named``: two people of one name at two accounts are never mixed up); nothing known at all is one
    account per `anchor` (``local.unseen``).
    """
    bare = re.sub(r"[\s-]", "", iban or number).upper()
    if is_iban(bare):
        return "iban", bare, "bank_account"
    plain = (number or iban).strip()
    if plain:
        return (f"bank:{bic[:8]}" if bic else "local"), plain, "bank_account"
    if institution:
        return "bic", institution, "unknown"
    if name:
        return "local.named", f"{fold(name)} @ {anchor}", "unknown"
    return ("local.unseen", anchor, "unknown") if anchor else ("", "", "unknown")


@lru_cache(maxsize=1 << 10)
def fold(name: str) -> str:
    """A name for comparing: capitals, single spaces."""
    return " ".join(name.upper().split())


@lru_cache(maxsize=1 << 10)
def bic_of(text: str) -> str:
    """The BIC in capitals, or nothing when it is none (ISO 9362: 8 or 11 characters with a country in the middle)."""
    bare = text.strip().upper()
    return bare if _BIC.fullmatch(bare) and bare[4:6] in load_countries() else ""


@lru_cache(maxsize=1 << 10)
def country_of(text: str) -> str:
    """The ISO 3166 code, or nothing when it is none: an address that cannot be right must not cost the payment."""
    code = text.strip().upper()
    return code if code in load_countries() else ""


def side(known: Mapping[str, str], *, anchor: str) -> Side:
    """What is known of one side: iban, number, bic, institution, agent_name, name, kind, country, born, lei, for_name, for_kind, and
    scheme and account_kind where the message says which; all may be missing.
    """
    return Side(anchor, tuple(known), tuple(known.values()))


def columns_of(side: Side) -> dict[str, str]:
    """The columns of a side by their names without its prefix; what is not known is not there, or empty."""
    known = dict(zip(side.names, side.values, strict=True))
    get = known.get
    itself = bic_of(get("institution", ""))
    bic, name = bic_of(get("bic", "")) or itself, clean(get("name", ""))
    placed, number, kind = place_account(get("iban", ""), get("number", ""), bic, itself, name, side.anchor)
    scheme = get("scheme") or placed
    at = country_of(number[:2]) if scheme == "iban" else bic[4:6]
    found = {
        "scheme": scheme, "account": number, "kind": get("account_kind") or kind, "account_country": at, "agent": bic,
        "agent_name": clean(get("agent_name", "")) if bic else "", "agent_country": bic[4:6],
        "country": country_of(get("country", "")) or at,
    }  # fmt: skip
    if name and number:
        lei = lei_of(get("lei", ""))
        found |= {"party_scheme": "lei" if lei else "local.holder", "party": lei or f"{scheme}:{number}|{fold(name)}"}
        found |= {"party_kind": get("kind") or "unknown", "name": name, "born": get("born", "")}
    behind = clean(get("for_name", ""))
    if behind and fold(behind) != fold(name) and number:
        found |= {"for_party": f"for {scheme}:{number}|{fold(behind)}", "for_name": behind, "for_kind": get("for_kind") or "unknown"}
    return found


def lei_of(text: str) -> str:
    """The legal entity identifier (ISO 17442), or nothing when it cannot be one."""
    bare = text.strip().upper()
    return bare if re.fullmatch(r"[A-Z0-9]{18}\d{2}", bare) else ""


@lru_cache(maxsize=1 << 10)
def clean(text: str) -> str:
    """A text as one line, cut at the longest we take; one that a spreadsheet would run gets an apostrophe in front, as there."""
    line = " ".join((text if text.isprintable() else text.translate(_CONTROL)).split())
    if not line:
        return ""
    if line.startswith(_FORMULA):
        line = f"'{line}"
    if len(line) * 4 <= LONGEST_TEXT:
        return line
    raw = line.encode()
    return line if len(raw) <= LONGEST_TEXT else raw[: LONGEST_TEXT - 4].decode("utf-8", "ignore") + "…"


def named(reference: str) -> str:
    """A reference, or nothing when it only says that there is none."""
    bare = reference.strip()
    return "" if bare.upper() in _NOTHING else bare
