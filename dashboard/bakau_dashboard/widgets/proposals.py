"""Rules on their way in: how far each came, who moved it and why, and the buttons that move it on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from bakau.errors import BakauError
from bakau_casework.desk import Desk
from bakau_dashboard.formats import plain
from bakau_dashboard.session import get_session
from bakau_dashboard.tables import texts_in
from bakau_dashboard.tables_rules import move_rows, proposal_rows
from bakau_dashboard.widgets.address import choose_one, key_of
from bakau_dashboard.widgets.frame import say_error
from bakau_dashboard.widgets.table import show_table
from bakau_dashboard.words import FOLLOWS, MOVES, RULE_STATES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bakau_casework.view import View

    Row = Mapping[str, object]

_DONE = "bakau.moved"
_WHY = "Why, in a sentence (kept with your name; no names or numbers of people)"


def show_proposals(pack: str, rules: Sequence[Row]) -> None:
    """The section; `rules` are those of the pack that is shown."""
    st.subheader("Rules on their way in", anchor=False)
    if said := st.session_state.pop(_DONE, ""):
        st.success(plain(said))
    rows = get_session().rows(get_session().ask(Desk.proposals))
    if rows:
        _list(rows)
    else:
        st.info("This workspace proposes no rule.")
    _propose(pack, rules)


def _list(rows: list[dict[str, object]]) -> None:
    ids = [str(row["rule_id"]) for row in rows]
    show_table(
        proposal_rows(rows), alt="Proposed rules with state, who proposed and who agreed", key="proposals_table",
        choose=lambda spot: st.session_state.update({key_of("proposal"): ids[spot]}),
    )  # fmt: skip
    titles = {str(row["rule_id"]): f"{row['rule_id']} · {row['title']} · {RULE_STATES[str(row['state'])]}" for row in rows}
    gone = "The proposal of this address is not there. The first one is shown."
    chosen = choose_one("proposal", "Proposal shown below", ids, gone=gone, say=titles.__getitem__)
    row = rows[ids.index(chosen)]
    show_table(move_rows(row), alt=f"Moves of the proposal {chosen}, newest first: to which state, by whom and why")
    _move(row)


def _move(row: Row) -> None:
    """One button for every state it may be brought to, all with the same reason."""
    rule_id, states = str(row["rule_id"]), texts_in(row, "may_become")
    with st.form("move", clear_on_submit=True):
        st.markdown(f"**Move {plain(rule_id)} on**")
        why = st.text_input(_WHY, max_chars=500, key="move_why").strip()
        st.caption("  \n".join(f"{MOVES[state]}: {FOLLOWS[state]}." for state in states))
        with st.container(horizontal=True):
            pressed = [state for state in states if st.form_submit_button(MOVES[state], key=f"move_{state}")]
    if pressed and not why:
        st.warning("Say why: nothing was moved.")
    elif pressed:
        state = pressed[0]
        _do(lambda: get_session().desk.move_rule(rule_id, state, why), f"{rule_id} is {RULE_STATES[state]} now")


def _propose(pack: str, rules: Sequence[Row]) -> None:
    """One rule of the pack that the common one does not have so."""
    own = {
        str(row["rule_id"]): str(row["title"])
        for row in rules
        if row["differs"] and row["state"] in {"active", "off"} and row["role"] != "victim"
    }
    with st.expander("Propose a rule"):
        st.caption(
            "A rule of your own comes from a file: `bakau indicators propose FILE --why …`. Here: one that the chosen pack has otherwise than the common one."
        )
        if not own:
            st.info("The chosen pack says nothing else than the common one. Choose a country's pack above.")
            return
        with st.form("propose", clear_on_submit=True):
            rule_id = st.selectbox(f"Rule of the pack {pack}", list(own), format_func=lambda one: f"{one} · {own[one]}", key="propose_rule")
            why = st.text_input(_WHY, max_chars=500, key="propose_why").strip()
            pressed = st.form_submit_button("Propose it as a draft")
        if pressed and not why:
            st.warning("Say why: nothing was proposed.")
        elif pressed:
            _do(lambda: get_session().desk.propose_rule(rule_id, pack, why), f"{rule_id} is proposed as a draft")


def _do(write: Callable[[], View], said: str) -> None:
    """Write through the Desk, and say so on the page that is drawn next."""
    try:
        view = write()
    except BakauError as error:
        say_error(error)
        return
    st.session_state[_DONE] = f"{said}, audit entry {view.audit_id:,}."
    get_session().refresh()
    st.rerun()
