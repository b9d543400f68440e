"""Network: a finding or an account, who is around it, and how the money flows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from bakau.errors import InputError
from bakau.ids import short
from bakau_casework.charts import MOST_ENTITIES, USUAL_ENTITIES, Chart
from bakau_casework.desk import Desk
from bakau_dashboard.charts.address import PARAMETERS, chart_of, typed, with_filter
from bakau_dashboard.charts.graph import SHAPE_WORDS, draw
from bakau_dashboard.formats import number, plain, plural
from bakau_dashboard.session import get_session
from bakau_dashboard.tables import account_rows, expansion_words, link_rows, pair_of, rows_of, whole
from bakau_dashboard.widgets.address import key_of, read_choice, write_choice
from bakau_dashboard.widgets.chosen import show_chosen
from bakau_dashboard.widgets.frame import page, stands_on
from bakau_dashboard.widgets.search import open_chart, show_search
from bakau_dashboard.widgets.table import show_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bakau_casework.view import View

CHART_HEIGHT = 560
_TYPED = ("since_typed", "until_typed", "least_typed", "currency_typed", "size_typed")


def show() -> None:
    """The whole page."""
    with page("Network", "Who is around this account or finding, and how does the money flow among them?"):
        top = st.container()
        show_search()
        chart = chart_of({name: st.query_params.get_all(name) for name in PARAMETERS})
        if chart is None:
            st.info("Start from an account with the search above, or open a finding from the page Findings.", icon=":material/hub:")
            return
        _show_filter(chart)
        view = get_session().ask(Desk.network, chart)
        facts = view.facts
        with top:
            stands_on(view, run=facts["run"], run_ts=facts["run_ts"], stale=bool(facts["is_stale"]))
        _say_what_is_shown(chart, view)
        _show_picture_and_tables(chart, view)


def _show_filter(chart: Chart) -> None:
    """One filter for everything on the page: expansions, links and transfers."""
    with st.form("filter", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("From (UTC)", value=typed(chart.since_us), placeholder="2025-01-31", key="since_typed", width=130)
        st.text_input("Before (UTC)", value=typed(chart.until_us), placeholder="2025-06-30", key="until_typed", width=130)
        st.text_input("Amount from", value=chart.min_amount or "", placeholder="100.00", key="least_typed", width=115)
        st.text_input("Currency", value=chart.currency or "", placeholder="all", key="currency_typed", max_chars=8, width=95)
        sizes = sorted({USUAL_ENTITIES, MOST_ENTITIES, chart.max_entities})
        st.selectbox("Accounts at most", sizes, index=sizes.index(chart.max_entities), key="size_typed", width=140)
        st.form_submit_button("Filter", on_click=_apply_filter, args=(chart,), icon=":material/filter_alt:")
        st.form_submit_button("Undo expansion", on_click=_undo, args=(chart,), disabled=not chart.expansions, icon=":material/undo:")
    problem = st.session_state.pop("filter_problem", "")
    if problem:
        st.warning(plain(problem))


def _apply_filter(chart: Chart) -> None:
    since, until, least, currency, size = (st.session_state[name] for name in _TYPED)
    try:
        open_chart(with_filter(chart, since=since, until=until, least=least, currency=currency, size=int(size)))
    except InputError as error:
        st.session_state["filter_problem"] = f"{error}. {error.hint}" if error.hint else str(error)


def _undo(chart: Chart) -> None:
    open_chart(replace(chart, expansions=chart.expansions[:-1]))


def _say_what_is_shown(chart: Chart, view: View) -> None:
    facts = view.facts
    start = f"Finding {facts['finding_id']}" if facts["finding_id"] else f"Account {short(facts['account_id'])}"
    start = f"Lead list {facts['leads_id']}: signal, not proof" if facts["leads_id"] else start
    links = rows_of(facts["links"])
    said = [f"**{plain(start)}**", plural(len(view.rows), "account"), plural(len(links), "link")]
    if facts["protected_accounts"]:
        said.append(f"protected ({number(facts['protected_accounts'])}), counted and never named")
    if whole(facts["in_review"]):
        said.append(f"{plural(whole(facts['in_review']), 'account')} in review: age not known, no suspects")
    if whole(facts["left_out"]):
        said.append(f"**{number(facts['left_out'])} accounts left out**: the chart holds {number(facts['max_entities'])}")
    partial = sum(link["is_partial"] is True for link in links)
    if partial:
        said.append(f"{plural(partial, 'link')} dashed: at least so much, older transfers were not looked at")
    if whole(facts["null_amounts"]):
        said.append(f"{plural(whole(facts['null_amounts']), 'transfer')} without an amount")
    st.markdown(" · ".join(said))
    for expansion in rows_of(facts["expansions"])[-3:]:
        st.caption(plain(f"Expanded {expansion_words(expansion)}."))
    if len(chart.expansions) > 3:
        st.caption(f"and {len(chart.expansions) - 3} earlier expansions")


def _show_picture_and_tables(chart: Chart, view: View) -> None:
    accounts, links = get_session().rows(view), rows_of(view.facts["links"])
    by_id = {str(row["id"]): row for row in accounts}
    choices = [*by_id, *dict.fromkeys(pair_of(link) for link in links)]
    if read_choice("at", choices) is not None:
        st.warning("What this address points at is not on the chart any more. Choose another account or link.")
    chosen = str(st.session_state.setdefault(key_of("at"), choices[0]))
    picture, tables = st.columns([3, 2], gap="medium")
    with picture:
        _show_picture(accounts, links, whole(view.facts["protected_accounts"]), chosen)
    with tables:
        accounts_tab, links_tab = st.tabs([f"Accounts ({len(accounts)})", f"Links ({len(links)})"])
        with accounts_tab:
            _list_accounts(accounts)
        with links_tab:
            _list_links(links)
    named = {one: _name_of(one, by_id) for one in choices}
    st.selectbox("Chosen (click the picture, pick a row, or choose here)", choices, key=key_of("at"), format_func=lambda one: named[one])
    write_choice("at", chosen)
    show_chosen(chart, chosen, by_id)


def _show_picture(accounts: list[dict[str, object]], links: list[dict[str, object]], protected: int, chosen: str) -> None:
    drawing = draw(accounts, links, protected=protected, chosen=chosen, dark=st.context.theme.type == "dark")

    def pick() -> None:
        for group in st.session_state["picture"]["selection"]["selected"]:
            named = drawing.nodes if group["data_type"] == "node" else drawing.edges
            found = [named[spot] for spot in group["data_indices"] if spot < len(named)]
            if found and found[0] != "protected":
                st.session_state[key_of("at")] = found[0]

    st.echarts_chart(drawing.spec, height=CHART_HEIGHT, key="picture", on_select=pick, alt=drawing.alt, renderer="canvas")
    st.caption(f"Arrows follow the money; wider: more transfers; dashed: incomplete, protected or in review. {SHAPE_WORDS.capitalize()}.")


def _list_accounts(accounts: list[dict[str, object]]) -> None:
    ids = [str(row["id"]) for row in accounts]
    order = ("account", "part", "role", "points", "kind", "country", "age", "why")
    show_table(
        account_rows(accounts), alt="Accounts of the chart and why each is there", key="accounts_table", order=order, height=CHART_HEIGHT - 50,
        choose=lambda spot: st.session_state.update({key_of("at"): ids[spot]}),
    )  # fmt: skip


def _list_links(links: list[dict[str, object]]) -> None:
    if not links:
        st.info("No transfer among these accounts fits the filter.")
        return
    show_table(
        link_rows(links), alt="Links of the chart", key="links_table", height=CHART_HEIGHT - 50,
        choose=lambda spot: st.session_state.update({key_of("at"): pair_of(links[spot])}),
    )  # fmt: skip


def _name_of(one: str, accounts: Mapping[str, Mapping[str, object]]) -> str:
    src, arrow, dst = one.partition(">")
    if arrow:
        return f"{short(src)} → {short(dst)}"
    row = accounts[src]
    return f"{short(src)} · {row['role'] or row['part']}"


show()
