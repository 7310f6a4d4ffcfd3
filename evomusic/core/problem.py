"""Problems: a search space and the user's own Python fitness, in place of a task's grid and reward.

A loop sees the same of both: `grid`, the frame of solutions (its `steps` are what one of them costs, its `rows` the
form of all), `evaluate`, `parts` with `part_names`, and `groups_by_name`. The frame of a task is a Grid, that of a
problem a genotype; solutions of genotypes cost one step each. A problem of a Grid, or of a Task, is one of melodies:
they cost T steps as ever, every encoding of melodies searches them, and a learner is rewarded at the last step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import able, flag, instance, number, shown, wrong
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody, checked_melodies
from evomusic.core.reward import Reward
from evomusic.core.rows import Rows, check_rows, form_of
from evomusic.core.task import Task

SAMPLES = 1_000  # random solutions whose mean return is the level of noise
SEED = 1729  # of these, none of a run
OF_TASKS = ("machine", "stepwise", "generator", "observers", "sampler", "delayed")  # that problems of melodies have too
VERBS = ("sample", "vary", "decode", "solution", "solutions", "text", "parse")
EXPECTED = "a genotype such as em.Bitstrings(50), or a Grid or a Task for melodies"
Floats = NDArray[np.float64]


class Genotype(Protocol):
    """A search space by itself: an encoding whose genomes decode to rows of numbers, the solutions.

    Its operators are passed the problem, and need not look at it. `steps` is 1, the price of a solution; `about` says
    in words what solutions are.
    """

    @property
    def steps(self) -> int:
        """Steps of budget that a solution costs."""
        ...

    @property
    def rows(self) -> Rows:
        """The form of solutions (P, D)."""
        ...

    @property
    def about(self) -> str:
        """Solutions in words."""
        ...

    def sample(self, task: Any, rng: np.random.Generator, n: int) -> Any:
        """Random genomes, n of them."""
        ...

    def vary(self, task: Any, genomes: Any, rng: np.random.Generator) -> Any:
        """Offspring, one per genome."""
        ...

    def decode(self, task: Any, genomes: Any) -> NDArray[Any]:
        """Solutions (P, D) of genomes."""
        ...

    def solution(self, row: NDArray[Any]) -> Any:
        """A row (D,) as a fitness of one solution is passed it."""
        ...

    def solutions(self, rows: NDArray[Any]) -> Any:
        """Rows (P, D) as a fitness of many solutions is passed them."""
        ...

    def text(self, row: NDArray[Any]) -> str:
        """A row as text that `parse` reads back."""
        ...

    def parse(self, text: str) -> NDArray[Any]:
        """The row of a text.

        Raises:
            ValueError: the text is none.
        """
        ...


@dataclass(frozen=True, eq=False)
class Problem:
    """A search space with a fitness in plain Python, to be maximised.

    Args:
        genotype: the search space: a genotype such as `em.Bitstrings(50)`, `em.Reals(30, 0, 1)` or
            `em.Permutations(20)`; a Grid for melodies; or a Task for melodies in its style, whose reward is left out.
        fitness: returns a number for one solution; with `objectives` as many numbers as these. It is passed a row (D,)
            of the genotype, an `Expression` or a `Melody`, and gives equal solutions equal values.
        name: in reports; the name of the fitness when None.
        batch: whether `fitness` is passed many solutions at once, an array (P, D), and returns (P,), or (P, M).
        objectives: names of M objectives, two or more, all maximised; the return is their sum. None for one number.
        maximum: the greatest fitness that any solution has, where that is certain: regret is measured from there.

    Raises:
        ValueError: an argument is of the wrong type, or an objective is named twice.

    >>> problem = Problem(Grid(bars=1), lambda melody: len(melody.notes))
    >>> problem.evaluate([[2] * 16, [0] * 16])
    array([16.,  0.])
    """

    genotype: Any
    fitness: Callable[[Any], Any]
    name: str | None = None
    batch: bool = False
    objectives: tuple[str, ...] = ()
    maximum: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.genotype, (Grid, Task)):
            melodic = hasattr(self.genotype, "vary") and not hasattr(self.genotype, "solution")
            if melodic or not hasattr(self.genotype, "vary"):
                hint = "; an encoding of melodies is an argument of methods" if melodic else ""
                raise wrong("genotype", self.genotype, EXPECTED + hint)
            able("genotype", self.genotype, VERBS, EXPECTED)
        if not callable(self.fitness):
            raise wrong("fitness", self.fitness, "a function of a solution")
        name = getattr(self.fitness, "__name__", type(self.fitness).__name__) if self.name is None else self.name
        object.__setattr__(self, "name", "problem" if name == "<lambda>" else instance("name", name, str, "a text"))
        flag("batch", self.batch)
        named = instance("objectives", self.objectives, (tuple, list), "a list of names, such as ['length', 'cost']")
        if len(named) == 1 or len({*map(str, named)}) < len(named) or not all(isinstance(n, str) for n in named):
            raise wrong("objectives", named, "two or more different names, or none for one number")
        object.__setattr__(self, "objectives", tuple(named))
        if self.maximum is not None:
            object.__setattr__(self, "maximum", float(number("maximum", self.maximum)))
            if named:
                raise wrong("maximum", self.maximum, "None for several objectives")

    @property
    def grid(self) -> Any:
        """The frame of solutions: the genotype, or the grid of melodies."""
        return self.genotype.grid if isinstance(self.genotype, Task) else self.genotype

    @property
    def of_melodies(self) -> bool:
        """Whether solutions are melodies."""
        return isinstance(self.grid, Grid)

    @property
    def part_names(self) -> tuple[str, ...]:
        """Name of each column of `parts`."""
        return self.objectives or ("fitness",)

    @property
    def groups_by_name(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """The columns of `parts` by objective; none where there is one number."""
        return tuple((name, (i,)) for i, name in enumerate(self.objectives))

    @property
    def final(self) -> tuple[tuple[Any, float], ...]:
        """The fitness with its weight, as the only reward, which is final."""
        return ((self.fitness, 1.0),)

    @property
    def rewards_at_end(self) -> bool:
        """Whether the last step has a reward that no rule's memory tells: always."""
        return True

    def evaluate(self, solutions: Any) -> Floats:
        """Returns (P,) of solutions (P, D): the fitness, or the sum of the objectives.

        Raises:
            ValueError: the rows are no solutions, or the fitness gives something else than finite numbers.
        """
        return self.total(self.parts(solutions))

    def total(self, parts: Floats) -> Floats:
        """Returns (P,) of parts (P, M)."""
        return parts.sum(axis=1) if self.objectives else parts[:, 0].copy()

    def parts(self, solutions: Any) -> Floats:
        """Fitness (P, M) of solutions (P, D), a column an objective.

        Raises:
            ValueError: as `evaluate`.
        """
        rows = self._checked(solutions)
        values = self._measured(rows) if len(rows) else np.zeros((0, len(self.part_names)))
        if not np.isfinite(values).all():
            p, m = np.argwhere(~np.isfinite(values))[0]
            raise ValueError(f"{self._who} gave {values[p, m]} for {self._shown(rows[p])}, expected a finite number")
        if self.maximum is not None and len(values) and values.max() > self.maximum:
            p = int(values.argmax())
            most = f"at most {self.maximum}, its maximum"
            raise ValueError(f"{self._who} gave {float(values[p, 0])!r} for {self._shown(rows[p])}, expected {most}")
        return values

    def rewards(self, melodies: Any) -> Floats:
        """Step rewards (P, T) of melodies (P, T): the fitness at the last step, 0 before.

        Raises:
            ValueError: as `evaluate`, or solutions are no melodies.
        """
        if not self.of_melodies:
            raise ValueError(f"problem {self.name!r} has {self.grid.about}, expected melodies: they alone have steps")
        returns = self.evaluate(melodies)
        rewards = np.zeros((len(returns), self.grid.steps))
        rewards[:, -1] = returns
        return rewards

    def final_rewards(self, melodies: NDArray[np.uint8]) -> Floats:
        """Final rewards (P,) of melodies (P, T): their fitness."""
        return self.evaluate(melodies)

    last_rewards = final_rewards

    def sampled(self, n: int, rng: np.random.Generator) -> NDArray[Any]:
        """Random solutions (n, D): samples of the genotype, or uniform random tokens."""
        if self.of_melodies:
            return rng.integers(0, self.grid.tokens, (n, self.grid.steps), np.uint8)
        return self.grid.decode(self, self.grid.sample(self, rng, n))

    @cached_property
    def random_return(self) -> float:
        """Mean return of 1,000 random solutions."""
        return float(self.evaluate(self.sampled(SAMPLES, np.random.default_rng(SEED))).mean())

    def solution(self, row: NDArray[Any]) -> Any:
        """A row (D,) as the fitness of one solution is passed it."""
        return Melody(row, self.grid) if self.of_melodies else self.grid.solution(row)

    def suit(self, method: Any) -> Any:
        """The method with this genotype as its encoding, where its own is the default and makes melodies.

        Raises:
            ValueError: the method has no encoding, or another one.
        """
        if self.of_melodies:
            return method
        kind = type(method).__name__
        if isinstance(parts := getattr(method, "methods", None), tuple) and is_dataclass(method):
            return replace(method, methods=tuple(map(self.suit, parts)))  # type: ignore[type-var]
        default = [f.default for f in fields(method) if f.name == "encoding"] if is_dataclass(method) else []
        if not default:
            if type(method).__module__.startswith("evomusic."):
                raise ValueError(
                    f"{kind} writes melodies token by token, and problem {self.name!r} has {self.grid.about}; expected "
                    "a loop with an encoding, such as em.GA()"
                )
            return method
        own = method.encoding
        if hasattr(own, "solution"):
            if own.rows.length != self.grid.rows.length or type(own) is not type(self.grid):
                raise ValueError(f"encoding has {own.about}, expected {self.grid.about}, as problem {self.name!r}")
            return method
        if own != default[0]:
            expected = f"none, or one of {type(self.grid).__name__}: problem {self.name!r} has {self.grid.about}"
            raise ValueError(f"encoding of {kind} is {shown(own)}, which makes melodies, expected {expected}")
        return replace(method, encoding=self.grid)

    @property
    def _who(self) -> str:
        return f"the fitness of problem {self.name!r}"

    def _shown(self, row: NDArray[Any]) -> str:
        text = Melody(row, self.grid).text if self.of_melodies else self.grid.text(row)
        return text if len(text) <= 60 else f"{text[:57]}..."

    def _checked(self, solutions: Any) -> NDArray[Any]:
        """Solutions (P, D) that cannot be written to."""
        if self.of_melodies:
            rows = checked_melodies(solutions, self.grid)
        else:
            rows = np.asarray(solutions)
            if rows.dtype != (dtype := self.grid.rows.dtype) and rows.dtype.kind in (
                "iub" if dtype.kind != "f" else "iubf"
            ):
                rows = cast if ((cast := rows.astype(dtype)) == rows).all() else rows
            check_rows("solutions", rows, self.grid.rows)
        rows = rows.view()
        rows.flags.writeable = False
        return rows

    def _measured(self, rows: NDArray[Any]) -> Floats:
        """Fitness (P, M), as the function gives it."""
        if self.batch:
            return self._column(self.fitness(rows if self.of_melodies else self.grid.solutions(rows)), len(rows))
        return np.stack([self._one(self.fitness(self.solution(row))) for row in rows])

    def _one(self, value: Any) -> Floats:
        """The fitness (M,) of one solution."""
        wanted = (len(self.objectives),) if self.objectives else ()
        array = _numbers(value)
        if array is None or array.shape != wanted:
            expected = f"{len(self.objectives)} numbers" if self.objectives else "a number"
            hint = "; a fitness of many solutions at once needs batch=True" if array is not None and array.ndim else ""
            raise ValueError(f"{self._who} gave {form_of(value)} for one solution, expected {expected}{hint}")
        return array.reshape(-1)

    def _column(self, value: Any, count: int) -> Floats:
        """The fitness (P, M) of `count` solutions."""
        wanted = (count, len(self.objectives)) if self.objectives else (count,)
        array = _numbers(value)
        if array is None or array.shape != wanted:
            hint = "; a fitness of one solution at a time has batch=False" if array is not None else ""
            raise ValueError(f"{self._who} gave {form_of(value)} for {count} solutions, expected shape {wanted}{hint}")
        return array.reshape(count, -1)

    @cached_property
    def _task(self) -> Task:
        """A task of the melodies without any rule: its tables are those of encodings, views and learners."""
        task = self.genotype if isinstance(self.genotype, Task) else Task(self.genotype, Reward())
        return replace(task, reward=Reward())

    def __getattr__(self, name: str) -> Any:
        if name in OF_TASKS and isinstance(self.__dict__.get("genotype"), (Grid, Task)):
            return getattr(self._task, name)
        raise AttributeError(f"a problem has no {name!r}: it has a fitness, but no table of rewards")

    def __deepcopy__(self, memo: object) -> Problem:
        return self  # nothing in a problem changes

    def __getstate__(self) -> dict[str, Any]:
        if self.of_melodies:
            _ = self._task  # a task goes through pickle as tables, and can be made into no other then
        return self.__dict__


def suited(method: Any, task: Any) -> Any:
    """The method as it can run on a task or a problem.

    Raises:
        ValueError: it cannot.
    """
    return task.suit(method) if hasattr(task, "suit") else method


def _numbers(value: Any) -> Floats | None:
    """An array of numbers as float64; None where the value is none."""
    try:
        array = np.asarray(value)
    except (ValueError, TypeError):
        return None
    return array.astype(np.float64) if array.dtype.kind in "fiub" else None
