"""Typical songs: a song model tilted until what it writes has the features of real tunes on average."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.optimize import minimize

from evomusic.core.checks import able, instance, number, whole
from evomusic.core.melody import Tokens, checked_melodies
from evomusic.core.optimum.chain import generator
from evomusic.core.task import Sampler
from evomusic.song.counts import Floats
from evomusic.song.features import song_features
from evomusic.song.model import Song
from evomusic.song.plan import whole_bars

BATCH: Final = 256  # draws of the model at a time
CLIPPED: Final = 0.99  # of the draws have their full weight


@dataclass(frozen=True, eq=False)
class Typical:
    """A song model whose melodies are accepted by their density ratio to real tunes.

    The distribution is p(m) min(exp(w . f(m)), bound), normalised, where p is the model and f are features. The
    weights are those of a logistic regression of real windows against the model's own draws: its odds are the density
    ratio, log-linear in the features. Samples are independent: each draw of the model is accepted with its weight as a
    share of the bound. What is maximised becomes a caricature; what is accepted in proportion does not.

    Args:
        song: the model.
        weights: (F,) of the features.
        constant: added to the weighted features.
        bound: greatest logarithm of a weight; beyond, weights are clipped.
        source: what is drawn instead of the song, such as `em.Planned`; the song when None.

    Source: M. Sugiyama et al., "Density ratio estimation in machine learning" (2012); Azadi et al., "Discriminator
    rejection sampling" (2019).
    """

    song: Song
    weights: Floats
    constant: float
    bound: float
    source: Sampler | None = None

    @classmethod
    def train(
        cls,
        song: Song,
        rng: np.random.Generator,
        draws: int = 4000,
        ridge: float = 10.0,
        source: Sampler | None = None,
    ) -> Typical:
        """Train the tilt of a model against the windows that the model was trained on.

        Args:
            song: the model.
            rng: random generator.
            draws: of the model, to compare with.
            ridge: penalty of the squared weights of standardised features.
            source: as above.

        Raises:
            ValueError: an argument is of the wrong type or out of range.
        """
        instance("song", song, Song, "a song model, such as em.train_song(grid, windows)")
        draws, ridge = whole("draws", draws, 100), number("ridge", ridge, 1e-6)
        if source is not None:
            able("source", source, ("sample",), "a sampler of melodies, such as em.Planned(song, policy)")
        drawn = checked_melodies((source or song).sample(draws, rng), song.grid)
        real, own = (_features(rows, song) for rows in (song.windows, drawn))
        mean, scale = real.mean(axis=0), real.std(axis=0)
        scale[scale < 1e-9] = 1.0
        features = (np.concatenate([real, own]) - mean) / scale
        labels = np.repeat([1.0, -1.0], [len(real), len(own)])
        found = minimize(_loss, np.zeros(features.shape[1] + 1), (features, labels, ridge), "L-BFGS-B", jac=True)
        weights = found.x[1:] / scale
        constant = float(found.x[0] - weights @ mean)
        return cls(song, weights, constant, float(np.quantile(own @ weights + constant, CLIPPED)), source)

    def log_ratio(self, melodies: Any) -> Floats:
        """Logarithms (P,) of the density ratio of real tunes to the model's draws, as it is estimated, unclipped.

        Raises:
            ValueError: the melodies do not fit the grid.
        """
        rows = checked_melodies(melodies, self.song.grid)
        return _features(rows, self.song) @ self.weights + self.constant

    def sample(self, n: int, rng: np.random.Generator) -> Tokens:
        """Independent melodies (n, T).

        Raises:
            ValueError: n is no whole number from 0 up, or rng is no generator.
        """
        n, rng = whole("n", n, 0), generator(rng)
        found: list[Tokens] = [np.zeros((0, self.song.grid.steps), np.uint8)]
        while sum(map(len, found)) < n:
            rows = (self.source or self.song).sample(BATCH, rng)
            found.append(rows[np.log(rng.random(BATCH)) < self.log_ratio(rows) - self.bound])
        return np.concatenate(found)[:n]


def _features(rows: Tokens, song: Song) -> Floats:
    """Features (P, F) of melodies on a song's grid."""
    return song_features(song.in_bars(rows), whole_bars(song.grid), song.tonic)


def _loss(beta: Floats, features: Floats, labels: Floats, ridge: float) -> tuple[float, Floats]:
    """The penalised logistic loss, and its gradient."""
    margins = labels * (features @ beta[1:] + beta[0])
    slopes = -labels * np.exp(-np.logaddexp(0.0, margins))
    gradient = np.append(slopes.sum(), features.T @ slopes + ridge * beta[1:])
    return float(np.logaddexp(0.0, -margins).sum() + ridge / 2 * beta[1:] @ beta[1:]), gradient
