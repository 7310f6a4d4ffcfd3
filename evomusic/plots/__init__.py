"""Figures: return against steps, and melodies as piano rolls. Each `draw_...` makes one; `draw` fills a study's folder.

matplotlib is imported when a figure is made, not before.
"""

from evomusic.plots.curves import draw_curves, draw_learning
from evomusic.plots.folder import draw
from evomusic.plots.pieces import Piece, pieces
from evomusic.plots.roll import draw_roll, draw_rolls

__all__ = ["Piece", "draw", "draw_curves", "draw_learning", "draw_roll", "draw_rolls", "pieces"]
