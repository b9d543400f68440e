"""What the Desk answers about findings: the queue, what changed, one in sentences, drawn, and what to ask next. One part of `Desk`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau_casework.desk_part import DeskPart
from bakau_casework.policy import Action
from bakau_casework.views import asks, explain, findings, picture

if TYPE_CHECKING:
    import networkx as nx

    from bakau_casework.view import View
    from bakau_graph.picture import Picture


class FindingDesk(DeskPart):
    """The questions about findings. Only `Desk` is made of it."""

    def findings(self, *, top: int | None = None, kind: str | None = None, order: str = "urgency") -> View:
        """Findings of the newest run: still happening first, then worst; or by `order` "score" alone."""
        return self._answer(
            Action.FINDINGS, findings.FINDINGS, lambda reading, _: findings.list_findings(reading, top=top, kind=kind, order=order)
        )

    def changes(self, since: str, *, top: int | None = None, kind: str | None = None) -> View:
        """New, changed and gone findings of the newest run against run `since`."""
        return self._answer(
            Action.CHANGES, findings.CHANGES, lambda reading, _: findings.list_changes(reading, since=since, top=top, kind=kind)
        )

    def explain(self, finding_id: str, *, limit: int = 50) -> View:
        """A finding in sentences, with at most `limit` evidence transfers, oldest first."""
        return self._answer(
            Action.EXPLAIN, explain.EXPLANATION, lambda reading, clear: explain.explain_finding(reading, clear, finding_id, limit=limit), finding_id
        )  # fmt: skip

    def ask(self, finding_id: str, *, number: int = 1) -> View:
        """One of the requests for records of a finding, drafted: whom to ask for what, about which of its own accounts. Nothing is sent.

        NotFoundError when there is nothing to ask, or no request of that number.
        """
        return self._answer(
            Action.ASK, asks.REQUEST, lambda reading, clear: asks.draft_request(reading, clear, finding_id, number), finding_id
        )

    def picture(self, finding_id: str) -> View:
        """A finding as accounts and links, ready to be drawn (`bakau_casework.drawing`). RefusedError when all of it is protected."""
        return self._answer(
            Action.PICTURE, picture.PICTURE, lambda reading, clear: picture.picture_finding(reading, clear, finding_id), finding_id
        )

    def draw(self, finding_id: str) -> Picture:
        """A finding drawn: a page without requests that shows itself in a notebook."""
        from bakau_casework.drawing import draw_view

        return draw_view(self.picture(finding_id))

    def graph(self, finding_id: str) -> nx.MultiDiGraph:
        """A finding as a networkx graph: what `draw` draws."""
        from bakau_casework.drawing import to_graph

        return to_graph(self.picture(finding_id))
