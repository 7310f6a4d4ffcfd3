"""Features by which the critic hears a melody, note by note; by name, so that a verdict can say what tells."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evomusic.core.grid import FIRST_PITCH, REST, Grid
from evomusic.core.melody import Melody, Note, Tokens

NAMES: Final = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")  # degrees, as if the tonic were C
DIATONIC: Final = (0, 2, 4, 5, 7, 9, 11)


def critic_features(melodies: Tokens, grid: Grid, tonic: int) -> tuple[list[str], NDArray[np.float64]]:
    """Names (F,), and features (P, F), of melodies (P, T); rows without two notes are all 0."""
    rows = [_heard(Melody(row, grid), tonic) for row in melodies]
    names = next((list(row) for row in rows if row), [])
    return names, np.array([[row.get(name, 0.0) for name in names] for row in rows], float)


def _heard(melody: Melody, tonic: int) -> dict[str, float]:
    notes = melody.notes
    if len(notes) < 2:
        return {}
    return {**_pitches(melody, notes, tonic), **_moves(notes), **_times(melody, notes), **_form(melody, notes)}


def _pitches(melody: Melody, notes: Sequence[Note], tonic: int) -> dict[str, float]:
    """Degrees weighted by duration, on downbeats, first and last; the line's extremes and where they lie."""
    grid = melody.grid
    heights = np.array([note.pitch - tonic for note in notes])
    weights = np.array([note.duration for note in notes])
    onsets = np.array([note.onset for note in notes])
    down = np.array([(note.onset - grid.pickup_beats) % grid.beats == 0 for note in notes])
    found = {f"time on {NAMES[k]}": float(weights[heights % 12 == k].sum() / weights.sum()) for k in range(12)}
    found |= {f"{NAMES[k]} on a downbeat": _mean(heights[down] % 12 == k) for k in DIATONIC}
    found |= {f"begins on {NAMES[k]}": float(heights[0] % 12 == k) for k in DIATONIC}
    found |= {f"ends on {NAMES[k]}": float(heights[-1] % 12 == k) for k in DIATONIC}
    half = grid.pickup_beats + grid.bars * grid.beats / 2
    slope = np.polyfit(onsets, heights, 1)[0] if len(notes) > 2 else 0.0
    return found | {
        "highest": float(heights.max()),
        "lowest": float(heights.min()),
        "first height": float(heights[0]),
        "last height": float(heights[-1]),
        "one highest note": float((heights == heights.max()).sum() == 1),
        "one lowest note": float((heights == heights.min()).sum() == 1),
        "place of the highest": float(onsets[heights.argmax()]),
        "place of the lowest": float(onsets[heights.argmin()]),
        "slope": float(slope),
        "second half higher": _mean(heights[onsets >= half]) - _mean(heights[onsets < half]),
        "distinct pitches a note": len(set(heights.tolist())) / len(notes),
    }


def _moves(notes: Sequence[Note]) -> dict[str, float]:
    """Directed moves, runs, leaps and what follows them, and how often short turns of phrase come again."""
    moves = np.diff([note.pitch for note in notes])
    found = {f"moves by {k:+d}": _mean(moves == k) for k in (-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 7)}
    ways = np.sign(moves[moves != 0])
    big = np.flatnonzero(np.abs(moves[:-1]) >= 5)
    return found | {
        "leaps up": _mean(moves > 5),
        "leaps down": _mean(moves < -5),
        "greatest leap": float(np.abs(moves).max()),
        "longest run one way": float(_longest(ways)),
        "longest repetition": float(_longest(moves == 0, True)),
        "leaps turned": _mean(np.sign(moves[big + 1]) == -np.sign(moves[big])) if len(big) else 0.5,
        "leap after leap": _mean((np.abs(moves[1:]) > 2) & (np.abs(moves[:-1]) > 2)),
        "to and fro": _mean([a.pitch == c.pitch for a, c in zip(notes, notes[2:], strict=False)]),
        "distinct pairs": _distinct([note.pitch for note in notes], 2),
        "distinct fours": _distinct([note.pitch for note in notes], 4),
        "distinct shapes": _distinct(moves.tolist(), 3),
        "move before last": float(moves[-2]) if len(moves) > 1 else 0.0,
        "last move": float(moves[-1]),
        "last move by size": float(abs(moves[-1])),
    }


def _times(melody: Melody, notes: Sequence[Note]) -> dict[str, float]:
    """Durations in beats and in a row, where notes begin in a beat and in the last bar, and silence."""
    grid = melody.grid
    lengths, beats = [note.duration for note in notes], grid.length
    onsets = [note.onset - grid.pickup_beats for note in notes]  # from the first bar line
    bars = np.bincount([int(onset // grid.beats) for onset in onsets if onset >= 0], minlength=grid.bars)
    offsets = [onset % 1 for onset in onsets]
    spans = [(onset, onset + note.duration - 1e-6) for onset, note in zip(onsets, notes, strict=True)]
    alike = [a == b for a, b in pairwise(lengths)]
    edges = (0.0, 0.3, 0.6, 0.9, 1.1, 1.6, 2.1, 3.1, 99.0)
    return {
        **{f"lengths to {high:g}": _mean([low < x <= high for x in lengths]) for low, high in pairwise(edges)},
        **{f"begins {k}/6 into a beat": _mean([round(x * 6) == k for x in offsets]) for k in range(6)},
        **{f"begins on beat {k + 1}": _mean([onset % grid.beats == k for onset in onsets]) for k in range(grid.beats)},
        "notes a beat": len(notes) / beats,
        "notes of bars differ": float(bars.std()),
        "fewest in a bar": float(bars.min()),
        "notes of the last bar": float(bars[-1]),
        "lengths alike in a row": _mean(alike),
        "longest row of one length": float(_longest(np.array(alike), True)),
        "silence": 1 - sum(lengths) / beats,
        "first onset": notes[0].onset,
        "last length": lengths[-1],
        "last onset": beats - notes[-1].onset,
        "over a bar line": _mean([a // grid.beats != b // grid.beats for a, b in spans]),
        "distinct lengths": float(len(set(lengths))),
    }


def _form(melody: Melody, notes: Sequence[Note]) -> dict[str, float]:
    """Bars and halves that return: as they were, in rhythm, in contour, from the beginning or the end."""
    grid, rows = melody.grid, melody.canonical.tokens.astype(int)
    found: dict[str, float] = {}
    for name, steps in (("bar", grid.steps_per_bar), ("half", grid.steps_per_bar // 2)):
        parts = [tuple(rows[i : i + steps]) for i in range(grid.pickup, grid.steps - steps + 1, steps)]
        rhythms = [tuple(min(x, FIRST_PITCH) for x in part) for part in parts]
        shapes = [tuple(np.sign(np.diff([x for x in part if x >= FIRST_PITCH]))) for part in parts]
        heads = [part[: steps // 2] for part in parts]
        for kind, units in (("", parts), (" rhythm", rhythms), (" contour", shapes), (" head", heads)):
            found[f"distinct{kind} {name}s"] = len(set(units)) / len(units)
            for lag in (1, 2, 4):
                if lag < len(units):
                    alike = [a == b for a, b in zip(units, units[lag:], strict=False)]
                    found[f"{name}{kind} as {lag} before"] = _mean(alike)
        found[f"silent {name}s"] = _mean([set(part) == {REST} for part in parts])
    pitches = [note.pitch for note in notes]
    found["longest return"] = _longest_return(pitches) / len(pitches)
    return found


def _longest_return(line: Sequence[int]) -> int:
    """Length of the longest stretch that comes twice, without overlap."""
    best = 0
    for lag in range(1, len(line)):
        run = 0
        for a, b in zip(line, line[lag:], strict=False):
            run = run + 1 if a == b else 0
            best = max(best, min(run, lag))
    return best


def _longest(values: NDArray[np.generic], wanted: bool | None = None) -> int:
    """Length of the longest row of equal values, or of one wanted value."""
    best = run = 0
    before: object = None
    for value in values.tolist():
        run = run + 1 if value == before else 1
        before = value
        best = max(best, run if wanted is None or value == wanted else 0)
    return best


def _distinct(line: Sequence[int], n: int) -> float:
    """Share of distinct ones among the stretches of n; 1 without any."""
    stretches = [tuple(line[i : i + n]) for i in range(len(line) - n + 1)]
    return len(set(stretches)) / len(stretches) if stretches else 1.0


def _mean(values: object) -> float:
    array = np.asarray(values, float)
    return float(array.mean()) if array.size else 0.0
