"""Task: a grid and a reward, written out. It is what a method is given, and all it is given."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core import kernels
from evomusic.core.grid import Grid
from evomusic.core.machine import Machine, expectation
from evomusic.core.melody import Melody
from evomusic.core.optimum.kbest import best_melodies
from evomusic.core.optimum.q_table import Row, q_table
from evomusic.core.optimum.solve import Bound, NotCertified, Optimum, Solution, solve
from evomusic.core.reward import QUANTUM, Reward, names_of

if TYPE_CHECKING:
    from evomusic.core.rule import Measure, Observer


@dataclass(frozen=True, eq=False)
class Task:
    """A melody-writing task.

    Args:
        grid: the frame.
        reward: what is paid.
        name: how reports call it.
        generator: observers whose values add up to log2 probabilities of tokens (`rules.Generator.halves`), for methods
            that begin with samples of a style.
        delayed: whether all that a melody earns is paid at its last step: the same returns, and delayed credit.

    A task that went through pickle holds the tables and the final measures, but no rules: `reward` is then missing.
    """

    grid: Grid
    reward: Reward
    name: str = "task"
    generator: tuple[Observer, ...] = ()
    delayed: bool = False

    @cached_property
    def machine(self) -> Machine:
        """The reward's rules, written out on the grid."""
        return Machine.of(self.grid, self.reward, self.generator)

    @cached_property
    def final(self) -> tuple[tuple[Measure, float], ...]:
        """Measures and weights of the final reward."""
        return tuple(self.reward.final.items())

    @property
    def late(self) -> bool:
        """Whether something is paid at the last step that the memories of rules do not tell."""
        return bool(self.final) or self.delayed

    @cached_property
    def stepwise(self) -> kernels.Tables:
        """The fused tables of what is paid step by step: of a delayed task, nothing."""
        fused = self.machine.fused
        return fused._replace(value=np.zeros_like(fused.value)) if self.delayed else fused

    @property
    def part_names(self) -> tuple[str, ...]:
        """A name a column of `parts`."""
        return self.machine.names + names_of([m for m, _ in self.final])

    def evaluate(self, melodies: ArrayLike) -> NDArray[np.float64]:
        """Returns of melodies.

        Args:
            melodies: (P, T) uint8 tokens.

        Returns:
            (P,) float64; each equals the sum of the melody's step rewards, exactly.

        Raises:
            ValueError: the shape or a token does not fit the grid.
        """
        melodies = self._checked(melodies)
        out = np.empty(len(melodies))
        kernels.spread(kernels.evaluate, melodies, self.machine.fused, out)
        return out + self.final_rewards(melodies) if self.final else out

    def rewards(self, melodies: ArrayLike) -> NDArray[np.float64]:
        """Step rewards (P, T) of melodies (P, T); the final reward is paid at the last step."""
        melodies = self._checked(melodies)
        out = np.empty(melodies.shape)
        kernels.spread(kernels.rewards, melodies, self.stepwise, out)
        if self.late:
            out[:, -1] += self.last_rewards(melodies)
        return out

    def last_rewards(self, melodies: NDArray[np.uint8]) -> NDArray[np.float64]:
        """(P,) what is paid at the last step of melodies (P, T) beside what `stepwise` pays there."""
        return self.evaluate(melodies) if self.delayed else self.final_rewards(melodies)

    def parts(self, melodies: ArrayLike) -> NDArray[np.float64]:
        """What each rule, then each final measure, pays melodies (P, T): (P, R) in the order of `part_names`."""
        melodies = self._checked(melodies)
        out = np.empty((len(melodies), len(self.machine.names)))
        kernels.spread(kernels.parts, melodies, self.machine.singles, out)
        columns = [self._final_part(m, w, melodies) for m, w in self.final]
        return np.column_stack([out, *columns]) if columns else out

    def step_parts(self, melodies: ArrayLike) -> NDArray[np.float64]:
        """What each rule finds in melodies (P, T) at each step: (P, T, R), without final rewards, delayed or not."""
        melodies = self._checked(melodies)
        out = np.empty((*melodies.shape, len(self.machine.names)))
        kernels.spread(kernels.step_parts, melodies, self.machine.singles, out)
        return out

    def final_rewards(self, melodies: NDArray[np.uint8]) -> NDArray[np.float64]:
        """(P,) final rewards of melodies (P, T): weight x measure, rounded to the quantum row by row."""
        return np.sum([self._final_part(m, w, melodies) for m, w in self.final] or [np.zeros(len(melodies))], axis=0)

    def final_bounds(self) -> tuple[float, float]:
        """Least and greatest final reward that any melody can be paid."""
        ends = [sorted(float(quantised(w * b)) for b in m.bounds(self.grid)) for m, w in self.final]
        return sum(low for low, _ in ends), sum(high for _, high in ends)

    @cached_property
    def solution(self) -> Solution:
        """What the planner knows of the rules; final rewards are left out."""
        return solve(self.machine)

    def optimum(self) -> Optimum:
        """The greatest return of any melody, and a melody that earns it.

        Raises:
            NotCertified: the task has final rewards, or the search did not close; holds best value known and bound.
            TooManyStates: a product of rules cannot be listed.
        """
        solution = self.solution
        if self.final or not solution.solved:
            why = "a task with final rewards has no certified optimum" if self.final else "the search did not close"
            raise NotCertified(why, self.bound())
        return Optimum(solution.value, solution.melody, solution.visited)

    def bound(self) -> Bound:
        """A certified upper bound of every melody's return, and the best melody known; always.

        With final rewards, the bound of the rules plus the largest final reward there can be.
        """
        solution = self.solution
        value = float(self.evaluate(solution.tokens[None])[0])
        return Bound(solution.upper + self.final_bounds()[1], value, solution.melody)

    def best(self, k: int = 10) -> list[Optimum]:
        """The k best melodies that differ in sound, best first; fewer when there are no more.

        Raises:
            NotCertified: as `optimum`, or the search for the k best grew too large.
        """
        if self.final:
            raise NotCertified("a task with final rewards has no certified best melodies", self.bound())
        found = best_melodies(self.solution, k)
        return [Optimum(value, Melody(tokens, self.grid), self.solution.visited) for value, tokens in found]

    def q_table(self) -> list[Row]:
        """Every state of a small task with its optimal action values (A,); final rewards are left out.

        Raises:
            TooManyStates: the task is not small.
        """
        return q_table(self.machine)

    @cached_property
    def random_return(self) -> float:
        """What uniform random tokens return: exact for rules; final rewards are averaged over 10,000 melodies."""
        rules = expectation(self.machine)
        if not self.final:
            return rules
        melodies = np.random.default_rng(0).integers(0, self.grid.tokens, (10_000, self.grid.steps), np.uint8)
        return rules + float(self.final_rewards(melodies).mean())

    def _final_part(self, measure: Measure, weight: float, melodies: NDArray[np.uint8]) -> NDArray[np.float64]:
        return quantised(weight * np.asarray(measure(melodies, self.grid), float))

    def _checked(self, melodies: Any) -> NDArray[np.uint8]:
        melodies = np.asarray(melodies)
        grid = self.grid
        if melodies.ndim != 2 or melodies.shape[1] != grid.steps:
            raise ValueError(
                f"melodies has shape {melodies.shape}, expected (P, {grid.steps}): this task's grid has "
                f"{grid.bars} bars of {grid.steps_per_bar} steps"
            )
        if melodies.dtype.kind not in "ui":
            raise ValueError(f"melodies has dtype {melodies.dtype}, expected uint8 tokens")
        if melodies.size and not (melodies.min() >= 0 and melodies.max() < grid.tokens):
            raise ValueError(
                f"melodies holds token {melodies.max() if melodies.min() >= 0 else melodies.min()}, "
                f"expected 0 to {grid.tokens - 1} on this task's grid"
            )
        return np.require(melodies, np.uint8, ["C", "W", "A"])

    def __deepcopy__(self, memo: object) -> Task:
        return self  # nothing in a task changes

    def __getstate__(self) -> dict[str, Any]:
        kept = {"grid": self.grid, "name": self.name, "delayed": self.delayed}
        return kept | {"machine": self.machine, "final": self.final}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __getattr__(self, name: str) -> Any:
        if name in ("reward", "generator"):
            raise AttributeError("this task was sent to a worker as tables; its rules stayed behind")
        raise AttributeError(f"a task has no {name!r}")


def quantised(values: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Values rounded to the nearest multiple of the quantum."""
    return np.asarray(np.round(np.asarray(values, float) / QUANTUM) * QUANTUM)
