"""``bakau case``."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from bakau_casework.commands.options import CASE_PURPOSES, echo_json, json_option, opened_desk

if TYPE_CHECKING:
    from bakau_casework.cases import CaseStatus
    from bakau_casework.view import View


@click.group()
def case() -> None:
    """Open, list or show cases. A case gives the reason to unmask: authority, legal basis, members."""


@case.command("open")
@click.option("--title", required=True, help="What it is about. No names: the title is not encrypted.")
@click.option("--authority", required=True, help="The authority it is worked for.")
@click.option("--legal-basis", required=True, help="The law or order it rests on.")
@click.option(
    "--purpose",
    "purposes",
    type=click.Choice(CASE_PURPOSES),
    multiple=True,
    help="What it may be used for (default: investigation). Repeatable.",
)
@json_option
@click.pass_context
def open_(ctx: click.Context, title: str, authority: str, legal_basis: str, purposes: tuple[str, ...], *, as_json: bool) -> None:
    """Open a case; you become its first member."""
    with opened_desk(ctx) as desk:
        view = desk.open_case(title=title, authority=authority, legal_basis=legal_basis, purposes=purposes or ("investigation",))
    _show(view, as_json=as_json)


@case.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, *, as_json: bool) -> None:
    """List every case, oldest first."""
    with opened_desk(ctx) as desk:
        document = desk.cases().to_document()
    if as_json:
        echo_json(document)
        return
    from bakau_casework.commands.screen import first_texts, foot, objects, table

    rows = objects(document["cases"])
    table(
        ("case", "title", "authority", "status", "purposes", "members"),
        [
            (row["case_id"], row["title"], row["authority"], row["status"], first_texts(row["purposes"], 3), first_texts(row["members"], 3))
            for row in rows
        ],
    )
    foot(document, f"{len(rows)} cases")


@case.command("show")
@click.argument("case_id", metavar="CASE")
@json_option
@click.pass_context
def show(ctx: click.Context, case_id: str, *, as_json: bool) -> None:
    """Show CASE (id or unique beginning)."""
    with opened_desk(ctx) as desk:
        view = desk.case(case_id)
    _show(view, as_json=as_json)


@case.command("add-member")
@click.argument("case_id", metavar="CASE")
@click.argument("person")
@json_option
@click.pass_context
def add_member(ctx: click.Context, case_id: str, person: str, *, as_json: bool) -> None:
    """Let PERSON (an account name of this machine) into CASE. You must be a member yourself."""
    with opened_desk(ctx) as desk:
        view = desk.add_member(case_id, person)
    _show(view, as_json=as_json)


@case.command("close")
@click.argument("case_id", metavar="CASE")
@json_option
@click.pass_context
def close(ctx: click.Context, case_id: str, *, as_json: bool) -> None:
    """Close CASE: nothing is unmasked under it any more."""
    from bakau_casework.cases import CaseStatus

    _change(ctx, case_id, CaseStatus.CLOSED, as_json=as_json)


@case.command("reopen")
@click.argument("case_id", metavar="CASE")
@json_option
@click.pass_context
def reopen(ctx: click.Context, case_id: str, *, as_json: bool) -> None:
    """Reopen a closed CASE."""
    from bakau_casework.cases import CaseStatus

    _change(ctx, case_id, CaseStatus.OPEN, as_json=as_json)


def _change(ctx: click.Context, case_id: str, status: CaseStatus, *, as_json: bool) -> None:
    with opened_desk(ctx) as desk:
        view = desk.change_case_status(case_id, status)
    _show(view, as_json=as_json)


def _show(view: View, *, as_json: bool) -> None:
    document = view.to_document()
    if as_json:
        echo_json(document)
        return
    from bakau_casework.commands.screen import facts, first_texts

    row = cast("dict[str, object]", document["file"])
    facts([(name.replace("_", " "), first_texts(value, 20) if isinstance(value, list) else value) for name, value in row.items()])
