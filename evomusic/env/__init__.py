"""A task as a Gymnasium environment: `MelodyEnv`, and `MelodyVectorEnv` with one kernel call a step.

One step writes one token; an episode is one melody of T tokens, and ends with terminated=True, never by a time limit.
Rewards sum to `task.evaluate`, exactly; final rewards come with the last step. Read `single.py` first, the environment
in plain Python; `vector.py` does the same for many melodies at a time, and `shared.py` holds what both need. Deep
learners write on it (`learn/deep/env.py`). `evomusic/Melody-v0` is registered by importing this package, or evomusic
after gymnasium:

    gymnasium.make("evomusic.env:evomusic/Melody-v0", task="tune", view="short")
    gymnasium.make_vec("evomusic/Melody-v0", num_envs=64, task=task, autoreset_mode="SameStep")

>>> env = MelodyEnv("tiny")
>>> observation, info = env.reset()
>>> observation, reward, terminated, truncated, info = env.step(2)
>>> bool(terminated), env.action_space.n == len(info["action_mask"])
(False, np.True_)
"""

from __future__ import annotations

from evomusic._gymnasium import ENV_ID, register
from evomusic.env.single import MelodyEnv
from evomusic.env.vector import MelodyVectorEnv

__all__ = ["ENV_ID", "MelodyEnv", "MelodyVectorEnv"]

register()
