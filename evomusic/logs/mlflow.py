"""Runs and studies logged to MLflow, by its client alone: no active run and no tracking URI of the process changes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evomusic.core.checks import optional, wrong
from evomusic.core.melody import Melody
from evomusic.core.record import Curve, Record
from evomusic.core.solution import Solution
from evomusic.core.watching import Setting
from evomusic.io import write
from evomusic.logs.entries import RunLog, Value, cell_parameters, name_of, results_of, setting_parameters, values_of
from evomusic.logs.folders import PathLike, chosen, finished
from evomusic.study.cells import CURVE
from evomusic.study.folder import to_csv
from evomusic.study.results import Run
from evomusic.study.solutions import found_of

MOST_METRICS, MOST_PARAMETERS = 1000, 100  # of a request
PAUSE = 5.0  # seconds between requests of a run that goes on


class MLflow(RunLog):
    """A watcher that logs runs to MLflow: `em.run(method, task, watch=em.MLflow("http://localhost:5000"))`.

    Each run is one of MLflow, named by task, method and seed, with the parameters of the method, the rows of its curve
    as metrics by steps, the diversity of what it delivers where that is several melodies, and as artifacts the best
    melody (`best.txt`, `best.mid`), `curve.csv` and `improvements.csv`. `run_id` is that of the last run.

    Args:
        uri: where MLflow tracks; its own default for None.
        experiment: name of the experiment, made where it is not there.
        name: of the run instead.

    Raises:
        ValueError: a name is none.
        NotInstalled: mlflow is missing.
    """

    def __init__(self, uri: str | None = None, experiment: str = "evomusic", name: str | None = None) -> None:
        for key, value in (("uri", uri), ("name", name)):
            if value is not None and (not isinstance(value, str) or not value):
                raise wrong(key, value, "a text, or None")
        if not isinstance(experiment, str) or not experiment:
            raise wrong("experiment", experiment, "a name")
        self._mlflow = optional("mlflow", "MLflow", "mlflow")
        self.uri, self.experiment, self.name, self.run_id = uri, experiment, name, ""

    def _open(self, setting: Setting) -> None:
        client = self._mlflow.MlflowClient(tracking_uri=self.uri)
        experiment = _experiment(client, self.experiment)
        self._log = _Log(client, experiment, self.name or name_of(setting), setting_parameters(setting))
        self.run_id = self._log.run_id

    def _write(self, steps: int, values: Mapping[str, float]) -> None:
        self._log.metrics(steps, values)

    def _close(self, setting: Setting, record: Record | None) -> None:
        if record is None:
            self._log.close("FAILED")
            return
        self._log.artifacts(found_of(setting.task, record.best), record.curve, record.improvements.tolist())
        self._log.close("FINISHED")


def write_mlflow(
    run: Run | PathLike, uri: str | None = None, experiment: str | None = None, tasks: Sequence[str] | None = None
) -> str:
    """Log a study to MLflow: a run a finished cell, named `task/method/seed`.

    Args:
        run: the study, or its folder.
        uri: where MLflow tracks; its own default for None.
        experiment: name of the experiment to make; that of the study's folder for None.
        tasks: labels of the tasks to log; all of them for None.

    Returns:
        The number of the experiment.

    Raises:
        ValueError: a label is no task's, no cell is finished, or the experiment is there.
        RunError: the folder of the study holds none, or a damaged one.
        NotInstalled: mlflow is missing.
    """
    mlflow = optional("mlflow", "write_mlflow", "mlflow")
    run = finished(run)
    labels, results = [task.label for task in chosen(run, tasks)], results_of(run)
    name, client = experiment or run.folder.resolve().name, mlflow.MlflowClient(tracking_uri=uri)
    if client.get_experiment_by_name(name) is not None:
        raise ValueError(f"experiment {name!r} is there, expected the name of a new one")
    number = str(client.create_experiment(name))
    for outcome in run.outcomes:
        if outcome.cell.task in labels:
            log = _Log(client, number, str(outcome.cell), cell_parameters(run, outcome.cell))
            for row in zip(*(column.tolist() for column in outcome.curve), strict=True):
                log.metrics(*values_of(row))
            found = {f"result/{result}": value for result, value in results[outcome.cell].items()}
            log.metrics(int(outcome.curve.steps[-1]), found)
            log.artifacts(outcome.best, outcome.curve, outcome.improvements.tolist())
            log.close("FINISHED")
    return number


def _experiment(client: Any, name: str) -> str:
    """The number of an experiment, made where it is not there."""
    found = client.get_experiment_by_name(name)
    return str(client.create_experiment(name) if found is None else found.experiment_id)


class _Log:
    """A run of MLflow; metrics are sent together, every few seconds."""

    def __init__(self, client: Any, experiment: str, name: str, parameters: Mapping[str, Value]) -> None:
        self._client, self._waiting, self._sent = client, list[Any](), time.monotonic()
        self._entities: Any = optional("mlflow.entities", "MLflow", "mlflow")
        self.run_id: str = client.create_run(experiment, run_name=name).info.run_id
        listed = [self._entities.Param(key, str(value)) for key, value in parameters.items()]
        for i in range(0, len(listed), MOST_PARAMETERS):
            client.log_batch(self.run_id, params=listed[i : i + MOST_PARAMETERS])

    def metrics(self, steps: int, values: Mapping[str, float]) -> None:
        """Log numbers by name at a step."""
        now = int(time.time() * 1000)
        self._waiting += [self._entities.Metric(name, value, now, steps) for name, value in values.items()]
        if len(self._waiting) > MOST_METRICS // 2 or time.monotonic() - self._sent > PAUSE:
            self._send()

    def artifacts(self, best: Melody | Solution, curve: Curve, improvements: Sequence[Sequence[float]]) -> None:
        """Log the best solution, the curve and the improvements as files."""
        texts = {
            "best.txt": best.text.replace(" | ", "\n") + "\n",
            "curve.csv": to_csv(CURVE, zip(*(column.tolist() for column in curve), strict=True)),
            "improvements.csv": to_csv(("steps", "best"), ((int(steps), value) for steps, value in improvements)),
        }
        with tempfile.TemporaryDirectory() as folder:
            for name, text in texts.items():
                Path(folder, name).write_text(text, encoding="utf-8")
            if isinstance(best, Melody):
                write(best, Path(folder, "best.mid"))
            self._client.log_artifacts(self.run_id, folder)

    def close(self, status: str) -> None:
        """Send what is left, and say how the run ended."""
        self._send()
        self._client.set_terminated(self.run_id, status)

    def _send(self) -> None:
        for i in range(0, len(self._waiting), MOST_METRICS):
            self._client.log_batch(self.run_id, metrics=self._waiting[i : i + MOST_METRICS])
        self._waiting, self._sent = [], time.monotonic()
