"""The web application: security headers on every response, the health check, and routes that need a pass."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bakau.errors import BakauError
from bakau_dashboard.assets import Assets
from bakau_dashboard.office import get_office

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from bakau_casework.desk import Desk

ENTRY = Path(__file__).parent / "entry" / "app.py"

#: What an exported picture may do in the browser: run its own script, in a box of its own, and fetch nothing.
SANDBOX = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PLAIN_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}

#: Opened on a page's own address, Streamlit first asks for its server beneath that page. A plain "not here" would stand as an error in
#: the browser's console each time; this answer is just as little "ok" and leaves the console clean.
_BENEATH_A_PAGE = re.compile(r"/[a-z]+/_stcore/(health|host-config)")
#: Streamlit's own addresses that say how it is doing or how to drive it; nobody needs them here.
CLOSED = ("/_stcore/metrics", "/_stcore/agent")


def content_policy() -> str:
    """The Content-Security-Policy of the pages; the one inline script of Streamlit's own page is named by its hash."""
    page = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    inline = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in inline)
    return (
        f"default-src 'self'; script-src 'self' 'wasm-unsafe-eval' {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; frame-src 'none'; frame-ancestors 'none'; object-src 'none'; "
        "base-uri 'self'; form-action 'self'"
    )


class SecurityHeaders:
    """ASGI middleware: adds the headers to every response that does not set its own policy, and closes what nobody needs."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._policy = app, content_policy()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket" and not is_from_here(scope):
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": self._add(list(message.get("headers", ())))}
            await send(message)

        if _BENEATH_A_PAGE.fullmatch(str(scope["path"])):
            await PlainTextResponse("the app is one level up", 300)(scope, receive, send_with_headers)
            return
        if str(scope["path"]).startswith(CLOSED):
            await PlainTextResponse("not here", 404)(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)

    def _add(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        there = {name.lower() for name, _ in headers}
        wanted = {"content-security-policy": self._policy, **PLAIN_HEADERS}
        return [*headers, *((name.encode(), value.encode()) for name, value in wanted.items() if name.encode() not in there)]


def is_from_here(scope: Scope) -> bool:
    """Whether a connection comes from a page of this very address (a program that is no browser names none).

    Streamlit lets every page of this machine in, on whatever port, and for others asks a server on the internet who we are.
    """
    headers = {name.lower(): value.decode("latin-1").lower() for name, value in scope["headers"]}
    origin, host = headers.get(b"origin"), headers.get(b"host")
    return origin is None or (host is not None and origin in {f"http://{host}", f"https://{host}"})


async def healthz(_: Request) -> Response:
    """Alive: says nothing about the workspace."""
    return JSONResponse({"status": "ok"})


async def evidence(request: Request) -> Response:
    """The picture of a finding as a page of its own, in a sandbox; 403 without a pass for exactly this finding."""
    finding_id, token = request.path_params["finding_id"], request.query_params.get("pass", "")
    desk = get_office().desk_for(token, finding_id)
    if desk is None:
        return PlainTextResponse("This address needs a pass: open it from the page of the finding.", 403)
    try:
        page = await run_in_threadpool(_picture, desk, finding_id)
    except BakauError as error:
        return PlainTextResponse(f"{error} {error.hint}".strip(), 403 if error.exit_code == 3 else 404)
    except Exception as error:  # noqa: BLE001 - the outermost net of a route: the server would print the error, and with it a value
        note_defect(error)
        return PlainTextResponse("Something went wrong here that we did not foresee. Open it again from the page of the finding.", 500)
    return HTMLResponse(page, headers={"content-security-policy": SANDBOX, "cache-control": "no-store"})


def _picture(desk: Desk, finding_id: str) -> str:
    return desk.draw(finding_id).html


ROUTES = (Route("/healthz", healthz), Route("/evidence/{finding_id}", evidence))
#: Routes that answer without a pass; a test fetches every other one without, and wants 403.
OPEN_ROUTES = ("/healthz",)


def build_app() -> st.App:
    """The ASGI application: Streamlit with our routes and headers."""
    return st.App(ENTRY, routes=ROUTES, middleware=[Middleware(SecurityHeaders), Middleware(Assets)], on_script_error=say_defect)


def say_defect(error: Exception) -> bool:
    """The outermost net of a page: a sentence instead of a traceback."""
    note_defect(error)
    st.error("Something went wrong here that we did not foresee. Load the page again; if it stays, stop the dashboard and start it anew.")
    return True


def note_defect(error: Exception) -> None:
    """Its kind and frames go to the log, no value does."""
    from bakau.logs import frames_of, get_logger

    get_logger("bakau.dashboard").error("defect", kind=type(error).__name__, frames=frames_of(error))
