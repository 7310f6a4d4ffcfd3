"""Encoding of melodies as trees: their notes in a balanced tree of `seq`, long ones tied."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from evomusic.core.grid import HOLD
from evomusic.core.grid import REST as PAUSE
from evomusic.core.melody import canonical
from evomusic.encodings.trees.language import FUNCTIONS, TONIC, Language

SEQ, TIE = (list(FUNCTIONS).index(name) for name in ("seq", "tie"))


def tree_of(row: NDArray[np.uint8], language: Language, durations: tuple[int, ...]) -> list[int]:
    """Words of a tree that decodes to a row of tokens (T,).

    Raises:
        ValueError: a pitch is not on the ladder, or a length is no sum of durations.
    """
    phrases = [_tied(name, _parts(length, durations), language) for name, length in _events(row, language)]
    return _balanced(phrases, SEQ) if phrases else [language.symbol(f"r:{durations[0]}")]


def _events(row: NDArray[np.uint8], language: Language) -> Iterator[tuple[str, int]]:
    """Degree or `r`, and length, of the notes and rests of a row, without the silence at its end."""
    place = {int(token): i - int(language.tables.pitch[TONIC]) for i, token in enumerate(language.tables.ladder)}
    tokens = canonical(row)
    struck = np.flatnonzero((tokens != HOLD) & ((tokens != PAUSE) | (np.append(HOLD, tokens[:-1]) != PAUSE)))
    lengths = np.diff(struck, append=len(row)).tolist()
    events = list(zip(tokens[struck].tolist(), lengths, strict=True))
    if events[-1][0] == PAUSE:
        events.pop()
    for token, length in events:
        if token != PAUSE and token not in place:
            raise ValueError(f"token {token} is a pitch beside the scale of this encoding, expected one on it")
        yield ("r" if token == PAUSE else str(place[token])), length


@lru_cache(maxsize=4096)
def _parts(length: int, durations: tuple[int, ...]) -> list[int]:
    """The fewest durations whose sum is a length, the longest first."""
    best: list[list[int] | None] = [[]]
    for total in range(1, length + 1):
        ways = [[*rest, d] for d in durations if d <= total and (rest := best[total - d]) is not None]
        best.append(min(ways, key=len, default=None))
    if (parts := best[length]) is None:
        raise ValueError(f"a note of {length} steps is no sum of the durations {durations}, expected one that is")
    return sorted(parts, reverse=True)


def _tied(name: str, parts: list[int], language: Language) -> list[int]:
    return _balanced([[language.symbol(f"{name}:{d}")] for d in parts], TIE)


def _balanced(phrases: list[list[int]], function: int) -> list[int]:
    """Phrases joined by a binary function, in a tree of least depth."""
    if len(phrases) == 1:
        return phrases[0]
    half = len(phrases) // 2
    return [function, *_balanced(phrases[:half], function), *_balanced(phrases[half:], function)]
