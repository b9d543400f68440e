"""Find an account, or type a finding, and start a chart from it."""

from __future__ import annotations

import streamlit as st

from bakau.ids import short
from bakau_casework.charts import Chart, Expansion
from bakau_casework.desk import Desk
from bakau_dashboard.charts.address import PARAMETERS, address_of
from bakau_dashboard.formats import plain, plural
from bakau_dashboard.session import get_session
from bakau_dashboard.tables import MASKABLE, whole, without_empty
from bakau_dashboard.widgets.address import key_of
from bakau_dashboard.widgets.frame import masked
from bakau_dashboard.widgets.table import show_table

FOUND = 20


def open_chart(chart: Chart) -> None:
    """Make this the chart of the address; for callbacks."""
    said = address_of(chart)
    for name in PARAMETERS:
        if name in said:
            st.query_params[name] = said[name]
        elif name in st.query_params:
            del st.query_params[name]


def start_from(account_id: str) -> None:
    """A new chart around an account, with its newest neighbours; for callbacks."""
    st.session_state["search"] = ""
    st.session_state.pop(key_of("at"), None)
    open_chart(Chart(account_id=account_id, expansions=(Expansion(account_id),)))


def show_search() -> None:
    """The search box and what it found."""
    text = st.text_input(
        "Search", key="search", icon=":material/search:", max_chars=200,
        placeholder="An account id (acc_…), an account number, a finding (f-…), a lead list (leads_…) or, where the purpose allows it, a name",
    ).strip()  # fmt: skip
    if not text:
        return
    if text.startswith("f-"):
        st.button(f"Open finding {plain(text[:20])}", on_click=_start, args=(Chart(finding_id=text),), type="primary")
        return
    if text.startswith("leads_"):
        st.button(f"Open lead list {plain(text[:20])}", on_click=_start, args=(Chart(leads_id=text),), type="primary")
        return
    view = get_session().ask(Desk.find, text, limit=FOUND)
    rows = get_session().rows(view)
    searched = ", ".join(str(one) for one in _list(view.facts["searched"]))
    not_searched = ", ".join(str(one) for one in _list(view.facts["not_searched"]))
    hidden = whole(view.facts["protected"])
    said = f"{plural(len(rows), 'account')} found among {searched}" + (f"; not searched: {not_searched}" if not_searched else "")
    said += f"; {plural(hidden, 'protected account')} match, counted and never named" if hidden else ""
    st.caption(plain(said + (f"; {view.facts['left_out']} more" if view.facts["left_out"] else "") + "."))
    if not rows:
        st.info("Nothing found. An id needs at least four characters after acc_; a number must be complete.")
        return
    ids = [str(row["id"]) for row in rows]
    found = [{"account": row["id"], "found by": row["matched_by"], "kind": row["kind"], "country": row["country"],
              "age": "not known" if row["age_state"] == "age_unknown" else "adult", "number": row["number"], "holders": row["holder_names"]} for row in rows]  # fmt: skip
    show_table(without_empty(found, *MASKABLE), alt="Accounts found", key="found_table", choose=lambda spot: start_from(ids[spot]))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Start from", ids, format_func=short, key="found")
        st.button("Draw its network", on_click=start_from, args=(chosen,), type="primary")
    masked(view)


def _start(chart: Chart) -> None:
    st.session_state["search"] = ""
    st.session_state.pop(key_of("at"), None)
    open_chart(chart)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
