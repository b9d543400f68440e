"""The public files we try: what each becomes when it is read, against a list that people reviewed, and the table of both.

The list and the files lie beside the source (``tests/ingest/readers/public_files.yaml``, ``../shared/data``), never in what is installed.
``python -m bakau_ingest.public_files`` reads every file anew, prints the table and ends with 1 where a file is not what the list says.
"""

from __future__ import annotations

import fnmatch
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic import BaseModel, ConfigDict, Field

from bakau.errors import BakauError, MappingError
from bakau.money import format_minor
from bakau.plain_yaml import read_yaml
from bakau_ingest.dry_run import check_chosen
from bakau_ingest.reader import choose_reader
from bakau_ingest.selection import choose_files

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).resolve().parents[2]
#: The reviewed list in a checkout, and the files it speaks of.
LIST = _ROOT / "tests" / "ingest" / "readers" / "public_files.yaml"
DATA = _ROOT.parent / "shared" / "data"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Accepted(_Strict):
    """A file that loads: what it holds, and what its totals were compared with."""

    reader: str
    received: int
    sums: dict[str, int] = Field(default_factory=dict)
    rejected: dict[str, int] = Field(default_factory=dict)
    #: How many promises of its own the file does not keep.
    incomplete: int = 0
    #: A shipped mapping, or one that lies beside the list.
    mapping: str | None = None
    #: What counted the same file another way.
    check: str = ""
    note: str = ""
    #: Why it is no well-formed payment file, though some of it loads.
    trap: str = ""


class Refused(_Strict):
    """A file that is refused: words of what Bakau says, and why it is no payment message that somebody would expect to load."""

    says: str
    why: str
    mapping: str | None = None


class PublicFiles(_Strict):
    """The whole list. `left_out` names patterns of files that are nobody's payments (schemas, goldens, labels), with the reason."""

    folders: tuple[str, ...]
    accepted: dict[str, Accepted]
    refused: dict[str, Refused]
    left_out: dict[str, str]

    def why_left_out(self, name: str) -> str | None:
        """The reason a file is not tried, or None when it is."""
        return next((why for pattern, why in self.left_out.items() if fnmatch.fnmatchcase(name, pattern)), None)


@cache
def load_public_files() -> PublicFiles:
    """The reviewed list. Only a checkout has it."""
    page = read_yaml(LIST.name, LIST.read_text(encoding="utf-8"), what="the list of public files", error=MappingError)
    return PublicFiles.model_validate(page.document)


@dataclass(frozen=True, slots=True)
class Tried:
    """What a file became, and whether that is what the list says."""

    name: str
    found: Accepted | str
    as_listed: bool


def mapping_path(mapping: str) -> str:
    """What `--mapping` takes: a shipped mapping, or the path of one that lies beside the list."""
    return str(LIST.parent / mapping) if mapping.endswith(".yaml") else mapping


def try_file(name: str, mapping: str | None = None) -> Accepted | str:
    """Read a file as a load would; its totals, or the sentence with which it is refused."""
    try:
        selection = choose_files([DATA / name], None if mapping is None else mapping_path(mapping))
        if selection.refused:
            return selection.refused[0].error.message
        (chosen,) = selection.files
        checked = check_chosen(chosen, None)
        reader = chosen.file.reader or choose_reader(chosen.path, None).label.partition("/")[0]
    except BakauError as error:
        return error.message
    return Accepted(
        reader=reader, received=checked.received, sums=dict(checked.sums), rejected=dict(checked.reasons), incomplete=len(checked.incomplete),
        mapping=mapping,
    )  # fmt: skip


def try_all() -> Iterator[Tried]:
    """Every file of the list, read anew, in order of names."""
    listed = load_public_files()
    for name in sorted({*listed.accepted, *listed.refused}):
        if (accepted := listed.accepted.get(name)) is not None:
            found = try_file(name, accepted.mapping)
            as_listed = found == accepted.model_copy(update={"check": "", "note": "", "trap": ""})
        else:
            found = try_file(name, listed.refused[name].mapping)
            as_listed = isinstance(found, str) and listed.refused[name].says in found
        yield Tried(name, found, as_listed)


# --- the table --------------------------------------------------------------------------------------------------------------------

_COLUMNS = ("file", "format", "records", "loaded", "sums", "compared with", "verdict")


def render_rows(files: PublicFiles) -> str:
    """The table per file as Markdown, as the list says it."""
    lines = [f"| {' | '.join(_COLUMNS)} |", "|---|---|--:|--:|---|---|---|"]
    for name, one in sorted(files.accepted.items()):
        lines.append(_line(name, one, one.check, _verdict(one)))
    lines += ["", "| refused | what is said | why |", "|---|---|---|"]
    lines += [f"| {name} | {one.says} | {one.why} |" for name, one in sorted(files.refused.items())]
    lines += ["", "| not tried | why |", "|---|---|", *(f"| `{pattern}` | {why} |" for pattern, why in files.left_out.items())]
    return "\n".join(lines)


def _line(name: str, one: Accepted, check: str, verdict: str) -> str:
    sums = ", ".join(f"{format_minor(minor, currency)} {currency}" for currency, minor in sorted(one.sums.items()) if minor)
    what = f"{one.reader}, mapping {one.mapping.removesuffix('.yaml')}" if one.mapping else one.reader
    cells = (name, what, f"{one.received:,}", f"{one.received - sum(one.rejected.values()):,}", sums, check, verdict)
    return f"| {' | '.join(cells)} |"


def _verdict(one: Accepted) -> str:
    parts = [f"{count:,} × {code}" for code, count in sorted(one.rejected.items())]
    words = [f"in part: {', '.join(parts)}" if parts else "loads"]
    if one.incomplete:
        words.append(f"incomplete ({one.incomplete})")
    return "; ".join([*words, *filter(None, (one.note, one.trap))])


def share_loaded(files: PublicFiles) -> tuple[int, int]:
    """Of the accepted files that are no traps those that load to the last record, and all of them."""
    fair = [one for one in files.accepted.values() if not one.trap]
    return sum(not one.rejected for one in fair), len(fair)


@click.command()
def main() -> None:
    """Read every public file anew and print what it became; exit 1 where that is not what the list says."""
    files = load_public_files()
    click.echo(f"| {' | '.join(_COLUMNS)} |\n|---|---|--:|--:|---|---|---|")
    wrong = 0
    for tried in try_all():
        wrong += not tried.as_listed
        mark = "" if tried.as_listed else "NOT AS LISTED: "
        if isinstance(tried.found, Accepted):
            known = files.accepted.get(tried.name)
            shown = tried.found.model_copy(update={"note": known.note, "trap": known.trap} if known else {})
            click.echo(_line(tried.name, shown, known.check if known else "", mark + _verdict(shown)))
        else:
            click.echo(f"| {tried.name} | | | | | | {mark}refused: {tried.found} |")
    whole, every = share_loaded(files)
    click.echo(
        f"\n{whole} of {every} accepted files load whole ({whole / every:.1%}); {len(files.refused)} are refused; {wrong} not as listed"
    )
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
