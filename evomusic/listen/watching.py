"""A study's folder as it grows: its curves and best melodies as JSON, and what is inside of a method, computed again.

Cells that are finished are read once. The final state of a run (an archive, values that were learnt) is in no folder;
the run is made again, with the same seed, and is the same to the last bit, which is checked by its best return.
"""

from __future__ import annotations

import contextlib
import re
import threading
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from evomusic.core.grid import FIRST_PITCH, Grid
from evomusic.core.ledger import run as run_method
from evomusic.core.melody import Melody
from evomusic.core.task import Task
from evomusic.evolve.map_elites import Archive, MapElites
from evomusic.learn.learner import Learner, Learning
from evomusic.listen.page import frame, note_names
from evomusic.listen.web import Refused, Tabs
from evomusic.plots.archive import outlines, words
from evomusic.plots.curves import bands, levels
from evomusic.plots.ribbons import reading
from evomusic.plots.style import look
from evomusic.plots.values import learnt
from evomusic.study.config import Study, read_study, text_of
from evomusic.study.folder import RunError, read_provenance, read_resolved
from evomusic.study.provenance import settings
from evomusic.study.results import Cell, Outcome, Run, TaskRun
from evomusic.study.solutions import frame_of
from evomusic.study.statistics import ENOUGH
from evomusic.study.store import make_run, read_cells, read_references
from evomusic.study.work import seed_of

EVERY: Final = 1.0  # seconds between looks at the folder
NAME: Final = re.compile(r"[0-9]{1,5}-[0-9]{1,5}")


class Watching(Tabs):
    """A study's folder that may grow.

    Args:
        folder: of the study.

    Raises:
        RunError: it holds no study, or a damaged file.
    """

    def __init__(self, folder: Path):
        super().__init__()
        self.folder, self.version = folder, 0
        self._resolved: dict[str, Any] = {}
        self._provenance: dict[str, Any] = {}
        self._outcomes: dict[Cell, Outcome] = {}
        self._references: dict[str, dict[str, Any]] = {}
        self._inside: dict[Cell, dict[str, Any]] = {}
        self._lock, self._closed = threading.Lock(), threading.Event()
        self.look()

    def look(self) -> bool:
        """Read what is new; whether anything is."""
        resolved, references = read_resolved(self.folder), read_references(self.folder)
        provenance = read_provenance(self.folder)
        if (resolved, provenance) != (self._resolved, self._provenance):  # another study, or this one computed afresh
            self._outcomes, self._inside = {}, {}
            vars(self).pop("study", None)
        grids = {label: frame_of(task) for label, task in resolved["tasks"].items()}
        new = read_cells(self.folder, grids, resolved["methods"], resolved["seeds"], had=self._outcomes)
        before = self._resolved, self._provenance, self._references
        if not new and (resolved, provenance, references) == before:
            return False
        self._resolved, self._provenance, self._references = resolved, provenance, references
        self._outcomes = self._outcomes | new
        self.run = make_run(self.folder, self._resolved, self._provenance, references, self._outcomes)
        self.version += 1
        self.say("state", self.version)
        return True

    def keep_looking(self) -> None:
        """Look again and again, in a thread of its own, until `close`."""

        def work() -> None:
            while not self._closed.wait(EVERY):
                try:
                    self.look()
                except (RunError, OSError) as error:  # a cell that is just being written is there at the next look
                    self.say("progress", str(error).splitlines()[0])

        threading.Thread(target=work, name="evomusic-watch", daemon=True).start()

    def close(self) -> None:
        """Stop looking."""
        self._closed.set()

    # The page

    def state(self) -> dict[str, Any]:
        """Everything that the page shows."""
        run = self.run
        return {
            "version": self.version,
            "folder": self.folder.as_posix(),
            "size": run.size,
            "steps": run.steps,
            "seeds": run.seeds,
            "done": len(run.cells) - len(run.missing),
            "of": len(run.cells),
            "reading": reading(run),
            "tasks": [self._task(i, task, run) for i, task in enumerate(run.tasks.values()) if _melodic(task)],
        }

    def _task(self, number: int, task: TaskRun, run: Run) -> dict[str, Any]:
        drawn = {band.label: band for band in bands(task, "best", run.seeds >= ENOUGH)}
        methods = []
        for i, (label, outcomes) in enumerate(task.outcomes.items()):
            colour, _ = look(i)
            entry: dict[str, Any] = {
                "id": f"{number}-{i}",
                "label": label,
                "kind": run.methods[label].get("kind", ""),
                "colour": colour,
                "done": len(outcomes),
                "of": sum(cell.task == task.label and cell.method == label for cell in run.cells),
                "best": None,
                "inside": self._kind(label),
            }
            if label in drawn:
                band, best = drawn[label], task.best(label)
                ribbon = band.ribbon
                entry["curve"] = {
                    "steps": band.steps.tolist(),
                    "value": np.asarray(ribbon.value).tolist(),
                    "low": np.asarray(ribbon.low).tolist(),
                    "high": np.asarray(ribbon.high).tolist(),
                }
                entry["middle"] = band.value
                if best and isinstance(best.best, Melody):
                    entry["best"] = _melody(best.best) | {"return": best.best_return, "seed": best.cell.seed}
            methods.append(entry)
        return {
            "label": task.label,
            "frame": frame(cast("Grid", task.grid)),
            "certified": task.certified,
            "levels": [{"label": line.label, "value": line.value} for line in levels(task)],
            "methods": methods,
        }

    def best(self, name: str) -> Outcome:
        """The best outcome of a task and a method, by their numbers, such as `0-2`.

        Raises:
            Refused: there is none.
        """
        task, method = self._labels(name)
        found = self.run.tasks[task].best(method)
        if found is None:
            raise Refused("no cell of this method is finished yet", 404)
        return found

    def melody(self, name: str) -> Melody:
        """The best melody of a task and a method, by their numbers.

        Raises:
            Refused: there is none.
        """
        found = self.best(name).best
        if not isinstance(found, Melody):
            raise Refused("solutions of this task are no melodies", 404)
        return found

    def _labels(self, name: str) -> tuple[str, str]:
        numbers = [int(part) for part in name.split("-")] if NAME.fullmatch(name) else []
        tasks, methods = list(self.run.tasks), list(self.run.methods)
        if not numbers or numbers[0] >= len(tasks) or numbers[1] >= len(methods):
            raise Refused("there is no such method in this study", 404)
        return tasks[numbers[0]], methods[numbers[1]]

    # Inside of a method

    @cached_property
    def study(self) -> Study | None:
        """The study with its methods and tasks, where the folder has its file and all modules of it are there."""
        path = self.folder / "study.toml"
        if not path.is_file():
            return None
        with contextlib.suppress(ValueError):
            return read_study(text_of(path), settings(self._provenance), str(path))
        return None

    def _kind(self, method: str) -> str | None:
        """The kind of what is inside of a method: "archive", "policy", or nothing to be shown."""
        made = self.study.methods[method] if self.study is not None else None
        return "archive" if isinstance(made, MapElites) else "policy" if isinstance(made, Learner) else None

    def inside(self, name: str) -> dict[str, Any]:
        """The archive that a method's best run has filled, or the choices of the policy that it has learnt.

        Raises:
            Refused: there is neither, or the run cannot be made again as it was.
        """
        outcome = self.best(name)
        with self._lock:
            if outcome.cell not in self._inside:
                self._inside[outcome.cell] = self._compute(outcome)
            return self._inside[outcome.cell]

    def _compute(self, outcome: Outcome) -> dict[str, Any]:
        if self.study is None:
            why = "it was made from Python, or a module of it is missing"
            raise Refused(f"the runs of this study cannot be made again here: {why}", 404)
        cell, resolved = outcome.cell, self._resolved
        task, method = self.study.tasks[cell.task], self.study.methods[cell.method]
        if self._kind(cell.method) is None:
            raise Refused("this method keeps neither an archive nor a policy", 404)
        record = run_method(method, task, resolved["steps"], seed_of(resolved["seed"], cell.seed))
        if record.best_return != outcome.best_return:
            raise Refused("the run could not be made again as it was: the code or a package has changed", 409)
        if isinstance(method, MapElites):
            return _archive(task, method, record.state)
        if not (isinstance(method, Learner) and isinstance(record.state, Learning)):
            raise Refused("this learner keeps no table of values", 404)
        return _policy(task, method, record.state)


def _melodic(task: TaskRun) -> bool:
    """Whether solutions are melodies: the page shows no others."""
    return isinstance(task.grid, Grid)


def _melody(melody: Melody) -> dict[str, Any]:
    return {"notes": [list(note) for note in melody.notes], "names": note_names(melody)}


def _archive(task: Task, method: MapElites, archive: Archive) -> dict[str, Any]:
    """The cells of an archive with their outlines in the unit square, elites and their melodies."""
    limits, shapes = method.limits(task.grid), outlines(method.cells, method.seed)
    rows = method.deliver(task, archive)
    first, second = (words(type(measure).__name__) for measure in method.measures)
    return {
        "kind": "archive",
        "axes": [
            {"name": second, "low": limits[1][0], "high": limits[1][1]},
            {"name": first, "low": limits[0][0], "high": limits[0][1]},
        ],
        "outlines": [np.asarray(shape)[:, ::-1].round(5).tolist() for shape in shapes],
        "elites": [
            {
                "cell": int(cell),
                "return": float(value),
                "measures": [float(x) for x in pair[::-1]],
                **_melody(Melody(row, task.grid)),
            }
            for cell, value, pair, row in zip(archive.cells, archive.returns, archive.measures, rows, strict=True)
        ],
    }


def _policy(task: Task, learner: Learner, state: Learning) -> dict[str, Any]:
    """Action values along a learner's greedy melody: the tokens (A,) by step, and the melody."""
    found = learnt(task, learner, state)
    names = ["rest", "hold", *task.grid.names]
    return {
        "kind": "policy",
        "tokens": names,
        "greedy": found.melody.tokens.tolist(),
        "first": FIRST_PITCH,
        "q": [[None if np.isnan(x) else round(float(x), 6) for x in row] for row in found.q],
        **_melody(replace(found.melody, title="")),
    }
