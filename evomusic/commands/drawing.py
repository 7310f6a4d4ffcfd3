"""Sources of melodies for `write`: songs and the soft optimum, and what is kept of a tune to go on from."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core import conditions
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.metre import METRES
from evomusic.core.metre import metre as metre_fields
from evomusic.core.reward import Reward
from evomusic.core.task import Task
from evomusic.io import Meter, Tune, estimate_key, fit
from evomusic.io.tune import plural, regular_bars
from evomusic.rules import ChordTones
from evomusic.rules.style import style_tonic
from evomusic.rules.style_choice import style_for_key
from evomusic.song.sections import draw_songs, section_grid
from evomusic.song.tilted import STEPS, TiltedSong
from evomusic.song.trained import song_of, tunes_with

USUAL_BARS: Final = 8  # that are written
ROUNDS: Final = 5  # of draws, until all tunes differ
BY: Final = ("auto", "song", "rules")
ON_CHORDS: Final = 2.0  # weight of chord tones in songs on chords


class Draws(NamedTuple):
    """A source of melodies (n, T) on a grid, and a line that says what it is."""

    draw: Callable[[int, np.random.Generator], NDArray[np.uint8]]
    grid: Grid
    account: str


class Condition(NamedTuple):
    """A condition on melodies: the tokens (T, A) that are allowed, those of the opening, and a line on what is kept."""

    allowed: NDArray[np.bool_]
    opening: NDArray[np.uint8]
    account: str


def key_of(tune: Tune) -> str:
    """A tune's key, estimated where its file does not say."""
    return tune.key or estimate_key(tune.notes)


def pickup_of(tune: Tune, metre: str) -> float:
    """Beats of a tune's pickup."""
    return float(tune.pickup) / Grid(**metre_fields(metre)).beat_quarters


def tempo_of(tune: Tune, metre: str) -> float | None:
    """Beats a minute of a tune, where its file says."""
    return None if tune.tempo is None else tune.tempo / Grid(**metre_fields(metre)).beat_quarters


def bars_of(tune: Tune, metre: str) -> int:
    """Full bars of a tune, in a metre where its file has none."""
    if tune.meters:
        return len(tune.bars) - 1
    beats, unit = map(int, metre.split("/"))
    return len(regular_bars((Meter(Fraction(0), beats, unit),), tune.length)) - 1


def most_bars(tune: Tune | None, metre: str, keep: str) -> int:
    """Bars that are written where no number is named: no more than have a rhythm or pitches that are to be kept."""
    if tune is None or metre not in METRES or keep not in ("rhythm", "pitches"):
        return USUAL_BARS
    return min(USUAL_BARS, bars_of(tune, metre))


def condition_of(tune: Tune, grid: Grid, keep: str, changed: Sequence[str] = ()) -> Condition:
    """The condition to keep something of a tune: its bars as an "opening", bars by number, "rhythm" or "pitches".

    Args:
        tune: in bars of one metre.
        grid: of the tunes written.
        keep: what is kept.
        changed: lines on how the tune came into such bars.

    Raises:
        ValueError: `keep` is none of these, a bar is not on the grid, or the opening is all of it.
    """
    fitted = fit(tune, grid)
    report = (*changed, *(each for each in fitted.report if "of rest added" not in each))
    melody, line = fitted.melody, "".join(f"; {each}" for each in report)
    none = np.zeros(0, np.uint8)
    if keep in ("rhythm", "pitches"):
        return Condition(getattr(conditions, keep)(melody), none, f"with the {keep} of {tune.source}{line}")
    if keep != "opening":
        numbers = bar_numbers(keep, grid.bars)
        return Condition(
            conditions.bars(melody, *(i - 1 for i in numbers)), none, f"with bars {keep} of {tune.source}{line}"
        )
    full = bars_of(tune, "{}/{}".format(*grid.time_signature))
    if full >= grid.bars:
        raise ValueError(
            f"the tune has {plural(full, 'bar')}, expected fewer than --bars, which is {grid.bars}, to go on from; "
            "--keep names bars such as 1-2,7, or rhythm, or pitches"
        )
    steps = grid.pickup + full * grid.steps_per_bar
    opening = f"after the {plural(full, 'bar')} of {tune.source}{line}"
    return Condition(conditions.opening(melody, steps), melody.tokens[:steps], opening)


def bar_numbers(text: str, bars: int) -> list[int]:
    """The bars of a text such as `1-2,5`, counted from 1.

    Raises:
        ValueError: it is no such text, or a bar is not there.
    """
    found: list[int] = []
    for part in text.replace(" ", "").split(","):
        match = re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= last <= bars:
            raise ValueError(
                f"--keep is {text!r}, expected opening, rhythm, pitches, or bars 1 to {bars} such as 1-2,5"
            )
        found += range(first, last + 1)
    return sorted(set(found))


def draws_of(
    task: Task,
    by: str,
    form: str,
    chords: bool,
    temperature: float | None,
    style: str | None,
    condition: Condition | None,
) -> Draws:
    """The source of melodies that is asked for; songs, where there are enough of their kind, if none is.

    Raises:
        ValueError: the form, the temperature, the tunes or what is to be kept do not fit.
    """
    whole = not form and condition is None
    there = {
        "--chords with --form or --from": chords and not whole,
        "--temperature with --form or --from": temperature is not None and not whole,
        "--keep but of an opening": condition is not None and not len(condition.opening),
        "--form after an opening": bool(form) and condition is not None,
    }
    unfit, why = next((what for what, is_there in there.items() if is_there), ""), ""
    if by == "song" and unfit:
        raise ValueError(f"songs have no {unfit}; --by rules has")
    if by == "song" or (by == "auto" and not unfit and temperature is None):
        try:
            if whole and (chords or temperature is not None):
                return _tilted(task, style, chords, temperature)
            return _songs(task.grid, form, style, condition)
        except ValueError as error:
            if by == "song":
                raise
            why = f" (no songs: {error})"
    policy = task.soften(1.0 if temperature is None else temperature)
    policy = policy if condition is None else policy.lock(condition.allowed)
    draws, what = policy.tie(form) if form else policy, f", {condition.account}" if condition else ""
    return Draws(draws.sample, task.grid, f"drawn from the soft optimum of the rules and the style{why}{what}")


def _songs(grid: Grid, form: str, style: str | None, condition: Condition | None) -> Draws:
    """Songs as the tunes of a style are, without chords."""
    plain, tonic, tunes = replace(grid, chords=()), style_tonic(grid), _tunes(section_grid(grid, form), style)
    account = f"songs as the tunes of {tunes!r} are"
    if condition is not None:
        song, opening = song_of(tunes, replace(plain, pickup=0), tonic), condition.opening[grid.pickup :]
        song.sample(0, np.random.default_rng(0), opening)

        def go_on(n: int, rng: np.random.Generator) -> NDArray[np.uint8]:
            return np.hstack([np.tile(condition.opening[: grid.pickup], (n, 1)), song.sample(n, rng, opening, "tonic")])

        return Draws(go_on, plain, f"{account}, {condition.account}")
    draw_songs(tunes, plain, tonic, 0, np.random.default_rng(0), form)
    account += f", in the form {form}" if form else ""
    return Draws(lambda n, rng: draw_songs(tunes, plain, tonic, n, rng, form), plain, account)


def _tilted(task: Task, style: str | None, chords: bool, temperature: float | None) -> Draws:
    """Songs on chords, tilted by how their notes fit them, or by all theory where there is a temperature."""
    grid, rules = task.grid, {rule: task.reward.rules[rule] for rule in task.reward.groups["theory"]}
    tunes = _tunes(grid, style)
    pull = rules if temperature is not None else {}
    if chords:
        pull = pull | {ChordTones(): ON_CHORDS}
    song = song_of(tunes, replace(grid, chords=()), style_tonic(grid))
    tilted = TiltedSong(song, Task(grid, Reward(pull)), 1.0 if temperature is None else temperature)
    what = " and ".join(["by theory"] * (temperature is not None) + ["to their chords"] * chords)
    account = f"songs as the tunes of {tunes!r} are, drawn {what} by chains of {STEPS} steps"
    return Draws(lambda n, rng: tilted.walk(n, rng, STEPS, "tonic").melodies, grid, account)


def _tunes(grid: Grid, style: str | None) -> str:
    """The collection of a style: a folder, or that of a shipped style for the grid's key and metre."""
    if style and Path(style).is_dir():
        return style
    shipped = style_for_key(str(grid.scale), style, (grid.beats, grid.steps_per_beat))
    plain = replace(grid, pickup=0, chords=())
    return shipped if style else tunes_with(shipped, plain, style_tonic(plain))


def different(draws: Draws, n: int, rng: np.random.Generator) -> list[Melody]:
    """Melodies that sound different; fewer than n if so few are found."""
    found = dict[str, Melody]()
    for _ in range(ROUNDS):
        drawn = (Melody(row, draws.grid).canonical for row in draws.draw(n, rng))
        found |= {melody.text: melody for melody in drawn if melody.text not in found}
        if len(found) >= n:
            break
    return list(found.values())[:n]
