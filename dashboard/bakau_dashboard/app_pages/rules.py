"""Rules: those in force and where they come from, what they see in this data, those on their way in, and methods nobody looks for yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from bakau_casework.desk import Desk
from bakau_dashboard.formats import number, plain, plural
from bakau_dashboard.session import get_session
from bakau_dashboard.tables import rows_of, texts_in, whole
from bakau_dashboard.tables_rules import count_rows, needs_of, outcome_of, points_of, rule_rows
from bakau_dashboard.widgets.address import choose_one, key_of, read_choice, write_choice
from bakau_dashboard.widgets.frame import page, stands_on
from bakau_dashboard.widgets.methods import show_methods
from bakau_dashboard.widgets.proposals import show_proposals
from bakau_dashboard.widgets.table import show_table
from bakau_dashboard.words import COMMON, GRADES, OUTCOMES, RULE_STATES, STATE_WORDS, call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bakau_casework.view import View

    Row = Mapping[str, object]


def show() -> None:
    """The whole page."""
    with page("Rules", "Which rules are in force, where do they come from, and what do they see in this data?"):
        session = get_session()
        packs = texts_in(session.ask(Desk.rules_in_force, COMMON).facts, "packs")
        if read_choice("pack", packs) is not None:
            st.warning("The pack of this address is not among those that are shipped. The common one is shown.")
        filters = st.columns([1.2, 1.2, 1.6, 1.4], vertical_alignment="bottom")
        pack = filters[0].selectbox(
            "Pack", packs, key=key_of("pack"), help="What stands in force for a country; the common pack without one."
        )
        write_choice("pack", None if pack == COMMON else pack)
        view = session.ask(Desk.rules_in_force, pack)
        rows = session.rows(view)
        state = filters[1].selectbox("State", ["all", *RULE_STATES.values()], key="state", bind="query-params")
        here = filters[2].selectbox("In the newest run", ["all", *OUTCOMES.values()], key="here", bind="query-params")
        differs = filters[3].toggle(
            "Other than common", key="other", bind="query-params", help="Rules that this pack changes, adds or switches."
        )
        facts = view.facts
        stands_on(view, run=facts["run"], run_ts=facts["run_ts"], stale=bool(facts["is_stale"]))
        found = [
            row for row in rows
            if state in {"all", call(RULE_STATES, row["state"])} and here in {"all", call(OUTCOMES, row["outcome"] or "")} and (row["differs"] or not differs)
        ]  # fmt: skip
        _summary(view, rows, found)
        _list(found)
        _count(pack)
        show_proposals(pack, rows)
        show_methods([str(row["rule_id"]) for row in rows if row["role"] != "victim"])


def _summary(view: View, rows: list[dict[str, object]], found: list[dict[str, object]]) -> None:
    facts = view.facts
    counts = {state: sum(row["state"] == state for row in rows) for state in RULE_STATES}
    said = [f"**{len(found):,} of {plural(len(rows), 'rule')}**"]
    said += [f"{count:,} {RULE_STATES[state]}" for state, count in counts.items() if count]
    blind = sum(row["outcome"] == "not_evaluable" for row in rows)
    said += [f"{blind:,} cannot be looked at in this data"] if blind else []
    st.markdown(" · ".join(said))
    if facts["run"] is None:
        st.info("Nothing was analysed yet, so nothing was looked at with them: run `bakau analyse`.")
    elif facts["run_pack"] != facts["pack"]:
        stood = f"the pack {facts['run_pack']}" if facts["run_pack"] else "rules that are not in force now"
        st.caption(plain(f"The newest run stood on {stood}: where this pack says something else, that was not looked at."))
    st.caption(plain(f"{facts['not_built_because']}."))
    told = rows_of(facts["country_facts"])
    if told:
        with st.expander(f"What is published about {facts['country'] or facts['pack']} and no rule computes with ({len(told)})"):
            for fact in told:
                where = f", {fact['address']}" if fact["address"] else ""
                st.markdown(f"**{plain(fact['about'])}**: {plain(fact['says'])}")
                st.caption(plain(f"Source: {fact['publication']} [{fact['grade']}]{where}"))


def _list(found: list[dict[str, object]]) -> None:
    if not found:
        st.info("No rule fits these filters. Take one away.")
        return
    ids = [_name_of(row) for row in found]
    show_table(
        rule_rows(found), alt="Rules with state, hits of the newest run, source and published number", key="rules_table",
        choose=lambda spot: st.session_state.update({key_of("rule"): ids[spot]}),
    )  # fmt: skip
    titles = dict(zip(ids, (f"{row['rule_id']} · {row['title']}" for row in found), strict=True))
    gone = "The rule of this address is not in this list: another pack has it, or the filters hide it. The first one is shown."
    chosen = choose_one("rule", "Rule shown below", ids, gone=gone, say=titles.__getitem__)
    _show(found[ids.index(chosen)])


def _name_of(row: Row) -> str:
    """How a rule is named in the address: a proposal may stand beside the pack's own rule of the same id."""
    return str(row["rule_id"]) if row["state"] in {"active", "off"} else f"{row['rule_id']}.{row['state']}"


def _show(row: Row) -> None:
    """One rule: what it stands on and what it sees."""
    said = [f"{call(RULE_STATES, row['state'])}: {STATE_WORDS[str(row['state'])]}", f"role {row['role']}", f"version {row['version']}"]
    said += [f"{points_of(row)} points a hit"] if row["points"] is not None else []
    st.markdown(f"**{plain(row['title'])}** ({plain(row['rule_id'])}): {plain('; '.join(said))}")
    sees = outcome_of(row) + (
        f": {number(row['accounts'])} accounts, {number(row['evidence'])} transfers of evidence" if row["accounts"] else ""
    )
    lines = [f"In the newest run: {sees}." + (f" Missing: {row['missing']}." if row["missing"] else "")]
    lines += [f"Needs {needs_of(row)}."]
    lines += [f"Source: {row['source']} [{call(GRADES, row['grade'])}]" + (f", {row['address']}" if row["address"] else "")]
    lines += [f"Published number: {row['number']}" + (" (the threshold is a default of ours)" if row["default_of_ours"] else "")]
    lines += [f"May also be: {'; '.join(texts_in(row, 'benign'))}", f"Next: {row['runbook']}"]
    st.caption("  \n".join(plain(line) for line in lines))


def _count(pack: str) -> None:
    """Every rule of the pack run over the newest facts: asked for, because it takes a while."""
    wanted = st.toggle(
        "Count this pack over the newest facts", key="count", bind="query-params",
        help="Runs every rule, those in shadow too, and says on how much of the data each can be looked at. Takes as long as the rules of an analysis; stores nothing.",
    )  # fmt: skip
    if not wanted:
        return
    with st.spinner("Running every rule of the pack …"):
        view = get_session().ask_aside(Desk.count_rules, pack)
    rows = get_session().rows(view)
    hits = sum(bool(whole(row["accounts"])) for row in rows)
    shadow = ", ".join(f"{row['rule_id']} {number(row['accounts'])} accounts" for row in rows if row["state"] == "shadow")
    st.markdown(
        f"**{hits:,} of {plural(len(rows), 'rule')} hit somebody** · audit entry {view.audit_id:,}"
        + (f" · in shadow: {plain(shadow)}" if shadow else "")
    )
    show_table(
        count_rows(rows), alt="Rules run over the newest facts: hits, on how many transfers each can be looked at, and what is missing"
    )


show()
