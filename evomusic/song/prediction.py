"""Bits a note: how well n-grams foresee the pitches of melodies that they were not trained on, by cross-validation.

Melodies of any length and metre, as of `corpus.idyom`; the alphabet is that of all their pitches. A model's contexts
are counted and interpolated as everywhere in this folder (`counts.py`); several models are mixed in equal parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import stats

from evomusic.core import theory
from evomusic.core.checks import flag, number, whole, wrong
from evomusic.core.grid import Grid
from evomusic.io import Tune, TuneNote
from evomusic.song.contexts import Context, Contexts, Place
from evomusic.song.counts import Counts, Floats

_OF_PITCH = Contexts(Grid(bars=1), 0).of_pitch  # hears places alone, and no grid
_DEEPEST = 16  # notes before that a model may hear


class Line(NamedTuple):
    """A melody for prediction: its pitches, in semitones, and the places of its notes."""

    pitches: tuple[int, ...]
    places: tuple[Place, ...]


def line_of(tune: Tune, home: bool = False) -> Line:
    """A tune as a line; with `home` its pitches are counted from the tonic of its key signature below them.

    A place has the strength of the beat and whether the note is a quarter or longer. Bars are counted from the first
    one of the file, which is where its sound begins in files that mark no upbeats.

    Raises:
        ValueError: `home` is no bool, or a tonic is asked for of a tune without a key.
    """
    tonic = 0
    if flag("home", home):
        if tune.key is None:
            raise wrong("tune", tune.title or "a tune without a key", "one with a key, or home=False")
        tonic = theory.parse_scale(tune.key)[0] % 12
    places = tuple(Place(0, _strength(tune, note), 0, note.duration >= 1, None, None) for note in tune.notes)
    return Line(tuple(note.pitch - tonic for note in tune.notes), places)


def _strength(tune: Tune, note: TuneNote) -> int:
    """2 where a bar begins, 1 where another beat does, 0 elsewhere, as `Contexts.strengths` has it."""
    metre = next((each for each in reversed(tune.meters) if each.onset <= note.onset), None)
    if metre is None:
        return 0
    compound = metre.numerator % 3 == 0 and metre.numerator > 3
    beat = metre.quarters / (metre.numerator // 3 if compound else metre.numerator)
    offset = (note.onset - metre.onset) % metre.quarters
    return 2 if offset == 0 else int(offset % beat == 0)


@dataclass(frozen=True)
class NGram:
    """A model of pitch by the notes before.

    Args:
        order: how many notes before it hears, 0 to 16.
        metre: whether it hears the place as well, by the contexts of a song's pitches; from order 1 on.
        within: whether it learns from nothing but the melody so far, else from the training melodies alone.
        doubt: added to the number of kinds that a context has seen, from which escapes are made: 0 for PPM-C.

    Raises:
        ValueError: an argument is out of range.

    Source: interpolated PPM with escape C: Witten & Bell (1991); Pearce, "The construction and evaluation of
    statistical models of melodic structure in music perception and composition" (2005), chapter 6.
    """

    order: int = 2
    metre: bool = False
    within: bool = False
    doubt: float = 0.0

    def __post_init__(self) -> None:
        whole("order", self.order, int(flag("metre", self.metre)), _DEEPEST)
        flag("within", self.within)
        number("doubt", self.doubt, 0)

    def contexts(self, line: Line, k: int) -> list[Context]:
        """Contexts of note k of a line, the finest first."""
        last = line.pitches[max(k - self.order, 0) : k]
        if self.metre:
            return _OF_PITCH(line.places[k], last)
        return [last[i:] for i in range(len(last) + 1)]


class Bits(NamedTuple):
    """Bits a note: the mean over folds, its 95 % interval by Student's t, and each fold (F,)."""

    mean: float
    low: float
    high: float
    folds: Floats

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


def bits_of(folds: Floats) -> Bits:
    """Mean and interval of values of folds (F,), such as differences of two models on the same folds."""
    mean = float(folds.mean())
    low, high = stats.t.interval(0.95, len(folds) - 1, loc=mean, scale=stats.sem(folds))
    return Bits(mean, float(low), float(high), folds)


def cross_entropy(lines: Sequence[Line], models: Sequence[NGram], folds: int = 10, seed: int = 0) -> Bits:
    """Bits a note of melodies under a mixture of models that were trained on the other folds.

    The folds are of whole melodies, and the same for all models.

    Args:
        lines: the melodies.
        models: mixed in equal parts.
        folds: number of folds, 2 at least.
        seed: of the shuffle that makes the folds.

    Raises:
        ValueError: there are fewer lines than folds, no model, or an argument is out of range.
    """
    whole("folds", folds, 2)
    if len(lines) < folds:
        raise wrong("lines", f"{len(lines)} melodies", f"at least {folds}, the folds")
    if not models:
        raise wrong("models", models, "one at least, such as [NGram(2)]")
    order = np.random.default_rng(whole("seed", seed)).permutation(len(lines))
    number_of = {pitch: i for i, pitch in enumerate(sorted({pitch for line in lines for pitch in line.pitches}))}
    found = []
    for fold in range(folds):
        tested = order[fold::folds]
        trained = [lines[i] for i in np.setdiff1d(order, tested)]
        counts = [_counted([] if model.within else trained, model, number_of) for model in models]
        found.append(_mean([lines[i] for i in tested], models, counts, number_of))
    return bits_of(np.array(found))


def _counted(lines: Sequence[Line], model: NGram, number_of: dict[int, int]) -> Counts:
    """Counts of a model's contexts in lines."""
    counts = Counts(len(number_of), model.doubt)
    for line in lines:
        for k, pitch in enumerate(line.pitches):
            counts.add(model.contexts(line, k), number_of[pitch])
    return counts


def _mean(lines: Sequence[Line], models: Sequence[NGram], counts: Sequence[Counts], number_of: dict[int, int]) -> float:
    """Bits a note of lines."""
    odds = np.array([p for line in lines for p in _odds(line, models, counts, number_of)])
    return float(-np.log2(odds).mean())


def _odds(line: Line, models: Sequence[NGram], counts: Sequence[Counts], number_of: dict[int, int]) -> Iterator[float]:
    """The probability of each note of a line."""
    counts = [
        _counted([], model, number_of) if model.within else each for model, each in zip(models, counts, strict=True)
    ]
    for k, pitch in enumerate(line.pitches):
        symbol, total = number_of[pitch], 0.0
        for model, each in zip(models, counts, strict=True):
            contexts = model.contexts(line, k)
            total += float(each.odds(contexts)[symbol])
            if model.within:
                each.add(contexts, symbol)
        yield total / len(models)
