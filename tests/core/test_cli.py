from __future__ import annotations

import click
import pytest

from bakau import __version__, cli
from bakau.errors import BakauError, InputError, NotFoundError, RefusedError


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the command line as a shell would; its exit code."""
    monkeypatch.setattr("sys.argv", ["bakau", *arguments])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return int(caught.value.code or 0)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch):
    """A root command whose only sub-command raises what it is told to."""

    def plant(error: BaseException) -> None:
        @click.command()
        def fail() -> None:
            raise error

        monkeypatch.setattr(cli.root, "commands", {"fail": fail})

    return plant


def test_help_lists_every_command_with_its_line(monkeypatch, capsys):
    assert run(monkeypatch, "--help") == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert all(f"{name} {line}" in shown for name, line in cli.HELP.items())


def test_the_version_is_printed(monkeypatch, capsys):
    assert run(monkeypatch, "--version") == 0
    assert __version__ in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BakauError("it failed"), 1),
        (InputError("your input"), 2),
        (NotFoundError("not there"), 2),
        (RefusedError("policy"), 3),
        (click.UsageError("usage"), 2),
        (KeyboardInterrupt(), 1),
        (MemoryError(), 1),
        (FileNotFoundError(2, "No such file", "rows.csv"), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_failure_is_a_line_and_an_exit_code(monkeypatch, capsys, failing, error, code):
    failing(error)
    assert run(monkeypatch, "fail") == code
    said = capsys.readouterr()
    assert said.err
    assert not said.out
    assert "Traceback" not in said.err


def test_an_error_says_where_and_what_to_do_next(monkeypatch, capsys, failing):
    failing(InputError("no column", hint="name the column"))
    run(monkeypatch, "fail")
    assert capsys.readouterr().err == "bakau: no column\n  → name the column\n"


def test_an_error_nobody_foresaw_is_named_without_its_message(monkeypatch, capsys, failing):
    failing(RuntimeError("value 4711 of Ana"))
    assert run(monkeypatch, "fail") == 1
    said = capsys.readouterr().err
    assert "RuntimeError" in said
    assert "4711" not in said
    assert "Ana" not in said


def test_an_unknown_command_is_refused(monkeypatch, capsys):
    assert run(monkeypatch, "nothing") == 2
    assert "nothing" in capsys.readouterr().err


def test_a_command_without_a_workspace_says_how_to_name_one():
    context = click.Context(cli.root)
    with pytest.raises(InputError) as caught:
        cli.workspace_path(context)
    assert "BAKAU_WORKSPACE" in caught.value.hint
