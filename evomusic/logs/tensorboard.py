"""Logs of TensorBoard: a watcher of a run, and studies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path

from evomusic.core.checks import wrong
from evomusic.core.melody import Melody
from evomusic.core.record import Record
from evomusic.core.watching import Setting
from evomusic.logs.entries import RunLog, cell_parameters, name_of, results_of, setting_parameters, values_of
from evomusic.logs.events import Events, require_tensorboard
from evomusic.logs.folders import PathLike, chosen, finished, new_folder
from evomusic.study.results import Run
from evomusic.study.solutions import found_of


class TensorBoard(RunLog):
    """A watcher that logs runs for TensorBoard: `em.run(method, task, watch=em.TensorBoard("runs/board"))`.

    Each run has a folder of its own within, named by task, method and seed, with the parameters of the method, the rows
    of its curve by steps, the diversity of what it delivers where that is several melodies, and at the end the best
    melody as text, roll and sound. `place` is the folder of the last run. Look at it by `tensorboard --logdir FOLDER`.

    Args:
        folder: that TensorBoard is shown.
        name: of the run's folder instead; where one is there, a number is added.

    Raises:
        ValueError: the folder or the name is no path.
        NotInstalled: tensorboard is missing.
    """

    def __init__(self, folder: PathLike, name: str | None = None) -> None:
        require_tensorboard("TensorBoard")
        if not isinstance(folder, (str, Path)):
            raise wrong("folder", folder, "a path")
        if name is not None and (not isinstance(name, str) or not name):
            raise wrong("name", name, "a name, or None")
        self.folder, self.name, self.place = Path(folder), name, Path(folder)

    def _open(self, setting: Setting) -> None:
        self.place = _free(self.folder / (self.name or name_of(setting)))
        self.place.mkdir(parents=True)
        self._events = Events(self.place)
        self._events.parameters(setting_parameters(setting))

    def _write(self, steps: int, values: Mapping[str, float]) -> None:
        self._events.numbers(steps, values)

    def _close(self, setting: Setting, record: Record | None) -> None:
        try:
            if record is not None:
                best = found_of(setting.task, record.best)
                self._events.text(record.steps, "best", _shown(best.text, record.best_return))
                if isinstance(best, Melody):
                    self._events.melody(record.steps, "best", best)
        finally:
            self._events.close()


def write_tensorboard(run: Run | PathLike, folder: PathLike, tasks: Sequence[str] | None = None) -> Path:
    """Write a study for TensorBoard: a folder a finished cell, `task/method/seed`.

    Args:
        run: the study, or its folder.
        folder: to make.
        tasks: labels of the tasks to write; all of them for None.

    Returns:
        The folder, for `tensorboard --logdir`.

    Raises:
        ValueError: a label is no task's, no cell is finished, or the folder is there and not empty.
        RunError: the folder of the study holds none, or a damaged one.
        NotInstalled: tensorboard is missing.
    """
    require_tensorboard("write_tensorboard")
    run = finished(run)
    labels = [task.label for task in chosen(run, tasks)]
    results = results_of(run)
    with new_folder(folder) as aside:
        for outcome in run.outcomes:
            if outcome.cell.task in labels:
                events = Events(aside / outcome.cell.task / outcome.cell.method / str(outcome.cell.seed))
                events.parameters(cell_parameters(run, outcome.cell))
                for row in zip(*(column.tolist() for column in outcome.curve), strict=True):
                    events.numbers(*values_of(row))
                last = int(outcome.curve.steps[-1])
                events.results(last, results[outcome.cell])
                events.text(last, "best", _shown(outcome.best.text, outcome.best_return))
                events.close()
    return Path(folder)


def _shown(text: str, value: float) -> str:
    """A solution and its return as Markdown."""
    return f"return {value!r}\n\n    {text}"


def _free(path: Path) -> Path:
    """The path, or the first with a number that is free."""
    return next(p for i in count(1) if not (p := path if i == 1 else path.with_name(f"{path.name}-{i}")).exists())
