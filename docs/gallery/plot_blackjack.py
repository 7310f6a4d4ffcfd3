"""
The policy of blackjack
=======================

When to hit and when to stick (Sutton & Barto 2018, figure 5.2): by dynamic programming on the game's model, by
Q-learning from five million games of the model, and from 50,000 games of Gymnasium.
"""

import gymnasium
import matplotlib.pyplot as plt
import numpy as np

import evomusic as em

game = em.learn.blackjack()
exact = em.plan.value_iteration(game, gamma=1.0).policy
learner = em.QLearning(alpha=em.Average(), epsilon=1.0)
learnt = em.learn.train(learner, game, episodes=5_000_000, seed=0).policy
played = em.learn.train(learner, gymnasium.make("Blackjack-v1", sab=True), episodes=50_000, seed=0)
policies = {
    "exact": lambda hand: exact[game.state(hand)],
    "5,000,000 games": lambda hand: learnt[game.state(hand)],
    "50,000 games of Gymnasium": played.act,
}

hands = np.array([[[policies[name]((total, dealer, ace)) for dealer in range(1, 11)]
                   for total in range(12, 22)] for name in policies for ace in (1, 0)])  # fmt: skip
figure, axes = plt.subplots(2, 3, figsize=(11, 6), sharex=True, sharey=True)
for i, (ax, hits) in enumerate(zip(axes.T.flat, hands, strict=True)):
    ax.imshow(hits, origin="lower", extent=(0.5, 10.5, 11.5, 21.5), cmap="coolwarm", aspect="auto")
    ax.set(title=list(policies)[i // 2] if i % 2 == 0 else "", xlabel="dealer shows" if i % 2 else "")
    ax.set_ylabel(("sum, usable ace", "sum, no usable ace")[i % 2] if i < 2 else "")
figure.suptitle("hit (red) or stick (blue)")

# hands of 200 that are decided as by the exact policy
{name: int((hands[2 * i : 2 * i + 2] == hands[:2]).sum()) for i, name in enumerate(policies)}
