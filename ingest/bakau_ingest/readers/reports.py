"""The columns into which every report received is flattened, and the rows of which such a report is made.

A report is no list of payments: it says who somebody is, which accounts they hold, how to reach them, what moved, and who is reported by whom. One
record is one such statement: a movement of money, an account, a party, an identifier or a tag; the mapping makes rows of whichever stands in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from bakau_ingest.checks import LONGEST_NARRATIVE, chain_of, is_card_number
from bakau_ingest.readers.payments import bic_of, clean, country_of, fold, place_account

if TYPE_CHECKING:
    from collections.abc import Iterator

    Record = tuple[dict[str, str], int]

#: Movement of money; account; its institution; party; who holds or is tied to what; identifier and its user; tag.
HEADER: tuple[str, ...] = (
    "time", "channel", "status", "amount", "currency", "purpose_code", "purpose", "reference",
    "src_scheme", "src", "src_country", "src_party_scheme", "src_party", "dst_scheme", "dst", "dst_country", "dst_party_scheme", "dst_party",
    "account_scheme", "account", "account_kind", "account_country", "account_currency", "opened", "account_status", "product",
    "institution", "institution_name", "institution_bic", "institution_country",
    "party_scheme", "party", "party_kind", "name", "born", "sex", "country",
    "role", "holder_scheme", "holder", "held_scheme", "held", "since", "until",
    "tie", "tied_scheme", "tied", "to_party_scheme", "to_party", "to_account_scheme", "to_account", "link", "linked_scheme", "linked",
    "identifier_kind", "identifier_scheme", "identifier", "user_party_scheme", "user_party", "user_account_scheme", "user_account", "first_seen",
    "tag_party_scheme", "tag_party", "tag_account_scheme", "tag_account", "concept", "label", "giver", "confidence", "asserted",
    "text",
)  # fmt: skip
#: What people write where they know nothing.
_NOTHING = frozenset({"", "-", "--", "N/A", "NA", "NONE", "NIL", "NULL", "UNKNOWN", "UNK", "XX", "NOT AVAILABLE", "NOT APPLICABLE"})
_CONTROL = dict.fromkeys((*range(32), 127), " ")
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,40}")


class Key(NamedTuple):
    """A number and the numbering it is unique in; false when there is none."""

    scheme: str
    number: str

    def __bool__(self) -> bool:
        return bool(self.number)

    def columns(self, name: str) -> dict[str, str]:
        """The two columns that hold it."""
        return {f"{name}_scheme": self.scheme, name: self.number} if self.number else {}


NOBODY = Key("", "")


@dataclass(frozen=True, slots=True)
class Giver:
    """Who reported, in which report, when: what every statement of a report carries."""

    code: str
    report: str
    kind: str
    asserted: str

    def party(self, name: str, born: str) -> Key:
        """Somebody without a document: the same name and birth date in the same report is the same person, and nowhere else."""
        return Key("local.named", f"{fold(name)}|{born} @ {self.report}") if name else NOBODY

    def tag(self, realm: str, subject: Key, concept: str, label: str, confidence: str) -> dict[str, str]:
        """A tag's columns; `realm` is party or account."""
        said = {"concept": concept, "label": code_of(label), "giver": self.code, "confidence": confidence, "asserted": self.asserted}
        return subject.columns(f"tag_{realm}") | said


@dataclass(slots=True)
class Described:
    """What a part of a report says: records, and who is in it; `protected` are those whom it marks as children or victims."""

    giver: Giver
    records: list[Record] = field(default_factory=list)
    protected: set[Key] = field(default_factory=set)

    def add(self, record: dict[str, str], line: int) -> None:
        """One more record."""
        self.records.append((record, line))

    def protect(self, party: Key, concept: str, line: int) -> None:
        """Somebody the report marks as a child or victim: never accused by it."""
        if party:
            self.protected.add(party)
            self.add(self.giver.tag("party", party, concept, self.giver.kind, "stated"), line)


def said(text: str) -> str:
    """The text, or nothing when it only says that nothing is known."""
    bare = text.strip()
    return "" if bare.upper() in _NOTHING else bare


def code_of(text: str) -> str:
    """A code as one word of at most 40 letters, digits and marks, or nothing: codes stand in the open, so no text may pass as one."""
    bare = text.strip()
    return bare if _CODE.fullmatch(bare) else ""


def document(country: str, number: str) -> Key:
    """A document of identity: unique in its country; within the source where no country is said."""
    bare, at = re.sub(r"[\s-]", "", said(number)).upper(), country_of(country)
    return Key("document" if at else "local.document", f"{at}:{bare}" if at else bare) if bare else NOBODY


def account_key(
    *, iban: str, number: str, institution: str, held_at: str, name: str, anchor: str, is_card: bool = False
) -> tuple[Key, str]:
    """Numbering and kind of an account from the most that is known, as for payments: see `place_account`.

    A number is unique within its `institution` (a BIC, or the authority's code), else within the name of the bank it is `held_at`. An address of
    a chain is one whoever keeps it; a card's number is a card's, so that it is never kept in clear.
    """
    iban, number = said(iban), said(number)
    if chain := chain_of(number):
        return Key(f"crypto:{chain}", number), "crypto_address"
    if is_card and is_card_number(number):
        return Key("card", re.sub(r"[\s-]", "", number)), "card"
    scheme, placed, kind = place_account(iban, number, bic_of(institution), "", clean(name), anchor)
    if scheme == "local" and (code := code_of(institution)):
        scheme = f"bank:{code}"
    elif scheme == "local" and said(held_at):
        placed = f"{fold(clean(held_at))}/{placed}"
    return Key(scheme, placed), kind


def endpoint_of(party: Key) -> Key:
    """The account of somebody who pays or is paid without one: cash in hand, one per person."""
    return Key("local.person", f"{party.scheme}:{party.number}") if party else NOBODY


def holding(party: Key, account: Key, role: str, since: str = "", until: str = "") -> dict[str, str]:
    """Columns that say who holds an account."""
    if not (party and account):
        return {}
    return {"role": role, "since": since, "until": until} | party.columns("holder") | account.columns("held")


def tie(party: Key, kind: str, *, to_party: Key = NOBODY, to_account: Key = NOBODY) -> dict[str, str]:
    """Columns that tie a party to another party or to an account it does not hold."""
    if not party or not (to_party or to_account):
        return {}
    return {"tie": kind} | party.columns("tied") | to_party.columns("to_party") | to_account.columns("to_account")


def identifiers(found: list[tuple[str, str, str, int]], *, party: Key = NOBODY, account: Key = NOBODY, seen: str = "") -> Iterator[Record]:
    """Records of what somebody is reached or known by: (kind, scheme, value, line)."""
    for kind, scheme, value, line in found:
        if text := said(value):
            record = {"identifier_kind": kind, "identifier_scheme": scheme, "identifier": " ".join(text.split()), "first_seen": seen}
            yield record | party.columns("user_party") | account.columns("user_account"), line


def defang(address: str) -> str:
    """A web address that no program follows: ``hxxp`` for http, ``[.]`` for every dot."""
    return re.sub(r"(?i)^http", "hxxp", address.strip()).replace("[.]", ".").replace(".", "[.]")


def narrative(*texts: str) -> str:
    """Free texts as one line for the vault, web addresses so that nobody follows them; cut at the longest we take."""
    line = re.sub(r"(?i)\bhttp(s?)://", r"hxxp\1://", " ".join(" ".join(texts).translate(_CONTROL).split()))
    if line.startswith(("=", "+", "-", "@")):
        line = f"'{line}"
    raw = line.encode()
    return line if len(raw) <= LONGEST_NARRATIVE else raw[: LONGEST_NARRATIVE - 4].decode("utf-8", "ignore") + "…"


def day_of(text: str) -> str:
    """The date of a date or time as XML writes it; midnight without more is a date. Anything else stays as it is."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)(T00:00:00(\.0+)?)?(Z|[+-]\d\d:\d\d)?", text.strip())
    return found[1] if found else text.strip()


def born_of(text: str) -> str:
    """A date of birth: its day, without a time."""
    return text.strip()[:10]
