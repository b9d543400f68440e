"""Data: sources and their basis, a file to bring in, batches and what was rejected, runs, the network."""

from __future__ import annotations

import streamlit as st

from bakau.errors import BakauError
from bakau_casework.desk import Desk
from bakau_dashboard.formats import moment, number, plain, plural, size
from bakau_dashboard.session import get_session
from bakau_dashboard.tables import batch_rows, reject_rows, rows_of, run_rows, source_rows, texts_in, whole
from bakau_dashboard.widgets.address import key_of, read_choice, write_choice
from bakau_dashboard.widgets.frame import page, say_error, stands_on
from bakau_dashboard.widgets.table import show_table
from bakau_dashboard.widgets.upload import show_upload

REJECTS_SHOWN = 500


def show() -> None:
    """The whole page."""
    with page("Data", "What do the findings stand on: whose data, on which basis, and what of it could not be used?"):
        session = get_session()
        sources, batches = session.ask(Desk.sources), session.ask(Desk.batches)
        runs = session.rows(session.ask(Desk.runs))
        newest = runs[0] if runs else {"run_id": None, "created": None, "is_stale": False}
        stands_on(batches, run=newest["run_id"], run_ts=newest["created"], stale=bool(newest["is_stale"]))
        if sources.facts["is_training_only"]:
            st.info("Training workspace: every source is synthetic or public data. Nobody in it is real.", icon=":material/school:")
        _totals(session.rows(batches))
        _sources(session.rows(sources))
        show_upload(session.rows(sources))
        _batches(session.rows(batches))
        _network()
        _runs(runs)


def _totals(batches: list[dict[str, object]]) -> None:
    used = [row for row in batches if not row["is_withdrawn"]]
    boxes = st.columns(5)
    for box, (name, column) in zip(
        boxes, (("Received", "received"), ("Loaded", "accepted"), ("Rejected", "rejected"), ("Duplicate", "duplicates")), strict=False
    ):
        box.metric(f"{name} records", f"{sum(whole(row[column]) for row in used):,}")
    boxes[4].metric("Batches in use", f"{len(used):,}", help=f"{len(batches) - len(used)} more were withdrawn.")


def _sources(rows: list[dict[str, object]]) -> None:
    st.subheader("Sources and their basis", anchor=False)
    show_table(source_rows(rows), alt="Sources with authority, legal basis, purposes and end")


def _batches(rows: list[dict[str, object]]) -> None:
    st.subheader("Batches", anchor=False)
    if not rows:
        st.info("Nothing was loaded yet. Bring in a file above, or load files with `bakau ingest`.")
        return
    st.caption(
        "Every record of a file was loaded, rejected or a duplicate; nothing is dropped silently. Choose a batch to see its rejects."
    )
    short = [row for row in rows if not row["is_withdrawn"] and texts_in(row, "incomplete")]
    if short:
        st.warning(
            f"{plural(len(short), 'batch', 'batches')} in use {'is' if len(short) == 1 else 'are'} incomplete: the file does not keep what it promises "
            "(balances, sums, counts or numbers do not meet). What stands on it may lack payments; the column *state* says what is missing."
        )
    newest_first = rows[::-1]
    visible = [str(row["batch_id"]) for row in newest_first if not row["is_withdrawn"]]
    show_table(
        batch_rows(rows),
        alt="Batches, newest first",
        key="batches_table",
        choose=lambda spot: _choose(str(newest_first[spot]["batch_id"]), visible),
    )
    files = {str(row["batch_id"]): f"{row['file']} · {whole(row['rejected']):,} rejected · {row['batch_id']}" for row in newest_first}
    if read_choice("batch", visible) is not None:
        st.warning("The batch of this address is not in use here: it was withdrawn, or belongs to another workspace.")
    chosen = st.selectbox(
        "Rejects of",
        visible,
        key=key_of("batch"),
        index=None,
        format_func=lambda one: files[one],
        placeholder="Choose a batch",
    )
    write_choice("batch", chosen)
    if chosen:
        _rejects(chosen)


def _choose(batch_id: str, visible: list[str]) -> None:
    if batch_id in visible:
        st.session_state[key_of("batch")] = batch_id


def _rejects(batch_id: str) -> None:
    view = get_session().ask(Desk.rejects, batch_id, limit=REJECTS_SHOWN)
    rows = get_session().rows(view)
    if not rows:
        st.success("No record of this batch was rejected.")
        return
    codes = ", ".join(f"{one['code']} {one['rows']}" for one in rows_of(view.facts["codes"]))
    st.markdown(
        f"{number(view.facts['rejected'])} of {number(view.facts['received'])} records rejected: {plain(codes)}. "
        "Shapes stand in for values: 9 for a digit, A for a letter."
    )
    show_table(reject_rows(rows), alt="Rejected records with line, column and reason")
    if whole(view.facts["left_out"]):
        st.caption(f"{number(view.facts['left_out'])} more rows: `bakau rejects {plain(batch_id)}`")


def _network() -> None:
    st.subheader("Network", anchor=False)
    try:
        (row,) = get_session().rows(get_session().ask(Desk.network_status))
    except BakauError as error:
        say_error(error)
        return
    boxes = st.columns(5)
    boxes[0].metric("Kind", str(row["implementation"]))
    boxes[1].metric("Accounts", number(row["accounts"]))
    boxes[2].metric("Transfers", number(row["transfers"]))
    boxes[3].metric("Hubs", number(row["hubs"]), help=f"{number(row['hub_degree'])} transfers or more; searches do not cross them.")
    boxes[4].metric("Size", size(row["size_bytes"]))
    state = "in step with the newest facts" if row["is_current"] else f"behind: it stands on {row['as_of']}"
    loading = " A batch is being brought in; answers may lack it." if row["is_loading"] else ""
    currencies = ", ".join(f"{one['currency']} {number(one['transfers'])}" for one in rows_of(row["currencies"]))
    st.caption(
        plain(
            f"The network is {state}, built {moment(row['built'])} UTC, transfers from {moment(row['first_ts'])} to {moment(row['last_ts'])} UTC.{loading} "
            f"Transfers per currency: {currencies or 'none'}; {plural(whole(row['null_amounts']), 'transfer')} without an amount."
        )
    )


def _runs(rows: list[dict[str, object]]) -> None:
    st.subheader("Runs", anchor=False)
    if not rows:
        st.info("Nothing was analysed yet: run `bakau analyse`.")
        return
    show_table(run_rows(rows), alt="Runs, newest first")


show()
