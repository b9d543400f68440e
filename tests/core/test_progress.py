from __future__ import annotations

import io
import sys

import pytest

from bakau import progress as module
from bakau.progress import SilentProgress, TerminalProgress, progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_pipe_sees_nothing(monkeypatch: pytest.MonkeyPatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with progress("loading", 10) as bar:
        bar.advance(10)
        bar.say("still")
    assert isinstance(bar, SilentProgress)
    assert not stream.getvalue()


def test_a_terminal_sees_nothing_while_work_is_short(monkeypatch: pytest.MonkeyPatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    with progress("loading", 10) as bar:
        bar.advance(10)
    assert isinstance(bar, TerminalProgress)
    assert not stream.getvalue()


def test_a_terminal_sees_the_step_once_patience_runs_out(monkeypatch: pytest.MonkeyPatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(module, "PATIENCE_SECONDS", -1.0)
    with progress("loading", 10) as bar:
        bar.advance(4)
        bar.say("sorting")
    assert "sorting" in stream.getvalue()


def test_the_bar_is_taken_away_when_work_fails(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(module, "PATIENCE_SECONDS", -1.0)
    bars = []

    def fail() -> None:
        with progress("loading") as bar:
            bar.advance()
            bars.append(bar)
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        fail()
    assert not bars[0]._bar.live.is_started
