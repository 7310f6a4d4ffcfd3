"""Every part that methods are made of, by its public name; `parts.pyi` beside this file is the list."""

from __future__ import annotations

from evomusic._lazy import lazy

__getattr__, __dir__, __all__ = lazy(__name__, __file__)
