r"""
9. Policy gradient: actor and critic
====================================

A policy may be learnt without being greedy on values: preferences are raised for tokens that turned out better than
expected, lowered for those that turned out worse. The actor-critic of one step (Sutton & Barto 13.12 to 13.14;
Silver, lecture 7) asks a critic, v, what was to be expected:

.. math:: \delta_t = R_{t+1} + \gamma\, \hat{v}(S_{t+1}, w) - \hat{v}(S_t, w)

.. math:: \theta_{t+1} = \theta_t + \alpha\, \delta_t\, \nabla \ln \pi(A_t \mid S_t, \theta_t)

The policy is a softmax of preferences (13.2), a table here.
"""

import matplotlib.pyplot as plt
import numpy as np

import evomusic as em

task = em.make("tiny")
mdp = em.FiniteMDP.from_task(task)
steps = np.unique(np.geomspace(4, 40_000, 40).astype(int) // 4 * 4)
policies = [em.learn.train(em.ActorCritic(), mdp, int(n), seed=1).policy for n in steps]
worth = [em.plan.evaluate_policy(mdp, policy, gamma=1.0)[0] for policy in policies]
print(f"worth {worth[0]:.2f} at first, {worth[-1]:.2f} at last, of {task.optimum().value:.1f}")

# %%
# Above: the chances of the first token, from an even choice to a decision. Below: what the whole policy is worth,
# exactly, since a policy of chances is evaluated by the model and not by its greedy melody.
figure, (chances, value) = plt.subplots(2, 1, figsize=(7, 5.5), sharex=True, layout="constrained")
chances.stackplot(steps, np.array([p[0] for p in policies]).T, labels=["rest", "hold", "C4", "D4", "E4"])
chances.set(ylabel="first token", ylim=(0, 1), xscale="log", title="actor-critic on tiny, one seed")
chances.legend(loc="upper left", ncols=5, fontsize="small")
value.plot(steps, worth)
value.axhline(task.optimum().value, color="black", linestyle=":")
_ = value.set(xlabel="steps", ylabel="expected return")

# %%
# REINFORCE has no critic, and waits for the end of the melody (13.8). A learnt baseline (13.11) changes no
# expectation, only the variance:
for name, learner in {"no baseline": em.Reinforce(baseline=False), "baseline": em.Reinforce()}.items():
    found = [em.learn.train(learner, mdp, 1000, seed).policy for seed in range(30)]
    ends = [em.plan.evaluate_policy(mdp, policy)[0] for policy in found]
    print(f"{name:11} after 1,000 steps: {np.mean(ends):.3f}, standard deviation of 30 seeds {np.std(ends):.3f}")

# %%
# The difference is less than chance would explain, on a task as small as this.

# %%
# **Exercise.** Run ten seeds of the actor-critic. How many end at the optimum, and at what other melodies do the
# others stay? Which ``alpha`` helps?
