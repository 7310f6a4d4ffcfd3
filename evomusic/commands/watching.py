"""`dashboard`: a page that watches a study."""

from __future__ import annotations

from pathlib import Path

from evomusic.commands.listening import check_port, print_line
from evomusic.commands.output import OK
from evomusic.listen.dashboard import application
from evomusic.listen.serve import serve
from evomusic.listen.watching import Watching


def dashboard(folder: Path, port: int | None, browse: bool) -> int:
    """Serve a page on a study's folder until Ctrl-C; the folder may still grow."""
    check_port(port)
    watching = Watching(folder)
    watching.keep_looking()
    try:
        serve(application(watching), port, browse, print_line)
    finally:
        watching.close()
    return OK
