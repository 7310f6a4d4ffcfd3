"""Who may call the page: only a browser on this machine that was handed the link, from the page itself.

Refused are other names of the host (DNS rebinding), requests without the token's cookie, posts from other pages, bodies
that are too large, and more requests than a page makes. Each answer forbids whatever is not the page's own.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, MutableMapping
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from evomusic.listen.web import ENDS, LOOK, Refused

BODY: Final = 16_384  # bytes
TOO_LARGE: Final = f"the body is larger than {BODY:,} bytes"
RATE: Final = 100.0  # requests a second, on average
BURST: Final = 400.0
HOSTS: Final = ("127.0.0.1", "localhost")
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Passes requests on to an application if they are the page's own.

    Args:
        app: the application.
        port: on which the server listens.
        token: of the link.
        say: is told of each refusal, in a line.
        ends: whether the server is to end; events stop then.
    """

    def __init__(
        self,
        app: ASGIApp,
        port: int,
        token: str,
        say: Callable[[str], None] = lambda line: None,
        ends: Callable[[], bool] = lambda: False,
    ):
        self.app, self.token, self.say, self.ends = app, token, say, ends
        self.hosts = {f"{host}:{port}" for host in HOSTS}
        self.cookie = f"evomusic-{port}"
        self._left, self._at = BURST, time.monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        answer = self._with_headers(send)
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is None and self._hands_token(scope):
            redirect = RedirectResponse("/", 303)
            redirect.set_cookie(self.cookie, self.token, httponly=True, samesite="strict", path="/")
            await redirect(scope, receive, answer)
            return
        if refusal is None and not self._has_cookie(headers):
            refusal = 403, "open the link that `evomusic listen` printed; it holds the token of this session"
        if refusal is None:
            bounded = _bounded(receive, self.ends) if scope["method"] == "POST" else receive  # no other body is read
            with contextlib.suppress(ClientDisconnect):
                await self.app({**scope, ENDS: self.ends}, bounded, answer)
            return
        status, text = refusal
        self.say(f"refused {scope['method'][:10]} ({status}): {text}")
        await JSONResponse({"error": text}, status)(scope, receive, answer)

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        """Status and line of a request that is refused whoever sends it."""
        if not self._in_rate():
            return 429, "more requests than a page makes; wait a moment"
        host = headers.get("host", "")
        if host not in self.hosts:
            return 421, "this server is only for this machine: the host is another"
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405, "expected GET or POST"
        if scope["method"] == "POST":
            if headers.get("origin") != f"http://{host}":
                return 403, "the request comes from another page"
            if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
                return 415, "expected JSON"
            length = headers.get("content-length", "0")
            if not (length.isascii() and length.isdigit()) or len(length) > 9 or int(length) > BODY:
                return 413, TOO_LARGE
        return None

    def _in_rate(self) -> bool:
        now = time.monotonic()
        self._left, self._at = min(BURST, self._left + (now - self._at) * RATE), now
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def _hands_token(self, scope: Scope) -> bool:
        """Whether a request is the link that was printed."""
        if scope["method"] != "GET" or scope["path"] != "/":
            return False
        name, _, token = scope["query_string"].partition(b"=")
        return name == b"token" and secrets.compare_digest(token, self.token.encode())

    def _has_cookie(self, headers: Headers) -> bool:
        # by hand: other programs on this host set cookies too, and http.cookies stops at one that it cannot read
        pairs = (pair.strip().partition("=") for pair in headers.get("cookie", "").split(";"))
        return any(
            name == self.cookie and secrets.compare_digest(value.encode(), self.token.encode())
            for name, _, value in pairs
        )

    @staticmethod
    def _with_headers(send: Send) -> Send:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        return answer


def _bounded(receive: Receive, ends: Callable[[], bool]) -> Receive:
    """Messages of a body up to its bound, whatever its length was said to be, until the server ends."""
    size = 0

    async def bounded() -> MutableMapping[str, Any]:
        nonlocal size
        while True:
            try:
                message = await asyncio.wait_for(receive(), LOOK)
            except TimeoutError:
                if ends():
                    raise Refused("the server ends", 503) from None
                continue
            size += len(message.get("body", b""))
            if size > BODY:
                raise Refused(TOO_LARGE, 413)
            return message

    return bounded
