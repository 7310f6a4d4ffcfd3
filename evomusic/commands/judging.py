"""`judge`: whether a folder of tunes, or melodies of a study's methods, can be told from real ones, by the critic."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.catalogue import make
from evomusic.commands.output import OK, InputError, UsageError, print_json, print_rows, say
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.corpus import excerpts, held_out, read_folder, training
from evomusic.corpus.shipped import COLLECTIONS
from evomusic.critic import judge
from evomusic.critic.judge import LEAST, Verdict
from evomusic.rules.style_choice import style_for_key
from evomusic.study.folder import RESOLVED
from evomusic.study.results import TaskRun
from evomusic.study.store import read_run

SEED = 0  # of the choice among more tunes, folds and bootstrap


def judge_folder(
    folder: Path, key: str | None, metre: str | None, bars: int | None, style: str | None, json: bool
) -> int:
    """Judge excerpts of a folder's tunes beside as many of held-out real tunes, moved to one key; or a study."""
    if (folder / RESOLVED).is_file():
        frame = {"--key": key, "--metre": metre, "--bars": bars}
        named = next((option for option, value in frame.items() if value is not None), None)
        if named:
            raise UsageError(f"{folder} is a study, whose tasks have frames of their own: leave out {named}")
        return judge_study(folder, style, json)
    key, metre, bars = key or "G major", metre or "4/4", 4 if bars is None else bars
    try:
        grid = make("rules", key=key, metre=metre, bars=bars).grid
        style = style_for_key(key, style, (grid.beats, grid.steps_per_beat))
    except ValueError as error:
        raise UsageError(str(error)) from error
    if style not in COLLECTIONS:
        raise UsageError(f"--style is {style!r}, expected one of {', '.join(COLLECTIONS)}: its tunes are the real ones")
    try:
        sources, refused = read_folder(folder)
    except (ValueError, OSError) as error:
        raise InputError(str(error)) from error
    own, real = excerpts(sources, grid), held_out(grid, None, style=style)
    for line in refused:
        say(line)
    side, rng = min(len(own.melodies), len(real.melodies)), np.random.default_rng(SEED)
    here, there = (rng.permutation(len(each.melodies))[:side] for each in (own, real))
    names = [real.names[i] for i in there]
    against = training(grid, style=style).melodies
    try:
        verdict = judge(own.melodies[here], real.melodies[there], names, grid, against=against, seed=SEED)
    except ValueError as error:
        reasons = ", ".join(f"{n} for {why}" for why, n in own.refused.most_common())
        refusals = f" (refused: {reasons})" if reasons else ""
        raise InputError(
            f"{folder} has {len(own.melodies)} excerpts of {bars} bars of {metre}{refusals}, and the held-out tunes of "
            f"{style!r} {len(real.melodies)}: {error}"
        ) from error
    found = {"excerpts": side, "real": f"held-out tunes of {style}"} | _as_dict(verdict)
    if json:
        print_json(found)
        return OK
    print(f"{side} excerpts of {bars} bars of {metre} beside as many held-out ones of {style!r}")
    print(
        f"told from real tunes: AUC {verdict.boosting} by boosting, {verdict.linear} by a linear model (.5: not at all)"
    )
    rows = f"longest shared row {verdict.longest:.1f} notes"
    print(f"copied {verdict.copied:.0%}, {rows}, diversity {verdict.diversity:.2f}")
    print_rows(
        ("what tells", "real", "here"), [(name, f"{a:g}", f"{b:g}") for name, a, b in verdict.telling], right=(1, 2)
    )
    return OK


def judge_study(folder: Path, style: str | None, json: bool) -> int:
    """Judge the best melodies of each method of a study, a melody a seed, beside all held-out tunes of their frame."""
    run = read_run(folder)
    if run.seeds < LEAST:
        raise UsageError(f"{folder} has {run.seeds} seeds, expected {LEAST} or more: a melody a seed is judged")
    found, reasons = dict[str, dict[str, Verdict]](), list[str]()
    for task in run.tasks.values():
        try:
            found[task.label] = _of_task(task, style)
        except ValueError as error:
            reasons.append(f"{task.label}: {error}")
    for line in reasons:
        say(f"not judged: {line}")
    if not any(found.values()):
        raise UsageError(f"{folder} has no task whose melodies can be judged")
    if json:
        print_json({label: {m: _as_dict(v) for m, v in verdicts.items()} for label, verdicts in found.items()})
        return OK
    print("AUC with which each method's best melodies are told from held-out real tunes (.5: not at all)")
    header = ("task", "method", "boosting", "linear", "copied", "diversity")
    rows = [
        (label, method, str(v.boosting), str(v.linear), f"{v.copied:.0%}", f"{v.diversity:.2f}")
        for label, verdicts in found.items()
        for method, v in verdicts.items()
    ]
    print_rows(header, rows, right=(4, 5))
    return OK


def _of_task(task: TaskRun, style: str | None) -> dict[str, Verdict]:
    """The verdicts on a task's methods that have cells enough.

    Raises:
        ValueError: there are no real tunes of its frame.
    """
    if not isinstance(task.grid, Grid):
        raise ValueError(f"it has {task.grid.about}, expected melodies")
    plain = replace(task.grid, chords=(), pickup=0)
    if task.grid.scale is None or task.grid.pickup:
        raise ValueError("its grid has no scale or a pickup, expected full bars in a key")
    named = style_for_key(task.grid.scale, style, (plain.beats, plain.steps_per_beat))
    real, against = held_out(plain, None, style=named), training(plain, style=named).melodies
    return {
        method: judge(_rows(task, method, plain), real.melodies, real.names, plain, against=against, seed=SEED)
        for method, cells in task.outcomes.items()
        if len(cells) >= LEAST
    }


def _rows(task: TaskRun, method: str, grid: Grid) -> NDArray[np.uint8]:
    """Tokens (S, T) of a method's best melody of each seed."""
    melodies = [outcome.best for outcome in task.outcomes[method] if isinstance(outcome.best, Melody)]
    return np.array([melody.tokens for melody in melodies]).reshape(-1, grid.steps)


def _as_dict(verdict: Verdict) -> dict[str, Any]:
    """A verdict for JSON."""
    return {
        "boosting": verdict.boosting._asdict(),
        "linear": verdict.linear._asdict(),
        "copied": verdict.copied,
        "longest": verdict.longest,
        "diversity": verdict.diversity,
        "telling": [{"feature": name, "real": a, "here": b} for name, a, b in verdict.telling],
    }
