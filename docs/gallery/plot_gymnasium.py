"""
A melody as a Gymnasium environment
===================================

`MelodyEnv` is a plain Gymnasium environment: an action is a token, an episode is a melody, the sum of rewards is the
return that evolution maximises.
"""

import evomusic as em

env = em.MelodyEnv("tiny")
state, info = env.reset(seed=0)
env.action_space.seed(0)
total, over = 0.0, False
while not over:
    state, reward, over, _, info = env.step(env.action_space.sample(info["action_mask"]))
    total += reward
total, em.make("tiny").evaluate(info["melody"][None])[0]
