"""Frames of the ready tasks: grids for a key, a metre and a pickup, with chords."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from evomusic.core import theory
from evomusic.core.checks import instance, nearest, number, shown, whole
from evomusic.core.grid import Grid
from evomusic.core.metre import metre as metre_fields
from evomusic.rules.style import style_tonic

Changes = Mapping[str, Any]  # fields of a grid, and their values
NEAR = 0.02  # of a step: .33 of a dotted quarter is an eighth


def grid_with(usual: dict[str, Any], changes: Changes | None) -> Grid:
    """A grid of a ready task, with changes.

    Raises:
        ValueError: a change is of no field, or does not fit.
    """
    changes = instance("grid", {} if changes is None else changes, Mapping, "fields of a grid, such as {'beats': 3}")
    names = [field.name for field in fields(Grid)]
    for name in changes:
        if name not in names:
            raise ValueError(f"grid has no field {name!r}, expected one of {', '.join(names)}{nearest(name, names)}")
    return Grid(**usual | dict(changes))


def _in_metre(metre: str | None, pickup: float, changes: Changes | None) -> Changes | None:
    """Changes of a grid with a metre, and a pickup in beats, among them; short beats are as fast as in 120 quarters.

    Raises:
        ValueError: the metre is not known or the grid says otherwise, or the pickup is no whole number of steps.
    """
    named: dict[str, Any] = {} if metre is None else metre_fields(metre)
    own = dict(instance("grid", {} if changes is None else changes, Mapping, "fields of a grid, such as {'beats': 3}"))
    for name in named:
        if own.get(name, named[name]) != named[name]:
            raise ValueError(
                f"grid {name} is {shown(own[name])}, but metre {metre} has {named[name]!r}; expected one of them"
            )
    if named and "beat" in own and "beat" not in named:
        raise ValueError(f"grid beat is {shown(own['beat'])}, but metre {metre} has its own; expected one of them")
    if named.get("beat", 1.0) < 1:
        named["tempo"] = Grid.tempo / named["beat"]
    if number("pickup", pickup, 0):
        made = named | own
        steps = pickup * whole("grid steps_per_beat", made.get("steps_per_beat", Grid.steps_per_beat), 1, 64)
        number("pickup in beats", pickup, 0, below=whole("grid beats", made.get("beats", Grid.beats), 1, 64))
        if abs(steps - round(steps)) > NEAR or "pickup" in own:
            why = "is in grid too" if "pickup" in own else f"is {steps:g} steps"
            raise ValueError(f"pickup is {pickup:g} beats, which {why}; expected whole steps, and one pickup")
        named["pickup"] = round(steps)
    return named | own if named else changes


def frame_of(
    bars: int, key: str, changes: Changes | None, metre: str | None = None, pickup: float = 0
) -> tuple[Grid, int]:
    """A 4/4 grid of sixteenths from a fourth below a tonic to a twelfth above it, with chords; the tonic's pitch.

    The thirds of the tonic chord and of the dominant's are the scale's. Minor has its raised degrees: a major dominant.
    """
    changes = _in_metre(metre, pickup, changes)
    scale = theory.full_scale(key)
    root, classes = theory.parse_scale(scale)
    above = {(pitch - root) % 12 for pitch in classes}
    home = key.split()[0] + "m" * (3 in above and 4 not in above)
    fifth = theory.SHARPS[(root + 7) % 12] + "m" * (10 in above and 11 not in above)
    tonic = 60 + root
    usual = {"bars": bars, "low": tonic - 5, "high": tonic + 19, "scale": scale, "chords": (home, home, fifth, home)}
    grid = grid_with(usual, changes)
    return grid, theory.parse_note(style_tonic(grid)) if changes else tonic
