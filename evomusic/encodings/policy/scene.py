"""Scenes: what a policy sees and what it may do, on a task through a view.

An agent state is shown in two ways: as inputs of a network (few that are not zero, by place and amount), and as named
numbers for a tree. A tree is also shown the token that it is to judge. Nothing is shown that the view does not see.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.automata import Automaton, tabulate
from evomusic.core.grid import FIRST_PITCH, Event, Grid, Slot
from evomusic.core.rule import Observer
from evomusic.core.task import Task
from evomusic.core.views import LastPitches, View, listed, observed
from evomusic.encodings.policy.rollout import Writing

CELLS = 2**23  # cells of agent state and token up to which a view is listed
NO_PITCH = -1

Columns = list[tuple[str, NDArray[np.float64]]]  # names, and a number a row


class Inputs(NamedTuple):
    """A network's inputs by agent state: input places[s, j] is amounts[s, j], all others are 0."""

    places: NDArray[np.int32]  # (S, k)
    amounts: NDArray[np.float64]  # (S, k)
    size: int  # number of inputs


class Scene(NamedTuple):
    """What a policy sees and may do; `seen` columns are numbers a state, `offered` ones numbers a candidate token."""

    states: int
    actions: int
    model: Any  # Writing, or what an MDP's search walks
    span: int  # states that an episode meets, about: a table's mutation rate goes by it
    inputs: Inputs
    seen: Columns  # (S,) each
    offered: Columns  # (A,) each
    pitch: NDArray[np.int64]  # (A,) MIDI pitch of each token, -1 for none
    recent: NDArray[np.int64]  # (S, n) last pitches in view, latest first, -1 for none
    chord: NDArray[np.int64]  # (S,) pitch classes of the chord in view as bits; (0,) where none is seen


def scene_of(problem: Any, view: View) -> Scene:
    """The scene of a task through a view, or that of a PolicySearch, which has its own."""
    found = getattr(problem, "scene", None)
    return found if isinstance(found, Scene) else task_scene(problem, view)


@lru_cache(maxsize=32)
def task_scene(task: Task, view: View) -> Scene:
    """What is seen of a task through a view.

    Raises:
        ValueError: the view has too many states to list.
    """
    grid, joint = task.grid, listed(task, view, CELLS)
    if joint is None:
        raise ValueError(f"the states of {view} on task {task.name!r} are too many to list; use a view that sees less")
    step = np.repeat(np.arange(grid.steps), joint.size) if view.clock else np.zeros(joint.size, np.int64)
    memory = np.tile(np.arange(joint.size), grid.steps if view.clock else 1)
    parts = _parts(task, view, joint)[memory]  # (S, V)
    clocks = _clock(grid)
    seen = [(name, column[step]) for name, column in clocks] if view.clock else []
    recent, numbers = _remembered(task, view, parts)
    return Scene(
        len(memory),
        grid.tokens,
        Writing(joint.next, joint.slot, view.clock),
        grid.steps if view.clock else joint.size,
        _inputs(task, view, parts, step),
        seen + numbers,
        _offered(grid),
        np.array([NO_PITCH] * FIRST_PITCH + list(grid.pitches), np.int64),
        recent,
        _chords(grid)[step] if view.clock and grid.chords else np.zeros(0, np.int64),
    )


def _parts(task: Task, view: View, joint: Automaton) -> NDArray[np.int64]:
    """(M, V) memory of each observer in each joint memory; zeros in those that are never met."""
    automata = observed(task, view).automata
    told, front = np.zeros((joint.size, len(automata)), np.int64), np.zeros(1, np.int64)
    for t in range(task.grid.steps):
        ahead = joint.next[joint.slot[t]][front]  # (N, A)
        for v, auto in enumerate(automata):
            told[ahead, v] = auto.next[auto.slot[t]][told[front, v]]
        front = np.unique(ahead).astype(np.int64)
    return told


def _inputs(task: Task, view: View, parts: NDArray[np.int64], step: NDArray[np.int64]) -> Inputs:
    """One that is always 1, then one a memory of each observer; one a step of the bar and one a bar with the clock."""
    grid, columns, size = task.grid, [np.zeros(len(parts), np.int64)], 1
    for v, auto in enumerate(observed(task, view).automata):
        columns.append(size + parts[:, v])
        size += auto.size
    if view.clock:
        bar, position = np.divmod(step, grid.steps_per_bar)
        columns += [size + position, size + grid.steps_per_bar + bar]
        size += grid.steps_per_bar + grid.bars
    places = np.stack(columns, axis=1).astype(np.int32)
    return Inputs(places, np.ones(places.shape), size)


def _clock(grid: Grid) -> Columns:
    """What the clock says of each step, as numbers from 0 to 1; (T,) each."""
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
    """(T,) pitch classes of each step's chord, as bits."""
    return np.array([sum(1 << pc for pc in set(grid.slot(t).chord)) for t in range(grid.steps)], np.int64)


def _offered(grid: Grid) -> Columns:
    """What a token is by itself; (A,) each."""
    tokens = np.arange(grid.tokens)
    pitches = np.array(grid.pitches, float)
    height = (pitches - pitches[0]) / max(pitches[-1] - pitches[0], 1)
    return [
        ("rest", (tokens == 0).astype(float)),
        ("hold", (tokens == 1).astype(float)),
        ("note", (tokens >= FIRST_PITCH).astype(float)),
        ("height", np.concatenate([np.zeros(FIRST_PITCH), height])),
    ]


def _remembered(task: Task, view: View, parts: NDArray[np.int64]) -> tuple[NDArray[np.int64], Columns]:
    """Pitches in view (S, n), and what else is remembered, as numbers (S,) each."""
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
        told = np.array([m + [0.0] * (width - len(m)) for m in memories], float).reshape(-1, width)
        name = type(observer).__name__
        numbers += [(f"{name}.{v}.{j}", told[parts[:, v], j]) for j in range(width)]
    for v in range(len(view.observers), parts.shape[1]):  # memories of groups of rules bear numbers alone
        numbers.append((f"rules.{v}", parts[:, v] / max(int(parts[:, v].max()), 1)))
    return np.stack(pitches, axis=1) if pitches else np.zeros((len(parts), 0), np.int64), numbers


class _Listing:
    """An observer that keeps a list of its memories, in the order in which `tabulate` numbers them."""

    def __init__(self, observer: Observer) -> None:
        self.inner, self.start, self.hears = observer, observer.start, observer.hears
        self.met: dict[Hashable, None] = {observer.start: None}

    def read(self, memory: Any, event: Event, slot: Slot) -> tuple[Hashable, float]:
        """What the observer reads."""
        following, value = self.inner.read(memory, event, slot)
        self.met.setdefault(following)
        return following, value


def _memories(observer: Observer, grid: Grid) -> list[Hashable]:
    """An observer's memories by number."""
    listing = _Listing(observer)
    tabulate(listing, grid)
    return list(listing.met)


def _flat(memory: Any, words: dict[str, float]) -> list[float]:
    """A memory as numbers: tuples end to end, nothing as 0, words by the order in which they were met."""
    if isinstance(memory, (tuple, frozenset)):
        parts = sorted(memory, key=repr) if isinstance(memory, frozenset) else memory
        return [number for part in parts for number in _flat(part, words)]
    if isinstance(memory, (bool, int, float)):
        return [float(memory)]
    return [0.0 if memory is None else words.setdefault(str(memory), 1.0 + len(words))]
