"""Aspects: what a listener may care for in a melody, as standardised columns, and the reward that weights of them make.

The aspects of a task are its rules, each by its own value, and measures of finished melodies. They are centred and
scaled by a reference sample, so that a weight of 1 counts a standard deviation. What nine of ten melodies there have
alike tells few of them apart, and a measure that follows another aspect tells little new: both are left out, for the
choices that a belief takes grow with the number of aspects.

Letters: P melodies, T steps, D aspects.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic import measures as m
from evomusic.core import kernels
from evomusic.core.checks import flag, instance, number, shape
from evomusic.core.melody import checked_melodies
from evomusic.core.reward import Reward, names_of
from evomusic.core.rule import Measure, Rule
from evomusic.core.task import Task
from evomusic.encodings.samples import style_samples
from evomusic.listener.height import MeanPitch
from evomusic.listener.preference import Preference
from evomusic.listener.words import Words, words_of
from evomusic.models.arrays import real_array
from evomusic.rules.generator import PitchHalf, RhythmHalf
from evomusic.rules.style import PitchStyle, RhythmStyle
from evomusic.song.reward import AtMost, Typicality

Floats = NDArray[np.float64]
WHOLE: Final = (AtMost, Typicality)  # measures that hold a model or rules, by which aspects stand
DRAWS: Final = 1000  # melodies of a reference sample
SEED: Final = 1950  # of these draws
USUAL: Final = 0.9  # share of the reference with one and the same value from which an aspect counts as constant
ALIKE: Final = 0.7  # size of a correlation from which a measure repeats an aspect before it
MEASURES: Final[tuple[Measure, ...]] = (
    MeanPitch(),
    m.NotesPerBar(),
    m.PitchRange(),
    m.PitchEntropy(),
    m.IntervalEntropy(),
    m.LengthEntropy(),
    m.StepShare(),
    m.RepeatShare(),
    m.LeapShare(),
    m.TurnShare(),
    m.SyncopationShare(),
    m.RestShare(),
    m.BarRepetition(),
    m.RhythmRepetition(),
    m.Autocorrelation(),
)


class Learnt(NamedTuple):
    """A statement on a listener: words, the probability that they are true, the weight and its 95 % interval."""

    text: str
    sure: float
    weight: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Aspects:
    """The aspects of a task, standardised on a reference sample.

    Args:
        task: the task.
        parts: the rules, then the measures, whose values are the aspects.
        mean: (D,) of their values on the reference.
        sd: (D,) standard deviation there, above 0.
        correlation: (D, D) there.
        spread: standard deviation there of the task's own return.

    `Aspects.of` makes them.
    """

    task: Task
    parts: tuple[Rule | Measure, ...]
    mean: Floats
    sd: Floats
    correlation: Floats
    spread: float

    @classmethod
    def of(cls, task: Task, reference: ArrayLike | None = None) -> Aspects:
        """The aspects of a task on a reference sample.

        Args:
            task: a task; its rules, those of a cap on them, the two halves of its style, and measures are the aspects.
            reference: melodies (P, T), two or more; 1,000 draws of the task's song or style, or uniform random tokens
                where it has none, when None.

        Raises:
            ValueError: `task` is no task with rules, the melodies do not fit its grid, or no aspect differs on them.
        """
        instance("task", task, Task, "a Task, such as em.make('tune')")
        rows = _draws(task) if reference is None else checked_melodies(reference, task.grid)
        every: tuple[Rule | Measure, ...] = (*_rules(task), *_measures(task))
        values = _values(task, every, rows)
        places = _different(values, sum(_is_rule(part) for part in every))
        if not places:
            raise ValueError(f"reference has {len(rows)} melodies without a difference, expected some that differ")
        values, parts = values[:, places], tuple(every[i] for i in places)
        correlation = np.atleast_2d(np.corrcoef(values.T))
        return cls(task, parts, values.mean(axis=0), values.std(axis=0), correlation, float(task.evaluate(rows).std()))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """A short name for each aspect: the class, with its parameters where two share it."""
        return names_of(self.parts)

    @cached_property
    def words(self) -> tuple[Words, ...]:
        """For each aspect, phrases for less and for more of it."""
        return tuple(map(words_of, self.parts))

    @cached_property
    def is_rule(self) -> NDArray[np.bool_]:
        """Whether each aspect (D,) is a rule, which a table holds, or a measure of the finished melody."""
        return np.array([_is_rule(part) for part in self.parts])

    def values(self, melodies: ArrayLike) -> Floats:
        """Standardised aspects (P, D) of melodies (P, T).

        Raises:
            ValueError: the melodies do not fit the grid.
        """
        rows = checked_melodies(melodies, self.task.grid)
        return (_values(self.task, self.parts, rows) - self.mean) / self.sd

    def learnt(self, preference: Preference) -> list[Learnt]:
        """The belief in words, most certain first."""
        self._weights(preference.mean)
        found = []
        for words, weight, sd in zip(self.words, preference.mean.tolist(), preference.sd.tolist(), strict=True):
            sure = 0.5 * (1 + math.erf(abs(weight) / max(sd, 1e-300) / math.sqrt(2)))
            phrase = words.more if weight >= 0 else words.less
            low, high = weight - 1.96 * sd, weight + 1.96 * sd
            found.append(Learnt(f"You like melodies with {phrase}", sure, weight, low, high))
        return sorted(found, key=lambda each: (-each.sure, each.text))

    def units(self, weights: ArrayLike, steer: float = 1.0, *, measures: bool = True) -> Floats:
        """Weight (D,) that each rule and measure adds to `reward` for a weight of 1 of its standardised aspect."""
        steer, weights = number("steer", steer, 0, 1), self._weights(weights)
        used = weights if flag("measures", measures) else np.where(self.is_rule, weights, 0.0)
        spread = math.sqrt(max(float(used @ self.correlation @ used), 0.0))
        scale = (self.spread if self.spread > 0 else 1.0) / spread if spread > 0 else 0.0
        return (steer * scale) * np.where(self.is_rule | measures, 1.0, 0.0) / self.sd

    def reward(self, weights: ArrayLike, steer: float = 1.0, *, measures: bool = True) -> Reward:
        """The reward of a listener: the task's rules with other weights, and measures as final rewards.

        A blend of the task's own reward and the listener's, of which both have the standard deviation of the own return
        on the reference. A rule that is no aspect stays as it is, for no choice could tell of it. Rules
        stay a table: everything that runs on the task runs on it. Without a weight it is the task's own reward.

        Args:
            weights: (D,) of the standardised aspects, such as a `Preference.mean` or a draw.
            steer: from 0, the task's own reward, to 1, the listener's alone.
            measures: whether measures enter; without, and where the task has none, the optimum is exact.

        Raises:
            ValueError: the weights are no (D,), or `steer` is no number from 0 to 1.
        """
        units = self.units(weights, steer, measures=measures)
        if not units.any():
            return self.task.reward
        added = dict(zip(self.parts, (units * self._weights(weights)).tolist(), strict=True))
        own = self.task.reward
        heard = set(self.parts) | {part for part in own.final if isinstance(part, WHOLE)}
        rules = _blend(own.rules, {p: w for p, w in added.items() if _is_rule(p)}, steer, heard)
        final = _blend(own.final, {p: w for p, w in added.items() if not _is_rule(p)}, steer, heard)
        groups = {name: tuple(rule for rule in of if rule in rules) for name, of in own.groups.items()}
        groups = {name: left for name, left in groups.items() if left}
        return Reward(rules, final if measures else {p: final[p] for p in final if p in own.final}, groups)

    def steered(self, weights: ArrayLike, steer: float = 1.0, *, measures: bool = True) -> Task:
        """The task with the reward of a listener; arguments as for `reward`."""
        return replace(self.task, reward=self.reward(weights, steer, measures=measures))

    def _weights(self, weights: ArrayLike) -> Floats:
        array = real_array("weights", weights)
        shape("weights", array, (len(self.parts),))
        return array


def _blend(own: Mapping[Any, float], added: Mapping[Any, float], steer: float, heard: set[Any]) -> dict[Any, float]:
    """Own weights, by 1 - steer where choices tell of the part, and added ones; no zeros but the task's own."""
    blend = {part: weight * (1 - steer) if part in heard else weight for part, weight in own.items()}
    for part, weight in added.items():
        blend[part] = blend.get(part, 0.0) + weight
    return {part: weight for part, weight in blend.items() if weight or own.get(part) == 0}


def _is_rule(part: Any) -> bool:
    return isinstance(part, Rule)


def _draws(task: Task) -> NDArray[np.uint8]:
    rng = np.random.default_rng(SEED)
    if task.sampler is None and not task.generator:
        return rng.integers(0, task.grid.tokens, (DRAWS, task.grid.steps), np.uint8)
    return style_samples(task, rng, DRAWS)


def _rules(task: Task) -> list[Rule]:
    """The task's rules, those under a cap, and the rules of its style where none of them is there."""
    rules = dict.fromkeys(task.reward.rules)
    for measure in task.reward.final:
        if isinstance(measure, AtMost):
            rules |= dict.fromkeys(rule for rule, _ in measure.rules)
    kinds = {type(rule) for rule in rules}
    for half in task.generator:
        if isinstance(half, PitchHalf) and PitchStyle not in kinds:
            rules[PitchStyle(style=half.generator.style, tonic=half.generator.tonic)] = None
        if isinstance(half, RhythmHalf) and RhythmStyle not in kinds:
            of = half.generator
            rules[RhythmStyle(style=of.style, beats=of.beats, steps_per_beat=of.steps_per_beat)] = None
    return list(rules)


def _measures(task: Task) -> list[Measure]:
    """Measures of the task's own, and the usual ones; whole models of a style are left out: they are slow to ask."""
    own = [part for part in task.reward.final if not isinstance(part, WHOLE)]
    return list(dict.fromkeys([*own, *MEASURES]))


def _values(task: Task, parts: Sequence[Any], rows: NDArray[np.uint8]) -> Floats:
    """Values (P, D) of rules and measures: a rule's own, whatever its weight in the task."""
    own = {rule: (i, weight) for i, (rule, weight) in enumerate(task.reward.rules.items()) if weight}
    new = tuple(part for part in parts if _is_rule(part) and part not in own)
    table = _rule_parts(task, rows)
    added = _rule_parts(_unweighted(task, new), rows)
    columns = []
    for part in parts:
        if not _is_rule(part):
            columns.append(np.asarray(part(rows, task.grid), float))
        elif part in own:
            columns.append(table[:, own[part][0]] / own[part][1])
        else:
            columns.append(added[:, new.index(part)])
    return np.column_stack(columns)


def _rule_parts(task: Task, rows: NDArray[np.uint8]) -> Floats:
    """Return (P, R) of melodies under each rule of a task, without its measures."""
    out = np.empty((len(rows), len(task.machine.names)))
    kernels.spread(kernels.parts, rows, task.machine.singles, out)
    return out


def _unweighted(task: Task, rules: tuple[Rule, ...]) -> Task:
    """A task of rules with weight 1, made once a task."""
    tables: dict[tuple[Rule, ...], Task] = task.__dict__.setdefault("_unweighted", {})
    if rules not in tables:
        tables[rules] = Task(task.grid, Reward(dict.fromkeys(rules, 1.0)), task.name)
    return tables[rules]


def _different(values: Floats, rules: int) -> list[int]:
    """Columns that are not constant; of measures, those that follow no column before them."""
    places: list[int] = []
    for i, column in enumerate(values.T):
        _, counts = np.unique(column, return_counts=True)
        if len(column) < 2 or counts.max() > USUAL * len(column):
            continue
        if i >= rules and any(abs(np.corrcoef(column, values[:, j])[0, 1]) > ALIKE for j in places):
            continue
        places.append(i)
    return places
