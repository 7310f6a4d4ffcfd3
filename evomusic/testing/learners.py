"""The contract of learners: `check_learner`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.task import Task
from evomusic.core.views import View, as_view
from evomusic.learn.learner import Learner, Learning, ranks
from evomusic.learn.training import BUFFER, Trained, Walk, train
from evomusic.learn.walk import plan, states_along
from evomusic.models.mdp import FiniteMDP
from evomusic.models.transitions import transitions_of
from evomusic.testing.methods import check_method
from evomusic.testing.rules import demand

SEED = 7
ROUNDS = 30  # batches of melodies: some hundred
STEPS = 1001  # odd, so that the half of them breaks off in the middle of an episode
LOOPS = 4000  # steps in the world that never ends


def check_learner(
    learner: Learner, task: Task | None = None, *, bootstraps: bool = True, replays: bool = False
) -> None:
    """Hold a learner to its contract.

    On a task it is a method (`check_method`). On the task's own explicit model it makes the same updates as on the
    task through a Markov view: the same melodies, and values that are equal state by state. The same seed gives the
    same values, in one go or in two that part in mid-episode; values are finite. An episode that ended does not change
    the updates of the next, and one that was cut off is no end: its last state's value counts.

    Args:
        learner: the learner; where its view is not Markov for the task, it gets the view `markov` on explicit models.
        task: a small task without final rewards; `tiny` when None.
        bootstraps: False for a learner that by its definition never looks at the value of a state that follows.
        replays: whether a log of its own history is to give the learner the same values: true of Q-learning, which
            learns off-policy and draws no number for its updates.

    Raises:
        AssertionError: the learner breaks its contract; says how.
        ValueError: the task has no explicit model.

    >>> import evomusic as em
    >>> check_learner(em.QLearning(alpha=0.2), replays=True)
    """
    demand(isinstance(learner, Learner), f"{learner!r} is no Learner; make it a subclass of evomusic.learn.Learner")
    if task is None:
        from evomusic.catalogue import make

        task = make("tiny")
    check_method(learner, task)
    view = _markov_view(learner, task)
    mdp = FiniteMDP.from_task(task, view)
    _check_repeats(learner, mdp)
    _check_twins(replace(learner, view=view), task, mdp)
    _check_forgets(learner)
    if bootstraps:
        _check_cut_off(learner)
    if replays:
        _check_replays(learner, mdp, STEPS // task.grid.steps * task.grid.steps)


class Learnt(NamedTuple):
    """Arrays of an agent: rankings (S, A), and state values (S,) and probabilities (S, A) where it has any."""

    ranks: NDArray[np.float64]
    values: NDArray[np.float64] | None
    probabilities: NDArray[np.float64] | None

    def rows(self, states: NDArray[np.int64]) -> list[tuple[str, NDArray[np.float64]]]:
        """Return the rows of some states, by name of the array."""
        arrays = zip(("rankings", "values", "probabilities"), self, strict=True)
        return [(name, np.asarray(array)[states]) for name, array in arrays if array is not None]


def _learnt(agent: Any) -> Learnt:
    values = agent.v if hasattr(agent, "v") else None
    return Learnt(ranks(agent), values, agent.probabilities() if hasattr(agent, "probabilities") else None)


def _markov_view(learner: Learner, task: Task) -> View:
    """The learner's own view if the task can be written out through it, else that of all rules."""
    view = as_view(learner.view)
    return view if view.clock and view.is_markov(task) else View.named("markov")


def _check_twins(learner: Learner, task: Task, mdp: FiniteMDP) -> None:
    """Check that updates on the task and on its explicit model are the same."""
    name, rng = repr(learner), np.random.default_rng(SEED)
    learner = learner.within(STEPS)
    state, batch = learner.init(task, rng)
    made = [batch.melodies]
    for _ in range(ROUNDS):
        state, batch = learner.step(task, state, rng)
        made.append(batch.melodies)
    melodies = np.concatenate(made)
    found = train(learner, mdp, steps=melodies.size, seed=SEED, keep=True)
    same = bool((found.log.a == melodies.ravel()).all())
    demand(same, f"{name}: writes other melodies on the task than on its FiniteMDP")
    here, there = _paired(learner, task, state, melodies, mdp)
    own, other = _learnt(state.agent).rows(here), _learnt(found.agent).rows(there)
    for (what, a), (_, b) in zip(own, other, strict=True):
        wrong = np.flatnonzero((a != b).reshape(len(here), -1).any(axis=1))
        if len(wrong):
            i = wrong[0]
            where = f"state {there[i]} of its FiniteMDP, row {here[i]} on the task"
            raise AssertionError(f"{name}: {what} of {where}, are {b[i].tolist()} there, {a[i].tolist()} on the task")


def _paired(
    learner: Learner, task: Task, state: Learning, melodies: NDArray[np.uint8], mdp: FiniteMDP
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the states that melodies pass: as rows of a learner on the task, and as numbered by the explicit model."""
    view = as_view(learner.view)
    rows = states_along(plan(task, view, learner.rows), state.rows, melodies).ravel()
    pairs = np.unique(np.stack([rows, transitions_of(task, view, melodies, mdp).s], axis=1), axis=0)
    return pairs[:, 0], pairs[:, 1]


def _check_repeats(learner: Learner, mdp: FiniteMDP) -> None:
    """Check that the same seed gives the same finite values, in one go or in two."""
    name, learner = repr(learner), learner.within(STEPS)
    try:
        first, again = (train(learner, mdp, steps=STEPS, seed=SEED, keep=True) for _ in range(2))
    except ValueError as error:
        raise AssertionError(f"{name}: {error}") from error
    for what, array in _learnt(first.agent).rows(np.arange(mdp.states)):
        demand(bool(np.isfinite(array).all()), f"{name}: {what} are not finite")
    demand(_bytes(first) == _bytes(again), f"{name}: the same seed gave other values")
    rng = np.random.default_rng(SEED)
    walk = Walk(mdp.walk, np.zeros(mdp.memory_size, np.int64), rng, None)
    agent = learner.agent(mdp.states, mdp.actions, BUFFER)
    for steps in (STEPS // 2, STEPS - STEPS // 2):
        agent, _ = walk.go(agent, lambda x, n: learner.resized(x, mdp.states, mdp.actions, n), steps, None)
    parted = all(_equal(a, b) for a, b in zip(_learnt(agent), _learnt(first.agent), strict=True))
    demand(parted, f"{name}: {STEPS} steps in two goes gave other values than in one")


def _check_forgets(learner: Learner) -> None:
    """Rewards of one corridor change nothing in another one that no episode joins to it."""
    learner = learner.within(STEPS)
    for end, horizon, how in ((True, None, "ended"), (False, 3, "was cut off")):
        worlds = [_corridors(reward, end) for reward in (0.0, 1.0)]
        runs = [train(learner, world, steps=STEPS, seed=SEED, horizon=horizon) for world in worlds]
        poor, rich = (_learnt(run.agent).rows(np.array([0, 2])) for run in runs)
        for (what, a), (_, b) in zip(poor, rich, strict=True):
            said = f"an episode that {how} left something behind: {what} of states that no later one visits changed"
            demand(_equal(a, b), f"{learner!r}: {said}")


def _corridors(reward: float, end: bool) -> FiniteMDP:
    """A world of two corridors, states 0 and 2 without rewards, and 1 and 3 with them; with or without an end."""
    model = {
        s: {0: [(1.0, (s + 2) % 4, reward if s % 2 else 0.0, end and s > 1)]} for s in range(4)
    }  # one action: nothing else differs
    return FiniteMDP.of(model, start=[0.5, 0.5, 0.0, 0.0])


def _check_cut_off(learner: Learner) -> None:
    """Check values of two states that lead to each other with reward 1: 1 / (1 - .5) = 2, or 1 if a cut is an end."""
    loop = {s: {a: [(1.0, 1 - s, 1.0, False)] for a in range(2)} for s in range(2)}
    discounted = replace(learner, gamma=0.5)
    found = train(discounted, FiniteMDP.of(loop, start=[0.5, 0.5]), steps=LOOPS, seed=SEED, horizon=1)
    if not (hasattr(found.agent, "q") or hasattr(found.agent, "v")):
        return  # a policy without values
    value = float(found.values.max())
    said = f"values go to {value:.3g}, expected 2 (1 where a cut is taken for an end)"
    demand(abs(value - 2) < 0.5, f"{learner!r}: an episode cut off is no end, but in an endless loop its {said}")


def _check_replays(learner: Learner, mdp: FiniteMDP, steps: int) -> None:
    """Check that a log of whole episodes gives the values that were learnt when they happened."""
    learner = learner.within(steps)
    lived = train(learner, mdp, steps=steps, seed=SEED, keep=True)
    read = train(learner, mdp, log=lived.log, seed=SEED + 1)
    same = all(_equal(a, b) for a, b in zip(_learnt(lived.agent), _learnt(read.agent), strict=True))
    demand(same, f"{learner!r}: a log of its own history gave other values")


def _bytes(found: Trained) -> bytes:
    arrays = (a for a in _learnt(found.agent) if a is not None)
    return b"".join(a.tobytes() for a in (*arrays, *found.log))


def _equal(a: NDArray[np.float64] | None, b: NDArray[np.float64] | None) -> bool:
    return a is b or (a is not None and b is not None and np.array_equal(a, b))
