"""Presses of the page: each verb is checked against the session, and becomes an event.

A press has a key. One whose key was answered before changes nothing, so a press that is sent twice counts once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from evomusic.core.automata import TooManyStates
from evomusic.core.grid import FIRST_PITCH
from evomusic.listen.generations import next_generation
from evomusic.listen.log import Event
from evomusic.listen.service import Service
from evomusic.listen.session import MODES, STARS, WINNERS, Card
from evomusic.listen.web import Refused

KEY: Final = re.compile(r"[A-Za-z0-9-]{8,64}")


def act(service: Service, verb: str, body: Mapping[str, Any]) -> None:
    """Do what a press asks for, unless its key was answered before.

    Raises:
        Refused: the verb, a value or the moment is wrong.
        OSError: the event could not be written; nothing has changed.
    """
    key = body.get("key")
    if not (isinstance(key, str) and KEY.fullmatch(key)):
        raise Refused("key is missing or malformed, expected 8 to 64 letters, digits or -")
    make = VERBS.get(verb)
    if make is None:
        raise Refused("there is no such address", 404)
    with service.lock:
        if key not in service.answered:
            service.add({**make(service, body), "key": key})


def _choose(service: Service, body: Mapping[str, Any]) -> Event:
    winner, question = _one_of(body, "winner", WINNERS), service.question()
    if question is None or body.get("pair") != service.question_id(question):
        raise Refused("this pair is no longer asked; here is the one that is", 409)
    repeats = {} if question.repeats is None else {"repeats": question.repeats}
    return {"kind": "choose", "a": question.a, "b": question.b, "winner": winner, **repeats}


def _rate(service: Service, body: Mapping[str, Any]) -> Event:
    return {"kind": "rate", "card": _shown(service, body), "stars": _number(body, "stars", 1, STARS)}


def _keep(service: Service, body: Mapping[str, Any]) -> Event:
    return {"kind": "keep", "card": _shown_or_kept(service, body), "keep": _flag(body, "keep")}


def _drop(service: Service, body: Mapping[str, Any]) -> Event:
    return {"kind": "drop", "card": _shown(service, body)}


def _lock(service: Service, body: Mapping[str, Any]) -> Event:
    bar = _number(body, "bar", 0, service.task.grid.bars - 1)
    return {"kind": "lock", "card": _shown(service, body), "bar": bar, "on": _flag(body, "on")}


def _redraw(service: Service, body: Mapping[str, Any]) -> Event:
    old = service.card(_shown(service, body))
    locked = service.session.locks.get(old.id, frozenset())
    if len(locked) == service.task.grid.bars:
        raise Refused("all bars are locked, expected one that is free to be drawn")
    rng = np.random.default_rng([service.seed, 2, service.version])
    try:
        row = service.source.redraw(old.melody(service.task.grid), locked, rng, service.recent_policy())
    except TooManyStates:
        raise Refused("bars cannot be drawn anew on this task: its style is too large to be sampled", 409) from None
    except ValueError:
        raise Refused("no melody of this style has the locked bars as they are; unlock one") from None
    return _replaced(service, old, row.tobytes(), "redrawn")


def _nudge(service: Service, body: Mapping[str, Any]) -> Event:
    old, grid = service.card(_shown(service, body)), service.task.grid
    row = np.frombuffer(old.tokens, np.uint8).copy()
    onsets = np.flatnonzero(row >= FIRST_PITCH)
    step = onsets[_number(body, "note", 0, len(onsets) - 1)]
    by = _number(body, "by", -len(grid.pitches), len(grid.pitches))
    token = int(row[step]) + by
    if not FIRST_PITCH <= token < grid.tokens:
        raise Refused(f"the note cannot move there: pitches go from {grid.names[0]} to {grid.names[-1]}")
    row[step] = token
    return _replaced(service, old, row.tobytes(), "edited")


def _replaced(service: Service, old: Card, tokens: bytes, how: str) -> Event:
    how = old.how if old.how.endswith(how) else f"{old.how}, {how}"
    card = service.new_card(0, tokens, how, (old.id,), service.session.generation, old.name)
    return {"kind": "replace", "card": old.id, "by": card.to_json()}


def _breed(service: Service, body: Mapping[str, Any]) -> Event:
    missing = service.session.until_breed
    if missing:
        raise Refused(f"{missing} more choices or kept melodies are needed to breed", 409)
    return next_generation(service)


def _undo(service: Service, body: Mapping[str, Any]) -> Event:
    if service.session.last is None:
        raise Refused("there is nothing to undo", 409)
    return {"kind": "undo"}


def _steer(service: Service, body: Mapping[str, Any]) -> Event:
    value = body.get("value")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise Refused("value is no number from 0 to 1")
    return {"kind": "steer", "value": float(value)}


def _mode(service: Service, body: Mapping[str, Any]) -> Event:
    return {"kind": "mode", "mode": _one_of(body, "mode", MODES)}


VERBS: Final[dict[str, Callable[[Service, Mapping[str, Any]], Event]]] = {
    "choose": _choose,
    "rate": _rate,
    "keep": _keep,
    "drop": _drop,
    "lock": _lock,
    "redraw": _redraw,
    "nudge": _nudge,
    "breed": _breed,
    "undo": _undo,
    "steer": _steer,
    "mode": _mode,
}


def _shown(service: Service, body: Mapping[str, Any]) -> str:
    """The card that a press is about."""
    card = body.get("card")
    if not isinstance(card, str) or card not in service.session.visible:
        raise Refused("this melody is no longer shown", 409)
    return card


def _shown_or_kept(service: Service, body: Mapping[str, Any]) -> str:
    """The card that a press is about, which may be one that was kept in a generation before."""
    card = body.get("card")
    return card if isinstance(card, str) and card in service.session.favourites else _shown(service, body)


def _one_of(body: Mapping[str, Any], name: str, values: tuple[str, ...]) -> str:
    value = body.get(name)
    if not isinstance(value, str) or value not in values:
        raise Refused(f"{name} is wrong, expected one of {', '.join(values)}")
    return value


def _number(body: Mapping[str, Any], name: str, low: int, high: int) -> int:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Refused(f"{name} is no whole number from {low} to {high}")
    return value


def _flag(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name)
    if not isinstance(value, bool):
        raise Refused(f"{name} is neither true nor false")
    return value
