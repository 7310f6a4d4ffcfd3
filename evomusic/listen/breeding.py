"""The next generation: children of what the listener likes and fresh draws, of which the most promising are taken.

Children are bars of two parents crossed and mutated by the musical operators of `em.Notes`; fresh melodies are songs
and exact draws of the listener's soft optimum. Each place of the generation goes to the best candidate for one draw of
the listener's weights from what is believed of them (Thompson sampling), so that a generation holds what is surely
liked and what may be; no two are near each other. A candidate is taken in proportion to exp(score / temperature), not
because it is the best of all: what is maximised becomes a caricature of what is liked.

N candidates, T steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.distance import heard
from evomusic.core.melody import canonical
from evomusic.core.task import Task
from evomusic.encodings.notes.notes import MUSICAL, Notes
from evomusic.listen.melodies import Rows, in_form

CHILDREN: Final = 600  # candidates of a generation, with those that are drawn
SOFT: Final = 250
SONGS: Final = 150
SHOWN: Final = 8
POOL: Final = 96  # melodies of which pairs are asked, with those that are shown
NEW: Final = 2  # of those shown are drawn, not bred
TEMPERATURE: Final = 0.5  # in standard deviations of scores
APART: Final = 0.2  # share of steps at which melodies of a generation differ at least
COARSE: Final = ("resample", "fresh")  # mutations that know nothing of music
OPERATORS: Final = Notes(
    crossover_rate=0.8, mutation_rate=0.7, mutations=tuple(pair for pair in MUSICAL if pair[0] not in COARSE)
)

Scores = Callable[[Rows, int], NDArray[np.float64]]  # candidates (N, T) and a number K of draws to (K, N)


class Candidates(NamedTuple):
    """Melodies (N, T) that may be taken; for each the indices of its parents, none for a draw."""

    rows: Rows
    parents: tuple[tuple[int, ...], ...]

    def only(self, there: NDArray[np.bool_]) -> Candidates:
        """Those of a mask (N,)."""
        return Candidates(
            self.rows[there], tuple(each for each, is_in in zip(self.parents, there, strict=True) if is_in)
        )

    @classmethod
    def drawn(cls, rows: Rows) -> Candidates:
        """Fresh draws."""
        return cls(rows, ((),) * len(rows))


def children(parents: Rows, task: Task, form: str, n: int, rng: np.random.Generator) -> Candidates:
    """Up to n children of melodies (P, T), in a form; those that sound as a parent are left out."""
    pairs = rng.integers(len(parents), size=(n // 2, 2))
    pairs[:, 1] += (pairs[:, 0] == pairs[:, 1]) & (len(parents) > 1)
    pairs %= len(parents)
    bred = canonical(OPERATORS.vary(task, parents[pairs.ravel()], rng))
    bred, fits = in_form(bred, task.grid, form)
    own, other = pairs.ravel(), pairs[:, ::-1].ravel()
    taken = ((bred == parents[other]) & (bred != parents[own])).sum(axis=1) > task.grid.steps_per_beat
    olds = {row.tobytes() for row in parents}
    there = [i for i in np.flatnonzero(fits).tolist() if bred[i].tobytes() not in olds]
    families = tuple((int(own[i]), int(other[i])) if taken[i] else (int(own[i]),) for i in there)
    return Candidates(bred[there], families)


def spread(rows: Rows, n: int) -> Rows:
    """The first n of melodies (P, T) that are far enough from each other."""
    pitch, kind = _heard(rows)
    open_, taken = np.ones(len(rows), bool), list[int]()
    while open_.any() and len(taken) < n:
        taken.append(int(open_.argmax()))
        open_ &= _far(pitch, kind, taken[-1])
    return rows[taken]


def _heard(rows: Rows) -> tuple[Rows, Rows]:
    """Sounding pitches and kinds (P, T) of melodies' steps."""
    pitch, kind = np.array([heard(row) for row in rows]).reshape(len(rows), 2, rows.shape[1]).swapaxes(0, 1)
    return pitch, kind


def _far(pitch: Rows, kind: Rows, i: int) -> NDArray[np.bool_]:
    """Whether melodies (P,) differ enough from one of them."""
    return ((pitch != pitch[i]) | (kind != kind[i])).mean(axis=1) >= APART


def chosen(groups: Sequence[Candidates], scores: Scores, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Places of a generation: the group of each melody taken, and its number in it; those to be shown come first.

    Of those shown, `NEW` come from the groups after the first, where there are any.
    """
    rows = np.concatenate([group.rows for group in groups])
    owner = np.repeat(np.arange(len(groups)), [len(group.rows) for group in groups])
    drawn = scores(rows, POOL)
    drawn = drawn + TEMPERATURE * rng.gumbel(size=drawn.shape)  # its greatest is a draw in proportion
    pitch, kind = _heard(rows)
    open_, taken = np.ones(len(rows), bool), list[int]()
    for place in range(min(POOL, len(rows))):
        wanted = owner == 0 if place < SHOWN - NEW else owner > 0 if place < SHOWN else open_
        allowed = open_ & wanted if (open_ & wanted).any() else open_
        if not allowed.any():
            break
        best = int(np.where(allowed, drawn[place], -np.inf).argmax())
        taken.append(best)
        open_ &= _far(pitch, kind, best)
    shown = rng.permutation(min(SHOWN, len(taken)))
    first = np.concatenate([[0], np.cumsum([len(group.rows) for group in groups])])
    order = [*(taken[i] for i in shown), *taken[SHOWN:]]
    return [(int(owner[i]), int(i - first[owner[i]])) for i in order]
