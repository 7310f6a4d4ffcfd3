"""PolicyTree: genetic programming of behaviours. A tree judges each token that might come next."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core import theory
from evomusic.core.task import Task
from evomusic.core.theory import nearest
from evomusic.core.views import View, as_view
from evomusic.encodings.base import Weights, check_count, rate, summed, weighted
from evomusic.encodings.policy import programs as policy_programs
from evomusic.encodings.policy.machine import ARITY, CONSTANT, FIRST_TERM, FUNCTIONS, PAD, Judges, Terms, terms_of
from evomusic.encodings.policy.rollout import melodies_of
from evomusic.encodings.policy.scene import Scene, scene_of

LONGEST = 1024
MUTATIONS = tuple((name, 1.0) for name in policy_programs.MUTATIONS)


class Programs(NamedTuple):
    """Trees in prefix order: codes, and the number of each constant; 0 elsewhere."""

    code: NDArray[np.uint8]  # (P, L)
    value: NDArray[np.float64]  # (P, L)


@dataclass(frozen=True, kw_only=True)
class PolicyTree:
    """The genome is a tree (Koza 1992) whose value is the preference for a candidate token in an agent state.

    Functions: add, sub, mul, min, max, neg, abs, less (1 or 0), if (its first operand above 0). Leaves: constants; with
    the clock progress, position, phrase (shares of melody, bar, phrase), strength, beat, closing (the last bar of a
    phrase); memories of observers as numbers; of the candidate rest, hold, note, height, and in a key in_key, tonic;
    with a pitch in view interval (semitones), repeat, step, leap (3 or more), again for each pitch before; and
    chord_tone. The token preferred most is written, of equals the first: rest, hold, then pitches from the lowest.

    Args:
        view: the agent state, or its name; a PolicySearch sees what it says itself.
        key: a scale such as `G major` by which candidates are told; the grid's own scale when None.
        size: codes a tree at most.
        depth: depth of a tree at most; a lone leaf is 0 deep.
        first_depth: depth of first trees at most.
        crossover_rate: chance that a pair exchanges subtrees.
        mutations: weight by mutation (subtree, point, hoist, shrink, nudge), or one name.
        mutation_rate: chance that an offspring is mutated, by one mutation.

    Raises:
        ValueError: a number is out of range, or a key, a view or a mutation is not known.
    """

    view: View | str = "short"
    key: str | None = None
    size: int = 48
    depth: int = 10
    first_depth: int = 4
    crossover_rate: float = 0.8
    mutations: Weights = MUTATIONS
    mutation_rate: float = 0.3

    def __post_init__(self) -> None:
        object.__setattr__(self, "view", as_view(self.view))
        if self.key is not None:
            theory.parse_scale(self.key)
        for name, least in (("size", 1), ("depth", 0), ("first_depth", 0)):
            check_count(name, getattr(self, name), least)
        if self.size > LONGEST or self.first_depth > self.depth:
            raise ValueError(
                f"size is {self.size} and first_depth {self.first_depth}, "
                f"expected at most {LONGEST} and the depth of {self.depth}"
            )
        object.__setattr__(self, "mutations", weighted("mutations", self.mutations, policy_programs.MUTATIONS))
        for name in ("crossover_rate", "mutation_rate"):
            object.__setattr__(self, name, rate(name, getattr(self, name)))

    def sample(self, task: Task, rng: np.random.Generator, n: int) -> Programs:
        """Ramped half-and-half, n trees."""
        found = Programs(np.empty((n, self.size), np.uint8), np.empty((n, self.size)))
        policy_programs.sample(*found, self.first_depth, len(self._terms(task).names), rng)
        return found

    def vary(self, task: Task, genomes: Programs, rng: np.random.Generator) -> Programs:
        """Offspring of trees."""
        children = Programs(np.array(genomes.code, np.uint8, order="C"), np.array(genomes.value, float, order="C"))
        chances = summed(self.mutations, policy_programs.MUTATIONS)
        terms = len(self._terms(task).names)
        policy_programs.vary(*children, self.crossover_rate, chances, self.mutation_rate, self.depth, terms, rng)
        return children

    def policies(self, task: Task, genomes: Programs) -> tuple[Judges, int]:
        """Policies as kernels know them, and the scratch that they need."""
        scene, terms = self._scene(task), self._terms(task)
        code, value = np.ascontiguousarray(genomes.code), np.ascontiguousarray(genomes.value)
        seen = np.stack([np.zeros(scene.states), *(column for _, column in scene.seen)], axis=1)[:, 1:]
        offered = np.stack([column for _, column in scene.offered], axis=1)
        shown = (np.ascontiguousarray(seen), offered, scene.pitch, scene.recent, scene.chord)
        return Judges(code, value, terms.kinds, terms.columns, *shown), code.shape[1] * scene.actions

    def decode(self, task: Task, genomes: Programs) -> NDArray[np.uint8]:
        """The melodies (P, T) that policies write."""
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
        """The trees of texts.

        Raises:
            ValueError: a word is not known in this scene, brackets or operands do not fit, or a tree is too large.
        """
        names, found = self._terms(task).names, Programs(*_padded(len(texts), self.size))
        for i, text in enumerate(texts):
            codes = _read(re.findall(r"[()]|[^\s()]+", text), names, text)
            code, value = np.array([c for c, _ in codes], np.uint8), np.array([v for _, v in codes])
            if len(codes) > self.size or policy_programs.depth_of(code, len(code)) > self.depth:
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
        known = [("in_key", note & np.isin(scene.pitch % 12, classes)), ("tonic", note & (scene.pitch % 12 == tonic))]
        return scene._replace(offered=scene.offered + [(name, column.astype(float)) for name, column in known])


def _padded(rows: int, size: int) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    return np.full((rows, size), PAD, np.uint8), np.zeros((rows, size))


def _written(names: tuple[str, ...], code: list[int], value: list[float], at: int = 0) -> tuple[str, int]:
    """The text of the subtree at a place, and the place behind it; what is missing is 0."""
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
    """Codes and numbers of a text in words; the words are used up."""
    codes, wanted = [], 1
    opened: list[int] = []  # operands that are missing, by open bracket
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
    """The code of a word, and its number if it is one."""
    known = FUNCTIONS if function else names
    if word in known:
        return known.index(word) + (0 if function else FIRST_TERM), 0.0
    try:
        number = float(word)
    except ValueError:
        number = np.nan
    if function or not np.isfinite(number):
        what = "a function" if function else "a number or a leaf of this scene"
        raise ValueError(f"{word!r} is not {what}, expected one of {', '.join(known)}{nearest(word, known)}")
    return CONSTANT, number
