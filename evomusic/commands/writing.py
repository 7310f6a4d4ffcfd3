"""`write`: tunes in the style of real ones, with a key, a metre, a form and chords of choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.catalogue import make
from evomusic.commands.output import OK, UsageError, print_json, say
from evomusic.commands.tunes import console_status
from evomusic.core.checks import whole
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.metre import METRES
from evomusic.core.task import Task
from evomusic.core.theory import nearest, parse_mode
from evomusic.io import WRITES, write
from evomusic.io.formats import check_installed
from evomusic.rules.style import style_tonic
from evomusic.rules.style_choice import style_for_key
from evomusic.song.sections import draw_songs
from evomusic.study.registry import listed

MOST = 1000  # tunes of one call
ROUNDS = 5  # of draws, until all tunes differ
BY = ("auto", "song", "rules")


def write_tunes(
    key: str,
    bars: int,
    metre: str,
    pickup: float,
    tempo: float | None,
    chords: str,
    form: str,
    style: str | None,
    by: str,
    n: int,
    temperature: float | None,
    seed: int,
    out: Path,
    formats: list[str],
    json: bool,
) -> int:
    """Draw tunes, from songs or from the soft optimum of the task `tune`, and write each to files."""
    if not 1 <= n <= MOST:
        raise UsageError(f"-n is {n}, expected 1 to {MOST:,}")
    for suffix in formats:
        if suffix not in WRITES:
            raise UsageError(f"--format is {suffix!r}, expected one of {listed(WRITES)}{nearest(suffix, WRITES)}")
        check_installed(suffix)
    if by not in BY:
        raise UsageError(f"--by is {by!r}, expected one of {', '.join(BY)}{nearest(by, BY)}")
    try:
        tunes = style if style and Path(style).is_dir() else None
        task = _task(key, bars, metre, pickup, tempo, chords, None if tunes else style)
        draws = _draws(task, by, form, bool(chords), temperature, tunes or style)
        with console_status(f"writing {n} tunes of {task.grid.bars} bars"):
            melodies = _different(draws.draw, draws.grid, n, np.random.default_rng(whole("--seed", seed, 0)))
    except ValueError as error:
        raise UsageError(str(error)) from error
    if len(melodies) < n:
        say(f"{len(melodies)} different tunes were found, not {n}; a higher --temperature has more")
    out.mkdir(parents=True, exist_ok=True)
    found = [_entry(task, melody, out, number, formats) for number, melody in enumerate(melodies, 1)]
    if json:
        print_json(found)
        return OK
    print(draws.account)
    for entry in found:
        print(f"{entry['files'][0]}: return {entry['return']:.1f}")
        for bar in entry["melody"].split(" | "):
            print(f"  {bar}")
    return OK


def _task(key: str, bars: int, metre: str, pickup: float, tempo: float | None, chords: str, style: str | None) -> Task:
    """The task of a tune.

    Raises:
        ValueError: a value is not known or does not fit.
    """
    if metre not in METRES:
        raise ValueError(f"--metre is {metre!r}, expected one of {', '.join(METRES)}{nearest(metre, METRES)}")
    changes: dict[str, Any] = {}
    if tempo is not None:
        changes["tempo"] = tempo
    if chords:
        changes["chords"] = chords_by_bar(chords)
    named = {} if style is None else {"style": style}
    return make("tune", bars=bars, key=key, metre=metre, pickup=pickup, grid=changes, **named)


def chords_by_bar(text: str) -> list[str]:
    """The chords of each bar of "G | C D7": one or more, with spaces between.

    Raises:
        ValueError: a bar has none.
    """
    bars = [" ".join(bar.split()) for bar in text.split("|")]
    if "" in bars:
        raise ValueError(f"--chords has none in bar {bars.index('') + 1}, expected one or more, such as 'G | C D7 | G'")
    return bars


class Draws(NamedTuple):
    """A source of melodies (n, T) on a grid, and a line that says what it is."""

    draw: Callable[[int, np.random.Generator], NDArray[np.uint8]]
    grid: Grid
    account: str


def _draws(task: Task, by: str, form: str, chords: bool, temperature: float | None, style: str | None) -> Draws:
    """The source of melodies that is asked for; songs, where there are enough of their kind, if none is.

    Raises:
        ValueError: the form, the temperature or the tunes do not fit.
    """
    if by == "song" and (chords or temperature is not None):
        what = "--chords" if chords else "--temperature"
        raise ValueError(f"songs hear no chords and have no temperature, but {what} is there; --by rules has both")
    why = ""
    if by == "song" or (by == "auto" and not chords and temperature is None):
        try:
            return _songs(task.grid, form, style)
        except ValueError as error:
            if by == "song":
                raise
            why = f" (no songs: {error})"
    policy = task.soften(1.0 if temperature is None else temperature)
    draws = policy.tie(form) if form else policy
    return Draws(draws.sample, task.grid, f"drawn from the soft optimum of the rules and the style{why}")


def _songs(grid: Grid, form: str, style: str | None) -> Draws:
    """Songs as the tunes of a style are, without chords."""
    if grid.pickup:
        raise ValueError("a song's model is one of whole bars, expected no pickup")
    plain, tonic = replace(grid, chords=()), style_tonic(grid)
    tunes = style if style and Path(style).is_dir() else style_for_key(str(grid.scale), style)
    draw_songs(tunes, plain, tonic, 0, np.random.default_rng(0), form)
    account = f"songs as the tunes of {tunes!r} are" + (f", in the form {form}" if form else "")
    return Draws(lambda n, rng: draw_songs(tunes, plain, tonic, n, rng, form), plain, account)


def _different(
    draw: Callable[[int, np.random.Generator], NDArray[np.uint8]], grid: Grid, n: int, rng: np.random.Generator
) -> list[Melody]:
    """Melodies that sound different; fewer than n if so few are found."""
    found = dict[str, Melody]()
    for _ in range(ROUNDS):
        drawn = (Melody(row, grid).canonical for row in draw(n, rng))
        found |= {melody.text: melody for melody in drawn if melody.text not in found}
        if len(found) >= n:
            break
    return list(found.values())[:n]


def _entry(task: Task, melody: Melody, out: Path, number: int, formats: list[str]) -> dict[str, Any]:
    """Write a melody to a file of each format; what is printed of it."""
    scale = str(melody.grid.scale)
    titled = Melody(melody.tokens, melody.grid, f"Tune {number} in {scale.split()[0]} {parse_mode(scale)}")
    files = [out / f"tune-{number}{suffix}" for suffix in formats]
    for file in files:
        write(titled, file)
    value = float(task.evaluate(melody.tokens[None])[0])
    return {"melody": melody.text, "return": value, "files": [file.as_posix() for file in files]}
