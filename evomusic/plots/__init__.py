"""Figures of studies, of evolution and of learning. Each `draw_...` makes one; `draw` fills a study's folder.

matplotlib is imported when a figure is made, and the loops that some figures run when such a figure is asked for.
"""

from importlib import import_module
from typing import Any

from evomusic.plots.curves import draw_curves, draw_learning
from evomusic.plots.folder import draw
from evomusic.plots.pieces import Piece, pieces
from evomusic.plots.regret import draw_regret
from evomusic.plots.roll import draw_roll, draw_rolls

_LATER = {
    "draw_archive": "archive",
    "draw_choices": "values",
    "draw_diversity": "diversity",
    "draw_episodes": "episodes",
    "draw_family": "family",
    "draw_front": "front",
    "draw_generations": "generations",
    "draw_growth": "growth",
    "draw_tree": "trees",
    "draw_values": "values",
}

__all__ = [  # the names of figures that are imported when they are asked for
    "Piece",
    "draw",
    "draw_curves",
    "draw_learning",
    "draw_regret",
    "draw_roll",
    "draw_rolls",
    "pieces",
    *_LATER,
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"evomusic.plots has no {name!r}")
    return getattr(import_module(f"evomusic.plots.{_LATER[name]}"), name)
