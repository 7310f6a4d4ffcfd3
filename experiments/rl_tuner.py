"""Metrics of RL Tuner's paper: the published table, noise, real tunes, and the melodies of a study.

`evomusic compare experiments/rl_tuner.toml && python experiments/rl_tuner.py` writes results/rl_tuner_metrics.md. A run
in another folder is named: `python experiments/rl_tuner.py FOLDER`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import evomusic as em
from evomusic.corpus import held_out, training
from evomusic.measures.tuner import METRICS, PUBLISHED, tuner_metrics
from evomusic.study.store import read_run

ROOT = Path(__file__).parent.parent
NOISE = 100_000  # melodies, as many as the paper's models wrote


def columns(task: em.Task, folder: Path) -> dict[str, tuple[dict[str, float], str]]:
    """Metrics by column, and the mean return with the number of melodies."""
    noise = np.random.default_rng(0).integers(0, task.grid.tokens, (NOISE, task.grid.steps), np.uint8)
    tunes = np.concatenate([held_out(task.grid, None).melodies, training(task.grid).melodies])
    found = {name: (dict(row), "") for name, row in PUBLISHED.items()}
    found |= {"noise": measured(task, noise), "real tunes": measured(task, tunes)}
    for method, outcomes in read_run(folder).tasks["rl-tuner"].outcomes.items():
        found[method] = measured(task, np.stack([outcome.best.tokens for outcome in outcomes]))
    return found


def measured(task: em.Task, melodies: NDArray[np.uint8]) -> tuple[dict[str, float], str]:
    """Metrics of melodies, and their mean return and number."""
    return tuner_metrics(task, melodies), f"{task.evaluate(melodies).mean():.1f} ({len(melodies):,})"


def table(found: dict[str, tuple[dict[str, float], str]]) -> str:
    """Markdown: a row a metric, a column a source."""
    lines = ["| metric | " + " | ".join(found) + " |", "|---|" + "---|" * len(found)]
    for metric in METRICS:
        unit = "" if metric.startswith("auto") else " %"
        lines.append(f"| {metric}{unit} | " + " | ".join(_text(row[metric]) for row, _ in found.values()) + " |")
    lines.append("| mean return (melodies) | " + " | ".join(returns for _, returns in found.values()) + " |")
    return "\n".join(lines) + "\n"


def _text(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.3g}" if abs(value) < 1 else f"{value:.1f}"


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "runs" / "rl_tuner"
    out = ROOT / "results" / "rl_tuner_metrics.md"
    out.write_text(HEAD + table(columns(em.make("rl-tuner"), folder)), encoding="utf-8")
    print(out.read_text(encoding="utf-8"))


HEAD = """# RL Tuner: the paper's metrics

Written by `python experiments/rl_tuner.py` of a run of `experiments/rl_tuner.toml`. The first four columns are printed
in Jaques, Gu, Turner & Eck (2016), table 1, each of 100,000 melodies sampled from a policy; the last columns are of the
best melody of each seed. Returns are the paper's theory reward, in all nine terms.

"""

if __name__ == "__main__":
    main()
