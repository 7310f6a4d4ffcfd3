r"""
2. Return and discount
======================

The return is the sum of what is still to come. A discount below 1 lets later rewards count less (Sutton & Barto 3.8
and 3.9; Silver, lecture 2):

.. math:: G_t \doteq \sum_{k=0}^{\infty} \gamma^k R_{t+k+1} = R_{t+1} + \gamma\, G_{t+1}

Melodies end, so gamma 1 is allowed, and it is what we mean: a fitness discounts nothing. A smaller gamma is a choice
of the learner's, which may cost it the best melody.
"""

import matplotlib.pyplot as plt
import numpy as np

import evomusic as em

task = em.make("tiny")
mdp = em.FiniteMDP.from_task(task)
state = 0
for token in (2, 4):  # the onsets of C4 and E4, with which the best melody begins
    state = int(mdp.outcomes.rows[state * mdp.actions + token][2])
gammas = np.linspace(0, 1, 41)
values, returns = [], []
for gamma in gammas:
    solved = em.plan.value_iteration(mdp, gamma=gamma)
    values.append(solved.q[state])
    returns.append(em.plan.evaluate_policy(mdp, solved.policy, gamma=1.0)[0])
print(f"gamma 0 writes a melody that returns {returns[0]:.1f}, gamma 1 one of {returns[-1]:.1f}")

# %%
# Left: the discounted value of each third token, after C4 E4. D4 is no tone of the chord, which costs .5 at once;
# that it leads to the cadence by a step pays a token later, and only a gamma above a third looks so far. Right: what
# each planner's melody returns in full.
figure, (ax, full) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
ax.plot(gammas, np.array(values), label=["rest", "hold", "C4", "D4", "E4"])
ax.set(xlabel="gamma of the planner", ylabel="q(after C4 E4, token)", title="the choice of the third token")
ax.legend(fontsize="small")
full.step(gammas, returns, where="mid")
full.axhline(task.optimum().value, color="black", linestyle=":", label="optimum")
full.set(xlabel="gamma of the planner", ylabel="return without discount", title="what its melody returns")
full.legend()

# %%
# **Exercise.** ``em.make("tiny", delayed=True)`` rewards at the last step alone. A discount then changes no order
# among its melodies: why? And why is it the harder task for a learner all the same (page 7)?
