"""What is chosen on a chart: an account (why it is here, expand, collapse) or a link; and its transfers down to file and line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from bakau.ids import short
from bakau.words import ACCOUNT_KINDS
from bakau_casework.charts import MOST_NEIGHBOURS, USUAL_NEIGHBOURS, Chart, Expansion
from bakau_casework.desk import Desk
from bakau_casework.views.walks import Window
from bakau_dashboard.charts.graph import BUNDLE
from bakau_dashboard.formats import number, plain, plural
from bakau_dashboard.session import get_session
from bakau_dashboard.tables import reasons_to_be_here, transfer_rows, whole
from bakau_dashboard.widgets.frame import masked
from bakau_dashboard.widgets.search import open_chart, start_from
from bakau_dashboard.widgets.table import show_table
from bakau_dashboard.words import AGE_UNKNOWN, DIRECTIONS, ORDERS, ROLES, call

if TYPE_CHECKING:
    from collections.abc import Mapping

    Row = Mapping[str, object]

TRANSFERS_SHOWN = 100


def show_chosen(chart: Chart, chosen: str, accounts: Mapping[str, Row]) -> None:
    """The panel of what is chosen."""
    src, arrow, dst = chosen.partition(">")
    if BUNDLE in {src, dst}:
        st.info("Protected accounts are counted and never named: their transfers are not listed. A referral begins with the authority.")
        return
    if not arrow:
        _show_account(chart, accounts[src])
    _show_transfers(chart, src, dst or None)


def _show_account(chart: Chart, row: Row) -> None:
    surrogate = str(row["id"])
    said = [call(ACCOUNT_KINDS, row["kind"]), str(row["country"] or "country not known"), call(ROLES, row["role"])]
    said += [f"{row['points']} points in the newest run"] if row["points"] is not None else []
    said += ["hub: searches do not cross it"] if row["is_hub"] else []
    st.markdown(plain(" · ".join(one for one in said if one)))
    st.markdown(f"**Why it is here:** {plain(reasons_to_be_here(row))}.")
    if row["is_in_review"]:
        st.info(
            "In review: the holder's age is not known and there is a sign of danger. No suspect, no points, until a person settles it for safeguarding."
        )
    elif row["age_state"] == "age_unknown":
        st.info(f"{AGE_UNKNOWN.capitalize()}.")
    _expand_controls(chart, surrogate)


def _expand_controls(chart: Chart, surrogate: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        direction = st.selectbox("Bring", list(DIRECTIONS), format_func=lambda one: DIRECTIONS[one], key="direction", width=170)
        order = st.selectbox("Which first", list(ORDERS), format_func=lambda one: ORDERS[one], key="order", width=160)
        limit = st.number_input("At most", min_value=1, max_value=MOST_NEIGHBOURS, value=USUAL_NEIGHBOURS, step=5, key="limit", width=130)
        st.button(
            "Expand", type="primary", icon=":material/add:", on_click=_open, args=(chart, Expansion(surrogate, direction, int(limit), order)),
            help="Brings the neighbours that fit the filter above; says what it left out.",
        )  # fmt: skip
        expanded = any(one.account_id == surrogate for one in chart.expansions)
        st.button("Collapse", icon=":material/remove:", on_click=open_chart, args=(chart.collapse(surrogate),), disabled=not expanded)
        st.button("Start from here", icon=":material/center_focus_strong:", on_click=start_from, args=(surrogate,))


def _open(chart: Chart, expansion: Expansion) -> None:
    open_chart(chart.expand(expansion))


def _show_transfers(chart: Chart, account: str, other: str | None) -> None:
    window = Window(
        direction="both" if other is None else "out",
        since_us=chart.since_us,
        until_us=chart.until_us,
        min_amount=chart.min_amount,
        currency=chart.currency,
        limit=TRANSFERS_SHOWN,
    )
    view = get_session().ask(Desk.transfers, account, other, window=window)
    rows = get_session().rows(view)
    between = f"of {short(account)}" if other is None else f"from {short(account)} to {short(other)}"
    left_out = whole(view.facts["left_out"])
    said = f"{plural(whole(view.facts['total']), 'transfer')} {between}, newest first"
    st.markdown(f"**{plain(said)}**" + (f"; {number(left_out)} older ones are not listed" if left_out else ""))
    hidden = whole(view.facts["protected_transfers"])
    if hidden:
        st.caption(f"{plural(hidden, 'transfer')} with protected accounts, at any time: counted, not listed.")
    if rows:
        show_table(transfer_rows(rows), alt=f"Transfers {between} with batch, file and line")
        masked(view)
    else:
        st.info("No transfer fits the filter.")
