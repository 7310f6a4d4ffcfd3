"""Work on a cluster's workers: the tasks' tables come once per worker, by a plugin, and jobs as bytes."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections.abc import Sequence
from typing import Any

from distributed.diagnostics.plugin import WorkerPlugin

import evomusic
from evomusic.study.processes import ONE_THREAD
from evomusic.study.work import Answer, do_all

_runs: dict[str, tuple[Any, threading.Event]] = {}  # tasks of running studies by token, and whether all is to end


class Tables(WorkerPlugin):  # type: ignore[misc]  # of a package without types
    """Gives a worker, whenever it comes, the tasks of a study.

    Args:
        name: a token of the run.
        tasks: pickled tasks by label.
    """

    def __init__(self, name: str, tasks: bytes) -> None:
        self.name, self.tasks, self.version = name, tasks, evomusic.__version__
        self.path = [os.path.abspath(entry) for entry in sys.path]

    def setup(self, worker: Any) -> None:
        """Read the tasks.

        Raises:
            RuntimeError: the worker has another version of evomusic.
        """
        if evomusic.__version__ != self.version:
            raise RuntimeError(f"this worker has evomusic {evomusic.__version__}, the study is run by {self.version}")
        os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
        sys.path += [entry for entry in self.path if entry not in sys.path]  # modules beside the study, on shared disks
        _runs[self.name] = pickle.loads(self.tasks), threading.Event()  # from the study's own process

    def teardown(self, worker: Any) -> None:
        """Forget them."""
        halt(self.name)
        _runs.pop(self.name, None)


def do_there(run: str, jobs: bytes) -> list[Answer]:
    """Do pickled jobs of a run."""
    tasks, stop = _runs[run]
    some: Sequence[Any] = pickle.loads(jobs)
    return do_all(some, tasks, stop)


def halt(run: str) -> None:
    """Let the jobs of a run end soon."""
    if run in _runs:
        _runs[run][1].set()
