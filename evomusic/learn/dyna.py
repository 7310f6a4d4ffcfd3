"""Dyna: learning, a learnt model, and planning with it, all at once.

Sutton & Barto 2018, chapter 8. The model is of what the view shows; simulated transitions go through the very update
of Q-learning that real ones go through, and are counted as `sweeps`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.encodings.base import check_choice, check_count
from evomusic.learn.control import Q_LEARNING, Control, OneStep
from evomusic.learn.experience import GOES_ON, Experience, note, nothing_met
from evomusic.learn.explore import line, pick
from evomusic.learn.loop import register, update
from evomusic.learn.sweeping import imagine, sweep
from evomusic.mdp import FiniteMDP

RECALL = ("counts", "last")


class Planner(NamedTuple):
    """A Q-learner, what it has met, and how it plans with that."""

    one: OneStep
    known: Experience
    planning: int  # simulated updates a step
    bonus: float  # Dyna-Q+'s kappa
    priority: float  # urgency from which pairs are swept; below 0 they are drawn evenly
    initial: float
    planned: NDArray[np.int64]  # (1,) simulated updates so far

    @property
    def q(self) -> NDArray[np.float64]:
        """Action values (S, A)."""
        return self.one.q

    def model(self) -> FiniteMDP:
        """The most likely model; a pair that was not tried ends the episode and pays what it is worth at first."""
        return self.known.model(self.initial)

    def grown(self, steps: int) -> Planner:
        """Itself, with room for what so many further steps may meet."""
        return self._replace(known=self.known.grown(steps))


def _choose(agent: Any, s: Any, n: Any, rng: Any) -> Any:  # compiled into the loop
    return pick(agent.one.how, agent.one.q, s, n, rng)


def _update(agent: Any, s: Any, a: Any, r: Any, s2: Any, a2: Any, end: Any, n: Any, rng: Any) -> Any:
    k = note(agent.known, s, a, r, s2, end, n)
    if agent.priority >= 0:
        sweep(agent, k, n, rng)
        return a2
    given = a2 if agent.planning == 0 else 0  # with an action given none is chosen yet: first it plans
    b = update(agent.one, s, a, r, s2, given, end, n, rng)
    if agent.planning == 0:
        return b
    imagine(agent, n, rng)
    return a2


def _finish(agent: Any, s: Any, end: Any, n: Any, rng: Any) -> Any:
    agent.known.counts[GOES_ON] = 0


register(Planner, _choose, _update, _finish)


@dataclass(frozen=True, kw_only=True)
class Dyna(Control):
    """Dyna-Q (Sutton 1990; Sutton & Barto 2018, section 8.2): Q-learning from real and from recalled transitions.

    The model counts what each pair led to, and recalls by these counts; where worlds are deterministic, that is the
    book's last outcome. With `planning=0` it is Q-learning. With `bonus` it is Dyna-Q+ (8.3): actions long untried
    promise more, and actions never tried are thought to lead back. With `priority` it is prioritised sweeping (8.4;
    Moore & Atkeson 1993): all updates are expected ones by the model, most urgent first, as many as there are up to
    `planning`.

    Args:
        planning: simulated updates a step.
        bonus: kappa of Dyna-Q+: what is thought to be paid for the root of every step that a pair was not tried.
        priority: theta: how wrong a value must be to be swept; pairs are drawn evenly when None.
        recall: `counts`, or `last` to go by each pair's last outcome alone, for worlds that change.
    """

    planning: int = 5
    bonus: float = 0.0
    priority: float | None = None
    recall: str = "counts"

    def check(self) -> None:
        """Check the parameters.

        Raises:
            ValueError: one is out of range, or two do not go together.
        """
        super().check()
        check_count("planning", self.planning, 0)
        check_choice("recall", self.recall, RECALL)
        line(self.bonus, "bonus", 0.0, math.inf)
        if self.bonus > 0 and not self.gamma < 1:
            raise ValueError(
                f"bonus is {self.bonus} and gamma {self.gamma}, expected gamma below 1: what was never tried is "
                "thought to lead back, and would be worth more and more"
            )
        if self.priority is None:
            return
        line(self.priority, "priority", 0.0, math.inf)
        if self.planning == 0 or self.bonus > 0:
            raise ValueError(
                f"priority is {self.priority} with planning {self.planning} and bonus {self.bonus}, expected planning "
                "of 1 or more and no bonus: prioritised sweeping learns by planning alone"
            )

    def agent(self, states: int, actions: int, length: int) -> Planner:
        """Nothing met, nothing learnt."""
        return Planner(
            self.one_step(states, actions, Q_LEARNING),
            nothing_met(states, actions, self.recall == "last"),
            self.planning,
            float(self.bonus),
            -1.0 if self.priority is None else float(self.priority),
            float(self.initial),
            np.zeros(1, np.int64),
        )
