"""One person's browser session: a Desk, and the answers it gave, kept so that drawing a page again is not another look.

An answer is kept under its question. Before one is shown again the Desk is asked what it stands on now; when that has changed (facts,
a protection mark, a run, the case, the day) every kept answer is dropped and asked for anew. Answers never go to a cache that
sessions share: each asks its own Desk. What two of them were told word for word is held once in memory (`bakau_dashboard.held`).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Concatenate, ParamSpec, cast

import streamlit as st

from bakau_casework.desk import Desk
from bakau_dashboard.held import Held, hold
from bakau_dashboard.office import get_office

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from bakau_casework.view import View

    P = ParamSpec("P")

#: Answers a session keeps; the one not looked at for longest goes first.
MOST_ANSWERS = 24
_KEY = "bakau.session"


class Session:
    """A Desk for one purpose and case, opened when first used."""

    def __init__(self) -> None:
        self._desk: Desk | None = None
        self._standing = ""
        self._answers: OrderedDict[Hashable, View] = OrderedDict()
        self._rows: dict[int, Held] = {}

    def use(self, purpose: str, case: str | None) -> None:
        """Sit down for a purpose and case; answers given for another are dropped. Raises what `Desk.open` raises."""
        desk = self._desk
        if desk is not None and (str(desk.purpose), desk.case_id) == (purpose, case):
            return
        self.leave()
        self._desk = get_office().open_desk(purpose, case)

    def leave(self) -> None:
        """Close the Desk and forget its answers."""
        self._forget()
        if self._desk is not None:
            self._desk.close()
            self._desk = None

    @property
    def desk(self) -> Desk:
        """The Desk, opened for exploration when nothing else was asked for."""
        if self._desk is None:
            self.use("exploration", None)
        return cast("Desk", self._desk)

    def ask(self, question: Callable[Concatenate[Desk, P], View], *args: P.args, **kwargs: P.kwargs) -> View:
        """The answer to a question of the Desk, which is one of its methods: the kept one while nothing has changed."""
        return self._ask(_key_of(question.__name__, args, kwargs), lambda: question(self.desk, *args, **kwargs))

    def ask_aside(self, question: Callable[Concatenate[Desk, P], View], *args: P.args, **kwargs: P.kwargs) -> View:
        """The same for a question that takes long: asked at a Desk aside, so that other people's pages go on meanwhile."""

        def ask() -> View:
            with get_office().open_desk_aside(str(self.desk.purpose), self.desk.case_id) as desk:
                return question(desk, *args, **kwargs)

        return self._ask(_key_of(question.__name__, args, kwargs), ask)

    def _ask(self, key: Hashable, ask: Callable[[], View]) -> View:
        get_office().check_place()
        standing = self.desk.standing()
        if standing != self._standing:
            self._forget()
            self._standing = standing
        if key in self._answers:
            self._answers.move_to_end(key)
            return self._answers[key]
        told = ask()
        held = hold(told)
        answer = replace(told, rows=held.table)
        self._answers[key], self._rows[answer.audit_id] = answer, held
        while len(self._answers) > MOST_ANSWERS:
            _, oldest = self._answers.popitem(last=False)
            self._rows.pop(oldest.audit_id, None)
        return answer

    def rows(self, view: View) -> list[dict[str, object]]:
        """The rows of an answer as objects, made once; nobody changes them."""
        if view.audit_id not in self._rows:
            self._rows[view.audit_id] = hold(view)
        return self._rows[view.audit_id].rows

    def titles(self) -> dict[str, str]:
        """What each rule looks for, by its id."""
        return {str(row["rule_id"]): str(row["title"]) for row in self.rows(self.ask(Desk.rules))}

    def refresh(self) -> None:
        """Drop every kept answer: something was just written through the Desk."""
        self._forget()

    def _forget(self) -> None:
        self._answers.clear()
        self._rows.clear()


def _key_of(name: str, args: tuple[object, ...], kwargs: dict[str, object]) -> Hashable:
    return name, args, tuple(sorted(kwargs.items()))


def get_session() -> Session:
    """The session of the browser that is being answered."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Session()
    return cast("Session", st.session_state[_KEY])
