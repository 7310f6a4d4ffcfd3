"""A running session: its verbs, each an event that is on the disk before it is answered.

Verbs may be called from several threads; one at a time changes the session. A verb that was answered before, by its
key, changes nothing.
"""

from __future__ import annotations

import contextlib
import ctypes
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from evomusic.core.grid import FIRST_PITCH
from evomusic.core.melody import Melody
from evomusic.core.optimum.soft import SoftPolicy
from evomusic.core.task import Task
from evomusic.listen import breeding
from evomusic.listen.breeding import Candidates
from evomusic.listen.log import Log
from evomusic.listen.melodies import Source
from evomusic.listen.session import MODES, STARS, WINNERS, Card, Question, Session
from evomusic.listen.taste import Taste
from evomusic.listen.web import Refused

KEY: Final = re.compile(r"[A-Za-z0-9-]{8,64}")
PAUSE: Final = 0.3  # seconds without a change, before the soft optimum is made ahead


class Service:
    """A session, gone on with from its log.

    Args:
        log: of the session; nobody else writes to it.
        task: on which melodies are written.
        form: sections that return; none when empty.
        seed: of all draws.
        theme: a melody to begin with.

    Raises:
        ValueError: the form does not fit the task.
        OSError: the log cannot be written.
    """

    def __init__(self, log: Log, task: Task, form: str = "", seed: int = 0, theme: Melody | None = None):
        self.task, self.seed = task, seed
        self.source = Source(task, form)
        self.taste = Taste(self.source)
        self.log = log
        self.session = Session.of(log.events)
        self._heard = -1  # real tunes
        self._lock, self._watchers = threading.RLock(), set[Callable[[str, Any], None]]()
        self._answered = {event["key"] for event in self.log.events if "key" in event}
        self._made = sum(map(_cards_in, self.log.events))  # melodies, those undone too
        self._question: tuple[int, Question | None] | None = None
        self._policy: tuple[Any, SoftPolicy] | None = None
        self._changed, self._closed = threading.Event(), threading.Event()
        if self.session.generation < 0:
            self._first(theme)

    # Reading

    @property
    def version(self) -> int:
        """The number of events."""
        return len(self.log.events)

    def watch(self, watcher: Callable[[str, Any], None]) -> Callable[[], None]:
        """Call a function with "state" and the version, or "progress" and a text, from now on; returns how to stop."""
        self._watchers.add(watcher)
        return lambda: self._watchers.discard(watcher)

    def card(self, name: str) -> Card:
        """A card by its identifier.

        Raises:
            Refused: there is none.
        """
        card = self.session.cards.get(name)
        if card is None:
            raise Refused("there is no such melody in this session", 404)
        return card

    def any_card(self, name: str) -> Card:
        """A card by its identifier, or a real tune's.

        Raises:
            Refused: there is none.
        """
        rows, _ = self.source.real() if name.startswith("r") else ((), ())
        if name[:1] == "r" and name[1:].isdecimal() and len(name) < 9 and int(name[1:]) < len(rows):
            return self._real(int(name[1:]))
        return self.card(name)

    def real_card(self) -> Card:
        """Bars of a real tune in the same frame, another at each call.

        Raises:
            Refused: the task has no real tunes.
        """
        rows, _ = self.source.real()
        if not len(rows):
            raise Refused("there are no real tunes of this key and metre", 404)
        self._heard += 1
        order = np.random.default_rng([self.seed, 4]).permutation(len(rows))
        return self._real(int(order[self._heard % len(rows)]))

    def _real(self, number: int) -> Card:
        rows, names = self.source.real()
        return Card(f"r{number}", "a real tune", 0, rows[number].tobytes(), f"bars of {names[number]}")

    def question(self) -> Question | None:
        """The pair that is asked now; None where fewer than two melodies are left."""
        with self._lock:
            if self._question is None or self._question[0] != self.version:
                self._question = self.version, self._next_question()
            return self._question[1]

    def _next_question(self) -> Question | None:
        session, number = self.session, len(self.session.answers)
        rng = np.random.default_rng([self.seed, 1, number])
        due = session.repeat(rng)
        if due is not None:
            return due
        ids = [card for card in session.pool if card not in session.dropped]
        asked = {frozenset((answer.a, answer.b)) for answer in session.answers}
        pair = self.taste.pair(session, ids, asked, rng)
        if pair is None:
            return None
        a, b = pair if rng.random() < 0.5 else pair[::-1]
        return Question(a, b)

    def question_id(self, question: Question) -> str:
        """The identifier of a question, the same until it is answered."""
        return f"p{len(self.session.answers)}-{question.a}-{question.b}"

    # Verbs

    def act(self, verb: str, body: Mapping[str, Any]) -> None:
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
        with self._lock:
            if key in self._answered:
                return
            self._add({**make(self, body), "key": key})
            self._answered.add(key)

    def _add(self, event: Mapping[str, Any]) -> None:
        self.log.add(event)
        self._made += _cards_in(event)
        if event["kind"] == "undo":
            self.session = Session.of(self.log.events)
        else:
            self.session.follow(event)
        self._changed.set()
        self._tell("state", self.version)

    def _tell(self, kind: str, value: Any) -> None:
        for watcher in list(self._watchers):
            watcher(kind, value)

    def _choose(self, body: Mapping[str, Any]) -> dict[str, Any]:
        winner, question = _one_of(body, "winner", WINNERS), self.question()
        if question is None or body.get("pair") != self.question_id(question):
            raise Refused("this pair is no longer asked; here is the one that is", 409)
        repeats = {} if question.repeats is None else {"repeats": question.repeats}
        return {"kind": "choose", "a": question.a, "b": question.b, "winner": winner, **repeats}

    def _rate(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return {"kind": "rate", "card": self._shown(body), "stars": _number(body, "stars", 1, STARS)}

    def _keep(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return {"kind": "keep", "card": self._shown(body), "keep": _flag(body, "keep")}

    def _drop(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return {"kind": "drop", "card": self._shown(body)}

    def _lock_bar(self, body: Mapping[str, Any]) -> dict[str, Any]:
        bar = _number(body, "bar", 0, self.task.grid.bars - 1)
        return {"kind": "lock", "card": self._shown(body), "bar": bar, "on": _flag(body, "on")}

    def _redraw(self, body: Mapping[str, Any]) -> dict[str, Any]:
        old = self.card(self._shown(body))
        locked = self.session.locks.get(old.id, frozenset())
        if len(locked) == self.task.grid.bars:
            raise Refused("all bars are locked, expected one that is free to be drawn")
        rng = np.random.default_rng([self.seed, 2, self.version])
        policy = self._policy[1] if self._policy else self.policy()  # that of the last choice but one is near enough
        try:
            row = self.source.redraw(old.melody(self.task.grid), locked, rng, policy)
        except ValueError:
            raise Refused("no melody of this style has the locked bars as they are; unlock one") from None
        return self._replaced(old, row.tobytes(), "redrawn")

    def _nudge(self, body: Mapping[str, Any]) -> dict[str, Any]:
        old, grid = self.card(self._shown(body)), self.task.grid
        row = np.frombuffer(old.tokens, np.uint8).copy()
        onsets = np.flatnonzero(row >= FIRST_PITCH)
        step = onsets[_number(body, "note", 0, len(onsets) - 1)]
        by = _number(body, "by", -len(grid.pitches), len(grid.pitches))
        token = int(row[step]) + by
        if not FIRST_PITCH <= token < grid.tokens:
            raise Refused(f"the note cannot move there: pitches go from {grid.names[0]} to {grid.names[-1]}")
        row[step] = token
        return self._replaced(old, row.tobytes(), "edited")

    def _replaced(self, old: Card, tokens: bytes, how: str) -> dict[str, Any]:
        card = self._new(0, tokens, f"{how} from {old.name}", (old.id,), self.session.generation)
        return {"kind": "replace", "card": old.id, "by": card.to_json()}

    def _breed(self, body: Mapping[str, Any]) -> dict[str, Any]:
        if self.session.until_breed:
            raise Refused(f"{self.session.until_breed} more choices or kept melodies are needed to breed", 409)
        self._tell("progress", f"breeding {breeding.CHILDREN + breeding.SOFT + breeding.SONGS:,} melodies")
        session, rng = self.session, np.random.default_rng([self.seed, 3, self.version])
        parents = session.parents or self.taste.best(session, 2)
        rows, form = session.rows(parents), self.source.form
        bred = breeding.children(rows, self.task, form, breeding.CHILDREN, rng)
        groups = [
            bred.only(self.taste.usual(bred.rows, rows)),
            Candidates.drawn(self.source.soft(breeding.SOFT, rng, self.policy())),
            Candidates.drawn(self.source.songs(breeding.SONGS, rng)),
        ]
        names, made = [session.cards[card].name for card in parents], list[Card]()
        for group, i in breeding.chosen(groups, lambda rows, k: self.taste.scores(session, rows, k, rng), rng):
            own = groups[group].parents[i]
            how = ("bred from " if len(own) > 1 else "varied from ") + " and ".join(names[k] for k in own)
            how = how if own else "drawn from your soft optimum" if group == 1 else "drawn as real tunes are"
            tokens, ids = groups[group].rows[i].tobytes(), tuple(parents[k] for k in own)
            made.append(self._new(len(made), tokens, how, ids, session.generation + 1))
        return self._generation(made)

    def _undo(self, body: Mapping[str, Any]) -> dict[str, Any]:
        if self.session.last is None:
            raise Refused("there is nothing to undo", 409)
        return {"kind": "undo"}

    def _steer(self, body: Mapping[str, Any]) -> dict[str, Any]:
        value = body.get("value")
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
            raise Refused("value is no number from 0 to 1")
        return {"kind": "steer", "value": float(value)}

    def _mode(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return {"kind": "mode", "mode": _one_of(body, "mode", MODES)}

    # Making

    def policy(self) -> SoftPolicy:
        """The soft optimum of the reward as it is steered now."""
        with self._lock:
            weights = self.taste.weights(self.session)
            if self._policy is None or not np.array_equal(self._policy[0], weights):
                self._policy = None  # two would take twice the memory
                self._policy = weights, self.source.policy(self.taste.reward(self.session))
                _release_memory()
            return self._policy[1]

    def work_ahead(self) -> None:
        """In a thread of its own: make the soft optimum anew whenever the session has changed and rests."""

        def work() -> None:
            while not self._closed.is_set():
                self._changed.wait()
                while self._changed.is_set():
                    self._changed.clear()
                    self._closed.wait(PAUSE)
                if not self._closed.is_set():
                    self.policy()

        self._changed.set()
        threading.Thread(target=work, name="evomusic-ahead", daemon=True).start()

    def _first(self, theme: Melody | None) -> None:
        """The first generation: a tune of the listener's own and its variations, or fresh draws."""
        rng, made = np.random.default_rng([self.seed, 0]), list[Card]()
        if theme is not None:
            own = theme.canonical.tokens
            made.append(self._new(0, own.tobytes(), "your tune", (), 0))
            bred = breeding.children(own[None], self.task, "", breeding.CHILDREN, rng)
            for row in breeding.spread(bred.rows, breeding.SHOWN - 1):
                made.append(self._new(len(made), row.tobytes(), f"varied from {made[0].name}", (made[0].id,), 0))
        for row in self.source.first(breeding.POOL - len(made), rng):
            how = "drawn from the soft optimum" if self.source.tunes is None else "drawn as real tunes are"
            made.append(self._new(len(made), row.tobytes(), how, (), 0))
        self._add(self._generation(made))

    def _new(self, ahead: int, tokens: bytes, how: str, parents: tuple[str, ...], generation: int) -> Card:
        """A card with the next identifier but so many, and a name by its generation."""
        here = sum(card.generation == generation for card in self.session.cards.values()) + ahead + 1
        return Card(f"c{self._made + ahead + 1}", f"{generation + 1}.{here}", generation, tokens, how, parents)

    def _generation(self, cards: list[Card]) -> dict[str, Any]:
        return {"kind": "generation", "cards": [card.to_json() for card in cards], "shown": breeding.SHOWN}

    def _shown(self, body: Mapping[str, Any]) -> str:
        """The card that a press is about."""
        card = body.get("card")
        if not isinstance(card, str) or card not in self.session.visible:
            raise Refused("this melody is no longer shown", 409)
        return card

    def close(self) -> None:
        """End the work ahead."""
        self._closed.set()
        self._changed.set()


VERBS: Final[dict[str, Callable[[Service, Mapping[str, Any]], dict[str, Any]]]] = {
    "choose": Service._choose,
    "rate": Service._rate,
    "keep": Service._keep,
    "drop": Service._drop,
    "lock": Service._lock_bar,
    "redraw": Service._redraw,
    "nudge": Service._nudge,
    "breed": Service._breed,
    "undo": Service._undo,
    "steer": Service._steer,
    "mode": Service._mode,
}


def _release_memory() -> None:
    """Hand free memory back to the system where the C library can: 100 MB after a soft optimum is made."""
    with contextlib.suppress(OSError, TypeError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _cards_in(event: Mapping[str, Any]) -> int:
    """The number of melodies that an event brings."""
    return len(event.get("cards", ())) + ("by" in event)


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
