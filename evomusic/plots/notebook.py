"""Figures that a notebook shows by themselves, without `%matplotlib inline`.

Imported when a figure is made, for it imports matplotlib.
"""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.figure import Figure

SHOWN = 100  # pixels an inch on a page; the picture itself has more, for sharp screens


class NotebookFigure(Figure):
    """A matplotlib figure without pyplot and without a display, which IPython shows as a picture.

    Args:
        size: width and height in inches.
        dpi: pixels of the picture, an inch.
        png: makes the bytes of a PNG file of it.
    """

    def __init__(self, size: tuple[float, float], dpi: float, png: Callable[[Figure], bytes]) -> None:
        super().__init__(figsize=size, dpi=dpi)
        self.png = png

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """PNG, and the width and height at which it is shown."""
        width, height = self.get_size_inches()
        return self.png(self), {"width": round(SHOWN * width), "height": round(SHOWN * height)}
