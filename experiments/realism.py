"""Do melodies pass for real? A critic judges those of methods, of the soft optimum and of each step towards the song.

`python experiments/realism.py` writes results/realism.md: it computes everything, in about half an hour. The critic
hears features of its own, of which no reward uses one; real tunes are held out from all training.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import evomusic as em
from evomusic.corpus import held_out, training
from evomusic.critic import Verdict, judge

ROOT = Path(__file__).parent.parent
MANY = 200  # melodies of each row
SIDE = 400  # of the last rows, where there are so many real ones
STEPS = 100_000  # of each run of a method
DRAWS, LONG = 4000, 8000  # of a song, for the density ratio to real tunes; of one of eight bars or more
Melodies = NDArray[np.uint8]


def best_of_runs(task: em.Task, method: em.Searcher, rng: np.random.Generator) -> Melodies:
    """The best melody of each of `MANY` runs."""
    seeds = rng.integers(2**31, size=MANY).tolist()
    return np.stack([em.run(method, task, steps=STEPS, seed=seed).best for seed in seeds])


def population(rng: np.random.Generator) -> Melodies:
    """The last population of a run on the task `song`, whose offspring replace their parents."""
    task, usual = em.make("song"), dict(em.Notes().mutations)
    notes = em.Notes(first="style", mutations=usual | {"style": sum(usual.values())}, mutation_rate=0.6)
    method = em.SteadyState(population=MANY, offspring=MANY // 2, replace="parent", encoding=notes)
    return method.deliver(task, em.run(method, task, steps=4 * STEPS, seed=int(rng.integers(2**31))).state)


def sources(task: em.Task, windows: Melodies, rng: np.random.Generator) -> Iterator[tuple[str, Callable[[], Melodies]]]:
    """Names of the rows, and their melodies."""
    yield "hill climbing, the best of each run", lambda: best_of_runs(task, em.HillClimb(), rng)
    yield "GA, the best of each run", lambda: best_of_runs(task, em.GA(), rng)
    for temperature in (0.5, 2.0, math.inf):
        policy = task.soften(temperature)
        name = f"soft optimum, temperature {temperature:g}" if temperature < math.inf else "the task's style alone"
        yield name, lambda policy=policy: policy.sample(MANY, rng)
    for order in (1, 2, 3):
        song = em.train_song(task.grid, windows, order=order, form=False)
        yield f"units all new, pitches after {order}", lambda song=song: song.sample(MANY, rng)
    song = em.train_song(task.grid, windows)
    yield "song: units return", lambda: song.sample(MANY, rng)
    deep = em.train_song(task.grid, windows, order=5)
    yield "song, pitches after 5", lambda: deep.sample(MANY, rng)
    yield "evolution on `song`, a population of 200", lambda: population(rng)
    typical = em.Typical.train(song, rng)
    yield "typical song", lambda: typical.sample(MANY, rng)
    yield f"typical song, {SIDE} a side", lambda: typical.sample(SIDE, rng)
    drawn = song.sample(20 * MANY, rng)
    yield "the most typical of 4,000, not in proportion", lambda: drawn[np.argsort(-typical.log_ratio(drawn))[:MANY]]


FRAMES = (  # the parameters of a task, and the style whose tunes are real there
    ({}, "airs"),
    ({"bars": 8}, "ryan"),
    ({"bars": 8}, "airs"),
    ({"metre": "6/8"}, "airs"),
    ({"metre": "6/8", "bars": 8}, "airs"),
    ({"bars": 16}, "airs"),
    ({"metre": "6/8", "bars": 16}, "airs"),
    ({"metre": "3/4"}, "airs"),
    ({"metre": "9/8"}, "airs"),
    ({"key": "D minor"}, "airs-minor"),
)


def frames(rng: np.random.Generator) -> Iterator[str]:
    """Rows of other lengths, metres, modes and tunes: training tunes, the style alone, the song, the typical song."""
    for parameters, style in FRAMES:
        task = em.make("tune", style=style, **parameters)
        grid, real = task.grid, held_out(task.grid, None, style=style)
        windows = training(grid, style=style).melodies
        side = min(SIDE, len(real.melodies))
        chosen = rng.permutation(len(real.melodies))[:side]
        song = em.train_song(grid, windows)
        judged = [
            judge(melodies, real.melodies[chosen], [real.names[i] for i in chosen], grid, against=against)
            for melodies, against in (
                (windows[rng.permutation(len(windows))[:side]], None),
                (task.soften(math.inf).sample(side, rng), windows),
                (song.sample(side, rng), windows),
                (em.Typical.train(song, rng, draws=LONG if grid.bars >= 8 else DRAWS).sample(side, rng), windows),
            )
        ]
        metre, mode = "{}/{}".format(*grid.time_signature), str(grid.scale).partition(" ")[2]
        both = " | ".join(f"{verdict.boosting}; {verdict.linear}" for verdict in judged)
        yield f"| `{style}`, {grid.bars} bars of {metre}, {mode} | {side} | {both} | {judged[-1].copied:.2f} |"


def row(name: str, melodies: Melodies, verdict: Verdict, task: em.Task) -> str:
    """A line of the table."""
    returns = np.quantile(task.evaluate(melodies), [0.1, 0.5, 0.9])
    return (
        f"| {name} | {verdict.boosting} | {verdict.linear} | {verdict.copied:.2f} | {verdict.longest:.1f} "
        f"| {verdict.diversity:.2f} | {returns[1]:.1f} [{returns[0]:.1f}, {returns[2]:.1f}] |"
    )


def main() -> None:
    """Judge everything, and write the page."""
    task, rng = em.make("tune"), np.random.default_rng(0)
    grid = task.grid
    real, train = held_out(grid, None), training(grid)
    lines, telling = [], []
    chosen = rng.permutation(len(train.melodies))[:MANY]
    rows = [("real training tunes", lambda: train.melodies[chosen]), *sources(task, train.melodies, rng)]
    for name, melodies_of in rows:
        melodies = melodies_of()
        most = rng.permutation(len(real.melodies))[: len(melodies)]
        names = [real.names[i] for i in most]
        against = None if name.startswith("real") else train.melodies
        verdict = judge(melodies, real.melodies[most], names, grid, against=against)
        lines.append(row(name, melodies, verdict, task).replace("nan", "-"))
        tells = "; ".join(f"{feature} {there:g} -> {here:g}" for feature, there, here in verdict.telling[:5])
        telling.append(f"- **{name}**: {tells}")
        print(lines[-1], flush=True)
    heard = row("held-out tunes", real.melodies, verdict, task).rsplit("|", 2)[1]
    page = HEAD.format(many=MANY, real=len(real.melodies), steps=f"{STEPS:,}", heard=heard.strip())
    others = []
    for line in frames(rng):
        others.append(line)
        print(line, flush=True)
    text = (
        page
        + "\n".join(lines)
        + OTHERS.format(side=SIDE, draws=DRAWS, long=LONG)
        + "\n".join(others)
        + "\n\n## What tells\n\nMeans of real tunes -> of the row.\n\n"
        + "\n".join(telling)
    )
    (ROOT / "results" / "realism.md").write_text(text + "\n", encoding="utf-8")


HEAD = """# Do melodies pass for real?

Made by `python experiments/realism.py`. Four bars of `tune`, {many} melodies a row unless said, beside as many
excerpts of held-out tunes (of {real}; fewer than 400 are there). AUC of the project's critic, cross-validated so
that excerpts of one tune stay together, with a 95 % bootstrap interval: .5 where generated and real cannot be told
apart, 1 where always. Copied: share of melodies with a row of 12 notes, moves and lengths, of a training tune.
Diversity: mean share of steps at which two melodies sound differently. Return: median and P10 to P90 of the reward
of `tune`; held-out tunes have {heard}. Methods ran {steps} steps, evolution on `song` four times as many, from samples
of the song on, half of its mutations by the song.

| melodies | AUC, boosting | AUC, linear | copied | longest shared row | diversity | return |
|---|---|---|---:|---:|---:|---|
"""

OTHERS = """

## Other tunes, lengths, metres and modes

As many melodies as there are held-out excerpts, {side} at most, on both sides; AUC of boosting; of the linear model.
`airs` are O'Neill's and Aird's tunes; tunes of 16 bars are two parts of eight, without their repeats. Copied is that of
the typical song, whose density ratio is estimated with {draws:,} draws of the song, {long:,} from eight bars on.

| tunes | a side | training tunes | the style alone | song | typical song | copied |
|---|---:|---|---|---|---|---:|
"""


if __name__ == "__main__":
    main()
