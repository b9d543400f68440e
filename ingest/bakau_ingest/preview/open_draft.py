"""A mapping under way: what is known, what was used, and what is still asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bakau_ingest.preview.columns import Column, Question

if TYPE_CHECKING:
    from collections.abc import Mapping as Answers

Cell = dict[str, object]


@dataclass(slots=True)
class Draft:
    """A mapping under way: tables with their fields, open questions, and what was assumed and should be looked at."""

    columns: dict[str, Column]
    answers: Answers[str, str]
    rows: list[dict[str, object]] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    #: What makes payer and payee of one account's movements; empty where each record names both.
    statement: dict[str, object] = field(default_factory=dict)

    def take(self, concept: str) -> Column | None:
        """The column of that concept, marked as used."""
        column = self.columns.get(concept)
        if column is not None:
            self.used.add(column.name)
        return column

    def ask(self, topic: str, text: str, options: tuple[str, ...]) -> str | None:
        """The answer that was given; without one the question stays open."""
        answer = self.answers.get(topic)
        if answer is not None and (not options or answer in options):
            return answer
        self.questions.append(Question(topic, text, options))
        return None
