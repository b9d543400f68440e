"""One finding: whom it is about, why, what to do next, and the transfers it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from bakau_casework.desk import Desk
from bakau_dashboard.formats import moment, plain, plural
from bakau_dashboard.navigation import network_page
from bakau_dashboard.session import get_session
from bakau_dashboard.tables import (
    age_of,
    ask_rows,
    evidence_rows,
    not_evaluable,
    reason_rows,
    rows_of,
    score_bounds,
    subject_rows,
    texts_in,
    whole,
    whom,
)
from bakau_dashboard.widgets.frame import masked
from bakau_dashboard.widgets.table import show_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    Row = Mapping[str, object]

EVIDENCE_SHOWN = 50


def show_finding(finding: Row, titles: Mapping[str, str]) -> None:
    """A finding, top to bottom."""
    finding_id = str(finding["finding_id"])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(f"{str(finding['kind']).capitalize()} finding {plain(finding_id)}", anchor=False)
        if st.button("Open in network", icon=":material/hub:", type="primary", key="open_network"):
            st.switch_page(network_page(), query_params={"finding": finding_id})
    _facts(finding)
    _warn(finding)
    st.markdown("**Why: reasons with what was observed, their source and what to do next**")
    show_table(reason_rows(finding, titles), alt="Reasons of the finding", wrap=True)
    _rules(finding)
    missing = not_evaluable(finding)
    if missing:
        # drawn only once it is opened: closed, each of its lines would cost the browser as much as one that is seen
        closer = st.expander(f"What could not be looked at everywhere ({len(missing)})", key="missing", on_change="rerun")
        if closer.open:
            for line in missing:
                closer.markdown(plain(line))
    st.markdown("**Whom it is about**")
    show_table(subject_rows(finding), alt="Subjects of the finding")
    _picture(finding_id)
    if st.toggle("Show the transfers it rests on", key="evidence"):
        _evidence(finding_id)


def _rules(finding: Row) -> None:
    """Each reason opened: where its rule comes from, what else could look like it, what to do next."""
    seen = {str(reason["name"]) for reason in rows_of(finding["reasons"]) if reason["observed"]}
    rules = [rule for rule in get_session().rows(get_session().ask(Desk.rules)) if rule["rule_id"] in seen]
    if not rules:
        return
    label = f"The rules behind these reasons ({len(rules)}): source, harmless explanations, next step"
    closer = st.expander(label, key="rules_behind", on_change="rerun")
    if closer.open:
        for rule in rules:
            closer.markdown(f"**{plain(rule['title'])}** ({plain(rule['rule_id'])}, version {plain(rule['version'])})")
            said = [f"Source: {plain(rule['source'])}", f"published number: {plain(rule['number'])}"]
            said += [f"May also be: {plain('; '.join(_texts(rule['benign'])))}", f"Next: {plain(rule['runbook'])}"]
            closer.caption("  \n".join(said))


def _picture(finding_id: str) -> None:
    """A picture that can be kept: a page of its own behind a pass, made when somebody asks for it."""
    if st.button("Picture to keep", icon=":material/image:", key="picture_wanted", help="A page that needs nothing but itself."):
        token = get_session().desk.give_pass(finding_id)
        st.link_button("Open the picture (good for five minutes)", f"/evidence/{finding_id}?pass={token}", icon=":material/open_in_new:")


def _facts(finding: Row) -> None:
    boxes = st.columns(5)
    boxes[0].metric("Points", f"{whole(finding['score']):,}", help="The sum of the points of its reasons.")
    boxes[1].metric("About", whom(finding) if finding["kind"] == "network" else "1 account")
    boxes[2].metric("Context", plural(len(rows_of(finding["context_ids"])), "account"), help="Needed to understand it; accused of nothing.")
    boxes[3].metric("Protected", f"{whole(finding['protected_count']):,}", help="Counted, never named.")
    boxes[4].metric(
        "In review", f"{len(texts_in(finding, 'review_ids')):,}", help="Age not known and a sign of danger: no subjects, no points."
    )
    if bounds := score_bounds(finding):
        st.caption(plain(bounds))
    if finding["first_ts"]:
        when = f"{moment(finding['first_ts'])} to {moment(finding['last_ts'])}"
        st.caption(f"Evidence from {plain(when)} UTC. Revision {finding['revision']} of this finding.")


def _warn(finding: Row) -> None:
    protected = whole(finding["protected_count"])
    if protected:
        st.warning(
            f"{plural(protected, 'protected account')}: counted, never named. Think of a safeguarding referral before anything else."
        )
    if in_review := len(texts_in(finding, "review_ids")):
        st.warning(
            f"{plural(in_review, 'account')} beside it in review: age not known and a sign of danger. No suspects; whoever looks for safeguarding settles it."
        )
    urgent = [f"{one['observed']}" for one in rows_of(finding["urgency"])]
    if urgent:
        st.info(f"May still be happening: {plain('; '.join(urgent))}. This orders the list and adds no points.")
    if age_of(finding) != "known":
        st.info(f"Age {age_of(finding)}: establish before naming.")

    batches = texts_in(finding, "incomplete")
    if batches:
        st.warning(
            f"Rests on {plural(len(batches), 'incomplete batch', 'incomplete batches')} ({', '.join(batches[:3])}): the page Data says what is missing."
        )


def _evidence(finding_id: str) -> None:
    view = get_session().ask(Desk.explain, finding_id, limit=EVIDENCE_SHOWN)
    rows = get_session().rows(view)
    left_out = whole(view.facts["evidence_left_out"])
    st.markdown(
        f"**{plural(whole(view.facts['evidence_total']), 'transfer')} of evidence**, oldest first"
        + (f"; {left_out:,} later ones are not listed" if left_out else "")
    )
    show_table(evidence_rows(rows), alt="Transfers of evidence with file and line")
    masked(view)
    asks = rows_of(view.facts["asks"])
    if asks:
        st.markdown("**What to ask next**: most per record first; `bakau ask FINDING_ID` drafts a request")
        show_table(ask_rows(asks), alt="Requests for records, most per record first")
    benign = [line for line in _texts(view.facts["sentences"]) if line.startswith(("Speaks against", "Benign"))]
    for line in benign:
        st.caption(plain(line))


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
