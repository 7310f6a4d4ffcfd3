"""Dyna: Q-learning from real transitions, and planning with a model that is learnt from them.

Sutton & Barto 2018, chapter 8: Dyna-Q (section 8.2) and Dyna-Q+ (8.3) update pairs of state and action that are drawn
evenly from the model, prioritised sweeping (8.4) those whose values are most wrong by it, from a queue. The model's
states are those that the view shows. Simulated updates of Dyna-Q are the very updates of Q-learning; all simulated
updates are counted as `sweeps`. S states, A actions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner
from evomusic.core.checks import choice, number, whole
from evomusic.core.space import Range, Space
from evomusic.core.task import Task
from evomusic.learn.control import Q_LEARNING, Control, OneStep
from evomusic.learn.explore import pick, sized, store
from evomusic.learn.loop import register, update
from evomusic.learn.model_based.learnt_model import (
    GOES_ON,
    PAIRS,
    QUEUED,
    STATES,
    Experience,
    drawn_outcome,
    expected_target,
    no_experience,
    record_transition,
)
from evomusic.models.mdp import FiniteMDP

RECALL = ("counts", "last")
MOST_PLANNING = 10_000_000


class Sweeping(NamedTuple):
    """Planning by prioritised sweeping."""

    least: float  # urgency from which pairs are swept


class Planner(NamedTuple):
    """A Q-learner, its experience, and the parameters of planning with that."""

    one: OneStep
    experience: Experience
    planning: int  # simulated updates a step
    bonus: float  # Dyna-Q+'s kappa
    priority: Sweeping | tuple[()]  # pairs are drawn evenly where it is empty
    initial: float
    planned: NDArray[np.int64]  # (1,) simulated updates so far

    @property
    def q(self) -> NDArray[np.float64]:
        """Action values (S, A)."""
        return self.one.q

    def model(self) -> FiniteMDP:
        """Return the most likely model; a pair that was not tried ends the episode with its initial value as reward."""
        return self.experience.model(self.initial)

    def grown(self, steps: int) -> Planner:
        """Return the agent with room for so many further steps."""
        return self._replace(experience=self.experience.grown(steps))


@inner()
def simulated_updates(agent: Any, n: Any, rng: Any) -> Any:  # Planner, steps so far
    """Update by simulated transitions of pairs drawn evenly (Sutton & Barto 2018, section 8.2, Dyna-Q).

    With a bonus (8.3, Dyna-Q+) all actions of visited states are drawn: one never tried leads back with reward 0, and
    one not tried for tau steps gets bonus x sqrt(tau) more.
    """
    experience, actions = agent.experience, agent.one.q.shape[1]
    pairs, outcomes = experience.pairs, experience.outcomes
    for _ in range(agent.planning):
        if agent.bonus > 0:
            s = experience.visited[int(rng.random() * experience.counts[STATES])]
            a = int(rng.random() * actions)
            k = experience.place[s, a]
        else:
            k = 1 + int(rng.random() * experience.counts[PAIRS])
            s, a = pairs[k]["pair"] // actions, pairs[k]["pair"] % actions
        r, to, end = 0.0, s, False
        if k > 0:
            x = drawn_outcome(experience, k, rng)
            r, to, end = outcomes[x]["reward"], outcomes[x]["to"], outcomes[x]["end"] != 0
        if agent.bonus > 0:
            r += agent.bonus * math.sqrt(n - pairs[k]["tried"])  # row 0, of pairs never tried, says step 0
        update(agent.one, s, a, r, to, 0, end, n, rng)  # 0 as next action: none is chosen
    agent.planned[0] += agent.planning


@inner()
def sweep(agent: Any, k: Any, n: Any, rng: Any) -> Any:  # Planner, row of the pair just tried, steps so far
    """Update the pairs whose values are most wrong by the model (Sutton & Barto 2018, section 8.4).

    Moore & Atkeson 1993: expected updates; then the pairs that lead to the updated state may enter the queue.
    """
    experience, q, gamma, least = agent.experience, agent.one.q, agent.one.gamma, agent.priority.least
    pairs, outcomes, actions = experience.pairs, experience.outcomes, agent.one.q.shape[1]
    s, a = pairs[k]["pair"] // actions, pairs[k]["pair"] % actions
    queue_pair(experience, k, abs(expected_target(experience, k, q, gamma) - q[s, a]), least)
    for _ in range(agent.planning):
        if experience.counts[QUEUED] == 0:
            break
        k = pop_pair(experience)
        s, a = pairs[k]["pair"] // actions, pairs[k]["pair"] % actions
        q[s, a] += sized(agent.one.alpha, s, a, n) * (expected_target(experience, k, q, gamma) - q[s, a])
        agent.planned[0] += 1
        x = experience.into[s]
        while x > 0:
            k = outcomes[x]["pair"]
            if outcomes[x]["count"] > 0:
                before, b = pairs[k]["pair"] // actions, pairs[k]["pair"] % actions
                queue_pair(experience, k, abs(expected_target(experience, k, q, gamma) - q[before, b]), least)
            x = outcomes[x]["earlier"]


@inner()
def queue_pair(experience: Any, k: Any, urgency: Any, least: Any) -> Any:  # Experience, row of a pair
    """Queue a pair whose urgency is above `least`; one that is queued keeps the greater urgency."""
    pairs, queue = experience.pairs, experience.queue
    at = pairs[k]["place"]
    if urgency <= least or (at > 0 and pairs[k]["urgency"] >= urgency):
        return
    if at == 0:
        experience.counts[QUEUED] += 1
        at = experience.counts[QUEUED]
    pairs[k]["urgency"] = urgency
    while at > 1 and pairs[queue[at // 2]]["urgency"] < urgency:
        queue[at] = queue[at // 2]
        pairs[queue[at]]["place"] = at
        at //= 2
    queue[at] = k
    pairs[k]["place"] = at


@inner()
def pop_pair(experience: Any) -> Any:  # Experience with a pair in its queue
    """Take the most urgent pair from the queue; its row."""
    pairs, queue = experience.pairs, experience.queue
    top, k = queue[1], queue[experience.counts[QUEUED]]
    experience.counts[QUEUED] -= 1
    size, at = experience.counts[QUEUED], 1
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


def _choose(agent: Any, s: Any, n: Any, rng: Any) -> Any:  # compiled into the loop
    return pick(agent.one.exploration, agent.one.q, s, n, rng)


def _update(agent: Any, s: Any, a: Any, r: Any, s2: Any, a2: Any, end: Any, n: Any, rng: Any) -> Any:
    k = record_transition(agent.experience, s, a, r, s2, end, n)
    return plan(agent, agent.priority, k, s, a, r, s2, a2, end, n, rng)


@inner()
def plan(
    agent: Any, priority: Any, k: Any, s: Any, a: Any, r: Any, s2: Any, a2: Any, end: Any, n: Any, rng: Any
) -> Any:
    """Learn from a transition, and plan; the way of planning that is not taken is not compiled."""
    if len(priority) > 0:
        sweep(agent, k, n, rng)
        return a2
    next_action = a2 if agent.planning == 0 else 0  # with a next action none is chosen yet: first it plans
    b = update(agent.one, s, a, r, s2, next_action, end, n, rng)
    if agent.planning == 0:
        return b
    simulated_updates(agent, n, rng)
    return a2


def _finish(agent: Any, s: Any, end: Any, n: Any, rng: Any) -> Any:
    agent.experience.counts[GOES_ON] = 0


register(Planner, _choose, _update, _finish)


@dataclass(frozen=True, kw_only=True)
class Dyna(Control):
    """Dyna-Q (Sutton 1990; Sutton & Barto 2018, section 8.2): Q-learning from real and from simulated transitions.

    The model counts the outcomes of each pair of state and action, and outcomes are drawn by these counts; in a
    deterministic world that is the book's last outcome. With `planning=0` it is Q-learning. With `bonus` it is Dyna-Q+
    (8.3): rewards of actions not tried lately get a bonus, and an action never tried leads back to its own state. With
    `priority` it is prioritised sweeping (8.4; Moore & Atkeson 1993): all updates are expected updates by the model, in
    order of urgency, at most `planning` a step. Parameters not listed here are those of `Control`.

    Args:
        planning: simulated updates a step.
        bonus: kappa of Dyna-Q+: a pair not tried for n steps gets an additional reward of kappa x sqrt(n).
        priority: theta: the error from which a value is put into the queue; pairs are drawn evenly when None.
        recall: `counts`, or `last` to go by each pair's last outcome alone, for worlds that change.
    """

    space: ClassVar[Space] = {
        "planning": Range(1, 20, log=True, whole=True),
    }

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
        store(
            self,
            planning=whole("planning", self.planning, 0, MOST_PLANNING),
            bonus=number("bonus", self.bonus, 0.0),
            recall=choice("recall", self.recall, RECALL),
        )
        if self.bonus > 0 and not self.gamma < 1:
            raise ValueError(
                f"bonus is {self.bonus} and gamma {self.gamma}, expected gamma below 1: an action never tried leads "
                "back to its own state, and its value would grow for ever"
            )
        if self.priority is None:
            return
        store(self, priority=number("priority", self.priority, 0.0, also=", or None"))
        if self.planning == 0 or self.bonus > 0:
            raise ValueError(
                f"priority is {self.priority} with planning {self.planning} and bonus {self.bonus}, expected planning "
                "of 1 or more and no bonus: prioritised sweeping learns by planning alone"
            )

    def informed(self, agent: Planner, task: Task) -> Planner:
        """Return the agent with the task's style as first values, and as proposals, where it is to have them."""
        return agent._replace(one=super().informed(agent.one, task))

    def agent(self, states: int, actions: int, length: int) -> Planner:
        """Return an agent without experience."""
        return Planner(
            self.one_step(states, actions, Q_LEARNING),
            no_experience(states, actions, self.recall == "last"),
            self.planning,
            self.bonus,
            () if self.priority is None else Sweeping(self.priority),
            self.first_value,
            np.zeros(1, np.int64),
        )
