"""The rulebook as a page (HTML, one file that fetches nothing) and as Markdown. The same packs give the same bytes.

``docs/rulebook.html`` is written by ``python -m bakau_analytics.rulebook.page``; a test compares it with the packs.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import TYPE_CHECKING

from bakau.errors import FileError, Place
from bakau_analytics.indicators.load import load_packs
from bakau_analytics.rulebook.content import PREFACE, TITLE, build_rulebook

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bakau_analytics.rulebook.content import Chapter, Entry

PAGE = Path(__file__).resolve().parents[3] / "docs" / "rulebook.html"
_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b2a33}h3{margin-bottom:.2rem}"
    "dl{display:grid;grid-template-columns:10rem 1fr;gap:.15rem 1rem;margin:.2rem 0 1.2rem}dt{color:#4a5b63}dd{margin:0;overflow-wrap:anywhere}nav li{margin:.1rem 0}"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_MARKUP = re.compile(r"([\\`*_{}\[\]<>|#])")


def to_html(chapters: Sequence[Chapter], *, packs: str) -> str:
    """The whole page; `packs` is the digest it was written from."""
    body = [f"<h1>{_safe(TITLE)}</h1>", *(f"<p>{_safe(words)}</p>" for words in PREFACE), "<nav><ul>"]
    body += [
        f'<li><a href="#c{place}">{_safe(chapter.title)}</a> ({len(chapter.entries)})</li>'
        for place, chapter in enumerate(chapters, start=1)
    ]
    body += ["</ul></nav>"]
    for place, chapter in enumerate(chapters, start=1):
        body.append(f'<h2 id="c{place}">{_safe(chapter.title)}</h2>')
        if not chapter.entries:
            body.append("<p>The same as the common pack.</p>")
        body += [line for entry in chapter.entries for line in _html_entry(entry)]
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}"><title>{_safe(TITLE)}</title><style>{_STYLE}</style>'
    foot = f"<p>Written from the packs {_safe(packs)} by <code>bakau indicators rulebook</code>.</p>"
    return "\n".join(["<!doctype html>", f'<html lang="en"><head>{head}</head><body>', *body, foot, "</body></html>"]) + "\n"


def to_markdown(chapters: Sequence[Chapter], *, packs: str) -> str:
    """The same as Markdown."""
    lines = [f"# {TITLE}", "", *(line for words in PREFACE for line in (_plain(words), ""))]
    for chapter in chapters:
        lines += [f"## {_plain(chapter.title)}", ""]
        if not chapter.entries:
            lines += ["The same as the common pack.", ""]
        for entry in chapter.entries:
            lines += [
                f"### {entry.id} {_plain(entry.title)}",
                "",
                *(f"* {_plain(name)}: {_plain(words)}" for name, words in entry.facts),
                "",
            ]
    return "\n".join([*lines, f"Written from the packs {packs} by `bakau indicators rulebook`."]) + "\n"


def write_text(path: Path, text: str) -> None:
    """Write a page. FileError when it cannot be written."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileError("the rulebook cannot be written", at=Place(path.name)) from error


def render_shipped() -> str:
    """The page of the common pack, as it lies in docs."""
    packs = load_packs()
    return to_html(build_rulebook(packs), packs=packs.digest)


def _html_entry(entry: Entry) -> Iterator[str]:
    yield f"<h3>{_safe(entry.id)} {_safe(entry.title)}</h3>"
    yield "<dl>" + "".join(f"<dt>{_safe(name)}</dt><dd>{_safe(words)}</dd>" for name, words in entry.facts) + "</dl>"


def _safe(text: str) -> str:
    return html.escape(" ".join(text.split()))


def _plain(text: str) -> str:
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


if __name__ == "__main__":
    write_text(PAGE, render_shipped())
