"""Statistics and figures of a finished study."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.timing import Sheet, seconds
from evomusic.comparison import compare
from evomusic.study.config import Study, read_study
from evomusic.study.packs import Writer, read_lines
from evomusic.study.results import Cell
from evomusic.study.runner import Plan, run_study
from evomusic.study.store import read_run

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


def cells(sheet: Sheet, small: bool) -> None:
    """Many tiny cells: run by two workers, stored, and read."""
    count = 200 if small else 10_000
    study = Study(tasks={"tiny": "tiny"}, methods={"random": "RandomSearch"}, steps=64, seeds=count)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.perf_counter()
        assert run_study(Plan(study, folder / "run", workers=2)).failures == []
        spent = time.perf_counter() - began
        sheet.most(f"{count:,} tiny cells on two workers, a cell", spent / count * 1e3, "ms", 1.5)
        read = seconds(lambda: read_run(folder / "run"), sheet.repeats)
        sheet.most("the same read and checked, a cell", read / count * 1e3, "ms", 0.5)
        texts = [line.text + b"\n" for line in read_lines(folder / "run", "tiny", "random")]
        lines = [(Cell("tiny", "random", seed), text) for seed, text in enumerate(texts)]
        began = time.perf_counter()
        with Writer(folder / "again") as writer:
            for start in range(0, count, 20):
                writer.add(lines[start : start + 20])
        sheet.least("cells stored", count / (time.perf_counter() - began), "a second", 1000)
