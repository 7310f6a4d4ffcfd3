"""Registration of the environment with Gymnasium; apart from `env/`, so that it imports Gymnasium alone."""

from __future__ import annotations

ENV_ID = "evomusic/Melody-v0"


def register() -> None:
    """Register the environment and its vector form, unless that was done before."""
    import gymnasium

    if ENV_ID not in gymnasium.registry:
        gymnasium.register(
            ENV_ID, entry_point="evomusic.env:MelodyEnv", vector_entry_point="evomusic.env:MelodyVectorEnv"
        )
