"""`judge`: whether a folder of tunes can be told from real ones, by the critic."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evomusic.catalogue import make
from evomusic.commands.output import OK, InputError, UsageError, print_json, print_rows, say
from evomusic.corpus import excerpts, held_out, read_folder, training
from evomusic.corpus.shipped import COLLECTIONS
from evomusic.critic import judge
from evomusic.rules.style_choice import style_for_key

SEED = 0  # of the choice among more tunes, folds and bootstrap


def judge_folder(folder: Path, key: str, metre: str, bars: int, style: str | None, json: bool) -> int:
    """Judge excerpts of a folder's tunes beside as many of held-out real tunes, moved to one key."""
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
    found = {
        "excerpts": side,
        "real": f"held-out tunes of {style}",
        "boosting": verdict.boosting._asdict(),
        "linear": verdict.linear._asdict(),
        "copied": verdict.copied,
        "longest": verdict.longest,
        "diversity": verdict.diversity,
        "telling": [{"feature": name, "real": a, "here": b} for name, a, b in verdict.telling],
    }
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
