"""A file brought in from the screen: what it is, its open questions, a mapping to correct, what would be rejected, and the load.

Of the file the session keeps what Streamlit holds while it is chosen, and one answer about it; both go when it was loaded or taken away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import streamlit as st

from bakau.errors import BakauError
from bakau_casework.intake import MOST_BYTES, Upload
from bakau_dashboard.formats import number, plain, plural
from bakau_dashboard.session import get_session
from bakau_dashboard.tables import column_rows, reason_words, rows_of, sample_rows, texts_in, whole
from bakau_dashboard.widgets.frame import say_error
from bakau_dashboard.widgets.table import show_table

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from bakau_casework.view import View

_KEPT, _ANSWERS, _ROUND, _DONE = "bakau.upload", "bakau.upload.answers", "bakau.upload.round", "bakau.upload.done"


@dataclass(frozen=True, slots=True)
class _Kept:
    """One answer about the chosen file, under what was asked."""

    question: Hashable
    answer: View | BakauError


def show_upload(sources: list[dict[str, object]]) -> None:
    """The section: choose a file, answer, correct, check, load. `sources` are those it may be loaded into."""
    st.subheader("Bring in a file", anchor=False)
    _say_done()
    st.caption(
        f"One file of at most {MOST_BYTES // 2**20} MB: a bank message (ISO 20022, SWIFT MT, OFX), a CSV or a workbook. Nothing is stored until you load it. "
        "Larger files, or many: the command bakau ingest."
    )
    chosen = st.file_uploader("File", key=f"upload_{st.session_state.get(_ROUND, 0)}", max_upload_size=MOST_BYTES // 2**20)
    if chosen is None:
        _forget()
        return
    file = Upload(chosen.name, chosen.getvalue())
    view = _ask_questions(chosen, file)
    if view is None:
        return
    mapping = _ask_mapping(chosen, view)
    if mapping is not None and not mapping.strip():
        return
    checked = _check(chosen, file, mapping)
    if checked is not None:
        _load(file, mapping, sources)


def _ask_questions(chosen: UploadedFile, file: Upload) -> View | None:
    """What the file is; the view once no question is open."""
    answers: dict[str, str] = st.session_state.setdefault(_ANSWERS, {}).setdefault(chosen.file_id, {})
    view = _keep(("look", chosen.file_id, tuple(sorted(answers.items()))), lambda: get_session().desk.intake.look(file, answers))
    if view is None:
        return None
    _describe(view)
    questions = [one for one in rows_of(view.facts["questions"]) if _has_answers(one)]
    for one in rows_of(view.facts["questions"]):
        if not _has_answers(one):
            st.warning(plain(one["text"]) + "  \nNothing is guessed: say it in the mapping.")
    if not questions:
        return view
    st.warning(f"{plural(len(questions), 'question')} only a person can answer. Nothing is guessed: answer to go on.")
    with st.form(f"questions_{chosen.file_id}", border=True):
        given = {str(one["topic"]): _ask_one(chosen.file_id, one) for one in questions}
        if st.form_submit_button("Answer"):
            answers.update({topic: value for topic, value in given.items() if value})
            st.rerun()
    return None


def _has_answers(question: dict[str, object]) -> bool:
    """Can it be answered in a word? What cannot (who pays whom) is for the mapping to say."""
    return bool(texts_in(question, "options")) or question["topic"] in {"currency", "own"}


def _ask_one(file_id: str, question: dict[str, object]) -> str | None:
    label, key = plain(question["text"]), f"answer_{file_id}_{question['topic']}"
    options = texts_in(question, "options")
    if options:
        return st.radio(label, options, index=None, key=key, horizontal=True)
    return st.text_input(label, key=key).strip() or None


def _describe(view: View) -> None:
    facts = view.facts
    said = [f"format {facts['format']}"]
    said += [f"{name} {facts[key]!r}" for key, name in (("delimiter", "fields separated by"), ("encoding", "encoding")) if facts[key]]
    if facts["header_line"]:
        said.append(f"column names in line {number(facts['header_line'])}")
    st.markdown(plain(f"{facts['file']}: {', '.join(said)}."))
    columns = get_session().rows(view)
    if columns:
        show_table(column_rows(columns), alt="Columns of the file, what they were taken for and what stands in them")
    for note in texts_in(dict(facts), "notes"):
        st.caption(plain(note))


def _ask_mapping(chosen: UploadedFile, view: View) -> str | None:
    if not get_session().rows(view):
        st.caption("This format needs no mapping.")
        return None
    is_open = bool(rows_of(view.facts["questions"]))
    drafted = "" if is_open else str(view.facts["mapping"] or "")
    label = "Mapping (write it: docs/mappings.md says how)" if is_open else "Mapping (correct it where it is wrong)"
    return st.text_area(label, drafted, height=320, key=f"mapping_{chosen.file_id}")


def _check(chosen: UploadedFile, file: Upload, mapping: str | None) -> View | None:
    """Every record read with this mapping, and what came of it."""
    view = _keep(("check", chosen.file_id, mapping), lambda: get_session().desk.intake.check(file, mapping))
    if view is None:
        return None
    read, rejected = whole(view.facts["looked_at"]), whole(view.facts["rejected"])
    st.markdown(f"**{number(read - rejected)} of {plural(read, 'record')} would load, {number(rejected)} would be rejected.**")
    if rejected:
        st.warning(plain(reason_words(view.facts["reasons"])))
    sample = sample_rows(view.facts["sample"])
    if sample:
        show_table(sample, alt="The first rows as they would load; numbers, names and texts by their shape")
        st.caption("The first rows as they would load. Shapes stand in for numbers, names and texts: 9 for a digit, A for a letter.")
    return view


def _load(file: Upload, mapping: str | None, sources: list[dict[str, object]]) -> None:
    open_ones = [str(row["source_id"]) for row in sources if not row["is_expired"]]
    source = st.selectbox("Load into the source", open_ones, index=None, placeholder="Choose whose data this is", key="upload_source")
    if not st.button("Load", type="primary", disabled=source is None) or source is None:
        return
    try:
        with st.spinner("Loading …"):
            loaded = get_session().desk.intake.load(file, mapping, source)
    except BakauError as error:
        say_error(error)
        return
    st.session_state[_DONE] = loaded
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1  # a fresh chooser: Streamlit lets go of the file
    _forget()
    st.rerun()


def _forget() -> None:
    for name in (_KEPT, _ANSWERS):
        st.session_state.pop(name, None)


def _say_done() -> None:
    """What the last load came to, said once."""
    loaded = st.session_state.pop(_DONE, None)
    if loaded is None:
        return
    (row,) = loaded.rows.to_pylist()
    counts = ", ".join(
        f"{number(row[column])} {name}"
        for column, name in (("accepted", "loaded"), ("rejected", "rejected"), ("duplicates", "known already"))
    )
    reasons = reason_words(loaded.facts["reasons"])
    st.success(
        plain(
            f"{row['file']}: {number(row['received'])} records received, {counts}. Batch {row['batch_id']}, audit entry {loaded.audit_id:,}."
        )
    )
    if reasons:
        st.caption(plain(reasons))
    st.caption("The findings do not know it yet: run `bakau analyse`.")


def _keep(question: Hashable, ask: Callable[[], View]) -> View | None:
    """The answer to a question about the chosen file, asked once while it stays the same; an error is said and gives None."""
    slot = cast("dict[str, _Kept]", st.session_state.setdefault(_KEPT, {}))
    kind = str(cast("tuple[object, ...]", question)[0])
    kept = slot.get(kind)
    if kept is None or kept.question != question:
        try:
            kept = _Kept(question, ask())
        except BakauError as error:
            kept = _Kept(question, error)
        slot[kind] = kept
    if isinstance(kept.answer, BakauError):
        say_error(kept.answer)
        return None
    return kept.answer
