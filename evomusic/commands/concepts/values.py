"""Policies, values and models of the lecture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import evomusic as em
from evomusic.commands.concepts.entry import book, control, silver, values

if TYPE_CHECKING:
    from evomusic.core.task import Task
    from evomusic.models.mdp import FiniteMDP


@values(
    "policy",
    "em.learn.train, em.plan.policy_iteration",
    "what to do in each state: a token, or chances",
    text="A policy says what to do in each state: one token, or a probability of each. Between noise and the best "
    "melody lie the soft optima, whose temperature weighs reward against chance.",
    equations=(
        "pi(a | s) = Pr{A_t = a | S_t = s}",
        "pi_tau(a | s) = frac{exp(q_tau(s, a) / tau)}{sum_b exp(q_tau(s, b) / tau)}",
    ),
    sources=(book("1.3"), book("13.1", "13.2"), silver(1)),
    control=control("soft", {"temperature": 0.5}),
)
def _policy(task: Task, mdp: FiniteMDP) -> Any:
    return em.plan.policy_iteration(mdp, gamma=1.0).policy


@values(
    "value function",
    "em.plan.value_iteration",
    "how good each state is: the start is worth the optimum",
    text="A value function says how good each state is: the return to expect from there on. The start is worth "
    "what the best melody returns.",
    equations=("v_*(s) = max_pi v_pi(s)",),
    sources=(book("3.6", "3.15"), book("1.3"), silver(1), silver(2)),
    control=control("values", {"gamma": 1.0}, states=True),
)
def _value_function(task: Task, mdp: FiniteMDP) -> Any:
    return em.plan.value_iteration(mdp, gamma=1.0).values


@values(
    "model",
    "em.FiniteMDP, em.Dyna",
    "what is paid and what follows: learnt here, and planned with",
    text="A model says what follows a token and what it earns. It can be learnt from random melodies and then "
    "planned with: once every pair of state and token was tried, the plan is optimal.",
    equations=("p(s', r | s, a) = Pr{S_t=s', R_t=r | S_{t-1}=s, A_{t-1}=a}",),
    sources=(book("8.1"), book("1.3"), silver(1), silver(8)),
    control=control("model", {"melodies": 60}),
)
def _model(task: Task, mdp: FiniteMDP) -> Any:
    return em.plan.value_iteration(em.learn.train(em.Dyna(epsilon=1.0), mdp, 5_000).model, gamma=1.0).values[0]


@values(
    "discount",
    "em.plan.value_iteration",
    "gamma: what later rewards count; 0 sees the next alone",
    text="Gamma says how much later rewards count. At 0 the agent sees the next reward alone; at 1 all rewards "
    "count alike, as in the return of a melody.",
    equations=("G_t = R_{t+1} + gamma R_{t+2} + gamma^2 R_{t+3} + ... = sum_{k=0}^{T-t-1} gamma^k R_{t+k+1}",),
    sources=(book("3.3", "3.8"), book("3.4", "3.11"), silver(2)),
    control=control("values", {"gamma": 0.9}),
)
def _discount(task: Task, mdp: FiniteMDP) -> Any:
    return {gamma: em.plan.value_iteration(mdp, gamma=gamma).values[0] for gamma in (0.0, 0.5, 0.9, 1.0)}


@values(
    "V",
    "em.plan.evaluate_policy",
    "what a policy earns from a state on: random tokens, from the start",
    text="V is what a policy earns from a state on, in expectation. At epsilon 1 it is that of random tokens; with "
    "less, that of a policy that is greedy on the optimal values otherwise.",
    equations=("v_pi(s) = EE_pi[G_t | S_t = s]",),
    sources=(book("3.5", "3.12"), silver(2)),
    control=control("exact", {"epsilon": 1.0}),
)
def _v(task: Task, mdp: FiniteMDP) -> Any:
    return em.plan.evaluate_policy(mdp, [[0.2] * 5] * 19)[0], task.random_return


@values(
    "Q",
    "em.plan.evaluate_q, em.Task.q_table",
    "the same after each token: the best return, at the start",
    text="Q is the value of a token in a state: what is earned by taking it and following the policy afterwards. "
    "Write a melody, and see the best return that is still to come after each token.",
    equations=("q_pi(s, a) = EE_pi[G_t | S_t = s, A_t = a]", "q_*(s, a) = max_pi q_pi(s, a)"),
    sources=(book("3.5", "3.13"), book("3.6", "3.16"), silver(2)),
    control=control("writer", columns=["state", "q"]),
)
def _q(task: Task, mdp: FiniteMDP) -> Any:
    return task.q_table()[0].q


@values(
    "Bellman equation",
    "em.plan.q_of",
    "a value is the best reward and what follows: no residual",
    text="The value of a state is the best sum of a reward and the value of what follows. Each sweep makes this so "
    "by the values before; after four, a melody's length, nothing is left to change.",
    equations=(
        "v_pi(s) = sum_a pi(a | s) sum_{s', r} p(s', r | s, a) [r + gamma v_pi(s')]",
        "v_*(s) = max_a sum_{s', r} p(s', r | s, a) [r + gamma v_*(s')]",
    ),
    sources=(book("3.5", "3.14"), book("3.6", "3.19"), book("4.4", "4.10"), silver(2)),
    control=control("sweeps", {"sweeps": 2, "gamma": 1.0}, policy="best"),
)
def _bellman_equation(task: Task, mdp: FiniteMDP) -> Any:
    return abs(em.plan.q_of(mdp, v := em.plan.value_iteration(mdp, gamma=1.0).values).max(axis=1) - v).max()
