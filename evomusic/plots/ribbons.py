"""A line over seeds with a band: the median with the range, or the interquartile mean with its bootstrap interval.

A study of `ENOUGH` seeds or more has the latter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from evomusic.plots.style import look
from evomusic.study.inference import Ribbon, ribbon
from evomusic.study.results import Run
from evomusic.study.statistics import ENOUGH

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def ribbon_of(seeds: NDArray[np.float64], many: bool) -> Ribbon:
    """Return interquartile means of seeds (S, N) with intervals where there are many, else medians with ranges."""
    return ribbon(seeds) if many else Ribbon(np.median(seeds, axis=0), seeds.min(axis=0), seeds.max(axis=0))


def reading(run: Run) -> str:
    """Return the words for the line and the band in figures of a study."""
    return "interquartile mean, 95 % bootstrap interval" if run.seeds >= ENOUGH else "median (line), range (band)"


def draw_ribbon(ax: Axes, x: NDArray[np.float64], found: Ribbon, index: int, stairs: bool = False) -> None:
    """Draw a method's line with its band, by its place in the study; stairs hold each value until the next x."""
    colour, dashes = look(index)
    step: Literal["post"] | None = "post" if stairs else None
    drawn = "steps-post" if stairs else "default"
    ax.fill_between(x, found.low, found.high, color=colour, alpha=0.13, lw=0, zorder=2, step=step)
    ax.plot(x, found.value, color=colour, ls=dashes, lw=1.7, zorder=3, solid_capstyle="butt", drawstyle=drawn)
