"""Findings: the ranked list, and one finding with its reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from bakau_casework.desk import Desk
from bakau_dashboard.formats import plain, plural
from bakau_dashboard.session import get_session
from bakau_dashboard.tables import finding_rows, grouped_reasons, texts_in, title_of
from bakau_dashboard.widgets.address import choose_one, key_of, read_choices, write_choice
from bakau_dashboard.widgets.finding import show_finding
from bakau_dashboard.widgets.frame import page, stands_on
from bakau_dashboard.widgets.table import show_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    Row = Mapping[str, object]


def show() -> None:
    """The whole page."""
    with page("Findings", "Which accounts and networks should a person look at first, and why?"):
        session = get_session()
        view = session.ask(Desk.findings)
        runs = session.rows(session.ask(Desk.runs))
        run, previous = runs[0], runs[1]["run_id"] if len(runs) > 1 else None
        stands_on(view, run=run["run_id"], run_ts=run["created"], stale=bool(view.facts["is_stale"]))
        rows = session.rows(view)
        if not rows:
            st.info("The newest run has no findings. What could not be looked at stands in `bakau analyse`'s printout.")
            return
        titles = session.titles()
        changes = _changes(previous)
        found = _filtered(rows, changes, titles, has_run_before=previous is not None)
        _summary(found, len(rows), changes, previous)
        _list(found, changes, titles)


def _changes(previous: object) -> dict[str, str]:
    """Per finding: new or changed since the run before; empty for the first run."""
    if previous is None:
        return {}
    session = get_session()
    return {str(row["finding_id"]): str(row["change"]) for row in session.rows(session.ask(Desk.changes, str(previous)))}


def _filtered(
    rows: list[dict[str, object]], changes: Mapping[str, str], titles: Mapping[str, str], *, has_run_before: bool
) -> list[dict[str, object]]:
    """One row of filters, each bound to the address."""
    kind_box, *middle, least_box, protected_box, reason_box = st.columns(
        [1.2, *([1.4] if has_run_before else []), 1, 1.8, 3], vertical_alignment="bottom"
    )
    kind = kind_box.selectbox("Kind", ["all", "account", "network"], key="kind", bind="query-params")
    change = "all"
    for change_box in middle:
        change = change_box.selectbox("Since the run before", ["all", "new", "changed"], key="change", bind="query-params")
    least = least_box.number_input("Points from", min_value=0, step=25, value=0, key="least", bind="query-params")
    referral = protected_box.toggle("Touches protected", key="protected", bind="query-params", help="Referral comes first there.")
    names = sorted({str(reason["name"]) for row in rows for reason in _reasons(row)}, key=lambda name: title_of(name, titles))
    read_choices("reason", names)
    wanted = reason_box.multiselect(
        "Reasons (any of)", names, key=key_of("reason"), format_func=lambda name: title_of(name, titles), placeholder="All"
    )
    write_choice("reason", wanted)
    return [
        row
        for row in rows
        if kind in {"all", row["kind"]}
        and change in {"all", changes.get(str(row["finding_id"]))}
        and int(str(row["score"])) >= least
        and (not referral or row["protected_count"])
        and (not wanted or {reason["name"] for reason in _reasons(row)} & set(wanted))
    ]


def _reasons(row: Row) -> list[dict[str, object]]:
    return [reason for reason in grouped_reasons(row) if reason["observed"] and int(str(reason["points"])) > 0]


def _summary(found: list[dict[str, object]], total: int, changes: Mapping[str, str], previous: object) -> None:
    networks = sum(row["kind"] == "network" for row in found)
    said = [
        f"**{len(found):,} of {plural(total, 'finding')}**",
        f"{plural(networks, 'network')}, {plural(len(found) - networks, 'account')}",
    ]
    touching = sum(bool(row["protected_count"]) for row in found)
    if touching:
        said.append(f"{touching:,} touch protected accounts, which are counted and never named: referral first")
    in_review = len({one for row in found for one in texts_in(row, "review_ids")})
    if in_review:
        said.append(f"{plural(in_review, 'account')} beside them in review: age not known, no suspects")
    incomplete = sum(bool(row["incomplete"]) for row in found)
    if incomplete:
        said.append(f"{incomplete:,} rest on incomplete batches")
    if previous is None:
        said.append("first run, so nothing is new")
    else:
        kinds = list(changes.values())
        said.append(_news(kinds.count("new"), kinds.count("changed"), kinds.count("gone"), previous))
    st.markdown(" · ".join(said))


def _news(new: int, changed: int, gone: int, previous: object) -> str:
    """What changed against the run before, over all findings."""
    if not new and not changed and not gone:
        return f"No finding is new or changed since run {plain(previous)}"
    return f"against run {plain(previous)}: {new:,} new, {changed:,} changed, {gone:,} gone"


def _list(found: list[dict[str, object]], changes: Mapping[str, str], titles: Mapping[str, str]) -> None:
    if not found:
        st.info("No finding fits these filters. Take one away.")
        return
    ids = [str(row["finding_id"]) for row in found]
    show_table(
        finding_rows(found, changes, titles),
        alt="Findings, still happening first",
        key="findings_table",
        choose=lambda spot: st.session_state.update({key_of("finding"): ids[spot]}),
        height=320,
    )
    by_id = {str(row["finding_id"]): row for row in found}
    gone = "The finding of this address is not in this list: it belongs to an older run, or the filters hide it. The first one is shown."
    shown = choose_one("finding", "Finding shown below", ids, gone=gone, say=lambda one: _named(by_id[one], ids.index(one)))
    show_finding(by_id[shown], titles)


def _named(row: Row, place: int) -> str:
    return f"{place + 1}. {row['finding_id']} · {row['kind']} · {row['score']} points"


show()
