"""The vocabulary of the phrase language: a strongly typed set of functions and terminals, numbered for a grid.

A phrase is a sequence of notes and rests; a note is a degree and a duration in steps. Degrees are counted on a ladder:
the grid's pitches, or those of them that belong to a scale; 0 is the lowest tonic on it, 1 the rung above, -1 the one
below. Degrees beyond the ladder are folded back into it: by octaves, or, where it is shorter than an octave, mirrored
at its ends.

Terminals: `0:2` is degree 0 for two steps, `r:4` a rest of four steps, `m1@3` motif 1 begun on degree 3; `+2` and `-3`
are intervals in degrees, `x2` is a count. `FUNCTIONS` lists the functions of phrases; `phrases` defines each.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, groupby, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core import theory
from evomusic.core.grid import FIRST_PITCH, Grid

PHRASE, INTERVAL, COUNT = range(3)
KINDS = ("phrase", "interval", "count")
NAMED = ("a phrase", "an interval", "a count")
FUNCTIONS = {  # functions of one signature stand together
    "seq": (PHRASE, PHRASE),
    "tie": (PHRASE, PHRASE),
    "alternate": (PHRASE, PHRASE),
    "rhythm": (PHRASE, PHRASE),
    "ending": (PHRASE, PHRASE),
    "transpose": (INTERVAL, PHRASE),
    "vary": (INTERVAL, PHRASE),
    "repeat": (COUNT, PHRASE),
    "first": (COUNT, PHRASE),
    "last": (COUNT, PHRASE),
    "invert": (PHRASE,),
    "retrograde": (PHRASE,),
    "augment": (PHRASE,),
    "diminish": (PHRASE,),
    "period": (PHRASE,),
}
(SEQ, TIE, ALTERNATE, RHYTHM, ENDING, TRANSPOSE, VARY, REPEAT, FIRST, LAST) = range(10)
(INVERT, RETROGRADE, AUGMENT, DIMINISH, PERIOD, NOTE, REST, MOTIF, NUMBER) = range(10, 19)
COUNTS = (2, 3, 4)
FAR = 999  # degrees are clamped to -FAR ... FAR
SILENT = -10_000  # the degree of a rest
DURATIONS = (1, 2, 3, 4, 6, 8)
MOTIFS = (
    "0:2 1:2 2:2 3:2",
    "0:2 -1:2 -2:2 -3:2",
    "0:2 1:2 0:4",
    "0:2 -1:2 0:4",
    "0:2 2:2 4:4",
    "0:3 0:1 0:4",
)
MOST = 32_000  # greatest number of words: symbols are int16
_EVENT = re.compile(r"(r|-?\d{1,3}):(\d{1,4})")


class Tables(NamedTuple):
    """The vocabulary as arrays for kernels: a row per word (V), columns as below; the events of all motifs (E)."""

    words: NDArray[np.int64]  # (V, 12)
    leaves: NDArray[np.int64]  # (3, 2) range of symbols of the leaves of each kind
    events: NDArray[np.int64]  # (E, 2) degree and duration
    ladder: NDArray[np.uint8]  # tokens, rising
    pitch: NDArray[np.int64]  # (3,) place of degree 0 on the ladder, degrees per octave, degree of the fifth above


OPCODE = 0
A = 1  # a degree, an interval or a count
B, C = 2, 3  # a duration; or the first event of a motif, and past its last
KIND = 4  # of its value
ARITY = 5
NUMERIC = 6  # kind of its first argument if that is a number, else PHRASE
FIRST_ALIKE, PAST_ALIKE = 7, 8  # range of the words of the same signature
GROUP, PAST_GROUP, COLUMNS = 9, 10, 11  # leaves of a group are a table of degrees by durations or motifs
TONIC, OCTAVE, DOMINANT = range(3)


class Event(NamedTuple):
    """A note, or a rest (degree SILENT), and its duration in steps."""

    degree: int
    length: int


class Word(NamedTuple):
    """One word: its text and its row in the tables; `group` is the name of its group."""

    name: str
    opcode: int
    a: int = 0
    b: int = 0
    c: int = 0
    kind: int = PHRASE
    arguments: tuple[int, ...] = ()
    group: str = ""
    columns: int = 1


@dataclass(frozen=True, eq=False)
class Language:
    """The vocabulary on a grid; a symbol is a word's index in `names`. `steps` is T."""

    names: tuple[str, ...]
    tables: Tables
    steps: int

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The symbol of each word."""
        return {name: symbol for symbol, name in enumerate(self.names)}

    def kind(self, symbol: int) -> int:
        """Kind of a symbol: PHRASE, INTERVAL or COUNT."""
        return int(self.tables.words[symbol, KIND])

    def symbol(self, name: str) -> int:
        """The symbol of a word.

        Raises:
            ValueError: the language has no such word; names the nearest.
        """
        if name not in self.numbers:
            near = theory.nearest(name, self.names)
            raise ValueError(f"word {name!r} is not in the phrase language of this grid{near}")
        return self.numbers[name]


def read_motif(text: str) -> tuple[Event, ...]:
    """Events of a text such as `0:2 1:2 r:4`.

    Raises:
        ValueError: a word is not a degree or `r`, a colon and a duration from 1, or there is no word.
    """
    matches = [(word, _EVENT.fullmatch(word)) for word in text.split()]
    for word, match in matches:
        if match is None or int(match[2]) < 1:
            raise ValueError(f"motif {text!r} has {word!r}, expected a degree or r, a colon, steps from 1 up: 0:2, r:4")
    if not matches:
        raise ValueError("motif is empty, expected notes such as '0:2 1:2 2:4'")
    return tuple(Event(SILENT if m[1] == "r" else int(m[1]), int(m[2])) for _, m in matches if m)


@lru_cache(maxsize=64)
def language(
    grid: Grid, scale: str | None, durations: tuple[int, ...], motifs: tuple[str, ...], reach: int
) -> Language:
    """The phrase language on a grid.

    Args:
        grid: its pitches are the ladder.
        scale: restricts the ladder to its pitches; None does not.
        durations: of notes and rests, in steps.
        motifs: texts that `read_motif` reads.
        reach: the widest interval, in degrees.

    Raises:
        ValueError: the grid has no pitch of the scale, or there are too many words.
    """
    ladder, tonic, classes = _ladder(grid, scale)
    words = list(_words(range(-tonic, len(ladder) - tonic), durations, motifs, reach))
    if len(words) > MOST:
        raise ValueError(f"durations and motifs make {len(words)} words on this grid, expected at most {MOST}")
    root = grid.pitches[ladder[tonic] - FIRST_PITCH]
    offsets = sorted((c - root) % 12 for c in classes)
    dominant = min(range(len(offsets)), key=lambda i: abs(offsets[i] - 7))
    tables = Tables(
        words=_rows(words),
        leaves=_leaves(words),
        events=np.array([e for text in motifs for e in read_motif(text)], np.int64).reshape(-1, 2),
        ladder=np.array(ladder, np.uint8),
        pitch=np.array([tonic, len(offsets), dominant], np.int64),
    )
    return Language(tuple(w.name for w in words), tables, grid.steps)


def _rows(words: Sequence[Word]) -> NDArray[np.int64]:
    """Rows (V, 12) of the words."""
    own = [(w.opcode, w.a, w.b, w.c, w.kind, len(w.arguments), (*w.arguments, PHRASE)[0]) for w in words]
    alike = _bounds([(w.kind, w.arguments) for w in words])
    group = _bounds([w.group for w in words])
    columns = np.array([w.columns for w in words])
    return np.column_stack([np.array(own), *alike, *group, columns])


def _bounds(keys: Sequence[Hashable]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each key, the beginning and end of the run of equal keys around it."""
    lengths = [len(list(run)) for _, run in groupby(keys)]
    ends = np.cumsum(lengths)
    return np.repeat(ends - lengths, lengths), np.repeat(ends, lengths)


def _leaves(words: Sequence[Word]) -> NDArray[np.int64]:
    """Range (3, 2) of symbols of the leaves of each kind."""
    at = [[i for i, w in enumerate(words) if w.kind == kind and not w.arguments] for kind in range(len(KINDS))]
    return np.array([(i[0], i[-1] + 1) for i in at], np.int64)


def _ladder(grid: Grid, scale: str | None) -> tuple[list[int], int, set[int]]:
    """Tokens of the ladder, the place of degree 0 on it, and its pitch classes."""
    classes = set(range(12))
    for name in (grid.scale, scale):
        classes &= set(range(12) if name is None else theory.parse_scale(name)[1])
    ladder = [FIRST_PITCH + i for i, pitch in enumerate(grid.pitches) if pitch % 12 in classes]
    if not ladder:
        raise ValueError(f"scale {scale!r} shares no pitch with this grid, expected one that does, or none")
    key = scale or grid.scale
    root = theory.parse_scale(key)[0] if key else None
    tonics = [i for i, token in enumerate(ladder) if grid.pitches[token - FIRST_PITCH] % 12 == root]
    return ladder, tonics[0] if tonics else 0, classes


def _words(degrees: range, durations: tuple[int, ...], motifs: tuple[str, ...], reach: int) -> Iterator[Word]:
    """All words, in the order of their symbols."""
    for opcode, (name, arguments) in enumerate(FUNCTIONS.items()):
        yield Word(name, opcode, arguments=arguments, group=name)
    for d in degrees:
        yield from (Word(f"{d}:{n}", NOTE, d, n, group="notes", columns=len(durations)) for n in durations)
    yield from (Word(f"r:{n}", REST, 0, n, group="rests", columns=len(durations)) for n in durations)
    past = list(accumulate((len(read_motif(text)) for text in motifs), initial=0))
    for d in degrees:
        for m, (first, after) in enumerate(pairwise(past), 1):
            yield Word(f"m{m}@{d}", MOTIF, d, first, after, group="motifs", columns=len(motifs))
    for i in range(-reach, reach + 1):
        if i:
            yield Word(f"{i:+d}", NUMBER, i, kind=INTERVAL, group="intervals")
    yield from (Word(f"x{n}", NUMBER, n, kind=COUNT, group="counts") for n in COUNTS)
