"""The episode loop: the only one there is. Any learner walks any model by it.

A learner is a NamedTuple of arrays and numbers. Three functions, registered by its class, say what it does; they are
chosen when the loop is compiled, as a model's `start` and `step` are, and by the class in plain Python.

- `choose(agent, s, n, rng)`: the action taken in state s after n steps.
- `update(agent, s, a, r, s2, a2, end, n, rng)`: learn from one transition. `a2` is the next action where a log says it,
  else -1; `end` says that the episode ended there. Returns the next action if the learner had to choose it, else -1.
- `finish(agent, s, end, n, rng)`: after the last update of an episode, in state s: ended, or cut off (end is False).

They make no arrays: the loop is compiled without reference counts, which took up to half of a step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numba.extending import overload
from numpy.typing import NDArray

from evomusic._jit import INLINED, njit
from evomusic.models.walk import start, step

CHOOSE: dict[type, Callable[..., Any]] = {}
UPDATE: dict[type, Callable[..., Any]] = {}
FINISH: dict[type, Callable[..., Any]] = {}
LOGGED: dict[type, Callable[..., Any]] = {}  # models that say which action was taken: logs

STATE, ACTION, STEPS, WAITS, REWARD, TIME, TOTAL = range(7)  # places in a walk's cursor
CUT: Final = 2  # `end` of a log's step whose episode goes on elsewhere: cut off, not ended


def new_cursor() -> NDArray[np.float64]:
    """Where a walk stands before its first step."""
    return np.array([0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0])


def register(agent: type, choose: Any, update: Any, finish: Any) -> None:
    """Make a class of learners known to the loop."""
    CHOOSE[agent], UPDATE[agent], FINISH[agent] = choose, update, finish


def choose(agent: Any, s: Any, n: Any, rng: Any) -> Any:
    """The action taken in a state."""
    return CHOOSE[type(agent)](agent, s, n, rng)


def update(agent: Any, s: Any, a: Any, r: Any, s2: Any, a2: Any, end: Any, n: Any, rng: Any) -> Any:
    """Learn from one transition; the next action if it was chosen for that, else -1."""
    return UPDATE[type(agent)](agent, s, a, r, s2, a2, end, n, rng)


def finish(agent: Any, s: Any, end: Any, n: Any, rng: Any) -> Any:
    """Learn from the end of an episode."""
    return FINISH[type(agent)](agent, s, end, n, rng)


def logged_action(model: Any, memory: Any) -> Any:
    """The action that the model itself says was taken, or -1."""
    return LOGGED[type(model)](model, memory) if type(model) in LOGGED else -1


def _no_action_logged(model: Any, memory: Any) -> Any:
    return -1


def no_finish(agent: Any, s: Any, end: Any, n: Any, rng: Any) -> Any:
    """A `finish` for learners that keep nothing of an episode."""
    return None


@overload(choose, jit_options=INLINED)
def _compiled_choose(agent: Any, s: Any, n: Any, rng: Any) -> Any:
    return CHOOSE.get(agent.instance_class) if hasattr(agent, "instance_class") else None


@overload(update, jit_options=INLINED)
def _compiled_update(agent: Any, s: Any, a: Any, r: Any, s2: Any, a2: Any, end: Any, n: Any, rng: Any) -> Any:
    return UPDATE.get(agent.instance_class) if hasattr(agent, "instance_class") else None


@overload(finish, jit_options=INLINED)
def _compiled_finish(agent: Any, s: Any, end: Any, n: Any, rng: Any) -> Any:
    return FINISH.get(agent.instance_class) if hasattr(agent, "instance_class") else None


@overload(logged_action, jit_options=INLINED)
def _compiled_logged_action(model: Any, memory: Any) -> Any:
    return LOGGED.get(model.instance_class, _no_action_logged) if hasattr(model, "instance_class") else None


@njit(cache=True, nogil=True, _nrt=False)
def learn(
    agent: Any,
    model: Any,
    memory: Any,
    cursor: Any,
    actions: Any,  # (N,) filled with what was done
    returns: Any,  # (E,) sums of rewards and
    lengths: Any,  # (E,) steps, of the episodes that end
    room: Any,  # steps of an episode that the learner has room for
    horizon: Any,  # steps after which an episode is cut off
    late: Any,
    log: Any,  # Transitions (N,) filled with what happened, or of no rows
    rng: Any,
) -> Any:
    """Learn for N steps, until E episodes have ended (E above 0), or until an episode outgrows the learner's room.

    With `late`, a call ends before the last update of an episode, for the reward in the cursor to be completed.
    Returns the number of steps made and of episodes ended.
    """
    s, a, n, t = int(cursor[STATE]), int(cursor[ACTION]), int(cursor[STEPS]), int(cursor[TIME])
    total, made, ended = cursor[TOTAL], len(actions), 0
    if n == 0:
        s = start(model, memory, rng)
    for i in range(-1 if cursor[WAITS] == 1.0 else 0, len(actions)):
        if i < 0:  # the update that waits
            s2, r, end, over, a2 = s, cursor[REWARD], 1, True, -1
            cursor[WAITS] = 0.0
        else:
            if t >= room:
                made = i
                break
            if a < 0:
                a = logged_action(model, memory)
            if a < 0:
                a = choose(agent, s, n, rng)
            s2, r, end = step(model, memory, s, a, rng)
            actions[i] = a
            n += 1
            t += 1
            total += r
            if end == 1 and late:
                cursor[WAITS], cursor[REWARD] = 1.0, r
                made = i + 1
                break
            if len(log.s):
                log.s[i], log.a[i], log.r[i], log.s2[i], log.terminated[i] = s, a, r, s2, end == 1
            over = end or t >= horizon
            a2 = -1 if over else logged_action(model, memory)
        a = update(agent, s, a, r, s2, a2, end == 1, n, rng)
        s = s2
        if over:
            finish(agent, s, end == 1, n, rng)
            s, a = start(model, memory, rng), -1
            if i >= 0 and ended < len(returns):
                returns[ended], lengths[ended] = total, t
                ended += 1
            t, total = 0, 0.0
            if ended and ended == len(returns):
                made = i + 1
                break
    cursor[STATE], cursor[ACTION], cursor[STEPS], cursor[TIME], cursor[TOTAL] = s, a, n, t, total
    return made, ended
