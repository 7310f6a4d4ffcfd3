"""`evomusic calibrate`: every method of a study tuned equally, and the tuned study as a file."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from evomusic.commands.output import OK, UsageError, count, print_json, print_rows, say
from evomusic.study.processes import WORKERS, prepare

HEADER = ("", "tuned on", "now", "tuned", "P(better)", "taken", "matters most")


def calibrate(
    study: Path,
    on: Path | None,
    out: Path | None,
    numbers: dict[str, str],
    by: str,
    workers: int,
    sets: list[str],
    as_json: bool,
) -> int:
    """Tune the methods of a study, print what came of it, and write the tuned study."""
    if not 0 <= workers <= WORKERS:
        raise UsageError(f"--workers is {workers}, expected 0 to {WORKERS:,}")
    sizes = {name: count(f"--{name}", text) for name, text in numbers.items()}
    for name, least in (("configurations", 1), ("seeds", 1), ("confirm", 2)):
        if not least <= sizes[name] <= 10_000:
            raise UsageError(f"--{name} is {sizes[name]}, expected {least} to 10,000")
    target = out or study.with_name(f"{study.stem}.tuned.toml")
    if target.exists():
        raise UsageError(f"{target} exists; name another file with --out")
    folder = Path("runs") / f"{study.stem}.calibration"
    say(f"calibrating {study.name} in {folder}: loading the methods")
    if workers != 1:
        prepare()
    from evomusic.study import calibration
    from evomusic.study.config import Study, set_value, text_of
    from evomusic.study.folder import to_csv, write_text
    from evomusic.study.progress import shown
    from evomusic.study.sweep import axes_of, expanded
    from evomusic.study.toml import parse, to_toml

    if by not in calibration.QUANTITIES:
        raise UsageError(f"--by is {by!r}, expected one of {', '.join(calibration.QUANTITIES)}")
    table = parse(text_of(study), study.name)
    for each in sets:
        set_value(table, each)
    effort = calibration.Effort(**sizes, by=by)
    whole = Study.read(study, sets)
    tasks = Study.read(on).tasks if on else whole.tasks
    table = expanded(table, axes_of(table, []))  # read once already, and without a fault
    write_text(Path("runs") / ".gitignore", "*\n")
    progress = shown()
    try:
        tuned = calibration.calibrate(whole, tasks, folder, effort, workers, progress)
    finally:
        progress.close()
    write_text(folder / "configurations.csv", to_csv(("method", "configuration", "rank", "parameters"), _rows(tuned)))
    words = ["evomusic", "calibrate", study.name, *(["--on", on.name] if on else [])]
    words += [w for name, text in numbers.items() for w in (f"--{name}", text)] + [w for s in sets for w in ("-s", s)]
    write_text(
        target,
        "\n".join(_comment(shlex.join(words), whole, tasks, effort, on))
        + "\n\n"
        + to_toml(calibration.tuned_table(table, tuned)),
    )
    if as_json:
        print_json({"study": str(target), "methods": [_as_dict(each) for each in tuned]})
        return OK
    _print(tuned, whole, effort)
    if not on:
        say("tuned on the study's own tasks, with other seeds; --on FILE takes the tasks of another file")
    print(f"tuned study: {target}\nnext:\n  evomusic compare {target}")
    return OK


def _rows(tuned: Sequence[Any]) -> Iterator[tuple[object, ...]]:
    for each in tuned:
        for i, c in enumerate(each.configurations):
            words = "; ".join(f"{name}={json.dumps(value)}" for name, value in c.parameters.items())
            yield each.label, i, f"{c.rank:.4f}", '"' + words.replace('"', '""') + '"'


def _comment(command: str, study: Any, tasks: Any, effort: Any, on: Path | None) -> Iterator[str]:
    """The provenance of a tuned study, for its head."""
    import evomusic

    yield f"# Tuned by `{command}`, evomusic {evomusic.__version__}."
    yield f"# {effort.configurations} random configurations a method, {effort.seeds} seeds each, {study.steps:,} steps,"
    where = f"tasks of {on.name}" if on else "the study's own tasks"
    yield f"# by {effort.by}, on {where} ({', '.join(tasks)}) with seeds of their own; winners that won again on"
    yield f"# {effort.confirm} fresh seeds were taken."


def _print(tuned: Sequence[Any], study: Any, effort: Any) -> None:
    rows = [row for each in tuned for row in _lines(each)]
    rows += [(label, "no search space", "", "", "", "", "") for label in study.methods if label not in _labels(tuned)]
    print_rows(HEADER, rows, right=(2, 3, 4))
    print(
        f"interquartile means of {effort.by} on {effort.confirm} fresh seeds, now and with the best of "
        f"{effort.configurations} configurations; P(better): probability that a tuned cell returns more; "
        "matters most: rank correlation of parameter and score"
    )


def _labels(tuned: Sequence[Any]) -> list[str]:
    return [each.label for each in tuned]


def _lines(each: Any) -> Iterator[tuple[str, ...]]:
    strong = sorted(each.sensitivity.items(), key=lambda pair: -abs(pair[1]))[:2]
    matters = ", ".join(f"{name} {value:+.2f}" for name, value in strong)
    for i, (task, (now, then)) in enumerate(each.scores.items()):
        head = (f"{each.improvement:.2f}", "yes" if each.better else "no", matters) if i == 0 else ("", "", "")
        yield (each.label if i == 0 else "", task, f"{now:.2f}", f"{then:.2f}", *head)


def _as_dict(each: Any) -> dict[str, Any]:
    scores = {task: {"now": now, "tuned": then} for task, (now, then) in each.scores.items()}
    return {
        "method": each.label,
        "parameters": dict(each.parameters),
        "winner": dict(each.winner.parameters),
        "taken": each.better,
        "improvement": each.improvement,
        "scores": scores,
        "sensitivity": dict(each.sensitivity),
    }
