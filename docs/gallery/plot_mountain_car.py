"""
The mountain car's cost to go
=============================

Semi-gradient Sarsa with eight tilings (Sutton & Barto 2018, figures 10.1 and 10.2): the steps that the car thinks it
is from the top after 12, 104, 1000 and 9000 episodes, and how fast it learns with three step sizes.
"""

import matplotlib.pyplot as plt
import numpy as np

import evomusic as em

position, velocity = np.linspace(-1.2, 0.5, 60), np.linspace(-0.07, 0.07, 60)
states = np.stack(np.meshgrid(position, velocity, indexing="ij"), axis=-1)
figure = plt.figure(figsize=(10, 8))
for i, episodes in enumerate((12, 104, 1000, 9000)):
    learner = em.learn.LinearSarsa(alpha=0.1)
    learnt = em.learn.train(learner, em.learn.MountainCar(), episodes=episodes, seed=0, horizon=20_000)
    ax = figure.add_subplot(2, 2, i + 1, projection="3d")
    ax.plot_surface(*np.moveaxis(states, -1, 0), -learnt.action_values(states).max(axis=-1), cmap="viridis")
    ax.set(title=f"{episodes} episodes", xlabel="position", ylabel="velocity", zlabel="cost to go")

figure, ax = plt.subplots(figsize=(7, 4))
for alpha in (0.1, 0.2, 0.5):
    learner, car = em.learn.LinearSarsa(alpha=alpha), em.learn.MountainCar()
    runs = [em.learn.train(learner, car, episodes=500, seed=seed, horizon=20_000).lengths for seed in range(10, 30)]
    ax.semilogy(np.mean(runs, axis=0), label=f"alpha {alpha} / 8")
ax.set(xlabel="episodes", ylabel="steps an episode, mean of 20 runs", ylim=(100, 1000))
ax.legend()
