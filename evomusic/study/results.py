"""The content of a study's folder as typed data: the only thing that statistics, figures and reports read.

`evomusic.study.store.read_run(folder)` makes a `Run` of a folder; cells that are not finished are missing from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, wraps
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.record import Curve, first_at
from evomusic.core.solution import Frame, Solution

CEILING = "view-"  # and the text of a view, where references are stored
LABEL = 40  # most characters of a view's text in a label


class Cell(NamedTuple):
    """The unit of running: labels of a task and a method, and the number of a seed."""

    task: str
    method: str
    seed: int

    def __str__(self) -> str:
        return f"{self.task}/{self.method}/{self.seed}"


class Shard(NamedTuple):
    """One of so many disjoint `parts` of a study's cells, numbered from 1; its text is such as `2/4`."""

    number: int
    parts: int

    def __str__(self) -> str:
        return f"{self.number}/{self.parts}"

    @property
    def words(self) -> str:
        """The shard in words, such as `shard 2 of 4`."""
        return f"shard {self.number} of {self.parts}"

    @property
    def ending(self) -> str:
        """End of the name of its folder, such as `-2of4`."""
        return f"-{self.number}of{self.parts}"


def shard_of(resolved: Mapping[str, Any]) -> Shard | None:
    """The shard that a folder is for, by its resolved study."""
    return Shard(*map(int, resolved["shard"].split("/"))) if "shard" in resolved else None


def cells_of(tasks: Sequence[str], methods: Sequence[str], seeds: int, shard: Shard | None = None) -> list[Cell]:
    """The cells of a study, or of a shard of it, in the order in which they are begun.

    Shards are dealt the cells one by one, method by method, and each method begins with another task: so their numbers
    of cells differ by one at most, and so do their numbers of each method's cells.
    """
    turned = [[*tasks[i % len(tasks) :], *tasks[: i % len(tasks)]] for i in range(len(methods))]
    dealt = [Cell(t, m, s) for m, own in zip(methods, turned, strict=True) for t in own for s in range(seeds)]
    mine = set(dealt[shard.number - 1 :: shard.parts] if shard else dealt)
    return [c for s in range(seeds) for t in tasks for m in methods if (c := Cell(t, m, s)) in mine]


@dataclass(frozen=True, eq=False)
class Outcome:
    """The results of a finished cell.

    Args:
        cell: the cell.
        curve: arrays (N,) over steps.
        improvements: (N, 2) steps and best return, a row an improvement.
        best: the best melody; its title names the cell.
        best_return: its return.
        parts: its return by rule and final measure, weighted.
        seconds: processor time, None where none is on record; no digest covers it, for it differs from run to run.
    """

    cell: Cell
    curve: Curve
    improvements: NDArray[np.float64]
    best: Melody | Solution
    best_return: float
    parts: Mapping[str, float]
    seconds: float | None = None

    def steps_to(self, target: float) -> int | None:
        """Steps until a melody returned at least `target`; None when none did."""
        return first_at(self.improvements, target)


@dataclass(frozen=True, eq=False)
class Level:
    """Returns of melodies that no method made: `real tunes`, `style samples` or `noise` (uniform random tokens).

    Args:
        source: one of the three.
        count: how many melodies.
        mean: of their returns.
        p50: median of their returns.
        p90: 90th percentile of their returns.
        example: the one whose return is nearest to the median; its title names it.
        example_return: its return.
    """

    source: str
    count: int
    mean: float
    p50: float
    p90: float
    example: Melody | Solution
    example_return: float


@dataclass(frozen=True)
class Ceiling:
    """The most that a deterministic policy of a view without a clock can return.

    Args:
        view: its name, or its text where it is no ready view.
        upper: the return of the best such policy where `certified`, else a bound of it.
        certified: whether `upper` is reached.
    """

    view: str
    upper: float
    certified: bool

    @property
    def label(self) -> str:
        """Its name in tables and figures."""
        text = self.view if len(self.view) <= LABEL else f"{self.view[: LABEL - 1]}…"
        return f"view {text}, {'best policy' if self.certified else 'bound'}"


@dataclass(frozen=True)
class Soft:
    """The soft optimum: melodies with probability proportional to prior x exp(return / temperature).

    Args:
        temperature: in units of return.
        prior: `style` or `uniform`.
        mean: the expected return under all rules and final measures.
        error: standard error of `mean`, of 1,000 samples; 0 where it is exact.
        dropped: names of the rules and final measures that the distribution has not.
    """

    temperature: float
    prior: str
    mean: float
    error: float
    dropped: tuple[str, ...]

    @property
    def label(self) -> str:
        """Its name in tables and figures."""
        return f"soft optimum, temp. {self.temperature:g}"

    @property
    def words(self) -> str:
        """The sentence below a table."""
        prior = "the style" if self.prior == "style" else "uniform tokens"
        less = f", without {', '.join(self.dropped)}" if self.dropped else ""
        exact = f"mean of 1,000 samples, standard error {self.error:.2g}" if self.error else "exact expectation"
        return f"Soft optimum: {prior} x exp(return / temperature), temperature {self.temperature:g}{less}; {exact}."


@dataclass(frozen=True, eq=False)
class References:
    """Reference returns of one task.

    Args:
        random: expected return of uniform random tokens.
        value: the optimum when `certified`, else the best that the planner found.
        upper: certified bound of every return, `value` when `certified`; infinite where none is certain.
        certified: whether `value` is the true optimum.
        melody: returns `value`; None where a problem says its greatest return, and no solution that has it.
        parts: its return by rule and final measure, weighted.
        levels: real tunes and style samples where the task has a style; noise always.
        ceilings: of the views without a clock that methods of the study see.
        soft: the soft optimum, or None where it cannot be had or was not asked for when the study ran.
    """

    random: float
    value: float
    upper: float
    certified: bool
    melody: Melody | Solution | None
    parts: Mapping[str, float]
    levels: tuple[Level, ...]
    ceilings: tuple[Ceiling, ...] = ()
    soft: Soft | None = None

    def level(self, source: str) -> Level | None:
        """The level of a source, or None when the task has none."""
        return next((x for x in self.levels if x.source == source), None)


@dataclass(frozen=True, eq=False)
class TaskRun:
    """One task of a study: its finished cells by method, in order of seeds.

    Args:
        label: the study's key.
        name: the task's name in the catalogue, or what a user's task calls itself.
        grid: the frame of all its melodies, or of other solutions.
        references: None while they are being computed.
        outcomes: finished cells by label of the method; every method is a key.
    """

    label: str
    name: str
    grid: Grid | Frame
    references: References | None = field(repr=False)
    outcomes: Mapping[str, tuple[Outcome, ...]] = field(repr=False)

    @property
    def certified(self) -> bool:
        """Whether the optimum is known, so that one may speak of regret."""
        return self.references is not None and self.references.certified

    @cached_property
    def best_known(self) -> float:
        """The optimum when certified, else the greatest return that planner or methods found."""
        found = [o.best_return for cells in self.outcomes.values() for o in cells]
        return max([*found, self.references.value] if self.references else found)

    @property
    def top_return(self) -> float:
        """The bound of every return, or the best known where none is certain: distances are measured from there."""
        upper = self.references.upper if self.references else np.inf
        return upper if np.isfinite(upper) else self.best_known

    def top(self, count: int) -> list[Outcome]:
        """The best melodies of the methods, best first: one a method, different from each other, at most `count`."""
        best = [outcome for method in self.outcomes if (outcome := self.best(method))]
        ranked = sorted(best, key=lambda outcome: -outcome.best_return)
        return list({outcome.best.canonical.text: outcome for outcome in reversed(ranked)}.values())[::-1][:count]

    def best(self, method: str) -> Outcome | None:
        """A method's best melody of all seeds (the lowest seed of equals), or None when no cell is finished."""
        return max(self.outcomes[method], key=lambda o: o.best_return, default=None)


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """A study's folder.

    Args:
        folder: where it is.
        steps: budget a cell.
        seeds: seeds a method and task.
        seed: root of all seeds.
        methods: kind and parameters by label, in the study's order.
        tasks: by label, in the study's order.
        provenance: version, commit, packages, seeds and command of its making.
        text: of the study's file, or an empty string.
        shard: the part of the cells that the folder is for, or None for all of them.
    """

    folder: Path
    steps: int
    seeds: int
    seed: int
    methods: Mapping[str, Mapping[str, Any]]
    tasks: Mapping[str, TaskRun]
    provenance: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    shard: Shard | None = None

    @property
    def cells(self) -> list[Cell]:
        """All cells that the folder is for, finished or not, in the order in which they are begun."""
        return cells_of(list(self.tasks), list(self.methods), self.seeds, self.shard)

    @property
    def missing(self) -> list[Cell]:
        """The cells that are not finished."""
        done = {outcome.cell for outcome in self.outcomes}
        return [cell for cell in self.cells if cell not in done]

    @property
    def outcomes(self) -> list[Outcome]:
        """All finished cells, in order of task, method and seed."""
        return [o for task in self.tasks.values() for cells in task.outcomes.values() for o in cells]

    @property
    def size(self) -> str:
        """The run in one line: its folder, the part that it is, and how much of it is finished."""
        cells = len(self.cells)
        part = f"{self.shard.words} of " if self.shard else ""
        counts = [(len(self.tasks), "task"), (len(self.methods), "method"), (self.seeds, "seed")]
        words = ", ".join(f"{n} {word}{'s' * (n != 1)}" for n, word in counts)
        return f"{str(self.folder)!r}: {part}{words}; {cells - len(self.missing)} of {cells} cells finished"

    def __repr__(self) -> str:
        return f"<Run {self.size}>"

    def _repr_html_(self) -> str:
        """Tables, curves and the best melodies in a notebook."""
        return import_module("evomusic.report.runs").run_html(self)  # by name: it stands on a higher floor

    @property
    def complete(self) -> bool:
        """Whether every cell is finished and the task of each has its references."""
        return not self.missing and all(self.tasks[label].references for label in {c.task for c in self.cells})


X = TypeVar("X")


def once_a_run(find: Callable[[Run], X]) -> Callable[[Run], X]:
    """A function of a run, which never changes, that remembers what it found."""
    found: WeakKeyDictionary[Run, X] = WeakKeyDictionary()

    @wraps(find)
    def once(run: Run) -> X:
        if run not in found:
            found[run] = find(run)
        return found[run]

    return once
