"""`compare`: run a study, and leave its tables, figures, melodies and report in a folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evomusic.study.config import QUICKSTART, Study, lines_of, read_study, text_of
from evomusic.study.progress import Progress, shown
from evomusic.study.results import Run
from evomusic.study.runner import Failure, Plan, run_study
from evomusic.study.statistics import Row, summarise
from evomusic.study.store import read_run
from evomusic.study.table import to_text


@dataclass(frozen=True, eq=False)
class Comparison:
    """What a study found; printed, it is a table a task.

    Args:
        folder: where all of it is kept.
        run: the folder's content.
        failures: what could not be done.
    """

    folder: Path
    run: Run
    failures: tuple[Failure, ...] = ()

    @property
    def summary(self) -> tuple[Row, ...]:
        """A row a task and method."""
        return summarise(self.run)

    def __str__(self) -> str:
        return to_text(self.run)


def compare(
    study: Study | str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    *,
    steps: int | None = None,
    seeds: int | None = None,
    seed: int | None = None,
    workers: int = 0,
    overrides: Sequence[str] = (),
    figures: bool = True,
    progress: Progress | None = None,
) -> Comparison:
    """Run a study; what its folder has already is kept, so that it may be interrupted and run again.

    Args:
        study: a study, the path of a TOML file, or None for the quickstart.
        out: the folder; `results/` and the file's name when None.
        steps: budget of a cell, in place of the study's.
        seeds: number of seeds, in place of the study's.
        seed: root of all seeds, in place of the study's.
        workers: processes; as many as there are cores when 0; 1 runs everything in this process.
        overrides: such as `methods.ga.population=500`, in TOML's form; for studies from a file.
        figures: whether to draw figures and write melodies and the report.
        progress: told of every job; shown on stderr when None.

    Raises:
        ConfigError: the study is wrong; says everything that is.
        RunError: the folder is locked, damaged, or holds another study.
        OSError: the folder cannot be written to.
        KeyboardInterrupt: there was one; finished cells are kept.
    """
    given = {name: value for name, value in (("steps", steps), ("seeds", seeds), ("seed", seed)) if value is not None}
    if workers < 0:
        raise ValueError(f"workers is {workers}, expected 1 or more, or 0 for as many as there are cores")
    plan = _plan(study, Path(out) if out else None, given, workers, overrides)
    progress = progress or shown()
    try:
        failures = run_study(plan, progress)
        run = read_run(plan.folder)
        if figures and run.outcomes:
            picture(run, progress)
    finally:
        progress.close()
    return Comparison(plan.folder, run, tuple(failures))


def picture(run: Run, progress: Progress) -> None:
    """Figures, melodies and the report of a folder, from what is in it."""
    from evomusic.plots import draw
    from evomusic.report import export_melodies, write_report

    progress.note("drawing figures")
    draw(run)
    progress.note("writing melodies and the report")
    export_melodies(run)
    write_report(run)


def _plan(study: Any, out: Path | None, given: dict[str, int], workers: int, overrides: Sequence[str]) -> Plan:
    if isinstance(study, Study):
        if overrides:
            raise ValueError("overrides are for studies from a file; change the Study instead")
        changed = _changed(study, given)
        return Plan(changed, out or Path("results/study"), None, "evomusic.compare(Study(...))", workers)
    text, name = text_of(study), QUICKSTART if study is None else Path(study).name
    every = [*overrides, *(f"{key}={value}" for key, value in given.items())]
    command = " ".join(["evomusic compare", *([] if study is None else [name]), *(f"-s {o}" for o in every)])
    return Plan(read_study(text, every, name), out or Path("results") / Path(name).stem, text, command, workers)


def _changed(study: Study, given: dict[str, int]) -> Study:
    from pydantic import ValidationError

    from evomusic.study.config import ConfigError

    try:
        return Study(**(dict(study) | given))
    except ValidationError as error:
        raise ConfigError(lines_of(error)) from None
