"""The shell around every page: which pages there are, and for which purpose somebody looks."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from bakau.errors import BakauError
from bakau_casework.purpose import TERMS, Purpose
from bakau_dashboard.formats import plain
from bakau_dashboard.navigation import list_pages
from bakau_dashboard.office import get_office
from bakau_dashboard.session import Session, get_session
from bakau_dashboard.theme import apply_style
from bakau_dashboard.widgets.frame import say_error

#: The browser's icon. Without one of our own Streamlit has the browser fetch the page's symbol from a font server.
ICON = Path(__file__).parent / "icon.svg"
_CASES = "bakau.cases"
_WHAT_IT_SHOWS = {
    Purpose.EXPLORATION: "Shows surrogates, codes and amounts; no names, numbers or texts.",
    Purpose.TRAINING: "Shows names, numbers and texts; only where every source is synthetic or public.",
    Purpose.INVESTIGATION: "Shows names and numbers to members of a case opened for it.",
    Purpose.SAFEGUARDING: "Shows referrals and nothing else, on the page Safeguarding; real data needs a case opened for it.",
}


def show() -> None:
    """Draw one page with everything around it."""
    st.set_page_config(page_title="Bakau", page_icon=str(ICON), layout="wide")
    apply_style()
    page = st.navigation(list_pages())
    session = get_session()
    with st.sidebar:
        is_seated = _sit_down(session)
    if is_seated:
        page.run()


def _sit_down(session: Session) -> bool:
    """Ask for purpose and case, and open the Desk for them; False when it was refused (it then says why)."""
    st.selectbox("Why do you look?", list(Purpose), key="purpose", format_func=str, on_change=_forget_cases)
    purpose = Purpose(st.session_state["purpose"])
    st.caption(_WHAT_IT_SHOWS[purpose])
    try:
        get_office().check_place()
        needs_case = TERMS[purpose].needs_case or (purpose is Purpose.SAFEGUARDING and not _is_training_only(session))
        case = _choose_case(session) if needs_case else None
        if needs_case and case is None:
            st.info("This purpose needs a case. Open one with `bakau case open`, then choose it here.")
            return False
        session.use(str(purpose), case)
        desk = session.desk
        if desk.is_training_only:
            st.caption("**Training workspace:** synthetic or public data only.")
        st.caption(f"You are **{plain(desk.person.name)}**. Every look is written to the audit log before anything is shown.")
    except (BakauError, OSError) as error:
        session.leave()
        say_error(error)
        return False
    return True


def _is_training_only(session: Session) -> bool:
    session.use(str(Purpose.EXPLORATION), None)
    return session.desk.is_training_only


def _choose_case(session: Session) -> str | None:
    if _CASES not in st.session_state:
        session.use(str(Purpose.EXPLORATION), None)
        rows = session.desk.cases().rows.to_pylist()
        st.session_state[_CASES] = {row["case_id"]: row["title"] for row in rows if row["status"] == "open"}
    cases: dict[str, str] = st.session_state[_CASES]
    chosen: str | None = st.selectbox(
        "In which case?",
        list(cases),
        index=None,
        key="case",
        format_func=lambda one: f"{one} · {cases[one]}" if cases.get(one) else one,
        placeholder="Choose a case",
    )
    return chosen


def _forget_cases() -> None:
    st.session_state.pop(_CASES, None)
