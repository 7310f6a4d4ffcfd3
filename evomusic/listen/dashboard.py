"""The addresses of the page that watches a study, by Starlette."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from evomusic.listen import page, web
from evomusic.listen.watching import Watching


def application(watching: Watching) -> Starlette:
    """The application of a study's folder."""

    def state(request: Request) -> Response:
        return JSONResponse(watching.state())

    def score(request: Request) -> Response:
        name = request.path_params["method"]
        return Response(page.score(watching.melody(name), f"m{name}"), media_type="image/svg+xml")

    def download(request: Request) -> Response:
        found = watching.melody(request.path_params["method"])
        name = f"best-{request.path_params['method']}"
        return web.melody_file(found, name, request.path_params["form"])

    def inside(request: Request) -> Response:
        return JSONResponse(watching.inside(request.path_params["method"]))

    async def events(request: Request) -> Response:
        return web.event_stream(request, watching.watch, {"version": watching.version})

    static = web.files("dashboard.html")
    routes = [
        Route("/", static),
        Route("/static/{name}", static),
        Route("/api/state", state),
        Route("/api/best/{method}/score.svg", score),
        Route("/api/best/{method}/tune.{form}", download),
        Route("/api/inside/{method}", inside),
        Route("/api/events", events),
    ]
    return Starlette(routes=routes, exception_handlers=web.HANDLERS)
