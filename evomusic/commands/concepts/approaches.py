"""Planning in the lecture, and the approaches: by policies, by values, by models, and mixed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import evomusic as em
from evomusic.commands.concepts.entry import approaches, book, control, planning, silver

if TYPE_CHECKING:
    from evomusic.core.task import Task
    from evomusic.models.mdp import FiniteMDP


@planning(
    "policy evaluation",
    "em.plan.evaluate_policy, em.plan.iterate_policy",
    "exactly, or by sweeps",
    text="The value of a policy by sweeps over all states: each becomes the expected reward and the value of what "
    "follows, by the values of the sweep before. Here for random tokens; four sweeps, a melody's length, are "
    "exact.",
    equations=("v_{k+1}(s) = sum_a pi(a | s) sum_{s', r} p(s', r | s, a) [r + gamma v_k(s')]",),
    sources=(book("4.1", "4.5"), silver(3)),
    control=control("sweeps", {"sweeps": 2, "gamma": 1.0}, policy="random"),
)
def _policy_evaluation(task: Task, mdp: FiniteMDP) -> Any:
    return em.plan.iterate_policy(mdp, [[0.2] * 5] * 19).values[0], task.random_return


@planning(
    "policy improvement",
    "em.plan.improve",
    "greedy on what noise is worth: from -2.1 to 1.4",
    text="To be greedy on the values of a policy is at least as good as the policy. Evaluation and improvement in "
    "turn, from random tokens on, are policy iteration: a few rounds reach the optimum.",
    equations=("pi'(s) = argmax_a sum_{s', r} p(s', r | s, a) [r + gamma v_pi(s')]",),
    sources=(book("4.2", "4.9"), book("4.3"), silver(3)),
    control=control("improve", {"rounds": 1, "gamma": 1.0}),
)
def _policy_improvement(task: Task, mdp: FiniteMDP) -> Any:
    return em.plan.evaluate_policy(mdp, em.plan.improve(mdp, em.plan.evaluate_policy(mdp, [[0.2] * 5] * 19)))[0]


@approaches(
    "policy-based",
    "em.Reinforce, em.PolicyWeights",
    "the policy itself is changed: from chances to one",
    text="The policy itself is changed: tokens of melodies that returned more than expected become likelier. "
    "REINFORCE follows the gradient of the expected return, melody by melody.",
    equations=("theta <- theta + alpha gamma^t (G_t - V(S_t)) nabla ln pi_theta(A_t | S_t)",),
    sources=(
        book("13.3", "13.8"),
        book("13.4", "13.11"),
        silver(7),
        "Williams 1992, Simple statistical gradient-following algorithms",
    ),
    control=control("curves", {"actor": 0.1, "critic": 0.1}, learner="REINFORCE"),
)
def _policy_based(task: Task, mdp: FiniteMDP) -> Any:
    return em.learn.train(em.Reinforce(), mdp, steps=40_000).policy[0]


@approaches(
    "value-based",
    "em.QLearning, em.Sarsa, em.DoubleQ",
    "learns values; the policy is greedy on them",
    text="Values are learnt, and the policy is greedy on them. Double Q-learning has two tables, each of which "
    "values the token that the other finds best, so that lucky rewards are not taken for good ones.",
    equations=("Q_1(S, A) <- Q_1(S, A) + alpha [R + gamma Q_2(S', argmax_a Q_1(S', a)) - Q_1(S, A)]",),
    sources=(book("6.7", "6.10"), silver(1), silver(5)),
    control=control("curves", {"epsilon": 0.1, "alpha": 0.2}, learner="Double Q", greedy=True),
)
def _value_based(task: Task, mdp: FiniteMDP) -> Any:
    return em.learn.train(em.DoubleQ(), mdp, steps=40_000).q[0]


@approaches(
    "model-based",
    "em.Dyna, em.TreeSearch, em.plan.value_iteration",
    "plans with a model, learnt or not",
    text="The agent plans with a model. Dyna learns one as it goes and makes simulated updates with it after each "
    "real step: the more of them, the fewer melodies it needs.",
    equations=('Q(S, A) <- Q(S, A) + alpha [R + gamma max_a Q(S\', a) - Q(S, A)]  "for" (R, S\') = "model"(S, A)',),
    sources=(book("8.2"), silver(8)),
    control=control("curves", {"planning": 5, "epsilon": 0.1}, learner="Dyna", episodes=200),
)
def _model_based(task: Task, mdp: FiniteMDP) -> Any:
    return {n: em.run(em.Dyna(view="markov", planning=n), task, steps=400).curve.delivered[-1] for n in (0, 5, 50)}


@approaches(
    "mixed approach",
    "em.Islands",
    "evolution and learning teach each other: islands of both",
    text="Evolution and learning teach each other: on islands, a learner learns from the melodies of a population, "
    "and its own melodies enter the population. See the best of each by the budget, on average over five seeds.",
    sources=("Khadka & Tumer 2018, Evolution-guided policy gradient in reinforcement learning",),
    control=control("table", {"budget": 2}, table="islands"),
)
def _mixed_approach(task: Task, mdp: FiniteMDP) -> Any:
    return em.run(em.Islands(methods=(em.GA(), em.QLearning(view="markov"))), task, steps=20_000).best_return
