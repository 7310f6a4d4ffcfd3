"""Progress on stderr while a study runs: a bar in a terminal, one line in a notebook, a few plain lines elsewhere."""

from __future__ import annotations

import contextlib
import itertools
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

LINES = 8  # plain lines a run
NAMES = 4  # of running jobs that are shown
SILENCE = 10.0  # seconds after which the next job that ends gets a line
COMPILING = "compiling kernels (first run only; kept in the cache)"


class Progress:
    """Hears of every job; this one keeps quiet."""

    def total(self, jobs: int, finished: int) -> None:
        """The numbers of jobs, and of cells that are finished already."""

    def begun(self, name: str) -> None:
        """A job began."""

    def ended(self, name: str, cause: str) -> None:
        """A job ended; `cause` says why it failed, if it did."""

    def note(self, text: str) -> None:
        """Something is done that is no job."""

    def close(self) -> None:
        """Nothing more will come."""


def shown() -> Progress:
    """Progress for stderr as it is."""
    if sys.stderr is not None and sys.stderr.isatty():
        return Live()
    return Notebook() if "ipykernel" in sys.modules else Plain()


def opening(jobs: int, finished: int) -> str:
    """The first line: how much there is to do, and what is not done again."""
    if not jobs:
        return f"nothing to compute: all {finished} cells were finished before and are kept; --fresh computes again"
    cells = f"{finished} {'cell' if finished == 1 else 'cells'} finished before"
    before = f", {cells} stay (--fresh computes all again)" if finished else ""
    return f"{jobs} {'job' if jobs == 1 else 'jobs'} to do{before}"


def cold() -> bool:
    """Whether no kernel was ever compiled into the cache; to be asked before the first is."""
    import numba

    from evomusic import _jit  # noqa: F401  # names the cache's folder

    folder = Path(getattr(numba.config, "CACHE_DIR", "") or ".")
    return next(folder.rglob("*.nbi"), None) is None


def duration(seconds: float) -> str:
    """A time in words, such as `40 s` or `3 min`."""
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min" if seconds < 6000 else "hours"


class Plain(Progress):
    """A line at each eighth of the jobs, with the time that is left."""

    def __init__(self) -> None:
        self.jobs, self.done, self.began = 0, 0, time.monotonic()
        self.cold, self.last = cold(), self.began

    def total(self, jobs: int, finished: int) -> None:
        """Say how much there is to do."""
        self.jobs, self.done, self.began = jobs, 0, time.monotonic()
        self.note(opening(jobs, finished))
        if jobs and self.cold:
            self.note(COMPILING)

    def ended(self, name: str, cause: str) -> None:
        """Say how far it is, at times; failures at once."""
        if cause:
            self.note(f"{name} failed: {cause}")
        before, self.done = LINES * self.done // self.jobs, self.done + 1
        now = time.monotonic()
        if LINES * self.done // self.jobs > before or now - self.last > SILENCE:
            seconds, self.last = now - self.began, now
            left = (self.jobs - self.done) * seconds / self.done
            more = f", about {duration(left)} left" if self.done < self.jobs else ""
            self.note(f"{self.done} of {self.jobs} jobs done, {seconds:.0f} s{more}")

    def note(self, text: str) -> None:
        """Say it; nobody may be reading."""
        with contextlib.suppress(OSError):
            print(f"evomusic: {text}", file=sys.stderr, flush=True)


class Notebook(Plain):
    """One line that is written over, as Jupyter shows it; failures stay."""

    def __init__(self) -> None:
        super().__init__()
        self.length = 0  # of the line that is to be covered

    def ended(self, name: str, cause: str) -> None:
        """Say how far it is, at times; failures at once, each on a line of its own."""
        if cause:
            self.note(f"{name} failed: {cause}")
            self._write("\n")
            self.length = 0
        super().ended(name, "")

    def note(self, text: str) -> None:
        """Write it over what was there."""
        line = f"evomusic: {text}"
        self._write(f"\r{line:<{self.length}}")
        self.length = len(line)

    def close(self) -> None:
        """End the line."""
        self._write("\n")

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            print(text, end="", file=sys.stderr, flush=True)


class Live(Progress):
    """A bar with the names of what is running."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        names = TextColumn("{task.description}", markup=False)
        left = (TextColumn("left"), TimeRemainingColumn())
        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), *left, names)
        self.bar: Bar = Bar(*columns, console=Console(stderr=True), transient=True)
        self.line: TaskID | None = None
        self.running: dict[str, None] = {}
        self.cold = cold()

    def total(self, jobs: int, finished: int) -> None:
        """Say how much there is to do, and show the bar."""
        self._say(opening(jobs, finished))
        if jobs and self.cold:
            self._say(COMPILING)
        self.bar.start()
        self.line = self.bar.add_task("starting", total=jobs)

    def begun(self, name: str) -> None:
        """Show the name."""
        self.running[name] = None
        self._show(0)

    def ended(self, name: str, cause: str) -> None:
        """Take the name away; say why it failed, if it did."""
        self.running.pop(name, None)
        if cause:
            self._say(f"{name} failed: {cause}")
        self._show(1)

    def note(self, text: str) -> None:
        """Show it in the place of the names, or as a line while there is no bar."""
        if self.line is None:
            self._say(text)
        else:
            self.bar.update(self.line, description=text)

    def _say(self, text: str) -> None:
        self.bar.console.print(f"evomusic: {text}", markup=False, highlight=False, soft_wrap=True)

    def _show(self, more: int) -> None:
        if self.line is not None:
            first = ", ".join(itertools.islice(self.running, NAMES))
            others = f" and {len(self.running) - NAMES:,} more" if len(self.running) > NAMES else ""
            self.bar.update(self.line, advance=more, description=first + others)

    def close(self) -> None:
        """Take the bar away."""
        self.bar.stop()
