"""Rules that reward what is usual in real tunes, by the probabilities of a style.

A style is a set of counts (`style_model`) by name or path. Values are centred log-likelihoods: less the mean over the
training tunes, which so average zero a note, or zero a step, and neither many notes nor few are a refuge. The optimum
of likelihood alone is a caricature; `MeanInformation` asks that a phrase be no more predictable than real ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

from evomusic.core import theory
from evomusic.core.checks import number, wrong
from evomusic.core.grid import FIRST_PITCH, Event, Slot
from evomusic.rules.generator import IN_BAR, Generator, check_metre, style_tonic
from evomusic.rules.style_file import load_style
from evomusic.rules.style_model import START, SURPRISING, Context, PitchModel, RhythmModel, StyleModel, priced

BITS: Final = 3.0  # bits of surprise that cost 1

__all__ = ["Generator", "MeanInformation", "PitchStyle", "RhythmStyle", "style_tonic"]


@dataclass(frozen=True, kw_only=True)
class PitchStyle:
    """Log-likelihood of each note after the last two, centred; 0 where no note begins.

    +0.8 for a note that is sure to follow, 0 for the mean surprise of the training tunes, -1 for three bits more than
    that; bits beyond 6 count double, 9 at most, so about -2.2 is the least. Remembers the last two pitches, or fewer
    where no training tune has both, which gives the same probabilities.

    Args:
        style: name or path of a style.
        tonic: note on which the style's tonic lies (`style_tonic` suggests one for a grid).

    Raises:
        ValueError: the style is not known or damaged, or the tonic is no note.

    Source: interpolated n-grams, D. Conklin & I. Witten, "Multiple viewpoint systems for music prediction" (1995);
    M. Pearce, "The construction and evaluation of statistical models of melodic structure" (2005).
    """

    style: str = "ryan"
    tonic: str = "G4"
    start = START
    hears = ()

    def __post_init__(self) -> None:
        _ = self._model, self._tonic

    @cached_property
    def _model(self) -> PitchModel:
        return load_style(self.style).pitch

    @cached_property
    def _tonic(self) -> int:
        return theory.parse_note(self.tonic)

    def read(self, memory: Context, event: Event, slot: Slot) -> tuple[Context, float]:
        """The context, and the value of the note."""
        return self._note(memory, event.pitch) if event.kind >= FIRST_PITCH else (memory, 0.0)

    @cached_property
    def _note(self) -> Callable[[Context, int], tuple[Context, float]]:
        model, tonic = self._model, self._tonic

        @cache
        def note(context: Context, pitch: int) -> tuple[Context, float]:
            bits = priced(model.information(context, pitch - tonic))
            return model.follow(context, pitch - tonic), (model.centre - bits) / BITS

        return note


@dataclass(frozen=True, kw_only=True)
class RhythmStyle:
    """Log-likelihood of each rest, hold or onset, by position in the bar and by how long the note has sounded, centred.

    0 for the mean surprise of a step of the training tunes, -1 for three bits more than that; bits beyond 6 count
    double, 9 at most. A hold with nothing sounding is a rest. Remembers the age of the note, to two beats, or of the
    silence, to one.

    Args:
        style: name or path of a style.
        beats: beats a bar of the grid.
        steps_per_beat: steps a beat of the grid.

    Raises:
        ValueError: the style has no such metre; when it is read, the grid has another.

    Source: metrical position as context for duration, Pearce (2005), as for `PitchStyle`.
    """

    style: str = "ryan"
    beats: int = 4
    steps_per_beat: int = 4
    start = 0
    hears = IN_BAR

    def __post_init__(self) -> None:
        _ = self._model

    @cached_property
    def _model(self) -> RhythmModel:
        return load_style(self.style).rhythm(self.beats, self.steps_per_beat)

    def read(self, memory: int, event: Event, slot: Slot) -> tuple[int, float]:
        """The age, and the value of the step."""
        check_metre(self, slot)
        model = self._model
        bits = priced(model.information(slot.position, memory, event.kind))
        return model.follow(memory, event.kind), (model.centre - bits) / BITS


@dataclass(frozen=True, kw_only=True)
class MeanInformation:
    """A phrase's mean information a note: at the phrase's last step 0 in the band, falling outside it to -1; 0 before.

    Each note adds its bits (6 at most, so that no outlier makes up for a dull phrase) less `low` to a balance, in
    whole `grain`s. At the phrase's end a balance of 0 or more gives 0, one below it its bits over `debt`. The balance
    grows to `credit` bits at most, and is lost for the phrase once it is below -`debt`: both can only make the rule
    stricter. `high`, unless None, has a second balance that must not rise above 0. A phrase without a note gives 0.
    Remembers the last two pitches, as `PitchStyle` does, and the balances.

    Args:
        style: name or path of a style.
        tonic: as for `PitchStyle`.
        low: least bits a note; the P10 of the training tunes when None, no such edge when 0.
        high: most bits a note; no such edge when None.
        grain: bits of a unit of the balance.
        credit: most bits saved up.
        debt: bits at which the value is -1.

    Source: melodies are typical, not most probable, in Pearce (2005), 9.5; on optima of likelihood, measured here.
    """

    style: str = "ryan"
    tonic: str = "G4"
    low: float | None = None
    high: float | None = None
    grain: float = 0.25
    credit: float = 4.0
    debt: float = 5.0
    hears = ("phrase_last",)

    def __post_init__(self) -> None:
        for name, least in (("low", 0.0), ("high", 0.0), ("grain", 0.01), ("credit", 0.0), ("debt", 0.01)):
            value = getattr(self, name)
            if value is not None or name not in ("low", "high"):
                number(f"MeanInformation {name}", value, least, 100)
        if self.high is not None and self._low > self.high:
            raise wrong("MeanInformation low", self._low, f"at most high, which is {self.high:g} bits")
        _ = self._tonic, self._style

    @cached_property
    def _style(self) -> StyleModel:
        return load_style(self.style)

    @cached_property
    def _tonic(self) -> int:
        return theory.parse_note(self.tonic)

    @cached_property
    def _low(self) -> float:
        return self._style.information[0] if self.low is None else self.low

    @property
    def start(self) -> tuple[Context, int | None, int | None]:
        """No note, and both balances even."""
        return START, 0, 0

    def read(
        self, memory: tuple[Context, int | None, int | None], event: Event, slot: Slot
    ) -> tuple[tuple[Context, int | None, int | None], float]:
        """The context and the balances in grains (None when lost), and at a phrase's last step its value."""
        context, over, under = memory
        if event.kind >= FIRST_PITCH:
            context, gain, loss = self._note(context, event.pitch)
            over, under = self._add(over, gain), self._add(under, loss)
        if not slot.phrase_last:
            return (context, over, under), 0.0
        return (context, 0, 0), max(-1.0, self._owed(over) + self._owed(under))

    @cached_property
    def _note(self) -> Callable[[Context, int], tuple[Context, int, int]]:
        """The context after a note, and its change of either balance in grains; 0 where there is no edge."""
        model, tonic, low, high = self._style.pitch, self._tonic, self._low, self.high

        @cache
        def note(context: Context, pitch: int) -> tuple[Context, int, int]:
            bits = min(model.information(context, pitch - tonic), SURPRISING)
            gain = round((bits - low) / self.grain) if low else 0
            loss = round((high - bits) / self.grain) if high is not None else 0
            return model.follow(context, pitch - tonic), gain, loss

        return note

    def _add(self, balance: int | None, grains: int) -> int | None:
        """The balance after a note, None when lost."""
        if balance is None or balance + grains < self._least:
            return None
        return min(balance + grains, self._most)

    @cached_property
    def _least(self) -> int:
        return -int(self.debt / self.grain)

    @cached_property
    def _most(self) -> int:
        return int(self.credit / self.grain)

    def _owed(self, balance: int | None) -> float:
        return -1.0 if balance is None else min(balance, 0) * self.grain / self.debt
