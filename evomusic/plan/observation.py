"""The cost of aliasing: the best memoryless policy of a view, against the optimum.

A policy that sees only an agent state has to act alike wherever two histories look alike (aliasing). How well the best
of them does is found exactly, for deterministic policies: `value_of_observation`. A melody is written in a world of no
chance and one start, so there a policy is one melody, in which equal agent states always chose equal tokens.

Sources: Littman, "Memoryless policies: theoretical limitations and practical results" (1994), for branch and bound over
policies whose bound lets the agent see all where nothing is chosen yet; Singh, Jaakkola & Jordan, "Learning without
state-estimation in partially observable Markovian decision processes" (1994), for what stochastic ones gain.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike

from evomusic._jit import inner, njit
from evomusic.core.automata import Automaton, minimise, store_once
from evomusic.core.checks import instance, number, whole, wrong
from evomusic.core.histories import agent_states, listed_view
from evomusic.core.machine import HEADROOM, Machine
from evomusic.core.melody import Melody
from evomusic.core.optimum.bounds import tighten
from evomusic.core.optimum.layers import flatten, merged, regroup
from evomusic.core.optimum.solve import Bound, NotCertified
from evomusic.core.task import Task
from evomusic.core.views import View, as_view
from evomusic.models.arrays import number_array
from evomusic.models.mdp import FiniteMDP
from evomusic.plan.memoryless import POLICIES, best_memoryless

NODES = 100_000_000  # partial melodies that a search may look at: some five seconds
FEW, ROUNDS = 200_000, 120  # nodes of the first search, steps that tighten the bounds for the second
MOST = 10**12  # nodes that a search may be allowed
ROWS = 200_000  # rows of the groups that bounds are made of
PLEDGES = 2**22  # cells of the automaton that holds an agent to what it chose a step ago


class Aliasing(NamedTuple):
    """The best deterministic memoryless policy and what it lacks."""

    value: float  # its expected return
    optimum: float  # the optimal expected return of an agent that sees the state
    policy: dict[int, int]  # its action in each agent state that it reaches
    melody: Melody | None  # the melody that it writes; None for an explicit model
    visited: int  # nodes of the search that proved it

    @property
    def loss(self) -> float:
        """Optimum minus value: the cost of aliasing."""
        return self.optimum - self.value


def value_of_observation(
    model: Task | FiniteMDP, seen: View | str | ArrayLike, gamma: float = 1.0, limit: int | None = None
) -> Aliasing:
    """The exact value of the best deterministic memoryless policy, beside the optimum.

    A stochastic memoryless policy may have a greater value (Singh, Jaakkola & Jordan 1994); none is computed here. A
    view with a clock can write any melody, so it loses nothing, however little else it sees.

    Args:
        model: a task, or an explicit model.
        seen: a task's view, or its name; of an explicit model (S,) whole numbers from 0, the observation of each state.
        gamma: discount of an explicit model, 0 to 1; a melody's return is not discounted.
        limit: most nodes that the search may look at, at least 1; a default that takes some seconds when None.

    Raises:
        NotCertified: a task whose search did not close within the limit, or without an optimum of its own (final
            rewards); holds the best value found, its melody, and an upper bound of all such policies.
        TooManyStates: the view has too many states to list.
        ValueError: arguments do not fit, or an explicit model has too many policies for the limit.
    """
    instance("model", model, (Task, FiniteMDP), "a Task or a FiniteMDP")
    if isinstance(model, FiniteMDP):
        gamma = number("gamma", gamma, 0.0, 1.0)
        most = POLICIES if limit is None else whole("limit", limit, 1, MOST)
        value, optimum, policy, nodes = best_memoryless(model, number_array("seen", seen), gamma, most)
        return Aliasing(value, optimum, policy, None, nodes)
    if number("gamma", gamma, 0.0, 1.0) != 1:
        raise wrong("gamma", gamma, "1: a melody's return is not discounted")
    instance("seen", seen, (View, str), f"a view of task {model.name!r} or its name")
    most = NODES if limit is None else whole("limit", limit, 1, MOST)
    return _of_task(model, as_view(cast("View | str", seen)), most)


def _of_task(task: Task, view: View, limit: int) -> Aliasing:
    """A task through a view."""
    optimum = task.optimum()
    melody, visited = optimum.melody, optimum.visited
    if not view.clock:
        melody, visited = _searched(task, listed_view(task, view), limit, optimum.value)
    tokens = melody.tokens
    states = agent_states(task, view, tokens[None])[0, :-1]
    policy = dict(zip(states.tolist(), tokens.tolist(), strict=True))
    return Aliasing(float(task.evaluate(tokens[None])[0]), optimum.value, policy, melody, visited)


def _searched(task: Task, seen: Automaton, limit: int, most: float) -> tuple[Melody, int]:
    """The best melody that a view without a clock can write, none above `most`, and how many nodes proved it."""
    automata = (*task.machine.automata, _pledge(task.machine, seen))
    groups = regroup(automata)
    groups, multipliers = merged(groups, np.zeros((len(groups), task.grid.steps, task.grid.tokens)), ROWS)
    flat, tokens, best = flatten(groups), np.zeros(task.grid.steps, np.uint8), -HEADROOM
    for rounds, nodes in ((5, min(limit, FEW)), (ROUNDS, limit)):  # a first melody: bounds are tightened towards it
        bounds = tighten(flat, multipliers, best, rounds)
        multipliers, chosen = bounds.multipliers, np.full(seen.size, -1, np.int64)
        best, visited, upper = dive(flat, bounds.q, seen.next, seen.slot, chosen, best, nodes, tokens)
        if upper <= best:
            return Melody(tokens, task.grid), int(visited)
    why = f"no best memoryless policy was proved within {limit} nodes; raise limit, or ask for a smaller task"
    raise NotCertified(why, Bound(float(min(upper, bounds.upper, most)), float(best), Melody(tokens, task.grid)))


def _pledge(machine: Machine, seen: Automaton) -> Automaton:
    """A rule that no policy breaks: where the view has not changed for a step, choose as a step ago.

    A bound that knows it is lower. The rule remembers what is seen, and the token that it is pledged to (0 for none,
    else 1 + token); in its last memory the pledge was broken, with a large negative reward.
    """
    planes, size, tokens = seen.next.shape
    states = size * (tokens + 1) + 1
    if planes * states * tokens > PLEDGES:
        nothing = np.zeros((1, 1, tokens))
        return Automaton(np.zeros_like(seen.slot), nothing.astype(np.int32), nothing)
    pledged, token = np.arange(tokens + 1)[:, None], np.arange(tokens)
    obeyed = (pledged == 0) | (pledged == token + 1)  # (A + 1, A)
    stays = seen.next == np.arange(size)[None, :, None]
    ahead = seen.next * (tokens + 1) + np.where(stays, token + 1, 0)  # (K, S, A)
    following = np.full((planes, states, tokens), states - 1, np.int32)
    following[:, :-1] = np.where(obeyed, ahead[:, :, None], states - 1).reshape(planes, -1, tokens)
    most = len(seen.slot) * sum(float(np.abs(auto.value).max()) for auto in machine.automata)
    fine = min(2 * most + 1, HEADROOM)  # sums stay exact
    value = np.zeros(following.shape)
    value[:, :-1] = np.tile(np.where(obeyed, 0.0, -fine), (planes, size, 1))
    return store_once(minimise(Automaton(seen.slot, following, value)))


@njit(cache=True, nogil=True)
def dive(
    flat: Any, q: Any, following: Any, slot: Any, chosen: Any, best: Any, limit: Any, tokens: Any
) -> Any:  # chosen (M,) token by memory seen, -1 where none; tokens (T,) is filled with the best melody
    """Depth first over melodies that a memoryless policy can write, best bound first, above `best`.

    Returns the best value, nodes looked at, and the bound of what was left when they were more than `limit`.
    """
    groups, steps = flat.place.shape
    rows, seen = np.zeros((steps + 1, groups), np.int32), np.zeros(steps + 1, np.int64)
    reached, whole = np.zeros(steps + 1), np.full((steps, q.shape[1]), -np.inf)  # bound of each token that waits
    fresh, path = np.zeros(steps, np.bool_), np.zeros(steps, np.uint8)
    t, nodes = 0, 1
    fresh[0] = True
    weigh(flat, q, rows, reached, -1, 0, whole)
    while t >= 0 and nodes <= limit:
        a = 0
        for b in range(1, whole.shape[1]):
            if whole[t, b] > whole[t, a]:
                a = b
        if whole[t, a] <= best:  # nothing better is left here
            if fresh[t]:
                chosen[seen[t]] = -1
            t -= 1
            continue
        whole[t, a] = -np.inf
        chosen[seen[t]] = path[t] = a
        reached[t + 1] = reached[t]
        for g in range(groups):
            i = flat.place[g, t] + rows[t, g]
            reached[t + 1] += flat.value[i, a]
            rows[t + 1, g] = flat.next[i, a]
        seen[t + 1] = following[slot[t], seen[t], a]
        t += 1
        nodes += 1
        if t == steps:
            if reached[t] > best:
                best = reached[t]
                tokens[:] = path
            t -= 1
            continue
        fresh[t] = chosen[seen[t]] < 0
        weigh(flat, q, rows, reached, chosen[seen[t]], t, whole)
    left = best
    for i in range(t + 1):
        for a in range(whole.shape[1]):
            left = max(left, whole[i, a])
    return best, nodes, left


@inner()
def weigh(flat: Any, q: Any, rows: Any, reached: Any, only: Any, t: Any, whole: Any) -> Any:
    """Fill whole[t]: the bound of all that goes on with each token, -inf for those that the policy does not choose."""
    for a in range(whole.shape[1]):
        whole[t, a] = reached[t] if only < 0 or a == only else -np.inf
        for g in range(rows.shape[1]):
            whole[t, a] += q[flat.place[g, t] + rows[t, g], a]
