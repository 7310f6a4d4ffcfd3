from __future__ import annotations

import argparse
import platform
import sys
from functools import partial

import numba
import numpy

from benchmarks import (
    core,
    files,
    learning,
    listening,
    methods,
    planning,
    pomdps,
    problems,
    representations,
    sampling,
    scale,
    steps,
    studies,
)
from benchmarks.timing import Sheet


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Speed against peers, in one run.")
    parser.add_argument("--smoke", action="store_true", help="run each once, small; a missed aim is no error")
    parser.add_argument("--against", metavar="FOLDER", help="checkout of another build, to measure in turn")
    options = parser.parse_args()
    smoke = options.smoke
    sheet = Sheet(repeats=1 if smoke else 5)
    versions = f"Python {platform.python_version()}, numpy {numpy.__version__}, numba {numba.__version__}"
    print(f"{versions}; best of {sheet.repeats}")
    parts = (
        core.evaluation,
        core.tables,
        core.memory,
        methods.evolution,
        methods.learning,
        partial(steps.methods, against=options.against),
        methods.environments,
        problems.onemax,
        representations.programming,
        representations.machinery,
        representations.selection,
        learning.control,
        planning.iteration,
        planning.policies,
        planning.tasks,
        pomdps.bounds,
        sampling.draws,
        files.collection,
        listening.page,
        studies.pictures,
        studies.cells,
        scale.studies,
        partial(scale.finished, against=options.against),
    )
    for part in parts:
        part(sheet, smoke)
    if sheet.missed:
        print(f"{sheet.missed} missed{' (a smoke run is too short to judge by)' if smoke else ''}", file=sys.stderr)
    return 0 if smoke else int(sheet.missed > 0)


if __name__ == "__main__":
    sys.exit(main())
