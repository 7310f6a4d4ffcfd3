"""Ties between steps of a melody: a later span has the tokens of an earlier one, as they are or transposed.

Spans are tied token by token. A hold at the beginning of a span goes on with whatever sounded before it, in the copy as
in the source. T steps, A tokens.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import instance, whole, wrong
from evomusic.core.grid import FIRST_PITCH, Grid

NONE: Final = -1  # a token that has no copy
FORMS: Final = {"period": "AA'"}
SECTION: Final = re.compile(r"([A-Z])([+-]\d{1,2})?('*)")
LONGEST: Final = 1000  # characters of a form
EXPECTED: Final = "sections such as 'AABA', \"AA'\" or 'A A+1 B A', or 'period'"


@dataclass(frozen=True, kw_only=True)
class Tie:
    """A span of steps that sounds as an earlier one.

    Args:
        start: first step of the copy.
        source: first step of the span that it copies, before `start`; the spans may overlap.
        steps: length of both.
        transposed: pitches of the grid by which the copy lies higher: steps of its scale, where it has one.
        semitones: by which the copy lies higher, instead. A note whose copy is not on the grid is not written.

    Raises:
        ValueError: a number is out of range, or both transpositions are there.
    """

    start: int
    source: int
    steps: int
    transposed: int = 0
    semitones: int = 0

    def __post_init__(self) -> None:
        for name, low in (("start", 1), ("source", 0), ("steps", 1), ("transposed", -127), ("semitones", -127)):
            object.__setattr__(self, name, whole(f"tie {name}", getattr(self, name), low))
        if self.source >= self.start:
            raise ValueError(f"tie source is {self.source}, expected a step before its start, {self.start}")
        if self.transposed and self.semitones:
            raise ValueError("a tie has both transposed and semitones, expected one of them")


class Ties(NamedTuple):
    """For each step the first step with whose token it is tied, itself where it is free, and the tokens that follow.

    `root` (T,); `copy` (T, A): the token of the step for each token of its root, or -1 where there is none.
    """

    root: NDArray[np.int64]
    copy: NDArray[np.int64]

    def closed(self, allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Tokens (T, A) that are allowed once each step and its root agree."""
        table = np.ones(allowed.shape, bool)
        for t, root in enumerate(self.root):
            table[root] &= (self.copy[t] > NONE) & allowed[t, self.copy[t]]
        closed = np.zeros(allowed.shape, bool)
        for t, root in enumerate(self.root):
            closed[t, self.copy[t, table[root]]] = True
        return closed


def bars_alike(
    grid: Grid, bar: int, source: int, bars: int = 1, transposed: int = 0, semitones: int = 0, varied: int = 0
) -> Tie:
    """A tie of bars, counted from 0 after a pickup, to earlier ones.

    Args:
        grid: the frame.
        bar: first bar of the copy.
        source: first bar of those that it copies.
        bars: number of bars.
        transposed: as for `Tie`.
        semitones: as for `Tie`.
        varied: steps at the end of the copy that stay free.

    Raises:
        ValueError: a bar is not on the grid, or nothing is left to tie.
    """
    instance("grid", grid, Grid, "a Grid, such as em.Grid(bars=4)")
    bars, per = whole("bars", bars, 1, grid.bars), grid.steps_per_bar
    bar, source = whole("bar", bar, 1, grid.bars - bars), whole("source", source, 0, grid.bars - bars)
    steps = bars * per - whole("varied", varied, 0, bars * per - 1)
    start, source = grid.pickup + bar * per, grid.pickup + source * per
    return Tie(start=start, source=source, steps=steps, transposed=transposed, semitones=semitones)


def checked_form(text: str) -> str:
    """The text of a form without spaces, spelt out.

    Raises:
        ValueError: it is none.
    """
    plain = FORMS.get(text, text).replace(" ", "") if isinstance(text, str) else ""
    if not plain or SECTION.sub("", plain) or len(plain) > LONGEST:
        raise wrong("form", text, EXPECTED)
    return plain


def form(text: str, grid: Grid) -> tuple[Tie, ...]:
    """The ties of a form, such as "AABA", "ABAB", "ABAC" or "AA'": sections of equal length, a letter each.

    A letter that returns is tied to where it stood first. `A+2` and `A-1` are A so many pitches of the grid higher or
    lower. One with a prime has an end of its own: its last bar, or its second half where it has no more than one bar;
    equal marks have equal ends, so that "AA'BA'" has open and closed endings. "period" is "AA'". Spaces are left out.
    A pickup stands before the first section and is free.

    Raises:
        ValueError: it is no such text, or the bars do not divide into so many sections.
    """
    plain = checked_form(text)
    sections = [(letter, int(by or 0), mark) for letter, by, mark in SECTION.findall(plain)]
    (length, rest), bar = divmod(grid.steps - grid.pickup, len(sections)), grid.steps_per_bar
    if rest or (length % bar and bar % length):  # a section is whole bars, or a whole part of one
        raise ValueError(f"form is {text!r}, {len(sections)} sections: {grid.bars} bars do not divide into so many")
    tail = bar if length > bar else length - length // 2
    first: dict[str, tuple[int, int]] = {}  # step and transposition of heads and of ends, where each stands first
    found: list[Tie] = []
    for i, (letter, by, mark) in enumerate(sections):
        start, head = grid.pickup + i * length, length - tail
        source, moved = first.setdefault(letter, (start, by))
        end, turned = first.setdefault(f"{letter}'{mark}", (start, by))
        if source == end < start:
            found.append(Tie(start=start, source=source, steps=length, transposed=by - moved))
            continue
        if source < start and head:
            found.append(Tie(start=start, source=source, steps=head, transposed=by - moved))
        if end < start:
            found.append(Tie(start=start + head, source=end + head, steps=tail, transposed=by - turned))
    return tuple(found)


def tied(like: Any, grid: Grid) -> Ties:
    """The table of a form, of a tie, or of a list of ties.

    Raises:
        ValueError: it is none, no letter of a form returns, a tie leaves the grid, or two ties copy to the same step.
    """
    ties: Sequence[Any] = form(like, grid) if isinstance(like, str) else [like] if isinstance(like, Tie) else like
    if isinstance(like, str) and not ties:
        raise ValueError(f"form is {like!r}, in which no letter returns")
    if not isinstance(ties, (tuple, list)) or not all(isinstance(tie, Tie) for tie in ties):
        raise wrong("like", like, "a form such as 'AABA', or a list of ties, such as [em.conditions.Tie(...)]")
    root, copy = np.arange(grid.steps), np.tile(np.arange(grid.tokens), (grid.steps, 1))
    source: dict[int, tuple[int, Tie]] = {}
    for tie in ties:
        if tie.start + tie.steps > grid.steps:
            raise ValueError(f"a tie ends at step {tie.start + tie.steps}, but the grid has {grid.steps} steps: {tie}")
        for i in range(tie.steps):
            if tie.start + i in source:
                raise ValueError(f"two ties copy to step {tie.start + i}, expected one: {tie}")
            source[tie.start + i] = tie.source + i, tie
    for t in sorted(source):
        before, tie = source[t]
        moved = np.append(_moved(tie, grid), NONE)
        root[t], copy[t] = root[before], moved[copy[before]]
    return Ties(root, copy)


def _moved(tie: Tie, grid: Grid) -> NDArray[np.int64]:
    """The token (A,) of the copy for each token of the source; -1 where its pitch is not on the grid."""
    places = {pitch: token for token, pitch in enumerate(grid.pitches, FIRST_PITCH)}
    moved = np.arange(grid.tokens) + tie.transposed * (np.arange(grid.tokens) >= FIRST_PITCH)
    if tie.semitones:
        moved[FIRST_PITCH:] = [places.get(pitch + tie.semitones, NONE) for pitch in grid.pitches]
    beyond = (np.arange(grid.tokens) >= FIRST_PITCH) & ((moved < FIRST_PITCH) | (moved >= grid.tokens))
    return np.where(beyond, NONE, moved)
