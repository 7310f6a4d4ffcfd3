"""
Planning: the exact values of a lake
====================================

Value iteration with a certified bound (Sutton & Barto 2018, section 4.4) on Gymnasium's FrozenLake, and the policy that
follows from it.
"""

import gymnasium
import matplotlib.pyplot as plt

import evomusic as em

lake = em.FiniteMDP.from_gymnasium(gymnasium.make("FrozenLake-v1"))
best = em.plan.value_iteration(lake, gamma=0.99)
figure, ax = plt.subplots(figsize=(4, 4))
ax.imshow(best.values[:16].reshape(4, 4), cmap="viridis")
for s, action in enumerate(best.policy[:16]):
    ax.text(s % 4, s // 4, "←↓→↑"[action], ha="center", va="center", color="white", fontsize=16)
ax.set(xticks=[], yticks=[], title=f"value of the start: {best.values[0]:.4f}")
