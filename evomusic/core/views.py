"""Views: the agent state, as a function of the melody so far.

An agent state consists of the memories of chosen observers, with or without the clock. A view with all rule memories
and the clock is Markov; most others are not, and their optimal policies return less: the cost of partial observability.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.automata import Automaton, TooManyStates, compose, tabulate
from evomusic.core.checks import able, flag, instance, nearest, whole, wrong
from evomusic.core.grid import Event, Slot
from evomusic.core.rule import Observer
from evomusic.core.task import Task


@dataclass(frozen=True)
class LastPitches:
    """Remembers the last `count` pitches; its values are 0.

    Args:
        count: number of pitches, at least 1.
    """

    count: int = 1

    start = ()
    hears = ()

    def __post_init__(self) -> None:
        whole("LastPitches count", self.count, 1)

    def read(self, memory: tuple[int, ...], event: Event, slot: Slot) -> tuple[Hashable, float]:
        """The pitches after the event, latest last."""
        return (*memory, event.pitch)[-self.count :] if event.is_note else memory, 0.0


@dataclass(frozen=True)
class BarPosition:
    """Remembers the position of the last token in its bar; its values are 0."""

    start = -1
    hears = ("position",)

    def read(self, memory: int, event: Event, slot: Slot) -> tuple[Hashable, float]:
        """The position of the event, in steps from the start of its bar."""
        return slot.position, 0.0


@dataclass(frozen=True, kw_only=True)
class View:
    """An agent state.

    Args:
        observers: rules, or other automata with start, hears and read; their memories are seen.
        clock: whether the step is seen.
        rules: whether the memories of all of the task's rules are seen too.
        observation: whether the memories of the task's own `observers` are seen too.
    """

    observers: tuple[Observer, ...] = ()
    clock: bool = True
    rules: bool = False
    observation: bool = False

    def __post_init__(self) -> None:
        instance("view observers", self.observers, (tuple, list), "a tuple of observers, such as (LastPitches(2),)")
        for observer in self.observers:
            able("an observer of a view", observer, ("read",), "an observer: a rule, or what has start, hears and read")
        flag("view clock", self.clock)
        flag("view rules", self.rules)
        flag("view observation", self.observation)
        object.__setattr__(self, "observers", tuple(self.observers))

    @classmethod
    def named(cls, name: str) -> View:
        """A ready view.

        `blind` sees the clock, `short` the last pitch too, `pair` two, `markov` all rule memories. Without the clock,
        `pitch` sees the last pitch alone, `pitches` the last two, `bar` the last pitch and the position in the bar.
        `observation` sees the clock and what the task shows: its own `observers`.

        Raises:
            ValueError: no view has that name.
        """
        instance("view name", name, str, f"one of {', '.join(map(repr, NAMED))}")
        if name not in NAMED:
            raise ValueError(f"view {name!r} is not known, expected one of {', '.join(NAMED)}{nearest(name, NAMED)}")
        return NAMED[name]

    def on(self, task: Task) -> View:
        """The same view of a task, with the task's own observers listed among its observers."""
        return replace(self, observers=self.observers + task.observers, observation=False) if self.observation else self

    def is_markov(self, task: Task) -> bool:
        """Whether the state determines each rule's reward for every token, and its own next state.

        Where all rules are seen, their sum by fused group is what counts.

        Computed from pairs of automata that can meet, never from joint states of all rules.

        Raises:
            TooManyStates: only the joint memories of many observers could tell, and they are too many to list.
        """
        if task.rewards_at_end:
            return False  # the reward at the end depends on the whole melody
        if self.rules and self.clock:
            return True  # the memories of all rules and the step: Markov by construction
        seen = observed(task, self)
        if not self.clock and not all(_tells(seen, _own(auto), self.clock) for auto in seen.automata):
            return False
        automata = task.machine.groups if self.rules else task.machine.automata  # a group: the sum of its rules
        return all(_tells(seen, auto, self.clock) for auto in automata)


NAMED = {
    "blind": View(),
    "short": View(observers=(LastPitches(),)),
    "pair": View(observers=(LastPitches(2),)),
    "markov": View(rules=True),
    "pitch": View(observers=(LastPitches(),), clock=False),
    "pitches": View(observers=(LastPitches(2),), clock=False),
    "bar": View(observers=(LastPitches(), BarPosition()), clock=False),
    "observation": View(observation=True),
}


def as_view(view: View | str) -> View:
    """A view from itself or its name.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(view, str):
        return View.named(view)
    if not isinstance(view, View):
        raise wrong("view", view, f"a View, or one of {', '.join(map(repr, NAMED))}")
    return view


class Observed(NamedTuple):
    """A view on a task's grid: the observers written out. All memories of all of them are the agent state."""

    automata: tuple[Automaton, ...]
    clock: bool


@lru_cache(maxsize=32)
def observed(task: Task, view: View) -> Observed:
    """The observers of a view, written out on the task's grid.

    Raises:
        TooManyStates: an observer remembers too much.
    """
    automata = tuple(_blank(tabulate(o, task.grid)) for o in view.on(task).observers)
    rules = tuple(_blank(g) for g in task.machine.groups) if view.rules else ()
    return Observed(automata + rules, view.clock)


def _blank(auto: Automaton) -> Automaton:
    """The automaton with all values 0."""
    return auto._replace(value=np.zeros_like(auto.value))


def _own(auto: Automaton) -> Automaton:
    """The automaton with its next memory as value: equal values then mean equal transitions."""
    return auto._replace(value=auto.next.astype(np.float64))


def _tells(seen: Observed, auto: Automaton, clock: bool) -> bool:
    """Whether the memories that are seen determine the value of `auto` for each token."""
    if not seen.automata:
        return _determined(None, auto, clock)
    most = len(seen.automata)
    for count in sorted({1, min(2, most), most}):  # alone, in pairs, all of them: one of these tells if any do
        for some in combinations(seen.automata, count):
            joint = joined(some)
            if joint is None:
                if count == most:
                    raise TooManyStates(
                        "whether this view is Markov needs its observers' joint memories: too many to list"
                    )
                continue
            if _determined(joint, auto, clock):
                return True
    return False


def listed(task: Task, view: View, cells: int) -> Automaton | None:
    """The view's memories as one automaton, if there are at most `cells` cells of state and token; else None."""
    seen, tokens, steps = observed(task, view), task.grid.tokens, task.grid.steps
    if not seen.automata:
        return Automaton(np.zeros(steps, np.int64), np.zeros((1, 1, tokens), np.int32), np.zeros((1, 1, tokens)))
    most = cells // (tokens * (steps if seen.clock else 1))
    joint = joined(seen.automata, limit=max(most, 1))
    return joint if joint is not None and joint.size <= most else None


def joined(automata: tuple[Automaton, ...], limit: int = 50_000) -> Automaton | None:
    """One automaton of several observers' memories; None beyond `limit`."""
    joint = automata[0]
    for auto in automata[1:]:
        both = compose(joint, auto, limit=limit)
        if both is None:
            return None
        joint = both
    return joint


def _determined(seen: Automaton | None, auto: Automaton, clock: bool) -> bool:
    """Whether the values of `auto` follow from the memory that is seen (and the step), over all reachable pairs."""
    memories = seen.size if seen else 1
    expected, visited = np.zeros((memories, auto.next.shape[2])), np.zeros(memories, np.bool_)
    pairs = np.zeros(1, np.int64)  # memory that is seen x size + auto's own
    for t, k in enumerate(auto.slot):
        m, r = np.divmod(pairs, auto.size)
        values = auto.value[k, r]  # (N, A)
        if clock:
            visited[:] = False
        new = ~visited[m]
        expected[m[new]], visited[m] = values[new], True  # of pairs that look alike the last, compared with all
        if not np.array_equal(expected[m], values):
            return False
        ahead = seen.next[seen.slot[t]][m].astype(np.int64) if seen else np.int64(0)
        pairs = _distinct(ahead * auto.size + auto.next[k][r], memories * auto.size)
    return True


def _distinct(numbers: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """The different numbers, in order; all are below `most`. Marks are several times faster than sorting."""
    if most > 2**26:
        return np.unique(numbers)
    marks = np.zeros(most, np.bool_)
    marks[numbers] = True
    return np.flatnonzero(marks)
