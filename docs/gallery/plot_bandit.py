"""
Ten arms
========

The testbed of Sutton & Barto (2018, figure 2.2): epsilon-greedy agents and upper confidence bounds on ten-armed
bandits.
"""

import matplotlib.pyplot as plt

import evomusic as em

testbed = em.learn.Testbed(runs=500)
agents = {
    "greedy": em.QLearning(alpha=em.Average(), gamma=0.0, epsilon=0.0),
    "epsilon 0.1": em.QLearning(alpha=em.Average(), gamma=0.0, epsilon=0.1),
    "upper confidence bound": em.QLearning(alpha=em.Average(), gamma=0.0, explore=em.UCB(c=2.0)),
}
figure, ax = plt.subplots(figsize=(7, 4))
for name, agent in agents.items():
    ax.plot(em.learn.run_bandit(agent, testbed).optimal, label=name)
ax.set(xlabel="plays", ylabel="share of best arms", ylim=(0, 1))
ax.legend()
