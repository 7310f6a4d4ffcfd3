"""Learning from experience in the lecture: Monte Carlo, temporal differences, control, actor-critic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import evomusic as em
from evomusic.commands.concepts.entry import book, control, learning, silver

if TYPE_CHECKING:
    from evomusic.core.task import Task
    from evomusic.models.mdp import FiniteMDP


@learning(
    "Monte Carlo",
    "em.MonteCarloValues, em.MonteCarlo",
    "values are means of returns that were met",
    text="A value is estimated by the mean of the returns that were seen: no model, and no bootstrapping. The "
    "error falls with the square root of the number of melodies.",
    equations=("V(S_t) <- V(S_t) + alpha [G_t - V(S_t)]", 'alpha = frac{1}{n}  "for the mean of" n "returns"'),
    sources=(book("5.1"), book("6.1", "6.1"), silver(4)),
    control=control("prediction", {"melodies": 200}),
)
def _monte_carlo(task: Task, mdp: FiniteMDP) -> Any:
    return em.learn.predict(em.MonteCarloValues(), mdp, episodes=10_000).values[0], task.random_return


@learning(
    "TD(0)",
    "em.TD",
    "reward and next value: credit goes back one step an episode",
    text="A value is moved towards the reward and the next state's value: a guess from a guess, at every step. "
    "Along the best melody, credit goes back one step an episode.",
    equations=("V(S_t) <- V(S_t) + alpha [R_{t+1} + gamma V(S_{t+1}) - V(S_t)]",),
    sources=(book("6.1", "6.2"), silver(4)),
    control=control("credit", {"episodes": 2, "alpha": 1.0, "gamma": 1.0}),
)
def _td(task: Task, mdp: FiniteMDP) -> Any:
    return em.learn.predict(em.TD(alpha=1.0), mdp, em.plan.policy_iteration(mdp, 1.0).policy, 4).history[:, 0]


@learning(
    "TD(lambda)",
    "em.TD, em.LambdaReturn, em.SarsaLambda",
    "credit goes back as far as lambda says",
    text="Lambda mixes the returns of one step, two steps and so on: 0 is TD(0), 1 is Monte Carlo. After one "
    "episode the start is credited with each reward by lambda to the power of its distance.",
    equations=(
        "G_t^lambda = (1 - lambda) sum_{n=1}^{T-t-1} lambda^{n-1} G_{t:t+n} + lambda^{T-t-1} G_t",
        "delta_t = R_{t+1} + gamma V(S_{t+1}) - V(S_t)",
        "V(s) <- V(s) + alpha delta_t z_t(s)",
    ),
    sources=(book("12.1", "12.3"), book("12.2", "12.5", "12.6", "12.7"), silver(4)),
    control=control("credit", {"lambda": 0.5, "alpha": 1.0, "episodes": 1}),
)
def _td_lambda(task: Task, mdp: FiniteMDP) -> Any:
    return {
        lam: em.learn.predict(em.TD(lam=lam, alpha=1.0), mdp, em.plan.policy_iteration(mdp, 1.0).policy, 1).values[0]
        for lam in (0.0, 0.5, 1.0)
    }


@learning(
    "SARSA",
    "em.Sarsa",
    "learns what its own policy is worth, random tokens and all: below Q-learning",
    text="On-policy control: an action value is moved towards the reward and the value of the token that is taken "
    "next. So it learns what its own policy is worth, exploration and all.",
    equations=("Q(S_t, A_t) <- Q(S_t, A_t) + alpha [R_{t+1} + gamma Q(S_{t+1}, A_{t+1}) - Q(S_t, A_t)]",),
    sources=(book("6.4", "6.7"), silver(5), "Rummery & Niranjan 1994, On-line Q-learning using connectionist systems"),
    control=control("curves", {"epsilon": 0.1, "alpha": 0.2}, learner="Sarsa"),
)
def _sarsa(task: Task, mdp: FiniteMDP) -> Any:
    return [em.learn.train(learner, mdp, steps=40_000).values[0] for learner in (em.Sarsa(), em.QLearning())]


@learning(
    "Q-learning",
    "em.QLearning",
    "learns what the best policy is worth while it explores: the optimum",
    text="Off-policy control: an action value is moved towards the reward and the best value of the next state, "
    "whatever token is taken there. So it learns the optimum while it explores.",
    equations=("Q(S_t, A_t) <- Q(S_t, A_t) + alpha [R_{t+1} + gamma max_a Q(S_{t+1}, a) - Q(S_t, A_t)]",),
    sources=(book("6.5", "6.8"), silver(5), "Watkins 1989, Learning from Delayed Rewards"),
    control=control("curves", {"epsilon": 0.1, "alpha": 0.2, "gamma": 1.0}, learner="Q-learning", greedy=True),
)
def _q_learning(task: Task, mdp: FiniteMDP) -> Any:
    return em.run(em.QLearning(view="markov"), task, steps=40_000).curve.delivered[-1], task.optimum().value


@learning(
    "off-policy learning",
    "em.learn.train",
    "from the history of others: here of random tokens",
    text="One policy is learnt from what another did: here Q-learning replays a log of random melodies, several "
    "times over. The log's own return is noise; what is learnt from it is not.",
    equations=(
        'Q(s, a) <- Q(s, a) + alpha [r + gamma max_b Q(s\', b) - Q(s, a)]  "for each" (s, a, r, s\') "of the log"',
    ),
    sources=(book("5.5"), book("6.5", "6.8"), silver(5)),
    control=control("replay", {"melodies": 60, "passes": 4, "alpha": 1.0}),
)
def _off_policy_learning(task: Task, mdp: FiniteMDP) -> Any:
    return em.learn.train(
        em.QLearning(alpha=1.0), mdp, log=em.learn.train(em.QLearning(epsilon=1.0), mdp, 5_000, keep=True).log, passes=4
    ).values[0]


@learning(
    "actor-critic",
    "em.ActorCritic, em.ASE",
    "a critic's values teach an actor, a policy of chances",
    text="An actor, a policy of chances, and a critic, its values: the critic's error says whether a token went "
    "better than expected, and moves the chance of the token up or down.",
    equations=(
        "delta_t = R_{t+1} + gamma V(S_{t+1}) - V(S_t)",
        "V(S_t) <- V(S_t) + beta delta_t",
        "theta <- theta + alpha gamma^t delta_t nabla ln pi_theta(A_t | S_t)",
    ),
    sources=(
        book("13.5", "13.12", "13.13", "13.14"),
        silver(7),
        "Barto, Sutton & Anderson 1983, Neuronlike adaptive elements",
    ),
    control=control("curves", {"actor": 0.1, "critic": 0.1}, learner="actor-critic"),
)
def _actor_critic(task: Task, mdp: FiniteMDP) -> Any:
    return em.learn.train(em.ActorCritic(), mdp, steps=40_000).policy[0]
