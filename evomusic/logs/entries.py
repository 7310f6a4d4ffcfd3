"""Entries of logs: numbers of a curve's row, parameters, results of cells; and a watcher that collects them."""

from __future__ import annotations

import json
import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evomusic.core.ledger import Ledger
from evomusic.core.record import Curve, Record
from evomusic.core.watching import Setting
from evomusic.evolve.watch.diversity import distance, distinct_share
from evomusic.evolve.watch.stopping import Watcher
from evomusic.study.build import describe
from evomusic.study.columns import QUANTITIES, load
from evomusic.study.results import Cell, Run

Value = bool | int | float | str


def values_of(row: Sequence[float]) -> tuple[int, dict[str, float]]:
    """Steps, and the other numbers of a row of a curve by name; `sweeps` where there are any."""
    named = dict(zip(Curve._fields[1:], map(float, row[1:]), strict=True))
    return int(row[0]), named if named["sweeps"] else {k: v for k, v in named.items() if k != "sweeps"}


def diversity_of(ledger: Ledger) -> dict[str, float]:
    """Diversity of the melodies delivered last, where they are two or more: mean distance, share of different ones."""
    melodies = ledger.delivered
    if not ledger.form.of_melodies or len(melodies) < 2:
        return {}
    return {"distance": distance(melodies), "distinct": distinct_share(melodies)}


def parameters_of(table: Mapping[str, Any], path: str = "") -> dict[str, Value]:
    """Parameters by dotted name, of nested tables; lists as JSON, and none that is None."""
    found: dict[str, Value] = {}
    for key, value in table.items():
        name = re.sub(r"[^\w./ -]", "_", f"{path}{key}")
        if isinstance(value, Mapping):
            found |= parameters_of(value, f"{name}.")
        elif value is not None:
            found[name] = value if isinstance(value, (bool, int, float, str)) else json.dumps(value, default=str)
    return found


def setting_parameters(setting: Setting) -> dict[str, Value]:
    """Parameters of a run: task, method, budget and seed, and those of the method."""
    table = describe(setting.method)
    table = table if isinstance(table, dict) else {"kind": str(table)}
    return {
        "task": setting.task.name or "task",
        "method": type(setting.method).__name__,
        "steps": setting.steps,
        "seed": setting.seed,
        **parameters_of({k: v for k, v in table.items() if k != "kind"}, "method."),
    }


def cell_parameters(run: Run, cell: Cell) -> dict[str, Value]:
    """Parameters of a study's cell: its labels, budget and seed, and those of the method."""
    labels: dict[str, Value] = {"task": cell.task, "method": cell.method, "steps": run.steps, "seed": cell.seed}
    return labels | parameters_of(run.methods[cell.method], "method.")


def results_of(run: Run) -> dict[Cell, dict[str, float]]:
    """The results of each finished cell by name, as `em.load` has them, without those that a cell lacks."""
    table = load(run)
    names = (*QUANTITIES, "seconds")
    cells = zip(table["task"].tolist(), table["method"].tolist(), table["seed"].tolist(), strict=True)
    return {
        Cell(*cell): {n: float(table[n][i]) for n in names if np.isfinite(table[n][i])} for i, cell in enumerate(cells)
    }


def name_of(setting: Setting) -> str:
    """A run's name, such as `tune-GA-0`."""
    return f"{setting.task.name or 'task'}-{type(setting.method).__name__}-{setting.seed}"


class RunLog(Watcher):
    """A watcher that logs a run: each row of its curve, the diversity of a population, the best solution; ends none."""

    bursts = True
    _setting: Setting | None = None
    _ledger: Ledger | None = None
    _rows = 0

    def run_begins(self, setting: Setting) -> None:
        """Open the log of a run."""
        self._open(setting)
        self._setting, self._ledger, self._rows = setting, None, 0

    def __call__(self, ledger: Ledger) -> bool:
        """Log the rows since the last call; never ends a run."""
        if self._setting is None:
            raise ValueError(f"{type(self).__name__} is called outside of a run, expected em.run(..., watch=)")
        self._ledger = ledger
        self._write_rows()
        return False

    def run_ends(self, record: Record | None) -> None:
        """Log the last rows and the best solution, and close the log."""
        setting, self._setting = self._setting, None
        if setting is not None:
            try:
                self._write_rows()
            finally:
                self._close(setting, record)

    def _write_rows(self) -> None:
        if self._ledger is None or len(self._ledger.rows) == self._rows:
            return
        for row in self._ledger.rows[self._rows :]:
            self._write(*values_of(row))
        if found := diversity_of(self._ledger):
            self._write(self._ledger.rows[-1][0], found)
        self._rows = len(self._ledger.rows)

    @abstractmethod
    def _open(self, setting: Setting) -> None:
        """Open the log of a run."""

    @abstractmethod
    def _write(self, steps: int, values: Mapping[str, float]) -> None:
        """Log numbers by name at a step."""

    @abstractmethod
    def _close(self, setting: Setting, record: Record | None) -> None:
        """Log what a run has found, if it came to an end, and close the log."""
