"""News for watchers of a run: that it begins, and that it has ended.

A watcher is called with the ledger after each batch. One that has a function `run_begins` is passed a `Setting` before
the first; one that has `run_ends` is passed the record after the last, or None where an error ended the run.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Setting(NamedTuple):
    """A run as it begins.

    Args:
        method: the method, with its sizes and schedules for the budget.
        task: the task or problem.
        steps: the budget.
        seed: of the run.
    """

    method: Any
    task: Any
    steps: int
    seed: int


def announce(watch: object, function: str, news: object) -> None:
    """Pass a watcher news of its run, if it has a function for such."""
    if callable(hear := getattr(watch, function, None)):
        hear(news)
