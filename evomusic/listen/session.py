"""A session: what a listener did, event by event, and what follows from it.

Everything is in the events. A melody is written out in the event that brought it, so that a session goes on as it was,
on any machine and days later; an undone event stays in the file and is left out of what follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody

MODES: Final = ("pairs", "stars")
WINNERS: Final = ("a", "b", "same")
NEEDED: Final = 2  # answers or melodies kept, before a generation is bred
STARS: Final = 5
LIKED: Final = 4  # stars of a melody that may be a parent
REPEATED: Final = 6  # each so manieth question is a hidden repeat of an earlier one
APART: Final = 3  # questions at least between the two


class Card(NamedTuple):
    """A melody of a session: its tokens, and where it comes from."""

    id: str
    name: str
    generation: int
    tokens: bytes
    how: str
    parents: tuple[str, ...] = ()

    def melody(self, grid: Grid, title: str = "") -> Melody:
        """The melody on its grid."""
        return Melody(np.frombuffer(self.tokens, np.uint8), grid, title)

    def to_json(self) -> dict[str, Any]:
        """The card as an event has it."""
        return self._asdict() | {"tokens": self.tokens.hex(), "parents": list(self.parents)}

    @classmethod
    def from_json(cls, table: Mapping[str, Any]) -> Card:
        """A card of an event."""
        fields = {**table, "tokens": bytes.fromhex(table["tokens"]), "parents": tuple(table["parents"])}
        return cls(**fields)


class Answer(NamedTuple):
    """An answer to a question: two cards as A and B, and "a", "b" or "same"."""

    a: str
    b: str
    winner: str
    generation: int
    repeats: int | None = None  # the number of the earlier question that was asked again

    @property
    def liked(self) -> str | None:
        """The card that won; None for neither."""
        return {"a": self.a, "b": self.b}.get(self.winner)


class Question(NamedTuple):
    """Two cards to be compared, in the order in which they are shown."""

    a: str
    b: str
    repeats: int | None = None


@dataclass
class Session:
    """The state of a session after the events so far.

    Attributes:
        cards: every melody, by its identifier.
        pool: the melodies of this generation, of which pairs are asked.
        shown: those of them that are shown, in order.
        ever_shown: all that were.
        replaced: cards that were edited or redrawn, with the one that took the place of each.
        favourites, dropped, stars, locks: cards that were kept and dropped, their stars; locks are bars from 0.
        answers: to all questions, in order.
    """

    generation: int = -1
    cards: dict[str, Card] = field(default_factory=dict)
    pool: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    ever_shown: set[str] = field(default_factory=set)
    replaced: dict[str, str] = field(default_factory=dict)
    favourites: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)
    stars: dict[str, int] = field(default_factory=dict)
    locks: dict[str, frozenset[int]] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    mode: str = MODES[0]
    steer: float = 0.5
    last: str | None = None  # in words, what undo would take back

    @classmethod
    def of(cls, events: Iterable[Mapping[str, Any]]) -> Session:
        """The session of all events; what was undone is left out."""
        standing: list[Mapping[str, Any]] = []
        for event in events:
            if event["kind"] != "undo":
                standing.append(event)
            elif _undoable(standing):
                standing.pop()
        session = cls()
        for event in standing:
            session.follow(event)
        return session

    def follow(self, event: Mapping[str, Any]) -> None:
        """Take one event, other than an undo, into account."""
        kind, card = event["kind"], event.get("card", "")
        name = self.cards[card].name if card in self.cards else ""
        if kind == "generation":
            self._begin(event)
            self.last = f"breeding generation {self.generation + 1}" if self.generation else None
        elif kind == "choose":
            repeats = event.get("repeats")
            self.answers.append(Answer(event["a"], event["b"], event["winner"], self.generation, repeats))
            self.last = "the last choice"
        elif kind == "rate":
            self.stars[card] = event["stars"]
            self.last = f"the stars of {name}"
        elif kind == "keep":
            (self.favourites.add if event["keep"] else self.favourites.discard)(card)
            self.last = f"{'keeping' if event['keep'] else 'letting go of'} {name}"
        elif kind == "drop":
            self.dropped.add(card)
            self.favourites.discard(card)
            self.last = f"dropping {name}"
        elif kind == "lock":
            locks = self.locks.get(card, frozenset())
            self.locks[card] = locks | {event["bar"]} if event["on"] else locks - {event["bar"]}
            self.last = f"{'locking' if event['on'] else 'unlocking'} bar {event['bar'] + 1} of {name}"
        elif kind == "replace":
            self._replace(card, Card.from_json(event["by"]))
            self.last = f"the change of {name}"
        elif kind == "steer":
            self.steer, self.last = event["value"], "moving the slider"
        elif kind == "mode":
            self.mode, self.last = event["mode"], f"going over to {event['mode']}"

    def _begin(self, event: Mapping[str, Any]) -> None:
        cards = [Card.from_json(table) for table in event["cards"]]
        self.generation += 1
        self.cards |= {card.id: card for card in cards}
        self.pool = [card.id for card in cards]
        self.shown = self.pool[: event["shown"]]
        self.ever_shown |= set(self.shown)

    def _replace(self, old: str, card: Card) -> None:
        self.cards[card.id] = card
        self.ever_shown.add(card.id)
        self.replaced[old] = card.id
        for ids in (self.pool, self.shown):
            if old in ids:
                ids[ids.index(old)] = card.id
        self.locks[card.id] = self.locks.get(old, frozenset())
        if old in self.favourites:
            self.favourites = self.favourites - {old} | {card.id}

    @property
    def visible(self) -> list[str]:
        """Cards that are shown, without those that were dropped."""
        return [card for card in self.shown if card not in self.dropped]

    @property
    def kept_before(self) -> list[Card]:
        """Melodies that were kept in generations before, the latest first."""
        here = set(self.visible)
        return [card for card in reversed(self.cards.values()) if card.id in self.favourites - here]

    def ancestors(self, card: Card) -> list[str]:
        """The parents of a card as they are now: one that was edited or redrawn is what took its place."""
        found: list[str] = []
        for parent in card.parents:
            if self.replaced.get(parent) == card.id:
                found += self.ancestors(self.cards[parent])
            else:
                while parent in self.replaced:
                    parent = self.replaced[parent]
                found.append(parent)
        return list(dict.fromkeys(found))

    @property
    def now(self) -> list[Answer]:
        """Answers of this generation."""
        return [answer for answer in self.answers if answer.generation == self.generation]

    @property
    def parents(self) -> list[str]:
        """Melodies of this generation that the listener likes: kept, chosen, or with stars enough; none twice."""
        here = set(self.pool)
        chosen = [answer.liked for answer in self.now if answer.liked in here]
        starred = [card for card in self.pool if self.stars.get(card, 0) >= LIKED]
        liked = [*(card for card in self.pool if card in self.favourites), *chosen, *starred]
        return [card for card in dict.fromkeys(liked) if card is not None and card not in self.dropped]

    @property
    def until_breed(self) -> int:
        """Answers, stars or melodies kept that are still needed before a generation is bred."""
        here = set(self.pool)
        said = len(self.now) + len(here & self.favourites) + len(here & set(self.stars) - self.favourites)
        return max(NEEDED - said, 0)

    @property
    def consistency(self) -> tuple[int, int]:
        """The number of hidden repeats that were answered as before, and of all that there were."""
        both = [(answer, self.answers[answer.repeats]) for answer in self.answers if answer.repeats is not None]
        return sum(again.liked == first.liked for again, first in both), len(both)

    def repeat(self, rng: np.random.Generator) -> Question | None:
        """An earlier question to be asked again, sides swapped, if one is due; none is repeated twice."""
        number = len(self.answers)
        if number % REPEATED != REPEATED - 1:
            return None
        again = {answer.repeats for answer in self.answers} - {None}
        early = [
            i for i, answer in enumerate(self.answers[: number - APART]) if answer.repeats is None and i not in again
        ]
        if not early:
            return None
        first = int(rng.choice(early))
        return Question(self.answers[first].b, self.answers[first].a, first)

    def rows(self, ids: Iterable[str]) -> NDArray[np.uint8]:
        """Tokens (P, T) of cards."""
        return np.array([np.frombuffer(self.cards[card].tokens, np.uint8) for card in ids], np.uint8)


def _undoable(events: list[Mapping[str, Any]]) -> bool:
    """Whether the last of the events that stand can be undone: all but the beginning and the first generation."""
    return len(events) > 2
