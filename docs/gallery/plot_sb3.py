"""
PPO of Stable-Baselines3 beside Q-learning
==========================================

The library's PPO learns on `MelodyEnv`, a plain Gymnasium environment, and Q-learning and random search on the same
task, view and number of steps. PPO needs PyTorch: `pip install "evomusic[deep]"`.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.stats import bootstrap, mannwhitneyu
from stable_baselines3 import PPO
from stable_baselines3.common.env_util import make_vec_env

import evomusic as em

STEPS, SEEDS = 10_240, range(5)
task = em.make("rules", bars=1)  # 16 steps of 17 tokens
torch.set_num_threads(1)


def ppo(seed):
    """The best return of a run, and the return of the greedy policy at its end."""
    envs = make_vec_env(lambda: em.MelodyEnv(task, view="short"), n_envs=16, seed=seed)
    options = {"n_steps": 16, "batch_size": 256, "n_epochs": 4, "gamma": 1.0, "learning_rate": 3e-3}
    model = PPO("MlpPolicy", envs, seed=seed, device="cpu", **options).learn(STEPS)  # 40 rounds of 16 melodies
    env, over, greedy = em.MelodyEnv(task, view="short"), False, 0.0
    state, _ = env.reset()
    while not over:
        token, _ = model.predict(np.array(state), deterministic=True)
        state, reward, over, _, _ = env.step(token)
        greedy += reward
    return max(max(returns) for returns in envs.env_method("get_episode_rewards")), greedy


def ours(method, seed):
    """The same of a method under the ledger."""
    record = em.run(method, task, STEPS, seed)
    return record.best_return, record.curve.delivered[-1]


scores = {"PPO of SB3": [ppo(seed) for seed in SEEDS]}
for name, method in {"Q-learning": em.QLearning(view="short"), "random": em.RandomSearch()}.items():
    scores[name] = [ours(method, seed) for seed in SEEDS]
scores = {name: np.array(pairs).T for name, pairs in scores.items()}  # (2, seeds) each

# %%
# Dots are seeds, bars 95 % bootstrap intervals of their mean. The greedy policy of PPO is that of its most probable
# tokens; what random search delivers is the best that it found. No method was tuned for this page.
figure, axes = plt.subplots(1, 2, figsize=(8.5, 4), sharey=True)
for number, (ax, title) in enumerate(zip(axes, ("best melody of the run", "delivered at its end"), strict=True)):
    for place, values in enumerate(pairs[number] for pairs in scores.values()):
        found = bootstrap((values,), np.mean, rng=np.random.default_rng(0)).confidence_interval
        ax.vlines(place + 0.15, *found, color=f"C{place}", linewidth=3)
        ax.plot(np.full(len(values), place), values, "o", color=f"C{place}", alpha=0.6)
    ax.axhline(task.optimum().value, color="black", linestyle=":", label="optimum")
    ax.set(title=title, xticks=range(3), xticklabels=scores, xlim=(-0.5, 2.5))
axes[0].set_ylabel("return")
axes[1].legend()
figure.tight_layout()

# %%
# The test of Mann and Whitney on the best melodies. Five seeds against five cannot give less than .008.
for name in ("PPO of SB3", "random"):
    p = mannwhitneyu(scores["Q-learning"][0], scores[name][0]).pvalue
    print(f"Q-learning and {name}: p = {p:.3f}")
