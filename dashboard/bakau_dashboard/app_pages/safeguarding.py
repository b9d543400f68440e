"""Safeguarding: people who may need protection, whom to call, who acted. By last payment, without a score; nobody is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from bakau_casework.desk import Desk
from bakau_casework.purpose import Purpose
from bakau_casework.referrals.words import Act, Why
from bakau_dashboard.formats import moment, plain, plural
from bakau_dashboard.session import get_session
from bakau_dashboard.tables import referral_rows, rows_of
from bakau_dashboard.widgets.address import key_of, read_choice, write_choice
from bakau_dashboard.widgets.frame import page, stands_on
from bakau_dashboard.widgets.table import show_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    Row = Mapping[str, object]


def show() -> None:
    """The whole page."""
    with page("Safeguarding", "Who may need protection now, and who has acted?"):
        session = get_session()
        if session.desk.purpose is not Purpose.SAFEGUARDING:
            st.info("Referrals are shown for one purpose only: choose **safeguarding** under *Why do you look?*")
            return
        view = session.ask(Desk.referrals)
        rows = session.rows(view)
        stands_on(view)
        st.markdown(
            f"**{plural(len(rows), 'referral')}**, {view.facts['open']} of them open. A referral is no suspicion: it has no score, and nobody is named."
        )
        if not rows:
            st.info("No protected account shows a sign. Which signs are looked for, and which are not: `bakau indicators list`.")
            return
        show_table(
            referral_rows(rows),
            alt="Referrals, last payment first",
            key="referrals_table",
            choose=lambda spot: _choose(rows, spot),
            height=280,
        )
        ids = [str(row["referral_id"]) for row in rows]
        read_choice("referral", ids)
        chosen = st.selectbox("Referral shown below", ids, key=key_of("referral"))
        write_choice("referral", chosen)
        _show(rows[ids.index(chosen)])


def _choose(rows: list[dict[str, object]], spot: int) -> None:
    st.session_state[key_of("referral")] = str(rows[spot]["referral_id"])


def _show(row: Row) -> None:
    if row["warning"]:
        st.warning(plain(row["warning"]))
    st.error(f"In danger now: {plain(row['immediate'])}", icon=":material/emergency:")
    for contact in rows_of(row["contacts"]):
        st.markdown(f"* **{plain(contact['name'])}**: {plain(contact['how'])} (source: {plain(contact['source'])})")
    for sign in rows_of(row["signs"]):
        st.markdown(
            f"**{plain(sign['title'])}** ({sign['rule']}, version {plain(sign['version'])}): {plain(sign['looks_for'])}. Last {plain(moment(sign['last']))} UTC."
        )
        st.caption(
            f"Next: {plain(sign['runbook'])}  \nMay also be: {plain('; '.join(_texts(sign['benign'])))}  \nSource: {plain(sign['source'])}"
        )
    acts = rows_of(row["acts"])
    for one in acts:
        st.markdown(f"* {plain(_say(one['act']))} {plain(one['reference'])}, by {plain(one['person'])}, {plain(moment(one['time']))} UTC")
    if not acts:
        st.info("Nobody has acted yet.")
    left, right = st.columns(2)
    with left:
        _act(str(row["referral_id"]))
    with right:
        _reveal(str(row["referral_id"]))


def _act(referral_id: str) -> None:
    with st.form("act", clear_on_submit=True):
        did = st.selectbox("What was done?", [str(one) for one in Act], format_func=_say)
        reference = st.text_input("Case number of whoever was told (no names)")
        if st.form_submit_button("Record it"):
            session = get_session()
            session.desk.act_on_referral(referral_id, Act(did), reference.strip())
            session.refresh()
            st.rerun()


def _reveal(referral_id: str) -> None:
    with st.form("reveal"):
        why = st.selectbox("What is the account number needed for?", [str(one) for one in Why], format_func=_say)
        rested = st.checkbox("I took the break that was asked for")
        if st.form_submit_button("Show the number; counted and recorded"):
            view = get_session().desk.reveal_referral(referral_id, Why(why), after_break=rested)
            (row,) = view.rows.to_pylist()
            st.markdown(f"Number: **{plain(row['number'] or 'not stated')}**, held by {plain(row['institution_id'] or 'not stated')}")
            st.caption(f"{view.facts['looked_up_today']} of at most {view.facts['most_a_day']} numbers today.")
            if view.facts["prompt"]:
                st.warning(plain(view.facts["prompt"]))


def _say(code: object) -> str:
    return str(code).replace("_", " ")


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


show()
