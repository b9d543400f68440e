"""ISO 20022 by structure: an element's leaves by their path, whatever namespace and version; parties, accounts and agents from them."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Shapes of messages kept in mind; a default of ours.
MOST_SHAPES = 256


def first(found: Mapping[str, str], *paths: str) -> str:
    """The first of these leaves that says something."""
    for path in paths:
        if value := found.get(path):
            return value
    return ""


class Places:
    """Where the versions of a message put what we ask for: a name, and its leaves, of which the first that is there counts.

    Messages of a file have few shapes (which leaves are there) and many payments, so what answers which name is worked out once a shape.
    """

    def __init__(self, asked: Mapping[str, tuple[str, ...]]) -> None:
        self._asked = dict(asked)
        self._plans: dict[tuple[str, ...], tuple[tuple[str, str], ...]] = {}

    def read(self, found: Mapping[str, str]) -> dict[str, str]:
        """What these leaves say, by the names asked; a name that none answers is not there."""
        shape = tuple(found)
        plan = self._plans.get(shape)
        if plan is None:
            plan = self._plan(shape)
        return {name: found[path] for name, path in plan}

    def _plan(self, shape: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        held = frozenset(shape)
        chosen = ((name, next((path for path in paths if path in held), None)) for name, paths in self._asked.items())
        plan = tuple((name, path) for name, path in chosen if path is not None)
        if len(self._plans) >= MOST_SHAPES:
            self._plans.clear()
        self._plans[shape] = plan
        return plan


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


@cache
def _side_places(party: str, account: str, agent: str, ultimate: str) -> Places:
    paths, (iban, other), (bic, agent_name) = _party_paths(party), _account_paths(account), _agent_paths(agent)
    return Places({
        "iban": iban, "number": other, "bic": bic, "institution": paths["own_bic"], "agent_name": agent_name,
        "name": (*paths["name"], f"{account}/Nm"), "country": paths["country"], "born": paths["born"], "lei": paths["lei"],
        "for_name": _party_paths(ultimate)["name"], "organisation": paths["org"], "person": paths["person"],
        "for_organisation": _party_paths(ultimate)["org"], "for_person": _party_paths(ultimate)["person"],
    })  # fmt: skip


def known_of(found: Mapping[str, str], party: str, account: str, agent: str, ultimate: str) -> dict[str, str]:
    """What a message says of one side, in the words of `payments.side`; what it does not say is not there."""
    known = _side_places(party, account, agent, ultimate).read(found)
    for prefix in ("", "for_"):
        is_organisation, is_person = known.pop(f"{prefix}organisation", ""), known.pop(f"{prefix}person", "")
        if f"{prefix}name" in known:
            known[f"{prefix}kind"] = "organisation" if is_organisation else "person" if is_person else "unknown"
    return known


@cache
def moment_places(*paths: str) -> tuple[str, ...]:
    """The leaves in which a date or time of these places may stand: as DtTm, Dt or themselves."""
    return tuple(f"{path}{end}" for path in paths for end in ("/DtTm", "/Dt", ""))


def moment_of(found: Mapping[str, str], *paths: str) -> str:
    """The first date or time among these places, see `moment`."""
    return moment(first(found, *moment_places(*paths)))


@lru_cache(maxsize=1 << 10)
def moment(text: str) -> str:
    """A date or time as we read it: no more than microseconds, and a zone after a bare date goes."""
    return re.sub(r"^(\d{4}-\d\d-\d\d)(Z|[+-]\d\d:\d\d)$", r"\1", re.sub(r"(\.\d{6})\d+", r"\1", text))


#: What the payer wrote: free remittance information and structured references, all of them.
PURPOSES = {"free": ("RmtInf/Ustrd",), "structured": ("RmtInf/Strd/CdtrRefInf/Ref",), "added": ("RmtInf/Strd/AddtlRmtInf",)}


def purpose_of(known: Mapping[str, str]) -> str:
    """What `PURPOSES` found, put together, else what the bank adds (`beside`)."""
    joined = " ".join([known[name] for name in PURPOSES if name in known])
    return joined or known.get("beside", "")
