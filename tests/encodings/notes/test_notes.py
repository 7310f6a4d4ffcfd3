"""Notes: what its operators keep, and how often they do what. Statistics: fixed seed, false alarm p = 1e-4 each."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import binomtest, chisquare

from evomusic.core.grid import FIRST_PITCH, HOLD, Grid
from evomusic.core.melody import canonical
from evomusic.core.reward import Reward
from evomusic.core.task import Task
from evomusic.encodings.notes.notes import Notes
from evomusic.encodings.notes.operators import CROSSOVERS, MUTATIONS
from tests.encodings.naive import cells_of

ALARM = 1e-4
GRIDS = {
    "4/4": Grid(bars=2),
    "3/4": Grid(bars=3, beats=3, steps_per_beat=2, low=60, high=67),
    "6/8": Grid(bars=2, beats=2, steps_per_beat=6, low=60, high=72, scale="C major"),
    "5/4": Grid(bars=1, beats=5, steps_per_beat=1),
    "one bar of one beat": Grid(bars=1, beats=1, steps_per_beat=3),
    "one step": Grid(bars=1, beats=1, steps_per_beat=1),
    "one pitch": Grid(bars=2, beats=2, steps_per_beat=2, low=60, high=60),
    "all of MIDI": Grid(bars=1, low=0, high=127),
}
SMALL = Task(Grid(bars=3, beats=2, steps_per_beat=2, low=60, high=72), Reward())


def crossing(name, rate=1.0):
    return Notes(crossovers=name, crossover_rate=rate, mutation_rate=0.0)


def mutating(name, **others):
    return Notes(mutations=name, crossover_rate=0.0, mutation_rate=1.0, **others)


@pytest.mark.parametrize("grid", GRIDS)
def test_offspring_are_melodies_of_the_grid(grid):
    task, rng = Task(GRIDS[grid], Reward()), np.random.default_rng(0)
    for name in (*CROSSOVERS, *MUTATIONS):
        encoding = crossing(name) if name in CROSSOVERS else mutating(name, resample_rate=0.5)
        genomes = encoding.sample(task, rng, 41)
        for _ in range(20):
            genomes = encoding.vary(task, genomes, rng)
            assert genomes.max() < task.grid.tokens, name
        assert genomes.shape == (41, task.grid.steps)
        assert genomes.dtype == np.uint8


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_mutation_reaches_every_step(name):
    encoding, rng = mutating(name), np.random.default_rng(1)
    genomes = encoding.sample(SMALL, rng, 1000)
    assert (encoding.vary(SMALL, genomes.copy(), rng) != genomes).any(axis=0).all()


@pytest.mark.parametrize("name", [m for m in MUTATIONS if m != "resample"])
def test_musical_mutations_leave_no_hold_without_a_note(name):
    encoding, rng = mutating(name), np.random.default_rng(1)
    genomes = encoding.vary(SMALL, encoding.sample(SMALL, rng, 500), rng)
    assert (genomes == canonical(genomes)).all()


@pytest.mark.parametrize("name", CROSSOVERS)
def test_crossing_twins_gives_twins(name):
    encoding, rng = crossing(name), np.random.default_rng(2)
    twins = np.repeat(encoding.sample(SMALL, rng, 200), 2, axis=0)
    assert (encoding.vary(SMALL, twins, rng) == twins).all()


@pytest.mark.parametrize("name", CROSSOVERS[:4])
def test_what_sounded_in_a_unit_sounds_in_one_child_or_the_other(name):
    """Unit by unit, the children sound what the parents sounded; new onsets stand on lines only."""
    encoding, rng = crossing(name), np.random.default_rng(3)
    unit = SMALL.grid.steps_per_bar if name.startswith("bar") else SMALL.grid.steps_per_beat
    parents = canonical(encoding.sample(SMALL, rng, 400))
    parents[rng.random(parents.shape) < 0.5] = HOLD
    parents = canonical(parents)
    children = encoding.vary(SMALL, parents, rng)
    crossed = 0
    for (a, b), (c, d) in zip(parents.reshape(-1, 2, 12), children.reshape(-1, 2, 12), strict=True):
        before, after = [cells_of(a), cells_of(b)], [cells_of(c), cells_of(d)]
        for t in range(0, 12, unit):
            sounds = [[[p for p, _ in cells[t : t + unit]] for cells in pair] for pair in (before, after)]
            assert sounds[0] in (sounds[1], sounds[1][::-1])
            crossed += sounds[0] != sounds[1]
        for t in set(range(12)) - set(range(0, 12, unit)):
            assert sorted(cells[t][1] for cells in before) == sorted(cells[t][1] for cells in after)
    assert crossed > 100


LINES = {"bar": [0, 4, 8, 12], "beat": list(range(0, 13, 2)), "": list(range(13))}
SEGMENTS = {
    name: [
        (a, b)
        for a in LINES[name.split()[0] if " " in name else ""][1:]
        for b in LINES[name.split()[0] if " " in name else ""]
        if (b > a if "two" in name else b == 12 > a)
    ]
    for name in CROSSOVERS[:-1]
}


@pytest.mark.parametrize("name", SEGMENTS)
def test_crossover_points_are_uniform_among_lines(name):
    """Chi-square over all segments that the name allows; no other may occur."""
    n = 6000
    parents = np.tile(np.array([[2] * 12, [3] * 12], np.uint8), (n, 1))
    children = crossing(name).vary(SMALL, parents, np.random.default_rng(4))[::2]
    counts = dict.fromkeys(SEGMENTS[name], 0)
    for child in children:
        inside = np.flatnonzero(child == 3)
        counts[int(inside[0]), int(inside[-1]) + 1] += 1
    assert len(counts) == len(SEGMENTS[name])
    assert chisquare(list(counts.values())).pvalue > ALARM


def test_uniform_crossover_swaps_each_step_by_the_toss_of_a_coin():
    parents = np.tile(np.array([[2] * 12, [3] * 12], np.uint8), (2000, 1))
    children = crossing("uniform").vary(SMALL, parents, np.random.default_rng(5))
    swapped = children[::2] == 3
    assert ((children[1::2] == 2) == swapped).all()
    ones = np.bincount(swapped.sum(axis=1), minlength=13)
    inside = [sum(ones[:4]), *ones[4:9], sum(ones[9:])]
    binomial = np.array([1, 12, 66, 220, 495, 792, 924, 792, 495, 220, 66, 12, 1]) * 2000 / 4096
    assert chisquare(inside, [sum(binomial[:4]), *binomial[4:9], sum(binomial[9:])]).pvalue > ALARM


def test_pairs_are_crossed_at_the_rate():
    parents = np.tile(np.array([[2] * 12, [3] * 12], np.uint8), (5000, 1))
    children = crossing("one-point", 0.3).vary(SMALL, parents, np.random.default_rng(6))
    crossed = int((children[::2] != parents[::2]).any(axis=1).sum())
    assert binomtest(crossed, 5000, 0.3).pvalue > ALARM


def test_the_last_of_an_odd_number_has_no_partner():
    parents = np.repeat(np.array([2, 3, 4], np.uint8), 12).reshape(3, 12)
    children = crossing("two-point").vary(SMALL, parents, np.random.default_rng(7))
    assert (children[2] == 4).all()
    assert set(children[:2].ravel()) == {2, 3}


def test_offspring_are_mutated_at_the_rate_by_operators_as_weighted():
    """Two notes over the whole melody: merged they are one, backwards they change places; else they stay."""
    row = np.full(12, HOLD, np.uint8)
    row[[0, 4]] = FIRST_PITCH, FIRST_PITCH + 5
    encoding = Notes(mutations={"merge": 3, "move": 1}, crossover_rate=0.0, mutation_rate=0.4)
    children = encoding.vary(SMALL, np.tile(row, (10_000, 1)), np.random.default_rng(8))
    merged = int((children[:, 4] == HOLD).sum())
    moved = int((children != row).any(axis=1).sum()) - merged
    assert chisquare([merged, moved, 10_000 - merged - moved], [3000, 1000, 6000]).pvalue > ALARM


def test_resampling_draws_tokens_at_its_rate_and_uniformly():
    """As DEAP's mutUniformInt: every token at the rate, the old one among the possible."""
    children = mutating("resample", resample_rate=0.2).vary(
        SMALL, np.full((5000, 12), 5, np.uint8), np.random.default_rng(9)
    )
    counts = np.bincount(children.ravel(), minlength=15)
    expected = np.full(15, 60_000 * 0.2 / 15)
    expected[5] += 60_000 * 0.8
    assert chisquare(counts, expected).pvalue > ALARM


def test_a_moved_note_goes_near_or_anywhere_with_equal_chance():
    """From pitch 1 of 13: near are 0, 2 and 3; anywhere are all but 1."""
    row = np.full((12_000, 12), HOLD, np.uint8)
    row[:, 0] = FIRST_PITCH + 1
    children = mutating("move").vary(SMALL, row, np.random.default_rng(10))
    counts = np.bincount(children[:, 0] - FIRST_PITCH, minlength=13)
    expected = np.array([1 / 24 + (p in (0, 2, 3)) / 6 for p in range(13)]) * 12_000
    expected[1] = 0
    assert counts[1] == 0
    assert chisquare(np.delete(counts, 1), np.delete(expected, 1)).pvalue > ALARM


def test_the_same_seed_gives_the_same_bytes_and_parents_stay():
    encoding = Notes(mutation_rate=1.0)
    genomes = encoding.sample(SMALL, np.random.default_rng(11), 30)
    before = genomes.copy()
    first, second = (encoding.vary(SMALL, genomes, np.random.default_rng(12)) for _ in range(2))
    assert first.tobytes() == second.tobytes()
    assert (genomes == before).all()
    assert (first != before).any()


DIGEST = """
import hashlib, numpy as np
from evomusic.encodings.bits import Bits
from evomusic.encodings.notes.notes import Notes
from evomusic.core.grid import Grid
from evomusic.encodings.notes.operators import CROSSOVERS
from evomusic.core.reward import Reward
from evomusic.core.task import Task
task, rng, said = Task(Grid(bars=2, low=60, high=65), Reward()), np.random.default_rng(0), hashlib.sha256()
for encoding in (Notes(crossovers=dict.fromkeys(CROSSOVERS, 1.0), mutation_rate=1.0), Bits()):
    genomes = encoding.sample(task, rng, 40)
    for _ in range(10):
        genomes = encoding.vary(task, genomes, rng)
        said.update(genomes.tobytes())
print(said.hexdigest())
"""


@pytest.mark.slow
def test_kernels_do_the_same_when_run_as_plain_python():
    said = set()
    for plain in ("0", "1"):
        environment = {**os.environ, "NUMBA_DISABLE_JIT": plain, "PYTHONPATH": os.pathsep.join(sys.path)}
        run = subprocess.run(
            [sys.executable, "-c", DIGEST], env=environment, capture_output=True, text=True, check=True, timeout=120
        )
        said.add(run.stdout)
    assert len(said) == 1


def test_parameters_from_a_file_and_from_python_are_equal_and_hash_alike():
    from_file = Notes(mutations={"reverse": 1, "copy": 2.0}, crossovers="bar one-point")
    assert from_file == Notes(mutations=(("copy", 2), ("reverse", 1)), crossovers={"bar one-point": 1})
    assert len({from_file, Notes(mutations={"copy": 2.0, "reverse": 1.0}, crossovers="bar one-point")}) == 1


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"crossovers": "bar onepoint"}, "did you mean 'bar one-point'"),
        ({"mutations": {"invrt": 1}}, "did you mean 'invert'"),
        ({"crossover_rate": 2}, "crossover_rate is 2"),
        ({"first": "styl"}, "did you mean 'style'"),
    ],
)
def test_what_is_not_known_is_refused_by_name(parameters, said):
    with pytest.raises(ValueError, match=said):
        Notes(**parameters)


@pytest.mark.parametrize("rows", [[[0] * 11], [[0] * 11 + [15]], [[0] * 11 + [-1]], [[0.5] * 12], [[0] * 12, [0]]])
def test_rows_that_are_no_melodies_are_refused(rows):
    with pytest.raises(ValueError, match="rows of tokens"):
        Notes().encode(SMALL, rows)
