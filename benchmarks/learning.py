"""Learners on an explicit model, against a tabular loop over Gymnasium as its users write it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

import evomusic as em
from benchmarks.timing import Sheet, seconds
from evomusic.core.views import as_view
from evomusic.learn.learner import NO_LENGTHS, NO_LOG, NO_RETURNS, Learner
from evomusic.learn.loop import learn, new_cursor
from evomusic.learn.n_step import NStepSarsa
from evomusic.learn.traces import SarsaLambda
from evomusic.learn.walk import empty, grown, model_of, plan
from evomusic.models.mdp import FiniteMDP

STATES, ACTIONS, OUTCOMES = 100, 36, 3
LONG = 2**62
ALPHA, GAMMA, EPSILON = 0.1, 0.99, 0.1


def stochastic(seed: int = 0) -> FiniteMDP:
    """A random model: three outcomes for each of 36 actions, one in a hundred transitions ends the episode."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(OUTCOMES), (STATES, ACTIONS))
    to, paid = rng.integers(0, STATES, p.shape), rng.normal(size=p.shape)
    ends = rng.random(p.shape) < 0.01
    cells = np.stack([p, to, paid, ends], axis=-1).tolist()  # (S, A, outcomes, 4)
    model = {
        s: {a: [(x, int(y), z, bool(e)) for x, y, z, e in o] for a, o in enumerate(m)} for s, m in enumerate(cells)
    }
    return FiniteMDP.of(model, start=0)


def model_speed(learner: Learner, mdp: FiniteMDP, steps: int, repeats: int) -> float:
    """Million updates/s of a learner's loop on one core."""

    def work() -> None:
        agent = learner.agent(mdp.states, mdp.actions, 1024)
        rest = (NO_RETURNS, NO_LENGTHS, LONG, LONG, False, NO_LOG, np.random.default_rng(0))
        learn(agent, mdp.walk, np.zeros(mdp.memory_size, np.int64), new_cursor(), np.empty(steps, np.int64), *rest)

    work()
    return steps / seconds(work, repeats) / 1e6


def task_speed(learner: Learner, task: em.Task, steps: int, repeats: int) -> float:
    """The same on a task."""
    tables, length = plan(task, as_view(learner.view), learner.rows), task.grid.steps

    def work() -> None:
        rows, states = grown(tables, empty(tables)[0], steps)
        agent = learner.agent(states, tables.actions, length)
        rest = (NO_RETURNS, NO_LENGTHS, length + 1, length + 1, False, NO_LOG, np.random.default_rng(0))
        learn(agent, model_of(tables, rows), rows.memory, new_cursor(), np.empty(steps, np.uint8), *rest)

    work()
    return steps / seconds(work, repeats) / 1e6


def in_gymnasium(mdp: FiniteMDP):
    """The model as an environment in the manner of Gymnasium's toy_text, made and wrapped by `gymnasium.make`."""
    import gymnasium
    from gymnasium.envs.toy_text.utils import categorical_sample

    first, rows = mdp.outcomes.first.tolist(), mdp.outcomes.rows.tolist()

    class Table(gymnasium.Env):
        def __init__(self) -> None:
            self.observation_space = gymnasium.spaces.Discrete(mdp.states)
            self.action_space = gymnasium.spaces.Discrete(mdp.actions)
            groups = ([rows[i] for i in range(*span)] for span in pairwise(first[:-1]))
            cells = [[(p, to, r, bool(end)) for p, r, to, end in group] for group in groups]
            self.P = {s: dict(enumerate(cells[s * ACTIONS : (s + 1) * ACTIONS])) for s in range(mdp.states)}

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            self.s = 0
            return self.s, {}

        def step(self, a):
            outcomes = self.P[self.s][a]
            p, self.s, r, end = outcomes[categorical_sample([x[0] for x in outcomes], self.np_random)]
            return self.s, r, end, False, {"prob": p}

    gymnasium.register("evomusic/Table-v0", Table, max_episode_steps=1000)
    return gymnasium.make("evomusic/Table-v0")


def gymnasium_speed(mdp: FiniteMDP, steps: int, repeats: int) -> float:
    """Million updates/s of Q-learning in Python, with a table in numpy."""
    env, rng = in_gymnasium(mdp), np.random.default_rng(0)

    def work() -> None:
        q = np.zeros((mdp.states, mdp.actions))
        s, _ = env.reset(seed=0)
        for _ in range(steps):
            a = int(rng.integers(mdp.actions)) if rng.random() < EPSILON else int(np.argmax(q[s]))
            s2, r, terminated, truncated, _ = env.step(a)
            q[s, a] += ALPHA * (r + GAMMA * np.max(q[s2]) * (not terminated) - q[s, a])
            s = env.reset()[0] if terminated or truncated else s2

    return steps / seconds(work, repeats) / 1e6


def control(sheet: Sheet, small: bool) -> None:
    """Updates/s of control, one core."""
    mdp, steps = stochastic(), 20_000 if small else 3_000_000
    numbers = {"alpha": ALPHA, "gamma": GAMMA, "epsilon": EPSILON}
    name = f"Q-learning, {STATES} states x {ACTIONS} actions, stochastic"
    ours = model_speed(em.QLearning(**numbers), mdp, steps, sheet.repeats)
    sheet.least(name, ours, "M updates/s", 15)
    peer = gymnasium_speed(mdp, 2000 if small else 40_000, min(2, sheet.repeats))
    sheet.ratio(name, ours, peer, "M updates/s", 100, "Python loop over Gymnasium")
    for learner, least in ((SarsaLambda(lam=0.9, **numbers | {"alpha": 0.02}), 3), (NStepSarsa(n=4, **numbers), 3)):
        speed = model_speed(learner, mdp, steps // 3, sheet.repeats)
        sheet.least(f"{type(learner).__name__} on the same", speed, "M updates/s", least)
    speed = task_speed(SarsaLambda(lam=0.9), em.make("tune"), steps // 3, sheet.repeats)
    sheet.least("SarsaLambda on tune, short view", speed, "M steps/s", 3)
