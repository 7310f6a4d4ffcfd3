"""Measures of finished melodies: features to compare with real tunes, axes of an archive, final rewards.

A measure is a frozen dataclass, called with melodies (P, T) uint8 and their grid, that gives (P,) float64 within
`bounds(grid)`; a row's value is the same in every batch, to the last bit. What sounds alike measures alike. Pitches are
MIDI numbers, sizes semitones, entropies bits. A move goes from one note to the next, whatever rests lie between. Shares
of nothing are 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from evomusic.core.checks import whole
from evomusic.core.grid import Grid
from evomusic.core.melody import Tokens
from evomusic.measures import features
from evomusic.measures.features import Floats, by_block


@dataclass(frozen=True)
class Notes:
    """The number of notes."""

    def __call__(self, melodies: Tokens, grid: Grid) -> Floats:
        """(P,) notes."""
        return by_block(features.notes, melodies, grid)

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """Silence, and a note a step."""
        return 0.0, float(grid.steps)


@dataclass(frozen=True)
class NotesPerBar:
    """Notes of the full bars, divided by their number. Source: note density, McKay & Fujinaga, "jSymbolic" (2006)."""

    def __call__(self, melodies: Tokens, grid: Grid) -> Floats:
        """(P,) notes a bar."""
        return by_block(features.full_bar_notes, melodies, grid) / grid.bars

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """Silence, and a note a step."""
        return 0.0, float(grid.steps_per_bar)


@dataclass(frozen=True)
class Pitches:
    """The number of different pitches."""

    def __call__(self, melodies: Tokens, grid: Grid) -> Floats:
        """(P,) pitches."""
        return by_block(features.pitches, melodies, grid)

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """None, and as many as the grid has pitches and steps."""
        return 0.0, float(min(len(grid.pitches), grid.steps))


@dataclass(frozen=True)
class PitchRange:
    """Semitones from the lowest note to the highest; 0 without notes. Source: Müllensiefen, "FANTASTIC" (2009)."""

    def __call__(self, melodies: Tokens, grid: Grid) -> Floats:
        """(P,) semitones."""
        return by_block(features.pitch_range, melodies, grid)

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """One pitch, and the grid's lowest and highest."""
        return 0.0, float(grid.pitches[-1] - grid.pitches[0])


@dataclass(frozen=True)
class PitchEntropy:
    """Shannon entropy in bits of the pitches of the notes; 0 without notes.

    Source: Shannon, "A mathematical theory of communication" (1948); Müllensiefen, "FANTASTIC" (2009).
    """

    def __call__(self, melodies: Tokens, grid: Grid) -> Floats:
        """(P,) bits a note."""
        return np.minimum(by_block(features.pitch_entropy, melodies, grid), self.bounds(grid)[1])

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """One pitch, and all pitches alike."""
        return 0.0, math.log2(min(len(grid.pitches), grid.steps))


@dataclass(frozen=True)
class IntervalEntropy:
    """Shannon entropy in bits of the moves, up and down told apart; 0 without any. Source: as `PitchEntropy`."""

    def __call__(self, melodies: Tokens, grid: Grid) -> Floats:
        """(P,) bits a move."""
        return np.minimum(by_block(features.interval_entropy, melodies, grid), self.bounds(grid)[1])

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """One move only, and all moves alike."""
        span = grid.pitches[-1] - grid.pitches[0]
        return 0.0, math.log2(max(1, min(2 * span + 1, grid.steps - 1)))


@dataclass(frozen=True)
class LengthEntropy:
    """Shannon entropy in bits of the notes' lengths in steps; 0 without notes. Source: as `PitchEntropy`."""

    def __call__(self, melodies: Tokens, grid: Grid) -> Floats:
        """(P,) bits a note."""
        return np.minimum(by_block(features.length_entropy, melodies, grid), self.bounds(grid)[1])

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """One length only, and all lengths alike."""
        return 0.0, math.log2(grid.steps)


@dataclass(frozen=True)
class StepShare:
    """The share of moves of 1 or 2 semitones among all moves. Source: McKay & Fujinaga, "jSymbolic" (2006)."""

    def __call__(self, melodies: Tokens, grid: Grid) -> Floats:
        """(P,) shares."""
        return by_block(partial(features.interval_share, low=1, high=2), melodies, grid)

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """None and all."""
        return 0.0, 1.0


@dataclass(frozen=True)
class RepeatShare:
    """The share of repeated pitches among all moves. Source: McKay & Fujinaga, "jSymbolic" (2006)."""

    def __call__(self, melodies: Tokens, grid: Grid) -> Floats:
        """(P,) shares."""
        return by_block(partial(features.interval_share, low=0, high=0), melodies, grid)

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """None and all."""
        return 0.0, 1.0


@dataclass(frozen=True)
class LeapShare:
    """The share of moves of 5 semitones or more among all moves. Source: as `StepShare`."""

    def __call__(self, melodies: Tokens, grid: Grid) -> Floats:
        """(P,) shares."""
        return by_block(partial(features.interval_share, low=5, high=127), melodies, grid)

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """None and all."""
        return 0.0, 1.0


@dataclass(frozen=True)
class MeanInterval:
    """The mean size of the moves in semitones; 0 without any. Source: Müllensiefen, "FANTASTIC" (2009)."""

    def __call__(self, melodies: Tokens, grid: Grid) -> Floats:
        """(P,) semitones a move."""
        return by_block(features.mean_interval, melodies, grid)

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """Repeats only, and leaps between the grid's lowest and highest pitch."""
        return PitchRange().bounds(grid)


@dataclass(frozen=True)
class TurnShare:
    """The share of turns, up to down or down to up, among successive moves; repeated pitches are left out.

    Source: contour, as the turning points in Müllensiefen, "FANTASTIC" (2009).
    """

    def __call__(self, melodies: Tokens, grid: Grid) -> Floats:
        """(P,) shares."""
        return by_block(features.turn_share, melodies, grid)

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """None and all."""
        return 0.0, 1.0


@dataclass(frozen=True)
class SyncopationShare:
    """The share of notes held over a place of the metre that is stronger than the one they begin on.

    Source: Longuet-Higgins & Lee, "The rhythmic interpretation of monophonic music", Music Perception 1 (1984).
    """

    def __call__(self, melodies: Tokens, grid: Grid) -> Floats:
        """(P,) shares."""
        return by_block(features.syncopation_share, melodies, grid)

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """None and all."""
        return 0.0, 1.0


@dataclass(frozen=True)
class RestShare:
    """The share of steps at which nothing sounds."""

    def __call__(self, melodies: Tokens, grid: Grid) -> Floats:
        """(P,) shares."""
        return by_block(features.rest_share, melodies, grid)

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """None and all."""
        return 0.0, 1.0


@dataclass(frozen=True)
class BarRepetition:
    """The share of the bars after the first in which a note begins and that sound like an earlier bar, step by step.

    A note held into a bar counts with its pitch. A grid of one bar gives 0. Silence is no repetition.

    Source: repeated motifs, Jaques et al. (2016), taken to whole bars.
    """

    def __call__(self, melodies: Tokens, grid: Grid) -> Floats:
        """(P,) shares."""
        return by_block(features.bar_repetition, melodies, grid)

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """None and all."""
        return 0.0, 1.0


@dataclass(frozen=True)
class RhythmRepetition:
    """The share of the bars after the first in which a note begins and whose onsets are those of an earlier bar.

    A grid of one bar gives 0. Source: parallelism, Lerdahl & Jackendoff, "A Generative Theory of Tonal Music" (1983).
    """

    def __call__(self, melodies: Tokens, grid: Grid) -> Floats:
        """(P,) shares."""
        return by_block(features.rhythm_repetition, melodies, grid)

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """None and all."""
        return 0.0, 1.0


@dataclass(frozen=True, kw_only=True)
class Autocorrelation:
    """Autocorrelation of the pitches of the notes in order, at a lag of 1, 2, 3 ... notes.

    With x_0 to x_(n-1) the pitches and m their mean: sum over i of (x_i - m)(x_(i+lag) - m), divided by the sum of all
    (x_i - m)^2. 0 when all pitches are equal, or there are not more notes than the lag. Near 1 when the line moves
    slowly, below 0 when it jumps to and fro.

    Args:
        lag: notes from one to the other.

    Source: Jaques et al. (2016), who take it over action numbers, holds and rests among them; here over notes.

    Raises:
        ValueError: lag is no whole number from 1.
    """

    lag: int = 1

    def __post_init__(self) -> None:
        whole("Autocorrelation lag", self.lag, 1)

    def __call__(self, melodies: Tokens, grid: Grid) -> Floats:
        """(P,) correlations."""
        return np.clip(by_block(partial(features.autocorrelation, lag=self.lag), melodies, grid), -1.0, 1.0)

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """Those of a correlation."""
        return -1.0, 1.0
