"""Sizes of populations that are chosen by the budget.

A population that suits a million steps is far too large for ten thousand: it has no time to converge. Where a size is
None it is half the square root of the number of melodies that the budget pays for, and at least 10. Measured by
`experiments/populations.toml` on tasks that no other study reports.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, ClassVar, Final, Self

from evomusic.core.checks import whole
from evomusic.encodings.base import MOST

LEAST: Final = 10
UNSIZED: Final = 100  # of a method that is begun without a budget


def population_for(melodies: int) -> int:
    """The size of a population for a budget of so many melodies.

    >>> [population_for(n) for n in (100, 1_000, 10_000, 100_000)]
    [10, 16, 50, 158]
    """
    return max(LEAST, round(math.sqrt(melodies) / 2))


def size_option(name: str, value: Any, low: int) -> int | None:
    """A size from `low` up, or None for one that the budget decides.

    Raises:
        ValueError: it is neither.
    """
    return None if value is None else whole(name, value, low, MOST)


class Sized:
    """A method with sizes that are chosen by the budget where they are None: those named in `sizes_by_budget`."""

    sizes_by_budget: ClassVar[tuple[str, ...]] = ("population",)

    def sized(self, melodies: int) -> Self:
        """The same method with sizes for a budget of so many melodies; unchanged where they are set."""
        unset = [name for name in self.sizes_by_budget if getattr(self, name) is None]
        return replace(self, **dict.fromkeys(unset, population_for(melodies))) if unset else self  # type: ignore[type-var]
