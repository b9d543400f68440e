"""Answers are kept per session, recorded once, and dropped when something changed."""

from __future__ import annotations

import ast
from weakref import ref

import pytest
from architecture.checkout import ROOT, parse
from small_world import bakau as run

from bakau_casework.charts import Chart
from bakau_casework.desk import Desk
from bakau_dashboard.session import MOST_ANSWERS, Session

MODULES = sorted(path.relative_to(ROOT) for path in (ROOT / "dashboard").rglob("*.py"))


@pytest.fixture
def session(office):
    with_desk = Session()
    yield with_desk
    with_desk.leave()


def entries(session: Session) -> int:
    return session.desk.audit_head().size


def test_asking_again_is_not_another_look(session):
    first = session.ask(Desk.findings)
    before = entries(session)
    assert session.ask(Desk.findings) is first
    assert entries(session) == before
    assert first.audit_id <= before


def test_another_question_is_another_look(session):
    assert session.ask(Desk.findings, top=1).audit_id != session.ask(Desk.findings, top=2).audit_id


def test_drawing_a_page_again_adds_nothing_to_the_audit_log(office, page):
    app = page("findings")
    with office.open_desk("exploration", None) as desk:
        before = desk.audit_head().size
        app.run()
        app.run()
        assert desk.audit_head().size == before


def test_a_mark_made_meanwhile_drops_every_kept_answer(own_office):
    session = Session()
    finding = session.ask(Desk.findings).rows.to_pylist()[0]
    chart, subject = Chart(finding_id=finding["finding_id"]), finding["subjects"][0]["id"]
    before = session.ask(Desk.network, chart)
    assert subject in before.rows["id"].to_pylist()
    run(own_office.workspace, "protect", subject, "--basis", "test")
    assert subject not in str(session.ask(Desk.network, chart).rows.to_pylist())
    session.leave()


def test_another_purpose_drops_every_kept_answer(session):
    before = session.ask(Desk.findings)
    session.use("training", None)
    assert session.ask(Desk.findings) is not before
    assert session.ask(Desk.findings).purpose == "training"


def test_sessions_share_no_answer(office):
    one, other = Session(), Session()
    assert one.ask(Desk.findings) is not other.ask(Desk.findings)
    assert one.ask(Desk.findings).audit_id != other.ask(Desk.findings).audit_id
    one.leave()
    other.leave()


def test_rows_that_two_sessions_were_told_alike_are_held_once_and_go_with_the_last(office):
    one, other = Session(), Session()
    rows = one.rows(one.ask(Desk.findings, top=2))
    assert other.rows(other.ask(Desk.findings, top=2)) is rows
    assert other.rows(other.ask(Desk.findings, top=1)) is not rows
    one.leave()
    held = ref(other._rows[other.ask(Desk.findings, top=2).audit_id])
    assert held().rows is rows
    other.leave()
    assert held() is None


def test_a_session_keeps_only_so_many_answers(session):
    for top in range(1, MOST_ANSWERS + 5):
        session.rows(session.ask(Desk.findings, top=top))
    assert len(session._answers) == len(session._rows) == MOST_ANSWERS


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_no_page_caches_across_sessions_or_writes_markup(path):
    """Neither st.cache_data nor st.cache_resource, no raw HTML but the constant style, no iframe."""
    forbidden = {"cache_data", "cache_resource", "iframe", "components", "unsafe_allow_html", "experimental_memo"}
    names = {node.attr for node in ast.walk(parse(path)) if isinstance(node, ast.Attribute)}
    words = {word.arg for node in ast.walk(parse(path)) if isinstance(node, ast.Call) for word in node.keywords}
    assert not forbidden & (names | words)
    if "html" in names and path.name != "theme.py":
        calls = [node for node in ast.walk(parse(path)) if isinstance(node, ast.Attribute) and node.attr == "html"]
        assert not [node for node in calls if isinstance(node.value, ast.Name) and node.value.id == "st"]


def test_a_long_question_is_asked_at_a_desk_aside_so_that_nobody_waits_for_its_shelf_and_kept_like_others(office, session):
    asked = []

    def findings(desk):
        asked.append(desk._shelf)
        return desk.findings()

    view = session.ask_aside(findings)
    assert asked[0] is not office.shelf
    assert session.ask_aside(findings) is view
    assert len(asked) == 1
