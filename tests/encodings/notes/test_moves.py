"""The musical moves: by example, against slow twins, and by what they may never do."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from evomusic.core.grid import FIRST_PITCH, HOLD, REST, Grid
from evomusic.core.melody import Melody, canonical
from evomusic.encodings.notes import moves as compiled_moves
from evomusic.encodings.notes import single_notes
from evomusic.encodings.notes.operators import MUTATIONS
from tests.encodings import naive
from tests.kernels import Entries

moves, notewise = Entries(compiled_moves), Entries(single_notes)


def changed(kind, row, where, u, v=0.0, w=0.0):
    """One note of a row of eight pitches, changed."""
    notewise.change(row, getattr(single_notes, kind), 8, where, u, v, w)


TWO_BARS = Grid(bars=2, beats=4, steps_per_beat=1, low=60, high=72, scale="C major")  # C4 D4 E4 F4 G4 A4 B4 C5
SHAPES = [(16, 8, 4, 2, 8), (12, 6, 2, 2, 5), (6, 6, 2, 2, 1), (8, 2, 1, 1, 13), (1, 1, 1, 1, 3), (4, 4, 4, 4, 1)]
EXAMPLES = {
    "a bar up two steps": (
        lambda row, where: moves.transpose(row, 0, 4, 8, 0.2),
        "C4 - E4 . | G4 - - -",
        "E4 - G4 . | G4 - - -",
    ),
    "a note that begins in the bar takes its tie along": (
        lambda row, where: moves.transpose(row, 0, 4, 8, 0.99),
        "C4 . . E4 | - - G4 -",
        "A4 . . C5 | - - G4 -",
    ),
    "mirrored at the first note": (
        lambda row, where: moves.invert(row, 0, 8, 8),
        "F4 G4 A4 - | D4 . E4 -",
        "F4 E4 D4 - | A4 . G4 -",
    ),
    "mirrored as near to the first note as the range allows": (
        lambda row, where: moves.invert(row, 0, 4, 8),
        "C4 D4 E4 - | C4 - - -",
        "E4 D4 C4 - | C4 - - -",
    ),
    "backwards, note by note": (
        lambda row, where: moves.reverse(row, 0, 4, where),
        "C4 - - D4 | E4 - - -",
        "D4 C4 - - | E4 - - -",
    ),
    "backwards, and the tied note that lost its beginning is struck": (
        lambda row, where: moves.reverse(row, 0, 4, where),
        "C4 . . D4 | - - E4 -",
        "D4 . . C4 | D4 - E4 -",
    ),
    "begun at the second note": (
        lambda row, where: moves.rotate(row, 0, 4, where, 0.0),
        "C4 - D4 E4 | E4 - - -",
        "D4 E4 C4 - | E4 - - -",
    ),
    "the first bar over the second": (
        lambda row, where: moves.copy(row, 4, 2, 8, False, 0.0, 0.0, 0.0, 0.0),
        "C4 D4 - E4 | G4 . A4 -",
        "C4 D4 - E4 | C4 D4 - E4",
    ),
    "half a bar over another, and the ties that were cut struck": (
        lambda row, where: moves.copy(row, 4, 2, 8, False, 0.9, 0.3, 0.0, 0.0),
        "C4 D4 - E4 | G4 . A4 -",
        "D4 E4 D4 E4 | G4 . A4 -",
    ),
    "a sequence one step up": (
        lambda row, where: moves.copy(row, 4, 2, 8, True, 0.0, 0.0, 0.0, 0.0),
        "C4 D4 - E4 | G4 . A4 -",
        "C4 D4 - E4 | D4 E4 - F4",
    ),
    "a note a step higher": (
        lambda row, where: changed("MOVE", row, where, 0.0, 0.0, 0.5),
        "E4 - - . | G4 - - -",
        "F4 - - . | G4 - - -",
    ),
    "an onset a step later": (
        lambda row, where: changed("SHIFT", row, where, 0.99),
        "C4 - - D4 | - - - -",
        "C4 - - - | D4 - - -",
    ),
    "an onset a step earlier": (
        lambda row, where: changed("SHIFT", row, where, 0.4),
        "C4 - - D4 | - - - -",
        "C4 - D4 - | - - - -",
    ),
    "a long note in two": (
        lambda row, where: changed("SPLIT", row, where, 0.4, 0.5),
        "E4 - - - | . . . .",
        "E4 - E4 - | . . . .",
    ),
    "two notes in one": (
        lambda row, where: changed("MERGE", row, where, 0.0),
        "C4 - D4 - | . E4 - -",
        "C4 - - - | . E4 - -",
    ),
    "longer over a rest": (
        lambda row, where: changed("LENGTHEN", row, where, 0.0, 0.5),
        "C4 - . . | . . E4 -",
        "C4 - - - | - . E4 -",
    ),
    "longer at the next note's cost": (
        lambda row, where: changed("LENGTHEN", row, where, 0.0, 0.99),
        "C4 - D4 - | - - . .",
        "C4 - - - | - D4 . .",
    ),
    "shorter": (
        lambda row, where: changed("SHORTEN", row, where, 0.0, 0.0),
        "C4 - - - | D4 . . .",
        "C4 . . . | D4 . . .",
    ),
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_move_does_what_a_musician_expects(example):
    change, before, after = EXAMPLES[example]
    row = np.array(Melody.parse(before, TWO_BARS).tokens)
    change(row, np.empty(16, np.int64))
    assert Melody(row, TWO_BARS).text == after


def random_row(steps, pitches, rng):
    tokens = rng.integers(FIRST_PITCH, FIRST_PITCH + pitches, steps)
    kind = rng.choice(3, steps, p=rng.dirichlet([1, 2, 2]))
    return canonical(np.where(kind == 0, REST, np.where(kind == 1, HOLD, tokens)).astype(np.uint8))


def span_of(shape, rng):
    steps, bar, half, beat, _ = shape
    return moves.span(steps, bar, half, beat, *rng.random(3))


def both(name, row, shape, rng):
    """The rows that the kernel and its twin make, with the same random numbers."""
    steps, bar, half, _, pitches = shape
    where, kernel = np.empty(2 * steps, np.int64), row.copy()
    a, b = span_of(shape, rng)
    u, v, w, x = rng.random(4)
    one_note = getattr(single_notes, name.upper(), None), pitches, where, u, v, w
    calls = {
        "transpose": ((a, b, pitches, u), (a, b, pitches, u)),
        "invert": ((a, b, pitches), (a, b, pitches)),
        "reverse": ((a, b, where), (a, b)),
        "rotate": ((a, b, where, u), (a, b, u)),
        "copy": ((bar, half, pitches, False, u, v, w, x),) * 2,
        "sequence": ((bar, half, pitches, True, u, v, w, x),) * 2,
        "move": (one_note, (pitches, u, v, w)),
        "shift": (one_note, (u,)),
        "split": (one_note, (pitches, u, v)),
        "merge": (one_note, (u,)),
        "lengthen": (one_note, (u, v)),
        "shorten": (one_note, (u, v)),
    }
    ours, theirs = calls[name]
    name = "copy" if name == "sequence" else name
    (getattr(moves, name) if hasattr(moves, name) else notewise.change)(kernel, *ours)
    return kernel.tolist(), getattr(naive, name)(row, *theirs)


@pytest.mark.parametrize("name", [m for m in MUTATIONS if m not in ("resample", "fresh")])
def test_a_move_equals_its_slow_twin(name):
    rng = np.random.default_rng(0)
    changed = 0
    for i in range(600):
        shape = SHAPES[i % len(SHAPES)]
        row = random_row(shape[0], shape[4], rng)
        kernel, twin = both(name, row, shape, rng)
        assert kernel == twin, (row.tolist(), shape)
        changed += kernel != row.tolist()
    assert changed > 100


@pytest.mark.parametrize("name", ["reverse", "rotate"])
def test_what_sounds_outside_a_rearranged_span_stays(name):
    rng = np.random.default_rng(1)
    for _ in range(300):
        row = random_row(16, 8, rng)
        where, changed = np.empty(32, np.int64), row.copy()
        a, b = moves.span(16, 8, 4, 2, *rng.random(3))
        moves.reverse(changed, a, b, where) if name == "reverse" else moves.rotate(changed, a, b, where, rng.random())
        before, after = naive.cells_of(row), naive.cells_of(changed)
        outside = [t for t in range(16) if not a <= t < b]
        assert [before[t][0] for t in outside] == [after[t][0] for t in outside]


def test_reversing_twice_gives_the_span_back_where_no_note_crosses_its_ends():
    rng = np.random.default_rng(2)
    for _ in range(200):
        row = random_row(16, 8, rng)
        row[[4, 12]] = FIRST_PITCH
        where, twice = np.empty(32, np.int64), row.copy()
        moves.reverse(twice, 4, 12, where)
        moves.reverse(twice, 4, 12, where)
        assert twice.tolist() == row.tolist()


def test_a_fresh_bar_changes_only_its_bar():
    rng = np.random.default_rng(3)
    for _ in range(300):
        row = random_row(16, 8, rng)
        changed = row.copy()
        notewise.fresh(changed, 4, 2, 8, rng)
        before, after = naive.cells_of(row), naive.cells_of(changed)
        differ = {t // 4 for t in range(16) if before[t][0] != after[t][0]}
        assert len(differ) <= 1


def test_fresh_bars_hold_what_is_said_of_them():
    """Rates over 20,000 steps each, and their binomial limits at p = 1e-4."""
    from scipy.stats import binomtest

    rng = np.random.default_rng(4)
    rows = np.full((5000, 8), HOLD, np.uint8)
    for row in rows:
        notewise.fresh(row, 8, 2, 15, rng)
    begins = rows != HOLD
    begins[:, 1:] &= ~((rows[:, 1:] == REST) & (rows[:, :-1] == REST))  # a rest goes on as a rest
    on, off = begins[:, 2::2], begins[:, 1::2]
    struck = (rows[:, :-1] >= FIRST_PITCH) | (rows[:, :-1] == HOLD)
    on, off = on[struck[:, 1::2]], off[struck[:, ::2]]
    assert binomtest(int(on.sum()), on.size, 0.5).pvalue > 1e-4
    assert binomtest(int(off.sum()), off.size, 0.25).pvalue > 1e-4
    leaps = [abs(b[2] - a[2]) for row in rows[:500] for a, b in pairwise(naive.notes_of(row))]
    assert max(leaps) == 2


def test_spans_are_bars_half_bars_and_stretches_of_beats_alike():
    """1/3 each, uniform among each: chi-square at p = 1e-4."""
    from scipy.stats import chisquare

    rng = np.random.default_rng(5)
    expected = {(0, 8): 1 / 6, (8, 16): 1 / 6} | {(a, a + 4): 1 / 12 for a in (0, 4, 8, 12)}
    lines = [(2 * i, 2 * j) for i in range(9) for j in range(i + 1, 9)]
    for line in lines:
        expected[line] = expected.get(line, 0) + 1 / 3 / len(lines)
    n = 20_000
    counts = dict.fromkeys(expected, 0)
    for u, v, w in rng.random((n, 3)):
        counts[moves.span(16, 8, 4, 2, u, v, w)] += 1
    assert chisquare(list(counts.values()), [n * p for p in expected.values()]).pvalue > 1e-4
