"""ISO 20022 by structure: an element's leaves by their path, whatever namespace and version; parties, accounts and agents from them."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from bakau_ingest.readers.xml import local_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

#: Leaves that may stand several times and are then joined; of all others the first counts.
_JOINED = {"Ustrd", "AddtlTxInf", "AddtlNtryInf", "AddtlRmtInf"}
#: Elements that are records of their own, and never part of the head they stand in.
_APART = {"Ntry", "NtryDtls", "TxDtls", "PmtInf", "CdtTrfTxInf", "DrctDbtTxInf", "TxInf"}


class Node(dict[str, "Node"]):
    """A place in the structure: children by tag as written, made on first sight; `path` uses local names only."""

    __slots__ = ("apart", "joined", "path")

    def __init__(self, path: str = "") -> None:
        super().__init__()
        self.path = path
        name = path.rpartition("/")[2]
        self.joined, self.apart = name in _JOINED, name in _APART

    def __missing__(self, tag: str) -> Node:
        name = local_name(tag)
        node = self[tag] = Node(f"{self.path}/{name}" if self.path else name)
        return node


def flatten(element: Element, node: Node, into: dict[str, str]) -> dict[str, str]:
    """Leaves of an element by path (``RltdPties/Dbtr/Nm``), a currency as ``…@Ccy``. Earlier leaves win over later ones."""
    for child in element:
        below = node[child.tag]
        if len(child):
            if not below.apart:
                flatten(child, below, into)
            continue
        text = child.text
        if not text:
            continue
        path = below.path
        if path not in into:
            into[path] = text.strip()
            if child.attrib:
                into[f"{path}@Ccy"] = child.attrib.get("Ccy", "")
        elif below.joined:
            into[path] = f"{into[path]} {text.strip()}"
    return into


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


def known_of(found: Mapping[str, str], party: str, account: str, agent: str, ultimate: str) -> dict[str, str]:
    """What a message says of one side, in the words of `payments.side`."""
    paths, (iban, other), (bic, agent_name) = _party_paths(party), _account_paths(account), _agent_paths(agent)
    behind = _party_paths(ultimate)
    return {
        "iban": first(found, *iban),
        "number": first(found, *other),
        "bic": first(found, *bic),
        "institution": first(found, *paths["own_bic"]),
        "agent_name": first(found, *agent_name),
        "name": first(found, *paths["name"]) or first(found, f"{account}/Nm"),
        "kind": _kind(found, paths),
        "country": first(found, *paths["country"]),
        "born": first(found, *paths["born"]),
        "lei": lei_of(first(found, *paths["lei"])),
        "for_name": first(found, *behind["name"]),
        "for_kind": _kind(found, behind),
    }


def _kind(found: Mapping[str, str], paths: Mapping[str, tuple[str, ...]]) -> str:
    return "organisation" if first(found, *paths["org"]) else "person" if first(found, *paths["person"]) else "unknown"


def lei_of(text: str) -> str:
    """The legal entity identifier (ISO 17442), or nothing when it cannot be one."""
    bare = text.strip().upper()
    return bare if re.fullmatch(r"[A-Z0-9]{18}\d{2}", bare) else ""


def moment_of(found: Mapping[str, str], *paths: str) -> str:
    """The first date or time among these places, each as DtTm, Dt or itself; a zone after a bare date goes."""
    for path in paths:
        text = first(found, f"{path}/DtTm", f"{path}/Dt", path)
        if text:
            return re.sub(r"^(\d{4}-\d\d-\d\d)(Z|[+-]\d\d:\d\d)$", r"\1", re.sub(r"(\.\d{6})\d+", r"\1", text))
    return ""


def purpose_of(found: Mapping[str, str], *more: str) -> str:
    """What the payer wrote: free remittance information and structured references, else what the bank adds."""
    texts = [found.get(path, "") for path in ("RmtInf/Ustrd", "RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/AddtlRmtInf")]
    joined = " ".join(text for text in texts if text)
    return joined or first(found, *more)
