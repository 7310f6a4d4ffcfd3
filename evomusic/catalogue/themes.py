"""Themes of variations: the default one in any key, metre and length, texts, files and melodies."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path
from typing import Any, Final

from evomusic.core import theory
from evomusic.core.checks import instance
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.metre import METRES
from evomusic.io import FORMATS, Tune, estimate_key, read, read_tune
from evomusic.io.tune import regular_bars
from evomusic.rules.style_choice import style_for_key

THEME: Final = (  # "Ah! vous dirai-je, maman" (France, about 1740), its first four bars
    "G4 - - - G4 - - - D5 - - - D5 - - - | E5 - - - E5 - - - D5 - - - - - - - | "
    "C5 - - - C5 - - - B4 - - - B4 - - - | A4 - - - A4 - - - G4 - - - - - - -"
)
HOME: Final = Grid(bars=4, low=62, high=86, scale="G major")
MIDDLE: Final = "D5 - - - D5 - - - C5 - - - C5 - - - | B4 - - - B4 - - - A4 - - - - - - -"  # twice, then as at first
ON_GRID: Final = {suffix for suffix, entry in FORMATS.items() if entry.on_grid}  # texts of notes, without a frame
LONGEST: Final = 8  # bars of a file that are taken when no number is named: up to there optima are certified


def theme_on(theme: str | Path | Melody | None, grid: Grid) -> Melody:
    """A theme on a grid.

    Args:
        theme: a melody, its text, the path of a file of notes, or None for the default theme.
        grid: the frame.

    Raises:
        ValueError: the theme is none of these, or does not fit the grid.
    """
    if theme is None:
        return default_theme(grid)
    instance("theme", theme, (str, Path, Melody), "a melody, its text, or the path of a file of notes")
    if isinstance(theme, Melody):
        return Melody(theme.tokens, grid)
    return read(theme, grid) if is_file(theme) else Melody.parse(str(theme), grid)


def is_file(theme: Any) -> bool:
    """Whether a theme is the path of a file, not a text of notes."""
    return isinstance(theme, Path) or (isinstance(theme, str) and "|" not in theme and bool(Path(theme).suffix))


def tune_parameters(theme: Any) -> dict[str, Any]:
    """Bars, key, metre, pickup and tempo as tasks take them: those of a file that fit, none of other themes."""
    if isinstance(theme, Tune):
        return _of_tune(theme)
    if not is_file(theme) or Path(theme).suffix.lower() in ON_GRID:
        return {}
    return _of_tune(read_tune(theme))


def _of_tune(tune: Tune) -> dict[str, Any]:
    name = tune.meter(tune.bars[0]).name
    lines = tune.bars if tune.meters else regular_bars((), tune.length)  # without a metre it is taken to be in 4/4
    bars = sum(1 for _ in takewhile(lambda line: tune.meter(line).name == name, lines[:-1]))
    found: dict[str, Any] = {"bars": min(bars, LONGEST), "key": tune.key or estimate_key(tune.notes)}
    try:
        style_for_key(found["key"])
    except ValueError:
        del found["key"]  # of a mode for which no style is shipped
    if name in METRES:
        beat = METRES[name][1]
        found |= {"metre": name, "pickup": float(tune.pickup) / beat}
        if tune.tempo is not None:
            found["grid"] = {"tempo": tune.tempo / beat}
    return found


def default_theme(grid: Grid) -> Melody:
    """The default theme, as long as the grid: four notes a bar, or two, long and short, in triple metres.

    Raises:
        ValueError: bars of the grid have no place for them.
    """
    first, middle = (_quarters(Melody.parse(text, HOME)) for text in (THEME, f"{MIDDLE} | {MIDDLE}"))
    whole, places = [*first, *middle, *first], _places(grid)
    notes: list[list[int]] = []
    for k in range(grid.bars * (len(places) - 1)):
        pitch, (bar, place) = whole[k % len(whole)], divmod(k, len(places) - 1)
        start, end = (grid.pickup + bar * grid.steps_per_bar + step for step in places[place : place + 2])
        if pitch:
            notes.append([pitch, start, end])
        elif notes:
            notes[-1][2] = end
    scale = theory.MODES[theory.parse_mode(grid.scale)] if grid.scale else ()
    change = dict(zip(theory.MODES["major"], scale, strict=True)) if len(scale) == 7 else {}
    shift, beat = grid.pitches[0] - HOME.pitches[0], grid.steps_per_beat
    moved = [(p - (d := (p - 67) % 12) + change.get(d, d) + shift, a / beat, (b - a) / beat) for p, a, b in notes]
    return Melody.from_notes(moved, grid)


def _quarters(melody: Melody) -> list[int]:
    """Pitches of the quarters of a melody, 0 where none begins."""
    begun = {round(note.onset): note.pitch for note in melody.notes}
    return [begun.get(quarter, 0) for quarter in range(melody.grid.bars * 4)]


def _places(grid: Grid) -> list[int]:
    """Steps of a bar at which notes of the default theme begin, and its end.

    Raises:
        ValueError: its steps are too coarse.
    """
    bar, beat = grid.steps_per_bar, grid.steps_per_beat
    if grid.compound and grid.beats == 2:
        parts = [0, 8 * beat, 12 * beat, 20 * beat, 24 * beat]  # twelfths of a step
    elif grid.beats in (1, 3):
        parts = [0, 8 * bar, 12 * bar]
    elif grid.beats in (2, 4):
        parts = [0, 3 * bar, 6 * bar, 9 * bar, 12 * bar]
    else:
        parts = [12 * beat * (i * grid.beats // 4) for i in range(5)]
    if any(part % 12 for part in parts):
        metre = "{}/{}".format(*grid.time_signature)
        raise ValueError(f"the default theme cannot be set in {metre} on this grid; expected a theme of your own")
    return [part // 12 for part in parts]
