"""Figures of studies, of evolution and of learning: each `draw_...` makes one, `draw` fills a study's folder.

Read `figures` first: the list of a study's figures, an entry each, that `folder` and the report read. `curves`,
`regret` and `roll` draw them, with the melodies of `pieces`; `style` has the look and the files of all figures, and
`notebook` shows them in Jupyter. Figures of evolution are in `generations`, `diversity`, `family`, `front`, `archive`,
`trees` and `growth`, those of learning in `values` and `episodes`.

matplotlib is imported when a figure is made.
"""

from __future__ import annotations

from evomusic._lazy import lazy
from evomusic.plots.pieces import pieces as pieces  # before an import of the module of that name takes its place

__getattr__, __dir__, __all__ = lazy(__name__, __file__)
