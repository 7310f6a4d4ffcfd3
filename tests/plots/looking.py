"""What a figure shows, read back from it."""

import numpy as np


def texts(figure):
    """All texts of a figure and its axes, in order."""
    found = [t.get_text() for t in figure.texts]
    for ax in figure.axes:
        found += [t.get_text() for t in ax.texts] + [ax.get_title(loc=side) for side in ("left", "right")]
    return [t for t in found if t]


def bars(ax):
    """Corners (left, right) of each note of a roll."""
    collection = [c for c in ax.collections if type(c).__name__ == "PolyCollection"][-1]
    return [(path.get_extents().x0, path.get_extents().x1) for path in collection.get_paths()]


def lines(ax):
    """Points (N, 2) of each line."""
    return [np.array(line.get_xydata()) for line in ax.lines]
