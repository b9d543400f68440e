"""The formats we read (docs/formats.md and `bakau formats`), from one list beside the readers.

One command writes the page anew: ``python -m bakau_ingest.formats``. A test compares it, and holds the list to the readers there are.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from bakau.errors import MappingError
from bakau.plain_yaml import read_yaml
from bakau_ingest.mapping import mapping_of_reader
from bakau_ingest.public_files import load_public_files, render_rows, share_loaded

#: Where the page lies in a checkout.
PAGE = Path(__file__).resolve().parents[2] / "docs" / "formats.md"

_HEAD = """# Formats

Written from `ingest/bakau_ingest/formats.yaml` by `python -m bakau_ingest.formats`; do not edit. `bakau formats` prints it.

A format of messages is recognised by what stands in the file and needs no mapping. A table needs one: [mappings.md](mappings.md) is the
language, `bakau inspect FILE` drafts one. Whatever a file is called, pictures, films and sounds are refused by their first bytes, and a field that holds
one sets its record aside. Every record is loaded, rejected with its reason, or a duplicate.

What these formats come to in public files stands at the end of the page.
"""

_FILES = """## Public files

Samples that others publish, and what each becomes. The list is `tests/ingest/readers/public_files.yaml`, reviewed by hand; the tests hold every file to it where the
files lie beside the project, and hold the list to a second implementation: the stored results of [genkgo/camt](https://github.com/genkgo/camt) and
[mt-940](https://github.com/WoLpH/mt940) (how many), and the shortest code that adds such a file up (`tests/ingest/readers/second_readers.py`).
`python -m bakau_ingest.public_files` reads every file anew and prints this table. *Incomplete* means: the file does not keep a promise of its own (a balance, a sum, a count).
"""


class FormatNote(BaseModel):
    """What we say of one format."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    versions: str
    taken: str
    not_taken: str
    limits: str


@cache
def load_formats() -> dict[str, FormatNote]:
    """Every format by the name of its reader, in order of the page."""
    name = "formats.yaml"
    text = (files("bakau_ingest") / name).read_text(encoding="utf-8")
    document = read_yaml(name, text, what="a list of formats", error=MappingError).document
    return TypeAdapter(dict[str, FormatNote]).validate_python(document)


def needs_mapping(reader: str) -> bool:
    """Must a mapping say what its columns are?"""
    return mapping_of_reader(reader) is None


def render_page() -> str:
    """The whole page as Markdown."""
    files = load_public_files()
    whole, every = share_loaded(files)
    share = f"{whole} of {every} files load to the last record ({whole / every:.1%}); {len(files.refused)} are refused, each for the reason beside it.\n"
    return "\n".join([_HEAD, *(_render(reader, note) for reader, note in load_formats().items()), _FILES, share, render_rows(files), ""])


def _render(reader: str, note: FormatNote) -> str:
    rows = {
        "versions": note.versions, "fields taken": note.taken, "not taken": note.not_taken, "at most": note.limits,
        "mapping": "needed" if needs_mapping(reader) else f"none needed (`bakau mappings show {reader}`)",
    }  # fmt: skip
    return "\n".join(
        [f"## {note.title} (`{reader}`)", "", "| | |", "|---|---|", *(f"| {name} | {text} |" for name, text in rows.items()), ""]
    )


if __name__ == "__main__":
    PAGE.write_text(render_page(), encoding="utf-8")
