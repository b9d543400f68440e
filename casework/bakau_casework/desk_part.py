"""What every part of the Desk may count on: the one way to answer, which `Desk` has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bakau_casework.policy import Action
    from bakau_casework.purpose import Terms
    from bakau_casework.reading import Clear, Reading
    from bakau_casework.view import Declaration, Draft, View


class DeskPart:
    """Questions of one kind. Only `Desk` is made of such parts."""

    if TYPE_CHECKING:

        def _answer(
            self,
            action: Action,
            declaration: Declaration,
            build: Callable[[Reading, Clear], Draft],
            query: str | None = None,
            terms: Terms | None = None,
        ) -> View: ...

        def _newest(self) -> Reading: ...
