"""The addresses of a session's page, by Starlette: the session as JSON, presses, scores, downloads."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from evomusic.core.saving import parse_json
from evomusic.listen import page, web
from evomusic.listen.presses import act
from evomusic.listen.service import Service
from evomusic.listen.web import Refused


def application(service: Service) -> Starlette:
    """The application of a session."""

    def state(request: Request) -> Response:
        return JSONResponse(page.state(service))

    async def press(request: Request) -> Response:
        body = _table(await request.body())

        def done() -> dict[str, Any]:
            with service.lock:
                act(service, request.path_params["verb"], body)
                return page.state(service)

        return JSONResponse(await run_in_threadpool(done))

    def score(request: Request) -> Response:
        card = service.any_card(request.path_params["card"])
        return Response(page.score(card.melody(service.task.grid), card.id), media_type="image/svg+xml")

    def download(request: Request) -> Response:
        card = service.any_card(request.path_params["card"])
        melody = card.melody(service.task.grid, f"{page.title(service.task)}: {card.name}")
        return web.melody_file(melody, f"melody-{card.name}", request.path_params["form"])

    def real(request: Request) -> Response:
        card = service.real_card()
        shown = page.blind(card, service.task.grid)
        return JSONResponse({"card": shown | {"name": card.name, "how": card.how, "locked": [], "kept": False}})

    def family(request: Request) -> Response:
        with service.lock:
            return JSONResponse({"cards": page.family(service.session)})

    def answers(request: Request) -> Response:
        with service.lock:
            return web.attached(page.answers_csv(service.session).encode(), "answers.csv", "text/csv")

    def listener(request: Request) -> Response:
        with service.lock:
            return web.attached(service.taste.toml(service.session).encode(), "listener.toml", "application/toml")

    async def events(request: Request) -> Response:
        return web.event_stream(request, service.watch, {"version": service.version})

    static = web.files("index.html")
    routes = [
        Route("/", static),
        Route("/static/{name}", static),
        Route("/api/state", state),
        Route("/api/cards/{card}/score.svg", score),
        Route("/api/cards/{card}/tune.{form}", download),
        Route("/api/real", real),
        Route("/api/family", family),
        Route("/api/export.csv", answers),
        Route("/api/listener.toml", listener),
        Route("/api/events", events),
        Route("/api/{verb}", press, methods=["POST"]),
    ]
    return Starlette(routes=routes, exception_handlers=web.HANDLERS)


def _table(data: bytes) -> dict[str, Any]:
    """The table in a body.

    Raises:
        Refused: there is none.
    """
    try:
        table = parse_json(data)
    except ValueError:
        table = None
    if not isinstance(table, dict):
        raise Refused("the body is no JSON object")
    return table
