"""A load without a store: the same reading, checks and conversion, with a key that is thrown away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakau_ingest.content import refuse_content
from bakau_ingest.load import check_columns, form_of, refuse_nothing
from bakau_ingest.preview.inspection import check_opened
from bakau_ingest.reader import choose_reader

if TYPE_CHECKING:
    from bakau_ingest.preview.inspection import Checked
    from bakau_ingest.selection import Chosen


def check_chosen(chosen: Chosen, encoding: str | None) -> Checked:
    """Every record of a file read as a load would. Raises what a load would raise, and stores nothing."""
    refuse_content(chosen.path)
    opened = choose_reader(chosen.path, chosen.file.reader).open(chosen.path, form_of(chosen.file, encoding))
    check_columns(opened, chosen)
    checked = check_opened(opened, chosen.file)
    if checked.received or not checked.statements:
        refuse_nothing(chosen.path, checked.received, checked.rejected, checked.reasons)
    return checked


def check_file(chosen: Chosen, encoding: str | None) -> dict[str, object]:
    """What would become of every record of a file, as the document of a dry run says it. Raises as `check_chosen`."""
    checked = check_chosen(chosen, encoding)
    return {
        "file": chosen.path.name,
        "mapping": chosen.mapping.name,
        "received": checked.received,
        "accepted": checked.received - checked.rejected,
        "rejected": checked.rejected,
        "rounded": checked.rounded,
        "reasons": dict(checked.reasons),
    }
