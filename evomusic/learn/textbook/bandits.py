"""Bandits: one state and several arms; and the testbed on which ways to explore are compared.

Sutton & Barto 2018, chapter 2. A pull is an episode of one step, so that any learner plays, by the one loop. Letters: A
arms, R runs, T pulls.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.checks import instance, number, whole, wrong
from evomusic.learn.explore import store
from evomusic.learn.learner import Learner
from evomusic.learn.training import train
from evomusic.models.walk import START, WALK

MOST = 10_000_000  # arms, runs or pulls
MOST_CELLS = 10**9  # numbers in an array of all runs


class Arms(NamedTuple):
    """A bandit as kernels walk it."""

    means: NDArray[np.float64]  # (A,)
    noise: float


def _start_arms(model: Any, memory: Any, rng: Any) -> Any:  # compiled into each learner, as those of models.py
    return 0


def _step_arms(model: Any, memory: Any, s: Any, a: Any, rng: Any) -> Any:
    return 0, rng.normal(model.means[a], model.noise), True


START[Arms] = _start_arms
WALK[Arms] = _step_arms


@dataclass(frozen=True, eq=False)
class Bandit:
    """A bandit with normally distributed rewards. A problem for `train`: each pull is an episode in state 0.

    Args:
        means: (A,) expected reward of each arm.
        noise: standard deviation of a reward, 0 or more.

    Raises:
        ValueError: there is no arm, or a number is not finite.
    """

    means: ArrayLike
    noise: float = 1.0

    def __post_init__(self) -> None:
        expected = "(A,) finite numbers, one an arm"
        try:
            means = np.array(self.means, float)
        except (TypeError, ValueError, OverflowError):
            raise wrong("means", self.means, expected) from None
        if means.ndim != 1 or not len(means) or not np.isfinite(means).all():
            raise wrong("means", self.means, expected)
        store(self, means=means, noise=number("noise", self.noise, 0.0))

    @property
    def walk(self) -> Arms:
        """The model that learners walk."""
        return Arms(np.asarray(self.means), self.noise)

    @property
    def observed_states(self) -> int:
        """Number of states that learners see (see `models/walk.py`)."""
        return 1

    @property
    def actions(self) -> int:
        """Number of arms (A)."""
        return len(np.asarray(self.means))

    @property
    def memory_size(self) -> int:
        """Length of a walk's memory (see `models/walk.py`)."""
        return 1


@dataclass(frozen=True, kw_only=True)
class Testbed:
    """Many random bandits; the defaults are the 10-armed testbed (Sutton & Barto 2018, section 2.3).

    Args:
        arms: A, 1 or more.
        runs: R, number of bandits, each played by a learner of its own.
        steps: T, pulls in a run.
        mean: mean of the normal distribution that the arms' expected rewards are drawn from.
        spread: its standard deviation.
        noise: standard deviation of a reward.

    Raises:
        ValueError: a number is out of range.
    """

    arms: int = 10
    runs: int = 2000
    steps: int = 1000
    mean: float = 0.0
    spread: float = 1.0
    noise: float = 1.0

    def __post_init__(self) -> None:
        for name in ("arms", "runs", "steps"):
            store(self, **{name: whole(name, getattr(self, name), 1, MOST)})
        for name in ("spread", "noise"):
            store(self, **{name: number(name, getattr(self, name), 0.0)})
        store(self, mean=number("mean", self.mean))
        for name, count in (("steps", self.steps), ("arms", self.arms)):
            if self.runs * count > MOST_CELLS:
                raise ValueError(f"runs x {name} is {self.runs * count:,}, expected at most {MOST_CELLS:,}")


@dataclass(frozen=True, eq=False)
class Played:
    """Result of a learner on a testbed of R runs and T pulls.

    Args:
        means: (R, A) expected rewards of the arms.
        chosen: (R, T) the arms that were pulled.
        rewards: (R, T) the rewards.
    """

    means: NDArray[np.float64]
    chosen: NDArray[np.int64]
    rewards: NDArray[np.float64]

    @cached_property
    def reward(self) -> NDArray[np.float64]:
        """Average reward of each pull (T,)."""
        return self.rewards.mean(axis=0)

    @cached_property
    def optimal(self) -> NDArray[np.float64]:
        """Share of runs that pulled the best arm, by pull (T,)."""
        return (self.chosen == self.means.argmax(axis=1)[:, None]).mean(axis=0)

    @cached_property
    def regrets(self) -> NDArray[np.float64]:
        """Cumulative regret of each run (R, T): expected reward of the best arm less that of the pulled arm, summed."""
        missed = self.means.max(axis=1)[:, None] - np.take_along_axis(self.means, self.chosen, axis=1)
        return missed.cumsum(axis=1)

    @cached_property
    def regret(self) -> NDArray[np.float64]:
        """Mean cumulative regret up to each pull (T,)."""
        return self.regrets.mean(axis=0)


def run_bandit(learner: Learner, testbed: Testbed | None = None, seed: int = 0) -> Played:
    """Let a learner play each bandit of a testbed, from nothing.

    Sample averages are `QLearning(alpha=Average())`; an optimistic start is `initial=5.0` with a constant alpha.

    Args:
        learner: any learner; schedules fall over a run.
        testbed: the 10-armed one when None.
        seed: seed of the bandits, which are the same for all learners, and of the plays.

    Returns:
        Arms pulled and rewards, (R, T).

    Raises:
        ValueError: an argument is of the wrong kind.
    """
    instance("learner", learner, Learner, "a learner such as QLearning()")
    bed = Testbed() if testbed is None else instance("testbed", testbed, Testbed, "a Testbed(), or None")
    seed = whole("seed", seed)
    made, played = np.random.SeedSequence(seed).spawn(2)
    means = np.random.default_rng(made).normal(bed.mean, bed.spread, (bed.runs, bed.arms))
    chosen, rewards = np.empty((bed.runs, bed.steps), np.int64), np.empty((bed.runs, bed.steps))
    for i, own in enumerate(played.generate_state(bed.runs, np.uint64)):
        trained = train(learner, Bandit(means[i], bed.noise), steps=bed.steps, seed=int(own), keep=True)
        chosen[i], rewards[i] = trained.log.a, trained.log.r
    return Played(means, chosen, rewards)
