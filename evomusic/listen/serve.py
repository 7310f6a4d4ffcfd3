"""The server of a session, by uvicorn: on the loopback address alone, with one link that holds a token."""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
import webbrowser
from collections.abc import Callable
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from evomusic.listen.guard import Guard

LOOPBACK: Final = "127.0.0.1"
PORT: Final = 8765
LAST: Final = 10  # seconds in which a press that is under way is answered when the server ends
TRIES: Final = 20  # ports from the usual one on


def serve(app: ASGIApp, port: int | None, browse: bool, say: Callable[[str], None]) -> None:
    """Serve an application until Ctrl-C.

    Args:
        app: the application.
        port: to listen on; the first free one from 8765 on when None, any free one when 0.
        browse: whether a browser is opened.
        say: is told the link, and each refusal, in a line.

    Raises:
        OSError: the port is taken.
    """
    with contextlib.closing(_bound(port)) as door:
        port, token = door.getsockname()[1], secrets.token_urlsafe(24)
        link = f"http://{LOOPBACK}:{port}/?token={token}"
        say(link)
        if browse:  # in a thread: a browser in the terminal returns when it is left, and asks for the page before
            threading.Thread(target=_browse, args=(link,), name="evomusic-browser", daemon=True).start()
        config = uvicorn.Config(
            Guard(app, port, token, say, lambda: server.should_exit),
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="off",
            h11_max_incomplete_event_size=16_384,
            timeout_graceful_shutdown=LAST,
            ws="none",
        )
        server = uvicorn.Server(config)
        with contextlib.suppress(KeyboardInterrupt):  # the way to end it, which uvicorn raises again
            server.run([door])


def _browse(link: str) -> None:
    with contextlib.suppress(webbrowser.Error, OSError):
        webbrowser.open(link)


def _bound(port: int | None) -> socket.socket:
    """A socket that listens."""
    ports = range(PORT, PORT + TRIES) if port is None else [port]
    for each in ports:
        door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((LOOPBACK, each))
            door.listen()
            return door
        except OSError as error:
            door.close()
            if each == ports[-1]:
                raise OSError(
                    error.errno, f"port {each} cannot be used: {error.strerror}; --port 0 takes any"
                ) from None
    raise AssertionError("there is a last port")
