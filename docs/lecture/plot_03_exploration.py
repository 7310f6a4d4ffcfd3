r"""
3. Greedy, random, epsilon-greedy
=================================

Whoever always does what looks best learns nothing new; whoever only tries earns nothing. An epsilon-greedy policy is
random with probability epsilon, else greedy (Sutton & Barto 2.2, in section 2.2; Silver, lecture 9). Its price is the
regret, the optimum less what is earned, summed over N melodies:

.. math:: L_N = \sum_{n=1}^{N} \bigl(v_*(s_0) - G^{(n)}\bigr)

The optimum is exact here, so the regret is, too, and not an estimate.
"""

import numpy as np

import evomusic as em

task = em.make("tiny")
mdp = em.FiniteMDP.from_task(task)
learners = {f"epsilon {e}": em.QLearning(epsilon=e, initial=-5.0) for e in (0.0, 0.1, 1.0)}
learners["1 falling to 0.02"] = em.QLearning(epsilon=em.Decay(1.0, 0.02, 0.3), initial=-5.0)
runs = {
    name: [em.learn.train(learner, mdp, steps=8000, seed=seed) for seed in range(20)]
    for name, learner in learners.items()
}
for name, trained in runs.items():
    greedy = [em.plan.evaluate_policy(mdp, run.policy)[0] for run in trained]
    print(f"{name:18} earned at last {np.mean([run.returns[-100:].mean() for run in trained]):5.2f}", end=", ")
    print(f"its greedy policy is worth {np.mean(greedy):.2f}")

# %%
# Never exploring, the regret grows for ever, since the learner stays with the first melody that was not bad. Always
# exploring, it learns the best melody and never writes it. Between them lies a schedule. Mean of 20 seeds, one
# standard deviation each way.
figure = em.plots.draw_episodes(runs, "tiny, 20 seeds", optimum=task.optimum().value, cumulative=True)

# %%
# **Exercise.** Values that begin at -5 are pessimistic. Begin at +5 (``initial=5.0``) with epsilon 0: what does
# optimism in the face of uncertainty (section 2.6) do here?
