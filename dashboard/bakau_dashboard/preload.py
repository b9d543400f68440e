"""Which of Streamlit's scripts the first page will want: named in the page's head, they are fetched while the page starts and not after.

Streamlit fetches the script of a kind of element (table, choice, figure) when the first element of that kind arrives, and only then
the scripts that one stands on. All of them are its own files; nothing else is ever named.
"""

from __future__ import annotations

import re
from pathlib import Path

import streamlit as st

#: Kinds of elements on the page Findings, as Streamlit calls their scripts.
KINDS = ("Html", "Selectbox", "NumberInput", "Checkbox", "Multiselect", "Metric", "Button", "DataFrame")

_IMPORT = re.compile(r"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""")
_START = re.compile(r"static/js/(index\.[\w-]+\.js)")


def preload_header() -> str:
    """The value of the page's ``Link`` header; empty when Streamlit's files are not laid out as we know them."""
    static = Path(st.__file__).parent / "static"
    scripts = static / "static" / "js"
    started = _START.search((static / "index.html").read_text(encoding="utf-8"))
    if started is None:
        return ""
    there = _with_imports(scripts, [started.group(1)])
    wanted = _with_imports(scripts, [path.name for kind in KINDS for path in sorted(scripts.glob(f"{kind}.*.js"))])
    return ", ".join(f"</static/js/{name}>; rel=modulepreload; fetchpriority=low" for name in wanted if name not in there)


def _with_imports(scripts: Path, names: list[str]) -> dict[str, None]:
    """These scripts and all they stand on, in order of meeting them."""
    found: dict[str, None] = {}
    waiting = [name for name in names if (scripts / name).is_file()]
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = None
            waiting += [one for one in _IMPORT.findall((scripts / name).read_text(encoding="utf-8")) if (scripts / one).is_file()]
    return found
