"""What all commands share: their options, and the Desk opened with them."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import click

from bakau.cli import workspace_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bakau_casework.desk import Desk

Function = TypeVar("Function", bound="Callable[..., object]")

BANNER = "training workspace: synthetic or public data only"
PURPOSES = ("exploration", "training", "investigation")
#: Why somebody opens a case.
CASE_PURPOSES = (*PURPOSES, "safeguarding")


def json_option(function: Function) -> Function:
    """--json: one object on stdout, as described in docs/cli.md."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object (see docs/cli.md).")(function)


def desk_options(function: Function) -> Function:
    """--purpose, --case and --json."""
    function = json_option(function)
    function = click.option("--case", "case_id", metavar="CASE", help="The case you work on; some purposes need one.")(function)
    help_text = "Why you look; decides what is unmasked."
    return click.option("--purpose", type=click.Choice(PURPOSES), default="exploration", show_default=True, help=help_text)(function)


@contextmanager
def opened_desk(ctx: click.Context, *, purpose: str = "exploration", case_id: str | None = None) -> Iterator[Desk]:
    """The Desk of the workspace at hand; says on stderr when it holds training data only."""
    from bakau_casework.desk import Desk

    with Desk.open(workspace_path(ctx), purpose=purpose, case=case_id) as desk:
        if desk.is_training_only:
            click.echo(BANNER, err=True)
        yield desk


def echo_json(document: Mapping[str, object]) -> None:
    """Print a document as one line of JSON."""
    click.echo(json.dumps(document, ensure_ascii=False, allow_nan=False))
