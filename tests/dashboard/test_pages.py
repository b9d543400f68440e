"""What each page does, without a browser: Streamlit runs the real script against a real workspace."""

from __future__ import annotations

import re

import pytest
from dashboard.conftest import words
from small_world import bakau as run

import bakau
from bakau_casework.leads.listing import Said

QUESTIONS = {
    "findings": "Which accounts and networks should a person look at first, and why?",
    "network": "Who is around this account or finding, and how does the money flow among them?",
    "data": "What do the findings stand on: whose data, on which basis, and what of it could not be used?",
    "safeguarding": "Who may need protection now, and who has acted?",
    "rules": "Which rules are in force, where do they come from, and what do they see in this data?",
    "replay": "Who would have been found in a past window by other rules, and what would it ask of analysts?",
}


def address(app, name: str) -> list[str]:
    """The values of a parameter of the address."""
    value = app.query_params[name]
    return [value] if isinstance(value, str) else list(value)


@pytest.fixture
def findings(world):
    with bakau.open_desk(world.workspace) as desk:
        return desk.findings().rows.to_pylist()


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_page_begins_with_its_one_question_and_runs_through(office, page, name):
    app = page(name)
    assert not app.exception
    assert app.main.markdown[0].value == f"**{QUESTIONS[name]}**"


@pytest.mark.parametrize("name", ["findings", "data", "rules"])
def test_a_page_names_snapshot_run_time_and_its_audit_entry(office, page, name):
    said = words(page(name))
    with bakau.open_desk(office.workspace) as desk:
        assert desk.findings().snapshot in said
        assert desk.runs().rows["run_id"][0].as_py() in said
    assert "audit entry" in said
    assert "Times are UTC" in said


def test_the_filters_of_the_address_hold(office, page, findings):
    app = page("findings", kind="network", least="100")
    fitting = [row for row in findings if row["kind"] == "network" and row["score"] >= 100]
    assert len(fitting) < len(findings)
    assert app.dataframe[0].value["finding"].tolist() == [row["finding_id"][:14] for row in fitting]
    assert app.selectbox(key="kind").value == "network"


def test_choosing_a_filter_narrows_the_list(office, page):
    app = page("findings")
    app.selectbox(key="kind").select("account").run()
    assert set(app.dataframe[0].value["kind"]) == {"account"}


def test_a_finding_shows_its_reasons_with_source_and_next_step(office, page, findings):
    app = page("findings", finding=findings[1]["finding_id"])
    reasons = app.dataframe[1].value
    seen = [reason for reason in findings[1]["reasons"] if reason["observed"]]
    assert set(reasons["source"]) == {reason["source"] for reason in seen}
    assert set(reasons["next"]) == {reason["runbook"] for reason in seen}
    assert reasons["points"].sum() == findings[1]["score"]


def test_the_rules_behind_a_finding_are_drawn_once_they_are_opened(office, page, findings):
    app = page("findings", finding=findings[0]["finding_id"])
    assert "May also be" not in words(app)
    app.session_state["rules_behind"] = True
    assert "May also be" in words(app.run())


def test_protected_members_are_counted_and_an_unknown_age_is_said(office, page, findings):
    touching = next(row for row in findings if row["protected_count"])
    assert "protected account" in words(page("findings", finding=touching["finding_id"]))
    for row in findings:
        is_unknown = any(subject["age_state"] == "age_unknown" for subject in row["subjects"])
        assert ("establish before naming" in words(page("findings", finding=row["finding_id"]))) == is_unknown


def test_referrals_are_shown_for_safeguarding_alone_without_a_score_and_an_act_is_recorded(own_office, page):
    assert "choose **safeguarding**" in words(page("safeguarding"))
    app = page("safeguarding")
    app.selectbox(key="purpose").select("safeguarding").run()
    assert not app.exception
    rows = app.dataframe[0].value
    assert rows["last payment"].tolist() == sorted(rows["last payment"], reverse=True)
    assert not {"score", "points", "rank", "account"} & set(rows.columns)
    assert "In danger now" in words(app)
    assert rows["acted"].tolist()[0] == "nobody yet"
    next(button for button in app.button if button.label == "Record it").click().run()
    assert not app.exception
    assert app.dataframe[0].value["acted"].tolist()[0].startswith("told police by")
    next(button for button in app.button if button.label.startswith("Show the number")).click().run()
    assert "1 of at most 30 numbers today" in words(app)


def test_what_is_new_since_the_last_run_is_said(own_office, page, findings):
    assert "first run, so nothing is new" in words(page("findings"))
    with bakau.open_desk(own_office.workspace, purpose="training") as desk:
        first = desk.findings().facts["run"]
    run(own_office.workspace, "protect", findings[-1]["subjects"][0]["id"], "--basis", "test")
    run(own_office.workspace, "analyse")
    with bakau.open_desk(own_office.workspace, purpose="training") as desk:
        new = [row for row in desk.changes(first).rows.to_pylist() if row["change"] == "new"]
    app = page("findings", change="new")
    assert re.search(rf"against run {first}: {len(new)} new", words(app)), words(app)
    assert ("No finding fits these filters" in words(app)) == (not new)


def test_a_finding_that_is_not_there_any_more_is_said_in_a_sentence(office, page):
    assert "belongs to an older run" in words(page("findings", finding="f-nonsense"))


def test_a_finding_opens_in_the_network(office, page, findings):
    app = page("network", finding=findings[0]["finding_id"])
    assert not app.exception
    assert f"**Finding {findings[0]['finding_id']}**" in words(app)
    accounts = app.dataframe[0].value
    assert len(accounts) == sum(len(findings[0][part]) for part in ("subjects", "context_ids", "review_ids"))
    assert accounts["why"].str.len().min() > 0


def test_expanding_writes_the_address_and_says_what_was_left_out(office, page, findings):
    app = page("network", finding=findings[0]["finding_id"])
    app.number_input(key="limit").set_value(2).run()
    next(button for button in app.button if button.label == "Expand").click().run()
    assert not app.exception
    (expansion,) = address(app, "x")
    subject = expansion.split(".")[0]
    assert expansion == f"{subject}.both.2.newest"
    assert f"Expanded {subject[:14]}: 2 neighbours" in words(app)
    next(button for button in app.button if button.label == "Undo expansion").click().run()
    assert "x" not in app.query_params


def test_transfers_of_the_chosen_account_name_file_and_line(office, world, page, findings):
    app = page("network", account=findings[0]["subjects"][0]["id"])
    transfers = app.dataframe[-1].value
    assert {"file", "line", "batch"} <= set(transfers.columns)
    assert world.line(transfers["file"].iloc[0], int(transfers["line"].iloc[0]))
    assert not {"payment text", "reference"} & set(transfers.columns)
    assert "Not shown: purpose (purpose exploration does not show payment texts)" in words(app)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"finding": "f-nonsense"}, "No such finding"),
        ({"account": "acc_zzzzzzzz"}, "No account has this id"),
        ({"leads": "leads_nothing"}, "No such lead list"),
        ({"account": "'; DROP TABLE account; --"}, "No account has this id"),
        ({"account": "acc_aaaa", "x": ["nonsense"]}, "Not an expansion"),
        ({"account": "acc_aaaa", "since": "yesterday"}, "is not a date or time"),
        ({"account": "acc_aaaa", "size": "1e9"}, "size of a chart is a number"),
        ({"account": "acc_aaaa", "size": "99999"}, "between 1 and 1,000"),
    ],
)
def test_an_address_that_makes_no_sense_gets_a_sentence(office, page, parts, said):
    app = page("network", **parts)
    assert not app.exception
    assert said in words(app)


def test_a_kept_lead_list_opens_as_a_chart_that_says_signal_not_proof(own_office, page, findings, tmp_path):
    wanted = [row["subjects"][0]["id"] for row in findings[:2]]
    with bakau.open_desk(own_office.workspace, purpose="training") as desk:
        numbers = [desk.account(one).rows["number"][0].as_py() for one in wanted]
        path = tmp_path / "leads.csv"
        path.write_text("kind,value\n" + "".join(f"wallet,{number}\n" for number in numbers))
        kept = desk.leads(path, Said("Hotline", "this case", "2099-01-31")).facts["list_id"]
    app = page("network")
    app.text_input(key="search").set_value(kept).run()
    next(button for button in app.button if button.label.startswith("Open lead list")).click().run()
    assert address(app, "leads") == [kept]
    assert not app.exception
    assert f"Lead list {kept}: signal, not proof" in words(app)
    assert set(app.dataframe[0].value["part"]) == {"lead: signal, not proof"}
    assert len(app.dataframe[0].value) == len(set(wanted))


def test_a_date_that_makes_no_sense_in_the_filter_is_said_and_changes_nothing(office, page, findings):
    app = page("network", finding=findings[0]["finding_id"])
    app.text_input(key="since_typed").set_value("soon")
    next(button for button in app.button if button.label == "Filter").click().run()
    assert "is not a date or time" in words(app)
    assert "since" not in app.query_params


def test_searching_finds_an_account_and_starts_a_chart_from_it(office, page, findings):
    wanted = findings[0]["subjects"][0]["id"]
    app = page("network")
    app.text_input(key="search").set_value(wanted[:12]).run()
    assert wanted in app.dataframe[0].value["account"].tolist()
    assert "not searched: names" in words(app)
    app.selectbox(key="found").select(wanted).run()
    next(button for button in app.button if button.label == "Draw its network").click().run()
    assert address(app, "account") == [wanted]
    assert not app.exception


def test_the_data_page_shows_sources_batches_and_rejects(office, page):
    app = page("data")
    assert "Training workspace" in words(app)
    batches = app.dataframe[1].value
    worst = batches.sort_values("rejected").iloc[-1]
    assert worst["rejected"] > 0
    app.selectbox(key="chosen_batch").select(worst["batch"]).run()
    assert len(app.dataframe[2].value) >= worst["rejected"]
    assert "Shapes stand in for values" in words(app)


def test_the_data_page_says_which_batches_do_not_keep_what_they_promise(own_office, page, tmp_path):
    assert "incomplete" not in words(page("data"))
    statement = tmp_path / "statement.sta"
    statement.write_text(
        ":20:STMT\n:25:12345678\n:28C:7/1\n:60F:C250301EUR10,00\n:61:2503030303D1,00NTRFNONREF\n:86:rent\n:62F:C250303EUR5,00\n-\n",
        encoding="utf-8",
    )
    run(own_office.workspace, "ingest", str(statement))
    app = page("data")
    assert "1 batch in use is incomplete" in words(app)
    assert app.dataframe[1].value["state"].iloc[0].startswith("in use, incomplete: ")


def test_investigation_asks_for_a_case_and_training_unmasks(own_office, page, findings):
    app = page("network", account=findings[0]["subjects"][0]["id"])
    app.selectbox(key="purpose").select("investigation").run()
    assert "needs a case" in words(app)
    assert not app.dataframe
    run(own_office.workspace, "case", "open", "--title", "A case", "--authority", "test", "--legal-basis", "test")
    app.selectbox(key="purpose").select("exploration").run()
    app.selectbox(key="purpose").select("investigation").run()
    (case,) = app.session_state["bakau.cases"]
    app.selectbox(key="case").set_value(case).run()
    assert "reference" in app.dataframe[-1].value.columns
    app.selectbox(key="purpose").select("training").run()
    assert "payment text" in app.dataframe[-1].value.columns


def test_training_is_refused_where_a_source_is_real(own_office, page):
    run(
        own_office.workspace, "source", "add", "bank", "--name", "A bank", "--authority", "a law", "--legal-basis", "a law", "--purpose",
        "investigation", "--keep-until", "2999-01-01",
    )  # fmt: skip
    app = page("findings")
    app.selectbox(key="purpose").select("training").run()
    assert "every source is a training source" in words(app)
    assert not app.dataframe


# --- faults --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_moved_workspace_is_a_sentence_that_says_what_to_do(own_office, page, name, tmp_path):
    app = page(name)
    own_office.workspace.rename(tmp_path / "elsewhere")
    app.run()
    assert not app.exception
    assert "no longer where it was" in words(app)
    assert not app.dataframe


def test_an_absent_vault_key_leaves_exploration_working_and_says_so_where_names_are_wanted(
    own_office, page, findings, monkeypatch, tmp_path
):
    monkeypatch.setenv("BAKAU_KEY_DIR", str(tmp_path / "nothing"))
    app = page("network", account=findings[0]["subjects"][0]["id"])
    assert app.dataframe[-1].value["file"].tolist()[0] == "(sealed)"
    app.selectbox(key="purpose").select("training").run()
    assert not app.exception
    assert "vault key" in words(app)
    assert "choose the purpose exploration" in words(app)


def test_a_network_that_goes_away_leaves_the_other_pages_working(own_office, page, findings, monkeypatch):
    from bakau.errors import NetworkError
    from bakau_casework.reading import Reading

    def gone(_):
        raise NetworkError("the network does not answer")

    app = page("data")
    monkeypatch.setattr(Reading, "network", property(gone))
    own_office.shelf.close()
    app = page("data")
    assert "The network does not answer." in words(app)
    assert len(app.dataframe) == 3
    assert "The network does not answer." in words(page("network", account=findings[0]["subjects"][0]["id"]))
    assert page("findings").dataframe


def test_a_workspace_without_a_run_says_what_to_do(page, tmp_path):
    from bakau_dashboard.office import open_office

    run(None, "init", tmp_path / "new")
    open_office(tmp_path / "new")
    assert "bakau analyse" in words(page("findings"))
    assert "bakau ingest" in words(page("data"))
    assert not page("network").exception


@pytest.mark.parametrize("name", ["findings", "data"])
def test_no_time_on_a_page_reads_like_an_emoji_for_which_the_browser_would_fetch_a_quarter_of_a_megabyte(office, page, name):
    app = page(name)
    said = [one.value for one in (*app.markdown, *app.caption, *app.info, *app.warning)]
    assert not [text for text in said if re.search(r":(?!material/|streamlit:)[\w+-]+:", text)]


PAYMENTS = (
    b"Date,Payer,Payee,Amount,Currency\n03/04/2025,A1001,B2001,10.00,EUR\n05/06/2025,A1002,B2001,12.50,EUR\n06/06/2025,A1002,B2001,7.00,\n"
)


def test_a_file_is_brought_in_only_after_its_questions_are_answered_and_a_source_is_chosen(own_office, page):
    app = page("data")
    app.file_uploader[0].set_value(("payments.csv", PAYMENTS, "text/csv")).run()
    assert "Nothing is guessed" in words(app)
    assert not app.text_area, "no mapping and no load while a question is open"
    assert "Load" not in [button.label for button in app.button]
    app.radio[0].set_value("day")
    next(button for button in app.button if button.label == "Answer").click().run()
    assert "2 of 3 records would load, 1 would be rejected" in words(app)
    load = next(button for button in app.button if button.label == "Load")
    assert load.disabled
    app.selectbox(key="upload_source").select("training").run()
    next(button for button in app.button if button.label == "Load").click().run()
    assert not app.exception
    assert "payments.csv: 3 records received, 2 loaded, 1 rejected" in words(app)
    with bakau.open_desk(own_office.workspace) as desk:
        assert desk.batches().rows["file"].to_pylist()[-1] == "payments.csv"
    assert app.session_state["upload_1"] is None
    assert not [key for key in ("bakau.upload", "bakau.upload.answers") if key in app.session_state], (
        "nothing of the file stays in the session"
    )


def test_a_corrected_mapping_is_checked_and_a_wrong_one_is_a_sentence(own_office, page):
    app = page("data")
    app.file_uploader[0].set_value(("payments.csv", PAYMENTS.replace(b"03/04", b"23/04"), "text/csv")).run()
    area = app.text_area[0]
    area.set_value(area.value.replace("column: Amount", "column: Sum")).run()
    assert "lacks the column 'Sum'" in words(app)
    assert "Load" not in [button.label for button in app.button]


def test_a_picture_is_refused_whatever_it_is_called(own_office, page):
    app = page("data")
    app.file_uploader[0].set_value(("payments.csv", b"\x89PNG\r\n\x1a\n" + bytes(200), "text/csv")).run()
    assert "content is never taken in" in words(app)
    assert not app.text_area
