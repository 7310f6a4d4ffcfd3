"""`render` and `play`: a tune's file as scores, sound and other formats, and heard at once."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from evomusic.commands.output import FAILED, OK, InputError, UsageError, print_json, say
from evomusic.commands.tunes import check_choices, check_out
from evomusic.commands.writing import chords_by_bar
from evomusic.core.checks import NotInstalled
from evomusic.core.melody import Melody
from evomusic.core.theory import parse_scale
from evomusic.io import estimate_key, read_tune, write
from evomusic.io.fitting import fit_whole

PLAYERS = (  # programs that play a sound file, tried in this order
    ("afplay",),
    ("paplay",),
    ("pw-play",),
    ("aplay", "-q"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
    ("play", "-q"),
    ("mpv", "--no-video", "--really-quiet"),
)


class Source(NamedTuple):
    """A tune's melody, its key, whether the file says it, and a line on everything that reading changed."""

    melody: Melody
    key: str
    said: bool
    report: tuple[str, ...]


def render(
    file: Path,
    to: list[str],
    key: str | None,
    title: str | None,
    chords: str,
    choices: Mapping[str, Any],
    json: bool,
) -> int:
    """Write a tune's file in other formats: scores, sound, notation."""
    outs = [Path(name.strip()) for names in to for name in names.split(",") if name.strip()]
    if not outs:
        raise UsageError("--to names no file, expected one or more, such as --to score.svg,tune.wav")
    for out in outs:
        check_out("--to", out)
        if out.exists() and file.exists() and out.samefile(file):
            raise UsageError(f"--to {out}: is the tune's own file, expected another one")
    check_choices(choices)
    try:
        parse_scale(key or "C major")
    except ValueError as error:
        raise UsageError(f"--key: {error}") from error
    source = _source(file, chords, choices)
    used, name = key or source.key, title if title is not None else source.melody.title or file.stem
    for out in outs:
        try:
            write(source.melody, out, key=used, title=name)
        except NotInstalled:
            raise
        except ValueError as error:
            raise UsageError(f"{out}: {error}") from error
    return _print(source, used, key is not None, outs, json)


def play(file: Path, chords: str, choices: Mapping[str, Any]) -> int:
    """Play a tune: by a program of the system, or in a page where there is none."""
    check_choices(choices)
    melody = _source(file, chords, choices).melody
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "tune.wav"
        try:
            write(melody, sound)
        except ValueError as error:
            raise UsageError(f"{file}: {error}") from error
        if sys.platform == "win32":
            import winsound

            winsound.PlaySound(str(sound), winsound.SND_FILENAME)
            return OK
        problems = []
        for name, *options in PLAYERS:
            program = shutil.which(name)
            if program is None:
                continue
            done = subprocess.run([program, *options, str(sound)], stdin=subprocess.DEVNULL, capture_output=True)
            if done.returncode == 0:
                return OK
            said = done.stderr.decode(errors="replace").split("\n")[0].strip()
            problems.append(f"{name}: {said or f'exit code {done.returncode}'}")
    return _in_a_page(melody, file, problems)


def _in_a_page(melody: Melody, file: Path, problems: list[str]) -> int:
    """Open a page with the tune's sound in a browser; where there is none either, say what helps."""
    import webbrowser

    from evomusic.report.notebook import melody_page

    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        why = (
            f"no program could play it ({'; '.join(problems)})" if problems else "no program that plays sound was found"
        )
        say(f"{why}; install one, such as ffmpeg or sox, or write a file: evomusic render {file} --to tune.wav")
        return FAILED
    with tempfile.NamedTemporaryFile("w", suffix=".html", delete=False, encoding="utf-8") as page:
        page.write(melody_page(replace(melody, title=melody.title or file.stem)))
    browser.open(Path(page.name).as_uri())
    print(page.name)
    return OK


def _source(file: Path, chords: str, choices: Mapping[str, Any]) -> Source:
    """The tune of a file, whole, with chords of choice."""
    try:
        tune = read_tune(file, **choices)
    except FileNotFoundError as error:
        raise InputError(str(error)) from None
    whole = fit_whole(tune)
    try:
        symbols = chords_by_bar(chords) if chords else []
        melody = replace(whole.melody, grid=replace(whole.melody.grid, chords=tuple(symbols)))
    except ValueError as error:
        raise UsageError(str(error)) from error
    return Source(melody, tune.key or estimate_key(tune.notes), tune.key is not None, whole.report)


def _print(source: Source, key: str, chosen: bool, outs: list[Path], json: bool) -> int:
    """Print what was written, and how the tune was read."""
    grid = source.melody.grid
    if json:
        print_json(
            {
                "written": [out.as_posix() for out in outs],
                "bars": grid.bars,
                "metre": "{}/{}".format(*grid.time_signature),
                "key": key,
                "fitted": list(source.report),
            }
        )
        return OK
    for line in source.report:
        print(f"fitted: {line}")
    sure = "" if source.said or chosen else " (estimated)"
    for out in outs:
        print(f"{out}: {grid.bars} bars of {grid.time_signature[0]}/{grid.time_signature[1]}, {key}{sure}")
    return OK
