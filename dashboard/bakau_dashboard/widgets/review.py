"""An account in review, settled by a person: as what, on which basis, and what follows, said before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from bakau.errors import BakauError, InputError
from bakau.model import ProtectionState
from bakau_casework.desk import Desk
from bakau_casework.referrals.register import check_reference
from bakau_dashboard.formats import plain
from bakau_dashboard.session import get_session
from bakau_dashboard.tables import settled_rows
from bakau_dashboard.widgets.frame import say_error
from bakau_dashboard.widgets.table import show_table
from bakau_dashboard.words import SETTLING

if TYPE_CHECKING:
    from bakau_casework.view import View

_ASKED, _DONE = "bakau.settle", "bakau.settled"
_HOLDERS = {ProtectionState.ADULT_KNOWN: "an adult", ProtectionState.PROTECTED: "a child, or a possible victim"}


def show_settle(referral_id: str) -> None:
    """The form for one referral in review, then what follows, then the deed."""
    asked = st.session_state.get(_ASKED)
    if asked is not None and asked[0] == referral_id:
        _confirm(*asked)
        return
    with st.form("settle"):
        st.markdown("**Settle the review**: what was established about the holder?")
        holder = st.radio("The holder is", list(_HOLDERS), index=None, format_func=lambda one: _HOLDERS[one], key="settle_holder")
        basis = st.text_input(
            "Basis: a case number or code, as of the institution's answer (no names)", max_chars=40, key="settle_basis"
        ).strip()
        if not st.form_submit_button("See what follows"):
            return
    if holder is None or not basis:
        st.warning("Say what the holder is, and the basis.")
        return
    try:
        check_reference(basis, what="a basis")
    except InputError as error:
        say_error(error)
        return
    st.session_state[_ASKED] = (referral_id, str(holder), basis)
    st.rerun()


def _confirm(referral_id: str, state: str, basis: str) -> None:
    with st.container(border=True):
        st.markdown(f"**Settle {plain(referral_id)}: the holder is {_HOLDERS[ProtectionState(state)]}, basis {plain(basis)}**")
        st.warning(f"{SETTLING[state]} It is recorded with your name, the basis and the time.")
        with st.container(horizontal=True):
            is_sure = st.button("Settle it; recorded", type="primary", key="settle_it")
            if st.button("Not yet", key="settle_not"):
                del st.session_state[_ASKED]
                st.rerun()
        if is_sure:
            _settle(referral_id, state, basis)


def _settle(referral_id: str, state: str, basis: str) -> None:
    session = get_session()
    del st.session_state[_ASKED]
    try:
        view = session.desk.settle_referral(referral_id, ProtectionState(state), basis)
    except BakauError as error:
        say_error(error)
        return
    st.session_state[_DONE] = (referral_id, state, view)
    session.refresh()
    st.rerun()


def say_settled() -> None:
    """What was settled a moment ago, said once."""
    done: tuple[str, str, View] | None = st.session_state.pop(_DONE, None)
    if done is not None:
        referral_id, state, view = done
        st.success(f"{plain(referral_id)} is settled as {_HOLDERS[ProtectionState(state)]}, audit entry {view.audit_id:,}.")


def show_settled() -> None:
    """What was settled before, and by whom."""
    rows = get_session().rows(get_session().ask(Desk.settled_referrals))
    if rows:
        st.subheader("Reviews that were settled", anchor=False)
        st.caption("Newest first; what was said of an account last holds. Another mark: `bakau protect`.")
        show_table(settled_rows(rows), alt="Reviews that were settled, as what, on which basis and by whom")
