"""Statistics and figures of a finished study."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks.timing import Sheet, seconds
from evomusic.comparison import compare
from evomusic.study.config import read_study

STUDY = Path(__file__).parents[1] / "experiments" / "which_method_when.toml"


def pictures(sheet: Sheet, small: bool) -> None:
    """`evomusic stats` and `evomusic plot` of ten methods with 30 seeds each on one task, each in a new process."""
    study = read_study(STUDY.read_text(encoding="utf-8"), (), STUDY.name)
    seeds, steps = (2, 20_000) if small else (study.seeds, study.steps)
    study = replace(study, tasks={"tune": study.tasks["tune"]}, seeds=seeds, steps=steps)
    with tempfile.TemporaryDirectory() as folder:
        compare(study, folder, figures=False)
        for command, what in (("stats", "statistics"), ("plot", "figures, melodies and report")):
            run = [sys.executable, "-m", "evomusic", command, folder]
            spent = seconds(lambda run=run: subprocess.run(run, check=True, capture_output=True), sheet.repeats)
            sheet.most(f"{what} of a study of {len(study.methods) * seeds} cells, a new process", spent, "s", 5)
