"""What is shown on stderr while a study runs: a bar in a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

LINES = 4  # plain lines a run


class Progress:
    """Told of every job; this one keeps quiet."""

    def total(self, jobs: int, kept: int) -> None:
        """How many jobs there are, and how many cells are finished already."""

    def begun(self, name: str) -> None:
        """A job began."""

    def ended(self, name: str, cause: str) -> None:
        """A job ended; `cause` says why it failed, if it did."""

    def note(self, text: str) -> None:
        """Something is done that is no job."""

    def close(self) -> None:
        """Nothing more will be told."""


def shown() -> Progress:
    """Progress for stderr as it is."""
    return Live() if sys.stderr.isatty() else Plain()


class Plain(Progress):
    """A line at each quarter."""

    def __init__(self) -> None:
        self.jobs, self.done, self.began = 0, 0, time.monotonic()

    def total(self, jobs: int, kept: int) -> None:
        """Say what is to be done."""
        self.jobs, self.done = jobs, 0
        self.note(f"{jobs} jobs to do, {kept} cells finished before")

    def ended(self, name: str, cause: str) -> None:
        """Say how far it is, at times; failures at once."""
        if cause:
            self.note(f"{name} failed: {cause}")
        before, self.done = LINES * self.done // self.jobs, self.done + 1
        if LINES * self.done // self.jobs > before:
            self.note(f"{self.done} of {self.jobs} jobs done, {time.monotonic() - self.began:.0f} s")

    def note(self, text: str) -> None:
        """Say it."""
        print(f"evomusic: {text}", file=sys.stderr, flush=True)


class Live(Progress):
    """A bar with the names of what is running."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        names = TextColumn("{task.description}", markup=False)
        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), names)
        self.bar: Bar = Bar(*columns, console=Console(stderr=True), transient=True)
        self.line: TaskID | None = None
        self.running: list[str] = []

    def total(self, jobs: int, kept: int) -> None:
        """Show the bar."""
        self.bar.start()
        self.line = self.bar.add_task("starting", total=jobs)

    def begun(self, name: str) -> None:
        """Show the name."""
        self.running.append(name)
        self._show(0)

    def ended(self, name: str, cause: str) -> None:
        """Take the name away; say why it failed, if it did."""
        if name in self.running:
            self.running.remove(name)
        if cause:
            self.bar.console.print(f"evomusic: {name} failed: {cause}", markup=False, highlight=False, soft_wrap=True)
        self._show(1)

    def note(self, text: str) -> None:
        """Show it in the place of the names."""
        if self.line is not None:
            self.bar.update(self.line, description=text)

    def _show(self, more: int) -> None:
        if self.line is not None:
            self.bar.update(self.line, advance=more, description=", ".join(self.running))

    def close(self) -> None:
        """Take the bar away."""
        self.bar.stop()
