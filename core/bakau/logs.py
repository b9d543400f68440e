"""Structured logs on stderr: events with fields, never a name, a number in clear or free text of a person."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import TYPE_CHECKING, TextIO, cast

import structlog

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger


def configure_logs(*, level: str = "warning", stream: TextIO | None = None, json: bool = False) -> None:
    """Send events to stderr (or `stream`) from `level` up; called once by the command line, never by a library."""
    renderer = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        # The stream is looked up at every event: whoever replaces sys.stderr for a while closes theirs afterwards.
        logger_factory=lambda *_: structlog.WriteLogger(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def get_logger(room: str) -> FilteringBoundLogger:
    """The logger of a module; `room` is its dotted name. Nothing is ever logged to stdout, configured or not."""
    if not structlog.is_configured():
        configure_logs()
    return cast("FilteringBoundLogger", structlog.get_logger(room=room))


def frames_of(error: BaseException) -> list[str]:
    """Where an error came from, innermost last: names and lines of our code, never a value or a message."""
    return [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-6:]]


def shape_of(text: str, *, longest: int = 24) -> str:
    """The shape of a value for logs, errors and rejects: digits become 9, letters A or a, the rest stays (``9999-AA``).

    Characters outside ASCII become ``?`` and control characters ``.``, so that no value can be read back from it.
    """
    marks = []
    for character in text[:longest]:
        if character.isdigit():
            marks.append("9")
        elif character.isascii() and character.isalpha():
            marks.append("A" if character.isupper() else "a")
        elif character.isascii() and character.isprintable():
            marks.append(character)
        else:
            marks.append("?" if character.isprintable() else ".")
    return "".join(marks) + ("…" if len(text) > longest else "")
