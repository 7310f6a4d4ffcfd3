"""The song of a task as a policy of a view, token by token, and priors by their names.

Shapes: T steps, A tokens, M memories of a view; its states are S = T x M with the clock, else M.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from evomusic.core.automata import TooManyStates
from evomusic.core.optimum.chain import Chain
from evomusic.core.policies import LEAST, style_policy, view_memories
from evomusic.core.task import Task
from evomusic.core.views import View, as_view

PAIRS = 2**26  # memories of a view x rows of a song at one step, at most


def prior_policy(task: Task, view: View | str, prior: str) -> NDArray[np.float64]:
    """The task's style or song as a policy (S, A) of a view.

    Raises:
        ValueError: the task has no such prior.
        TooManyStates: the view, or its joint memory with the prior, is too large to list.
    """
    return song_policy(task, view) if prior == "song" else style_policy(task, view)


def song_policy(task: Task, view: View | str) -> NDArray[np.float64]:
    """The task's song as a policy (S, A) of a view: the probability of each token, given what the view sees.

    It is the song's rhythm and pitch as automata, as in `Task.soften`. These remember more than most views do: their
    memories are weighted by their probabilities in melodies that they write. A state that no such melody visits has the
    uniform distribution. Probabilities are at least 2^-40.

    Raises:
        ValueError: the task has no song.
        TooManyStates: the view, or its joint memory with the song, is too large to list.
    """
    return _song_policy(task, as_view(view))


@lru_cache(maxsize=16)
def _song_policy(task: Task, view: View) -> NDArray[np.float64]:
    chain, seen = task.soften(math.inf, prior="song", rules=[]).chain, view_memories(task, view)
    written = np.zeros((task.grid.steps if view.clock else 1, seen.size, task.grid.tokens))
    mass: NDArray[np.float64] = np.ones(1)  # of pairs of a memory and a row
    at, rows = np.zeros((2, 1), np.int64)
    for t, k in enumerate(seen.slot):
        many = len(chain.sums[t + 1].kinds.shares)
        if seen.size * many > PAIRS:
            raise TooManyStates(f"the joint memory of {view} and the song is too large to list")
        flow = mass[:, None] * chain.probabilities(t, rows)
        np.add.at(written[t if view.clock else 0], at, flow)
        ahead = seen.next[k][at].astype(np.int64) * many + _following(chain, t)[rows]
        sums = np.bincount(ahead.ravel(), flow.ravel()).astype(np.float64)
        pairs = np.flatnonzero(sums)
        mass, at, rows = sums[pairs], pairs // many, pairs % many
    policy = written.reshape(-1, task.grid.tokens)
    policy[policy.sum(axis=1) == 0] = 1.0
    policy = np.maximum(policy / policy.sum(axis=1, keepdims=True), LEAST)
    policy /= policy.sum(axis=1, keepdims=True)
    policy.flags.writeable = False
    return policy


def _following(chain: Chain, t: int) -> NDArray[np.int64]:
    """Rows (n, A) of the step after t to which each token leads."""
    n, tokens = len(chain.stages.steps[t].kinds), chain.allowed.shape[1]
    rows, each = np.repeat(np.arange(n), tokens), np.tile(np.arange(tokens), n)
    return chain.follow(t, rows, each).reshape(n, tokens)
