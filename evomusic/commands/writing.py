"""`write`: tunes in the style of real ones, with a key, a metre, a form and chords of choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evomusic.catalogue import make
from evomusic.commands.drawing import BY, condition_of, different, draws_of, key_of, most_bars, pickup_of, tempo_of
from evomusic.commands.output import OK, UsageError, print_json, say
from evomusic.commands.tunes import check_choices, console_status
from evomusic.core.checks import whole
from evomusic.core.melody import Melody
from evomusic.core.metre import METRES
from evomusic.core.task import Task
from evomusic.core.theory import nearest, parse_mode
from evomusic.io import WRITES, Tune, read_tune, write
from evomusic.io.formats import check_installed
from evomusic.io.own_grid import regular
from evomusic.study.build import BadTable
from evomusic.study.registry import listed
from evomusic.study.rewards import rewarded

MOST = 1000  # tunes of one call


def write_tunes(
    key: str | None,
    bars: int | None,
    metre: str | None,
    pickup: float,
    tempo: float | None,
    chords: str,
    form: str,
    style: str | None,
    by: str,
    start: Path | None,
    choices: Mapping[str, str | None],
    keep: str,
    n: int,
    temperature: float | None,
    seed: int,
    out: Path,
    formats: list[str],
    json: bool,
    reward: Sequence[Path] = (),
) -> int:
    """Draw tunes, from songs or from the soft optimum of the task `tune`, and write each to files.

    With a tune to start from, its key and metre are taken where none is named, and what is to be kept of it is.
    """
    if not 1 <= n <= MOST:
        raise UsageError(f"-n is {n}, expected 1 to {MOST:,}")
    for suffix in formats:
        if suffix not in WRITES:
            raise UsageError(f"--format is {suffix!r}, expected one of {listed(WRITES)}{nearest(suffix, WRITES)}")
        check_installed(suffix)
    if by not in BY:
        raise UsageError(f"--by is {by!r}, expected one of {', '.join(BY)}{nearest(by, BY)}")
    if reward and by == "song":
        raise UsageError("--by song has a style's probabilities, no rules: --reward is for --by rules")
    check_choices(choices, start is not None)
    if keep != "opening" and start is None:
        raise UsageError(f"--keep {keep} is of a tune, expected --from FILE with it")
    theme, changed = None if start is None else read_tune(start, **choices), list[str]()
    if theme is not None and theme.meters and metre is None:
        theme, changed = regular(theme)
    try:
        key = key or (key_of(theme) if theme else "G major")
        metre = metre or (theme.meter(theme.bars[0]).name if theme else "4/4")
        pickup = pickup or (pickup_of(theme, metre) if theme else 0)
        tempo = tempo_of(theme, metre) if tempo is None and theme else tempo
        bars = most_bars(theme, metre, keep) if bars is None else bars
        tunes = style if style and Path(style).is_dir() else None
        task = _task(key, bars, metre, pickup, tempo, chords, None if tunes else style)
        if reward:
            by, task = "rules", rewarded(task, [*map(str, reward)])
        condition = None if theme is None else condition_of(theme, task.grid, keep, changed)
        draws = draws_of(task, by, form, bool(chords), temperature, tunes or style, condition)
        with console_status(f"writing {n} tunes of {task.grid.bars} bars"):
            melodies = different(draws, n, np.random.default_rng(whole("--seed", seed, 0)))
    except BadTable as error:
        lines = [line for _, line in error.problems]
        raise UsageError(lines[0]) from error
    except ValueError as error:
        raise UsageError(str(error)) from error
    if len(melodies) < n:
        say(f"{len(melodies)} different tunes were found, not {n}; a higher --temperature has more")
    out.mkdir(parents=True, exist_ok=True)
    titles = _titles(melodies, theme)
    found = [_entry(task, melody, out, number, formats) for number, melody in enumerate(titles, 1)]
    if json:
        print_json(found)
        return OK
    print(draws.account.replace("the rules", "the listener's rules") if reward else draws.account)
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


def _titles(melodies: Sequence[Melody], theme: Tune | None) -> list[Melody]:
    """The melodies with titles: by number and key, or of the tune that they begin with, and its composer."""
    titled = []
    for number, melody in enumerate(melodies, 1):
        scale = str(melody.grid.scale)
        title = f"Tune {number} in {scale.split()[0]} {parse_mode(scale)}"
        if theme is not None and theme.title:
            title = f"{theme.title}: {title[0].lower()}{title[1:]}"
        titled.append(Melody(melody.tokens, melody.grid, title, theme.composer if theme is not None else ""))
    return titled


def _entry(task: Task, melody: Melody, out: Path, number: int, formats: list[str]) -> dict[str, Any]:
    """Write a melody to a file of each format; what is printed of it."""
    files = [out / f"tune-{number}{suffix}" for suffix in formats]
    for file in files:
        write(melody, file)
    value = float(task.evaluate(melody.tokens[None])[0])
    return {"melody": melody.text, "return": value, "files": [file.as_posix() for file in files]}
