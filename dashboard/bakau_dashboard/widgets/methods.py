"""Emerging methods: what is said to be done now, with its source, and a form to note one more. Never about a person."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from bakau.errors import BakauError
from bakau.model import Channel
from bakau_casework.desk import Desk
from bakau_dashboard.formats import plain
from bakau_dashboard.session import get_session
from bakau_dashboard.tables import say_code
from bakau_dashboard.tables_rules import method_rows
from bakau_dashboard.widgets.frame import say_error
from bakau_dashboard.widgets.table import show_table

if TYPE_CHECKING:
    from collections.abc import Sequence

_DONE = "bakau.noted"


def show_methods(rules: Sequence[str]) -> None:
    """The section; `rules` are ids a method may point at."""
    st.subheader("Emerging methods", anchor=False)
    if said := st.session_state.pop(_DONE, ""):
        st.success(plain(said))
    rows = get_session().rows(get_session().ask(Desk.methods))
    if rows:
        show_table(method_rows(rows), alt="Emerging methods, the one first seen last on top, each with its source")
    else:
        st.info("No method was noted yet.")
    with st.expander("Note a method"):
        _note(sorted(set(rules)))


def _note(rules: list[str]) -> None:
    with st.form("method"):
        says = st.text_area("What is done, in a few sentences (no names, numbers or handles of people)", max_chars=500, key="method_says")
        seen, source = st.columns([1, 3])
        first_seen = seen.text_input("First seen or published", value=datetime.now(UTC).date().isoformat(), key="method_seen")
        publication = source.text_input("Source: a publication, an authority, an institution", max_chars=500, key="method_source")
        address = st.text_input("Where that can be read", placeholder="https://…", max_chars=300, key="method_address")
        rails, rule = st.columns([3, 1])
        channels = rails.multiselect("Rails it goes over", [str(one) for one in Channel], format_func=say_code, key="method_channels")
        rule_id = rule.selectbox("Rule that looks for it", rules, index=None, placeholder="None yet", key="method_rule")
        if not st.form_submit_button("Note it"):
            return
    session = get_session()
    try:
        view = session.desk.add_method(
            says.strip(),
            first_seen=first_seen.strip(),
            source=publication.strip(),
            address=address.strip(),
            channels=channels,
            rule_id=rule_id,
        )
    except BakauError as error:
        say_error(error)
        return
    st.session_state[_DONE] = f"Method {view.rows['method_id'][0].as_py()} is noted, audit entry {view.audit_id:,}."
    for name in ("method_says", "method_source", "method_address", "method_channels", "method_rule", "method_seen"):
        st.session_state.pop(name, None)
    session.refresh()
    st.rerun()
