"""Safeguarding: people who may need protection, whom to call, who acted. By last payment, without a score; nobody is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from bakau.model import ProtectionState
from bakau_casework.desk import Desk
from bakau_casework.purpose import Purpose
from bakau_casework.referrals.words import Act, Why
from bakau_dashboard.formats import moment, plain, plural
from bakau_dashboard.session import get_session
from bakau_dashboard.tables import referral_rows, rows_of, say_code
from bakau_dashboard.widgets.address import choose_one, key_of
from bakau_dashboard.widgets.frame import page, stands_on
from bakau_dashboard.widgets.review import say_settled, show_settle, show_settled
from bakau_dashboard.widgets.table import show_table
from bakau_dashboard.words import STANDINGS, call

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
        say_settled()
        st.markdown(
            f"**{plural(len(rows), 'referral')}**, {view.facts['open']} of them open, {view.facts['in_review']} in review: the holder's age is not known. "
            "A referral is no suspicion: it has no score, and nobody is named."
        )
        if rows:
            _list(rows)
        else:
            st.info("No account shows a sign. Which signs are looked for, and which are not: the page Rules.")
        show_settled()


def _list(rows: list[dict[str, object]]) -> None:
    """Last payment first, never by a score; one of them below."""
    standing = st.selectbox("Standing", ["all", *STANDINGS.values()], key="standing", bind="query-params", width=220)
    found = [row for row in rows if standing in {"all", call(STANDINGS, row["age_state"])}]
    if not found:
        st.info("No referral stands so. Choose another standing.")
        return
    show_table(
        referral_rows(found),
        alt="Referrals, last payment first",
        key="referrals_table",
        choose=lambda spot: _choose(found, spot),
        height=280,
    )
    ids = [str(row["referral_id"]) for row in found]
    gone = "The referral of this address is not in this list: it was settled, or the filter hides it. The first one is shown."
    chosen = choose_one("referral", "Referral shown below", ids, gone=gone)
    _show(found[ids.index(chosen)])


def _choose(rows: list[dict[str, object]], spot: int) -> None:
    st.session_state[key_of("referral")] = str(rows[spot]["referral_id"])


def _show(row: Row) -> None:
    is_in_review = row["age_state"] == ProtectionState.AGE_UNKNOWN
    if is_in_review:
        st.info(
            "In review: nobody stated the holder's age. No suspect and no points until a person settles it below.", icon=":material/help:"
        )
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
        st.markdown(
            f"* {plain(say_code(one['act']))} {plain(one['reference'])}, by {plain(one['person'])}, {plain(moment(one['time']))} UTC"
        )
    if not acts:
        st.info("Nobody has acted yet.")
    left, right = st.columns(2)
    with left:
        _act(str(row["referral_id"]))
    with right:
        _reveal(str(row["referral_id"]))
    if is_in_review:
        show_settle(str(row["referral_id"]))


def _act(referral_id: str) -> None:
    with st.form("act", clear_on_submit=True):
        did = st.selectbox("What was done?", [str(one) for one in Act], format_func=say_code)
        reference = st.text_input("Case number of whoever was told (no names)")
        if st.form_submit_button("Record it"):
            session = get_session()
            session.desk.act_on_referral(referral_id, Act(did), reference.strip())
            session.refresh()
            st.rerun()


def _reveal(referral_id: str) -> None:
    with st.form("reveal"):
        why = st.selectbox("What is the account number needed for?", [str(one) for one in Why], format_func=say_code)
        rested = st.checkbox("I took the break that was asked for")
        if st.form_submit_button("Show the number; counted and recorded"):
            view = get_session().desk.reveal_referral(referral_id, Why(why), after_break=rested)
            (row,) = view.rows.to_pylist()
            st.markdown(f"Number: **{plain(row['number'] or 'not stated')}**, held by {plain(row['institution_id'] or 'not stated')}")
            st.caption(f"{view.facts['looked_up_today']} of at most {view.facts['most_a_day']} numbers today.")
            if view.facts["prompt"]:
                st.warning(plain(view.facts["prompt"]))


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


show()
