"""The registration of the environment, apart from it: it costs nothing but Gymnasium itself."""

from __future__ import annotations

ENV_ID = "evomusic/Melody-v0"


def register() -> None:
    """Tell Gymnasium where the environment and its vector form are, once."""
    import gymnasium

    if ENV_ID not in gymnasium.registry:
        gymnasium.register(
            ENV_ID, entry_point="evomusic.env:MelodyEnv", vector_entry_point="evomusic.env:MelodyVectorEnv"
        )
