"""Does the soft optimum near a song, `soften(prior="song")`, pass for real at eight bars of 4/4?

`python experiments/song_prior.py` writes results/song-prior.md; it takes some five minutes of a core and 5 GB. The
critic hears features of its own; real tunes are held out from all training.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import evomusic as em
from evomusic.corpus import held_out, training
from evomusic.critic import judge

ROOT = Path(__file__).parent.parent
SIDE = 400  # melodies of each kind, or as many as there are real ones
TEMPERATURES = (4.0, 2.0)  # of the rules, in units of return
LIMIT = 100_000  # rows a step of the soft optimum: 7 to 10 million at 128 steps, some 5 GB while they are written
Melodies = NDArray[np.uint8]


def sources(task: em.Task, song: em.Song, rng: np.random.Generator) -> Iterator[tuple[str, Callable[[int], Melodies]]]:
    """Names of the rows, and their draws."""
    typical = em.Typical.train(song, rng)
    yield "song", lambda n: song.sample(n, rng)
    yield "typical song", lambda n: typical.sample(n, rng)
    for temperature in (math.inf, *TEMPERATURES):
        policy = task.soften(temperature, prior="song", rules=[] if temperature == math.inf else None, limit=LIMIT)
        name = "the automata alone" if temperature == math.inf else f"soft optimum, temperature {temperature:g}"
        planned = em.Planned(song, policy)
        yield name, lambda n, policy=policy: policy.sample(n, rng)
        yield f"{name}, in drawn plans", lambda n, planned=planned: planned.sample(n, rng)
        tilted = em.Typical.train(song, rng, source=planned)
        yield f"{name}, in drawn plans, typical", lambda n, tilted=tilted: tilted.sample(n, rng)


def rows(style: str, rng: np.random.Generator) -> Iterator[str]:
    """Lines of the table for a collection."""
    task = em.make("tune", style=style, bars=8)
    grid, real = task.grid, held_out(task.grid, None, style=style)
    windows, side = training(grid, style=style).melodies, min(SIDE, len(real.melodies))
    chosen = rng.permutation(len(real.melodies))[:side]
    there, names = real.melodies[chosen], [real.names[i] for i in chosen]
    own = windows[rng.permutation(len(windows))[:side]]
    song = em.train_song(grid, windows)
    for name, draw in [("real training tunes", lambda n: own), *sources(task, song, rng)]:
        melodies = draw(side)
        verdict = judge(melodies, there, names, grid, against=None if name.startswith("real") else windows)
        low, middle, high = np.quantile(task.evaluate(melodies), [0.1, 0.5, 0.9])
        copied = "-" if math.isnan(verdict.copied) else f"{verdict.copied:.2f}"
        yield (
            f"| `{style}`, {side} a side | {name} | {verdict.boosting} | {verdict.linear} | {copied} "
            f"| {verdict.diversity:.2f} | {middle:.1f} [{low:.1f}, {high:.1f}] |"
        )


def main() -> None:
    """Judge everything, and write the page."""
    rng, lines = np.random.default_rng(0), list[str]()
    for style in ("ryan", "airs"):
        for line in rows(style, rng):
            lines.append(line)
            print(line, flush=True)
    (ROOT / "results" / "song-prior.md").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


HEAD = """# The soft optimum near a song, at eight bars

Made by `python experiments/song_prior.py`. Eight bars of 4/4 in G major under the rules of `tune`, beside excerpts of
held-out tunes. AUC of the project's critic, cross-validated so that excerpts of one tune stay together, with a 95 %
bootstrap interval: .5 where generated and real cannot be told apart. Copied: share of melodies with a row of 12 notes,
moves and lengths, of a training tune. Diversity: mean share of steps at which two melodies sound differently. Return:
median and P10 to P90 of the reward of `tune`. `em.Planned` draws the policy in plans of the song, copies at no cost;
"typical" accepts by the density ratio to training windows (`em.Typical`).

| tunes | melodies | AUC, boosting | AUC, linear | copied | diversity | return |
|---|---|---|---|---:|---:|---|
"""


if __name__ == "__main__":
    main()
