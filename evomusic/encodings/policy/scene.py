"""Scenes: the observations and actions of a policy, on a task seen through a view.

An agent state is represented in two ways: as sparse inputs of a network, and as named features that a tree reads. A
tree also reads features of the candidate token. Neither contains anything that the view does not observe.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.automata import Automaton, tabulate
from evomusic.core.checks import instance
from evomusic.core.grid import FIRST_PITCH, Event, Grid, Slot
from evomusic.core.rule import Observer
from evomusic.core.task import Task
from evomusic.core.views import LastPitches, View, as_view, listed, observed
from evomusic.encodings.policy.rollout import Writing

CELLS = 2**23  # greatest number of pairs of agent state and token for which a view is tabulated
NO_PITCH = -1

Columns = list[tuple[str, NDArray[np.float64]]]  # features: a name, and a number for each row


class Inputs(NamedTuple):
    """Sparse inputs of a network by agent state: input places[s, j] has the value amounts[s, j], all others 0."""

    places: NDArray[np.int32]  # (S, k)
    amounts: NDArray[np.float64]  # (S, k)
    size: int  # number of inputs


class Scene(NamedTuple):
    """Observations and actions of a policy; `seen` are features of agent states, `offered` of candidate actions."""

    states: int
    actions: int
    model: Any  # a Writing, or the outcomes of a FiniteMDP
    span: int  # agent states that an episode visits, about; 1 / span is a table's default mutation rate
    inputs: Inputs
    seen: Columns  # (S,) each
    offered: Columns  # (A,) each
    pitch: NDArray[np.int64]  # (A,) MIDI pitch of each token, -1 for none
    recent: NDArray[np.int64]  # (S, n) last pitches in view, latest first, -1 for none
    chord: NDArray[np.int64]  # (S,) pitch classes of the chord in view as bits; (0,) where none is seen


def checked_view(view: object) -> View:
    """An argument `view`, or the view of that name.

    Raises:
        ValueError: it is neither a view nor the name of one.
    """
    return as_view(instance("view", view, (View, str), "an em.View, or the name of one such as 'short'"))


def scene_of(problem: Any, view: View) -> Scene:
    """The scene of a task seen through a view, or a PolicySearch's own."""
    found = getattr(problem, "scene", None)
    return found if isinstance(found, Scene) else task_scene(problem, view)


@lru_cache(maxsize=32)
def task_scene(task: Task, view: View) -> Scene:
    """The scene of a task seen through a view.

    Raises:
        ValueError: the view has too many states to tabulate.
    """
    view = view.on(task)
    grid, joint = task.grid, listed(task, view, CELLS)
    if joint is None:
        raise ValueError(f"the states of {view} on task {task.name!r} are too many to list; use a view that sees less")
    step = np.repeat(np.arange(grid.steps), joint.size) if view.clock else np.zeros(joint.size, np.int64)
    memory = np.tile(np.arange(joint.size), grid.steps if view.clock else 1)
    parts = _parts(task, view, joint)[memory]  # (S, V)
    clocks = _clock(grid)
    seen = [(name, column[step]) for name, column in clocks] if view.clock else []
    recent, memories = _memory_features(task, view, parts)
    return Scene(
        len(memory),
        grid.tokens,
        Writing(joint.next, joint.slot, view.clock),
        grid.steps if view.clock else joint.size,
        _inputs(task, view, parts, step),
        seen + memories,
        _offered(grid),
        np.array([NO_PITCH] * FIRST_PITCH + list(grid.pitches), np.int64),
        recent,
        _chords(grid)[step] if view.clock and grid.chords else np.zeros(0, np.int64),
    )


def _parts(task: Task, view: View, joint: Automaton) -> NDArray[np.int64]:
    """Memory (M, V) of each observer in each joint memory; zeros in those that are never reached."""
    automata = observed(task, view).automata
    parts, front = np.zeros((joint.size, len(automata)), np.int64), np.zeros(1, np.int64)
    for t in range(task.grid.steps):
        ahead = joint.next[joint.slot[t]][front]  # (N, A)
        for v, auto in enumerate(automata):
            parts[ahead, v] = auto.next[auto.slot[t]][parts[front, v]]
        front = np.unique(ahead).astype(np.int64)
    return parts


def _inputs(task: Task, view: View, parts: NDArray[np.int64], step: NDArray[np.int64]) -> Inputs:
    """A constant 1, then one-hot memories of each observer and, with the clock, one-hot step of the bar and bar."""
    grid, columns, size = task.grid, [np.zeros(len(parts), np.int64)], 1
    for v, auto in enumerate(observed(task, view).automata):
        columns.append(size + parts[:, v])
        size += auto.size
    if view.clock:
        bar, position = np.divmod(step - grid.pickup, grid.steps_per_bar)
        columns += [size + position, size + grid.steps_per_bar + bar + bool(grid.pickup)]
        size += grid.steps_per_bar + len(grid.bar_spans)
    places = np.stack(columns, axis=1).astype(np.int32)
    return Inputs(places, np.ones(places.shape), size)


def _clock(grid: Grid) -> Columns:
    """Features of each step by the clock, from 0 to 1: (T,) each."""
    slots = [grid.slot(t) for t in range(grid.steps)]
    per, phrase = grid.steps_per_bar, min(grid.phrase_bars, grid.bars)
    rows = {
        "progress": [t / grid.steps for t in range(grid.steps)],
        "position": [s.position / per for s in slots],
        "phrase": [(s.phrase_bar * per + s.position) / (phrase * per) for s in slots],
        "strength": [s.strength / 3 for s in slots],
        "beat": [s.on_beat for s in slots],
        "closing": [s.phrase_bar == phrase - 1 or s.bar == grid.bars - 1 for s in slots],
    }
    return [(name, np.array(row, float)) for name, row in rows.items()]


def _chords(grid: Grid) -> NDArray[np.int64]:
    """Pitch classes (T,) of each step's chord, as bits."""
    return np.array([sum(1 << pc for pc in set(grid.slot(t).chord)) for t in range(grid.steps)], np.int64)


def _offered(grid: Grid) -> Columns:
    """Features of each token: (A,) each."""
    tokens = np.arange(grid.tokens)
    pitches = np.array(grid.pitches, float)
    height = (pitches - pitches[0]) / max(pitches[-1] - pitches[0], 1)
    return [
        ("rest", (tokens == 0).astype(float)),
        ("hold", (tokens == 1).astype(float)),
        ("note", (tokens >= FIRST_PITCH).astype(float)),
        ("height", np.concatenate([np.zeros(FIRST_PITCH), height])),
    ]


def _memory_features(task: Task, view: View, parts: NDArray[np.int64]) -> tuple[NDArray[np.int64], Columns]:
    """Last pitches in view (S, n), and features (S,) of all other memories."""
    pitches: list[NDArray[np.int64]] = []
    numbers: Columns = []
    for v, observer in enumerate(view.observers):
        words: dict[str, float] = {}
        memories = [_flat(m, words) for m in _memories(observer, task.grid)]
        width = max(map(len, memories))
        if isinstance(observer, LastPitches):
            table = np.array([[NO_PITCH] * (width - len(m)) + m for m in memories], np.int64).reshape(-1, width)
            pitches += list(table[:, ::-1][parts[:, v]].T)  # latest first
            continue
        rows = np.array([m + [0.0] * (width - len(m)) for m in memories], float).reshape(len(memories), width)
        name = type(observer).__name__
        numbers += [(f"{name}.{v}.{j}", rows[parts[:, v], j]) for j in range(width)]
    for v in range(len(view.observers), parts.shape[1]):  # memories of groups of rules have only numbers
        numbers.append((f"rules.{v}", parts[:, v] / max(int(parts[:, v].max()), 1)))
    return np.stack(pitches, axis=1) if pitches else np.zeros((len(parts), 0), np.int64), numbers


class _Listing:
    """An observer that lists its memories in the order in which `tabulate` numbers them."""

    def __init__(self, observer: Observer) -> None:
        self.inner, self.start, self.hears = observer, observer.start, observer.hears
        self.memories: dict[Hashable, None] = {observer.start: None}

    def read(self, memory: Any, event: Event, slot: Slot) -> tuple[Hashable, float]:
        """The observer's next memory and value."""
        following, value = self.inner.read(memory, event, slot)
        self.memories.setdefault(following)
        return following, value


def _memories(observer: Observer, grid: Grid) -> list[Hashable]:
    """All memories of an observer, in the order of their numbers."""
    listing = _Listing(observer)
    tabulate(listing, grid)
    return list(listing.memories)


def _flat(memory: Any, words: dict[str, float]) -> list[float]:
    """A memory as numbers: tuples end to end, None as 0, words numbered in the order of their appearance."""
    if isinstance(memory, (tuple, frozenset)):
        parts = sorted(memory, key=repr) if isinstance(memory, frozenset) else memory
        return [number for part in parts for number in _flat(part, words)]
    if isinstance(memory, (bool, int, float)):
        return [float(memory)]
    return [0.0 if memory is None else words.setdefault(str(memory), 1.0 + len(words))]
