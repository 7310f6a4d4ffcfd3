"""Learning: values and policies from experience, on tasks, on explicit models, and from logs.

All of it is one loop and one update per learner. In state s the agent takes action a, gets reward r and reaches s2; a
learner moves a value towards a target, Q(s, a) += alpha (target - Q(s, a)). Targets, by Sutton & Barto 2018:

    QLearning       r + gamma max_b Q(s2, b)                                     (6.8)
    Sarsa           r + gamma Q(s2, a2), with the action a2 that is taken next   (6.7)
    ExpectedSarsa   r + gamma sum_b pi(b|s2) Q(s2, b)                            (6.9)
    DoubleQ         r + gamma Q2(s2, argmax_b Q1(s2, b)), two tables             (6.10)
    NStepSarsa      n rewards, then gamma^n Q                                    (7.4, 7.5)
    SarsaLambda     that of Sarsa, for all pairs by eligibility traces           (12.5 to 12.12)
    WatkinsQ        that of Q-learning, traces cut where it explores             (section 12.10)
    MonteCarlo      the return; off-policy weighted by importance ratios         (5.5 to 5.8)
    Reinforce       preferences += alpha gamma^t (return - v) grad log pi        (13.8, 13.11)
    ActorCritic     preferences += alpha I delta grad log pi, delta the TD error (section 13.5)
    SoftQLearning   r + gamma temperature log sum_b p(b|s2) exp(Q(s2, b) / temperature), p a prior
    SoftActorCritic as ActorCritic, of r - temperature log(pi(a|s) / p(a|s))
    LinearSarsa     that of Sarsa, for weights of features in place of a table   (10.1, 12.7)
    Dyna            that of Q-learning, and simulated updates by a learnt model  (sections 8.2 to 8.4)

Conventions: states are numbered 0 to S - 1, actions 0 to A - 1; Q is (S, A), v (S,), both float64. The value of what
follows the end of an episode is 0; an episode that is cut off is no end, and its last state's value counts. Ties are
broken at random, by the run's only generator: the same seed gives the same bytes. On a task an action is a token, an
episode a melody, and the state is what the learner's view shows of the melody so far.

Read `control.py` first (a learner whole: agent, update, parameters), then `learner.py` (what makes a method of it) and
`loop.py` (the one loop, for learners and models of any class). `explore.py` has exploration, step sizes and schedules;
`traces.py`, `n_step.py`, `monte_carlo.py`, `actor_critic.py`, `reinforce.py`, `soft.py` and `soft_actor_critic.py` have
the other learners; `walk.py` has tasks as models, `replay.py` logs, `sampled.py` Gymnasium's environments
(`discretised.py` cuts their observations into bins); `training.py` has `train`. In folders: `prediction/` (the value of
a fixed policy), `model_based/` (learnt models, rollouts, tree search), `linear/` (tile coding), `deep/`
(stable-baselines3) and `textbook/` (bandits, cart-pole, mountain car, blackjack, Baird's counterexample). A learner of
one's own is a subclass of `learner.Learner` that `evomusic.testing.check_learner` accepts.

>>> import evomusic as em
>>> walk = em.FiniteMDP.of({0: {0: [(1.0, 1, 0.0, False)]}, 1: {0: [(1.0, 0, 1.0, True)]}}, start=0)
>>> learnt = em.learn.train(em.QLearning(alpha=0.5, gamma=0.9), walk, steps=200, seed=0)
>>> learnt.values.round(3).tolist()
[0.9, 1.0]
"""

from __future__ import annotations

from evomusic._lazy import lazy

__getattr__, __dir__, __all__ = lazy(__name__, __file__)
