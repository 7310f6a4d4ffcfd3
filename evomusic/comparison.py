"""`compare`: run a study, and leave its tables, figures, melodies and report in a folder."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evomusic.core.checks import flag, optional, whole, wrong
from evomusic.study.config import QUICKSTART, ConfigError, Study, changed, read_study, text_of
from evomusic.study.folder import derived, write_text
from evomusic.study.merging import merge_folders
from evomusic.study.processes import WORKERS, prepare_for
from evomusic.study.progress import Progress, shown
from evomusic.study.results import Run, Shard
from evomusic.study.rewards import with_rewards
from evomusic.study.runner import Failure, Plan, cores, run_study
from evomusic.study.statistics import Row, summarise
from evomusic.study.table import to_text
from evomusic.study.text import toml_of

ADDRESS = re.compile(r"[a-z]{2,9}://[^\s/]+:[0-9]{1,5}")
RUNS = Path("runs")  # the folder of runs that were given no other; git does not track it


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """The results of a study; printed, they are a table a task.

    Args:
        folder: of the run; all of it is stored there.
        run: the folder's content.
        failures: the jobs that failed.
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

    def __repr__(self) -> str:
        failed = f", {len(self.failures)} failed" if self.failures else ""
        return f"<Comparison {self.run.size}{failed}; print() shows the tables>"

    def _repr_html_(self) -> str:
        """Tables, curves and the best melodies in a notebook, and the jobs that failed."""
        from evomusic.report.runs import failures_html

        return self.run._repr_html_() + failures_html([f"{failure.name}: {failure.cause}" for failure in self.failures])


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
    fresh: bool = False,
    shard: tuple[int, int] | None = None,
    reward: Sequence[str | os.PathLike[str]] = (),
    cluster: str | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Run a study; finished cells in its folder are kept, so that it may be interrupted and run again.

    Args:
        study: a study, the path of a TOML file, or None for the quickstart.
        out: the folder; `runs/` and the file's name when None, `runs/study` for a `Study`, `runs/study-2of4` for a
            shard of it.
        steps: budget of a cell, in place of the study's.
        seeds: number of seeds, in place of the study's.
        seed: root of all seeds, in place of the study's.
        workers: processes; as many as there are cores when 0; 1 runs everything in this process.
        overrides: such as `methods.ga.population=500`, in TOML's form; for studies from a file.
        figures: whether to draw figures and write melodies and the report.
        fresh: whether to remove what the folder holds of a study, and compute all cells again.
        shard: (i, n) runs the i-th of n disjoint parts of the cells, counted from 1, without figures and report;
            `merge` puts the folders of all parts together.
        reward: files of listeners, `listener.toml`, whose merged reward every task of a study from a file has.
        cluster: address of a Dask scheduler whose workers run the cells, such as `tcp://node1:8786`, or `local` for one
            of `workers` processes of this machine; needs the extra `cluster`.
        progress: hears of every job; shown on stderr when None.

    Returns:
        The results as they are stored in the folder.

    Raises:
        ConfigError: the study is wrong; says everything that is.
        ValueError: another argument is wrong.
        RunError: the folder is locked, damaged, a published result, or holds another study.
        OSError: the folder cannot be written to, or no scheduler answers.
        KeyboardInterrupt: there was one; finished cells are kept.
    """
    numbers = {name: value for name, value in (("steps", steps), ("seeds", seeds), ("seed", seed)) if value is not None}
    workers, fresh = whole("workers", workers, 0, WORKERS), flag("fresh", fresh)
    plan = _plan(study, out, numbers, workers, overrides, fresh, None if shard is None else _shard(shard), reward)
    flag("figures", figures)
    plan = replace(plan, cluster=_cluster(cluster))
    progress = progress or shown()
    try:
        run, failures = run_study(plan, progress)
        if figures and run.outcomes and run.shard is None:
            picture(run, progress, workers)
    finally:
        progress.close()
    return Comparison(plan.folder, run, tuple(failures))


def merge(
    folders: Sequence[str | os.PathLike[str]],
    to: str | os.PathLike[str],
    *,
    figures: bool = True,
    workers: int = 0,
    progress: Progress | None = None,
) -> Comparison:
    """Put the folders of shards, or of studies that differ in seeds, methods or tasks, together into one.

    It becomes the folder that one run of all of it would have left. Cells that no folder has are missing from it, and
    are computed by the whole study in that folder, or by `evomusic resume`. The folders themselves stay as they are.

    Args:
        folders: of the runs, finished or not.
        to: the folder to make, or one that an earlier merge of these has begun.
        figures: whether to draw figures and write melodies and the report.
        workers: processes for figures; as many as there are cores when 0.
        progress: hears of what is done; shown on stderr when None.

    Raises:
        ValueError: an argument is wrong.
        RunError: two folders disagree on a parameter, the code of a method, a task's tables, references or a cell; one
            is damaged, published, or of another version; or `to` is locked or holds something else.
        OSError: a folder cannot be written to.
    """
    if isinstance(folders, (str, os.PathLike)) or not folders or not all(map(_is_path, folders)):
        raise wrong("folders", folders, "one or more paths of folders, in a list")
    if not _is_path(to):
        raise wrong("to", to, "the path of a folder")
    workers, figures = whole("workers", workers, 0, WORKERS), flag("figures", figures)
    progress = progress or shown()
    try:
        run, failures = merge_folders([Path(folder) for folder in folders], Path(to), progress)
        if figures and run.outcomes:
            picture(run, progress, workers)
    finally:
        progress.close()
    return Comparison(run.folder, run, tuple(failures))


def picture(run: Run, progress: Progress, workers: int = 0) -> None:
    """Write the figures, melodies and report of a run; figures by as many workers as there are cores when 0."""
    from evomusic.plots import draw
    from evomusic.report import export_melodies, write_report

    with derived(run.folder) as written, ThreadPoolExecutor(1) as beside:
        progress.note("drawing figures and writing melodies")
        melodies = beside.submit(export_melodies, run)  # while this thread waits for those who draw
        written += draw(run, workers or cores())
        written += melodies.result()
        progress.note("writing the report")
        written.append(write_report(run))


def folder_of(study: str | os.PathLike[str] | Study | None, shard: Shard | None = None) -> Path:
    """The folder of a run that was given no other."""
    part = shard.ending if shard else ""
    return RUNS / (("study" if isinstance(study, Study) else Path(study or QUICKSTART).stem) + part)


def _shard(value: Any) -> Shard:
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise wrong("shard", value, "two whole numbers, such as (2, 4) for the second of four parts")
    count = whole("the number of shards", value[1], 1)
    return Shard(whole("the shard", value[0], 1, count), count)


def _cluster(address: Any) -> str | None:
    if address is None:
        return None
    check_address(address)
    optional("distributed", "a cluster", "cluster")
    return str(address)


def check_address(address: Any) -> None:
    """Check the address of a cluster.

    Raises:
        ValueError: it is no address of a scheduler, and not `local`.
    """
    if address != "local" and not (isinstance(address, str) and ADDRESS.fullmatch(address)):
        raise wrong("cluster", address, "the address of a scheduler, such as tcp://node1:8786, or local")


def _is_path(value: Any) -> bool:
    return isinstance(value, (str, os.PathLike))


def _plan(
    study: Any,
    out: Any,
    numbers: dict[str, int],
    workers: int,
    overrides: Sequence[str],
    fresh: bool,
    shard: Shard | None,
    reward: Sequence[str | os.PathLike[str]],
) -> Plan:
    if out is not None and not _is_path(out):
        raise wrong("out", out, "the path of a folder")
    if isinstance(overrides, str) or not all(isinstance(each, str) for each in overrides):
        raise wrong("overrides", overrides, "a list of texts such as methods.ga.population=500")
    if not isinstance(study, (Study, str, os.PathLike, type(None))):
        raise wrong("study", study, "a Study, the path of a TOML file, or None for the quickstart")
    if _is_path(reward) or not all(map(_is_path, reward)):
        raise wrong("reward", reward, "a list of paths of listeners' files")
    folder = folder_of(study, shard) if out is None else Path(out)
    if workers != 1:
        prepare_for(folder, fresh)  # workers import while this process reads the study
    if isinstance(study, Study):
        if overrides or reward:
            name = "overrides are" if overrides else "reward is"
            raise ValueError(f"{name} for studies from a file; change the Study instead")
        study = changed(study, numbers)
        text = toml_of(study)
        command = "evomusic.compare(Study(...))" if text is None else "evomusic compare study.toml"
    else:
        text, name = text_of(study), QUICKSTART if study is None else Path(study).name
        text = with_rewards(text, name, Path(), reward) if reward else text
        every = [*overrides, *(f"{key}={value}" for key, value in numbers.items())]
        words = ["evomusic", "compare", *([] if study is None else [name]), *(w for o in every for w in ("-s", o))]
        command, study = shlex.join(words), read_study(text, every, name)
    cells = len(study.tasks) * len(study.methods) * study.seeds
    if shard and shard.parts > cells:
        raise ConfigError([f"shard is {shard}, expected at most {cells} parts: the study has {cells} cells"])
    if out is None:
        write_text(RUNS / ".gitignore", "*\n")
    return Plan(study, folder, text, command, workers, fresh, shard)
