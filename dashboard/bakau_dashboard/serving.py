"""Start and stop: one process, one port, until Ctrl-C or TERM."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from typing import TYPE_CHECKING

import click
import uvicorn

import bakau
from bakau.errors import BakauError, InputError
from bakau_dashboard.office import open_office
from bakau_dashboard.settings import apply_options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: How long open connections may take to end.
PATIENCE_S = 3


class _Server(uvicorn.Server):
    """Uvicorn that leaves signals to us: it would raise them again after it stopped, and the command would end as if killed."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing."""
        yield


def serve(workspace: Path, *, address: str, port: int, headless: bool) -> None:
    """Serve the workspace's dashboard until the process is told to stop. BakauError when it is none, InputError when the port is taken."""
    office = open_office(workspace)
    with bakau.open_desk(workspace):  # says what is wrong before a browser opens
        pass
    listener = _listen(address, port)
    apply_options()
    from bakau_dashboard.server import build_app

    config = uvicorn.Config(
        build_app(), log_level="error", access_log=False, server_header=False, timeout_graceful_shutdown=PATIENCE_S, ws_max_size=64 * 2**20
    )
    warming = threading.Thread(target=office.warm_up, name="warm-up")
    warming.start()
    url = f"http://{'localhost' if address != '127.0.0.1' else address}:{listener.getsockname()[1]}"
    click.echo(f"the dashboard is at {url} (Ctrl-C ends it)")
    asyncio.run(_run(_Server(config), listener, None if headless else url))
    warming.join()
    office.close()  # waits for a question that is being answered: native code must not be cut off in the middle
    click.echo("the dashboard has stopped")


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
        listener.listen(128)  # from now on nobody is turned away, only kept waiting
    except OSError as error:
        listener.close()
        raise InputError(f"port {port} cannot be used: {error.strerror}", hint="another one: bakau dashboard --port 0") from error
    return listener


async def _run(server: uvicorn.Server, listener: socket.socket, url: str | None) -> None:
    def stop() -> None:
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    if url is not None:
        loop.call_later(1.0, _open_browser, url)
    await server.serve(sockets=[listener])


def _open_browser(url: str) -> None:
    import webbrowser

    with contextlib.suppress(webbrowser.Error, BakauError):
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
