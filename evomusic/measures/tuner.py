"""The terms of RL Tuner's reward that look at the whole past, as measures; and the published table's metrics.

The other terms are rules, in `evomusic.rules.tuner`. All are of a published benchmark, so in no catalogue: they see
tokens, not sounds. A term of the original that is charged at every step is here its sum over the melody.

Source: Jaques, Gu, Turner & Eck, "Tuning recurrent neural networks with reinforcement learning" (2016), and the code
published with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from evomusic.core.grid import FIRST_PITCH, Grid
from evomusic.core.melody import Tokens
from evomusic.core.reward import QUANTUM
from evomusic.core.rule import Measure
from evomusic.core.task import Task
from evomusic.measures.features import Bools, Floats, Ints, by_block

WINDOW: Final = 8  # tokens of a motif
LEAST: Final = 3  # different pitches of a motif
LAGS: Final = (1, 2, 3)
METRICS: Final = (
    "notes excessively repeated",
    "autocorrelation lag 1",
    "autocorrelation lag 2",
    "autocorrelation lag 3",
    "notes not in key",
    "starting with the tonic",
    "leaps resolved",
    "unique greatest token",
    "unique lowest pitch",
    "notes in a motif",
    "notes in a repeated motif",
)


@dataclass(frozen=True)
class TunerAutocorrelation:
    """At each step -3 |r| for lags 1, 2 and 3 where |r| is above .15; r is the autocorrelation of all tokens so far.

    Tokens count by their number, rests and holds too, as in the original; |r| of exactly .15 is not above it.
    """

    def __call__(self, melodies: Tokens, grid: Grid) -> Floats:
        """(P,) sums over the steps, 0 or less."""
        return by_block(_autocorrelation, melodies, grid)

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """All three at 1 at each step, and none."""
        return -3.0 * len(LAGS) * grid.steps, 0.0


@dataclass(frozen=True)
class TunerMotif:
    """For each run of 8 tokens with 3 or more different pitches: 3, and .3 for each pitch beyond the third."""

    def __call__(self, melodies: Tokens, grid: Grid) -> Floats:
        """(P,) sums over the runs."""
        return by_block(_motif, melodies, grid)

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """No motif, and 8 different pitches in each run."""
        return 0.0, max(grid.steps - WINDOW + 1, 0) * 4.5


@dataclass(frozen=True)
class TunerRepeatedMotif:
    """For each such run that occurred before, without overlap: 4, and 1 for each pitch beyond the third."""

    def __call__(self, melodies: Tokens, grid: Grid) -> Floats:
        """(P,) sums over the runs."""
        return by_block(_repeated_motif, melodies, grid)

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """No repetition, and 8 different pitches in each run from the ninth on."""
        return 0.0, max(grid.steps - 2 * WINDOW + 1, 0) * 9.0


def tuner_measures() -> tuple[Measure, ...]:
    """The three measures."""
    return TunerAutocorrelation(), TunerMotif(), TunerRepeatedMotif()


PUBLISHED: Final[Mapping[str, Mapping[str, float]]] = {  # table 1 of the paper, each of 100,000 melodies
    "Note RNN": dict(zip(METRICS, (63.3, -0.16, 0.14, -0.13, 0.1, 0.9, 77.2, 64.7, 49.4, 5.9, 0.007), strict=True)),
    "Q": dict(zip(METRICS, (0.0, -0.11, 0.03, 0.03, 1.0, 28.8, 91.1, 56.4, 51.9, 75.7, 0.11), strict=True)),
    "Psi": dict(zip(METRICS, (0.02, -0.1, -0.01, 0.01, 0.6, 28.7, 90.0, 59.4, 58.3, 73.8, 0.09), strict=True)),
    "G": dict(zip(METRICS, (0.03, 0.55, 0.31, 0.17, 28.7, 0.0, 52.2, 37.1, 56.5, 69.3, 0.01), strict=True)),
}  # the last autocorrelation of G is printed as 17


def tuner_metrics(task: Task, melodies: Tokens) -> dict[str, float]:
    """The metrics of the paper's table, by name (`METRICS`): percentages, but for the autocorrelations.

    Args:
        task: `em.make("rl-tuner")`.
        melodies: (P, 32) uint8.

    Returns:
        Eleven numbers; NaN for a share or a mean of nothing.
    """
    steps = dict(zip(task.part_names, np.moveaxis(task.step_parts(melodies), 2, 0), strict=False))
    leaps, (pitches, names) = steps["TunerLeaps"], _runs(melodies)
    motif, tokens = pitches >= LEAST, melodies.size
    low = np.where(melodies >= FIRST_PITCH, melodies, 255)
    top, bottom = melodies.max(axis=1, keepdims=True), low.min(axis=1, keepdims=True)
    values = (
        _percent((steps["TunerRepetition"] < 0).sum(), tokens),
        *(_mean_autocorrelation(melodies, lag) for lag in LAGS),
        _percent((steps["TunerKey"] < 0).sum(), tokens),
        _percent((melodies[:, 0] == task.grid.token(60)).sum(), len(melodies)),
        _percent((leaps > 0).sum(), (leaps != 0).sum()),
        _percent(((melodies == top).sum(axis=1) == 1).sum(), len(melodies)),
        _percent((((low == bottom) & (low < 255)).sum(axis=1) == 1).sum(), len(melodies)),
        _percent(motif.sum(), tokens),
        _percent((motif & _repeats(names)).sum(), tokens),
    )
    return dict(zip(METRICS, values, strict=True))


def _percent(part: float, whole: float) -> float:
    return 100.0 * float(part) / float(whole) if whole else float("nan")


def _mean_autocorrelation(melodies: Tokens, lag: int) -> float:
    """The mean over whole melodies; those that repeat one token have none."""
    top, bottom = (side[:, -1] for side in _lagged(melodies, lag))
    varied = bottom > 0
    return float((top[varied] / bottom[varied]).mean()) if varied.any() else float("nan")


def _autocorrelation(melodies: Tokens, grid: Grid) -> Floats:
    """Whole numbers up to one division a term: a tie at .15 is a tie."""
    penalty = np.zeros(len(melodies), np.int64)  # in quanta
    for lag in LAGS:
        top, bottom = _lagged(melodies, lag)
        strong = 20 * np.abs(top) > 3 * bottom
        r = np.divide(np.abs(top), bottom, out=np.zeros(top.shape), where=bottom > 0)
        penalty += np.where(strong, np.round(3 * r / QUANTUM), 0).astype(np.int64).sum(axis=1)
    return np.asarray(-QUANTUM * penalty, np.float64)


def _lagged(melodies: Tokens, lag: int) -> tuple[Ints, Ints]:
    """Autocorrelation (P, T - lag) of each beginning of more than `lag` tokens, as numerator and denominator."""
    x = melodies.astype(np.int64)
    n = np.arange(1 + lag, x.shape[1] + 1)
    total, squares = x.cumsum(axis=1), (x * x).cumsum(axis=1)
    products = (x[:, :-lag] * x[:, lag:]).cumsum(axis=1)
    whole, without_last = total[:, lag:], total[:, :-lag]
    ends = without_last + whole - total[:, lag - 1 : lag]  # sums of all but the last, and all but the first `lag`
    top = n * n * products - n * whole * ends + (n - lag) * whole * whole
    return top, n * (n * squares[:, lag:] - whole * whole)


def _runs(melodies: Tokens) -> tuple[Ints, Ints]:
    """Different pitches of each run of 8 tokens (P, T - 7), and a number that names the run."""
    if melodies.shape[1] < WINDOW:
        return (np.zeros((len(melodies), 0), np.int64),) * 2
    runs = np.lib.stride_tricks.sliding_window_view(melodies, WINDOW, axis=1)
    ordered = np.sort(runs, axis=2)
    first = np.ones(ordered.shape, np.bool_)
    first[:, :, 1:] = ordered[:, :, 1:] != ordered[:, :, :-1]
    names = runs.astype(np.int64) @ 256 ** np.arange(WINDOW)  # whole numbers that may wrap round stay different
    return (first & (ordered >= FIRST_PITCH)).sum(axis=2), names


def _repeats(names: Ints) -> Bools:
    """Whether each run (P, N) occurred before, without overlap."""
    found = np.zeros(names.shape, np.bool_)
    for back in range(WINDOW, names.shape[1]):
        found[:, back:] |= names[:, back:] == names[:, :-back]
    return found


def _motif(melodies: Tokens, grid: Grid) -> Floats:
    pitches, _ = _runs(melodies)
    tenths: Ints = np.where(pitches >= LEAST, 30 + 3 * (pitches - LEAST), 0).sum(axis=1)
    return tenths / 10.0


def _repeated_motif(melodies: Tokens, grid: Grid) -> Ints:
    pitches, names = _runs(melodies)
    return np.where((pitches >= LEAST) & _repeats(names), 4 + pitches - LEAST, 0).sum(axis=1)
