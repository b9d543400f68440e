"""Rules on their way in, at the Desk: a draft is tried, a shadow rule is counted, an active one opens findings; who agreed is kept."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter

import pytest
import yaml

from bakau.errors import ConflictError, InputError, NotFoundError, RefusedError
from bakau.ids import short
from bakau_analytics.indicators.load import load_in_force, load_shipped
from bakau_analytics.indicators.states import RuleState, WorkspaceRules
from bakau_casework.database import Database
from bakau_casework.desk import Desk
from bakau_casework.people import Person, get_person
from bakau_casework.policy import LocalPolicy
from bakau_casework.purpose import Purpose
from bakau_casework.rules.register import RuleRegister, load_rules
from bakau_casework.rules.texts import check_rule, check_text
from bakau_graph.archive.derived import DERIVED


class TeamPolicy(LocalPolicy):
    """As the local one, for people who work together."""

    is_single_user = False


def write_rule(folder, **changes):
    """A pack with one rule of its own: FAC-01 under another name, worth more."""
    stated = load_shipped("common").get("FAC-01").model_dump(mode="json", by_alias=True)
    stated |= {
        "id": "NEW-01",
        "version": "1.0",
        "family": "new",
        "points": {"base": 60, "cap": 60},
        "benign": ["a choir that sells tickets"],
        **changes,
    }
    path = folder / "own.yaml"
    path.write_text(
        yaml.safe_dump({"pack": "own", "version": "1.0", "extends": "common", "title": "Own", "rules": [stated]}), encoding="utf-8"
    )
    return path


def tables_of(archive):
    """Every derived table of the newest run, and the run's name."""
    snapshot = archive.snapshot()
    return snapshot.latest_run().run_id, {name: snapshot.derived(name) for name in DERIVED}


def test_a_rule_goes_from_draft_to_shadow_to_active_and_back_and_speaks_only_while_active(bakau, own_village, tmp_path):
    workspace, archive = own_village.workspace, own_village.archive
    logged = own_village.audited()
    before = tables_of(archive)
    proposed = bakau(workspace, "indicators", "propose", write_rule(tmp_path), "--why", "many payers", "--json").document
    assert [(row["rule_id"], row["state"]) for row in proposed["proposals"]] == [("NEW-01", "draft")]
    assert bakau(workspace, "indicators", "run", "NEW-01").code == 2, "a draft is tried alone"
    (tmp_path / "none.yaml").write_text("rules: []\n", encoding="utf-8")
    cases = bakau(workspace, "indicators", "test", "--packs", tmp_path / "none.yaml", "--json").document["cases"]
    assert {case["passed"] for case in cases if case["rule"] == "NEW-01"} == {True}
    assert bakau(workspace, "indicators", "activate", "NEW-01", "--why", "at once").code == 2
    assert bakau(workspace, "indicators", "shadow", "NEW-01", "--why", "count it").code == 0
    listed = bakau(workspace, "indicators", "list", "--json").document["indicators"]
    assert [row["state"] for row in listed if row["id"] == "NEW-01"] == ["shadow"]
    counted = bakau(workspace, "analyse", "--json").document
    assert counted["repeated"], "the same run: a rule in shadow is no part of it"
    assert [(one["rule"], one["accounts"] > 0) for one in counted["shadow"]] == [("NEW-01", True)]
    assert tables_of(archive) == before
    run = bakau(workspace, "indicators", "run", "NEW-01", "--json").document
    assert (run["indicators"], run["shadow"]) == ([], counted["shadow"])
    alone = bakau(workspace, "indicators", "activate", "NEW-01", "--why", "it does well")
    assert "one person did it alone" in alone.out
    active = bakau(workspace, "analyse", "--json").document
    assert (active["repeated"], active["shadow"]) == (False, [])
    finding = bakau(workspace, "findings", "--json").document["findings"][0]
    assert "NEW-01" in {reason["name"] for reason in finding["reasons"]}
    told = bakau(workspace, "explain", finding["finding_id"], "--json").document
    assert "a choir that sells tickets" in json.dumps(told), "what it may also be, in the words of the proposed rule"
    assert bakau(workspace, "indicators", "retire", "NEW-01", "--why", "too loud", "--json").document["proposals"][0]["state"] == "off"
    assert load_in_force(workspace).digest == load_shipped("common").digest
    assert [action for action in own_village.audited()[len(logged) :] if action.startswith("rule.")] == [
        "rule.propose", "rule.activate_alone", "rule.shadow", "rule.activate_alone", "rule.retire",
    ]  # fmt: skip
    moves = bakau(workspace, "indicators", "proposals", "--json").document["proposals"][0]["moves"]
    assert [(move["state"], move["why"], move["alone"]) for move in moves] == [
        ("draft", "many payers", False), ("shadow", "count it", False), ("active", "it does well", True), ("off", "too loud", False),
    ]  # fmt: skip


def test_a_rule_in_shadow_changes_no_byte_of_another_run_either(bakau, village, tmp_path):
    plain, shadowed = (village.copy(tmp_path / name) for name in ("plain", "shadowed") if (tmp_path / name).mkdir() is None)
    for words in (("propose", write_rule(tmp_path)), ("shadow", "NEW-01")):
        assert bakau(shadowed.workspace, "indicators", *words, "--why", "test").code == 0
    for one in (plain, shadowed):
        assert bakau(one.workspace, "analyse", "--seed", 9).code == 0
    assert tables_of(plain.archive) == tables_of(shadowed.archive)


def test_where_people_work_together_a_second_person_activates(own_village, tmp_path):
    def desk(name, login):
        return Desk(
            own_village.archive, person=Person(name, login), purpose=Purpose.EXPLORATION, case=None, policy=TeamPolicy()
        )  # fmt: skip

    with desk("ana", "ana") as ana:
        ana.propose_rules(str(write_rule(tmp_path)), "many payers")
        ana.move_rule("NEW-01", RuleState.SHADOW, "count it")
        with pytest.raises(RefusedError, match="second person"):
            ana.move_rule("NEW-01", RuleState.ACTIVE, "it does well")
    with desk("ben", "ana") as disguised, pytest.raises(RefusedError, match="second person"):
        disguised.move_rule("NEW-01", RuleState.ACTIVE, "it does well")
    with desk("ben", "ben") as ben:
        (row,) = ben.move_rule("NEW-01", RuleState.ACTIVE, "it does well").to_document()["proposals"]
        assert (row["state"], row["is_alone"], row["proposed_by"]) == ("active", False, "ana")
        with pytest.raises(InputError, match="take it back"):
            ben.propose_rules(str(write_rule(tmp_path)), "again")
        assert [entry["action"] for entry in ben.audit().to_document()["entries"]][-2:] == ["rule.activate", "rule.propose"]


def test_what_changed_meanwhile_is_not_moved(own_village, tmp_path):
    with own_village.desk() as desk:
        desk.propose_rules(str(write_rule(tmp_path)), "many payers")
        with pytest.raises(NotFoundError):
            desk.move_rule("NEW-02", RuleState.SHADOW, "none")
    database = Database(own_village.archive.workspace.casework)
    register = RuleRegister(database)
    read = register.get("NEW-01")
    register.move(read, RuleState.SHADOW, "one", get_person(), may_be_alone=True)
    with pytest.raises(ConflictError):
        register.move(read, RuleState.OFF, "other", get_person(), may_be_alone=True)
    database.close()


def test_a_rule_whose_cases_do_not_hold_stays_a_draft(own_village, tmp_path):
    rule = load_shipped("common").get("FAC-01")
    parameters = rule.model_dump(mode="json")["parameters"] | {rule.threshold_parameter: 500}
    with own_village.desk() as desk:
        desk.propose_rules(str(write_rule(tmp_path, parameters=parameters)), "many payers")
        with pytest.raises(InputError, match="do not hold"):
            desk.move_rule("NEW-01", RuleState.SHADOW, "count it")


def test_one_rule_that_a_pack_switches_on_may_be_proposed_and_what_is_in_force_may_not(own_village):
    with own_village.desk() as desk:
        (row,) = desk.propose_rules("LSC-07", "our board allowed it").to_document()["proposals"]
        assert (row["rule_id"], row["state"]) == ("LSC-07", "draft")
        assert load_rules(own_village.workspace).proposals[0].rule.enabled
        for given, words in (("FAC-01", "nothing to propose"), ("nowhere.yaml", "neither a pack's file")):
            with pytest.raises(InputError, match=words):
                desk.propose_rules(given, "why")


def test_a_workspace_of_before_rules_could_be_proposed_proposes_nothing_and_stays_as_it_is(own_village):
    path = own_village.archive.workspace.casework
    for file in path.parent.glob("casework.sqlite*"):
        file.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 3")
    assert load_rules(own_village.workspace) == WorkspaceRules()
    assert load_rules(own_village.workspace / "nowhere") == WorkspaceRules()


# --- keys -----------------------------------------------------------------------------------------------------------------------


def test_where_a_key_is_listed_a_pack_from_a_file_needs_its_signature(bakau, own_village, tmp_path):
    from analytics.indicators.test_signing import write_key

    workspace, pack = own_village.workspace, write_rule(tmp_path)
    signed = bakau(None, "indicators", "sign", pack, "--key", write_key(tmp_path / "key"), "--json").document
    assert bakau(workspace, "indicators", "trust", "0" * 64, "--label", "an authority").code == 0
    for words in (("indicators", "propose", pack, "--why", "x"), ("analyse", "--packs", pack), ("replay", "--from", "2025-03-01", "--to", "2025-03-09", "--pack", pack)):  # fmt: skip
        ran = bakau(workspace, *words)
        assert (ran.code, ran.out) == (2, "")
        assert "own.yaml: the pack was signed by a key that this workspace does not trust" in ran.err
    assert bakau(workspace, "indicators", "verify", pack, "--json").document["is_trusted"] is False
    assert bakau(workspace, "indicators", "trust", signed["key"], "--label", "an authority").code == 0
    assert bakau(workspace, "indicators", "verify", pack, "--json").document["is_trusted"] is True
    assert bakau(workspace, "indicators", "list", "--packs", pack).code == 0
    assert bakau(workspace, "indicators", "distrust", "0" * 64, "--json").document["keys"][0]["key"] == signed["key"]
    assert bakau(workspace, "indicators", "distrust", "0" * 64).code == 2


# --- texts and methods ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "x" * 501, "call +999 471 150 97", "paid XB82 BKAU 0000 0000 0001", "write to somebody@example.org", "(@handle) asked",
        "to 0xc0ffee5eedbead00000000000000000000000001", "born 19.11.1971", "data:image/png;base64,iVBORw0KGgo",
    ],
)  # fmt: skip
def test_a_text_with_a_number_of_somebody_or_content_in_it_is_refused_and_not_said_back(text):
    with pytest.raises(InputError) as refused:
        check_text(text, "what is said")
    assert text.strip() == "" or text not in str(refused.value) + refused.value.hint


def test_texts_of_every_shipped_rule_would_be_taken_and_a_number_in_any_field_is_refused():
    for rule in load_shipped("common").every:
        check_rule(rule)
    rule = load_shipped("common").get("FAC-01")
    source, number = rule.source, "+999 471 150 97"
    case = rule.cases[0].model_copy(update={"account": number})
    for changed in (
        {"title": number},
        {"benign": (number,)},
        {"source": source.model_copy(update={"publication": number})},
        {"cases": (case,)},
    ):
        with pytest.raises(InputError):
            check_rule(rule.model_copy(update=changed))


def test_a_method_keeps_its_source_its_rails_and_the_listed_words_and_points_at_a_rule(bakau, own_village, tmp_path):
    workspace = own_village.workspace
    add = ("methods", "add", "--says", "Payers call it a gift and pay in game credits", "--first-seen", "2026-03-01")
    assert bakau(workspace, *add).code == 2, "a source is needed"
    bakau(workspace, "indicators", "propose", write_rule(tmp_path), "--why", "many payers")
    more = ("--source", "a notice of an authority", "--address", "https://example.org/notice", "--channel", "platform", "--rule", "NEW-01")
    made = bakau(workspace, *add, *more, "--json").document["method"]
    assert (made["channels"], made["tokens"], made["rule_id"], made["rule_state"]) == (["platform"], ["gift"], "NEW-01", "draft")
    assert bakau(workspace, "methods", "show", made["method_id"][:5], "--json").document["method"] == made
    assert bakau(workspace, "methods", "list", "--json").document["methods"] == [made]
    for wrong in (("--channel", "pigeon"), ("--address", "example.org"), ("--first-seen", "2999-01-01"), ("--rule", "ZZZ-99")):
        ran = bakau(workspace, *add, *more, *wrong)
        assert (ran.code, ran.out) == (2, "")
    assert "NEW-01 (draft)" in bakau(workspace, "methods", "list").out


# --- what is in force -----------------------------------------------------------------------------------------------------------


def test_the_rules_in_force_say_source_state_and_what_the_newest_run_saw(bakau, own_village, tmp_path):
    bakau(own_village.workspace, "indicators", "propose", write_rule(tmp_path), "--why", "many payers")
    with own_village.desk() as desk:
        view = desk.rules_in_force()
        stored = own_village.archive.snapshot().derived("hit").to_pylist()
    rows = {row["rule_id"]: row for row in view.rows.to_pylist()}
    hits = [row["indicator"] for row in stored if row["account_key"] is not None]
    assert {name: row["accounts"] for name, row in rows.items() if row["accounts"]} == dict(Counter(hits))
    blind = {row["indicator"]: row["missing"] for row in stored if row["account_key"] is None and row["missing"]}
    assert {name: row["missing"] for name, row in rows.items() if row["missing"]} == blind
    assert {row["outcome"] for name, row in rows.items() if name in blind and name not in hits} == {"not_evaluable"}
    assert (rows["NEW-01"]["state"], rows["NEW-01"]["outcome"]) == ("draft", None), "no run looks with a draft"
    assert (rows["VIC-05"]["role"], rows["VIC-05"]["points"]) == ("victim", None)
    shipped = load_shipped("common").get("FAC-01")
    assert (rows["FAC-01"]["grade"], rows["FAC-01"]["number"]) == (shipped.source.grade, shipped.source.number)
    assert (view.facts["run_pack"], view.facts["country"], view.facts["not_built"] > 0) == ("common", None, True)


def test_a_country_pack_shows_what_it_says_otherwise_and_that_the_run_did_not_look_with_it(own_village):
    with own_village.desk() as desk:
        view = desk.rules_in_force("ph")
    other = {row["rule_id"]: row["outcome"] for row in view.rows.to_pylist() if row["differs"]}
    assert other
    assert set(other.values()) == {None}
    assert view.facts["country"] == "PH"
    assert view.facts["country_facts"]


def test_a_pack_on_a_screen_is_a_name_and_never_the_path_of_a_file(own_village, tmp_path):
    path = str(write_rule(tmp_path))
    with own_village.desk() as desk:
        for question in (desk.rules_in_force, desk.count_rules):
            with pytest.raises(NotFoundError, match="no such pack"):
                question(path)
        with pytest.raises(InputError, match="named by its id"):
            desk.propose_rule(path, "ph", "many payers")
        with pytest.raises(InputError, match="named by its id"):
            desk.propose_rule("FAC-01", path, "many payers")
        with pytest.raises(InputError, match="no such state"):
            desk.move_rule("NEW-01", "asleep", "many payers")


def test_counting_says_what_each_rule_sees_now_and_those_in_shadow_apart(bakau, own_village, tmp_path):
    for words in (("propose", write_rule(tmp_path)), ("shadow", "NEW-01")):
        bakau(own_village.workspace, "indicators", *words, "--why", "test")
    with own_village.desk() as desk:
        rows = {row["rule_id"]: row for row in desk.count_rules().rows.to_pylist()}
        same = {row["rule"]: row for row in bakau(own_village.workspace, "indicators", "coverage", "--json").document["indicators"]}
        before = desk.standing()
        assert desk.proposals().rows["may_become"].to_pylist() == [["draft", "active", "off"]]
        desk.move_rule("NEW-01", "draft", "not yet")
        assert desk.standing() != before, "whoever kept an answer asks anew"
    assert (rows["NEW-01"]["state"], rows["NEW-01"]["accounts"]) == ("shadow", rows["FAC-01"]["accounts"])
    assert {name: row["transfers"] for name, row in rows.items() if name in same} == {name: row["transfers"] for name, row in same.items()}


# --- replay ---------------------------------------------------------------------------------------------------------------------

WINDOW = ("--from", "2025-03-01", "--to", "2025-03-31")


def test_a_replay_says_who_is_new_by_another_rule_and_shows_nobody_who_is_protected(bakau, own_village, tmp_path):
    workspace, ids = own_village.workspace, own_village.ids()
    logged = own_village.audited()
    stated = bakau(workspace, "findings", "--json").document
    same = bakau(workspace, "replay", *WINDOW, "--json").document
    named = {subject["id"] for finding in stated["findings"] for subject in finding["subjects"]}
    assert {row["account_id"] for row in same["accounts"]} == named
    assert {row["change"] for row in same["accounts"]} == {"same"}
    assert (same["findings"], same["findings_in_force"], same["new"], same["gone"]) == (len(stated["findings"]),) * 2 + (0, 0)
    assert (same["days"], same["a_day"], same["analyst_days"]) == (31, 10, 1)
    assert same["touching_protected"] == sum(finding["protected_count"] > 0 for finding in stated["findings"])
    bakau(workspace, "indicators", "propose", write_rule(tmp_path), "--why", "many payers")
    other = bakau(workspace, "replay", *WINDOW, "--rule", "NEW-01", "--a-day", 1, "--json").document
    assert other["rules_added"] == ["NEW-01"]
    assert max(row["score"] for row in other["accounts"]) > max(row["score_in_force"] or 0 for row in other["accounts"])
    assert other["analyst_days"] == other["findings"]
    (tmp_path / "none.yaml").write_text("rules: []\n", encoding="utf-8")
    none = bakau(workspace, "replay", *WINDOW, "--pack", tmp_path / "none.yaml", "--json").document
    assert {row["change"] for row in none["accounts"]} == {"gone"}
    assert (none["gone"], none["found"], none["packs"]) == (len(named), 0, "file")
    assert bakau(workspace, "protect", ids["r0"], "--basis", "test").code == 0
    hidden = bakau(workspace, "replay", *WINDOW).out
    assert short(ids["r1"]) in hidden
    assert short(ids["r0"]) not in hidden
    assert "a default of ours" in hidden
    after = bakau(workspace, "findings", "--json").document
    assert (after["run"], after["total"]) == (stated["run"], len(after["findings"]))
    assert own_village.audited()[len(logged) :].count("replay.run") == 4


def test_a_replay_is_of_source_data_so_a_source_that_does_not_allow_it_says_no(bakau, own_village):
    words = ("--name", "Bank", "--authority", "FIU", "--legal-basis", "Order", "--purpose", "safeguarding", "--keep-until", "2099-01-31")
    assert bakau(own_village.workspace, "source", "add", "bank", *words).code == 0
    assert bakau(own_village.workspace, "ingest", own_village.files[0], "--mapping", "bank", "--source", "bank").code == 0
    assert bakau(own_village.workspace, "replay", *WINDOW).code == 3
    assert bakau(own_village.workspace, "replay", "--from", "2025-03-31", "--to", "2025-03-01").code == 2
