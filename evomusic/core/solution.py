"""Solutions that are no melodies, as text in a frame: all that a study's folder holds of a problem's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Frame:
    """The frame of solutions that are no melodies.

    Args:
        about: solutions in words, such as `strings of 50 bits`.
    """

    about: str

    @property
    def steps(self) -> int:
        """Steps of budget that a solution costs: 1."""
        return 1


@dataclass(frozen=True)
class Solution:
    """A solution of a problem, as text.

    Args:
        text: as the genotype writes it.
        title: free text for reports.
    """

    text: str
    title: str = ""

    @property
    def canonical(self) -> Solution:
        """The solution itself: none but melodies are written in two ways."""
        return self

    def __str__(self) -> str:
        return self.text
