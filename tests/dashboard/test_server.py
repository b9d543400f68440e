"""The web application over a real socket: headers on everything, and nothing without a pass but the health check."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import streamlit
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse

from bakau_casework import passes
from bakau_dashboard.assets import Assets
from bakau_dashboard.server import OPEN_ROUTES, ROUTES, SANDBOX, SecurityHeaders, content_policy

CLOSED_ROUTES = [route.path for route in ROUTES if route.path not in OPEN_ROUTES]


@pytest.fixture
def fetch(office):
    """A function that fetches a path and returns status, headers, body."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(Starlette(routes=ROUTES, middleware=[Middleware(SecurityHeaders)]), log_level="error", ws="none")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()

    def fetch_(path: str):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{listener.getsockname()[1]}{path}", timeout=120) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode()

    yield fetch_
    server.should_exit = True
    thread.join(10)
    listener.close()


@pytest.fixture
def desk(office):
    with office.open_desk("exploration", None) as opened:
        yield opened


def address(route: str, object_id: str, token: str | None) -> str:
    return route.replace("{finding_id}", object_id) + (f"?pass={token}" if token is not None else "")


def test_the_health_check_answers_and_says_nothing_else(fetch):
    status, headers, body = fetch("/healthz")
    assert (status, body) == (200, '{"status":"ok"}')
    assert headers["content-security-policy"] == content_policy()
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("route", CLOSED_ROUTES)
def test_a_route_is_closed_without_a_good_pass(fetch, desk, route, monkeypatch):
    finding = desk.findings().rows["finding_id"][0].as_py()
    other = desk.findings().rows["finding_id"][1].as_py()
    good = desk.give_pass(finding)
    assert fetch(address(route, finding, None))[0] == 403
    assert fetch(address(route, finding, ""))[0] == 403
    assert fetch(address(route, finding, "A" * 43))[0] == 403
    assert fetch(address(route, finding, desk.give_pass(other)))[0] == 403
    assert fetch(address(route, other, good))[0] == 403
    status, headers, body = fetch(address(route, finding, good))
    assert status == 200
    assert headers["content-security-policy"] == SANDBOX
    assert headers["cache-control"] == "no-store"
    assert "<html" in body
    desk._passes._clock = lambda: passes.time.monotonic() + passes.LIFE_S
    assert fetch(address(route, finding, good))[0] == 403


@pytest.mark.parametrize("route", CLOSED_ROUTES)
def test_a_pass_ends_with_its_desk(fetch, office, route):
    desk = office.open_desk("exploration", None)
    token = desk.give_pass("f-one")
    assert fetch(address(route, "f-one", token))[0] != 403
    desk.close()
    assert fetch(address(route, "f-one", token))[0] == 403


def test_a_defect_behind_a_route_prints_no_value(fetch, desk, monkeypatch, capfd):
    finding = desk.findings().rows["finding_id"][0].as_py()

    def fail(*_):
        raise RuntimeError("a value of somebody")

    monkeypatch.setattr("bakau_dashboard.server._picture", fail)
    status, headers, body = fetch(address("/evidence/{finding_id}", finding, desk.give_pass(finding)))
    assert status == 500
    assert headers["content-security-policy"]
    assert "value of somebody" not in body + "".join(capfd.readouterr())


def test_every_custom_route_is_under_the_test_above():
    assert {route.path for route in ROUTES} == {*OPEN_ROUTES, *CLOSED_ROUTES}
    assert OPEN_ROUTES == ("/healthz",)
    assert CLOSED_ROUTES


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/openapi.json", "/_stcore/agent"])
def test_what_nobody_needs_is_closed(fetch, path):
    assert fetch(path)[0] == 404


def test_the_policy_lets_no_script_run_that_is_not_ours():
    policy = dict(part.strip().split(" ", 1) for part in content_policy().split(";"))
    assert policy["default-src"] == "'self'"
    assert "'unsafe-inline'" not in policy["script-src"]
    assert "'unsafe-eval'" not in policy["script-src"]
    assert policy["script-src"].count("sha256-") >= 1
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == "'none'"
    assert "allow-same-origin" not in SANDBOX
    assert "default-src 'none'" in SANDBOX


@pytest.mark.parametrize(
    ("origin", "is_let_in"),
    [
        ("http://127.0.0.1:8501", True),
        (None, True),
        ("http://127.0.0.1:9000", False),
        ("http://localhost:8501", False),
        ("http://foreign.example.org", False),
        ("null", False),
        ("", False),
    ],
)
def test_a_page_of_another_address_cannot_open_a_session(origin, is_let_in):
    reached, said = [], []

    async def app(scope, receive, send):
        reached.append(scope)

    async def send(message):
        said.append(message["type"])

    headers = [(b"host", b"127.0.0.1:8501"), *([(b"origin", origin.encode())] if origin is not None else [])]
    scope = {"type": "websocket", "path": "/_stcore/stream", "headers": headers}
    with ThreadPoolExecutor(1) as thread:  # this one may have a loop already, of a browser's
        thread.submit(lambda: asyncio.run(SecurityHeaders(app)(scope, None, send))).result()
    assert bool(reached) is is_let_in
    assert said == ([] if is_let_in else ["websocket.close"])


@pytest.fixture
def assets():
    """Fetch a path through `Assets`, behind which an app says what was left to it."""

    async def app(scope, receive, send):
        await PlainTextResponse("left to the app", 404)(scope, receive, send)

    def fetch_(path, method="GET", **headers):
        sent = []

        async def send(message):
            sent.append(message)

        asked = [(name.encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": method, "path": path, "headers": asked}
        with ThreadPoolExecutor(1) as thread:  # a browser's test in this process may have left a running loop behind
            thread.submit(lambda: asyncio.run(Assets(app)(scope, None, send))).result()
        return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]

    return fetch_


def test_the_scripts_of_the_page_come_whole_with_their_kind_and_are_kept(assets):
    folder = Path(streamlit.__file__).parent / "static"
    scripts = re.findall(r"static/[\w./-]+\.js", (folder / "index.html").read_text(encoding="utf-8"))
    assert len(scripts) > 10
    for script in scripts:
        status, headers, body = assets(f"/{script}")
        assert (status, body) == (200, (folder / script).read_bytes())
        assert headers[b"content-type"] in {b"text/javascript", b"application/javascript"}
        assert int(headers[b"content-length"]) == len(body)
        assert b"immutable" in headers[b"cache-control"]


@pytest.mark.parametrize(
    "path", ["/", "/static/", "/static/js", "/static/js/../../index.html", "/static/../../__init__.py", "/static//etc/passwd"]
)
def test_nothing_but_a_file_of_the_folder_is_answered_for_the_app(assets, path):
    assert assets(path)[0] == 404


def test_a_part_of_a_file_and_other_methods_are_left_to_the_app(assets):
    path = f"/static/css/{next((Path(streamlit.__file__).parent / 'static/static/css').glob('index*.css')).name}"
    assert assets(path)[0] == 200
    assert assets(path, range="bytes=0-9")[0] == 404
    assert assets(path, method="POST")[0] == 404
