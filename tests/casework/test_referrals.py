"""Referrals at the Desk: by last payment, without a score or a name; whom to call; who acted; numbers looked up are counted."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from casework.village import BIRTHS, NAMES, Village, iban, write_files
from click.testing import CliRunner

from bakau.cli import root
from bakau.errors import InputError, RefusedError
from bakau.model import ProtectionState
from bakau_casework.charts import Chart
from bakau_casework.referrals import register
from bakau_casework.referrals.contacts import LONGEST, load_contacts, parse_contacts
from bakau_casework.referrals.words import Act, Why
from bakau_casework.views import referrals as views
from bakau_casework.views.referrals import name_referral

TODAY = date(2026, 12, 1)


@pytest.fixture
def desk(village):
    with village.desk("safeguarding") as opened:
        yield opened


def test_a_child_who_is_paid_by_many_and_emptied_is_referred_without_a_name_a_number_or_a_score(village, desk):
    document = desk.referrals().to_document()
    (row,) = document["referrals"]
    assert {sign["rule"] for sign in row["signs"]} >= {"VIC-05", "VIC-06"}
    assert (row["country"], row["is_open"], document["open"]) == ("DE", True, 1)
    said = json.dumps(document, ensure_ascii=False)
    secrets = [village.ids()["child"], iban("child"), NAMES["child"]]
    assert not [secret for secret in secrets if secret in said]
    assert not [name for name in row if name in ("score", "points", "rank", "risk")]
    assert "no path for DE" in row["immediate"], "a country without a path says so"


def test_referrals_are_for_safeguarding_and_safeguarding_is_for_referrals(village, desk):
    for purpose in ("exploration", "training"):
        with village.desk(purpose) as other, pytest.raises(RefusedError, match="purpose safeguarding only"):
            other.referrals()
    with pytest.raises(RefusedError, match="for referrals only"):
        desk.findings()


def test_real_data_needs_a_case_for_safeguarding_of_which_one_is_a_member(bakau, own_village):
    workspace = own_village.workspace
    words = ("--name", "Bank", "--authority", "FIU", "--legal-basis", "Order", "--purpose", "safeguarding", "--keep-until", "2099-01-31")
    assert bakau(workspace, "source", "add", "bank", *words).code == 0
    ran = bakau(workspace, "referrals", "--json")
    assert (ran.code, ran.out) == (3, "")
    opened = bakau(
        workspace, "case", "open", "--title", "T", "--authority", "A", "--legal-basis", "B", "--purpose", "safeguarding", "--json"
    )
    case = opened.document["file"]["case_id"]
    assert bakau(workspace, "referrals", "--case", case, "--json").document["case"] == case
    other = bakau(workspace, "case", "open", "--title", "T", "--authority", "A", "--legal-basis", "B", "--json").document["file"]["case_id"]
    assert bakau(workspace, "referrals", "--case", other).code == 3


def test_who_acted_and_when_stays_with_the_referral(own_village):
    with own_village.desk("safeguarding") as desk:
        one = desk.referrals().rows["referral_id"][0].as_py()
        (row,) = desk.act_on_referral(one[:9], Act.TOLD_POLICE, "26/123").rows.to_pylist()
        with pytest.raises(InputError, match="case number"):
            desk.act_on_referral(one, Act.TOLD_POLICE, NAMES["child"])
    (act,) = row["acts"]
    assert (act["act"], act["reference"], act["person"], row["is_open"]) == ("told_police", "26/123", desk.person.name, False)
    with own_village.desk("safeguarding") as again:
        assert again.referrals().to_document()["open"] == 0


def test_a_number_is_shown_one_at_a_time_counted_and_a_break_is_asked_for(own_village, monkeypatch):
    monkeypatch.setattr(register, "MOST_A_DAY", 5)
    monkeypatch.setattr(register, "BREAK_AFTER", 2)
    with own_village.desk("safeguarding") as desk:
        one = desk.referrals().rows["referral_id"][0].as_py()
        first = desk.reveal_referral(one, Why.TELL_POLICE).to_document()
        assert (first["referral"]["number"], first["looked_up_today"]) == (iban("child"), 1)
        desk.reveal_referral(one, Why.TELL_INSTITUTION)
        with pytest.raises(RefusedError, match="take a break"):
            desk.reveal_referral(one, Why.TELL_POLICE)
        for place in (True, False, True):
            desk.reveal_referral(one, Why.TELL_POLICE, after_break=place)
        with pytest.raises(RefusedError, match="tomorrow"):
            desk.reveal_referral(one, Why.TELL_POLICE, after_break=True)
        log = [row for row in desk.audit(last=None).rows.to_pylist() if row["action"] == "referral.reveal"]
    assert [row["outcome"] for row in log].count("shown") == 5, "as many as were counted"
    assert [row["outcome"] for row in log].count("refused") == 2


def test_the_first_line_of_an_analysis_is_the_number_of_referrals(bakau, village):
    assert (
        bakau(village.workspace, "analyse").out.splitlines()[0] == "referrals: 1 protected account shows a sign of danger (bakau referrals)"
    )
    assert bakau(village.workspace, "analyse", "--urgent").out.startswith("referrals: 1 ")


# --- an age that is not known -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ageless(tmp_path_factory):
    """The village, in which nobody stated when the child and the receiver r0 were born."""
    folder = tmp_path_factory.mktemp("ageless")
    files, workspace = write_files(folder, {**BIRTHS, "child": "", "r0": ""}), folder / "workspace"
    for call in (["init", workspace], ["-w", workspace, "ingest", *files, "--mapping", "bank"], ["-w", workspace, "analyse"]):
        result = CliRunner().invoke(root, [str(word) for word in call])
        assert result.exit_code == 0, (result.output, result.exception)
    return Village(workspace, files)


def test_an_unknown_age_with_a_sign_of_danger_is_review_and_never_a_suspect(bakau, ageless, tmp_path):
    ids = ageless.ids()
    unsure = {ids["child"], ids["r0"]}
    findings = bakau(ageless.workspace, "findings", "--json").document["findings"]
    subjects = {subject["id"] for finding in findings for subject in finding["subjects"]}
    assert not subjects & unsure
    assert ids["r1"] in subjects, "who is known to be an adult is named"
    beside = {name for finding in findings for name in finding["review_ids"]}
    assert ids["r0"] in beside
    assert not any(unsure & set(finding["context_ids"]) for finding in findings)
    for table in ("scores", "features", "findings", "communities"):
        path = tmp_path / f"{table}.csv"
        assert bakau(ageless.workspace, "export", table, "--csv", path).code == 0
        assert not [name for name in unsure if name in path.read_text(encoding="utf-8")], table
    assert "in review, may need protection" in bakau(ageless.workspace, "findings").out
    assert "in review: 2 accounts" in bakau(ageless.workspace, "analyse").out


def test_who_is_in_review_is_referred_until_a_person_settles_the_age(bakau, ageless, tmp_path):
    own = ageless.copy(tmp_path)
    with own.desk("safeguarding") as desk:
        listed = desk.referrals().to_document()
        states = [row["age_state"] for row in listed["referrals"]]
        assert (listed["in_review"], states) == (2, ["age_unknown", "age_unknown"])
        assert not [name for name in own.ids().values() if name in json.dumps(listed)]
        adult, child = (name_of(own, own.ids()[who]) for who in ("r0", "child"))
        with pytest.raises(InputError, match="a basis is a case number"):
            desk.settle_referral(adult, ProtectionState.ADULT_KNOWN, NAMES["r0"])
    assert bakau(own.workspace, "referrals", "settle", adult, "--basis", "KYC-17").code == 2, "somebody says which"
    said = bakau(own.workspace, "referrals", "settle", adult, "--adult", "--basis", "KYC-17", "--json").document
    assert [row["referral_id"] for row in said["referrals"]] == [child]
    (kept,) = bakau(own.workspace, "referrals", "settle", child, "--protected", "--basis", "KYC-18", "--json").document["referrals"]
    assert (kept["referral_id"], kept["age_state"]) == (child, "protected")
    assert bakau(own.workspace, "referrals", "settle", child, "--adult", "--basis", "KYC-19").code == 3, (
        "a protected account has no age to settle"
    )
    assert bakau(own.workspace, "analyse").code == 0
    findings = bakau(own.workspace, "findings", "--json").document["findings"]
    subjects = {subject["id"]: subject["age_state"] for finding in findings for subject in finding["subjects"]}
    assert subjects[own.ids()["r0"]] == "adult_known"
    assert subjects[own.ids()["sweeper"]] == "adult_known", "the adult behind the swept account is named once it is known to be protected"
    assert own.ids()["child"] not in json.dumps(findings)
    log = [row for row in own.desk().audit(last=None).rows.to_pylist() if row["action"] == "referral.settle"]
    assert [row["outcome"] for row in log] == ["failed", "shown", "shown", "refused"]
    with own.desk("safeguarding") as desk:
        settled = desk.settled_referrals().rows.to_pylist()
        (child_now,) = desk.referrals().rows.to_pylist()
    said = [(row["referral_id"], row["settled_as"], row["basis"], row["person"]) for row in settled]
    assert said == [(child, "settled_protected", "KYC-18", desk.person.name), (adult, "settled_adult", "KYC-17", desk.person.name)]
    assert child_now["is_open"], "an age that was settled is no act: somebody still has to call"
    with own.desk("exploration") as other, pytest.raises(RefusedError, match="purpose safeguarding only"):
        other.settled_referrals()


def test_whom_an_older_run_named_is_no_suspect_on_a_chart_once_in_review(bakau, own_village):
    ids = own_village.ids()
    with own_village.desk() as desk:
        chart = next(Chart(finding_id=row["finding_id"]) for row in desk.findings().rows.to_pylist() if ids["r0"] in str(row["subjects"]))
        before = {row["id"]: row for row in desk.network(chart).rows.to_pylist()}
        assert (before[ids["r0"]]["part"], before[ids["r0"]]["is_in_review"]) == ("subject", False)
    files = write_files(own_village.workspace.parent, {**BIRTHS, "r0": ""})
    for batch in bakau(own_village.workspace, "batches", "--json").document["batches"]:
        if "accounts" in batch["file"]:
            assert bakau(own_village.workspace, "batch", "withdraw", batch["batch_id"], "--reason", "test").code == 0
    assert bakau(own_village.workspace, "ingest", files[0], "--mapping", "bank").code == 0
    with own_village.desk() as desk:
        view = desk.network(chart)
        row = next(row for row in view.rows.to_pylist() if row["id"] == ids["r0"])
    assert view.facts["is_stale"]
    assert (row["is_in_review"], row["part"], row["role"], row["points"]) == (True, "review", None, None)
    assert {why["how"] for why in row["why"]} == {"review"}


def name_of(village, account_id):
    """The referral of an account, worked out with the workspace's key."""
    rows = village.archive.snapshot().table("account").to_pylist()
    key = next(row["account_key"] for row in rows if row["account_id"] == account_id)
    return name_referral(village.archive.surrogate_key.secret, key)


# --- contacts ----------------------------------------------------------------------------------------------------------------------


def test_every_contact_names_its_source_and_the_page_its_day():
    page = load_contacts()
    assert {"AU", "CA", "GB", "ID", "NZ", "PH", "US"} <= set(page.countries)
    assert all(contact.source for country in page.countries.values() for contact in country.contacts)
    assert all(country.source for country in page.countries.values() if country.immediate)


def test_a_page_older_than_a_year_warns_on_every_referral_and_a_country_without_a_path_says_so():
    page = load_contacts()
    late = page.checked_on + LONGEST + timedelta(days=1)
    for country in ("PH", "XX", None):
        assert page.path_of(country, today=page.checked_on).warning == ""
        assert "more than a year ago" in page.path_of(country, today=late).warning
    assert "no path for XX" in page.path_of("XX", today=TODAY).immediate
    assert "not known" in page.path_of(None, today=TODAY).immediate


def test_with_a_page_older_than_a_year_every_referral_on_the_list_carries_the_warning(bakau, village, monkeypatch):
    late = load_contacts().checked_on + LONGEST
    for days, warned in ((0, False), (1, True)):
        monkeypatch.setattr(views, "today_utc", lambda days=days: late + timedelta(days=days))
        rows = bakau(village.workspace, "referrals", "--json").document["referrals"]
        assert rows
        assert all(("more than a year ago" in row["warning"]) == warned for row in rows)
        printed = bakau(village.workspace, "referrals").out
        assert printed.count("more than a year ago") == (len(rows) if warned else 0)


@pytest.mark.parametrize(
    "text",
    [
        "checked_on: 2026-01-01\ncountries: {PH: {immediate: call, source: '', contacts: []}}",
        "checked_on: 2026-01-01\ncountries: {PH: {immediate: '', source: '', contacts: []}}",
        "checked_on: 2026-01-01\ncountries: {PH: {immediate: '', source: '', contacts: [{name: a, how: b}]}}",
        "countries: {PH: {immediate: call, source: s, contacts: []}}",
    ],
    ids=["no source", "says nothing", "contact without a source", "no day"],
)
def test_a_page_of_contacts_that_cannot_be_trusted_is_refused(text):
    with pytest.raises(InputError):
        parse_contacts("own.yaml", text)
