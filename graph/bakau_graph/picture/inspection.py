"""The last look at a finished page: nothing in it may fetch, run or hide anything but what we put there. Refuses rather than repairs."""

from __future__ import annotations

from html.parser import HTMLParser

from bakau.errors import RefusedError

#: Every element a page may hold, with the attributes it may have.
ALLOWED: dict[str, set[str]] = {
    "html": {"lang"}, "head": set(), "body": set(), "title": set(), "style": set(), "header": set(), "main": {"class"}, "footer": set(),
    "meta": {"charset", "name", "content", "http-equiv"}, "h1": set(), "h2": set(), "p": {"class"}, "ul": {"class", "aria-label"}, "li": set(),
    "figure": set(), "figcaption": set(), "noscript": set(), "div": {"id", "class", "role", "aria-label", "tabindex"}, "section": {"aria-label"},
    "span": {"class", "aria-hidden"}, "button": {"type", "id"}, "code": {"id"}, "time": {"id", "datetime"}, "script": {"type", "id"},
    "table": set(), "caption": set(), "thead": set(), "tbody": set(), "tr": {"id"}, "th": {"scope", "class"}, "td": {"class"},
}  # fmt: skip
_DATA = "application/json"


class _Inspector(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.scripts: list[str] = []
        self._in: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        unknown = [name for name, _ in attrs if name not in ALLOWED.get(tag, set())]
        if tag not in ALLOWED or unknown:
            self.faults.append(f"<{tag} {' '.join(unknown)}>" if unknown else f"<{tag}>")
        if tag == "script":
            self._in = _DATA if dict(attrs).get("type") == _DATA else "code"
            if self._in == "code":
                self.scripts.append("")
        elif tag == "style":
            self._in = "style"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._in = None

    def handle_data(self, data: str) -> None:
        if self._in == "code":
            self.scripts[-1] += data
        elif self._in == "style" and ("url(" in data or "@import" in data):
            self.faults.append("a style that fetches")


def require_harmless(page: str, *, scripts: tuple[str, ...]) -> None:
    """RefusedError unless the page holds only elements and attributes of ALLOWED, and runs exactly these scripts."""
    inspector = _Inspector()
    inspector.feed(page)
    inspector.close()
    if tuple(inspector.scripts) != scripts:
        inspector.faults.append("a script that is not ours")
    if inspector.faults:
        found = ", ".join(sorted(set(inspector.faults))[:5])
        raise RefusedError(f"the picture would hold {found}; nothing was written", hint="this is a defect of ours: report it")
