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

from evomusic._jit import njit
from evomusic.encodings.base import check_choice, check_count
from evomusic.learn.control import Q_LEARNING, Control, OneStep
from evomusic.learn.explore import line, pick, sized
from evomusic.learn.loop import register, update
from evomusic.learn.model_based.learnt_model import (
    GOES_ON,
    PAIRS,
    QUEUED,
    STATES,
    Experience,
    note,
    nothing_met,
    outlook,
    recalled,
)
from evomusic.models.mdp import FiniteMDP

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


@njit(cache=True)
def imagine(agent: Any, n: Any, rng: Any) -> Any:  # Planner, steps so far
    """Updates by transitions that the model recalls, of pairs drawn evenly (Sutton & Barto 2018, section 8.2, Dyna-Q).

    With a bonus (8.3, Dyna-Q+) of all actions of the states that were met: what was not tried leads back, unpaid, and
    what was not tried for tau steps pays bonus x sqrt(tau) more.
    """
    known, actions = agent.known, agent.one.q.shape[1]
    pairs, outcomes = known.pairs, known.outcomes
    for _ in range(agent.planning):
        if agent.bonus > 0:
            s = known.met[int(rng.random() * known.counts[STATES])]
            a = int(rng.random() * actions)
            k = known.place[s, a]
        else:
            k = 1 + int(rng.random() * known.counts[PAIRS])
            s, a = pairs[k]["pair"] // actions, pairs[k]["pair"] % actions
        r, to, end = 0.0, s, False
        if k > 0:
            x = recalled(known, k, rng)
            r, to, end = outcomes[x]["reward"], outcomes[x]["to"], outcomes[x]["end"] != 0
        if agent.bonus > 0:
            r += agent.bonus * math.sqrt(n - pairs[k]["tried"])  # row 0, of what was not tried, says step 0
        update(agent.one, s, a, r, to, 0, end, n, rng)  # an action is given, so that none is chosen
    agent.planned[0] += agent.planning


@njit(cache=True)
def sweep(agent: Any, k: Any, n: Any, rng: Any) -> Any:  # Planner, row of the pair just tried, steps so far
    """Updates of the pairs whose values are most wrong by the model (Sutton & Barto 2018, section 8.4).

    Moore & Atkeson 1993: expected updates, and the pairs that lead to a state whose value changed are looked at.
    """
    known, q, gamma, least = agent.known, agent.one.q, agent.one.gamma, agent.priority
    pairs, outcomes, actions = known.pairs, known.outcomes, agent.one.q.shape[1]
    s, a = pairs[k]["pair"] // actions, pairs[k]["pair"] % actions
    raised(known, k, abs(outlook(known, k, q, gamma) - q[s, a]), least)
    for _ in range(agent.planning):
        if known.counts[QUEUED] == 0:
            break
        k = taken(known)
        s, a = pairs[k]["pair"] // actions, pairs[k]["pair"] % actions
        q[s, a] += sized(agent.one.alpha, s, a, n) * (outlook(known, k, q, gamma) - q[s, a])
        agent.planned[0] += 1
        x = known.into[s]
        while x > 0:
            k = outcomes[x]["pair"]
            if outcomes[x]["count"] > 0:
                before, b = pairs[k]["pair"] // actions, pairs[k]["pair"] % actions
                raised(known, k, abs(outlook(known, k, q, gamma) - q[before, b]), least)
            x = outcomes[x]["earlier"]


@njit(cache=True)
def raised(known: Any, k: Any, urgency: Any, least: Any) -> Any:  # Experience, row of a pair
    """Queue a pair whose urgency is above `least`; one that is queued keeps the greater urgency."""
    pairs, queue = known.pairs, known.queue
    at = pairs[k]["place"]
    if urgency <= least or (at > 0 and pairs[k]["urgency"] >= urgency):
        return
    if at == 0:
        known.counts[QUEUED] += 1
        at = known.counts[QUEUED]
    pairs[k]["urgency"] = urgency
    while at > 1 and pairs[queue[at // 2]]["urgency"] < urgency:
        queue[at] = queue[at // 2]
        pairs[queue[at]]["place"] = at
        at //= 2
    queue[at] = k
    pairs[k]["place"] = at


@njit(cache=True)
def taken(known: Any) -> Any:  # Experience with a pair in its queue
    """Take the most urgent pair from the queue; its row."""
    pairs, queue = known.pairs, known.queue
    top, k = queue[1], queue[known.counts[QUEUED]]
    known.counts[QUEUED] -= 1
    size, at = known.counts[QUEUED], 1
    while 2 * at <= size:
        below = 2 * at
        if below < size and pairs[queue[below + 1]]["urgency"] > pairs[queue[below]]["urgency"]:
            below += 1
        if pairs[queue[below]]["urgency"] <= pairs[k]["urgency"]:
            break
        queue[at] = queue[below]
        pairs[queue[at]]["place"] = at
        at = below
    if size > 0:
        queue[at] = k
        pairs[k]["place"] = at
    pairs[top]["place"] = 0
    return top
