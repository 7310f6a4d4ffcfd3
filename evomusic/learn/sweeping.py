"""Planning with a learnt model: updates of remembered pairs at random, or of the most urgent first."""

from __future__ import annotations

import math
from typing import Any

from evomusic._jit import njit
from evomusic.learn.experience import PAIRS, QUEUED, STATES, outlook, recalled
from evomusic.learn.explore import sized
from evomusic.learn.loop import update


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
