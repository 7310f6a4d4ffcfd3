"""Answers that both pages give: their files, errors of one line, downloads, and events while they are open."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from evomusic.core.melody import Melody
from evomusic.io.formats import FORMATS, function

STATIC: Final = Path(__file__).parent / "static"
TYPES: Final = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
DOWNLOADS: Final = {
    "mid": "audio/midi",
    "musicxml": "application/vnd.recordare.musicxml+xml",
    "abc": "text/vnd.abc",
    "wav": "audio/wav",
}
BEAT: Final = 15.0  # seconds between signs of life
LOOK: Final = 0.25  # seconds between looks whether the server is to end
WAITING: Final = 100  # events that a slow tab may be behind
ENDS: Final = "evomusic.ends"  # in a request's scope: a function that says whether the server is to end

Watcher = Callable[[str, Any], None]
Watch = Callable[[Watcher], Callable[[], None]]


class Tabs:
    """Open pages, which are told what happens."""

    def __init__(self) -> None:
        self._watchers: set[Watcher] = set()

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call a function with "state" and the version, or "progress" and a text, from now on; returns how to stop."""
        self._watchers.add(watcher)
        return lambda: self._watchers.discard(watcher)

    def say(self, kind: str, value: Any) -> None:
        """Tell all that watch."""
        for watcher in list(self._watchers):
            watcher(kind, value)


class Refused(ValueError):
    """Something that cannot be done; `status` is that of HTTP."""

    def __init__(self, text: str, status: int = 400):
        super().__init__(text)
        self.status = status


def files(index: str) -> Callable[[Request], Response]:
    """The page's files by name, and its first one without a name."""
    found = {path.name: path.read_bytes() for path in sorted(STATIC.iterdir()) if path.suffix in TYPES}

    def static(request: Request) -> Response:
        name = request.path_params.get("name", index)
        if name not in found:
            return error(404, "there is no such address")
        return Response(found[name], media_type=TYPES[Path(name).suffix])

    return static


def error(status: int, text: str) -> Response:
    """An error in one line."""
    return JSONResponse({"error": text}, status)


def attached(data: bytes, name: str, kind: str) -> Response:
    """A file to be saved."""
    return Response(data, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def melody_file(melody: Melody, name: str, form: str) -> Response:
    """A melody to be saved in one of the formats of `DOWNLOADS`."""
    if form not in DOWNLOADS:
        return error(404, f"there is no such format, expected one of {', '.join(DOWNLOADS)}")
    return attached(function(FORMATS[f".{form}"].write)(melody, None), f"{name}.{form}", DOWNLOADS[form])


HANDLERS: Final[dict[Any, Any]] = {
    Refused: lambda request, raised: error(raised.status, str(raised)),
    OSError: lambda request, raised: error(507, f"this could not be kept: {raised.strerror or raised}"),
    404: lambda request, raised: error(404, "there is no such address"),
    405: lambda request, raised: error(405, "this address takes another method"),
}


def event_stream(request: Request, watch: Watch, first: dict[str, Any]) -> Response:
    """Server-sent events until the server ends: "state" with a version, first as it is, and "progress" texts."""
    ends = request.scope.get(ENDS, lambda: False)
    return StreamingResponse(_events(watch, first, ends), media_type="text/event-stream")


async def _events(watch: Watch, first: dict[str, Any], ends: Callable[[], bool]) -> AsyncIterator[str]:
    loop, queue = asyncio.get_running_loop(), asyncio.Queue[tuple[str, Any]](WAITING)

    def put(kind: str, value: Any) -> None:
        if not queue.full():
            queue.put_nowait((kind, value))

    def watcher(kind: str, value: Any) -> None:
        loop.call_soon_threadsafe(put, kind, value)

    stop = watch(watcher)
    try:
        yield _event("state", first)
        alive = loop.time()
        while not ends():
            try:
                kind, value = await asyncio.wait_for(queue.get(), LOOK)
                yield _event(kind, {"version" if kind == "state" else "text": value})
            except TimeoutError:
                if loop.time() - alive < BEAT:
                    continue
                yield ": still here\n\n"
            alive = loop.time()
    finally:
        stop()


def _event(kind: str, data: dict[str, Any]) -> str:
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n"
