"""
Baird's counterexample
======================

Off-policy learning with linear values diverges, even with expected updates in place of samples; gradient TD does not
(Sutton & Barto 2018, figures 11.2 and 11.5).
"""

import matplotlib.pyplot as plt

import evomusic as em

problem = em.learn.baird()
runs = {
    "semi-gradient TD, samples": em.learn.run_off_policy(problem, "td", alpha=0.01, seed=0),
    "semi-gradient DP": em.learn.run_off_policy(problem, "td", alpha=0.01),
    "TDC, samples": em.learn.run_off_policy(problem, "tdc", alpha=0.005, beta=0.05, seed=0),
    "TDC, expected updates": em.learn.run_off_policy(problem, "tdc", alpha=0.005, beta=0.05),
}
figure, axes = plt.subplots(2, 2, figsize=(10, 7), sharex=True)
for ax, (name, weights) in zip(axes.flat, runs.items(), strict=True):
    ax.plot(weights, label=[f"w{i + 1}" for i in range(weights.shape[1])])
    if "TDC" in name:
        ax.plot(problem.value_error(weights), "k", label="root of value error")
        ax.plot(problem.projected_error(weights), "k--", label="root of projected error")
    ax.set(title=name, xlabel="steps")
axes[0, 0].legend(ncols=2, fontsize=8)
axes[1, 1].legend(ncols=2, fontsize=8)
figure.tight_layout()
