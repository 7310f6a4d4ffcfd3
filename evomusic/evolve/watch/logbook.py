"""A logbook of a run, as in DEAP: a table of statistics with a row per generation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import choice, whole, wrong
from evomusic.core.ledger import Ledger
from evomusic.encodings.base import MOST_STEPS
from evomusic.evolve.watch.stopping import Watcher

HEADER = ("gen", "nevals", "avg", "std", "min", "max")


class Row(NamedTuple):
    """Number of a generation, number of melodies evaluated in it, and statistics of their returns."""

    gen: int
    nevals: int
    avg: float
    std: float
    min: float
    max: float


class Logbook(Watcher):
    """A watcher that stores, and prints, a row per generation: gen, nevals, avg, std, min, max.

    Unlike DEAP's, the statistics are those of the melodies evaluated in the generation, without survivors: so they have
    the same meaning for every method. Generation 0 is the initial population.

    Args:
        every: generations per row; the melodies of all of them count in it.
        echo: a function called with each line of the table, the header first; None prints nothing.

    Raises:
        ValueError: `every` is no whole number from 1, or `echo` is neither a function nor None.
    """

    def __init__(self, every: int = 1, echo: Callable[[str], object] | None = print) -> None:
        if echo is not None and (not callable(echo) or isinstance(echo, type)):
            raise wrong("echo", echo, "a function of a line, or None")
        self.every, self.echo = whole("every", every, 1, MOST_STEPS), echo
        self.rows: list[Row] = []
        self._returns: list[NDArray[np.float64]] = []

    def __call__(self, ledger: Ledger) -> bool:
        """Record a batch; never ends a run."""
        if ledger.batches == 1:  # another run begins
            self.rows, self._returns = [], []
        self._returns.append(ledger.batch.returns)
        gen = ledger.batches - 1
        if gen % self.every == 0 or not ledger.left:
            self._enter(gen)
        return False

    def select(self, *names: str) -> Any:
        """Columns by name: one list, or a list for each of several.

        Raises:
            ValueError: there is no such column.
        """
        for name in names:
            choice("column", name, HEADER)
        columns = [[getattr(row, name) for row in self.rows] for name in names]
        return columns[0] if len(names) == 1 else columns

    def __str__(self) -> str:
        return "\n".join([_line(HEADER), *(_line(_words(row)) for row in self.rows)])

    def _enter(self, gen: int) -> None:
        returns = np.concatenate(self._returns)
        spread = float(returns.mean()), float(returns.std()), float(returns.min()), float(returns.max())
        self.rows.append(Row(gen, len(returns), *spread))
        self._returns = []
        if self.echo is not None:
            if len(self.rows) == 1:
                self.echo(_line(HEADER))
            self.echo(_line(_words(self.rows[-1])))


def _words(row: Row) -> tuple[str, ...]:
    return (str(row.gen), str(row.nevals), *(f"{value:.6g}" for value in row[2:]))


def _line(words: tuple[str, ...]) -> str:
    return "  ".join(word.ljust(width) for word, width in zip(words, (5, 6, 10, 10, 10, 10), strict=True)).rstrip()
