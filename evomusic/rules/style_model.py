"""Statistical models of a style: counts taken from real tunes, and the probabilities made of them.

A `StyleModel` holds counts of successors, and the tunes themselves only where songs are to be trained on them:

- `PitchModel`: an order-2 n-gram. A symbol is a pitch in semitones above the tonic, with its register; a context is
  the tuple of the last two symbols, `START` before the first note.
- `RhythmModel`, one a metre: rest, hold or onset, by position in the bar and by how long the note or rest lasts. It
  remembers one whole number: n > 0 when a note has sounded for n steps, -n when it has been silent for n steps.

Information is measured in bits: -log2 of a probability. Everything that a rule or a report needs (lower orders,
means over the training tunes) is derived from the counts, so that it is exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from evomusic.core.checks import whole
from evomusic.core.grid import FIRST_PITCH, HOLD, REST
from evomusic.rules.style_metres import PIECES
from evomusic.rules.style_metres import Metre as Metre

Context = tuple[int, ...]
Written = tuple[str, str, tuple[str, ...]]  # a tune: its name, the sha256 of its text, and its sections, a line each

START: Final[Context] = (-128,)  # no symbol: pitches lie within 127 of the tonic
PERCENTILES: Final = (10, 25, 50, 75, 90)
SURPRISING: Final = 6.0  # bits: beyond, each bit counts double
MOST: Final = 9.0  # bits: nothing counts for more


def priced(bits: float) -> float:
    """Bits as the style rules count them: doubled beyond `SURPRISING`, at most `MOST`."""
    return min(max(bits, 2 * bits - SURPRISING), MOST)


@dataclass(frozen=True, eq=False)
class PitchModel:
    """An order-2 n-gram of pitches above the tonic.

    Interpolated with the escape of PPM-C (Witten and Bell 1991: a context escapes as often as it has kinds of
    followers), to which `doubt` escapes are added, so that contexts of few occurrences say little by themselves.
    Below order 0 lies the uniform distribution from `low` to `high`.

    Args:
        counts: followers by context: `START`, one symbol (second notes), or two.
        low: lowest symbol.
        high: highest symbol; one outside is as likely as one inside that never occurred.
        doubt: escapes added to every context.
    """

    counts: Mapping[Context, Mapping[int, int]]
    low: int
    high: int
    doubt: float = 8.0

    @cached_property
    def followers(self) -> dict[Context, dict[int, int]]:
        """Counts of every order: each context adds its own to its suffixes."""
        every: dict[Context, dict[int, int]] = {(): {}}
        for context, counts in self.counts.items():
            for skip in range(len(context) + 1):
                row = every.setdefault(context[skip:], {})
                for symbol, n in counts.items():
                    row[symbol] = row.get(symbol, 0) + n
        return every

    def longest(self, context: Context) -> Context:
        """The longest suffix of a context that occurs in the counts: it has the same probabilities."""
        while context and context not in self.followers:
            context = context[1:]
        return context

    def follow(self, context: Context, symbol: int) -> Context:
        """The context after one more note."""
        return self.longest(((*context, symbol) if context != START else (symbol,))[-2:])

    def probability(self, context: Context, symbol: int) -> float:
        """Probability of a symbol after a context that occurs in the counts."""
        row = self.followers[context]
        lower = self.probability(context[1:], symbol) if context else 1 / (self.high - self.low + 1)
        escapes = len(row) + self.doubt
        return (row.get(symbol, 0) + escapes * lower) / (sum(row.values()) + escapes)

    @cached_property
    def _bits(self) -> dict[tuple[Context, int], float]:
        return {}

    def information(self, context: Context, symbol: int) -> float:
        """Bits of a symbol after a context that occurs in the counts."""
        bits = self._bits.get((context, symbol))
        if bits is None:
            bits = self._bits[context, symbol] = -math.log2(self.probability(context, symbol))
        return bits

    @cached_property
    def centre(self) -> float:
        """Mean priced bits a note over the training tunes."""
        return _mean(
            (n, priced(self.information(context, symbol)))
            for context, row in self.counts.items()
            for symbol, n in row.items()
        )


@dataclass(frozen=True, eq=False)
class RhythmModel:
    """Rest, hold or onset, by position in the bar and by the age of the note or the silence.

    Backs off from (position, memory) to (position, sounding or silent) to sounding or silent to chance, with the
    escapes of `PitchModel`. A note's age is clipped at two beats, a silence's at one.

    Args:
        beats: beats a bar.
        steps_per_beat: steps a beat.
        counts: number of rests, holds and onsets by (position, memory).
        doubt: escapes added to every context.
    """

    beats: int
    steps_per_beat: int
    counts: Mapping[tuple[int, int], tuple[int, int, int]]
    doubt: float = 8.0

    def follow(self, memory: int, kind: int) -> int:
        """The memory after a rest, hold or onset."""
        if kind >= FIRST_PITCH:
            return 1
        if kind == HOLD and memory > 0:
            return min(memory + 1, 2 * self.steps_per_beat)
        return -1 if memory > 0 else max(memory - 1, -self.steps_per_beat)

    def probability(self, position: int, memory: int, kind: int) -> float:
        """Probability of a rest, hold or onset; they sum to 1. In silence a hold is a rest, and has none of its own."""
        return self._spread(position, memory)[min(kind, FIRST_PITCH)]

    def information(self, position: int, memory: int, kind: int) -> float:
        """Bits of a rest, hold or onset; a hold in silence is a rest."""
        kind = REST if kind == HOLD and memory <= 0 else min(kind, FIRST_PITCH)
        key = (position, memory, kind)
        bits = self._bits.get(key)
        if bits is None:
            bits = self._bits[key] = -math.log2(self._spread(position, memory)[kind])
        return bits

    @cached_property
    def _bits(self) -> dict[tuple[int, int, int], float]:
        return {}

    @cached_property
    def _totals(self) -> dict[tuple[int, ...], tuple[int, int, int]]:
        """Counts by (position, memory), by (position, sounding) and by (sounding,)."""
        every: dict[tuple[int, ...], tuple[int, int, int]] = {}
        for (position, memory), (rests, holds, onsets) in self.counts.items():
            sounding = int(memory > 0)
            for key in ((position, memory, sounding), (position, sounding), (sounding,)):
                r, h, o = every.get(key, (0, 0, 0))
                every[key] = (r + rests, h + holds, o + onsets)
        return every

    def _spread(self, position: int, memory: int) -> list[float]:
        sounding = int(memory > 0)
        spread = [1 / 3, 1 / 3, 1 / 3] if sounding else [1 / 2, 0.0, 1 / 2]
        for key in ((sounding,), (position, sounding), (position, memory, sounding)):
            row = self._totals.get(key, (0, 0, 0))
            escapes = sum(n > 0 for n in row) + self.doubt
            spread = [(n + escapes * p) / (sum(row) + escapes) for n, p in zip(row, spread, strict=True)]
        return spread

    @cached_property
    def centre(self) -> float:
        """Mean priced bits a step over the training tunes."""
        return _mean(
            (n, priced(self.information(position, memory, kind)))
            for (position, memory), row in self.counts.items()
            for kind, n in enumerate(row)
            if n
        )


def _mean(weighed: Iterable[tuple[int, float]]) -> float:
    """Weighted mean of values; 0 without any."""
    pairs = list(weighed)
    total = sum(n for n, _ in pairs)
    return math.fsum(n * x for n, x in pairs) / total if total else 0.0


def pieced(rhythms: Mapping[Metre, RhythmModel], metre: Metre) -> RhythmModel | None:
    """The rhythm model of a metre, put together from those of others; None where there are none to take it from."""
    beats, per = metre
    counts: dict[tuple[int, int], tuple[int, int, int]] = {}
    doubts, at = [], 0
    for source, first, past in PIECES.get(metre, ()):
        model = rhythms.get(source) or pieced(rhythms, source)
        if model is None:
            return None
        doubts.append(model.doubt)
        for (position, memory), (rests, holds, onsets) in model.counts.items():
            if first <= position < past:
                key = at + position - first, max(min(memory, 2 * per), -per)  # ages are clipped by the metre's beat
                r, h, o = counts.get(key, (0, 0, 0))
                counts[key] = r + rests, h + holds, o + onsets
        at += past - first
    return RhythmModel(beats, per, counts, max(doubts)) if counts else None


@dataclass(frozen=True, eq=False)
class StyleModel:
    """Statistics of a body of tunes, moved to one tonic.

    Args:
        name: of the style.
        mode: of the tunes: `major`, `minor` or another of `theory.MODES`; None for a style that is for every key.
        pitch: the pitch model.
        rhythms: a rhythm model a metre.
        information: bits a note, mean over each training excerpt: the `PERCENTILES` of these means.
        bands: the `PERCENTILES` of each feature over the training excerpts.
        provenance: source, licence, numbers, and the command that makes the file again.
        tunes: the tunes themselves (`corpus.written`), which songs are trained on; none in a style of counts alone.
    """

    name: str
    mode: str | None
    pitch: PitchModel
    rhythms: Mapping[Metre, RhythmModel]
    information: tuple[float, ...]
    bands: Mapping[str, tuple[float, ...]]
    provenance: Mapping[str, Any]
    tunes: tuple[Written, ...] = ()

    def rhythm(self, beats: int, steps_per_beat: int) -> RhythmModel:
        """The rhythm model of a metre, by steps: 7/8 in sixteenths is 7 beats of 2.

        A metre that the style does not have is put together from others where `style_metres` says how.

        Raises:
            ValueError: there is none.
        """
        beats, steps_per_beat = whole("beats", beats, 1, 4096), whole("steps_per_beat", steps_per_beat, 1, 4096)
        metre = beats, steps_per_beat
        if metre not in self._pieced:
            self._pieced[metre] = self.rhythms.get(metre) or pieced(self.rhythms, metre)
        model = self._pieced[metre]
        if model is None:
            metres = ", ".join(f"{b} beats of {s}" for b, s in self.rhythms)
            raise ValueError(
                f"style {self.name!r} has no rhythm for bars of {beats} beats of {steps_per_beat} steps; it has "
                + metres
            )
        return model

    @cached_property
    def _pieced(self) -> dict[Metre, RhythmModel | None]:
        return {}
