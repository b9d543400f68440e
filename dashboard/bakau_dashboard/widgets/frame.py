"""What every page begins and ends with: its one question, what it stands on, and sentences instead of tracebacks."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st

from bakau.errors import BakauError, NetworkError, VaultError
from bakau_dashboard.formats import moment, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bakau_casework.view import View


@contextmanager
def page(title: str, question: str) -> Iterator[None]:
    """A page: its title, its question in the first line, and whatever goes wrong said in a sentence that says what to do."""
    st.title(title, anchor=False)
    st.markdown(f"**{question}**")
    try:
        yield
    except (BakauError, OSError) as error:
        say_error(error)


def say_error(error: BakauError | OSError) -> None:
    """What happened and what to do next, on the screen."""
    if isinstance(error, OSError):
        message, hint = "A file of the workspace cannot be read.", "Check that its disk is there and not full, then load the page again."
    else:
        message, hint = sentence(str(error)), error.hint
    if isinstance(error, NetworkError):
        hint = hint or "Look at the page Data, or run `bakau network status`; findings and data still answer."
    if isinstance(error, VaultError):
        hint = f"{hint} Until then choose the purpose exploration: it needs no vault key."
    refused = isinstance(error, BakauError) and error.exit_code == 3
    show = st.warning if refused else st.error
    show(plain(message) + (f"\n\n→ {plain(hint)}" if hint else ""))


def sentence(text: str) -> str:
    """A message with a capital and a full stop."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def stands_on(view: View, *, run: object = None, run_ts: object = None, stale: bool = False) -> None:
    """The line that says what a page stands on: snapshot, run and its time, purpose, and the entry of the audit log."""
    said = [f"Facts: snapshot {view.snapshot}"]
    if run:
        said.append(f"numbers: run {run}" + (f" of {moment(run_ts)} UTC" if run_ts else ""))
    said += [f"purpose {view.purpose}" + (f", case {view.case}" if view.case else ""), f"audit entry {view.audit_id:,}"]
    st.caption(plain(" · ".join(said)) + "  \nTimes are UTC. Amounts stand in their own currency and are never added across currencies.")
    if stale:
        st.warning("Facts or protection marks changed since that run: run `bakau analyse` again before relying on its numbers.")


def masked(view: View) -> None:
    """Say which columns the purpose does not show, and why."""
    for reason in sorted(set(view.masked.values())):
        names = ", ".join(name.replace("_", " ") for name, why in view.masked.items() if why == reason)
        st.caption(plain(f"Not shown: {names} ({reason})."))
