"""A report as trees: one unit of it (a transaction, a subject, an activity) is whole before it is looked at, and gone after."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bakau.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from bakau.errors import Place
    from bakau_ingest.readers.xml import Event

#: Parts of one unit, far above what any authority takes; a default of ours.
MOST_PARTS = 50_000


@dataclass(slots=True)
class Node:
    """A marked element: its texts by path, the line it begins on, and the marked elements inside."""

    name: str
    leaves: dict[str, str]
    line: int
    parts: list[Node] = field(default_factory=list)

    def text(self, *paths: str) -> str:
        """The first of these texts that says something; a path of a marked element gives that element's own text."""
        for path in paths:
            if value := self.leaves.get(path) or next((part.leaves.get("", "") for part in self.parts if part.name == path), ""):
                return value
        return ""

    def all(self, *names: str) -> list[Node]:
        """The marked elements of these names right inside, in order."""
        return [part for part in self.parts if part.name in names]

    def one(self, *names: str) -> Node | None:
        """The first of them."""
        return next((part for part in self.parts if part.name in names), None)

    def says(self, *paths: str) -> bool | None:
        """A yes or no (``true``, ``1``, ``Y``), None when it is not said."""
        value = self.text(*paths).lower()
        return None if not value else value in {"true", "1", "y", "yes"}


def read_units(events: Iterable[Event], units: Collection[str], place: Place) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """Every element named in `units` when it ends, with the marked elements around it, outermost first; nothing of it is kept.

    FileError when more parts stand in one unit than any report has.
    """
    stack: list[tuple[Node, int]] = []
    held = 0
    for event in events:
        if event.begins:
            stack.append((Node(event.name, event.leaves, event.line), held))
            held += 1
            if held > MOST_PARTS:
                raise FileError(f"holds a part with more than {MOST_PARTS:,} elements", at=place)
            continue
        node, before = stack.pop()
        if node.name in units:
            held = before
            yield node, tuple(each for each, _ in stack)
        elif stack:
            stack[-1][0].parts.append(node)
