"""A running session: its state, the question that is asked, and the soft optimum of the reward as it is steered.

Several threads may ask; whoever changes the session, or reads more than one thing of it, holds `lock`.
"""

from __future__ import annotations

import contextlib
import ctypes
import threading
from typing import Any, Final

import numpy as np

from evomusic.core.automata import TooManyStates
from evomusic.core.optimum.soft import SoftPolicy
from evomusic.core.task import Task
from evomusic.listen.log import Event, Log
from evomusic.listen.melodies import Source
from evomusic.listen.session import Card, Question, Session
from evomusic.listen.taste import Taste
from evomusic.listen.web import Refused, Tabs

FIRST: Final = 1.0  # seconds for the page to open, before anything is made ahead
PAUSE: Final = 0.3  # seconds without a change, before the soft optimum is made ahead


class Service(Tabs):
    """A session, gone on with from its log.

    Args:
        log: of the session; nobody else writes to it.
        task: on which melodies are written.
        form: sections that return; none when empty.
        seed: of all draws.

    Attributes:
        lock: re-entrant.
        session: the state after all events.
        answered: keys of the presses that were answered.

    Raises:
        ValueError: the form does not fit the task.
    """

    def __init__(self, log: Log, task: Task, form: str = "", seed: int = 0):
        super().__init__()
        self.task, self.seed = task, seed
        self.source = Source(task, form)
        self.taste = Taste(self.source)
        self.log = log
        self.session = Session.of(log.events)
        self._heard = -1  # real tunes
        self.lock = threading.RLock()
        self.answered = {event["key"] for event in self.log.events if "key" in event}
        self._cards: dict[str, Card] = {}  # those undone too, which another tab may still show
        for event in log.events:
            self._cards |= _cards_in(event)
        self._question: tuple[int, Question | None] | None = None
        self._policy: tuple[Any, SoftPolicy] | None = None
        self._changed, self._closed = threading.Event(), threading.Event()

    # Reading

    @property
    def version(self) -> int:
        """The number of events."""
        return len(self.log.events)

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
        """A card by its identifier, one that was undone too, or a real tune's.

        Raises:
            Refused: there is none.
        """
        rows, _ = self.source.real() if name.startswith("r") else ((), ())
        if name[:1] == "r" and name[1:].isdecimal() and len(name) < 9 and int(name[1:]) < len(rows):
            return self._real(int(name[1:]))
        return self._cards[name] if name in self._cards else self.card(name)

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
        with self.lock:
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

    # Changing

    def add(self, event: Event) -> None:
        """Keep an event, follow it, and tell all tabs."""
        self.log.add(event)
        self.answered |= {event["key"]} if "key" in event else set()
        self._cards |= _cards_in(event)
        if event["kind"] == "undo":
            self.session = Session.of(self.log.events)
        else:
            self.session.follow(event)
        self._changed.set()
        self.say("state", self.version)

    def new_card(
        self, ahead: int, tokens: bytes, how: str, parents: tuple[str, ...], generation: int, name: str = ""
    ) -> Card:
        """A card with the next identifier but so many, and a name by its generation where it has none yet."""
        here = sum(card.generation == generation for card in self.session.cards.values()) + ahead + 1
        name = name or f"{generation + 1}.{here}"
        return Card(f"c{len(self._cards) + ahead + 1}", name, generation, tokens, how, parents)

    # Working ahead

    def policy(self) -> SoftPolicy:
        """The soft optimum of the reward as it is steered now."""
        with self.lock:
            weights = self.taste.weights(self.session)
            if self._policy is not None and np.array_equal(self._policy[0], weights):
                return self._policy[1]
            reward = self.taste.reward(self.session)
        self._policy = weights, self.source.policy(reward)
        _release_memory()
        return self._policy[1]

    def recent_policy(self) -> SoftPolicy:
        """The soft optimum at hand, which may be that before the last choice: it is there at once."""
        return self._policy[1] if self._policy else self.policy()

    def work_ahead(self) -> None:
        """In a thread of its own: make the soft optimum anew whenever the session has changed and rests."""

        def work() -> None:
            self._closed.wait(FIRST)
            self.taste.prepare()
            while not self._closed.is_set():
                while self._changed.is_set():
                    self._changed.clear()
                    self._closed.wait(PAUSE)
                if not self._closed.is_set():
                    with contextlib.suppress(TooManyStates):  # whoever needs it is told
                        self.policy()
                self._changed.wait()

        threading.Thread(target=work, name="evomusic-ahead", daemon=True).start()

    def close(self) -> None:
        """End the work ahead."""
        self._closed.set()
        self._changed.set()


def _release_memory() -> None:
    """Hand free memory back to the system where the C library can: 100 MB after a soft optimum is made."""
    with contextlib.suppress(OSError, TypeError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _cards_in(event: Event) -> dict[str, Card]:
    """The melodies that an event brings, by their identifiers."""
    tables = [*event.get("cards", ()), *([event["by"]] if "by" in event else [])]
    return {table["id"]: Card.from_json(table) for table in tables}
