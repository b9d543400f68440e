"""One suspicious activity report of FinCEN. The codes are those its schema (EFL_SARXBatchSchema, version 1.2) explains."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bakau_ingest.checks import chain_of
from bakau_ingest.reader import Broken
from bakau_ingest.readers.payments import clean, country_of, fold
from bakau_ingest.readers.report_subjects import REPORTED, SUBJECT, Subjects
from bakau_ingest.readers.reports import NOBODY, Described, Giver, Key, account_key, code_of, defang, document, holding, identifiers, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bakau_ingest.readers.report_tree import Node

    Found = tuple[dict[str, str] | Broken, int]

#: ActivityPartyTypeCode.
_FILER, _SUBJECT, _HOLDING_INSTITUTION = "30", "33", "41"
#: PartyIdentificationTypeCode: taxpayer numbers of the United States; the one of an institution; the filer's own number of the report.
_TAXPAYER, _EMPLOYER, _RSSD, _CONTROL = ("1", "2", "4"), "2", "14", "29"
#: CyberEventIndicatorsTypeCode → (kind, scheme) of an identifier.
_CYBER = {"1": ("ip", "ip"), "8": ("ip", "ip"), "4": ("device", "device"), "6": ("email", "email"), "2": ("handle", "handle"), "9": ("handle", "handle")}  # fmt: skip
_ADULT = 18


def describe_activity(node: Node, say: Callable[[str], None]) -> Iterator[Found]:
    """Records of one `Activity`: each subject with accounts and identifiers, then the tags."""
    giver = _giver(node)
    out, subjects = Described(giver), Subjects(giver)
    parties = [party for party in node.all("Party") if party.text("ActivityPartyTypeCode") == _SUBJECT]
    keys = []
    for party in parties:
        key = _describe_subject(out, subjects, party, giver)
        if key:
            keys.append(key)
        else:
            yield Broken(party.line, "Party", "nobody_named", "a subject without name, number or account"), party.line
    _describe_traces(out, node, keys[0] if len(keys) == 1 else NOBODY)
    _describe_cyber_wallets(out, subjects, node)
    yield from out.records
    labels = [
        f"{code_of(each.text('SuspiciousActivityTypeID'))}.{code_of(each.text('SuspiciousActivitySubtypeID'))}"
        for activity in node.all("SuspiciousActivity")
        for each in activity.all("SuspiciousActivityClassification")
    ]
    if not subjects.any:
        say("a report names no subject its sums and its narrative could stand with: they are not kept")
    yield from subjects.records(dict.fromkeys(labels), _narrative(node))


def _giver(node: Node) -> Giver:
    """The filing institution by its employer or RSSD number; which report, by the filer's own number, else by its place in the batch."""
    filer = next((party for party in node.all("Party") if party.text("ActivityPartyTypeCode") == _FILER), None)
    numbers = _numbers(filer) if filer else {}
    code = next((code_of(numbers[kind]) for kind in (_EMPLOYER, _RSSD) if code_of(numbers.get(kind, ""))), "")
    filed = _day(node.text("FilingDateText"))
    place = numbers.get(_CONTROL) or next(
        (found for party in node.all("Party") if (found := _numbers(party).get(_CONTROL))), f"activity {node.text('@SeqNum')}"
    )
    return Giver(f"fincen:{code}" if code else "fincen", f"{code}/{filed}/{place}", "SAR", filed)


def _numbers(party: Node) -> dict[str, str]:
    found = (
        (each.text("PartyIdentificationTypeCode"), said(each.text("PartyIdentificationNumberText")))
        for each in party.all("PartyIdentification")
    )
    return {kind: number for kind, number in found if number}


def _describe_subject(out: Described, subjects: Subjects, party: Node, giver: Giver) -> Key:
    name, born = _name(party), _day(party.text("IndividualBirthDateText"))
    papers = [key for each in party.all("PartyIdentification") if (key := _paper(each))]
    accounts = [found for around in party.all("PartyAccountAssociation") for found in _accounts(around)]
    key = next(iter(papers), giver.party(clean(name), born))
    if not key and accounts:
        first = accounts[0][0]
        key = Key("local.holder", f"{first.scheme}:{first.number}|")
    if not key:
        return NOBODY
    organisation = bool(party.says("PartyAsEntityOrganizationIndicator"))
    sex = "F" if party.says("FemaleGenderIndicator") else "M" if party.says("MaleGenderIndicator") else ""
    address = party.one("Address")
    record = {
        "party_kind": "organisation" if organisation else "person",
        "name": clean(name),
        "born": born,
        "sex": sex,
        "country": country_of(address.text("RawCountryCodeText")) if address else "",
    }
    out.add(key.columns("party") | record, party.line)
    if _is_child(party, giver):
        out.protect(key, "minor", party.line)
    out.records += identifiers(_reached_by(party, papers), party=key)
    for account, facts, line in accounts:
        out.add(account.columns("account") | facts | holding(key, account, "owner"), line)
    for realm, subject in (("party", key), *(("account", account) for account, _, _ in accounts)):
        if key not in out.protected and not subjects.note(realm, subject, SUBJECT, party.line):
            out.add(giver.tag(realm, subject, REPORTED, giver.kind, SUBJECT), party.line)
    return key


def _name(party: Node) -> str:
    legal = next((each for each in party.all("PartyName") if each.text("PartyNameTypeCode") == "L"), party.one("PartyName"))
    if legal is None:
        return ""
    parts = ("RawIndividualFirstName", "RawIndividualMiddleName", "RawEntityIndividualLastName", "RawIndividualNameSuffixText")
    return " ".join(part for part in (said(legal.text(name)) for name in parts) if part) or said(legal.text("RawPartyFullName"))


def _paper(node: Node) -> Key:
    """A document of a subject; taxpayer numbers are of the United States."""
    kind = node.text("PartyIdentificationTypeCode")
    if kind == _CONTROL:
        return NOBODY
    return document("US" if kind in _TAXPAYER else node.text("OtherIssuerCountryText"), node.text("PartyIdentificationNumberText"))


def _accounts(around: Node) -> Iterator[tuple[Key, dict[str, str], int]]:
    """Accounts of an association, each in its institution's own numbering, with what is said of them and the line."""
    for institution in around.all("Party"):
        code = next((code_of(number) for number in _numbers(institution).values() if code_of(number)), "")
        for account in institution.all("Account"):
            number = account.text("AccountNumberText")
            key, kind = account_key(iban="", number=number, institution=code, held_at="", name="", anchor="")
            if not key:
                continue
            closed = any(each.says("AccountClosedIndicator") for each in account.all("PartyAccountAssociation"))
            yield key, {"account_kind": kind, "institution": code, "account_status": "closed" if closed else ""}, account.line


def _reached_by(party: Node, papers: list[Key]) -> list[tuple[str, str, str, int]]:
    found = [("document", key.scheme, key.number, party.line) for key in papers]
    for part in party.parts:
        if part.name == "PhoneNumber":
            found.append(("phone", "phone", part.text("PhoneNumberText"), part.line))
        elif part.name == "ElectronicAddress" and part.text("ElectronicAddressTypeCode") == "E":
            found.append(("email", "email", part.text("ElectronicAddressText"), part.line))
        elif part.name == "ElectronicAddress":
            found.append(("handle", "handle", defang(part.text("ElectronicAddressText")), part.line))
        elif part.name == "Address":
            names = ("RawStreetAddress1Text", "RawCityText", "RawStateCodeText", "RawZIPCode", "RawCountryCodeText")
            lines = [said(part.text(name)) for name in names]
            if lines[0]:
                found.append(("address", "address", fold(", ".join(line for line in lines if line)), part.line))
    return list(dict.fromkeys(found))


def _describe_traces(out: Described, node: Node, only: Key) -> None:
    """Addresses on the internet and other traces of a cyber event: of the subject when there is one alone, else of nobody."""
    for part in node.parts:
        if part.name == "ActivityIPAddress":
            found = [("ip", "ip", part.text("IPAddressText"), part.line)]
            out.records += identifiers(found, party=only, seen=_day(part.text("ActivityIPAddressDateText")))
        elif part.name == "CyberEventIndicators" and (named := _CYBER.get(part.text("CyberEventIndicatorsTypeCode"))):
            value = part.text("EventValueText")
            found = [(*named, defang(value) if named[0] == "handle" else value, part.line)]
            out.records += identifiers(found, party=only, seen=_day(part.text("CyberEventDateText")))


def _describe_cyber_wallets(out: Described, subjects: Subjects, node: Node) -> None:
    """Addresses of a chain among the other traces of a cyber event: accounts, reported like those of the subjects."""
    for part in node.all("CyberEventIndicators"):
        for word in re.split(r"[\s,;]+", part.text("EventValueText")):
            if chain := chain_of(word):
                key = Key(f"crypto:{chain}", word)
                out.add(key.columns("account") | {"account_kind": "crypto_address"}, part.line)
                subjects.note("account", key, SUBJECT, part.line)


def _narrative(node: Node) -> str:
    """What is suspected, when and how much, and the narrative in its order."""
    texts = []
    for activity in node.all("SuspiciousActivity"):
        dates = [_day(activity.text(f"SuspiciousActivity{end}DateText")) for end in ("From", "To")]
        amounts = {"amount": "TotalSuspiciousAmountText", "in all": "CumulativeTotalViolationAmountText"}
        sums = [f"{word} {activity.text(name)} USD" for word, name in amounts.items() if said(activity.text(name))]
        texts.append("; ".join(("activity " + " to ".join(date for date in dates if date), *sums)) + ".")
    blocks = node.all("ActivityNarrativeInformation")
    blocks.sort(key=lambda each: each.text("ActivityNarrativeSequenceNumber").rjust(9, "0"))
    return " ".join((*texts, *(each.text("ActivityNarrativeText") for each in blocks)))


def _day(text: str) -> str:
    """``20260131`` as a date; what is no whole date (``20260000``) is none."""
    found = re.fullmatch(r"(\d{4})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", text.strip())
    return "-".join(found.groups()) if found else ""


def _is_child(party: Node, giver: Giver) -> bool:
    """Only the year of birth is known, and somebody born then may be under 18 when the report is filed."""
    born, filed = party.text("IndividualBirthDateText").strip(), giver.asserted[:4]
    partial = not _day(born) and born[:4].isdecimal() and len(born) == 8
    return partial and filed.isdecimal() and int(filed) - int(born[:4]) <= _ADULT
