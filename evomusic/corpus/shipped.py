"""The collections at hand, by the shipped styles that are trained on them."""

from __future__ import annotations

from typing import Final

from evomusic.core.checks import choice
from evomusic.core.grid import Grid
from evomusic.corpus.airs import AIRS
from evomusic.corpus.collection import Collection
from evomusic.corpus.excerpts import Excerpts
from evomusic.corpus.ryan import RYAN

COLLECTIONS: Final[dict[str, Collection]] = {style: each for each in (RYAN, AIRS) for style in each.styles}


def collection_of(style: str) -> Collection:
    """The collection that a shipped style is trained on.

    Raises:
        ValueError: there is no such style.
    """
    return COLLECTIONS[choice("style", style, COLLECTIONS)]


def held_out(
    grid: Grid, most: int | None = 100, *, tonic: str | None = None, mode: str | None = None, style: str = "ryan"
) -> Excerpts:
    """Excerpts of tunes on a grid that no statistic of a shipped style's collection was trained on.

    Only as many tunes are read as needed, in an order that does not change.

    Args:
        grid: the frame.
        most: number of excerpts, all when None.
        tonic: as for `excerpts`.
        mode: as for `excerpts`.
        style: names the collection.
    """
    return collection_of(style).held_out(grid, most, tonic=tonic, mode=mode)


def training(grid: Grid, *, tonic: str | None = None, mode: str | None = None, style: str = "ryan") -> Excerpts:
    """All excerpts of the training tunes of a shipped style's collection on a grid."""
    return collection_of(style).training(grid, tonic=tonic, mode=mode)
