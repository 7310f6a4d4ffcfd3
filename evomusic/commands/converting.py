"""`convert`: a tune's file in another format, and in lines all that reading it and that format have changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evomusic.commands.output import OK, InputError, UsageError, print_json
from evomusic.commands.tunes import check_choices, check_out
from evomusic.core.checks import NotInstalled
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody, Note
from evomusic.io import FORMATS, Tune, TuneError, read_tune, write
from evomusic.io.fitting import Fit, fit_whole
from evomusic.io.tune import plural

NOTHING = "no tune can be read from it again"
TOKENS = "it has the tokens alone, without metre, tempo, key and title: read it on the same grid"


def convert(file: Path, out: Path, choices: Mapping[str, Any], strict: bool, json: bool) -> int:
    """Write a tune's file in another format, and print what is not as it was; with `strict`, refuse to lose notes."""
    check_out("OUT", out)
    check_choices(choices)
    if out.exists() and file.exists() and out.samefile(file):
        raise UsageError(f"OUT {out}: is the tune's own file, expected another one")
    tune, found = _read(file, choices, strict)
    try:
        write(found.melody, out)
    except NotInstalled:
        raise
    except ValueError as error:
        raise UsageError(f"{out}: {error}") from error
    changed = list(_changes(found.melody, out))
    if tune.symbols:
        changed.append(f"{plural(tune.symbols, 'chord symbol')} left out")
    if json:
        print_json({"written": out.as_posix(), "fitted": list(found.report), "changed": changed})
        return OK
    for line in found.report:
        print(f"fitted: {line}")
    for line in changed:
        print(f"changed: {line}")
    grid = found.melody.grid
    pickup = f" after a pickup of {grid.pickup_beats:g} beats" if grid.pickup else ""
    key = f", {tune.key}" if tune.key else ""
    print(f"{out}: {plural(len(tune.notes), 'note')} in {plural(grid.bars, 'bar')} of {_metre(grid)}{pickup}{key}")
    return OK


def _read(file: Path, choices: Mapping[str, Any], strict: bool) -> tuple[Tune, Fit]:
    """The tune of a file, and the whole of it on a grid of its own."""
    try:
        tune = read_tune(file, **choices)
        return tune, fit_whole(tune, strict=strict)
    except FileNotFoundError as error:
        raise InputError(str(error)) from None
    except TuneError:
        raise
    except ValueError as error:
        raise UsageError(str(error)) from error


def _changes(melody: Melody, out: Path) -> Iterator[str]:
    """Lines on all that a written file does not hold of a melody, found by reading it again where that is possible."""
    entry = FORMATS[out.suffix.lower()]
    if entry.on_grid:
        yield f"{entry.name}: {TOKENS}"
        return
    if not entry.read:
        yield f"{entry.name}: {NOTHING}"
        return
    again = fit_whole(read_tune(out)).melody
    old, new = _facts(melody), _facts(again)
    yield from (f"{name} {old[name]} is {new[name]} in {entry.name}" for name in old if old[name] != new[name])
    was, now = _times(melody), _times(again)
    if was != now:
        others = sum(a != b for a, b in zip(was, now, strict=False)) + abs(len(was) - len(now))
        yield f"{plural(others, 'note')} not the same"


def _facts(melody: Melody) -> dict[str, str]:
    """The statements of a file on a melody beside its notes, in words."""
    grid = melody.grid
    return {
        "title": repr(melody.title),
        "composer": repr(melody.composer),
        "key": grid.written_key or "none",
        "metre": _metre(grid),
        "pickup": f"{grid.pickup_beats * grid.beat_quarters:g} quarters",
        "bars": str(grid.bars),
        "tempo": f"{grid.tempo * grid.beat_quarters:.6g} quarters a minute",
    }


def _times(melody: Melody) -> list[Note]:
    """The notes, in quarters."""
    beat = melody.grid.beat_quarters
    return [Note(n.pitch, round(n.onset * beat, 6), round(n.duration * beat, 6)) for n in melody.notes]


def _metre(grid: Grid) -> str:
    return "{}/{}".format(*grid.time_signature)
