"""`listen`: the page on which a listener hears, chooses and steers melodies."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from evomusic import __version__
from evomusic.commands.output import OK, UsageError, say
from evomusic.commands.tunes import check_choices, fitted_file, frame_as
from evomusic.core.checks import whole
from evomusic.core.melody import Melody
from evomusic.core.task import Task
from evomusic.listen.app import application
from evomusic.listen.generations import first_generation
from evomusic.listen.log import FILE, Log
from evomusic.listen.serve import serve
from evomusic.listen.service import Service
from evomusic.song.sections import section_grid
from evomusic.study.build import BadTable
from evomusic.study.config import set_value
from evomusic.study.folder import RESOLVED, RunError, locked
from evomusic.study.tasks import build_task

FORMAT: Final = 1


def listen(
    task: str | None,
    form: str | None,
    start: Path | None,
    choices: Mapping[str, str | None],
    seed: int | None,
    folder: Path,
    port: int | None,
    browse: bool,
    sets: Sequence[str],
) -> int:
    """Serve a session's page until Ctrl-C; a folder that holds a session is gone on with."""
    check_choices(choices, start is not None)
    check_port(port)
    if (folder / RESOLVED).exists():
        raise UsageError(f"{folder} holds a study, a session needs a folder of its own: choose another -o FOLDER")
    asked = {"--task": task, "--form": form, "--from": start, "--seed": seed, "-s": sets or None}
    option = next((option for option, value in asked.items() if value is not None), None)
    there = (folder / FILE).exists()
    new = _beginning(task or "tune", form or "", start, choices, seed or 0, sets) if option or not there else None
    with locked(folder):
        log = Log(folder)
        if not log.events and new is not None:
            log.add(new)
        elif new is not None and new != log.events[0]:
            raise UsageError(f"{folder} holds another session; {option} is for a new one: choose another -o FOLDER")
        begin = log.events[0]
        made = _task(begin, folder)
        theme = Melody(np.frombuffer(bytes.fromhex(begin["theme"]), np.uint8), made.grid) if begin["theme"] else None
        service = Service(log, made, begin["form"], begin["seed"])
        if service.session.generation < 0:
            service.add(first_generation(service, theme))
        if len(service.session.answers):
            say(f"going on with {folder}: {len(service.session.answers)} choices so far")
        try:
            service.work_ahead()
            serve(application(service), port, browse, print_line)
        finally:
            service.close()
    say(f"everything is kept; to go on: evomusic listen -o {folder}")
    return OK


def check_port(port: int | None) -> None:
    """Check that a port can be one.

    Raises:
        UsageError: it cannot.
    """
    if port is not None and not 0 <= port <= 65535:
        raise UsageError(f"--port is {port}, expected 0 to 65535")


def print_line(text: str) -> None:
    """The link on stdout, at once; whatever is refused on stderr."""
    if text.startswith("http"):
        print(text, flush=True)
    else:
        say(text)


def _beginning(
    name: str, form: str, start: Path | None, choices: Mapping[str, str | None], seed: int, sets: Sequence[str]
) -> dict[str, Any]:
    """The first event of a session: its task, checked, and all else that it begins with."""
    study: dict[str, Any] = {"tasks": {name: {"name": name}}}
    for text in sets:
        first, _, rest = text.partition(".")
        set_value(study, f'tasks."{name}".{rest if first == "task" and rest else text}')
    table = study["tasks"][name]
    if start is not None:
        frame_as(table, start, choices, with_bars=True)
    made = task_of(table)
    theme, report = (None, ()) if start is None else fitted_file(start, made, None, choices)
    for line in report:
        say(f"your tune: {line}")
    try:
        section_grid(made.grid, form)
        seed = whole("--seed", seed, 0)
    except ValueError as error:
        raise UsageError(str(error)) from error
    return {
        "kind": "begin",
        "format": FORMAT,
        "evomusic": __version__,
        "task": table,
        "grid": made.grid.to_dict(),
        "form": form,
        "seed": seed,
        "theme": "" if theme is None else theme.tokens.tobytes().hex(),
    }


def task_of(table: Mapping[str, Any]) -> Task:
    """The task of a table, made once.

    Raises:
        UsageError: it is wrong; a line a fault.
    """
    return _task_of(json.dumps(table, default=str))


@lru_cache(maxsize=1)
def _task_of(table: str) -> Task:
    try:
        return build_task(json.loads(table))
    except BadTable as error:
        raise UsageError(
            "\n".join(": ".join([".".join(path), why]).removeprefix(": ") for path, why in error.problems)
        ) from None


def _task(begin: Mapping[str, Any], folder: Path) -> Task:
    """The task of a session.

    Raises:
        RunError: the file is of another format, or this version has another grid for the task.
    """
    if begin.get("format") != FORMAT:
        raise RunError(f"{folder} is of format {begin.get('format')}, this version of evomusic reads {FORMAT}")
    made = task_of(begin["task"])
    if made.grid.to_dict() != begin["grid"]:
        raise RunError(f"{folder} was made by evomusic {begin['evomusic']}, whose task {made.name} has another grid")
    return made
