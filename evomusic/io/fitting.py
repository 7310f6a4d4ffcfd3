"""Fitting a tune to a grid: bars, metre, steps, key and range, with a report of everything that was changed.

Bars, metre and steps are found in `place`, a grid of a tune's own in `own_grid`; this module moves pitches and puts all
together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from evomusic.core import theory
from evomusic.core.checks import choice, instance, whole
from evomusic.core.grid import HOLD, Grid
from evomusic.core.melody import Melody
from evomusic.core.spelling import signature
from evomusic.io.keys import PROFILES, estimate_key, semitones
from evomusic.io.own_grid import grid_for, regular
from evomusic.io.place import Placed, Window, choose_bars, place_notes
from evomusic.io.tune import MAX_BARS, Tune, TuneError, plural


@dataclass(frozen=True)
class Fit:
    """A melody on the grid, and what was changed to get there: one line each, none when nothing was.

    `lost` are those lines of the report that say of notes that they were left out, cut, or moved in time or pitch.
    """

    melody: Melody
    report: tuple[str, ...]
    lost: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        """The melody's score and sound in a notebook, and what was changed."""
        return self.melody._repr_html_() + "".join(f"<p>{escape(line)}</p>" for line in self.report)


def fit(
    tune: Tune,
    grid: Grid,
    *,
    key: str | None = None,
    transpose: int | None = None,
    start_bar: int | None = None,
    profile: str = "temperley",
) -> Fit:
    """A tune as a melody on a grid.

    Bars: `grid.bars` of them, the first ones that are full, or those from `start_bar`; rests fill what is missing. A
    pickup of the grid takes what sounds before them. Where the metre changes, the bars before that are taken. Metre:
    the grid's, or the same bar at doubled or halved note values. Key: the tune's signature becomes that of `key`, or of
    `grid.scale`, in the octave that leaves fewest notes out of range; with neither, a tune is moved by octaves only.
    Notes still out of range go by octaves into it, others off the grid to its nearest pitch. Times are rounded to the
    nearest step; of notes on one step the longest stays. A melody written from the same grid comes back in its
    canonical form, with an empty report.

    Args:
        tune: what was read.
        grid: the frame to fill.
        key: target key, such as `G major`; the grid's scale when None.
        transpose: semitones to move by, instead of finding them from keys and range.
        start_bar: the first bar to take, from 1; 0 begins with the pickup.
        profile: how a tune's key is estimated when its file does not say: `temperley` or `krumhansl`.

    Raises:
        TuneError: the metre is not the grid's, changes among the bars taken, or no note is left in them.
        ValueError: an argument is out of range.
    """
    _check_fit(tune, grid, key, transpose, start_bar, profile)
    try:
        window, taken = choose_bars(tune, grid, start_bar)
        placed, moved = place_notes(tune, window, grid)
    except TuneError as error:
        raise TuneError(f"{tune.source}: {error}" if tune.source else str(error)) from None
    pitched, shifted = _transpose(tune, placed, grid, key, transpose, profile)
    final, bent = _onto_pitches(pitched, grid)
    tokens = np.zeros(grid.steps, np.uint8)
    for note in final:
        tokens[note.start], tokens[note.start + 1 : note.end] = grid.token(note.pitch), HOLD
    cut = (line for line in tune.remarks if not line.endswith("passed over"))  # what was passed over is no note
    lost = (*cut, *(line for line in taken if line.endswith("left out")), *moved, *bent)
    others = (*_tempo_report(tune, grid, window), *_key_report(tune, grid, key, transpose, shifted))
    report = (*tune.remarks, *taken, *moved, *others, *shifted, *bent)
    return Fit(Melody(tokens, grid, tune.title, tune.composer), report, lost)


def fit_whole(tune: Tune, *, strict: bool = False) -> Fit:
    """A whole tune, with its pickup, on a grid of its own.

    Args:
        tune: what was read.
        strict: refuse a tune of which something would be lost.

    Raises:
        TuneError: as `grid_for` and `fit`; or something would be lost.
    """
    even, changed = regular(tune)
    found = fit(even, grid_for(even), start_bar=1)
    whole_fit = Fit(found.melody, (*tune.remarks, *changed, *found.report[len(tune.remarks) :]), found.lost)
    return check_strict(whole_fit, tune.source) if strict else whole_fit


def check_strict(found: Fit, source: str) -> Fit:
    """The fit, if nothing was lost.

    Raises:
        TuneError: something was.
    """
    if found.lost:
        where = f"{source}: " if source else ""
        raise TuneError(f"{where}cannot be kept as it is: {'; '.join(found.lost)}")
    return found


def _tempo_report(tune: Tune, grid: Grid, window: Window) -> list[str]:
    """A report line where the grid's tempo is not the file's, both in the file's note values."""
    new = grid.tempo * grid.beat_quarters * float(window.meter.quarters) / (grid.beats * grid.beat_quarters)
    if not tune.tempo or abs(new - tune.tempo) < 1e-4 * tune.tempo:
        return []
    return [f"tempo {tune.tempo:g} quarters a minute in the file, {new:g} on the grid"]


def _key_report(tune: Tune, grid: Grid, key: str | None, transpose: int | None, shifted: Sequence[str]) -> list[str]:
    """A report line where the notes stay, but in a key of another mode.

    Files hold the keys of some scales as major or minor ones of the same signature: that is no change.
    """
    target = key or grid.scale
    if tune.key is None or target is None or transpose is not None or shifted:
        return []
    modes = [theory.parse_mode(name) for name in (tune.key, target)]
    plain = modes[0] in ("major", "minor") and modes[1] not in ("major", "minor")
    if modes[0] == modes[1] or (plain and signature(tune.key) == signature(target)):
        return []
    return [f"key {tune.key} in the file, {target} on the grid"]


def _check_fit(
    tune: Tune, grid: Grid, key: str | None, transpose: int | None, start_bar: int | None, profile: str
) -> None:
    """Refuse arguments of `fit` that are wrong whatever the tune."""
    instance("tune", tune, Tune, "a Tune, such as read_tune(path) gives")
    instance("grid", grid, Grid, "a Grid")
    if key is not None:
        theory.parse_scale(instance("key", key, str, "the name of a key, such as 'G major', or None"))
    if transpose is not None:
        whole("transpose", transpose, -127, 127)
    if start_bar is not None:
        whole("start_bar", start_bar, 0, MAX_BARS)
    choice("profile", profile, PROFILES)


def _transpose(
    tune: Tune, placed: Sequence[Placed], grid: Grid, key: str | None, transpose: int | None, profile: str
) -> tuple[list[Placed], list[str]]:
    """Notes in the target key and the octave that suits the range best, and report lines on the move."""
    target = key or grid.scale
    if transpose is not None:
        return _shift(placed, transpose), [f"transposed by {transpose:+d} semitones, as asked"] if transpose else []
    if target is None:
        return _by_octave(placed, 0, grid, " into the grid's range")
    source = tune.key or estimate_key(tune.notes, profile)
    estimated = "" if tune.key else " (estimated)"
    return _by_octave(placed, semitones(source, target), grid, f" from {source}{estimated} to {target}")


def _by_octave(placed: Sequence[Placed], move: int, grid: Grid, why: str) -> tuple[list[Placed], list[str]]:
    """The shift, equal to `move` up to octaves, that leaves fewest notes out of range; the least one of equals."""
    shifts = sorted((move + 12 * octave for octave in range(-10, 11)), key=lambda shift: (abs(shift), shift))
    counts = Counter(note.pitch for note in placed)
    outside = {s: sum(n for p, n in counts.items() if not grid.low <= p + s <= grid.high) for s in shifts}
    shift = min(shifts, key=lambda s: outside[s])
    return _shift(placed, shift), [f"transposed by {shift:+d} semitones{why}"] if shift else []


def _shift(placed: Sequence[Placed], shift: int) -> list[Placed]:
    """All pitches moved."""
    if not shift:
        return list(placed)
    return [note._replace(pitch=note.pitch + shift) for note in placed]


def _onto_pitches(placed: Sequence[Placed], grid: Grid) -> tuple[list[Placed], list[str]]:
    """Notes on the grid's pitches, by octaves into range and then to the nearest, and report lines on the moves."""
    pitches = {note.pitch for note in placed}
    if pitches <= set(grid.pitches):
        return list(placed), []
    octaves_of = {pitch: _fold(pitch, grid) for pitch in pitches}
    folded = [note._replace(pitch=octaves_of[note.pitch]) for note in placed]
    nearest_to = {pitch: _nearest_pitch(pitch, grid) for pitch in octaves_of.values()}
    final = [note._replace(pitch=nearest_to[note.pitch]) for note in folded]
    octaves = sum(a.pitch != b.pitch for a, b in zip(placed, folded, strict=True))
    bent = [f"{_name(a.pitch)} to {_name(b.pitch)}" for a, b in zip(folded, final, strict=True) if a.pitch != b.pitch]
    low, high = _name(grid.low), _name(grid.high)
    report = [f"{plural(octaves, 'note')} moved by octaves into {low} to {high}"] if octaves else []
    if bent:
        names = sorted(set(bent))
        listed = ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
        report.append(f"{plural(len(bent), 'note')} moved to the nearest pitch of the grid: {listed}")
    return final, report


def _fold(pitch: int, grid: Grid) -> int:
    """The pitch moved by the fewest octaves into range, where one of its octaves is in it."""
    same = [p for p in range(pitch % 12, 128, 12) if grid.low <= p <= grid.high]
    return min(same, key=lambda p: abs(p - pitch), default=pitch)


def _nearest_pitch(pitch: int, grid: Grid) -> int:
    """The grid's nearest pitch, the lower of two."""
    return min(grid.pitches, key=lambda p: (abs(p - pitch), p))


def _name(pitch: int) -> str:
    """A note name; pitches below or above MIDI's have one too."""
    return theory.note_name(pitch)
