"""From a lead to what is looked for: the very keys that ingest would have given it, under every numbering and spelling it may have come in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bakau import siphash
from bakau.ids import Realm, to_key
from bakau_casework.leads.listing import LeadKind
from bakau_casework.spellings import phone_spellings, spellings
from bakau_ingest.checks import is_card_number, is_iban, normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bakau.ids import SurrogateKey
    from bakau.names import NameKeys
    from bakau_casework.leads.listing import Lead

    Words = Iterable[tuple[str, str]]

_UETR = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SCOPE = re.compile(r"[A-Za-z0-9_.-]+")
#: Assets whose addresses are looked for whether or not any was loaded, so that a standing watch knows them.
_ASSETS = ("crypto:BTC", "crypto:ETH")
#: Numberings in which no account of a bank, and no other account, has its number.
_OTHER_NUMBERINGS = {"phone", "crypto", "email", "handle", "card"}
#: What a lead of each kind is found among, for the sentence that says that there is nothing of the kind.
_AMONG = {
    LeadKind.PHONE: "phone numbers", LeadKind.HANDLE: "handles", LeadKind.EMAIL: "e-mail addresses", LeadKind.CRYPTO_ADDRESS: "crypto addresses",
    LeadKind.REFERENCE: "references", LeadKind.UETR: "UETRs", LeadKind.ACCOUNT: "account numbers", LeadKind.IBAN: "account numbers",
    LeadKind.WALLET: "wallet numbers", LeadKind.NAME: "names",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trace:
    """One key to look for on behalf of a lead: `place` is ``account``, ``identifier.KIND``, ``reference``, ``uetr`` or ``name.PART``."""

    line: int
    kind: str
    place: str
    key: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the snapshot holds: schemes of account numbers, kinds of identifiers, sources, and whether any reference or UETR."""

    schemes: tuple[str, ...]
    identifier_kinds: frozenset[str]
    sources: tuple[str, ...]
    has_references: bool
    has_uetrs: bool


@dataclass(frozen=True, slots=True)
class Sought:
    """A lead with its traces, or with the reason why it cannot be looked for."""

    lead: Lead
    traces: tuple[Trace, ...] = ()
    reason: str = ""


def seek(lead: Lead, held: Holdings, secret: SurrogateKey, names: Callable[[str], NameKeys | None] | str) -> Sought:
    """The traces of a lead. `names` makes name keys, or says why names are not looked for."""
    if lead.problem:
        return Sought(lead, reason=lead.problem)
    if lead.kind is LeadKind.NAME:
        return _seek_name(lead, names)
    if lead.kind in (LeadKind.REFERENCE, LeadKind.UETR):
        return _seek_text(lead, held, secret)
    reason = _why_not(lead)
    if reason:
        return Sought(lead, reason=reason)
    accounts = [*dict.fromkeys(_accounts(lead, held))]
    identifiers = [*dict.fromkeys(_identifiers(lead, held))]
    is_held = {scheme.partition(":")[0] for scheme, _ in accounts} & {scheme.partition(":")[0] for scheme in held.schemes}
    reason = "" if is_held or (identifiers and lead.kind.value in held.identifier_kinds) else _nothing_of(lead)
    traces = [Trace(lead.line, lead.kind, "account", to_key(secret.digest(Realm.ACCOUNT, *pair))) for pair in accounts]
    place = f"identifier.{lead.kind}"
    traces += [Trace(lead.line, lead.kind, place, to_key(secret.digest(Realm.IDENTIFIER, *pair))) for pair in identifiers]
    return Sought(lead, tuple(traces), reason)


def _nothing_of(lead: Lead) -> str:
    return f"nothing that was loaded holds {_AMONG[lead.kind]}"


def _why_not(lead: Lead) -> str:
    if lead.kind is LeadKind.IBAN and normalise("iban", lead.value) is None:
        return "not a valid IBAN: its check digits do not fit"
    if lead.kind is LeadKind.PHONE and not phone_spellings(lead.value):
        return "not a phone number: 5 to 15 digits"
    if lead.kind is LeadKind.EMAIL and normalise("email", lead.value) is None:
        return "not an e-mail address"
    if lead.kind is LeadKind.CRYPTO_ADDRESS and normalise("crypto", lead.value) is None:
        return "not a crypto address"
    return ""


# --- numbers ---------------------------------------------------------------------------------------------------------------------


def _accounts(lead: Lead, held: Holdings) -> Words:
    """Schemes and normalised numbers under which an account may have been loaded."""
    if lead.kind in (LeadKind.PHONE, LeadKind.WALLET):
        yield from ((scheme, one) for scheme in _of(held, "phone") for one in phone_spellings(lead.value, lead.country))
    if lead.kind in (LeadKind.CRYPTO_ADDRESS, LeadKind.WALLET):
        yield from _normalised((*_ASSETS, *_of(held, "crypto")), (lead.value, lead.value.lower()))
    if lead.kind in (LeadKind.ACCOUNT, LeadKind.IBAN, LeadKind.WALLET):
        own = [scheme for scheme in held.schemes if scheme.partition(":")[0] not in _OTHER_NUMBERINGS]
        yield from _normalised(("iban", *own), spellings(lead.value))
    if lead.kind is LeadKind.ACCOUNT:
        yield from _normalised(_of(held, "card"), spellings(lead.value))
    if lead.kind in (LeadKind.EMAIL, LeadKind.HANDLE):
        yield from _normalised(_of(held, lead.kind), _names_online(lead))


def _identifiers(lead: Lead, held: Holdings) -> Words:
    """The same for identifiers. A snapshot does not say their schemes, so the usual ones are tried, and one within the institution."""
    if lead.kind not in (LeadKind.PHONE, LeadKind.EMAIL, LeadKind.HANDLE):
        return
    kind = lead.kind.value
    schemes = [kind, *(f"local{part}:{source}" for source in held.sources for part in ("", f".{kind}"))]
    if _SCOPE.fullmatch(lead.institution):
        schemes.append(f"{kind}:{lead.institution}")
    found = phone_spellings(lead.value, lead.country) if lead.kind is LeadKind.PHONE else _names_online(lead)
    yield from _normalised(schemes, found)


def _of(held: Holdings, kind: str) -> list[str]:
    """The plain scheme of a kind, and those within a scope that the snapshot holds."""
    return list(dict.fromkeys([kind, *(scheme for scheme in held.schemes if scheme.partition(":")[0] == kind)]))


def _names_online(lead: Lead) -> list[str]:
    """Ingest takes no handle that begins with @."""
    return list(dict.fromkeys([*spellings(lead.value), *spellings(lead.value.removeprefix("@"))]))


def _normalised(schemes: Iterable[str], values: Sequence[str]) -> Words:
    for scheme in schemes:
        for value in values:
            found = normalise(scheme, value)
            if found:
                yield scheme, found


# --- references and names --------------------------------------------------------------------------------------------------------


def _seek_text(lead: Lead, held: Holdings, secret: SurrogateKey) -> Sought:
    is_uetr = lead.kind is LeadKind.UETR
    if is_uetr and not _UETR.fullmatch(lead.value.lower()):
        return Sought(lead, reason="not a UETR: 36 characters, hexadecimal, in five groups")
    texts = spellings(lead.value)
    keys = hash_texts(secret, pa.array(texts)).tolist()
    places = ("uetr", "reference") if is_uetr else ("reference",)
    traces = tuple(Trace(lead.line, lead.kind, place, key) for place in places for key in keys)
    return Sought(lead, traces, "" if held.has_references or (is_uetr and held.has_uetrs) else _nothing_of(lead))


def hash_texts(secret: SurrogateKey, texts: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The 63-bit keyed hashes that the archive gives references (`reference_key`)."""
    low, _ = siphash.hash_strings(secret.text_key(), texts)
    return (low >> np.uint64(1)).astype(np.int64)


def _seek_name(lead: Lead, names: Callable[[str], NameKeys | None] | str) -> Sought:
    if isinstance(names, str):
        return Sought(lead, reason=names)
    keys = names(lead.value)
    if keys is None:
        return Sought(lead, reason="a name without a letter that can be compared")
    parts = (
        ("word", keys.words),
        ("whole", (keys.whole,)),
        ("sound", () if keys.sound is None else (keys.sound,)),
        ("joined", keys.joined),
    )
    return Sought(lead, tuple(Trace(lead.line, lead.kind, f"name.{part}", key) for part, found in parts for key in found))


def may_show(lead: Lead) -> bool:
    """False for what may be a full payment card number: that is never shown or kept."""
    return lead.kind in (LeadKind.PHONE, LeadKind.NAME) or is_iban(lead.value) or not is_card_number(lead.value)
