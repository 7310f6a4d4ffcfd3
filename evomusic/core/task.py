"""Tasks: a grid and a reward, with exact returns, step rewards and optima. A method learns no more of the problem."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core import kernels
from evomusic.core.checks import able, choice, flag, instance, number, shown, whole
from evomusic.core.distance import HEARINGS
from evomusic.core.grid import Grid
from evomusic.core.machine import Machine, expectation
from evomusic.core.melody import Melody, checked_melodies
from evomusic.core.optimum.apart import best_apart
from evomusic.core.optimum.kbest import best_melodies
from evomusic.core.optimum.prior import Song
from evomusic.core.optimum.q_table import Row, q_table
from evomusic.core.optimum.soft import SoftPolicy
from evomusic.core.optimum.soften import soften
from evomusic.core.optimum.solve import Bound, NotCertified, Optimum, Solution, solve
from evomusic.core.reward import QUANTUM, Reward, names_of

if TYPE_CHECKING:
    from evomusic.core.rule import Measure, Observer

CANDIDATES = 256  # draws of a task's sampler, of which the best is the best known at first
SEED = 1883  # of these draws, none of a run


class Sampler(Protocol):
    """A distribution of melodies that can be drawn from."""

    def sample(self, n: int, rng: np.random.Generator, /) -> NDArray[np.uint8]:
        """Melodies (n, T)."""
        ...


@dataclass(frozen=True, eq=False)
class Task:
    """A melody-writing task.

    Args:
        grid: the frame.
        reward: the rules and measures with their weights.
        name: in reports.
        generator: observers whose values add up to log2 probabilities of tokens (`rules.Generator.halves`), for methods
            that begin with samples of a style.
        delayed: whether the return of a melody is the reward of its last step, and all others are 0: the same returns,
            with the credit assignment problem of delayed reward.
        observers: automata whose memories the view `observation` shows, so that a task says how much is seen of it.
        sampler: draws melodies of the task's style as a whole (`sample(n, rng)`, such as an `em.Song`), in place of the
            generator's, for first populations; the best of its draws is a candidate for the optimum where the reward
            has measures.
        song: a song model whose rhythm and pitch are automata, such as an `em.Song`, as a prior; the sampler, where
            that is one, when None.

    A task that went through pickle holds the tables and the final measures, but no rules: `reward` is then missing.

    Raises:
        ValueError: an argument is of the wrong type, or a final measure does not give one number a melody.
    """

    grid: Grid
    reward: Reward
    name: str = "task"
    generator: tuple[Observer, ...] = ()
    delayed: bool = False
    observers: tuple[Observer, ...] = ()
    sampler: Sampler | None = None
    song: Song | None = None

    def __post_init__(self) -> None:
        instance("task grid", self.grid, Grid, "a Grid, such as em.Grid(bars=4)")
        instance("task reward", self.reward, Reward, "a Reward, such as em.Reward({em.rules.InScale('G major'): 1.0})")
        instance("task name", self.name, str, "a text")
        instance("task generator", self.generator, (tuple, list), "a tuple of observers, such as Generator.halves")
        instance("task observers", self.observers, (tuple, list), "a tuple of observers, such as (LastPitches(2),)")
        for name in ("generator", "observers"):
            for observer in getattr(self, name):
                able(f"an observer of task {name}", observer, ("read",), "an observer")
            object.__setattr__(self, name, tuple(getattr(self, name)))
        flag("delayed", self.delayed)
        if self.sampler is not None:
            able(
                "task sampler", self.sampler, ("sample",), "a sampler of melodies, such as em.train_song(grid, windows)"
            )
        if self.song is not None:
            able(
                "task song",
                self.song,
                ("prior", "sample", "redraw"),
                "a song model, such as em.train_song(grid, windows)",
            )
        for measure in self.reward.final:
            _check_measure(measure, self.grid)

    @cached_property
    def machine(self) -> Machine:
        """The reward's rules, written out on the grid."""
        return Machine.of(self.grid, self.reward, self.generator)

    @cached_property
    def final(self) -> tuple[tuple[Measure, float], ...]:
        """Measures and weights of the final reward."""
        return tuple(self.reward.final.items())

    @property
    def rewards_at_end(self) -> bool:
        """Whether the last step has a reward that depends on more than the memories of rules: final or delayed."""
        return bool(self.final) or self.delayed

    @property
    def late(self) -> bool:
        """The former name of `rewards_at_end`."""
        return self.rewards_at_end

    @cached_property
    def stepwise(self) -> kernels.Tables:
        """The fused tables of the rewards of single steps; their values are 0 in a delayed task."""
        fused = self.machine.fused
        return fused._replace(value=np.zeros_like(fused.value)) if self.delayed else fused

    @property
    def part_names(self) -> tuple[str, ...]:
        """Name of each column of `parts`."""
        return self.machine.names + names_of([m for m, _ in self.final])

    @property
    def groups_by_name(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """The columns of `parts` by group of the reward."""
        return self.machine.groups_by_name

    def evaluate(self, melodies: ArrayLike) -> NDArray[np.float64]:
        """Returns of melodies.

        Args:
            melodies: (P, T) uint8 tokens.

        Returns:
            (P,) float64; each equals the sum of the melody's step rewards, exactly.

        Raises:
            ValueError: the shape or a token does not fit the grid.
        """
        melodies = self.checked(melodies)
        out = np.empty(len(melodies))
        kernels.spread(kernels.evaluate, melodies, self.machine.fused, out)
        return out + self.final_rewards(melodies) if self.final else out

    def rewards(self, melodies: ArrayLike) -> NDArray[np.float64]:
        """Step rewards (P, T) of melodies (P, T); the last one includes the final reward."""
        melodies = self.checked(melodies)
        out = np.empty(melodies.shape)
        kernels.spread(kernels.rewards, melodies, self.stepwise, out)
        if self.rewards_at_end:
            out[:, -1] += self.last_rewards(melodies)
        return out

    def last_rewards(self, melodies: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Reward (P,) of the last step of melodies (P, T) that is not in `stepwise`: final or delayed."""
        return self.evaluate(melodies) if self.delayed else self.final_rewards(melodies)

    def parts(self, melodies: ArrayLike) -> NDArray[np.float64]:
        """Return (P, R) of melodies (P, T) under each rule, then each final measure, in the order of `part_names`."""
        melodies = self.checked(melodies)
        out = np.empty((len(melodies), len(self.machine.names)))
        kernels.spread(kernels.parts, melodies, self.machine.singles, out)
        columns = [self._final_part(m, w, melodies) for m, w in self.final]
        return np.column_stack([out, *columns]) if columns else out

    def step_parts(self, melodies: ArrayLike) -> NDArray[np.float64]:
        """Step rewards (P, T, R) of melodies (P, T) by rule, without final rewards; never delayed."""
        melodies = self.checked(melodies)
        out = np.empty((*melodies.shape, len(self.machine.names)))
        kernels.spread(kernels.step_parts, melodies, self.machine.singles, out)
        return out

    def final_rewards(self, melodies: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Final rewards (P,) of melodies (P, T): weight x measure, rounded to the quantum measure by measure."""
        return np.sum([self._final_part(m, w, melodies) for m, w in self.final] or [np.zeros(len(melodies))], axis=0)

    def final_bounds(self) -> tuple[float, float]:
        """Least and greatest final reward of any melody."""
        ends = [sorted(float(quantised(w * b)) for b in m.bounds(self.grid)) for m, w in self.final]
        return sum(low for low, _ in ends), sum(high for _, high in ends)

    @cached_property
    def solution(self) -> Solution:
        """The planner's solution for the rules; final rewards are left out."""
        return solve(self.machine)

    def optimum(self) -> Optimum:
        """The greatest return of any melody, and a melody that has it.

        Raises:
            NotCertified: the search did not close, or the task has final rewards and the best melody found does not
                reach the bound; holds both.
            TooManyStates: a product of rules cannot be listed.
        """
        if self.final:
            bound = self.bound()
            if bound.value < bound.upper:
                raise NotCertified("a task with final rewards has no certified optimum", bound)
            return Optimum(bound.value, bound.melody, self.solution.visited)
        solution = self.solution
        if not solution.solved:
            raise NotCertified("the search did not close", self.bound())
        return Optimum(solution.value, solution.melody, solution.visited)

    def bound(self) -> Bound:
        """A certified upper bound of every melody's return, and the best melody found; always.

        With final rewards, the bound of the rules plus the largest final reward there can be.
        """
        solution = self.solution
        rows = solution.tokens[None]
        if self.sampler is not None:
            rows = np.concatenate([rows, self.sampler.sample(CANDIDATES, np.random.default_rng(SEED))])
        values = self.evaluate(rows)
        best = int(values.argmax())
        return Bound(solution.upper + self.final_bounds()[1], float(values[best]), Melody(rows[best], self.grid))

    def best(self, k: int = 10, apart: float = 0.0, by: str = "sound") -> list[Optimum]:
        """The k best melodies that differ in sound, best first; fewer when there are no more.

        With `apart`, each is the best of all melodies that are at least so far from every one before it. The first is
        an optimum, and each step is exact; that no other k melodies so far apart have a greater sum is not claimed.

        Args:
            k: number of melodies.
            apart: least distance of two melodies: the share of steps, 0 to 1, at which they differ as `em.apart` hears
                them.
            by: the hearing: "sound" for sounding pitches and onsets, "rhythm" or "pitch".

        Raises:
            ValueError: k is no whole number from 1 to a million, `apart` no number from 0 to 1, or `by` another word.
            NotCertified: as `optimum`, or the search for the k best grew too large. With `apart` it has as `found` the
                melodies that are proved, and the best known and a bound of the next.
        """
        k, apart, by = whole("k", k, 1, 1_000_000), number("apart", apart, 0, 1), choice("by", by, HEARINGS)
        if self.final:
            raise NotCertified("a task with final rewards has no certified best melodies", self.bound())
        if apart > 0:
            return best_apart(self.solution, k, math.ceil(apart * self.grid.steps - 1e-9), by)
        found = best_melodies(self.solution, k)
        return [Optimum(value, Melody(tokens, self.grid), self.solution.visited) for value, tokens in found]

    def q_table(self) -> list[Row]:
        """Every state of a small task with its optimal action values (A,); final rewards are left out.

        Raises:
            TooManyStates: the task is not small.
        """
        return q_table(self.machine)

    def soften(
        self,
        temperature: float,
        prior: str = "style",
        rules: Sequence[str] | None = None,
        limit: int | None = None,
        order: int | None = None,
    ) -> SoftPolicy:
        """The soft optimum: the distribution of melodies proportional to prior x exp(return / temperature), exactly.

        Rules that make the product of all too large are not in it, and `dropped` on the policy names them: first those
        that an optimum needs more than samples do (`DirectionRuns`, `UniqueClimax`, `Range`, and the bands of whole
        melodies, `MeanInformation` and `StepShare`), and of these the ones that multiply the memory most. Beside the
        style or the song as a prior, `PitchStyle` and `RhythmStyle`, and the style's own two halves, which are its
        log-probabilities, are dropped too, for they would count it twice. Final rewards read whole melodies, so they
        are always dropped. A delayed task has the same distribution, for its returns are the same.

        Args:
            temperature: in units of return, from 1e-6 up; `math.inf` for the prior itself. Towards 0 all probability
                goes to the best melodies of the rules that are kept.
            prior: "style" for the task's style, "song" for the rhythm and the pitch of its song as automata, or
                "uniform" for independent uniform tokens.
            rules: names of the rules to keep, of `part_names`; as many as fit, as said above, when None.
            limit: rows a step that the product may have, on average; it takes some 150 bytes a row, and
                three times as many while it is written. 25,000 when None,
                with the song 60,000, or fewer on long melodies.
            order: notes before that a song's pitch hears, 1 to 3; 2 when None. With 3 the song alone has some three
                times as many rows, so that a higher limit or few rules are called for.

        Raises:
            ValueError: an argument is of the wrong type or out of range, or the task has no such prior.
            TooManyStates: the prior, or a rule named in `rules`, does not fit the limit.
        """
        final = names_of([m for m, _ in self.final])
        return soften(self.machine, temperature, prior, rules, limit, final, self.songs, order)

    @property
    def songs(self) -> Song | None:
        """The task's song, which may be its sampler; None where it has none."""
        sampler: Any = self.sampler
        return sampler if self.song is None and hasattr(sampler, "prior") else self.song

    @cached_property
    def random_return(self) -> float:
        """Expected return of uniform random tokens: exact for rules, the mean of 10,000 melodies for final rewards."""
        rules = expectation(self.machine)
        if not self.final:
            return rules
        melodies = np.random.default_rng(0).integers(0, self.grid.tokens, (10_000, self.grid.steps), np.uint8)
        return rules + float(self.final_rewards(melodies).mean())

    def _final_part(self, measure: Measure, weight: float, melodies: NDArray[np.uint8]) -> NDArray[np.float64]:
        return quantised(weight * np.asarray(measure(melodies, self.grid), float))

    def checked(self, melodies: Any) -> NDArray[np.uint8]:
        """Melodies (P, T) as tokens of the grid.

        Raises:
            ValueError: the shape or a token does not fit the grid.
        """
        return checked_melodies(melodies, self.grid)

    def __deepcopy__(self, memo: object) -> Task:
        return self  # nothing in a task changes

    def __getstate__(self) -> dict[str, Any]:
        plain = {"grid": self.grid, "name": self.name, "delayed": self.delayed, "observers": self.observers}
        plain |= {"sampler": self.sampler, "song": self.song}
        return plain | {"machine": self.machine, "final": self.final}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __getattr__(self, name: str) -> Any:
        if name in ("reward", "generator"):
            raise AttributeError("this task was sent to a worker as tables; its rules stayed behind")
        raise AttributeError(f"a task has no {name!r}")


def quantised(values: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Values rounded to the nearest multiple of the quantum."""
    return np.asarray(np.round(np.asarray(values, float) / QUANTUM) * QUANTUM)


def _check_measure(measure: Measure, grid: Grid) -> None:
    """Try a measure on two melodies of rests.

    Raises:
        ValueError: it fails, or does not give one finite number a melody within finite bounds.
    """
    name, melodies = f"measure {shown(measure)}", np.zeros((2, grid.steps), np.uint8)
    try:
        values: Any = measure(melodies, grid)
        low, high = (float(x) for x in measure.bounds(grid))
    except Exception as error:  # a user's measure may raise anything
        cause = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ValueError(
            f"{name} fails on rests, expected measure(melodies, grid) and bounds(grid): {cause}"
        ) from error
    if not isinstance(values, np.ndarray) or values.shape != (2,) or values.dtype.kind not in "fiub":
        what = f"{values.dtype} of shape {values.shape}" if isinstance(values, np.ndarray) else shown(values)
        raise ValueError(f"{name} gives {what} for 2 melodies, expected float64 of shape (2,): a value a melody")
    if not -np.inf < low <= high < np.inf:
        raise ValueError(f"{name} has bounds {low} and {high}, expected two finite numbers, the least first")
    if not ((low <= values) & (values <= high)).all():
        raise ValueError(f"{name} gives {values[0]} for rests, expected a value within its bounds, {low:g} to {high:g}")
