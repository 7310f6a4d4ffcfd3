"""How many choices does the model of a listener need? Simulated listeners with hidden weights, on melodies of `tune`.

`python experiments/listener.py` writes results/listener.md and its figure: it computes everything, in some minutes on
one core. The prior and the lapse rate are chosen on listeners of their own, none of which is reported.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from textwrap import wrap
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

import evomusic as em
from evomusic.listener.preference import LAPSE, PRIOR
from evomusic.measures.features import note_line, note_moves, pitch_range
from evomusic.plots.style import heading, look, new_figure, save_figure, settings

ROOT = Path(__file__).parent.parent
SEEDS, TUNING = range(30), range(1000, 1040)
MOST = 80  # choices of a listener
POOL, UNSEEN = 200, 200  # melodies that pairs are chosen from; pairs that are ranked
STAYS = 3  # successive choices after which a level must hold
LEVELS = (0.8, 0.9)
NOISE = (0.0, 0.1, 0.2)
CARES = 3  # aspects that a listener with sparse weights cares for
PRIORS, LAPSES = (0.1, 0.25, 0.5, 1.0), (0.05, 0.1, 0.2)
FAMILIES = {
    "sparse": f"{CARES} aspects with normal weights, the others 0",
    "dense": "all aspects with independent normal weights",
    "Pearce": "the regression of Pearce (2005), section 9.5",
}
PAIRS = ("informative", "random")
FEW = (  # aspects, one for each topic
    *("IntervalSize", "Range", "UniqueClimax", "Cadence", "ChordTones", "PitchStyle", "RhythmStyle", "MeanPitch"),
    *("NotesPerBar", "RepeatShare", "TurnShare", "RhythmRepetition"),
)
Floats = NDArray[np.float64]
Curves = dict[tuple[str, str, float], Floats]  # by family, pairs and noise: (seeds, choices)


class Melodies(NamedTuple):
    """Standardised aspects (P, D), and the hidden utility (P,)."""

    values: Floats
    utility: Floats


def pearce(rows: NDArray[np.uint8], grid: em.Grid) -> Floats:
    """Features (P, 3) of the regression that differ here: range, pitch centre, dissonant intervals."""
    line, noted = note_line(rows, grid)
    moves, moved = note_moves(rows, grid)
    size = np.abs(moves)
    dissonant = moved & (np.isin(size, (6, 10, 11)) | ((size > 12) & (size != 24)))
    centre = np.where(noted, line, 0).sum(axis=1) / np.maximum(noted.sum(axis=1), 1)
    return np.column_stack([np.abs(pitch_range(rows, grid) - 11.8), np.abs(centre - 70), dissonant.sum(axis=1)])


class World:
    """The task, its aspects on draws of the song (a few of them, or all when none is named), and listeners."""

    def __init__(self, few: Sequence[str] = ()) -> None:
        self.task, self.song = em.make("tune"), em.make("song").sampler
        reference = self.draw(1000, np.random.default_rng(1883))
        self.aspects = em.Aspects.of(self.task, reference)
        self.places = [self.aspects.names.index(name) for name in few or self.aspects.names]
        features = pearce(reference, self.task.grid)
        self.features = features.mean(axis=0), features.std(axis=0)

    def draw(self, n: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        return self.song.sample(n, rng)

    @cache  # noqa: B019  # one world
    def heard(self, seed: int) -> tuple[Floats, Floats]:
        """Aspects and features of the melodies that a listener of any family hears."""
        rows = self.draw(POOL + 2 * UNSEEN, np.random.default_rng([1, seed]))
        return self.aspects.values(rows)[:, self.places], (
            pearce(rows, self.task.grid) - self.features[0]
        ) / self.features[1]

    def melodies(self, family: str, seed: int) -> tuple[Melodies, Melodies]:
        """A generation to choose pairs from, and the two sides of unseen pairs, end to end, of one listener."""
        values, features = self.heard(seed)
        if family == "Pearce":
            utility = features @ np.array([-0.2854, -0.2066, -0.7047])
        else:
            rng = np.random.default_rng([2, *map(ord, family), seed])
            weights = rng.standard_normal(len(self.places))
            if family == "sparse":
                weights[rng.permutation(len(weights))[CARES:]] = 0.0
            utility = values @ weights
        return Melodies(values[:POOL], utility[:POOL]), Melodies(values[POOL:], utility[POOL:])


def listen(
    world: World, family: str, seed: int, pairs: str, noise: float, prior: float, lapse: float, most: int
) -> Floats:
    """Share (most,) of unseen pairs that are ranked right after each choice; equal ones count a half."""
    pool, unseen = world.melodies(family, seed)
    rng = np.random.default_rng([7, *map(ord, family), seed])  # the same for both ways of choosing pairs
    gaps, gain = unseen.values[:UNSEEN] - unseen.values[UNSEEN:], unseen.utility[:UNSEEN] - unseen.utility[UNSEEN:]
    asked, wins, right = list[tuple[int, int]](), list[float](), []
    belief = em.fit_preference(pool.values[:0], pool.values[:0], [], prior=prior, lapse=lapse)
    every = list(itertools.combinations(range(POOL), 2))
    order = rng.permutation(len(every))[:most]
    for n in range(most):
        pair = belief.informative_pair(pool.values, asked) if pairs == "informative" and n else every[order[n]]
        asked.append(pair)
        likes = 0.5 + 0.5 * float(np.sign(pool.utility[pair[0]] - pool.utility[pair[1]]))
        wins.append(1 - likes if rng.random() < noise else likes)
        first, second = np.array(asked).T
        belief = em.fit_preference(pool.values[first], pool.values[second], wins, prior=prior, lapse=lapse)
        guess = np.sign(gaps @ belief.mean) * np.sign(gain)
        right.append(float(np.where(guess == 0, 0.5, guess > 0).mean()))
    return np.array(right)


def reached(right: Floats, level: float) -> float:
    """Choices until so many are ranked right, and stay so for `STAYS` choices; infinite where that never is."""
    good = right >= level - 1e-12
    runs = np.lib.stride_tricks.sliding_window_view(good, STAYS).all(axis=1)
    return float(runs.argmax() + 1) if runs.any() else math.inf


def median(values: Sequence[float]) -> tuple[float, float, float]:
    """Median, and its distribution-free 95 % interval by order statistics: the 10th and the 21st of 30."""
    ranked, n = sorted(values), len(values)
    tail, k = 0.0, 0
    while tail + math.comb(n, k) / 2**n <= 0.025:
        tail, k = tail + math.comb(n, k) / 2**n, k + 1
    low, high = ranked[(n - 1) // 2], ranked[n // 2]
    return (low if low == high else (low + high) / 2), ranked[max(k - 1, 0)], ranked[min(n - k, n - 1)]


def count(value: float) -> str:
    return f"> {MOST}" if math.isinf(value) else f"{value:g}"


def cell(values: Sequence[float]) -> str:
    middle, low, high = median(values)
    censored = sum(map(math.isinf, values))
    return f"{count(middle)} [{count(low)}, {count(high)}]" + (f", {censored} censored" if censored else "")


def tuned(world: World) -> tuple[list[str], float, float]:
    """The table of tuning, and the prior and the lapse rate that rank best after 20 choices."""
    lines, scores = [], {}
    for prior, lapse in itertools.product(PRIORS, LAPSES):
        each = [
            np.mean([listen(world, family, s, "informative", 0.1, prior, lapse, 20)[-1] for s in TUNING])
            for family in ("sparse", "dense")
        ]
        scores[prior, lapse] = float(np.mean(each))
        lines.append(f"| {prior:g} | {lapse:g} | {each[0]:.3f} | {each[1]:.3f} |")
    return lines, *max(scores, key=lambda key: scores[key])


def report(world: World, curves: Curves, few: Curves, tuning: list[str], best: Sequence[float]) -> str:
    lines = "\n".join(
        [*opening(world), *results(curves), *reading(curves), *fewer(few), *closing(world, tuning, best), ""]
    ).split("\n")
    blocks = [
        list(block) for _, block in itertools.groupby(lines, key=lambda line: line[:1] in ("", "#", "|", "-", "!"))
    ]
    prose = [block if block[0][:1] in ("", "#", "|", "-", "!") else wrap(" ".join(block), 120) for block in blocks]
    return "\n".join(itertools.chain.from_iterable(prose))


def opening(world: World) -> Iterator[str]:
    rules, size = int(world.aspects.is_rule.sum()), len(world.aspects.names)
    names = ", ".join(name.split("(")[0] for name in world.aspects.names)
    yield f"""# How many choices does the model of a listener need?

Made by `python experiments/listener.py`. Simulated listeners choose between two melodies of `tune`, {MOST}
times. The model
(`em.fit_preference`, prior {PRIOR:g}, lapse {LAPSE:g}) learns from one pair after the other, out of a
generation of {POOL} draws
of the song; pairs are informative (`informative_pair`) or random. After each choice the model ranks {UNSEEN}
unseen pairs of
other draws. Counted are the choices until 80 or 90 % of these are ranked right, {STAYS} choices in a row.
Noise is the
probability that an answer is turned round. {len(SEEDS)} listeners a row; medians with distribution-free 95 %
intervals. A run that
did not get there in {MOST} choices is censored: it counts as more than that.

The {size} aspects, {rules} rules and {size - rules} measures: {names}.
"""
    yield from (f"- **{name}**: {what}." for name, what in FAMILIES.items())
    yield """
Pearce's listeners follow the mean ratings of 28 chorale melodies by 16 musicians: distance of the range from 11.8
semitones (-.2854) and of the pitch centre from B flat 4 (-.2066), and the number of dissonant intervals above a
fourth (-.7047), here standardised. Chromaticism (-.2716) and unequal phrases (-.5258) are left out: no melody of
this frame has any. The model has the range and the mean pitch as they are, but neither distance, and nothing of
dissonance: it must make do with what is near, and cannot become right, however many the choices.
"""


def results(curves: Curves) -> Iterator[str]:
    yield f"| listeners | noise | pairs | choices to 80 % | choices to 90 % | right after 20 | after {MOST} |"
    yield "|---|---:|---|---|---|---:|---:|"
    for family, noise, pairs in itertools.product(FAMILIES, NOISE, PAIRS):
        right = curves[family, pairs, noise]
        times = [cell([reached(row, level) for row in right]) for level in LEVELS]
        later = [f"{100 * right[:, n - 1].mean():.0f} %" for n in (20, MOST)]
        yield f"| {family} | {noise:g} | {pairs} | {' | '.join([*times, *later])} |"


def reading(curves: Curves) -> Iterator[str]:
    yield "\n![Share of unseen pairs ranked right, by number of choices](listener.png)\n"
    yield "## The aim: 80 % within 20 choices at 10 % noise, in at most half of the choices that random pairs need\n"
    for family in FAMILIES:
        times = {pairs: median([reached(row, 0.8) for row in curves[family, pairs, 0.1]])[0] for pairs in PAIRS}
        mine, theirs = times["informative"], times["random"]
        soon, half = mine <= 20, mine * 2 <= min(theirs, MOST)  # more is not shown of a censored run
        words = f"{count(mine)} choices (median), {count(theirs)} by random pairs"
        parts = f"{'within' if soon else 'not within'} 20, {'at most' if half else 'not shown to be at most'} half"
        yield f"- {family}: {'met' if soon and half else '**not met**'}. {words}: {parts}."


def fewer(curves: Curves) -> Iterator[str]:
    yield f"""
## With fewer aspects

The same with {len(FEW)} aspects, one for each topic: the listeners care for no others, and the model has no others.
{", ".join(FEW)}. 10 % noise.

| listeners | pairs | choices to 80 % | choices to 90 % | right after 20 |
|---|---|---|---|---:|"""
    for (family, pairs, _), right in curves.items():
        times = " | ".join(cell([reached(row, level) for row in right]) for level in LEVELS)
        yield f"| {family} | {pairs} | {times} | {100 * right[:, 19].mean():.0f} % |"


def closing(world: World, tuning: list[str], best: Sequence[float]) -> Iterator[str]:
    yield f"""
## How the prior was chosen

On other listeners ({len(TUNING)} seeds a family, none of them above), 10 % noise, informative pairs: share of
unseen pairs ranked
right after 20 choices. The best mean of both families has prior {best[0]:g} and lapse {best[1]:g}; the package
has {PRIOR:g} and
{LAPSE:g}. The differences are small beside the standard error of a cell, about .01.

| prior | lapse | sparse | dense |
|---:|---:|---:|---:|"""
    yield from tuning
    answer = 1 + 0.1 * math.log2(0.1) + 0.9 * math.log2(0.9)
    yield f"""
## Why not fewer

Eight of ten pairs are ranked right when the utilities, the true one and the model's, correlate by cos(.2 pi) =
.81. To describe independent normal weights of these {len(world.aspects.names)} aspects that well takes
{bits(world):.1f} bits (the rate-distortion function of a normal vector with the aspects' covariance; about one
of them is for the scale, which ranks do not need). An answer that is turned round with probability .1 tells
{answer:.2f} bits at most, and 20 of them {20 * answer:.1f}: for dense listeners that is not enough, however the
pairs are chosen.
"""


def bits(world: World, right: float = 0.8) -> float:
    """Bits of a dense utility, described so well that a share of pairs is ranked right: reverse water-filling."""
    sizes = np.linalg.eigvalsh(world.aspects.correlation)
    error = (1 - math.cos(math.pi * (1 - right)) ** 2) * sizes.sum()
    level = brentq(lambda level: np.minimum(level, sizes).sum() - error, 0.0, sizes.max())
    return float(0.5 * np.log2(np.maximum(sizes / level, 1.0)).sum())


def draw(curves: Curves) -> None:
    with settings():
        figure = new_figure(3.6)
        reading = "by number of choices; mean of 30 listeners, band: its 95 % interval; dashed: random pairs"
        heading(figure, "Unseen pairs ranked right", reading)
        for place, family in enumerate(FAMILIES):
            axes = figure.add_axes((0.07 + 0.315 * place, 0.14, 0.275, 0.62))
            for index, noise in enumerate(NOISE):
                for pairs, line in zip(PAIRS, ("solid", "dashed"), strict=True):
                    right = 100 * curves[family, pairs, noise]
                    mean, half = right.mean(axis=0), 1.96 * right.std(axis=0, ddof=1) / math.sqrt(len(right))
                    at, colour = np.arange(1, MOST + 1), look(index).colour
                    axes.plot(at, mean, color=colour, linestyle=line, linewidth=1.4, label=f"noise {noise:g}, {pairs}")
                    axes.fill_between(at, mean - half, mean + half, color=colour, alpha=0.12, linewidth=0)
            for level in LEVELS:
                axes.axhline(100 * level, color="0.6", linewidth=0.6)
            axes.set(xlim=(1, MOST), ylim=(50, 100), xlabel="choices", title=family)
            axes.set_ylabel("% ranked right" if not place else "")
        axes.legend(fontsize=6.5, frameon=False, loc="lower right", bbox_to_anchor=(1.0, 0.52))
        save_figure(figure, ROOT / "results" / "listener")


def listened(world: World, families: Sequence[str], noises: Sequence[float]) -> Curves:
    return {
        (family, pairs, noise): np.array([listen(world, family, s, pairs, noise, PRIOR, LAPSE, MOST) for s in SEEDS])
        for family, pairs, noise in itertools.product(families, PAIRS, noises)
    }


def main() -> None:
    world = World()
    tuning, *best = tuned(world)
    curves, few = listened(world, list(FAMILIES), NOISE), listened(World(FEW), ("sparse", "dense"), (0.1,))
    (ROOT / "results" / "listener.md").write_text(report(world, curves, few, tuning, best), encoding="utf-8")
    draw(curves)


if __name__ == "__main__":
    main()
