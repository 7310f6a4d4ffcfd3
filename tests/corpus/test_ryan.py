"""Ryan's Mammoth Collection: a split that stays, a style that is centred on it and knows real tunes from none."""

import os
import subprocess
import sys

import numpy as np
import pytest

from evomusic.core.automata import tabulate
from evomusic.core.grid import FIRST_PITCH, Grid
from evomusic.corpus import COLLECTIONS, command, ryan
from evomusic.corpus.style import TONIC, frame
from evomusic.rules.style import MeanInformation, PitchStyle, RhythmStyle
from evomusic.rules.style_file import DATA, load_style, shipped_styles, to_json

TUNE = Grid(bars=4, low=62, high=86, scale="G major")


def total(rule, melodies, grid):
    """Sum of a rule's values over each melody (P,)."""
    table = tabulate(rule, grid)
    memory, sums = np.zeros(len(melodies), int), np.zeros(len(melodies))
    for step in range(grid.steps):
        at = table.slot[step], memory, melodies[:, step]
        sums += table.value[at]
        memory = table.next[at]
    return sums


def test_a_fifth_of_the_tunes_is_held_out_and_it_is_always_the_same():
    names = [path.stem for path in ryan.paths()]
    assert (len(names), sum(map(ryan.is_held_out, names))) == (1059, 215)
    assert [ryan.is_held_out(name) for name in ("7thRegimentReel", "AcrobatsHornpipe", "LadiesTriumph")] == [
        True,
        False,
        False,
    ]


def test_held_out_excerpts_come_in_one_order_however_many_are_asked_for():
    few, more = ryan.held_out(TUNE, most=10), ryan.held_out(TUNE, most=30)
    assert few.melodies.shape == (10, 64)
    assert few.names == more.names[:10]
    assert (few.melodies == more.melodies[:10]).all()
    assert all(map(ryan.is_held_out, more.names))


def test_no_training_tune_has_four_bars_in_common_with_one_held_out():
    held = {four for tune in ryan.tunes("held out") for four in ryan.four_bars(tune)}
    train = list(ryan.tunes("train"))
    assert all(held.isdisjoint(ryan.four_bars(tune)) for tune in train)
    assert not any(ryan.is_held_out(tune.name) for tune in train)
    doubles = {path.stem for path in ryan.paths() if not ryan.is_held_out(path.stem)} - {tune.name for tune in train}
    assert len(doubles) == load_style("ryan").provenance["tunes left out as doubles"]


def test_other_metres_take_their_own_tunes():
    jig = Grid(bars=4, beats=2, steps_per_beat=6, low=62, high=86, scale="G major")
    assert ryan.held_out(jig, most=20).melodies.shape == (20, 48)


def test_training_tunes_average_zero_a_note_and_a_step():
    grid = frame((4, 4))
    melodies = ryan.training(grid, tonic=TONIC).melodies
    assert len(melodies) == load_style("ryan").provenance["excerpts"]["4x4"]
    notes = int((melodies >= FIRST_PITCH).sum())
    quantum = 2.0**-32  # tables round each value to it
    assert abs(total(PitchStyle(tonic=TONIC), melodies, grid).sum()) <= notes * quantum
    assert abs(total(RhythmStyle(), melodies, grid).sum()) <= melodies.size * quantum


def test_held_out_tunes_average_nearly_zero_a_note():
    melodies = ryan.held_out(TUNE, None).melodies
    mean = total(PitchStyle(), melodies, TUNE).sum() / (melodies >= FIRST_PITCH).sum()
    assert abs(mean) < 0.05


def test_real_tunes_outrank_noise_and_their_own_shuffle():
    rng, real = np.random.default_rng(0), ryan.held_out(TUNE, None).melodies
    noise = rng.integers(0, TUNE.tokens, (500, TUNE.steps)).astype(np.uint8)
    shuffled = real.copy()
    for row in shuffled:
        row[row >= FIRST_PITCH] = rng.permutation(row[row >= FIRST_PITCH])
    values = [total(PitchStyle(), m, TUNE) + total(RhythmStyle(), m, TUNE) for m in (real, noise, shuffled)]
    assert (values[0][:, None] > values[1]).mean() >= 0.99
    assert (values[0] > values[2]).mean() >= 0.95  # 0.998 when this was written


def test_most_real_tunes_lie_within_the_band_of_mean_information():
    within = total(MeanInformation(), ryan.held_out(TUNE, None).melodies, TUNE) == 0
    assert within.mean() >= 0.7


def test_the_tunes_are_read_without_importing_music21(tmp_path):
    code = (
        "import sys; from evomusic.core.grid import Grid; from evomusic.corpus import held_out;"
        "print(len(held_out(Grid(bars=4, low=62, high=86, scale='G major'), 20).melodies), 'music21' in sys.modules)"
    )
    env = os.environ | {"EVOMUSIC_CACHE": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert done.stdout == "20 False\n"


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("K: EM\nGAB", "K: Em\nGAB"),
        ("K:G\nGAB A::\ngab|", "K:G\nGAB \ngab|"),
        ("K:G\nGAB ga::\ngab|", "K:G\nGAB ga::\ngab|"),
        ("K:A\nefg |=20\nfdfF f|f", "K:A\nefg |\nfd=fF =f|f"),
        ("K:A\ne =\n^cdc|c", "K:A\ne \n^cdc|c"),
        ("K:G\n^ga f|=3Dgfg|", "K:G\n^ga f|gf=g|"),
        ("K:G\n^ga f=3Dgfg|", "K:G\n^ga f=gf=g|"),
        ("K:F\n^cd E=3Dc=3DBc|", "K:F\n^cd E=cB=c|"),
    ],
)
def test_slips_of_the_transcriptions_are_spelt_out(text, spelt):
    assert ryan.spell_out_slips(text) == spelt


def test_a_minor_grid_takes_minor_tunes_with_their_raised_degrees():
    natural, full = (Grid(bars=4, low=62, high=86, scale=scale) for scale in ("G minor", "G melodic minor"))
    some, more = (ryan.held_out(grid, None) for grid in (natural, full))
    keys = {
        section.key.partition(" ")[2] for t in ryan.tunes("held out") if t.name in more.names for section in t.sections
    }
    assert "minor" in keys
    assert set(some.names) < set(more.names)
    assert (len(some.melodies), len(more.melodies)) == (24, 35)
    pitches = {(full.pitches[token - FIRST_PITCH] - 67) % 12 for row in more.melodies for token in row if token > 1}
    assert pitches == {0, 2, 3, 5, 7, 8, 9, 10, 11}


@pytest.mark.parametrize(("name", "mode", "tonic"), [("ryan-minor", "minor", "G4"), ("ryan-dorian", "dorian", "G4")])
def test_styles_of_few_tunes_foretell_held_out_ones_better_than_the_major_style(name, mode, tonic):
    grid = frame((4, 4))
    melodies = ryan.held_out(grid, None, tonic=tonic, mode=mode).melodies
    own, major = (total(PitchStyle(style=style, tonic=tonic), melodies, grid).sum() for style in (name, "ryan"))
    assert own > major


def test_minor_is_counted_with_its_raised_seventh_below_the_tonic_and_dorian_with_its_sixth():
    """Of 3502 notes; major tunes have the major seventh in 9 % and never the minor third."""
    minor, dorian = (load_style(name).pitch.followers for name in ("ryan-minor", "ryan-dorian"))
    shares = [sum(n for s, n in f[()].items() if s % 12 == 11) / sum(f[()].values()) for f in (minor, dorian)]
    assert all(0.01 < share < 0.02 for share in shares)
    assert max(minor[11,], key=minor[11,].__getitem__) == 12
    falling = [sum(n for s, n in f[9,].items() if s < 9) for f in (minor, dorian)]
    assert falling[0] < falling[1]


def test_the_shipped_styles_are_those_of_the_folder():
    assert set(COLLECTIONS) == set(shipped_styles())
    modes = {name: mode for each in COLLECTIONS.values() for name, (mode, _) in each.styles.items()}
    assert {name: load_style(name).mode for name in COLLECTIONS} == modes


def test_a_style_of_few_tunes_is_made_again_byte_for_byte():
    assert to_json(ryan.style("ryan-minor")) == (DATA / "ryan-minor.json").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_shipped_styles_are_made_again_byte_for_byte(capsys):
    assert command.main(["--check"]) == 0
    assert capsys.readouterr().out.count("byte for byte") == len(COLLECTIONS)
