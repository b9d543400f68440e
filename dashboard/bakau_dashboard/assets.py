"""Streamlit's own scripts, styles and fonts, answered in one piece.

A first page fetches 130 of them. Streamlit sends each through a thread, 64 KiB at a time, which takes the server as long as the page itself.
"""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

#: The names carry the hash of what is in them, so a browser keeps them: a year, as Streamlit says of them.
_KEPT = b"public, immutable, max-age=31536000"


class Assets:
    """ASGI middleware: answers a GET for a file that lay in Streamlit's folder at the start, and leaves everything else to the app."""

    def __init__(self, app: ASGIApp) -> None:
        folder = Path(st.__file__).parent / "static" / "static"
        self._app = app
        self._files = {f"/static/{file.relative_to(folder).as_posix()}": file for file in folder.rglob("*") if file.is_file()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        file = self._files.get(str(scope.get("path"))) if scope["type"] == "http" and scope["method"] == "GET" else None
        if file is None or any(name == b"range" for name, _ in scope["headers"]):
            await self._app(scope, receive, send)
            return
        body = file.read_bytes()  # of this machine and read again and again: it lies in memory
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        said = {"content-type": kind, "content-length": str(len(body))}
        headers = [(name.encode(), value.encode()) for name, value in said.items()]
        await send({"type": "http.response.start", "status": 200, "headers": [*headers, (b"cache-control", _KEPT)]})
        await send({"type": "http.response.body", "body": body})
