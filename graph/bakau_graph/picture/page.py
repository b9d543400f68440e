"""The file: one HTML page that holds everything it needs, forbids every request, runs two known scripts, and says what it stands on.

Its first part, to the line CONTENT_END, follows from the chart alone. After it stand the SHA-256 of that first part and the time it was
made, so the same chart gives the same bytes but for the time. Anybody can check it: ``sed '/^<!-- end of content -->$/q' FILE | sha256sum``.
"""

from __future__ import annotations

import base64
import hashlib
import html
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from bakau import __version__
from bakau_graph.picture import style
from bakau_graph.picture.drawing import load_library, to_picture_data
from bakau_graph.picture.inspection import require_harmless
from bakau_graph.picture.tables import accounts_table, legend, links_table
from bakau_graph.picture.words import escape, to_script_json

if TYPE_CHECKING:
    from bakau_graph.picture.chart import Chart

CONTENT_END = "<!-- end of content -->"
CAUTION = "A finding is a reason to look, not a proof. Nobody in it is accused of anything by this page."
HANDLING = "Restricted: payment data. Share it with those who have a lawful reason to see it, and with nobody else."


_FRAME = (
    '<div id="picture" role="img" aria-label="Picture of the accounts and links that the tables beside it list">'
    "<noscript>The picture needs JavaScript; the tables hold everything it shows.</noscript></div>"
)
_CAPTION = (
    "<figcaption>Drag to move, turn the wheel to zoom, choose an account or a link to find it in the tables."
    '<button type="button" id="fit">Show all</button></figcaption>'
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished page and the SHA-256 of its content. In a notebook it shows itself, in a frame that may only run its own script."""

    html: str
    sha256: str

    def to_bytes(self) -> bytes:
        """The file, UTF-8."""
        return self.html.encode("utf-8")

    def _repr_html_(self) -> str:
        page = html.escape(self.html, quote=True)
        return f'<iframe sandbox="allow-scripts" srcdoc="{page}" width="100%" height="900" title="A network of accounts"></iframe>'


def draw(chart: Chart, *, made: str) -> Picture:
    """The picture of a chart; `made` is when, ISO 8601 in UTC, and stands outside the hashed content."""
    content = "\n".join([*_head(chart), *_body(chart), CONTENT_END]) + "\n"
    digest = hashlib.sha256(content.encode("utf-8")).hexdigest()
    page = content + "\n".join(_end(digest, made)) + "\n"
    require_harmless(page, scripts=(load_library_text(), style.load_script()))
    return Picture(page, digest)


def hash_content(page: str) -> str:
    """The SHA-256 of a file's content as it is now, to be compared with the one the file states."""
    head, mark, _ = page.partition(f"\n{CONTENT_END}\n")
    return hashlib.sha256((head + mark).encode("utf-8")).hexdigest()


@cache
def load_library_text() -> str:
    """The drawing library as it stands in the page."""
    return load_library().strip() + "\n"


def _head(chart: Chart) -> list[str]:
    css = style.load_css() + _paints()
    policy = "; ".join(
        [
            "default-src 'none'", f"script-src {_source(load_library_text())} {_source(style.load_script())}", "style-src 'unsafe-inline'",
            "base-uri 'none'", "form-action 'none'",
        ]
    )  # fmt: skip
    return [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="robots" content="noindex, nofollow">',
        f"<title>{escape(chart.title)}</title>",
        f"<style>{css}</style>",
        "</head>",
    ]


def _source(script: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii") + "'"


def _paints() -> str:
    rules = [f".paint-{number} {{ background: {paint.fill}; border-color: {paint.border}; }}" for number, paint in enumerate(style.PAINTS)]
    return (
        "\n".join(
            [
                *rules,
                f".paint-bundle {{ background: {style.PROTECTED.fill}; border: 2px dashed {style.PROTECTED.border}; border-radius: 2px; }}",
            ]
        )
        + "\n"
    )


def _body(chart: Chart) -> list[str]:
    left = f"<p>{chart.left_out:,} more accounts belong to it and are not drawn.</p>" if chart.left_out else ""
    return [
        "<body>",
        "<header>",
        f'<p class="handling">{HANDLING}</p>',
        f"<h1>{escape(chart.title)}</h1>",
        f'<p class="caution">{CAUTION}</p>',
        *_list(chart.notes),
        left,
        "</header>",
        '<main class="sheet">',
        "<figure>",
        _FRAME,
        _CAPTION,
        legend(chart),
        "</figure>",
        '<section aria-label="Accounts and links">',
        '<div class="scroll" tabindex="0">',
        accounts_table(chart),
        links_table(chart),
        "</div>",
        "</section>",
        "</main>",
        *(['<section aria-label="Reasons">', "<h2>Why</h2>", *_list(chart.reasons), "</section>"] if chart.reasons else []),
        f'<script type="application/json" id="picture-data">{to_script_json(to_picture_data(chart))}</script>',
        f"<script>{load_library_text()}</script>",
        f"<script>{style.load_script()}</script>",
        "<footer>",
        f"<p>Stands on snapshot <code>{escape(chart.snapshot)}</code>"
        + (f", run <code>{escape(chart.run)}</code>" if chart.run else "")
        + (f"; purpose {escape(chart.purpose)}" if chart.purpose else "")
        + (f", case {escape(chart.case)}" if chart.case else "")
        + f". Drawn by Bakau {escape(__version__)} with pyvis and vis-network (Apache-2.0 or MIT).</p>",
        "<p>Amounts and times of transfers with protected accounts are left out; protected people are counted, never named.</p>",
    ]


def _list(texts: tuple[str, ...]) -> list[str]:
    items = "".join(f"<li>{escape(text, longest=1_200)}</li>" for text in texts)
    return [f'<ul class="notes">{items}</ul>'] if items else []


def _end(digest: str, made: str) -> list[str]:
    check = html.escape(f"sed '/^{CONTENT_END}$/q' FILE | sha256sum", quote=True)
    return [
        f'<p>SHA-256 of the content, which is everything above this line: <code id="sha256">{digest}</code>. Check: <code>{check}</code></p>',
        f'<p>Made at <time id="made" datetime="{escape(made)}">{escape(made)}</time>. The time is not part of the content.</p>',
        "</footer>",
        "</body>",
        "</html>",
    ]
