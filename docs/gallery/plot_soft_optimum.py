"""
The soft optimum, by temperature
================================

Melodies are drawn exactly in proportion to style x exp(return / temperature), the distribution that KL control,
maximum-entropy RL and Boltzmann selection approximate. Cold, it is near the optimum; hot, it is the style alone.
"""

import matplotlib.pyplot as plt
import numpy as np

import evomusic as em

task, rng = em.make("tune"), np.random.default_rng(4)
temperatures = (0.3, 0.5, 1.0, 2.0, 4.0)
policies = {temperature: task.soften(temperature) for temperature in temperatures}
returns = [task.evaluate(policy.sample(500, rng)) for policy in policies.values()]

# %%
figure, ax = plt.subplots(figsize=(6.5, 4))
ax.boxplot(returns, tick_labels=[str(t) for t in temperatures], showfliers=False)
ax.axhline(task.optimum().value, color="black", linestyle=":")
_ = ax.set(xlabel="temperature", ylabel="return of 500 exact samples", title="dotted: the optimum")

# %%
# A melody at temperature 1.
em.Melody(policies[1.0].sample(1, rng)[0], task.grid)
