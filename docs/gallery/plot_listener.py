"""
A listener with a hidden taste
==============================

The agent does not see the taste, only smiles and frowns at each token: a POMDP. Planning on beliefs is worth the gap
between the belief's line and the blind one; all four are exact.
"""

import matplotlib.pyplot as plt
import numpy as np

import evomusic as em

grid = em.Grid(bars=1, beats=4, steps_per_beat=1, low=57, high=67, scale="C major")
accuracies = np.linspace(0.5, 1.0, 6)
curve = em.listening_curve(em.Listener(), grid, accuracies)
figure, ax = plt.subplots(figsize=(6.5, 4))
for name in ("informed", "belief", "qmdp", "blind"):
    ax.plot(accuracies, [getattr(point, name) for point in curve], marker="o", label=name)
ax.set(xlabel="how often a reaction is the right one", ylabel="expected return")
ax.legend()
