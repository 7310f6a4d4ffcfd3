"""What the functions of the phrase language mean, in plain Python: the definition, and what DEAP's trees run.

A phrase is a tuple of events, each a degree (SILENT for a rest) and a duration in steps. Every phrase, within a tree
too, is kept to T events, of T steps at most each, on degrees from -FAR to FAR: more than a melody can show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import accumulate, chain, cycle, zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core.grid import HOLD
from evomusic.core.grid import REST as PAUSE
from evomusic.encodings.trees.language import (
    DOMINANT,
    FAR,
    INTERVAL,
    MOTIF,
    NOTE,
    NUMBER,
    OCTAVE,
    SILENT,
    TONIC,
    Event,
    Language,
    Tables,
)


class Kind(type):
    """A class with the same hash in every process: DEAP draws from sets of kinds, and their order is that of hashes."""

    def __hash__(cls) -> int:
        return len(cls.__name__)


class Phrase(tuple[Event, ...], metaclass=Kind):
    """Events in a row; DEAP tells kinds apart by class."""

    __slots__ = ()


class Interval(int, metaclass=Kind):
    """Degrees up, or down where negative."""


class Count(int, metaclass=Kind):
    """How many times, or one part of how many."""


def seq(a: Phrase, b: Phrase) -> Phrase:
    """The first, then the second."""
    return Phrase((*a, *b))


def tie(a: Phrase, b: Phrase) -> Phrase:
    """The first, then the second, whose first event lengthens the last of the first instead of being struck."""
    if not (a and b):
        return seq(a, b)
    return Phrase((*a[:-1], Event(a[-1].degree, a[-1].length + b[0].length), *b[1:]))


def alternate(a: Phrase, b: Phrase) -> Phrase:
    """Events of both in turn; what is left of the longer follows."""
    return Phrase(e for e in chain.from_iterable(zip_longest(a, b)) if e is not None)


def rhythm(a: Phrase, b: Phrase) -> Phrase:
    """Durations and rests of the first, with the degrees of the second in turn, from its first again after its last."""
    degrees = [e.degree for e in b if e.degree != SILENT]
    if not degrees:
        return a
    turn = cycle(degrees)
    return Phrase(e if e.degree == SILENT else Event(next(turn), e.length) for e in a)


def ending(a: Phrase, b: Phrase) -> Phrase:
    """The first, whose last steps give way to the second: as long as the first, unless the second is longer."""
    return seq(cut(a, max(0, steps(a) - steps(b))), b)


def transpose(interval: int, a: Phrase) -> Phrase:
    """Each note moved by an interval."""
    return Phrase(Event(moved(e.degree, interval), e.length) for e in a)


def vary(interval: int, a: Phrase) -> Phrase:
    """The last note moved by an interval."""
    return with_last(a, lambda degree: degree + interval)


def repeat(count: int, a: Phrase) -> Phrase:
    """That many times."""
    return Phrase(a * max(1, count))


def first(count: int, a: Phrase) -> Phrase:
    """The first of `count` parts, in steps and rounded up; a note that is cut is shorter."""
    return cut(a, part(count, a))


def last(count: int, a: Phrase) -> Phrase:
    """The last of `count` parts, in steps and rounded up; a note that is cut begins later."""
    return retrograde(cut(retrograde(a), part(count, a)))


def invert(a: Phrase) -> Phrase:
    """Mirrored about its first note."""
    axis = next((e.degree for e in a if e.degree != SILENT), 0)
    return Phrase(e if e.degree == SILENT else Event(2 * axis - e.degree, e.length) for e in a)


def retrograde(a: Phrase) -> Phrase:
    """From its end to its beginning."""
    return Phrase(a[::-1])


def augment(a: Phrase) -> Phrase:
    """Each duration doubled."""
    return Phrase(Event(e.degree, 2 * e.length) for e in a)


def diminish(a: Phrase) -> Phrase:
    """Each duration halved and rounded down, to a step at least."""
    return Phrase(Event(e.degree, max(1, e.length // 2)) for e in a)


def period(a: Phrase, tables: Tables) -> Phrase:
    """Question and answer: the phrase ended on the nearest dominant, then again, ended on the nearest tonic."""
    question = with_last(a, lambda degree: near(degree, int(tables.pitch[DOMINANT]), int(tables.pitch[OCTAVE])))
    return seq(question, with_last(a, lambda degree: near(degree, 0, int(tables.pitch[OCTAVE]))))


def steps(a: Iterable[Event]) -> int:
    """Duration of a phrase."""
    return sum(e.length for e in a)


def part(count: int, a: Phrase) -> int:
    """Steps of one part of `count`, rounded up."""
    return -(-steps(a) // max(1, count))


def cut(a: Phrase, keep: int) -> Phrase:
    """The first `keep` steps."""
    began = accumulate((e.length for e in a), initial=0)
    return Phrase(Event(e.degree, min(e.length, keep - t)) for e, t in zip(a, began, strict=False) if t < keep)


def moved(degree: int, interval: int) -> int:
    """A degree moved; rests stay rests."""
    return degree if degree == SILENT else degree + interval


def with_last(a: Phrase, change: Callable[[int], int]) -> Phrase:
    """The phrase with the degree of its last note changed, where it has one."""
    at = max((i for i, e in enumerate(a) if e.degree != SILENT), default=-1)
    return Phrase(Event(change(e.degree), e.length) if i == at else e for i, e in enumerate(a))


def near(degree: int, wanted: int, octave: int) -> int:
    """The wanted degree of the octave that is nearest to a degree; of two the lower."""
    half = octave // 2
    return degree + (wanted - degree + half) % octave - half


def kept(a: Phrase, most: int) -> Phrase:
    """A phrase within the limits: `most` events of at most as many steps, degrees from -FAR to FAR."""
    return Phrase(
        Event(e.degree if e.degree == SILENT else min(max(e.degree, -FAR), FAR), min(e.length, most)) for e in a[:most]
    )


MEANING: dict[str, Callable[..., Phrase]] = {
    f.__name__: f
    for f in (seq, tie, alternate, rhythm, ending, transpose, vary, repeat, first, last, invert, retrograde, augment)
} | {"diminish": diminish}


def meaning(language: Language) -> list[Any]:
    """What each word stands for on a grid, by its symbol: a function of phrases and numbers, a phrase, or a number."""
    tables, most = language.tables, language.steps
    named = MEANING | {"period": partial(period, tables=tables)}
    return [
        partial(_limited, named[name], most) if name in named else _leaf(tables, symbol, most)
        for symbol, name in enumerate(language.names)
    ]


def _limited(function: Callable[..., Phrase], most: int, *arguments: Any) -> Phrase:
    return kept(function(*arguments), most)


def _leaf(tables: Tables, symbol: int, most: int) -> Any:
    opcode, a, b, c, kind = tables.words[symbol, :5].tolist()
    if opcode == NUMBER:
        return (Interval if kind == INTERVAL else Count)(a)
    if opcode == MOTIF:
        return kept(transpose(a, Phrase(Event(*pair) for pair in tables.events[b:c].tolist())), most)
    return kept(Phrase([Event(a if opcode == NOTE else SILENT, b)]), most)


def melody_of(phrase: Phrase, language: Language) -> NDArray[np.uint8]:
    """Tokens (T,) of a phrase: cut at T steps, silent where it is shorter, degrees folded into the ladder."""
    row = np.full(language.steps, PAUSE, np.uint8)
    t = 0
    for degree, length in phrase:
        if degree != SILENT and t < len(row):
            row[t] = language.tables.ladder[fold(degree, language.tables)]
            row[t + 1 : t + length] = HOLD
        t += length
    return row


def fold(degree: int, tables: Tables) -> int:
    """The place on the ladder of a degree: moved by octaves until on it; mirrored at its ends if it has no octave."""
    n, octave, place = len(tables.ladder), int(tables.pitch[OCTAVE]), degree + int(tables.pitch[TONIC])
    if 0 <= place < n:
        return place
    if n < octave:
        place %= max(1, 2 * (n - 1))
        return min(place, 2 * (n - 1) - place)
    return place % octave if place < 0 else place - -(-(place - n + 1) // octave) * octave
