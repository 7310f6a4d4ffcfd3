"""The end of `compare`: the best melodies as text, and commands to go on with."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator
from pathlib import Path

from evomusic.study.results import Outcome, Run, Shard, TaskRun
from evomusic.study.statistics import ENOUGH

BEST = 3  # melodies of a study of one task; one a task of others
BARS = 8  # shown of a melody
DEFAULT_STEPS = 1_000_000  # of the quickstart


def melodies(run: Run) -> Iterator[str]:
    """Lines with the best melodies: method, seed, return and regret, then the tokens, a line a bar."""
    tasks = [task for task in run.tasks.values() if any(task.outcomes.values())]
    for task in tasks:
        top = task.top(BEST if len(tasks) == 1 else 1)
        yield f"best melodies of {task.label}:" if len(top) > 1 else f"best melody of {task.label}:"
        for outcome in top:
            yield f"  {outcome.cell.method}, seed {outcome.cell.seed}: return {_account(task, outcome)}"
            bars = outcome.best.text.split(" | ")
            yield from (f"    {bar}" for bar in bars[:BARS])
            if len(bars) > BARS:
                yield f"    ... and {len(bars) - BARS} more bars"
        yield ""


def _account(task: TaskRun, outcome: Outcome) -> str:
    """A return, and how far it lies from the optimum."""
    returns, references = outcome.best_return, task.references
    if references is None:
        return f"{returns:.2f}"
    gap = task.top_return - returns
    if references.certified:
        return f"{returns:.2f}, regret {gap:.2f}" + (": this is the optimum" if gap == 0 else "")
    if not math.isfinite(references.upper):
        return f"{returns:.2f}, {gap:.2f} below the best known"
    return f"{returns:.2f}, at most {gap:.2f} below the optimum"


def next_commands(run: Run, study: Path | None) -> Iterator[str]:
    """Lines with three commands to try next, and what they are good for; of a shard, how to merge it."""
    if run.shard and run.complete:
        yield f"next, when all {run.shard.parts} shards are finished:"
        yield f"  {_merge(run, run.shard)}"
        return
    commands = [
        _look(run),
        _explain(run) or (["evomusic", "lecture"], "the concepts, and where they are in the code"),
        _more(run, study),
    ]
    texts = [(shlex.join(words), why) for words, why in commands]
    width = max(len(text) for text, _ in texts)
    yield "next:"
    for text, why in texts:
        yield f"  {text:<{width}}  # {why}"


def _merge(run: Run, shard: Shard) -> str:
    """The command that merges all shards; their folders by a pattern, where this one has the name that it gets."""
    name, end = run.folder.as_posix(), shard.ending
    stem = shlex.quote(name.removesuffix(end))
    others = f"-*of{shard.parts} --to {stem}" if name.endswith(end) else " FOLDER ... --to FOLDER"
    return f"evomusic merge {stem}{others}"


def _look(run: Run) -> tuple[list[str], str]:
    folder = [] if run.folder == Path("runs/quickstart") else [str(run.folder)]
    if (run.folder / "report.html").is_file():
        return ["evomusic", "report", *folder, "--open"], "see the curves and hear the melodies in a browser"
    return ["evomusic", "plot", str(run.folder)], "draw the curves, write the melodies and the report"


def _explain(run: Run) -> tuple[list[str], str] | None:
    """The account of the best melody, where the catalogue's task of that name is the study's."""
    from evomusic import catalogue

    for task in run.tasks.values():
        for outcome in task.top(1):
            path = run.folder / "melodies" / task.label / f"{outcome.cell.method}.mid"
            if path.is_file() and task.name in catalogue.tasks() and catalogue.make(task.name).grid == task.grid:
                return ["evomusic", "explain", str(path), "--task", task.name], "why the best melody returns that much"
    return None


def _more(run: Run, study: Path | None) -> tuple[list[str], str]:
    if not run.complete:
        missing = len(run.missing)
        what = f"the {missing} cells that are" if missing > 1 else "the cell that is" if missing else "the references"
        return ["evomusic", "resume", str(run.folder)], f"compute {what} missing"
    if run.seeds >= ENOUGH:
        return ["evomusic", "publish", str(run.folder)], "copy tables, figures and melodies into results/"
    file = [str(study)] if study else []
    if not study and run.steps != DEFAULT_STEPS:
        file += ["--steps", str(run.steps)]
    out = run.folder.with_name(f"{run.folder.name}-30")
    return ["evomusic", "compare", *file, "--seeds", "30", "--out", str(out)], "enough seeds to rank the methods"
