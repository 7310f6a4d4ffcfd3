"""Figures of studies, of evolution and of learning. Each `draw_...` makes one; `draw` fills a study's folder.

matplotlib is imported when a figure is made, and the loops that some figures run when such a figure is asked for.
"""

from __future__ import annotations

from evomusic._lazy import lazy
from evomusic.plots.pieces import pieces as pieces  # before an import of the module of that name takes its place

__getattr__, __dir__, __all__ = lazy(__name__, __file__)
