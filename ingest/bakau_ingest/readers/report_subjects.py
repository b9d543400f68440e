"""Whom a report reports: one tag each with its giver, never a score; written when the report is over and its reasons are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau_ingest.readers.reports import narrative

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bakau_ingest.readers.reports import Giver, Key, Record

#: What a tag's `confidence` says: the giver suspects them; they are what the report is about; they stand in it as the giver's customer.
SUSPECTED, SUBJECT, NAMED = "suspected", "subject", "named"
REPORTED = "reported"
#: Subjects of one report kept until its end; a default of ours.
MOST_SUBJECTS = 5_000
#: Subjects with whom the reason of the whole report is kept, each its own copy; a default of ours.
MOST_REASONS = 100


class Subjects:
    """Collects whoever is reported, each once with the strongest thing said."""

    def __init__(self, giver: Giver) -> None:
        self._giver = giver
        self._noted: dict[tuple[str, Key], tuple[str, int, str]] = {}

    @property
    def any(self) -> bool:
        """Is anybody reported?"""
        return bool(self._noted)

    @property
    def is_full(self) -> bool:
        """Are there as many as are kept?"""
        return len(self._noted) >= MOST_SUBJECTS

    def note(self, realm: str, subject: Key, confidence: str, line: int, text: str = "") -> bool:
        """Somebody is reported; `realm` is party or account. False when there are too many to keep: their tag must be written now."""
        old = self._noted.get((realm, subject))
        if old is None:
            if self.is_full:
                return False
            self._noted[realm, subject] = (confidence, line, text)
        elif confidence == SUSPECTED or text:
            self._noted[realm, subject] = (SUSPECTED if confidence == SUSPECTED else old[0], old[1], text or old[2])
        return True

    def records(self, indicators: Iterable[str], reason: str) -> Iterator[Record]:
        """A tag for each, with the report's reason and what it says of them; and one more per indicator of the report."""
        for place, ((realm, subject), (confidence, line, text)) in enumerate(self._noted.items()):
            said = {"text": narrative(reason if place < MOST_REASONS else "", text)}
            yield self._giver.tag(realm, subject, REPORTED, self._giver.kind, confidence) | said, line
            for code in indicators:
                yield self._giver.tag(realm, subject, REPORTED, code, confidence), line
