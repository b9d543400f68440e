"""The office: the one workspace this process shows, the shelf all its Desks read from, and the sessions that are open."""

from __future__ import annotations

import threading
import weakref
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

from bakau.errors import BakauError, FormatError
from bakau_casework.reading import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bakau_casework.desk import Desk

#: What pages import; a page itself runs when it is imported.
_USED_BY_PAGES = ("bakau_dashboard.main", "bakau_dashboard.widgets.finding", "bakau_dashboard.widgets.chosen", "scipy.linalg")


@dataclass(slots=True)
class Office:
    """What the process shares. It holds no answer and nothing that belongs to a person except who has a Desk open."""

    workspace: Path
    shelf: Shelf = field(default_factory=Shelf)
    desks: weakref.WeakSet[Desk] = field(default_factory=weakref.WeakSet)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _aside: threading.Lock = field(default_factory=threading.Lock)

    def open_desk(self, purpose: str, case: str | None) -> Desk:
        """A Desk for the login of this process; FormatError when the workspace is no longer where it was."""
        import bakau

        self.check_place()
        desk: Desk = bakau.open_desk(self.workspace, purpose=purpose, case=case, shelf=self.shelf)
        with self._lock:
            self.desks.add(desk)
        return desk

    @contextmanager
    def open_desk_aside(self, purpose: str, case: str | None) -> Iterator[Desk]:
        """A Desk with a shelf of its own, for a question that takes long: nobody waits for it but whoever asks the next such question."""
        import bakau

        self.check_place()
        with self._aside, bakau.open_desk(self.workspace, purpose=purpose, case=case) as desk:
            yield desk

    def check_place(self) -> None:
        """FormatError when there is no workspace any more at the place the dashboard was started with."""
        if not (self.workspace / "bakau.toml").is_file():
            raise FormatError(
                "The workspace is no longer where it was when the dashboard was started",
                hint="Put it back, or stop the dashboard and start it with the new place: bakau -w CASE_DIR dashboard",
            )

    def desk_for(self, token: str, object_id: str) -> Desk | None:
        """The open Desk that gave out this pass for this object; every Desk is asked, so that time tells nothing."""
        with self._lock:
            desks = list(self.desks)
        honoured = [desk for desk in desks if desk.honours(token, object_id)]
        return honoured[0] if honoured else None

    def close(self) -> None:
        """Close every Desk and the shelf; a question that is being answered is waited for."""
        with self._lock:
            desks = list(self.desks)
        self.shelf.close()
        for desk in desks:
            desk.close()

    def warm_up(self) -> None:
        """Load and read what the first pages need before the first person asks. What cannot be read says so when it is asked for."""
        for name in _USED_BY_PAGES:
            import_module(name)
        try:
            with self.open_desk("exploration", None) as desk:
                desk.warm_up()
        except (BakauError, OSError):
            return


class _Place:
    office: Office | None = None


def open_office(workspace: Path) -> Office:
    """Make this process's office; a second call replaces the first (tests)."""
    if _Place.office is not None:
        _Place.office.shelf.close()
    _Place.office = Office(workspace.absolute())
    return _Place.office


def get_office() -> Office:
    """The office of this process; FormatError before one was opened."""
    if _Place.office is None:
        raise FormatError("the dashboard was not started with a workspace", hint="bakau -w CASE_DIR dashboard")
    return _Place.office
