"""Exploration of the lecture: greedy, random, in between, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import evomusic as em
from evomusic.commands.concepts.entry import book, control, exploration, silver

if TYPE_CHECKING:
    from evomusic.core.task import Task
    from evomusic.models.mdp import FiniteMDP


@exploration(
    "exploration and exploitation",
    "em.QLearning",
    "what never tries, or only tries, earns less",
    text="To exploit is to do what looks best by now, to explore is to try what may be better. An agent that never "
    "explores gets stuck, one that only explores never earns what it has learnt.",
    sources=(book("1.1"), silver(1), silver(9)),
    control=control("curves", {"epsilon": 0.1}, learner="Q-learning"),
)
def _exploration(task: Task, mdp: FiniteMDP) -> Any:
    return [em.run(em.QLearning(view="markov", epsilon=e), task, 20_000).curve.online[-1] for e in (0.0, 0.1, 1.0)]


@exploration(
    "greedy",
    "em.QLearning",
    "always what is known as best: stuck below the optimum of 2.4",
    text="The greedy policy takes the token with the greatest value by now. It gets stuck below the optimum, "
    "unless values begin above all returns: such optimism makes it try every token (raise the initial value).",
    equations=("A_t = argmax_a Q_t(S_t, a)",),
    sources=(book("2.2", "2.2"), book("2.6"), silver(9)),
    control=control("curves", {"initial": 0.0}, learner="Q-learning", epsilon=0.0),
)
def _greedy(task: Task, mdp: FiniteMDP) -> Any:
    return em.run(em.QLearning(view="markov", epsilon=0.0), task, steps=20_000).curve.delivered[-1]


@exploration(
    "random",
    "em.QLearning, em.RandomSearch",
    "any token alike: earns noise, and yet learns the optimum",
    text="The random policy takes any token alike. It earns what noise earns, and yet Q-learning learns the "
    "optimum from it: the greedy policy of its values, the second curve, gets there.",
    equations=("pi(a | s) = frac{1}{A}",),
    sources=(silver(9),),
    control=control("curves", {"alpha": 0.2}, learner="Q-learning", epsilon=1.0, greedy=True),
)
def _random(task: Task, mdp: FiniteMDP) -> Any:
    return em.run(em.QLearning(view="markov", epsilon=1.0), task, 40_000).curve.delivered[-1], task.random_return


@exploration(
    "epsilon-greedy",
    "em.QLearning",
    "random now and then, else greedy: earns more and more",
    text="A random token with probability epsilon, else the greedy one. The price of exploring for ever is exact: "
    "it is the expected return of the policy that is epsilon-greedy on the optimal values.",
    equations=(
        'pi(a | s) = 1 - epsilon + frac{epsilon}{A}  "for"  a = argmax_b Q(s, b)',
        'frac{epsilon}{A}  "for others"',
    ),
    sources=(book("2.2"), book("5.4"), silver(5)),
    control=control("exact", {"epsilon": 0.1}),
)
def _epsilon_greedy(task: Task, mdp: FiniteMDP) -> Any:
    return em.run(em.QLearning(view="markov", epsilon=0.1), task, steps=20_000).curve.online[::20]


@exploration(
    "decaying epsilon",
    "em.Decay",
    "from all random down to a plateau: tries first, earns then",
    text="Epsilon falls from its start to a plateau over a fraction of the episodes: the agent tries first and "
    "earns then.",
    equations=("epsilon_n = epsilon_0 + (epsilon_1 - epsilon_0) min(1, frac{n}{f N})",),
    sources=(silver(9),),
    control=control("curves", {"start": 1.0, "end": 0.05, "fraction": 0.5}, learner="Q-learning"),
)
def _decaying_epsilon(task: Task, mdp: FiniteMDP) -> Any:
    return em.run(em.QLearning(view="markov", epsilon=em.Decay(1.0, 0.05, 0.5)), task, 20_000).curve.online[::20]


@exploration(
    "regret",
    "em.Task.optimum, em.plots.draw_regret",
    "the true optimum minus what is earned",
    text="Regret is what is lost by not being optimal: the optimum minus what is earned, summed over episodes. A "
    "constant epsilon loses something for ever, so that its regret grows without end.",
    equations=("L_n = sum_{i=1}^{n} (v_*(s_0) - G_i)",),
    sources=(silver(9),),
    control=control("curves", {"epsilon": 0.1}, learner="Q-learning", regret=True),
)
def _regret(task: Task, mdp: FiniteMDP) -> Any:
    return task.optimum().value - em.run(em.QLearning(view="markov"), task, steps=20_000).curve.online[::20]


@exploration(
    "delayed credit",
    "em.make, em.TD",
    "all is paid at the end: traces credit all 4 states at once",
    text="When all reward comes at the end, the states before must be credited for it. TD(0) carries credit back "
    "one step an episode; eligibility traces reach all states at once, each by lambda to the power of its "
    "distance.",
    equations=("z_t(s) = gamma lambda z_{t-1}(s) + 1_{S_t = s}", "V(s) <- V(s) + alpha delta_t z_t(s)"),
    sources=(book("12.2", "12.5", "12.7"), silver(4)),
    control=control("credit", {"lambda": 0.9, "alpha": 0.1, "episodes": 1}, delayed=True),
)
def _delayed_credit(task: Task, mdp: FiniteMDP) -> Any:
    return {
        lam: sum(em.learn.predict(em.TD(lam=lam), em.make("tiny", delayed=True), episodes=1).values != 0)
        for lam in (0.0, 0.9)
    }
