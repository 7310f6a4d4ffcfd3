"""The taste of a session's listener: what is learnt, the next question, scores of candidates, the steered reward."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evomusic.core.reward import Reward
from evomusic.listen.melodies import Rows, Source
from evomusic.listen.session import Session
from evomusic.listener.aspects import Aspects
from evomusic.listener.file import listener_toml
from evomusic.listener.preference import Preference, fit_preference, graded

REFERENCE: Final = 300  # melodies by which aspects are standardised
USUAL: Final = 2.5  # standard deviations of an aspect among the reference
WINS: Final = {"a": 1.0, "b": 0.0, "same": 0.5}  # of A, by the answer
WORDS: Final = 8  # things learnt that are shown
SEED: Final = 1883  # of these melodies
Floats = NDArray[np.float64]


class Taste:
    """The model of a session's listener.

    Args:
        source: of melodies, with their task.
    """

    def __init__(self, source: Source):
        self.source, self.task = source, source.task
        self._values: dict[bytes, Floats] = {}
        self._fitted: tuple[Any, Preference] | None = None

    @cached_property
    def reference(self) -> Rows:
        """Melodies (N, T) as the first generation's are."""
        return self.source.first(REFERENCE, np.random.default_rng(SEED))

    @cached_property
    def aspects(self) -> Aspects:
        """All that the listener may care for."""
        return Aspects.of(self.task, self.reference)

    @cached_property
    def _reference_values(self) -> Floats:
        return self.aspects.values(self.reference)

    def prepare(self) -> None:
        """Compute what all else needs, so that nobody waits for it."""
        _ = self._reference_values

    def preference(self, session: Session) -> Preference:
        """The belief over the listener's weights after all answers."""
        heard = tuple(session.answers), tuple(session.stars.items())
        if self._fitted is None or self._fitted[0] != heard:
            self._fitted = heard, self._fit(session)
        return self._fitted[1]

    def _fit(self, session: Session) -> Preference:
        """The belief after all answers, and after the stars of each generation."""
        first, second = [answer.a for answer in session.answers], [answer.b for answer in session.answers]
        wins, counts = [WINS[answer.winner] for answer in session.answers], [1.0] * len(session.answers)
        for generation in {session.cards[card].generation for card in session.stars}:
            rated = [card for card in session.stars if session.cards[card].generation == generation]
            pairs = graded([session.stars[card] for card in rated])
            first += [rated[i] for i in pairs.better]
            second += [rated[i] for i in pairs.worse]
            wins += [1.0] * len(pairs.weights)
            counts += pairs.weights.tolist()
        return fit_preference(self.values(session, first), self.values(session, second), wins, weights=counts)

    def values(self, session: Session, ids: Sequence[str]) -> Floats:
        """Aspects (P, D) of cards."""
        rows = {session.cards[card].tokens for card in ids} - set(self._values)
        if rows:
            tokens = np.array([np.frombuffer(row, np.uint8) for row in rows])
            self._values |= dict(zip(rows, self.aspects.values(tokens), strict=True))
        found = [self._values[session.cards[card].tokens] for card in ids]
        return np.array(found).reshape(len(found), len(self.aspects.names))

    def pair(
        self, session: Session, ids: Sequence[str], asked: Collection[frozenset[str]], rng: np.random.Generator
    ) -> tuple[str, str] | None:
        """The pair of cards whose comparison tells most of the listener; any pair while nothing has been answered."""
        free = [{a, b} for i, a in enumerate(ids) for b in ids[:i] if frozenset((a, b)) not in asked]
        if not free:
            return None
        if not session.answers and not session.stars:
            a, b = sorted(free[int(rng.integers(len(free)))])
            return a, b
        index = {card: i for i, card in enumerate(ids)}
        before = [(index[a], index[b]) for a, b in map(sorted, asked) if a in index and b in index]
        i, j = self.preference(session).informative_pair(self.values(session, ids), before)
        return ids[i], ids[j]

    def scores(self, session: Session, rows: Rows, k: int, rng: np.random.Generator) -> Floats:
        """Scores (k, N) of melodies: theory and the listener, as the slider says.

        Every other row is by the expected weights, those between by draws of what they may be.
        """
        theory = self.task.evaluate(rows) / (self.aspects.spread or 1.0)
        preference = self.preference(session)
        draws = preference.draw(rng, k)
        if preference.mean.any():
            draws[::2] = preference.mean
        own = draws @ self.aspects.values(rows).T / (draws @ self._reference_values.T).std(axis=1, keepdims=True)
        return np.asarray((1 - session.steer) * theory + session.steer * own)

    def usual(self, rows: Rows, parents: Rows) -> NDArray[np.bool_]:
        """Whether melodies (N,) are no caricatures: no aspect is further out than the reference's or a parent's are."""
        most = np.maximum(USUAL, np.abs(self.aspects.values(parents)).max(axis=0, initial=0.0))
        return np.asarray((np.abs(self.aspects.values(rows)) <= most).all(axis=1))

    def best(self, session: Session, n: int) -> list[str]:
        """The n melodies of this generation that the listener probably likes best."""
        ids = [card for card in session.pool if card not in session.dropped]
        order = np.argsort(-self.preference(session).utility(self.values(session, ids)), kind="stable")
        return [ids[i] for i in order[:n]]

    def weights(self, session: Session) -> Floats:
        """Numbers that decide the steered reward: the weights, and the share that is the listener's."""
        return np.append(self.preference(session).mean, self._share(session))

    def reward(self, session: Session) -> Reward:
        """The task's reward, steered towards the listener as far as the slider says and as far as he is known."""
        return self.aspects.reward(self.preference(session).mean, self._share(session), measures=False)

    def _share(self, session: Session) -> float:
        """The part of the reward that is the listener's: the slider's, of it as much as is known and not doubted."""
        preference, centred = self.preference(session), self._reference_values - self._reference_values.mean(axis=0)
        sure = float(np.square(centred @ preference.mean).mean())
        doubt = float(np.einsum("pd,de,pe->", centred, preference.covariance, centred)) / len(centred)
        return session.steer * sure / (sure + doubt)

    def toml(self, session: Session) -> str:
        """The steered reward as a file for any study: of the listener as much as the slider says and as is known."""
        return listener_toml(self.aspects, self.preference(session), self._share(session))

    def learnt(self, session: Session) -> list[dict[str, Any]]:
        """The most certain of what has been learnt, in words; nothing before the first answer."""
        if not session.answers and not session.stars:
            return []
        return [each._asdict() for each in self.aspects.learnt(self.preference(session))[:WORDS]]
