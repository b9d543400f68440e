"""The pages Rules and Replay: what is in force and what it sees, proposals moved with a reason, methods noted, other rules tried."""

from __future__ import annotations

import pytest
from casework.test_rules import write_rule
from dashboard.conftest import ENTRY, words
from small_world import bakau as run
from streamlit.testing.v1 import AppTest

import bakau
from bakau_dashboard.charts.graph import COLOURS, REVIEW
from bakau_dashboard.words import FOLLOWS, MOVES, RULE_STATES, STATE_WORDS

WINDOW = {"from": "2025-01-01", "to": "2025-12-31"}


def press(app, label: str):
    next(button for button in app.button if button.label == label).click().run(timeout=240)
    assert not app.exception
    return app


def open_slowly(name: str, **address):
    """A page that runs every rule or the pipeline when it is opened: on a busy machine that takes a while."""
    app = AppTest.from_file(str(ENTRY), default_timeout=400)
    for key, value in address.items():
        app.query_params[key] = value
    app.switch_page(f"../app_pages/{name}.py")
    app.run()
    assert not app.exception
    return app


@pytest.fixture
def proposing(own_office, tmp_path):
    """An office whose workspace proposes one rule."""
    run(own_office.workspace, "indicators", "propose", write_rule(tmp_path), "--why", "many payers")
    return own_office


def test_every_state_and_move_has_its_words():
    assert set(MOVES) == set(FOLLOWS) == set(RULE_STATES) == set(STATE_WORDS) == {"draft", "shadow", "active", "off"}
    assert REVIEW in COLOURS


def test_rules_are_listed_with_source_grade_state_and_what_the_newest_run_saw(office, page):
    app = page("rules")
    rows = app.dataframe[0].value
    with bakau.open_desk(office.workspace) as desk:
        stated = {row["rule_id"]: row for row in desk.rules_in_force().rows.to_pylist()}
    assert rows["rule"].tolist() == list(stated)
    for _, row in rows.iterrows():
        rule = stated[row["rule"]]
        assert (row["source"], row["grade"][0], row["missing"]) == (rule["source"], rule["grade"], rule["missing"])
        assert (row["hits"] or "0") == f"{rule['accounts'] or 0:,}"
    assert "cannot be looked at in this data" in words(app)
    assert "published rows have no rule" in words(app)


def test_the_address_chooses_pack_filters_and_rule_and_a_path_in_it_opens_no_file(office, page, tmp_path):
    app = page("rules", pack="ph", other="true", rule="LSC-01")
    assert app.selectbox(key="chosen_pack").value == "ph"
    assert "LSC-01" in app.dataframe[0].value["rule"].tolist()
    assert app.selectbox(key="chosen_rule").value == "LSC-01"
    assert "What is published about PH" in app.expander[0].label
    assert "stood on the pack common" in words(app)
    blind = page("rules", here="cannot be looked at").dataframe[0].value
    assert blind["missing"].str.len().min() > 0
    strange = page("rules", pack=str(write_rule(tmp_path)))
    assert "not among those that are shipped" in words(strange)
    assert "NEW-01" not in strange.dataframe[0].value["rule"].tolist()


def test_a_proposal_is_moved_with_a_reason_and_says_who_moved_it(proposing, page):
    app = page("rules")
    assert "NEW-01" in app.dataframe[1].value["rule"].tolist()
    press(app, "Put in shadow")
    assert "nothing was moved" in words(app)
    app.text_input(key="move_why").set_value("call 07700 900123 900123")
    press(app, "Put in shadow")
    assert "seems to hold a number" in words(app)
    assert "07700" not in words(app)
    app.text_input(key="move_why").set_value("count it")
    press(app, "Put in shadow")
    assert "NEW-01 is in shadow now, audit entry" in words(app)
    assert app.dataframe[1].value["state"].tolist() == ["in shadow"]
    assert app.dataframe[2].value["reason"].tolist() == ["count it", "many payers"]
    app.text_input(key="move_why").set_value("it does well")
    press(app, "Put in force")
    assert app.dataframe[1].value["agreed"].tolist() == ["alone: nobody else than who proposed it agreed"]
    assert {button.label for button in app.button} >= {"Back to draft", "Put in shadow", "Switch off"}
    assert "Put in force" not in {button.label for button in app.button}


def test_a_rule_of_a_pack_is_proposed_from_the_page(own_office, page):
    app = page("rules", pack="ph")
    app.text_input(key="propose_why").set_value("as in the country's pack")
    press(app, "Propose it as a draft")
    with bakau.open_desk(own_office.workspace) as desk:
        (row,) = desk.proposals().rows.to_pylist()
    assert (row["state"], row["moves"][0]["why"]) == ("draft", "as in the country's pack")
    assert f"{row['rule_id']} is proposed as a draft" in words(app)


def test_a_method_is_noted_with_its_source_and_one_without_is_refused(own_office, page):
    app = page("rules")
    app.text_area(key="method_says").set_value("Vouchers are sold on by strangers.")
    press(app, "Note it")
    assert "The source is needed" in words(app)
    app.text_input(key="method_source").set_value("An authority")
    press(app, "Note it")
    assert "is noted, audit entry" in words(app)
    assert app.dataframe[-1].value["says"].tolist() == ["Vouchers are sold on by strangers."]
    assert app.text_area(key="method_says").value == ""


def test_counting_runs_the_rules_those_in_shadow_too(proposing):
    run(proposing.workspace, "indicators", "shadow", "NEW-01", "--why", "count it")
    app = open_slowly("rules", count="true")
    rows = app.dataframe[1].value.set_index("rule")
    assert rows.loc["NEW-01", "state"] == "in shadow"
    assert rows.loc["NEW-01", "hits"] == rows.loc["FAC-01", "hits"]
    assert "in shadow: NEW-01" in words(app)


def test_a_replay_says_who_is_new_and_gone_counts_protected_accounts_and_opens_networks(proposing):
    app = open_slowly("replay", **WINDOW, rule="NEW-01")
    with bakau.open_desk(proposing.workspace) as desk:
        findings = desk.findings().rows.to_pylist()
    named = {subject["id"]: row["finding_id"] for row in findings for subject in row["subjects"]}
    rows = app.dataframe[0].value
    metrics = {box.label: int(box.value.replace(",", "")) for box in app.metric}
    assert metrics["New"] == (rows["change"] == "new").sum() > 0
    assert metrics["Gone"] == (rows["change"] == "gone").sum()
    assert metrics["The same"] == (rows["change"] == "the same").sum()
    assert "counted and never named" in words(app)
    assert not rows["account"].isin(["protected"]).any()
    options = app.selectbox(key="chosen_account").options
    assert len(options) == len(rows)
    same = next(one for one in named if one[:14] in set(rows.loc[rows["change"] == "the same", "account"]))
    app.selectbox(key="chosen_account").select(same).run(timeout=240)
    assert f"finding {named[same]}" in words(app)
    assert "Open its finding's network" in {button.label for button in app.button}


def test_the_form_writes_the_address_and_a_window_that_is_none_is_a_sentence(office, page):
    app = page("replay")
    app.text_input(key="replay_from").set_value("soon")
    press(app, "Replay")
    assert "a window is two days" in words(app).lower()
    said = app.query_params["from"]
    assert (said if isinstance(said, str) else said[0]) == "soon"
    assert "pack" not in app.query_params
    gone = page("replay", **{"from": "2025-02-01", "to": "2025-01-01"}, pack="/etc/passwd", rule="NEW-99")
    assert "not there any more" in words(gone)
    assert "ends before it begins" in words(gone)


def test_for_safeguarding_neither_page_says_anything_about_the_data(office, page):
    for name in ("rules", "replay"):
        app = page(name)
        app.selectbox(key="purpose").select("safeguarding").run()
        assert "purpose safeguarding is for referrals only" in words(app).lower()
        assert not app.dataframe
