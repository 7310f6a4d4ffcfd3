"""A session on a small task, and presses of its page."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import evomusic as em
from evomusic.listen.generations import first_generation
from evomusic.listen.log import Log
from evomusic.listen.presses import act
from evomusic.listen.service import Service

PRESSES = count()


def task() -> em.Task:
    grid = em.Grid(bars=2, beats=2, steps_per_beat=2, low=60, high=72, scale="C major", chords=("C", "G7"))
    rules = {em.rules.Cadence("C major"): 2.0, em.rules.LeapRecovery(): 1.0, em.rules.RepetitionLimit(): 1.0}
    return em.Task(grid, em.Reward(rules), "small")


def service(folder: Path, theme: Any = None, **more: Any) -> Service:
    log = Log(folder)
    if not log.events:
        log.add({"kind": "begin"})
    made = Service(log, task(), **more)
    if made.session.generation < 0:
        made.add(first_generation(made, theme))
    return made


def key() -> str:
    return f"press-{next(PRESSES):08d}"


def press(session: Service, verb: str, **body: Any) -> None:
    act(session, verb, {"key": key()} | body)


def choose(session: Service, winner: str = "a") -> None:
    question = session.question()
    assert question is not None
    press(session, "choose", pair=session.question_id(question), winner=winner)
