"""evomusic: evolve melodies, and compare evolution with reinforcement learning on equal terms.

The public names are listed in `__init__.pyi` beside this file, by noun; each is imported when it is first used.
"""

from __future__ import annotations

import sys

from evomusic._lazy import lazy

__version__ = "0.1.0"
__getattr__, __dir__, _names = lazy(__name__, __file__)
__all__ = ["__version__", *_names]

if "gymnasium" in sys.modules:  # imported before: its make() knows the environment then
    from evomusic._gymnasium import register

    register()
