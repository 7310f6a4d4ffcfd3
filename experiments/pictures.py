"""Values that Q-learning learns on `tune`, drawn into results/learning: `python experiments/pictures.py`."""

from __future__ import annotations

from pathlib import Path

import evomusic as em
from evomusic.plots.style import save_figure

FOLDER = Path(__file__).parent.parent / "results" / "learning"


def main() -> None:
    task, learner = em.make("tune"), em.QLearning(epsilon=em.Decay(1.0, 0.05, 0.5))
    state = em.run(learner, task, steps=2_000_000, seed=0).state
    FOLDER.mkdir(parents=True, exist_ok=True)
    save_figure(em.plots.draw_values(task, learner, state), FOLDER / "values")
    save_figure(em.plots.draw_choices(task, learner, state), FOLDER / "choices")


if __name__ == "__main__":
    main()
