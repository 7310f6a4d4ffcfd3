"""Learning: values and policies from experience, on tasks and on finite MDPs alike."""

from __future__ import annotations

from evomusic._lazy import lazy

__getattr__, __dir__, __all__ = lazy(__name__, __file__)
