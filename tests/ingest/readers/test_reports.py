"""Reports received: both sides, whoever is named, and who says so. A report makes tags, never scores; a child in it is protected from its load on."""

from __future__ import annotations

from importlib.resources import files

import pytest

from . import report_messages as reports
from .report_messages import account, activity, fincen, goaml, person, side, subject, transaction

EXAMPLES = files("bakau_ingest") / "mappings" / "examples"
#: The wallet of nobody: an address of Bitcoin's test network in form, without a checksum.
WALLET = "tb1qexampleexampleexampleexample00000000"


@pytest.fixture
def load(desk):
    """Load a report without naming a mapping; returns what the command printed."""

    def run(content: bytes, name: str = "report.xml"):
        ran = desk.run("-w", desk.workspace, "ingest", desk.write(name, content), "--json")
        assert ran.code == 0, ran.err
        found = ran.document
        assert found["received"] == found["loaded"] + found["rejected"] + found["duplicates"]
        return found

    return run


def rows(desk, table):
    return desk.archive.snapshot().table(table).to_pylist()


def tags(desk):
    return sorted((row["subject_realm"], row["concept"], row["label"], row["giver"], row["confidence"]) for row in rows(desk, "tag"))


def clear(desk, table, column):
    """Every clear value of a vault column."""
    snapshot = desk.archive.snapshot()
    return sorted(str(value) for value in snapshot._read_vault(table)[column].drop_null().to_pylist())


PAYER = side("from_my_client", account("from_account", "100"), flagged="true")
PAYEE = side("to", account("to_account", "200", name="Bob Example"), country="PH")


def test_a_transaction_becomes_a_transfer_with_both_sides_and_their_holders(load, desk):
    load(goaml(transaction(1, PAYER, PAYEE, text="see http://example.org/x")))
    (found,) = desk.transfers()
    assert (found["amount_minor"], found["currency"], found["channel"], found["purpose_code"]) == (1000, "AED", "bank", "ONBNK")
    assert (found["src_country"], found["dst_country"], found["time_known"]) == ("AE", "PH", True)
    assert {row["account_key"] for row in rows(desk, "holding")} == {found["src_key"], found["dst_key"]}
    assert clear(desk, "transfer", "purpose") == ["see hxxp://example.org/x"]
    assert clear(desk, "party", "name") == ["Ann Example", "Bob Example"]


def test_who_is_flagged_is_tagged_with_who_says_so_and_the_indicators_of_the_report(load, desk):
    load(goaml(transaction(1, PAYER, PAYEE), tail="<report_indicators><indicator>CSAM1</indicator></report_indicators>"))
    assert tags(desk) == [
        ("account", "reported", "CSAM1", "goaml:9001", "suspected"),
        ("account", "reported", "STR", "goaml:9001", "suspected"),
    ]
    assert {row["subject_key"] for row in rows(desk, "tag")} == {desk.transfers()[0]["src_key"]}
    assert clear(desk, "tag", "text") == ["an invented reason"]


def test_version_4_has_no_flags_so_the_giver_s_own_customer_is_named_and_nobody_else(load, desk):
    ours = side(
        "from_my_client",
        account("from_account", "100", more="<signatory><is_primary>1</is_primary>" + person("t_person", "Ann") + "</signatory>"),
    )
    load(goaml(transaction(1, ours, PAYEE), version="4.0"))
    assert tags(desk) == [("account", "reported", "STR", "goaml:9001", "named")]


def test_whoever_pays_without_an_account_has_one_of_their_own_in_every_transaction(load, desk):
    cash = side("from_my_client", person("from_person", "Ann", passport="X1"), flagged="false")
    load(goaml(transaction(1, cash, PAYEE), transaction(2, cash, PAYEE, amount="20.00")))
    one, other = desk.transfers()
    assert one["src_key"] == other["src_key"]
    assert one["src_party_key"] == other["src_party_key"] is not None
    assert (one["channel"], tags(desk)) == ("cash", [])


def test_a_wallet_is_an_end_of_its_own_or_tied_to_the_account_it_pays_for(load, desk):
    extra = f"<to_transaction_additional_info><virtual_address>{WALLET}</virtual_address></to_transaction_additional_info>"
    nobody = side("to", person("to_person", "Unknown", "Unknown", born=""), more=extra)
    held = side("to", account("to_account", "300"), more=extra)
    load(goaml(transaction(1, PAYER, nobody), transaction(2, PAYER, held)))
    (wallet,) = (row for row in rows(desk, "account") if row["kind"] == "crypto_address")
    first, second = desk.transfers()
    assert (first["dst_key"], first["channel"], second["channel"]) == (wallet["account_key"], "crypto", "bank")
    assert [(row["subject_key"], row["object_key"], row["kind"]) for row in rows(desk, "relation")] == [
        (wallet["account_key"], second["dst_key"], "pays_for")
    ]


@pytest.mark.parametrize(("roles", "transfers"), [(("RMITR", "BNFCR"), 1), (("RMITR", "RMITR"), 0), (("AA", "BNFCR"), 0), (("V", "W"), 0)])
def test_among_many_parties_only_a_role_we_know_says_who_pays_whom(load, desk, roles, transfers):
    inside = "".join(
        f"<party><role>{role}</role>{account('account', f'40{place}', name=f'Many {place}')}<country>AE</country></party>"
        for place, role in enumerate((*roles, "WITN"))
    )
    found = load(goaml(transaction(1, f"<involved_parties>{inside}</involved_parties>", "")))
    assert (len(desk.transfers()), len(rows(desk, "account"))) == (transfers, 3)
    assert found["rejected"] == 1 - transfers
    if not transfers:
        (reject,) = desk.rejects(found["batches"][0]["batch_id"])
        assert (reject["table"], reject["code"]) == ("transfer", "no_direction")


def test_signatories_entities_and_directors_keep_their_roles_and_their_identifiers(load, desk):
    reached = (
        "<phones><phone><tph_country_prefix>999</tph_country_prefix><tph_number>05000001</tph_number></phone></phones>"
        "<email>one@example.org</email><email>two@example.org</email>"
        "<social_media><social_account><platform>Example</platform><user_name>ann</user_name></social_account></social_media>"
        "<employment_history><employment><employer_phones><phone><tph_number>111111</tph_number></phone></employer_phones></employment></employment_history>"
    )
    entity = f"<t_entity><name>Example Ltd</name><incorporation_number>R-1</incorporation_number><incorporation_country_code>GB</incorporation_country_code>{person('director_id', 'Dora', passport='X3')}</t_entity>"
    signer = f"<signatory>{person('t_person', 'Ann', passport='X1', more=reached)}<role>SSIGN</role></signatory>"
    load(goaml(transaction(1, side("from_my_client", account("from_account", "100", more=entity + signer)), PAYEE)))
    assert sorted(row["role"] for row in rows(desk, "holding")) == ["owner", "owner", "signatory"]
    assert [row["kind"] for row in rows(desk, "relation")] == ["director"]
    kinds = [row["kind"] for row in rows(desk, "identifier")]
    assert {kind: kinds.count(kind) for kind in kinds} == {"phone": 1, "email": 2, "handle": 1, "document": 3}, (
        "the employer's phone is not hers"
    )
    assert "+9995000001" in clear(desk, "identifier", "value")


@pytest.mark.parametrize(
    ("inside", "role"),
    [
        ("<is_protected>true</is_protected>", ""),
        ("", "MINOR"),
        ("<birthdate>2015-01-01T00:00:00</birthdate>", ""),
    ],
    ids=["said to be protected", "by role", "by age"],
)
def test_a_child_in_a_report_is_protected_and_reported_by_nothing_that_is_shown(load, desk, inside, role):
    kid = person("t_person", "Kid", born="", passport="X9", more=inside)
    held = account(
        "account",
        "900",
        more=f"<related_persons><account_related_person>{kid}<role>{role}</role></account_related_person></related_persons>",
    )
    subjects = f"<report_party>{held}<is_suspected>true</is_suspected></report_party>"
    subjects += (
        f"<report_party>{person('person', 'Kid', born='', passport='X9', more=inside)}<is_suspected>true</is_suspected></report_party>"
    )
    load(goaml(transaction(1, PAYER, PAYEE), tail=f"<activity><report_parties>{subjects}</report_parties></activity>"))
    snapshot = desk.archive.snapshot()
    assert len(snapshot.protection.protected_accounts) == len(snapshot.protection.protected_parties) == 1
    with snapshot.connect() as connection:
        shown = connection.execute("SELECT DISTINCT subject_key FROM shown_tag").fetchall()
    assert shown == [(desk.transfers()[0]["src_key"],)]


def test_a_victim_stays_protected_only_as_long_as_the_batch_that_says_so(load, desk):
    victim = f"<report_party><role>VICTIM</role>{person('person', 'Vic')}<is_suspected>false</is_suspected></report_party>"
    found = load(goaml(transaction(1, PAYER, PAYEE), tail=f"<activity><report_parties>{victim}</report_parties></activity>"))
    assert tags(desk)[-1] == ("party", "victim", "STR", "goaml:9001", "stated")
    assert len(desk.archive.snapshot().protection.protected_parties) == 1
    assert desk.run("-w", desk.workspace, "batch", "withdraw", found["batches"][0]["batch_id"], "--reason", "test").code == 0
    assert len(desk.archive.snapshot().protection.protected_parties) == 0


def test_the_reason_of_a_report_goes_with_anybody_it_speaks_of_and_stays_gone(load, desk):
    load(goaml(transaction(1, PAYER, PAYEE)))
    assert clear(desk, "tag", "text") == ["an invented reason"]
    (payee,) = (row["account_id"] for row in rows(desk, "account") if row["account_key"] == desk.transfers()[0]["dst_key"])
    assert desk.run("-w", desk.workspace, "protect", payee, "--basis", "test", "--redact").code == 0
    assert clear(desk, "tag", "text") == []
    load(goaml(transaction(2, PAYER, PAYEE)), name="again.xml")
    assert clear(desk, "tag", "text") == []
    assert desk.run("-w", desk.workspace, "archive", "verify").code == 0


def test_what_no_row_can_say_is_said(load):
    goods = "<goods_services><item><item_type>CAR</item_type></item></goods_services>"
    said = load(goaml(transaction(1, side("from", account("from_account", "1")), PAYEE), tail=f"<activity>{goods}</activity>"))
    assert [reason.split(":")[0] for reason in said["batches"][0]["incomplete"]] == [
        "a report names 1 goods or services, which have no table",
        "a report gives a reason and names nobody it could stand with",
    ]


def test_a_suspicious_activity_report_makes_no_transfer_and_keeps_its_sums_with_the_narrative(load, desk):
    traces = (
        "<ActivityIPAddress><ActivityIPAddressDateText>20250102</ActivityIPAddressDateText><IPAddressText>192.0.2.1</IPAddressText></ActivityIPAddress>"
        f"<CyberEventIndicators><CyberEventIndicatorsTypeCode>999</CyberEventIndicatorsTypeCode><EventValueText>wallet {WALLET}</EventValueText></CyberEventIndicators>"
    )
    load(fincen(activity(subject("Ann", number="900000001", accounts=("700", "701")), more=traces, narrative="told in full")))
    assert desk.transfers() == []
    assert sorted((row["scheme"], row["kind"]) for row in rows(desk, "account")) == [
        ("bank:000000002", "bank_account"), ("bank:000000002", "bank_account"), ("crypto:BTC", "crypto_address"),
    ]  # fmt: skip
    assert [row["role"] for row in rows(desk, "holding")] == ["owner", "owner"]
    assert {(one[0], one[1], one[3], one[4]) for one in tags(desk)} == {
        ("party", "reported", "fincen:000000001", "subject"), ("account", "reported", "fincen:000000001", "subject"),
    }  # fmt: skip
    assert set(clear(desk, "tag", "text")) == {"activity 2025-01-01; amount 1500 USD. told in full"}
    (ip,) = (row for row in rows(desk, "identifier") if row["kind"] == "ip")
    assert ip["party_key"] == rows(desk, "party")[0]["party_key"]


def test_a_subject_born_in_a_year_that_may_make_a_child_is_protected_before_the_day_is_known(load, desk):
    load(fincen(activity(subject("Kid", born="20100000", accounts=("700",)), subject("Ann", born="19700101"))))
    protection = desk.archive.snapshot().protection
    assert (len(protection.protected_parties), len(protection.protected_accounts)) == (1, 1)
    assert {one[1] for one in tags(desk)} == {"minor", "reported"}
    assert len([one for one in tags(desk) if one[1] == "reported"]) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (fincen(reports.alone(1), form="CTRX"), "is a FinCEN batch of the form CTRX"),
        (fincen(), "holds no activity"),
        (b"<report><rentity_id>1</rentity_id></report>", "holds a header and no records"),
    ],
)
def test_what_is_no_report_is_refused_with_its_reason(desk, content, reason):
    ran = desk.run("-w", desk.workspace, "ingest", desk.write("x.xml", content))
    assert (ran.code, reason in ran.err) == (2, True), ran.err


def test_a_batch_that_holds_fewer_activities_than_it_says_is_incomplete(load):
    assert load(fincen(reports.alone(1), count=3))["batches"][0]["incomplete"] == ["the batch says it holds 3 activities and holds 1"]


def test_reports_in_a_zip_are_known_by_their_first_member(load, desk):
    from .iso_messages import zipped

    load(zipped(("a.xml", goaml(reports.between(1))), ("b.xml", goaml(reports.between(2)))), name="reports.zip")
    assert len(desk.transfers()) == 2


@pytest.mark.parametrize("name", ["goaml_report.xml", "fincen_batch.xml"])
def test_the_examples_load_whole(desk, name):
    ran = desk.run("-w", desk.workspace, "ingest", str(EXAMPLES / name), "--json")
    assert (ran.code, ran.document["rejected"]) == (0, 0), ran.err
    assert ran.document["batches"][0].get("incomplete") is None
    assert desk.archive.snapshot().protection.protected_parties.size == 1
