"""The columns into which every bank message is flattened, and the rules by which a payment's ends become accounts.

One record is one movement of money from a debtor to a creditor. ISO 20022, SWIFT MT and OFX share these columns, so the same payment
reads the same whatever brought it. Empty means: the message does not say.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau_ingest.checks import LONGEST_TEXT, is_iban, load_countries
from bakau_ingest.reader import Broken, Chunk
from bakau_ingest.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SIDE = (
    "scheme", "account", "kind", "account_country", "agent", "agent_name", "agent_country", "party_scheme", "party", "party_kind", "name",
    "born", "country", "for_party", "for_name", "for_kind",
)  # fmt: skip
#: One record: when, how far, how much, why, under which references; then what is known of either side.
HEADER: tuple[str, ...] = (
    "time", "status", "channel", "amount", "currency", "purpose_code", "purpose", "uetr", "end_to_end", "reference", "statement", "message",
    "charges", "charges_currency",
    *(f"debtor_{name}" for name in _SIDE), *(f"creditor_{name}" for name in _SIDE),
)  # fmt: skip

#: Records in one chunk; a default of ours.
CHUNK_RECORDS = 20_000
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
#: What a column says where a message says nothing.
_ELSE = {"channel": "bank"}
_CONTROL = dict.fromkeys((*range(32), 127), " ")
_FORMULA = ("=", "+", "-", "@")
_NOTHING = frozenset({"", "NOTPROVIDED", "NONREF", "NOT PROVIDED", "NONE"})


class Records:
    """Collects flattened records and hands them over as chunks of columns."""

    def __init__(
        self, wanted: set[str], coded: set[str], size: int = CHUNK_RECORDS, header: tuple[str, ...] = HEADER, *, sparse: bool = False
    ) -> None:
        """`header`: the names there are; `sparse`: most records say little of them."""
        self._names = [name for name in header if name in wanted]
        self._sparse = sparse
        self._coded, self._size = coded, size
        self._rows: list[Mapping[str, str]] = []
        self._lines: list[int] = []
        self._broken: list[Broken] = []

    def add(self, record: Mapping[str, str], line: int) -> None:
        """One record and the line it begins on."""
        self._rows.append(record)
        self._lines.append(line)

    def add_broken(self, broken: Broken) -> None:
        """One record that could not be taken apart."""
        self._broken.append(broken)

    def full(self) -> Iterator[Chunk]:
        """A chunk when enough came together."""
        if len(self._lines) + len(self._broken) >= self._size:
            yield from self.rest()

    def rest(self) -> Iterator[Chunk]:
        """What has come together, if anything."""
        if not self._lines and not self._broken:
            return
        columns = {name: self._column(name, values) for name, values in self._values().items()}
        yield Chunk(columns, np.array(self._lines, np.int64), tuple(self._broken))
        self._rows, self._lines, self._broken = [], [], []

    def _values(self) -> dict[str, list[str]]:
        """The column of each name; none where no record says anything of it."""
        if not self._sparse:
            held = set().union(*self._rows)
            return {name: self._of(name) if name in held else [] for name in self._names}
        found: dict[str, list[str]] = {name: [] for name in self._names}
        for place, row in enumerate(self._rows):
            for name, value in row.items():
                if value and (column := found.get(name)) is not None:
                    if not column:
                        column.extend([""] * len(self._rows))
                    column[place] = value
        return found

    def _of(self, name: str) -> list[str]:
        empty = _ELSE.get(name, "")
        return [row.get(name, empty) for row in self._rows]

    def _column(self, name: str, values: list[str]) -> Texts:
        if not values:
            return Texts.constant("" if self._sparse else _ELSE.get(name, ""), len(self._rows))
        array = pa.array(values, pa.string())
        return Texts.of(array.dictionary_encode() if name in self._coded else array)


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


def side(prefix: str, known: Mapping[str, str], *, anchor: str) -> dict[str, str]:
    """The columns of one side. `known`: iban, number, bic, institution, agent_name, name, kind, country, born, lei, for_name, for_kind,
    and scheme and account_kind where the message says which; all may be missing. The answer is shared: never change it.
    """
    return _side(prefix, anchor, tuple(known.items()))


@lru_cache(maxsize=1 << 10)
def _side(prefix: str, anchor: str, items: tuple[tuple[str, str], ...]) -> dict[str, str]:
    known = dict(items)
    get = known.get
    itself = bic_of(get("institution", ""))
    bic, name = bic_of(get("bic", "")) or itself, clean(get("name", ""))
    scheme, number, kind = place_account(get("iban", ""), get("number", ""), bic, itself, name, anchor)
    return _columns(prefix, known, (get("scheme") or scheme, number, get("account_kind") or kind), bic, name)


def _columns(prefix: str, known: Mapping[str, str], account: tuple[str, str, str], bic: str, name: str) -> dict[str, str]:
    get = known.get
    scheme, number, kind = account
    at = country_of(number[:2]) if scheme == "iban" else bic[4:6]
    found = {
        "scheme": scheme, "account": number, "kind": kind, "account_country": at, "agent": bic,
        "agent_name": clean(get("agent_name", "")) if bic else "", "agent_country": bic[4:6],
        "country": country_of(get("country", "")) or at,
    }  # fmt: skip
    if name and number:
        lei = get("lei", "")
        found |= {"party_scheme": "lei" if lei else "local.holder", "party": lei or f"{scheme}:{number}|{fold(name)}"}
        found |= {"party_kind": get("kind") or "unknown", "name": name, "born": get("born", "")}
    behind = clean(get("for_name", ""))
    if behind and fold(behind) != fold(name) and number:
        found |= {"for_party": f"for {scheme}:{number}|{fold(behind)}", "for_name": behind, "for_kind": get("for_kind") or "unknown"}
    return {f"{prefix}_{column}": value for column, value in found.items()}


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
