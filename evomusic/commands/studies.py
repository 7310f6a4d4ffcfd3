"""`compare` and `plot`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from evomusic import comparison
from evomusic.commands.output import FAILED, OK, UsageError, console, print_json
from evomusic.study.progress import shown
from evomusic.study.store import read_run
from evomusic.study.table import print_tables, to_dict


def compare(
    study: Path | None,
    out: Path | None,
    given: dict[str, float | None],
    workers: int,
    sets: list[str],
    figures: bool,
    json: bool,
) -> int:
    """Run a study and print its table."""
    if workers < 0:
        raise UsageError(f"--workers is {workers}, expected 1 or more, or 0 for as many as there are cores")
    whole = {name: _whole(name, number) for name, number in given.items()}
    found = comparison.compare(study, out, **whole, workers=workers, overrides=sets, figures=figures)
    if json:
        failures = [{"name": f.name, "cause": f.cause} for f in found.failures]
        print_json(to_dict(found.run) | {"failures": failures})
    else:
        print_tables(found.run, console())
        print(f"{'report' if figures else 'results'}: {found.folder / ('report.html' if figures else '')}")
    for failure in found.failures:
        more = f"; see {failure.trace}" if failure.trace else ""
        print(f"evomusic: {failure.name} failed: {failure.cause}{more}", file=sys.stderr)
    return FAILED if found.failures else OK


def _whole(name: str, number: float | None) -> Any:
    if number is None:
        return None
    if number != int(number):
        raise UsageError(f"--{name} is {number:g}, expected a whole number")
    return int(number)


def plot(folder: Path, json: bool) -> int:
    """Draw a study's figures again."""
    run, progress = read_run(folder), shown()
    if not run.outcomes:
        raise UsageError(f"{folder} has no finished cell to draw; run the study first")
    try:
        comparison.picture(run, progress)
    finally:
        progress.close()
    written = sorted(p.as_posix() for p in folder.iterdir() if p.suffix in (".png", ".svg", ".html"))
    if json:
        print_json({"folder": folder.as_posix(), "written": written})
    else:
        print("\n".join(written))
    return OK
