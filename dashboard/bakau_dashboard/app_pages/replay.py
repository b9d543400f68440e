"""Replay: a past window looked at with other rules: who is new, who is gone, and what it would ask of analysts. Stores nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from bakau.errors import BakauError
from bakau.ids import short
from bakau_casework.charts import Chart, Expansion
from bakau_casework.desk import Desk
from bakau_casework.views.replay import A_DAY, ReplayQuestion
from bakau_dashboard.charts.address import address_of
from bakau_dashboard.formats import day, number, plain, plural
from bakau_dashboard.navigation import network_page
from bakau_dashboard.session import get_session
from bakau_dashboard.tables import rows_of, texts_in, whole
from bakau_dashboard.tables_rules import replay_rows
from bakau_dashboard.widgets.address import choose_one, key_of
from bakau_dashboard.widgets.frame import page, stands_on
from bakau_dashboard.widgets.table import show_table
from bakau_dashboard.words import COMMON, COMPARED, RULE_STATES, call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bakau_casework.view import View

    Row = Mapping[str, object]

IN_FORCE = "in force"
_ASKED = ("from", "to", "pack", "rule", "a_day")


def show() -> None:
    """The whole page."""
    with page("Replay", "Who would have been found in a past window by other rules, and what would it ask of analysts?"):
        packs = texts_in(get_session().ask(Desk.rules_in_force, COMMON).facts, "packs")
        proposed = {
            str(row["rule_id"]): f"{row['rule_id']} · {row['title']} · {RULE_STATES[str(row['state'])]}"
            for row in get_session().rows(get_session().ask(Desk.proposals))
            if row["state"] in {"draft", "shadow"}
        }
        _form(packs, proposed)
        question = _question(packs, proposed)
        if question is None:
            st.info(
                "Say a window and other rules above. Without other rules: what those in force would ask of analysts.",
                icon=":material/history:",
            )
            return
        with st.spinner("Replaying the window with both sets of rules. This takes as long as two analyses of it …"):
            view = get_session().ask_aside(Desk.replay, question)
        stands_on(view)
        _summary(view)
        _list(view)


def _form(packs: list[str], proposed: Mapping[str, str]) -> None:
    """The question. It is asked when the button is pressed, or an address that holds one is opened."""
    first, last = _window_of_data()
    asked = st.query_params
    with st.form("replay", border=False):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input("First day (UTC)", value=asked.get("from", first), placeholder="2025-01-01", key="replay_from", width=140)
            st.text_input("Last day (UTC)", value=asked.get("to", last), placeholder="2025-03-31", key="replay_to", width=140)
            options = [IN_FORCE, *packs]
            named = asked.get("pack", IN_FORCE)
            st.selectbox("Rules of", options, index=options.index(named) if named in options else 0, key="replay_pack", width=150)
            st.number_input(
                "Findings an analyst reads a day", min_value=1, max_value=1_000, value=_whole_of(asked.get("a_day")), key="replay_a_day", width=230,
                help=f"{A_DAY} is a default of ours.",
            )  # fmt: skip
        st.multiselect(
            "With these proposed rules, as if they were in force", list(proposed), default=[one for one in asked.get_all("rule") if one in proposed],
            format_func=lambda one: proposed[one], key="replay_rules", placeholder="None" if proposed else "This workspace proposes no rule",
        )  # fmt: skip
        st.form_submit_button("Replay", on_click=_open, type="primary", icon=":material/history:")
    st.caption("Nothing after the window counts, and nothing is stored. Who is protected now stays hidden.")


def _window_of_data() -> tuple[str, str]:
    """The first and last day of the data; empty where the network does not answer."""
    try:
        (row,) = get_session().rows(get_session().ask(Desk.network_status))
    except BakauError:
        return "", ""
    return day(row["first_ts"]), day(row["last_ts"])


def _whole_of(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() and 1 <= int(text) <= 1_000 else A_DAY


def _open() -> None:
    """Put what the form says into the address; for callbacks."""
    state = st.session_state
    pack, a_day = state["replay_pack"], int(state["replay_a_day"])
    said = {
        "from": state["replay_from"].strip(), "to": state["replay_to"].strip(), "pack": pack if pack != IN_FORCE else "",
        "rule": list(state["replay_rules"]), "a_day": str(a_day) if a_day != A_DAY else "",
    }  # fmt: skip
    for name in _ASKED:
        if said[name]:
            st.query_params[name] = said[name]
        elif name in st.query_params:
            del st.query_params[name]


def _question(packs: list[str], proposed: Mapping[str, str]) -> ReplayQuestion | None:
    """What the address asks; None when it asks nothing. InputError for a window that is none."""
    asked = st.query_params
    if "from" not in asked or "to" not in asked:
        return None
    pack = [one for one in asked.get_all("pack") if one in packs]
    rules = [one for one in asked.get_all("rule") if one in proposed]
    if len(pack) < len(asked.get_all("pack")) or len(rules) < len(asked.get_all("rule")):
        st.warning("A pack or rule of this address is not there any more: it was left out.")
    return ReplayQuestion.parse(asked["from"], asked["to"], packs=pack, rules=rules, a_day=_whole_of(asked.get("a_day")))


def _summary(view: View) -> None:
    facts = view.facts
    boxes = st.columns(6)
    boxes[0].metric("Accounts found", number(facts["found"]))
    boxes[1].metric("New", number(facts["new"]), help="Found by the other rules alone.")
    boxes[2].metric("Gone", number(facts["gone"]), help="Found by the rules in force alone.")
    boxes[3].metric("The same", number(whole(facts["found"]) - whole(facts["new"])), help="Found by both.")
    boxes[4].metric("Findings", number(facts["findings"]), _more(facts, "findings"), delta_color="off", help="Against the rules in force.")
    boxes[5].metric(
        "Analyst-days", number(facts["analyst_days"]), _more(facts, "analyst_days"), delta_color="off",
        help=f"Working days of one analyst who reads {facts['a_day']} findings a day.",
    )  # fmt: skip
    added = ", ".join(texts_in(facts, "rules_added"))
    rates = [whole(facts[f"alerts_per_1000_days{end}"]) / 1_000 for end in ("", "_in_force")]
    said = [
        f"{facts['first_day']} to {facts['last_day']}: {plural(whole(facts['days']), 'day')}, {plural(whole(facts['transfers']), 'transfer')}",
        f"{facts['packs']}{f' with {added}' if added else ''} against {facts['in_force']}",
        f"{rates[0]:.2f} findings a day, {rates[1]:.2f} by the rules in force; one analyst-day: {plural(whole(facts['a_day']), 'finding')} read",
    ]
    st.markdown(plain(" · ".join(said)))
    if whole(facts["touching_protected"]):
        st.warning(
            f"{plural(whole(facts['touching_protected']), 'finding')} would touch protected accounts, which are counted and never named: referral first."
        )
    if whole(facts["in_review"]):
        st.info(f"{plural(whole(facts['in_review']), 'account')} beside these findings in review: age not known, no suspects.")


def _more(facts: Mapping[str, object], name: str) -> str:
    return f"{whole(facts[name]) - whole(facts[f'{name}_in_force']):+,} against in force"


def _list(view: View) -> None:
    rows = [row for row in get_session().rows(view) if row["account_id"] is not None]
    change = st.selectbox("Change", ["all", *COMPARED.values()], key="compared", bind="query-params", width=200)
    found = [row for row in rows if change in {"all", call(COMPARED, row["change"])}]
    if not found:
        st.info("Nobody would have been found." if not rows else "Nobody fits this filter.")
        return
    ids = [str(row["account_id"]) for row in found]
    show_table(
        replay_rows(found), alt="Accounts that would have been found, new and gone ones first", key="replay_table",
        choose=lambda spot: st.session_state.update({key_of("account"): ids[spot]}),
    )  # fmt: skip
    _open_network(
        choose_one("account", "Account", ids, gone="The account of this address is not in this list. The first one is shown.", say=short)
    )


def _open_network(account_id: str) -> None:
    """The network of the finding that names it now, where there is one; else of the account."""
    finding = _finding_of(account_id)
    if finding:
        st.caption(plain(f"The newest run names it in finding {finding}."))
        if st.button("Open its finding's network", icon=":material/hub:", type="primary", key="open_network"):
            st.switch_page(network_page(), query_params={"finding": finding})
        return
    st.caption("No finding of the newest run names it.")
    if st.button("Open the account's network", icon=":material/hub:", type="primary", key="open_network"):
        st.switch_page(network_page(), query_params=address_of(Chart(account_id=account_id, expansions=(Expansion(account_id),))))


def _finding_of(account_id: str) -> str | None:
    try:
        findings = get_session().rows(get_session().ask(Desk.findings))
    except BakauError:
        return None
    return next((str(row["finding_id"]) for row in findings if account_id in {one["id"] for one in rows_of(row["subjects"])}), None)


show()
