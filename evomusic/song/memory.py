"""Answers that are asked for again and again."""

from __future__ import annotations

from typing import Final, TypeVar

MOST: Final = 2**16  # answers remembered
K = TypeVar("K")
A = TypeVar("A")


class Memory(dict[K, A]):
    """Answers by question; all are forgotten when there are `most`. Copies and pickles are empty."""

    def __init__(self, most: int = MOST) -> None:
        """Begin without answers."""
        self.most = most

    def __setitem__(self, question: K, answer: A) -> None:
        """Remember an answer."""
        if len(self) >= self.most:
            self.clear()
        super().__setitem__(question, answer)

    def __reduce__(self) -> tuple[type[Memory[K, A]], tuple[int]]:
        """An empty memory as large."""
        return Memory, (self.most,)
