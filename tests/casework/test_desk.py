"""The one door: the policy is asked, the newest snapshot is read, the answer is redacted and recorded, and only then it is handed out."""

from __future__ import annotations

import json
import sqlite3
from datetime import date

import pytest
from casework.village import NAMES, TEXT, iban
from ended import end_source

import bakau
from bakau.errors import AuditError, InputError, NotFoundError, RefusedError
from bakau.ids import Realm
from bakau.model import ProtectionState
from bakau_casework.cases import CaseStatus
from bakau_casework.desk import Desk
from bakau_casework.documents import VIEWS
from bakau_casework.policy import Action, DenyAll
from bakau_casework.purpose import Purpose

ASKS = {
    "findings": lambda desk, ids: desk.findings(),
    "changes": lambda desk, ids: desk.changes(desk.findings().facts["run"]),
    "explain": lambda desk, ids: desk.explain(desk.findings(top=1).rows["finding_id"][0].as_py()),
    "find": lambda desk, ids: desk.find(iban("r0")),
    "account": lambda desk, ids: desk.account(ids["r0"]),
    "neighbours": lambda desk, ids: desk.neighbours(ids["r0"]),
    "path": lambda desk, ids: desk.path(ids["s0"], ids["collector"]),
    "batches": lambda desk, ids: desk.batches(),
    "rejects": lambda desk, ids: desk.rejects(desk.batches().rows["batch_id"][1].as_py()),
    "scores": lambda desk, ids: desk.export("scores"),
    "finding rows": lambda desk, ids: desk.export("findings"),
    "communities": lambda desk, ids: desk.export("communities"),
    "features": lambda desk, ids: desk.export("features"),
    "transfers": lambda desk, ids: desk.export("transfers"),
    "cases": lambda desk, ids: desk.cases(),
    "audit": lambda desk, ids: desk.audit(),
}
asks = pytest.mark.parametrize("ask", ASKS.values(), ids=list(ASKS))


def entries(village) -> list[dict]:
    """The audit log as the file holds it, read past the Desk."""
    connection = sqlite3.connect(village.workspace / "casework.sqlite")
    rows = connection.execute("SELECT body FROM audit ORDER BY sequence").fetchall()
    connection.close()
    return [json.loads(row[0]) for row in rows]


def break_audit(village) -> None:
    connection = sqlite3.connect(village.workspace / "casework.sqlite")
    connection.execute("CREATE TRIGGER broken BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'broken'); END")
    connection.commit()
    connection.close()


@asks
def test_every_answer_is_recorded_before_it_is_handed_out(own_village, ask):
    ids, before = own_village.ids(), len(entries(own_village))
    with own_village.desk() as desk:
        view = ask(desk, ids)
    recorded = entries(own_village)[before:]
    assert recorded
    last = recorded[-1]
    assert (last["outcome"], last["purpose"], last["person"], last["snapshot"]) == ("shown", "exploration", desk.person.name, view.snapshot)
    assert last["counts"]["rows"] == len(view.rows)
    assert last["counts"]["unmasked"] == 0


@asks
def test_a_broken_audit_log_shows_nothing(own_village, ask):
    ids = own_village.ids()
    with own_village.desk() as desk:
        break_audit(own_village)
        with pytest.raises(AuditError, match="nothing is shown"):
            ask(desk, ids)


def test_a_command_prints_nothing_when_the_audit_log_is_broken(bakau, own_village):
    break_audit(own_village)
    for call in (("findings", "--json"), ("batches",), ("account", own_village.ids()["r0"])):
        ran = bakau(own_village.workspace, *call)
        assert (ran.code, ran.out) == (1, "")
        assert "nothing is shown" in ran.err


@asks
def test_a_policy_that_denies_is_final_and_the_refusal_is_recorded(own_village, ask):
    ids = own_village.ids()
    with own_village.desk() as desk:
        desk._policy = DenyAll()
        with pytest.raises(RefusedError, match="no policy allows"):
            ask(desk, ids)
    assert entries(own_village)[-1]["outcome"] == "refused"


def test_a_desk_whose_opening_is_refused_is_recorded_and_does_not_open(own_village):
    with pytest.raises(RefusedError, match="needs a case"):
        own_village.desk("investigation")
    last = entries(own_village)[-1]
    assert (last["action"], last["outcome"], last["purpose"]) == ("desk.open", "refused", "investigation")


def test_an_unknown_purpose_person_or_case_is_your_input(village):
    with pytest.raises(InputError, match="unknown purpose"):
        village.desk("curiosity")
    with pytest.raises(InputError, match="not an account name"):
        village.desk(person="two words")
    with pytest.raises(NotFoundError, match="no such case"):
        village.desk(case="case_nothing")


def test_a_failed_question_is_recorded_as_failed_and_a_search_text_only_as_a_hash(own_village):
    with own_village.desk() as desk:
        with pytest.raises(NotFoundError):
            desk.account("acc_zzzzzzzz")
        desk.find(NAMES["r0"])
        desk.find(NAMES["r0"])
    failed, first, second = entries(own_village)[-3:]
    assert (failed["action"], failed["outcome"]) == ("account.show", "failed")
    assert first["query"] == second["query"] != failed["query"]
    assert NAMES["r0"] not in json.dumps(entries(own_village))


@pytest.mark.parametrize("purpose", sorted(set(Purpose) - {Purpose.SAFEGUARDING}))
def test_each_purpose_shows_what_it_may_and_records_how_many_clear_values(own_village, purpose):
    ids = own_village.ids()
    with own_village.desk() as desk:
        case = desk.open_case(title="T", authority="FIU", legal_basis="Order").rows["case_id"][0].as_py()
    with own_village.desk(purpose, case=case if purpose is Purpose.INVESTIGATION else None) as desk:
        account = desk.account(ids["r0"]).to_document()
        counted = entries(own_village)[-1]["counts"]["unmasked"]
        explained = desk.explain(desk.findings(top=1).rows["finding_id"][0].as_py()).to_document()
    row, proof = account["account"], explained["evidence"]
    numbers, texts = purpose is not Purpose.EXPLORATION, purpose is Purpose.TRAINING
    assert row["number"] == (iban("r0") if numbers else None)
    assert row["holder_names"] == ([NAMES["r0"]] if numbers else None)
    assert (counted > 0) is numbers
    assert any(one["reference"] for one in proof) is numbers
    assert any((one["purpose"] or "").startswith(TEXT) for one in proof) is texts
    assert set(account["masked"]) == (set() if numbers else {"number", "holder_names"}) | (set() if texts else {"tag_texts"})


def test_training_is_refused_as_soon_as_one_source_is_real(bakau, own_village):
    words = ("--name", "Bank", "--authority", "FIU", "--legal-basis", "Order", "--purpose", "exploration", "--keep-until", "2020-01-31")
    assert bakau(own_village.workspace, "source", "add", "bank", *words).code == 0
    ran = bakau(own_village.workspace, "account", own_village.ids()["r0"], "--purpose", "training", "--json")
    assert (ran.code, ran.out) == (3, "")
    assert "every source is a training source" in ran.err
    assert bakau(own_village.workspace, "findings").err == "", "no banner where data may be real"


def test_a_source_shows_nothing_for_other_purposes_or_after_its_end(bakau, own_village, tmp_path):
    words = ("--name", "Bank", "--authority", "FIU", "--legal-basis", "Order", "--keep-until")
    for source, purpose in (("ended", "exploration"), ("other", "investigation")):
        bakau(own_village.workspace, "source", "add", source, *words, "2099-01-31", "--purpose", purpose)
    assert bakau(own_village.workspace, "findings", "--json").code == 0, "nothing was loaded from them yet"
    loaded = bakau(own_village.workspace, "ingest", own_village.files[1], "--mapping", "bank", "--source", "ended", "--json")
    end_source(own_village.workspace, "ended", date(2020, 1, 31))
    ran = bakau(own_village.workspace, "findings", "--json")
    assert (ran.code, ran.out) == (3, "")
    assert "source ended might be kept until 2020-01-31: withdraw its batches" in ran.err
    bakau(own_village.workspace, "batch", "withdraw", loaded.document["batches"][0]["batch_id"], "--reason", "ended")
    assert bakau(own_village.workspace, "findings", "--json").code == 0
    bakau(own_village.workspace, "ingest", own_village.files[1], "--mapping", "bank", "--source", "other")
    ran = bakau(own_village.workspace, "account", own_village.ids()["r0"], "--json")
    assert (ran.code, ran.out) == (3, "")
    assert "source other does not allow exploration" in ran.err


def test_a_fresh_workspace_says_that_it_is_for_training(bakau, tmp_path):
    made = bakau(None, "init", tmp_path / "fresh")
    assert "synthetic or public data only" in made.out
    (source,) = bakau(tmp_path / "fresh", "source", "list", "--json").document["sources"]
    assert (source["source_id"], source["training"]) == ("training", True)
    assert bakau(tmp_path / "fresh", "batches").err == "training workspace: synthetic or public data only\n"


def test_real_data_needs_a_declared_source_with_basis_purposes_and_end(bakau, own_village):
    ran = bakau(own_village.workspace, "ingest", own_village.files[1], "--mapping", "bank", "--source", "undeclared")
    assert ran.code == 2
    whole = {"--name": "B", "--authority": "FIU", "--legal-basis": "Order", "--purpose": "exploration", "--keep-until": "2099-01-01"}
    for missing in whole:
        words = [word for pair in whole.items() if pair[0] != missing for word in pair]
        assert bakau(own_village.workspace, "source", "add", "bank", *words).code == 2, missing


def test_a_case_opens_numbers_to_its_members_while_it_is_open(own_village):
    ids = own_village.ids()
    with own_village.desk() as desk:
        case = desk.open_case(title="T", authority="FIU", legal_basis="Order").rows["case_id"][0].as_py()
    with own_village.desk("investigation", case=case[:-2]) as desk:
        assert desk.account(ids["r0"]).case == case
        assert desk.account(ids["r0"]).rows["number"][0].as_py() == iban("r0")
        desk.change_case_status(case, CaseStatus.CLOSED)
        with pytest.raises(RefusedError, match="is closed"):
            desk.account(ids["r0"])
    for person, words in (("stranger", "stranger is no member"),):
        with pytest.raises(RefusedError, match=words):
            own_village.desk("investigation", case=case, person=person)
    with own_village.desk() as desk:
        desk.change_case_status(case, CaseStatus.OPEN)
        desk.add_member(case, "stranger")
    with pytest.raises(RefusedError, match="for yourself only"):
        own_village.desk("investigation", case=case, person="stranger")


def test_a_mark_made_while_the_desk_is_open_counts_at_once(own_village):
    ids, archive = own_village.ids(), own_village.archive
    with own_village.desk("training") as desk:
        assert desk.account(ids["r0"]).rows["number"][0].as_py() == iban("r0")
        key = dict(zip(*(archive.snapshot().table("account")[name].to_pylist() for name in ("account_id", "account_key")), strict=True))
        archive.protect([key[ids["r0"]]], realm=Realm.ACCOUNT, state=ProtectionState.PROTECTED, basis="test")
        assert desk.account(ids["r0"]).to_document()["account"] is None
        shown = [desk.findings(), desk.find(iban("r0")), desk.export("scores"), desk.export("findings"), desk.export("communities"), desk.export("transfers")]  # fmt: skip
        shown.append(desk.audit(last=None))
    for view in shown:
        text = json.dumps(view.to_document())
        assert ids["r0"] not in text, view.schema
        assert view.schema == "bakau.transfers/1" or iban("r0") not in text, view.schema


@pytest.mark.parametrize("purpose", [Purpose.EXPLORATION, Purpose.TRAINING])
def test_the_protected_child_is_never_shown_under_any_purpose(own_village, purpose):
    ids = own_village.ids()
    with own_village.desk(purpose) as desk:
        views = [ask(desk, ids) for ask in ASKS.values()]
        found = desk.find(iban("child")).to_document()
        views += [desk.find(NAMES["child"]), desk.account(ids["sweeper"]), desk.neighbours(ids["sweeper"])]
        views += [desk.explain(one, limit=500) for one in desk.findings().rows["finding_id"].to_pylist()]
        assert desk.account(ids["child"]).to_document()["account"] is None
        for ask in (
            lambda: desk.neighbours(ids["child"]),
            lambda: desk.path(ids["child"], ids["r0"]),
            lambda: desk.path(ids["s0"], ids["child"]),
        ):
            with pytest.raises(RefusedError, match="protected"):
                ask()
    assert (found["accounts"], found["protected"]) == ([], 1)
    for view in views:
        text = json.dumps(view.to_document(), default=str)
        for secret in (ids["child"], iban("child"), NAMES["child"]):
            assert secret not in text, view.schema


def test_the_sdk_opens_the_same_door(own_village):
    with bakau.open_desk(own_village.workspace) as desk:
        assert isinstance(desk, Desk)
        assert desk.findings(top=1).schema == "bakau.findings/1"
    assert entries(own_village)[-1]["action"] == "findings.list"


def test_every_view_and_every_action_has_its_document_and_its_rule():
    assert len({view.schema for view in VIEWS}) == len(VIEWS)
    assert {action.value for action in Action if action.shows_source_data} >= {"findings.list", "account.show", "export.transfers"}
