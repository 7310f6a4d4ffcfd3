"""A task behind Gymnasium: `MelodyEnv`, and `MelodyVectorEnv` with one kernel call a step.

One step writes one token; an episode is one melody of T tokens, and ends with terminated=True, never by a time limit.
Rewards sum to `task.evaluate`, exactly; final rewards are paid at the last step. Both forms walk the tables that
everything else reads. `evomusic/Melody-v0` is registered by importing this module, or evomusic after gymnasium:

    gymnasium.make("evomusic.env:evomusic/Melody-v0", task="tune", view="short")
    gymnasium.make_vec("evomusic/Melody-v0", num_envs=64, task=task, autoreset_mode="SameStep")
"""

from __future__ import annotations

from evomusic._gymnasium import ENV_ID, register
from evomusic.env.single import MelodyEnv
from evomusic.env.vector import MelodyVectorEnv

__all__ = ["ENV_ID", "MelodyEnv", "MelodyVectorEnv"]

register()
