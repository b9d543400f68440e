"""The command `inspect`: a file nobody has seen, described, with a mapping drafted for it. Nothing is stored."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bakau_ingest.preview.inspection import Inspection


@click.command("inspect")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--write", "written", type=click.Path(path_type=Path), help="Write the drafted mapping to this file, to correct and load with."
)
@click.option(
    "--answer", "answered", multiple=True, metavar="TOPIC=VALUE", help="Answer a question beforehand: day_month=day, currency=PHP …"
)
@click.option("--yes", is_flag=True, help="Ask nothing: exit 2 when a question is open.")
@click.option("--encoding", help="Encoding of the file, when it is not UTF-8 (windows-1252, utf-16 …).")
@click.option("--sheet", help="Sheet of a workbook that has several.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@click.pass_context
def inspect(ctx: click.Context, path: Path, written: Path | None, answered: tuple[str, ...], encoding: str | None, sheet: str | None, *, yes: bool, as_json: bool) -> None:  # fmt: skip
    """Look at a file nobody has described: what it is, which column is what, how its first rows would load."""
    from bakau_ingest.preview.inspection import inspect_file

    answers = _read_answers(answered)
    found = inspect_file(path, answers, encoding=encoding, sheet=sheet)
    if not yes and not as_json and sys.stdin.isatty():
        while asked := [question for question in found.questions if question.may_be_answered]:
            question = asked[0]
            choice = click.Choice(question.options) if question.options else None
            answers[question.topic] = click.prompt(question.text, type=choice, err=True)
            found = inspect_file(path, answers, encoding=encoding, sheet=sheet)
    if written is not None and not found.questions:
        _write(written, found)
    if as_json:
        click.echo(json.dumps(_document(found)))
    else:
        _print(found)
    if found.questions and (yes or written is not None):
        click.echo("bakau: not everything is clear; nothing was written", err=True)
        click.echo("  → answer with --answer TOPIC=VALUE: " + ", ".join(question.topic for question in found.questions), err=True)
        ctx.exit(2)


def _read_answers(answered: tuple[str, ...]) -> dict[str, str]:
    from bakau.errors import InputError

    pairs = [text.partition("=") for text in answered]
    if any(not mark or not topic for topic, mark, _ in pairs):
        raise InputError("an answer is written TOPIC=VALUE", hint="for example --answer day_month=day")
    return {topic: value for topic, _, value in pairs}


def _write(target: Path, found: Inspection) -> None:
    from bakau.errors import InputError

    if not found.mapping:
        raise InputError("there is no mapping to write", hint="; ".join(found.notes) or "the columns are not known")
    if target.exists():
        raise InputError("the file for the mapping exists already", hint=f"remove {target.name}, or write to another name")
    head = "".join(f"# {note}\n" for note in ("Drafted by bakau inspect: read it, correct it, then load with it.", *found.notes))
    target.write_text(head + found.mapping, encoding="utf-8")
    click.echo(f"wrote {target.name}; check it with: bakau ingest {found.file} --mapping {target.name} --dry-run", err=True)


def _print(found: Inspection) -> None:
    from bakau_ingest.preview.inspection import describe_columns

    form = found.form
    said = {
        "delimiter": form.delimiter and repr(form.delimiter),
        "encoding": form.encoding,
        "header in line": form.header_line,
        "sheet": form.sheet,
    }
    click.echo(f"{found.file}: {found.format}" + "".join(f", {name} {value}" for name, value in said.items() if value))
    if found.columns:
        width = max(len(column.name) for column in found.columns)
        for column in describe_columns(found):
            click.echo(f"  {column['name']:<{width}}  {column['meaning'] or '?':<16} {column['holds']}")
    if found.checked is not None:
        _print_checked(found)
    for question in found.questions:
        click.echo(
            f"open: {question.text}"
            + (f"  --answer {question.topic}={'|'.join(question.options) or '…'}" if question.may_be_answered else "")
        )
    for note in found.notes:
        click.echo(f"note: {note}")
    if found.mapping:
        click.echo("\n" + found.mapping, nl=False)


def _print_checked(found: Inspection) -> None:
    checked = found.checked
    if checked is None:
        return
    click.echo(f"of {checked.received:,} records {checked.rejected:,} would be rejected")
    for code, count in checked.reasons.most_common():
        click.echo(f"  {count:,} × {code}")
    for row in checked.rows:
        click.echo("  " + "  ".join(f"{name}={value}" for name, value in row.items() if value is not None))


def _document(found: Inspection) -> dict[str, object]:
    from bakau_ingest.preview.inspection import describe_columns

    form, checked = found.form, found.checked
    return {
        "schema": "bakau.inspect/1",
        "snapshot": None,
        "file": found.file,
        "format": found.format,
        "delimiter": form.delimiter,
        "encoding": form.encoding,
        "header_line": form.header_line,
        "sheet": form.sheet,
        "columns": describe_columns(found),
        "questions": [{"topic": one.topic, "text": one.text, "options": list(one.options)} for one in found.questions],
        "notes": list(found.notes),
        "mapping": found.mapping or None,
        "looked_at": None if checked is None else checked.received,
        "rejected": None if checked is None else checked.rejected,
        "reasons": {} if checked is None else dict(checked.reasons),
        "rows": []
        if checked is None
        else [{name: None if value is None else str(value) for name, value in row.items()} for row in checked.rows],
    }
