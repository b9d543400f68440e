"""The manual (docs/cli.md): what people wrote stays, the reference below the mark is written from commands and declarations.

One command writes it anew, and docs/schemas/ with it: ``python -m bakau_casework.manual``. A test compares both with what is declared.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bakau.cli import HELP, root
from bakau_casework.documents import list_documents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bakau.document import Document, Field

_DOCS = Path(__file__).resolve().parents[2] / "docs"
#: Where the page lies in a checkout, and the JSON Schemas beside it.
PAGE, SCHEMAS = _DOCS / "cli.md", _DOCS / "schemas"
#: What stands between the two halves of the page.
MARK = "<!-- From here on `python -m bakau_casework.manual` writes this page; do not edit. -->"

_DOCUMENTS_HEAD = """## Reference: documents

Every `--json` document is one object on one line. It begins with `schema` (its name and number) and `snapshot`. Amounts are whole numbers in minor
units of their currency, times are ISO 8601 in UTC or µs since 1970. A field is always there unless the table says *only when*, and may be null if and
only if its meaning says what null stands for. A new field or meaning takes a new number.
"""


def render_manual(page: str) -> str:
    """The page with its reference written anew; `page` is the page as it stands, whose first half stays."""
    return "\n".join(
        [page.split(MARK, maxsplit=1)[0] + MARK, "", *_render_commands(), _DOCUMENTS_HEAD, *map(_render_document, list_documents())]
    )


def render_schemas() -> dict[str, str]:
    """File name → text of the JSON Schema of every document."""
    return {document.file_name: json.dumps(document.to_schema(), indent=1, ensure_ascii=False) + "\n" for document in list_documents()}


def list_commands() -> Iterator[tuple[str, click.Command]]:
    """Every command and sub-command with its words (``case open``), by name."""
    context = click.Context(root, info_name="bakau")
    for name in sorted(HELP):
        command = root.get_command(context, name)
        if command is None:
            continue
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {inner}", command.commands[inner]) for inner in sorted(command.commands))


def _render_commands() -> Iterator[str]:
    yield "## Reference: commands\n"
    yield "Every command also takes `--help`. Before the command: `-w DIR` (or `BAKAU_WORKSPACE`), `--log-level LEVEL`.\n"
    for name, command in list_commands():
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield from _render_command(name, command)


def _render_command(name: str, command: click.Command) -> Iterator[str]:
    usage = " ".join(command.collect_usage_pieces(click.Context(command, info_name=name)))
    yield f"### bakau {name}\n\n`bakau {name} {usage}`\n\n{_one_line(command.help or '')}\n"
    options = [option for option in command.params if isinstance(option, click.Option)]
    if options:
        yield "\n".join(["| option | meaning |", "|---|---|", *(_render_option(option) for option in options)]) + "\n"
    printed = [document for document in list_documents() if any(_is_line_of(line, name) for line in document.commands)]
    if printed:
        yield "`--json` prints " + " or ".join(f"[{one.schema}](#{_anchor(one.schema)})" for one in printed) + ".\n"


def _is_line_of(line: str, name: str) -> bool:
    """True when a command line (``findings --since RUN``) calls the command of that name."""
    return " ".join(word for word in line.split() if word.islower() and not word.startswith("-")) == name


def _render_option(option: click.Option) -> str:
    value = "" if option.is_flag else " " + option.make_metavar(click.Context(click.Command("bakau")))
    default = f" Default: {option.default}." if option.show_default and option.default is not None else ""
    words = f"{_one_line(option.help or '')}{' Needed.' if option.required else ''}{default}"
    return f"| {_code(', '.join(option.opts) + value)} | {_cell(words)} |"


def _render_document(document: Document) -> str:
    printed = ", ".join(f"`bakau {line}`" for line in document.commands)
    lines = [
        f"### {document.schema}",
        "",
        f"{document.meaning} "
        + (f"Printed by {printed} with `--json`." if printed else "Written to files and shown by the SDK; no command prints it."),
        f"JSON Schema: [{document.file_name}](schemas/{document.file_name}).",
        "",
        "| field | type | meaning | unit |",
        "|---|---|---|---|",
        *(line for field in document.fields for line in _render_field(field, "")),
        "",
    ]
    return "\n".join(lines)


def _render_field(field: Field, prefix: str) -> Iterator[str]:
    meaning = f"{field.meaning} (only when {field.only_when})" if field.only_when else field.meaning
    yield f"| {_code(prefix + field.name)} | {field.type_words} | {_cell(meaning)} | {field.unit} |"
    inner = f"{prefix}{field.name}" + ("[]" if field.is_list else "") + (".NAME" if field.is_map else "") + "."
    for part in field.parts:
        yield from _render_field(part, inner)


def _code(text: str) -> str:
    return "`" + text.replace("|", "\\|") + "`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _anchor(heading: str) -> str:
    """How a heading is linked to on a page."""
    return re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")


def write_manual() -> None:
    """Write page and schemas anew; schemas of documents that are no more go away."""
    PAGE.write_text(render_manual(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    SCHEMAS.mkdir(exist_ok=True)
    texts = render_schemas()
    for path in SCHEMAS.glob("*.json"):
        if path.name not in texts:
            path.unlink()
    for name, text in texts.items():
        (SCHEMAS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_manual()
