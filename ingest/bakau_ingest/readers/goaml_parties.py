"""Who a goAML report speaks of: persons, entities and accounts, with who holds them and how they are reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau_ingest.readers.payments import bic_of, clean, country_of, fold
from bakau_ingest.readers.report_codes import meaning
from bakau_ingest.readers.reports import (
    NOBODY,
    Key,
    account_key,
    born_of,
    code_of,
    day_of,
    defang,
    document,
    holding,
    identifiers,
    said,
    tie,
)

if TYPE_CHECKING:
    from bakau_ingest.readers.report_tree import Node
    from bakau_ingest.readers.reports import Described, Giver

PERSONS = ("t_person", "from_person", "to_person", "person", "person_my_client", "t_conductor", "director_id")
ENTITIES = ("t_entity", "from_entity", "to_entity", "entity", "entity_my_client")
ACCOUNTS = ("from_account", "to_account", "account", "account_my_client")
SIGNATORIES = ("signatory", "account_related_person")
#: Elements around somebody who is related to whoever they stand in.
RELATED = ("entity_related_person", "entity_related_entity", "person_related_person", "account_related_entity")
_NAMES = ("first_name", "middle_name", "prefix", "last_name")
_RELATION_CODES = ("role", "account_entity_relation", "entity_entity_relation", "person_person_relation", "account_account_relation")


def describe_party(out: Described, node: Node, more: dict[str, str] | None = None) -> Key:
    """A person or entity with documents, addresses, phones and relations; its key, or NOBODY when it has neither name nor document.

    `more`: columns of the same record (what it holds), made by the caller with `party_key`.
    """
    person = node.name in PERSONS
    key = party_key(out.giver, node)
    if not key:
        return NOBODY
    record = {
        "party_kind": "person" if person else "organisation",
        "name": clean(name_of(node)),
        "country": country_of(node.text("residence", "incorporation_country_code")),
    }
    if person:
        record |= {"born": born_of(node.text("birthdate")), "sex": code_of(node.text("gender"))}
    out.add(key.columns("party") | record | (more or {}), node.line)
    if node.says("is_protected"):
        out.protect(key, "protected", node.line)
    out.records += identifiers(_reached_by(node), party=key)
    _describe_related(out, node, key)
    return key


def name_of(node: Node) -> str:
    """A name as one text, in the order in which it is spoken."""
    if node.name in ENTITIES:
        return said(node.text("name")) or said(node.text("commercial_name"))
    return " ".join(part for part in (said(node.text(name)) for name in _NAMES) if part) or said(node.text("full_name_frn"))


def party_key(giver: Giver, node: Node) -> Key:
    """The strongest number somebody has: a document, else the name within this report."""
    return next((key for key in _documents(node) if key), giver.party(clean(name_of(node)), born_of(node.text("birthdate"))))


def _documents(node: Node) -> list[Key]:
    if node.name in ENTITIES:
        at = node.text("incorporation_country_code")
        found = [document(at, node.text("incorporation_number")), document(at, node.text("tax_number"))]
    else:
        at = node.text("nationality1")
        found = [
            document(node.text("passport_country"), node.text("passport_number")),
            document(at, node.text("id_number")),
            document(at, node.text("ssn")),
            document(at, node.text("tax_number")),
        ]
    papers = node.all("identification", "entity_identifier")
    return found + [document(paper.text("issue_country"), paper.text("number")) for paper in papers]


def _reached_by(node: Node) -> list[tuple[str, str, str, int]]:
    """(kind, scheme, value, line) of everything somebody is known or reached by."""
    found = [("document", key.scheme, key.number, node.line) for key in _documents(node) if key]
    for part in node.parts:
        if part.name == "phone":
            prefix = part.text("tph_country_prefix").lstrip("+0")
            number = said(part.text("tph_number"))
            whole = f"+{prefix}{number.lstrip('0')}" if prefix.isdecimal() and number and not number.startswith("+") else number
            found.append(("phone", "phone", whole, part.line))
        elif part.name == "email":
            found.append(("email", "email", part.text(""), part.line))
        elif part.name == "url":
            found.append(("handle", "handle", defang(part.text("")), part.line))
        elif part.name == "social_account" and said(part.text("user_name")):
            found.append(("handle", "handle", f"{part.text('platform').strip().lower()}/{part.text('user_name')}", part.line))
        elif part.name == "address":
            found.append(("address", "address", _address(part), part.line))
        elif part.name == "network_device":
            found += devices(part)
    return list(dict.fromkeys(found))


def devices(node: Node) -> list[tuple[str, str, str, int]]:
    """The device and the addresses on the internet of a `network_device`."""
    found = [("device", "device", node.text("device_number"), node.line)]
    return found + [("ip", "ip", node.text(path), node.line) for path in ("ip_address/ipv4", "ip_address/ipv6")]


def _address(node: Node) -> str:
    lines = ("house_number", "apartment_number", "address", "additional_address_line1", "additional_address_line2", "town", "city", "zip")
    parts = [said(node.text(name)) for name in lines]
    return fold(", ".join(part for part in (*parts, country_of(node.text("country_code"))) if part)) if any(parts) else ""


def _describe_related(out: Described, node: Node, key: Key) -> None:
    """Directors and whoever else is said to be related: a tie from them to this party."""
    for around in node.all(*RELATED, "director_id"):
        inside = around if around.name == "director_id" else around.one(*PERSONS, *ENTITIES)
        if inside is not None:
            other = party_key(out.giver, inside)
            describe_party(out, inside, tie(other, _relation(around), to_party=key))


def _relation(around: Node) -> str:
    """What kind of tie: ``related`` or ``director``, with the authority's code where it says one."""
    kind = "director" if around.name == "director_id" else "related"
    code = code_of(said(around.text(*_RELATION_CODES)))
    return f"{kind}:{code}" if code else kind


def describe_account(out: Described, node: Node, *, link: Key = NOBODY, link_kind: str = "") -> Key:
    """An account with its bank, its holders and its signatories; `link` names an account this one is related to."""
    code = said(node.text("swift")) or said(node.text("institution_code"))
    product = code_of(said(node.text("account_type", "personal_account_type")))
    listed = meaning("account_kind", product)
    key, kind = account_key(
        iban=node.text("iban"), number=node.text("account"), institution=code, held_at=node.text("institution_name"),
        name=node.text("account_name"), anchor=out.giver.report, is_card=listed == "card",
    )  # fmt: skip
    if not key:
        return NOBODY
    bic, at = bic_of(code), country_of(node.text("institution_country"))
    record = {
        "account_kind": listed if listed and kind == "bank_account" else kind,
        "account_country": country_of(key.number[:2]) if key.scheme == "iban" else at or bic[4:6],
        "account_currency": said(node.text("currency_code")).upper(),
        "opened": day_of(node.text("opened")),
        "account_status": code_of(said(node.text("status_code"))),
        "product": product,
        "institution": bic or code_of(code),
        "institution_bic": bic,
        "institution_name": clean(said(node.text("institution_name"))),
        "institution_country": at or bic[4:6],
    }
    if link:
        record |= {"link": link_kind} | link.columns("linked")
    out.add(key.columns("account") | record, node.line)
    for device in node.all("network_device"):
        out.records += identifiers(devices(device), account=key)
    _describe_holders(out, node, key)
    for around in node.all("account_related_account"):
        inside = around.one("account")
        if inside is not None and (inside.parts or inside.leaves):
            describe_account(out, inside, link=key, link_kind=_relation(around))
    return key


def _describe_holders(out: Described, node: Node, key: Key) -> None:
    """The entity and the persons of an account; where there are none, whoever its name says."""
    owners = node.all("t_entity")
    for entity in owners:
        describe_party(out, entity, holding(party_key(out.giver, entity), key, "owner"))
    signatories = node.all(*SIGNATORIES)
    for around in signatories:
        inside = around.one("t_person")
        if inside is None:
            continue
        code = around.text("role")
        person = party_key(out.giver, inside)
        role = meaning("account_role", code) or ("owner" if around.says("is_primary") else "signatory")
        since, until = (day_of(around.text(f"relation_date_range/{end}")) for end in ("valid_from", "valid_to"))
        describe_party(out, inside, holding(person, key, role, since, until))
        if concept := meaning("child_role", code):
            out.protect(person, concept, around.line)
    for around in node.all("account_related_entity"):
        inside = around.one("entity")
        if inside is not None:
            describe_party(out, inside, tie(party_key(out.giver, inside), _relation(around), to_account=key))
    name = clean(said(node.text("account_name")))
    if name and not owners and not signatories:
        party = Key("local.holder", f"{key.scheme}:{key.number}|{fold(name)}")
        record = party.columns("party") | {"party_kind": "unknown", "name": name} | holding(party, key, "owner")
        out.add(record, node.line)
