"""Semantics of the phrase language, in plain Python: the definition of every function. DEAP's trees run it.

A phrase is a tuple of events, each a degree (SILENT for a rest) and a duration in steps. Every phrase, within a tree
too, is limited to T events of at most T steps each, on degrees from -FAR to FAR: more than a melody can hold.
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
    """A sequence of events. DEAP distinguishes kinds by class."""

    __slots__ = ()


class Interval(int, metaclass=Kind):
    """A number of degrees: upwards, or downwards where negative."""


class Count(int, metaclass=Kind):
    """A number of repetitions or of parts."""


def seq(a: Phrase, b: Phrase) -> Phrase:
    """The first phrase, then the second."""
    return Phrase((*a, *b))


def tie(a: Phrase, b: Phrase) -> Phrase:
    """The first phrase, then the second, whose first event is tied to the last of the first."""
    if not (a and b):
        return seq(a, b)
    return Phrase((*a[:-1], Event(a[-1].degree, a[-1].length + b[0].length), *b[1:]))


def alternate(a: Phrase, b: Phrase) -> Phrase:
    """Events of both phrases in turn; the rest of the longer follows."""
    return Phrase(e for e in chain.from_iterable(zip_longest(a, b)) if e is not None)


def rhythm(a: Phrase, b: Phrase) -> Phrase:
    """Durations and rests of the first phrase, with the degrees of the second, repeated as often as needed."""
    degrees = [e.degree for e in b if e.degree != SILENT]
    if not degrees:
        return a
    turn = cycle(degrees)
    return Phrase(e if e.degree == SILENT else Event(next(turn), e.length) for e in a)


def ending(a: Phrase, b: Phrase) -> Phrase:
    """The first phrase with its end replaced by the second: as long as the first, unless the second is longer."""
    return seq(cut(a, max(0, steps(a) - steps(b))), b)


def transpose(interval: int, a: Phrase) -> Phrase:
    """The phrase, each note moved by an interval."""
    return Phrase(Event(moved(e.degree, interval), e.length) for e in a)


def vary(interval: int, a: Phrase) -> Phrase:
    """The phrase, its last note moved by an interval."""
    return with_last(a, lambda degree: degree + interval)


def repeat(count: int, a: Phrase) -> Phrase:
    """The phrase, `count` times."""
    return Phrase(a * max(1, count))


def first(count: int, a: Phrase) -> Phrase:
    """The first of `count` equal parts, in steps and rounded up; a note that is cut is shorter."""
    return cut(a, part(count, a))


def last(count: int, a: Phrase) -> Phrase:
    """The last of `count` equal parts, in steps and rounded up; a note that is cut begins later."""
    return retrograde(cut(retrograde(a), part(count, a)))


def invert(a: Phrase) -> Phrase:
    """The phrase mirrored about its first note."""
    axis = next((e.degree for e in a if e.degree != SILENT), 0)
    return Phrase(e if e.degree == SILENT else Event(2 * axis - e.degree, e.length) for e in a)


def retrograde(a: Phrase) -> Phrase:
    """The phrase backwards."""
    return Phrase(a[::-1])


def augment(a: Phrase) -> Phrase:
    """The phrase, each duration doubled."""
    return Phrase(Event(e.degree, 2 * e.length) for e in a)


def diminish(a: Phrase) -> Phrase:
    """The phrase, each duration halved and rounded down, to at least one step."""
    return Phrase(Event(e.degree, max(1, e.length // 2)) for e in a)


def period(a: Phrase, tables: Tables) -> Phrase:
    """Antecedent and consequent: the phrase ending on the nearest dominant, then again, ending on the nearest tonic."""
    antecedent = with_last(a, lambda degree: near(degree, int(tables.pitch[DOMINANT]), int(tables.pitch[OCTAVE])))
    return seq(antecedent, with_last(a, lambda degree: near(degree, 0, int(tables.pitch[OCTAVE]))))


def steps(a: Iterable[Event]) -> int:
    """Duration of a phrase in steps."""
    return sum(e.length for e in a)


def part(count: int, a: Phrase) -> int:
    """Duration of one of `count` equal parts in steps, rounded up."""
    return -(-steps(a) // max(1, count))


def cut(a: Phrase, keep: int) -> Phrase:
    """The first `keep` steps of a phrase."""
    began = accumulate((e.length for e in a), initial=0)
    return Phrase(Event(e.degree, min(e.length, keep - t)) for e, t in zip(a, began, strict=False) if t < keep)


def moved(degree: int, interval: int) -> int:
    """A degree moved by an interval; rests stay rests."""
    return degree if degree == SILENT else degree + interval


def with_last(a: Phrase, change: Callable[[int], int]) -> Phrase:
    """A phrase with the degree of its last note changed, if it has a note."""
    at = max((i for i, e in enumerate(a) if e.degree != SILENT), default=-1)
    return Phrase(Event(change(e.degree), e.length) if i == at else e for i, e in enumerate(a))


def near(degree: int, wanted: int, octave: int) -> int:
    """The degree nearest to `degree` that is `wanted` in some octave; of two the lower."""
    half = octave // 2
    return degree + (wanted - degree + half) % octave - half


def limited(a: Phrase, most: int) -> Phrase:
    """A phrase cut to `most` events of at most as many steps, on degrees clamped to -FAR ... FAR."""
    return Phrase(
        Event(e.degree if e.degree == SILENT else min(max(e.degree, -FAR), FAR), min(e.length, most)) for e in a[:most]
    )


MEANING: dict[str, Callable[..., Phrase]] = {
    f.__name__: f
    for f in (seq, tie, alternate, rhythm, ending, transpose, vary, repeat, first, last, invert, retrograde, augment)
} | {"diminish": diminish}


def meaning(language: Language) -> list[Any]:
    """Value of each word on a grid, in the order of symbols: a function, a phrase, or a number."""
    tables, most = language.tables, language.steps
    named = MEANING | {"period": partial(period, tables=tables)}
    return [
        partial(_applied, named[name], most) if name in named else _leaf(tables, symbol, most)
        for symbol, name in enumerate(language.names)
    ]


def _applied(function: Callable[..., Phrase], most: int, *arguments: Any) -> Phrase:
    return limited(function(*arguments), most)


def _leaf(tables: Tables, symbol: int, most: int) -> Any:
    opcode, a, b, c, kind = tables.words[symbol, :5].tolist()
    if opcode == NUMBER:
        return (Interval if kind == INTERVAL else Count)(a)
    if opcode == MOTIF:
        return limited(transpose(a, Phrase(Event(*pair) for pair in tables.events[b:c].tolist())), most)
    return limited(Phrase([Event(a if opcode == NOTE else SILENT, b)]), most)


def melody_of(phrase: Phrase, language: Language) -> NDArray[np.uint8]:
    """Tokens (T,) of a phrase: cut at T steps or filled with rests, its degrees folded into the ladder."""
    row = np.full(language.steps, PAUSE, np.uint8)
    t = 0
    for degree, length in phrase:
        if degree != SILENT and t < len(row):
            row[t] = language.tables.ladder[fold(degree, language.tables)]
            row[t + 1 : t + length] = HOLD
        t += length
    return row


def fold(degree: int, tables: Tables) -> int:
    """Place of a degree on the ladder: folded by octaves, or mirrored at its ends if it is shorter than an octave."""
    n, octave, place = len(tables.ladder), int(tables.pitch[OCTAVE]), degree + int(tables.pitch[TONIC])
    if 0 <= place < n:
        return place
    if n < octave:
        place %= max(1, 2 * (n - 1))
        return min(place, 2 * (n - 1) - place)
    return place % octave if place < 0 else place - -(-(place - n + 1) // octave) * octave
