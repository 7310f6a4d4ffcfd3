"""`evolve` and `explain`: one melody, and the account of its return."""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evomusic.catalogue import TASKS, tune_parameters
from evomusic.commands.accounts import account, print_account
from evomusic.commands.output import InputError, UsageError, count
from evomusic.core.ledger import run
from evomusic.core.melody import Melody
from evomusic.core.record import Record
from evomusic.core.saving import write_bytes
from evomusic.core.task import Task
from evomusic.core.theory import nearest
from evomusic.io import WRITES, TuneError, fit_file, read_tune, write
from evomusic.io.choice import OPTIONS, Choice
from evomusic.io.formats import check_installed
from evomusic.listener.file import read_listener
from evomusic.study.config import Study, checked, quickstart, set_value
from evomusic.study.registry import METHODS, SHORT, listed

PICTURES = (".png", ".svg")


def evolve(
    task: str | None,
    method: str,
    steps: str,
    seed: int,
    files: Sequence[Path],
    start: Path | None,
    bar: int | None,
    choices: Mapping[str, str | None],
    sets: Sequence[str],
    json: bool,
    reward: Sequence[Path] = (),
) -> int:
    """Write one melody, and account for its return by rule."""
    for file in files:
        check_out("-o", file)
    check_choices(choices, start is not None)
    if bar is not None and start is None:
        raise UsageError("--bar chooses from a tune's file, expected --from FILE with it")
    name = task or ("variation" if start else "tune")
    table: dict[str, Any] = {
        "tasks": {name: {"name": name}},
        "methods": {method: _method_table(method)},
        "steps": count("--steps", steps),
        "seed": seed,
    }
    for text in sets:
        set_value(table, _full_key(text, name, method))
    reward_by(table["tasks"][name], reward)
    tune, report = _begin_with(table, name, method, start, bar, choices) if start else (None, ())
    study = checked(table, "evolve")
    made, record = study.tasks[name], _run(study, name, method)
    title = f"{name} by {method}, seed {study.seed}"
    if tune is not None and tune.title:
        title = f"{tune.title}: {title}"
    melody = Melody(record.best, made.grid, title, tune.composer if tune is not None else "")
    plain = melody.canonical
    melody = plain if made.evaluate(plain.tokens[None])[0] == record.best_return else melody
    for file in files:
        write(melody, file)
    entries = account(made, melody) | {
        "method": method,
        "steps": record.steps,
        "seed": study.seed,
        "fitted": [*report, *_unchanged(table, name, method, plain)],
    }
    names = [file.as_posix() for file in files]
    if names:
        entries |= {"file": names[0], "files": names}
    return print_account(entries, json)


def _unchanged(table: dict[str, Any], task: str, method: str, melody: Melody) -> tuple[str, ...]:
    """Remark that a run came back to the tune that it was given, if it did."""
    theme, start = table["tasks"][task].get("theme"), table["methods"][method].get("start")
    first = theme.tokens if theme is not None else start[0] if start else ()
    if len(first) == 0 or not np.array_equal(
        Melody(np.array(first, np.uint8), melody.grid).canonical.tokens, melody.tokens
    ):
        return ()
    hint = "; a smaller -s task.weight lets it go further" if theme is not None else ""
    return (f"no melody was found that returns more than the tune itself{hint}",)


def reward_by(table: dict[str, Any], files: Sequence[Path]) -> None:
    """Give a task's table the reward of listeners.

    Raises:
        ConfigError: a file cannot be read, or is none of a listener's.
    """
    if files:
        table["reward"] = [read_listener(file) for file in files]


def check_out(option: str, out: Path) -> None:
    """Check before the work that a melody can be written to a file."""
    if out.suffix.lower() not in WRITES:
        raise UsageError(
            f"{option} {out}: expected a name that ends in one of {listed(WRITES)}{nearest(out.suffix, WRITES)}"
        )
    check_installed(out.suffix.lower())
    if not out.parent.is_dir():
        raise FileNotFoundError(2, "no such folder", str(out.parent))


def _method_table(name: str) -> dict[str, Any]:
    """A method of the quickstart by its label, one by its short name, or any by its kind."""
    labels: dict[str, dict[str, Any]] = tomllib.loads(quickstart())["methods"]
    labels |= {label: table for label, table in SHORT.items() if label not in labels}
    if name.lower() in labels:
        return labels[name.lower()]
    if ":" in name or name.lower() in (kind.lower() for kind in METHODS):
        return {"kind": name}
    names = [*labels, *METHODS]
    raise UsageError(f"--method {name!r} is not known, expected one of {listed(names)}{nearest(name, names)}")


def _full_key(text: str, task: str, method: str) -> str:
    """The key in a study: `task.bars` is the task's, a key without a table is the method's."""
    first, _, rest = text.partition(".")
    if first == "task":
        return f'tasks."{task}".{rest}'
    if first == "method":
        return f'methods."{method}".{rest}'
    return text if first in ("tasks", "methods") else f'methods."{method}".{text}'


def check_choices(choices: Mapping[str, str | None], is_file: bool = True) -> None:
    """Check before the work that choices among what a file holds can be meant, and that there is one."""
    options = [option for name, option in OPTIONS.items() if choices.get(name) is not None]
    if options and not is_file:
        raise UsageError(f"{options[0]} chooses from a tune's file, expected --from FILE with it")
    for name, value in choices.items():
        option = OPTIONS[name]
        try:
            Choice(**{name: value})
        except ValueError as error:
            raise UsageError(f"{option}{str(error).removeprefix(name)}") from None


def _begin_with(
    table: dict[str, Any], name: str, method: str, start: Path, bar: int | None, choices: Mapping[str, str | None]
) -> tuple[Melody, tuple[str, ...]]:
    """Make a user's tune the start of the method, and the theme where it has one; the tune, and how it was fitted."""
    frame_as(table["tasks"][name], start, choices)
    study = checked(table, "evolve")
    melody, report = fitted_file(start, study.tasks[name], bar, choices)
    themed = table["tasks"][name]["name"] == "variation"
    if themed:
        table["tasks"][name]["theme"] = melody
    if "start" in {f.name for f in dataclasses.fields(study.methods[method])}:
        table["methods"][method]["start"] = [melody.tokens.tolist()]
    elif not themed:
        raise UsageError(f"--from: method {method!r} cannot begin with a tune; choose ga or hill, or --task variation")
    return melody, report


def frame_as(table: dict[str, Any], file: Path, choices: Mapping[str, str | None], with_bars: bool = False) -> None:
    """Give a ready task a tune's key, metre, pickup and tempo, a variation its length too, where none is named."""
    names = set(inspect.signature(TASKS[table["name"]]).parameters) if table["name"] in TASKS else set()
    if "grid" in table:
        return
    try:
        own = tune_parameters(read_tune(file, **choices))
    except (ValueError, OSError):  # a file of text has none; what else cannot be read is refused when it is fitted
        return
    for name, value in own.items():
        if name in names and (name != "bars" or with_bars or table["name"] == "variation"):
            table.setdefault(name, value)


def _run(study: Study, task: str, method: str) -> Record:
    try:
        with console_status(f"{method} on {task}, {study.steps:,} steps"):
            return run(study.methods[method], study.tasks[task], study.steps, study.seed)
    except ValueError as error:  # a method that does not fit the task
        raise UsageError(str(error)) from error


def console_status(text: str) -> Any:
    """A spinner on stderr, where that is a terminal."""
    from rich.console import Console

    return Console(file=sys.stderr).status(text)


def explain(
    file: Path,
    task: str,
    bar: int | None,
    choices: Mapping[str, str | None],
    sets: Sequence[str],
    to: Path | None,
    json: bool,
    reward: Sequence[Path] = (),
) -> int:
    """Account for a tune's return on a task, by rule and by bar; also as a picture."""
    check_choices(choices)
    if to is not None:
        _check_picture(to)
    table: dict[str, Any] = {"tasks": {task: {"name": task}}, "methods": {"none": {"kind": "RandomSearch"}}}
    for text in sets:
        set_value(table, text if text.startswith("tasks.") else f'tasks."{task}".{text.removeprefix("task.")}')
    reward_by(table["tasks"][task], reward)
    frame_as(table["tasks"][task], file, choices)
    made = checked(table, "explain").tasks[task]
    melody, report = fitted_file(file, made, bar, choices)
    entries = account(made, melody) | {"file": file.as_posix(), "fitted": list(report)}
    if to is not None:
        titled = dataclasses.replace(melody, title=melody.title or file.stem)
        entries["picture"] = _draw(made, titled, to)
    return print_account(entries, json)


def _check_picture(to: Path) -> None:
    """Check before the work that a picture can be written to a file."""
    if to.suffix.lower() not in PICTURES:
        near = nearest(to.suffix, PICTURES)
        raise UsageError(f"--to {to}: expected a name that ends in {' or '.join(PICTURES)}{near}")
    if not to.parent.is_dir():
        raise FileNotFoundError(2, "no such folder", str(to.parent))


def _draw(task: Task, melody: Melody, to: Path) -> str:
    """Write the picture of a melody's account; its path."""
    from evomusic.plots.account import draw_account
    from evomusic.plots.style import png_bytes, svg_text

    figure = draw_account(task, melody)
    write_bytes(to, png_bytes(figure) if to.suffix.lower() == ".png" else svg_text(figure).encode())
    return to.as_posix()


def fitted_file(file: Path, task: Task, bar: int | None, choices: Mapping[str, Any]) -> tuple[Melody, tuple[str, ...]]:
    """A file's melody on a task's grid, and how it was fitted."""
    try:
        fitted = fit_file(file, task.grid, start_bar=bar, **choices)
    except TuneError:
        raise
    except (ValueError, OSError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        why = re.sub(rf"^({'|'.join(OPTIONS)})(?= is )", lambda name: OPTIONS[name[0]], why)
        raise InputError(why if why.startswith(str(file)) else f"{file}: {why}") from error
    return fitted.melody, fitted.report
