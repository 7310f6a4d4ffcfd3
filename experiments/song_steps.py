"""What makes long songs pass for real? Each part of the model that long melodies hear, added to those before.

`python experiments/song_steps.py` writes results/song-steps.md; it takes some four minutes of a core. The critic hears
features of its own; real tunes are held out from all training.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

import evomusic as em
from evomusic.corpus import held_out, training
from evomusic.critic import judge

ROOT = Path(__file__).parent.parent
STEPS = ("plans", "theme", "joins", "close", "half", "echo")  # in the order in which they are added
SETS = 3  # of draws, each judged beside the same real tunes; the table has their mean
DRAWS = 1500  # of the model, for its density ratio


def rows(style: str) -> Iterator[str]:
    """Lines of the table for a collection."""
    grid = em.make("tune", style=style, bars=8).grid
    real, windows = held_out(grid, None, style=style), training(grid, style=style).melodies
    n = len(real.melodies)
    for k in range(len(STEPS) + 1):
        rng = np.random.default_rng(0)
        song = em.train_song(grid, windows, without=STEPS[k:])
        samplers = {f"+ {STEPS[k - 1]}" if k else "none of them": song}
        if k in (0, len(STEPS)):
            samplers["the same, typical"] = em.Typical.train(song, rng, draws=DRAWS)
        for name, sampler in samplers.items():
            draws = [sampler.sample(n, rng) for _ in range(SETS)]
            judged = [judge(drawn, real.melodies, real.names, grid, against=windows) for drawn in draws]
            aucs = " | ".join(spread([getattr(each, kind).auc for each in judged]) for kind in ("boosting", "linear"))
            copied, apart = (np.mean([getattr(v, kind) for v in judged]) for kind in ("copied", "diversity"))
            yield f"| `{style}`, {n} a side | {name} | {aucs} | {copied:.2f} | {apart:.2f} |"


def spread(aucs: list[float]) -> str:
    """Mean, least and greatest."""
    return f"{np.mean(aucs):.2f}, {min(aucs):.2f} to {max(aucs):.2f}"


def main() -> None:
    """Judge everything, and write the page."""
    lines = list[str]()
    for style in ("ryan", "airs"):
        for line in rows(style):
            lines.append(line)
            print(line, flush=True)
    page = HEAD.format(sets=SETS, draws=f"{DRAWS:,}") + "\n".join(lines) + "\n"
    (ROOT / "results" / "song-steps.md").write_text(page, encoding="utf-8")


HEAD = """# Songs of eight bars, step by step

Made by `python experiments/song_steps.py`. Eight bars of 4/4 in G major, beside excerpts of held-out tunes. AUC of the
project's critic, cross-validated so that excerpts of one tune stay together: .5 where generated and real cannot be told
apart; the mean of {sets} sets of draws, and the least and the greatest. Each row adds a part of the model to those
before (`em.train_song(without=...)` leaves them out): "plans", returns to the same place of the first half; "theme",
whether the second half begins as the first, drawn with the close; "joins", the last note before a return; "close", how
many notes are left before the last unit; "half", the bar before the middle; "echo", the moves of an earlier unit with
the same rhythm. Typical: accepted by the density ratio to training windows, estimated with {draws} draws. Copied: share
of melodies with a row of 12 notes, moves and lengths, of a training tune. Diversity: mean share of steps at which two
melodies sound differently.

| tunes | parts | AUC, boosting | AUC, linear | copied | diversity |
|---|---|---|---|---:|---:|
"""


if __name__ == "__main__":
    main()
