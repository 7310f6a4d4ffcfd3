"""Views: what an agent sees of the melody so far.

An agent state is the memories of chosen observers, with or without the clock. A view that knows all rule memories and
the clock is Markov; most are not, and what they miss is what partial observability costs.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.automata import Automaton, TooManyStates, compose, tabulate
from evomusic.core.grid import Event, Slot
from evomusic.core.rule import Observer, require_whole
from evomusic.core.task import Task
from evomusic.core.theory import nearest


@dataclass(frozen=True)
class LastPitches:
    """Remembers the last `count` pitches; pays nothing.

    Args:
        count: number of pitches, at least 1.
    """

    count: int = 1

    start = ()
    hears = ()

    def __post_init__(self) -> None:
        require_whole(self, count=1)

    def read(self, memory: tuple[int, ...], event: Event, slot: Slot) -> tuple[Hashable, float]:
        """The pitches after the event, latest last."""
        return (*memory, event.pitch)[-self.count :] if event.is_note else memory, 0.0


@dataclass(frozen=True)
class BarPosition:
    """Remembers where in the bar the last token was; pays nothing."""

    start = -1
    hears = ("position",)

    def read(self, memory: int, event: Event, slot: Slot) -> tuple[Hashable, float]:
        """The position of the event, in steps from the start of its bar."""
        return slot.position, 0.0


@dataclass(frozen=True, kw_only=True)
class View:
    """An agent state.

    Args:
        observers: anything with start, hears and read; their memories are seen.
        clock: whether the step is seen.
        rules: whether the memories of all of the task's rules are seen too.
    """

    observers: tuple[Observer, ...] = ()
    clock: bool = True
    rules: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "observers", tuple(self.observers))

    @classmethod
    def named(cls, name: str) -> View:
        """A ready view.

        `blind` sees the clock, `short` the last pitch too, `pair` two, `markov` all rule memories. Without the clock,
        `pitch` sees the last pitch alone, `pitches` the last two, `bar` the last pitch and the position in the bar.

        Raises:
            ValueError: no view has that name.
        """
        if name not in NAMED:
            raise ValueError(f"view {name!r} is not known, expected one of {', '.join(NAMED)}{nearest(name, NAMED)}")
        return NAMED[name]

    def is_markov(self, task: Task) -> bool:
        """Whether the state determines each rule's reward for every token, and its own next state.

        Where all rules are seen, their sum by fused group is what counts.

        Computed from pairs of automata that can meet, never from joint states of all rules.

        Raises:
            TooManyStates: only the joint memories of many observers could tell, and they are too many to list.
        """
        if task.late:
            return False  # what is paid at the end depends on the whole melody
        if self.rules and self.clock:
            return True  # the memories of all rules and the step: Markov by construction
        seen = observed(task, self)
        if not self.clock and not all(_tells(seen, _own(auto), self.clock) for auto in seen.automata):
            return False
        paid = (
            task.machine.groups if self.rules else task.machine.automata
        )  # groups remember what tells their rules' sum
        return all(_tells(seen, auto, self.clock) for auto in paid)


NAMED = {
    "blind": View(),
    "short": View(observers=(LastPitches(),)),
    "pair": View(observers=(LastPitches(2),)),
    "markov": View(rules=True),
    "pitch": View(observers=(LastPitches(),), clock=False),
    "pitches": View(observers=(LastPitches(2),), clock=False),
    "bar": View(observers=(LastPitches(), BarPosition()), clock=False),
}


def as_view(view: View | str) -> View:
    """A view, given itself or its name."""
    return View.named(view) if isinstance(view, str) else view


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
    automata = tuple(_blank(tabulate(o, task.grid)) for o in view.observers)
    rules = tuple(_blank(g) for g in task.machine.groups) if view.rules else ()
    return Observed(automata + rules, view.clock)


def _blank(auto: Automaton) -> Automaton:
    """An automaton that pays nothing."""
    return auto._replace(value=np.zeros_like(auto.value))


def _own(auto: Automaton) -> Automaton:
    """An automaton whose value names its next memory: what pays alike then moves alike."""
    return auto._replace(value=auto.next.astype(np.float64))


def _tells(seen: Observed, auto: Automaton, clock: bool) -> bool:
    """Whether the memories that are seen determine what `auto` pays for each token."""
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
    """Whether, over all pairs of memories that meet, `auto`'s values are a function of what is seen (and the step)."""
    memories = seen.size if seen else 1
    told, known = np.zeros((memories, auto.next.shape[2])), np.zeros(memories, np.bool_)
    pairs = np.zeros(1, np.int64)  # memory that is seen x size + auto's own
    for t, k in enumerate(auto.slot):
        m, r = np.divmod(pairs, auto.size)
        paid = auto.value[k, r]  # (N, A)
        if clock:
            known[:] = False
        new = ~known[m]
        told[m[new]], known[m] = paid[new], True  # of pairs that look alike the last is kept, and compared with all
        if not np.array_equal(told[m], paid):
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
