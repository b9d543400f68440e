"""ISO 20022 by structure: an element's leaves by their path, whatever namespace and version; parties, accounts and agents from them."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def first(found: Mapping[str, str], *paths: str) -> str:
    """The first of these leaves that says something."""
    for path in paths:
        if value := found.get(path):
            return value
    return ""


@cache
def _party_paths(party: str) -> dict[str, tuple[str, ...]]:
    """Where the versions of the standard put what is known of a party: bare (2009), under Pty or Agt (2019), an institution itself."""
    bases = (party, f"{party}/Pty")

    def at(*ends: str) -> tuple[str, ...]:
        return tuple(f"{base}/{end}" for base in bases for end in ends)

    return {
        "name": (*at("Nm"), f"{party}/FinInstnId/Nm", f"{party}/Agt/FinInstnId/Nm"),
        "country": at("CtryOfRes", "PstlAdr/Ctry"),
        "lei": at("Id/OrgId/LEI"),
        "org": at("Id/OrgId/LEI", "Id/OrgId/AnyBIC", "Id/OrgId/BICOrBEI", "Id/OrgId/BIC", "Id/OrgId/Othr/Id", "Id/OrgId/PrtryId/Id"),
        "person": at(
            "Id/PrvtId/DtAndPlcOfBirth/BirthDt", "Id/PrvtId/DtAndPlcOfBirth/CityOfBirth", "Id/PrvtId/Othr/Id", "Id/PrvtId/OthrId/Id"
        ),
        "born": at("Id/PrvtId/DtAndPlcOfBirth/BirthDt"),
        "own_bic": tuple(f"{party}/{end}" for end in ("FinInstnId/BICFI", "FinInstnId/BIC", "Agt/FinInstnId/BICFI", "Agt/FinInstnId/BIC")),
    }


@cache
def _account_paths(account: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    iban = (f"{account}/Id/IBAN",)
    return iban, tuple(f"{account}/{end}" for end in ("Id/Othr/Id", "Id/BBAN", "Id/PrtryAcct/Id", "Id/UPIC", "Prxy/Id"))


@cache
def _agent_paths(agent: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    base = f"{agent}/FinInstnId"
    return (f"{base}/BICFI", f"{base}/BIC", f"{base}/CmbndId/BIC"), (f"{base}/Nm", f"{base}/CmbndId/Nm", f"{base}/NmAndAdr/Nm")


def account_number(found: Mapping[str, str], account: str) -> str:
    """The number of an account as the message writes it, IBAN first."""
    iban, other = _account_paths(account)
    return first(found, *iban) or first(found, *other)


@lru_cache(maxsize=1 << 10)
def _plan(shape: tuple[str, ...], party: str, account: str, agent: str, ultimate: str) -> tuple[tuple[str, str], ...]:
    """Which leaf answers which question, for messages that hold exactly these leaves: few shapes, many payments."""
    held = frozenset(shape)
    paths, (iban, other), (bic, agent_name) = _party_paths(party), _account_paths(account), _agent_paths(agent)
    asked = {
        "iban": iban, "number": other, "bic": bic, "institution": paths["own_bic"], "agent_name": agent_name,
        "name": (*paths["name"], f"{account}/Nm"), "country": paths["country"], "born": paths["born"], "lei": paths["lei"],
        "for_name": _party_paths(ultimate)["name"],
    }  # fmt: skip
    found = [(name, next((path for path in places if path in held), "")) for name, places in asked.items()]
    return tuple((name, path) for name, path in found if path)


@lru_cache(maxsize=1 << 10)
def _kind(shape: tuple[str, ...], party: str) -> str:
    paths, held = _party_paths(party), frozenset(shape)
    return "organisation" if held & set(paths["org"]) else "person" if held & set(paths["person"]) else "unknown"


def known_of(found: Mapping[str, str], party: str, account: str, agent: str, ultimate: str) -> dict[str, str]:
    """What a message says of one side, in the words of `payments.side`; what it does not say is not there."""
    shape = tuple(found)
    known = {name: found[path] for name, path in _plan(shape, party, account, agent, ultimate)}
    if "name" in known:
        known["kind"] = _kind(shape, party)
    if "for_name" in known:
        known["for_kind"] = _kind(shape, ultimate)
    if "lei" in known:
        known["lei"] = lei_of(known["lei"])
    return known


def lei_of(text: str) -> str:
    """The legal entity identifier (ISO 17442), or nothing when it cannot be one."""
    bare = text.strip().upper()
    return bare if re.fullmatch(r"[A-Z0-9]{18}\d{2}", bare) else ""


@cache
def _moment_places(paths: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{path}{end}" for path in paths for end in ("/DtTm", "/Dt", ""))


def moment_of(found: Mapping[str, str], *paths: str) -> str:
    """The first date or time among these places, each as DtTm, Dt or itself; a zone after a bare date goes."""
    for place in _moment_places(paths):
        if text := found.get(place):
            return _moment(text)
    return ""


@lru_cache(maxsize=1 << 10)
def _moment(text: str) -> str:
    return re.sub(r"^(\d{4}-\d\d-\d\d)(Z|[+-]\d\d:\d\d)$", r"\1", re.sub(r"(\.\d{6})\d+", r"\1", text))


def purpose_of(found: Mapping[str, str], *more: str) -> str:
    """What the payer wrote: free remittance information and structured references, else what the bank adds."""
    texts = [found.get(path, "") for path in ("RmtInf/Ustrd", "RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/AddtlRmtInf")]
    joined = " ".join(text for text in texts if text)
    return joined or first(found, *more)
