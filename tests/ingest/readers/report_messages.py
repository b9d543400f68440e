"""Small goAML and FinCEN reports of invented people."""

from __future__ import annotations

from pathlib import Path


def goaml(*parts: str, head: str = "", tail: str = "", entity: int = 9001, version: str = "5.0.2") -> bytes:
    """A report; `head` stands before its parts, `tail` behind them (an activity, indicators)."""
    lines = (
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<report>",
        f"<schema_version>{version}</schema_version><rentity_id>{entity}</rentity_id><submission_code>E</submission_code>",
        "<report_code>STR</report_code><entity_reference>EX-1</entity_reference><submission_date>2025-03-20T09:00:00</submission_date>",
        f"<currency_code_local>AED</currency_code_local>{head}<reason>an invented reason</reason>",
        *parts,
        f"{tail}</report>",
    )
    return "\n".join(lines).encode() + b"\n"


def transaction(place: int, payer: str, payee: str, *, amount: str = "10.00", text: str = "rent") -> str:
    return (
        f"<transaction><transactionnumber>T{place}</transactionnumber><transaction_description>{text}</transaction_description>"
        f"<date_transaction>2025-03-01T22:0{place % 10}:00</date_transaction><transmode_code>ONBNK</transmode_code><amount_local>{amount}</amount_local>"
        f"\n{payer}\n{payee}\n</transaction>"
    )


def side(name: str, inside: str, *, country: str = "AE", flagged: str = "", more: str = "") -> str:
    """One end: `name` is from, from_my_client, to or to_my_client."""
    word = name.partition("_")[0]
    suspected = f"<{word}_is_suspected>{flagged}</{word}_is_suspected>" if flagged else ""
    return f"<t_{name}>{more}{suspected}{inside}<{word}_country>{country}</{word}_country></t_{name}>"


def account(tag: str, number: str, *, name: str = "Ann Example", bank: str = "<swift>EXAMAEAD</swift>", more: str = "") -> str:
    return f"<{tag}>{bank}<account>{number}</account><account_name>{name}</account_name>{more}</{tag}>"


def person(tag: str, first: str, last: str = "Example", *, born: str = "1970-01-01", passport: str = "", more: str = "") -> str:
    document = f"<passport_number>{passport}</passport_number><passport_country>GB</passport_country>" if passport else ""
    birth = f"<birthdate>{born}T00:00:00</birthdate>" if born else ""
    return f"<{tag}><first_name>{first}</first_name><last_name>{last}</last_name>{birth}{document}{more}</{tag}>"


def between(place: int, *, flagged: str = "") -> str:
    """A payment between two accounts that stand in no other: five records, and two tags when the payer is flagged."""
    payer = side("from_my_client", account("from_account", f"1{place:06}", name=f"Ann Example {place}"), flagged=flagged)
    return transaction(place, payer, side("to", account("to_account", f"2{place:06}", name=f"Bob Example {place}"), country="PH"))


def big_goaml(path: Path, count: int) -> None:
    """A report of so many records."""
    first, last = goaml("@").decode().split("@")
    with path.open("w", encoding="ascii") as stream:
        stream.write(first)
        stream.writelines(between(place, flagged="false") + "\n" for place in range(count // 5))
        stream.write(last)


def fincen(*activities: str, count: int | None = None, form: str = "SARX") -> bytes:
    """A batch of activities."""
    promised = len(activities) if count is None else count
    lines = (
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<fc2:EFilingBatchXML xmlns:fc2="www.fincen.gov/base" ActivityCount="{promised}" PartyCount="1" TotalAmount="0">',
        f"<fc2:FormTypeCode>{form}</fc2:FormTypeCode>",
        *activities,
        "</fc2:EFilingBatchXML>",
    )
    return "\n".join(lines).encode() + b"\n"


def _prefixed(text: str) -> str:
    return text.replace("</", "\0").replace("<", "<fc2:").replace("\0", "</fc2:")


def activity(*parties: str, number: str = "1", more: str = "", narrative: str = "an invented narrative") -> str:
    filer = (
        "<Party><ActivityPartyTypeCode>30</ActivityPartyTypeCode><PartyName><PartyNameTypeCode>L</PartyNameTypeCode>"
        "<RawPartyFullName>Example Bank</RawPartyFullName></PartyName>"
        f"{paper('2', '000000001')}{paper('29', f'IN-{number}')}</Party>"
    )
    body = (
        f"<FilingDateText>20250320</FilingDateText>{filer}\n" + "\n".join(parties) + "\n<SuspiciousActivity>"
        "<SuspiciousActivityFromDateText>20250101</SuspiciousActivityFromDateText><TotalSuspiciousAmountText>1500</TotalSuspiciousAmountText>"
        "</SuspiciousActivity>"
        f"{more}<ActivityNarrativeInformation><ActivityNarrativeSequenceNumber>1</ActivityNarrativeSequenceNumber>"
        f"<ActivityNarrativeText>{narrative}</ActivityNarrativeText></ActivityNarrativeInformation>"
    )
    return _prefixed(f"<Activity>{body}</Activity>")


def paper(kind: str, number: str) -> str:
    return (
        f"<PartyIdentification><PartyIdentificationNumberText>{number}</PartyIdentificationNumberText>"
        f"<PartyIdentificationTypeCode>{kind}</PartyIdentificationTypeCode></PartyIdentification>"
    )


def subject(
    first: str, last: str = "Example", *, born: str = "19700101", number: str = "", accounts: tuple[str, ...] = (), more: str = ""
) -> str:
    held = "".join(f"<Account><AccountNumberText>{one}</AccountNumberText></Account>" for one in accounts)
    around = (
        f"<PartyAccountAssociation><PartyAccountAssociationTypeCode>7</PartyAccountAssociationTypeCode><Party>"
        f"<ActivityPartyTypeCode>41</ActivityPartyTypeCode>{paper('4', '000000002')}{held}</Party></PartyAccountAssociation>"
    )
    return (
        f"<Party><ActivityPartyTypeCode>33</ActivityPartyTypeCode><IndividualBirthDateText>{born}</IndividualBirthDateText>"
        f"<PartyName><PartyNameTypeCode>L</PartyNameTypeCode><RawEntityIndividualLastName>{last}</RawEntityIndividualLastName>"
        f"<RawIndividualFirstName>{first}</RawIndividualFirstName></PartyName>{paper('1', number) if number else ''}{more}"
        f"{around if accounts else ''}</Party>"
    )


def alone(place: int) -> str:
    """An activity of one subject with one account: party, document, account and two tags."""
    return activity(subject("Ann Example", f"No{place}", number=f"90{place:07}", accounts=(f"7{place:06}",)), number=str(place))


def big_fincen(path: Path, count: int) -> None:
    """A batch of so many records."""
    first, last = fincen("@", count=count // 5).decode().split("@")
    with path.open("w", encoding="ascii") as stream:
        stream.write(first)
        stream.writelines(alone(place) + "\n" for place in range(count // 5))
        stream.write(last)
