"""PolicyTree: genetic programming of policies, in which an expression tree scores each candidate token."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core import theory
from evomusic.core.checks import probability, whole
from evomusic.core.space import Range, Space
from evomusic.core.task import Task
from evomusic.core.theory import nearest
from evomusic.core.views import View, as_view
from evomusic.encodings.base import (
    MOST,
    Weights,
    assign,
    checked_scale,
    checked_texts,
    cumulative_weights,
    operator_weights,
)
from evomusic.encodings.policy import programs
from evomusic.encodings.policy.machine import (
    ARITY,
    CONSTANT,
    FIRST_TERM,
    FUNCTIONS,
    PAD,
    ProgramPolicies,
    Terms,
    terms_of,
)
from evomusic.encodings.policy.rollout import melodies_of
from evomusic.encodings.policy.scene import Scene, checked_view, scene_of

LONGEST = 1024  # greatest number of codes in a tree
MUTATIONS = tuple((name, 1.0) for name in programs.MUTATIONS)


class Programs(NamedTuple):
    """Trees in prefix order: codes, and the value of each constant; 0 elsewhere."""

    code: NDArray[np.uint8]  # (P, L)
    value: NDArray[np.float64]  # (P, L)


@dataclass(frozen=True, kw_only=True)
class PolicyTree:
    """The genome is an expression tree (Koza 1992) whose value scores a candidate token in an agent state.

    Functions: add, sub, mul, min, max, neg, abs, less (1 or 0), if (whether its first operand is above 0). Terminals:
    constants; with the clock progress, position, phrase (shares of melody, bar and phrase), strength, beat, closing
    (the last bar of a phrase); memories of observers as numbers; of the candidate rest, hold, note, height, and in a
    key in_key, tonic; for each last pitch in view the interval to it (semitones), repeat, step, leap (3 or more); and
    chord_tone. The token of the greatest score is written, of equals the first: rest, hold, then pitches upwards.

    Args:
        view: the view that makes the agent state, or its name; a PolicySearch defines its own.
        key: a scale such as `G major`, for in_key and tonic; the grid's own scale when None.
        size: greatest number of codes in a tree.
        depth: greatest depth of a tree; a single leaf has depth 0.
        first_depth: greatest depth of initial trees.
        crossover_rate: probability that a pair exchanges subtrees.
        mutations: weight by mutation (subtree, point, hoist, shrink, nudge), or one name.
        mutation_rate: probability that an offspring is mutated, by one mutation.

    Raises:
        ValueError: a number is out of range, or a key, a view or a mutation is unknown.
    """

    space: ClassVar[Space] = {
        "crossover_rate": Range(0.0, 1.0),
        "mutation_rate": Range(0.05, 1.0),
    }

    view: View | str = "short"
    key: str | None = None
    size: int = 48
    depth: int = 10
    first_depth: int = 4
    crossover_rate: float = 0.8
    mutations: Weights = MUTATIONS
    mutation_rate: float = 0.3

    def __post_init__(self) -> None:
        if self.key is not None:
            checked_scale("key", self.key)
        depth = whole("depth", self.depth, 0, MOST)
        assign(
            self,
            view=checked_view(self.view),
            size=whole("size", self.size, 1, LONGEST),
            depth=depth,
            first_depth=whole("first_depth", self.first_depth, 0, depth),
            crossover_rate=probability("crossover_rate", self.crossover_rate),
            mutations=operator_weights("mutations", self.mutations, programs.MUTATIONS),
            mutation_rate=probability("mutation_rate", self.mutation_rate),
        )

    def sample(self, task: Task, rng: np.random.Generator, n: int) -> Programs:
        """Trees by ramped half-and-half initialisation, n of them."""
        found = Programs(np.empty((n, self.size), np.uint8), np.empty((n, self.size)))
        programs.sample(
            *found, self.first_depth, len(self._terms(task).names), programs.scratch(self.size).waiting, rng
        )
        return found

    def vary(self, task: Task, genomes: Programs, rng: np.random.Generator) -> Programs:
        """Offspring of trees, one per tree."""
        children = Programs(np.array(genomes.code, np.uint8, order="C"), np.array(genomes.value, float, order="C"))
        weights = cumulative_weights(self.mutations, programs.MUTATIONS)
        terms = len(self._terms(task).names)
        rates, work = (self.crossover_rate, weights, self.mutation_rate), programs.scratch(children.code.shape[1])
        programs.vary(*children, *rates, self.depth, terms, work, rng)
        return children

    def policies(self, task: Task, genomes: Programs) -> tuple[ProgramPolicies, int]:
        """Policies for `rollout`, and the size of the scratch that they need."""
        scene, terms = self._scene(task), self._terms(task)
        code, value = np.ascontiguousarray(genomes.code), np.ascontiguousarray(genomes.value)
        seen = np.stack([np.zeros(scene.states), *(column for _, column in scene.seen)], axis=1)[:, 1:]
        offered = np.stack([column for _, column in scene.offered], axis=1)
        shown = (np.ascontiguousarray(seen), offered, scene.pitch, scene.recent, scene.chord)
        return ProgramPolicies(code, value, terms.kinds, terms.columns, *shown), code.shape[1] * scene.actions

    def decode(self, task: Task, genomes: Programs) -> NDArray[np.uint8]:
        """Melodies (P, T) that policies write."""
        return melodies_of(*self.policies(task, genomes), self._scene(task).model, (len(genomes.code), task.grid.steps))

    def encode(self, task: Task, melodies: NDArray[np.uint8]) -> Programs:
        """Not possible.

        Raises:
            ValueError: always.
        """
        raise ValueError("PolicyTree cannot turn melodies back into a program; begin with samples")

    def text(self, task: Task, genomes: Programs) -> list[str]:
        """Each tree as text that `parse` reads back: `(if beat step (neg leap))`."""
        names = (*FUNCTIONS, "", *self._terms(task).names)
        return [_written(names, *row)[0] for row in zip(genomes.code.tolist(), genomes.value.tolist(), strict=True)]

    def parse(self, task: Task, texts: list[str]) -> Programs:
        """Trees of texts such as `(if beat step (neg leap))`.

        Raises:
            ValueError: `texts` is no list of texts, a word is unknown in this scene, brackets or operands do not match,
                or a tree is too large.
        """
        texts = checked_texts(texts)
        names, found = self._terms(task).names, Programs(*_padded(len(texts), self.size))
        count = programs.scratch(LONGEST).waiting
        for i, text in enumerate(texts):
            codes = _read(re.findall(r"[()]|[^\s()]+", text), names, text)
            code, value = np.array([c for c, _ in codes], np.uint8), np.array([v for _, v in codes])
            if len(codes) > self.size or programs.depth_of(code, len(codes), count) > self.depth:
                raise ValueError(f"{text!r} has {len(codes)} codes, expected at most {self.size}, {self.depth} deep")
            found.code[i, : len(codes)], found.value[i, : len(codes)] = code, value
        return found

    def _terms(self, task: Task) -> Terms:
        return terms_of(self._scene(task))

    def _scene(self, task: Task) -> Scene:
        scene = scene_of(task, as_view(self.view))
        key = self.key or (task.grid.scale if (scene.pitch >= 0).any() else None)
        if key is None or not (scene.pitch >= 0).any():
            return scene
        _, classes = theory.parse_scale(key)
        tonic, note = theory.parse_tonic(key.split()[0]), scene.pitch >= 0
        member, root = np.isin(scene.pitch % 12, classes), scene.pitch % 12 == tonic
        tonality = [("in_key", (note & member).astype(float)), ("tonic", (note & root).astype(float))]
        return scene._replace(offered=scene.offered + tonality)


def _padded(rows: int, size: int) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    return np.full((rows, size), PAD, np.uint8), np.zeros((rows, size))


def _written(names: tuple[str, ...], code: list[int], value: list[float], at: int = 0) -> tuple[str, int]:
    """Text of the subtree at a place, and the place behind it; a missing operand is 0."""
    if at >= len(code) or code[at] == PAD:
        return "0.0", at + 1
    c = code[at] % len(names)
    if c >= CONSTANT:
        return (repr(value[at]) if c == CONSTANT else names[c]), at + 1
    words, after = [names[c]], at + 1
    for _ in range(ARITY[c]):
        word, after = _written(names, code, value, after)
        words.append(word)
    return f"({' '.join(words)})", after


def _read(words: list[str], names: tuple[str, ...], text: str) -> list[tuple[int, float]]:
    """Codes and constants of a text that was split into words."""
    codes, wanted = [], 1
    opened: list[int] = []  # number of operands still missing, by open bracket
    for k, word in enumerate(words):
        if word == ")":
            if not opened or opened.pop():
                raise ValueError(f"{text!r} has a bracket closed too soon, at word {k + 1}")
            continue
        if word == "(":
            continue
        if opened:
            opened[-1] -= 1
        else:
            wanted -= 1
        if wanted < 0 or (opened and opened[-1] < 0):
            raise ValueError(f"{text!r} has too many operands, at {word!r}")
        function = k > 0 and words[k - 1] == "("
        codes.append(_code(word, function, names))
        if function:
            opened.append(int(ARITY[codes[-1][0]]))
    if opened or wanted:
        raise ValueError(f"{text!r} ends too soon: a bracket is open, or nothing is there")
    return codes


def _code(word: str, function: bool, names: tuple[str, ...]) -> tuple[int, float]:
    """Code of a word, and its value if it is a constant."""
    choices = FUNCTIONS if function else names
    if word in choices:
        return choices.index(word) + (0 if function else FIRST_TERM), 0.0
    try:
        number = float(word)
    except ValueError:
        number = np.nan
    if function or not np.isfinite(number):
        kind = "a function" if function else "a number or a leaf of this scene"
        raise ValueError(f"{word!r} is not {kind}, expected one of {', '.join(choices)}{nearest(word, choices)}")
    return CONSTANT, number
