"""Decoding of trees: each function by hand, the ladder, and the compiled reader against its slow twin."""

from __future__ import annotations

import numpy as np
import pytest

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.reward import Reward
from evomusic.core.task import Task
from evomusic.encodings.trees.language import FUNCTIONS
from evomusic.encodings.trees.tree import Tree, Trees
from tests.encodings import naive_tree

C_MAJOR = Grid(bars=1, low=60, high=84, scale="C major")
GRIDS = {
    "major": (C_MAJOR, None),
    "from a fourth below the tonic": (Grid(bars=2, low=62, high=86, scale="G major"), None),
    "chromatic": (Grid(bars=1), None),
    "a scale on a chromatic grid": (Grid(bars=1, low=57, high=80), "A minor"),
    "less than an octave": (Grid(bars=1, low=60, high=64), "C major"),
    "pentatonic in 6/8": (Grid(bars=2, beats=2, steps_per_beat=6, scale="C pentatonic"), None),
    "one pitch": (Grid(bars=1, low=60, high=60), None),
    "one step": (Grid(bars=1, beats=1, steps_per_beat=1), None),
    "all of MIDI": (Grid(bars=1, low=0, high=127), None),
}


def sung(text, grid=C_MAJOR, **parameters):
    """The melody of a tree's text, without the silence at its end."""
    task, encoding = Task(grid, Reward()), Tree(**parameters)
    row = encoding.decode(task, encoding.parse(task, [text]))[0]
    return Melody(row, grid).text.replace("| ", "").rstrip(". ")


@pytest.mark.parametrize(
    ("text", "melody"),
    [
        ("0:2", "C4 -"),
        ("r:4", ""),
        ("m1@1", "D4 - E4 - F4 - G4 -"),
        ("seq(0:2, 1:1)", "C4 - D4"),
        ("seq(r:2, 1:1)", ". . D4"),
        ("tie(0:2, 4:1)", "C4 - -"),
        ("tie(seq(0:1, 1:2), seq(2:3, 3:1))", "C4 D4 - - - - F4"),
        ("tie(0:2, seq(r:1, 3:1))", "C4 - - F4"),
        ("alternate(seq(0:1, 1:1), seq(4:2, seq(5:1, 6:1)))", "C4 G4 - D4 A4 B4"),
        ("rhythm(seq(0:3, seq(r:1, 0:2)), seq(2:1, 4:1))", "E4 - - . G4 -"),
        ("rhythm(seq(0:1, seq(0:2, 0:1)), seq(2:4, seq(r:1, 3:1)))", "E4 F4 - E4"),
        ("rhythm(0:2, r:4)", "C4 -"),
        ("ending(seq(0:4, 1:4), 2:2)", "C4 - - - D4 - E4 -"),
        ("ending(0:2, 4:4)", "G4 - - -"),
        ("transpose(+2, seq(0:1, seq(r:1, 1:1)))", "E4 . F4"),
        ("vary(-1, seq(0:2, seq(4:1, r:1)))", "C4 - F4"),
        ("repeat(x3, 0:2)", "C4 - C4 - C4 -"),
        ("first(x2, seq(0:2, 1:4))", "C4 - D4"),
        ("first(x4, seq(0:3, 1:3))", "C4 -"),
        ("last(x2, seq(0:2, 1:4))", "D4 - -"),
        ("last(x2, seq(0:4, 1:1))", "C4 - D4"),
        ("invert(seq(2:1, seq(4:1, seq(r:1, 0:1))))", "E4 C4 . G4"),
        ("invert(seq(r:1, seq(2:1, 3:1)))", ". E4 D4"),
        ("retrograde(seq(0:1, seq(r:1, 1:2)))", "D4 - . C4"),
        ("augment(seq(0:1, 1:2))", "C4 - D4 - - -"),
        ("diminish(seq(0:3, seq(1:1, 2:4)))", "C4 D4 E4 -"),
        ("period(seq(0:2, 2:2))", "C4 - G4 - C4 - C4 -"),
        ("period(seq(9:1, r:1))", "G5 . C5"),
        ("repeat(x4, 0:6)", "C4 - - - - - C4 - - - - - C4 - - -"),
        ("transpose(-4, retrograde(m5@4))", "G4 - - - E4 - C4 -"),
    ],
)
def test_functions_mean_what_they_say(text, melody):
    assert sung(text) == melody


def test_every_function_has_an_example_above():
    marks = [m for m in test_functions_mean_what_they_say.pytestmark if m.name == "parametrize"]
    texts = " ".join(text for text, _ in marks[0].args[1])
    assert all(f"{name}(" in texts for name in FUNCTIONS)


@pytest.mark.parametrize(
    ("text", "melody", "low", "high"),
    [
        ("transpose(+3, 14:1)", "F5", 60, 84),  # F6: an octave too high
        ("transpose(+7, 3:1)", "F4", 60, 71),
        ("transpose(-2, 0:1)", "A4", 60, 71),
        ("transpose(+1, 2:1)", "D4", 60, 64),  # F4 beside C D E: mirrored at E
        ("transpose(+3, 1:1)", "C4", 60, 64),
        ("transpose(-1, 0:1)", "D4", 60, 64),
        ("transpose(+5, 0:1)", "C4", 60, 60),
    ],
)
def test_degrees_beyond_the_ladder_fold_back(text, melody, low, high):
    assert sung(text, Grid(bars=1, low=low, high=high, scale="C major")) == melody


def test_degree_nought_is_the_lowest_tonic():
    assert sung("seq(0:1, -3:1)", Grid(bars=1, low=62, high=86, scale="G major")) == "G4 D4"
    assert sung("seq(0:1, 1:1)", Grid(bars=1, low=62, high=86)) == "D4 D#4"
    assert sung("seq(-2:1, 2:1)", Grid(bars=1, low=57, high=80), scale="C major") == "A3 E4"


def test_dominant_is_the_fifth_or_what_comes_nearest():
    assert sung("period(2:1)", Grid(bars=1, low=60, high=72)) == "G4 C4"
    assert sung("period(2:1)", Grid(bars=1, low=60, high=84, scale="C pentatonic")) == "G4 C4"
    assert sung("period(3:1)", Grid(bars=1, low=60, high=84, scale="C whole tone")) == "F#4 C4"


def test_motifs_of_the_user_are_words():
    assert sung("m2@1", motifs=("0:1", "0:2 r:1 -1:1")) == "D4 - . C4"


@pytest.mark.parametrize("grid", GRIDS)
def test_any_numbers_are_a_melody_and_the_compiled_one_is_the_twins(grid):
    frame, scale = GRIDS[grid]
    task, encoding, rng = Task(frame, Reward()), Tree(scale=scale), np.random.default_rng(0)
    language = encoding.language(task)
    nodes = rng.integers(-(2**15), 2**15, (400, 50)).astype(np.int16)
    function = rng.random(nodes.shape) < 0.6
    nodes[function] = rng.integers(0, len(FUNCTIONS), function.sum())
    sizes = rng.integers(-5, 60, 400)
    melodies = encoding.decode(task, Trees(nodes, sizes))
    task.evaluate(melodies)  # raises where these are no melodies
    twins = [naive_tree.melody(row, min(size, 50), language) for row, size in zip(nodes, sizes, strict=True)]
    assert (melodies == np.array(twins)).all()


@pytest.mark.parametrize("grid", GRIDS)
def test_random_trees_sound_as_their_twins(grid):
    frame, scale = GRIDS[grid]
    task, encoding, rng = Task(frame, Reward()), Tree(scale=scale, first_depths=(1, 7)), np.random.default_rng(1)
    trees = encoding.sample(task, rng, 200)
    language = encoding.language(task)
    twins = [naive_tree.melody(row, size, language) for row, size in zip(*trees, strict=True)]
    assert (encoding.decode(task, trees) == np.array(twins)).all()


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"motifs": ("0:2 x:3",)}, "motif '0:2 x:3' has 'x:3'"),
        ({"motifs": ("",)}, "motif is empty"),
        ({"motifs": ("0:0",)}, "steps from 1 up"),
        ({"durations": ()}, "durations is"),
        ({"durations": (2, 2)}, "expected different numbers"),
        ({"durations": (0,)}, "durations is 0"),
        ({"scale": "C majr"}, "did you mean 'major'"),
        ({"reach": 0}, "reach is 0"),
        ({"max_size": 0}, "max_size is 0"),
        ({"max_depth": 3}, "first_depths is"),
        ({"first_depths": (3, 2)}, "expected a least and a greatest"),
        ({"mutations": "hoste"}, "did you mean 'hoist'"),
        ({"crossovers": {"subtree": -1}}, "crossovers\\['subtree'\\] is -1, expected a number from 0 up"),
        ({"leaf_pick": 2}, "leaf_pick is 2"),
        ({"leaf_rate": "often"}, "leaf_rate is 'often'"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(parameters, said):
    with pytest.raises(ValueError, match=said):
        Tree(**parameters)


def test_a_scale_without_a_pitch_on_the_grid_is_refused():
    task = Task(Grid(bars=1, low=61, high=61), Reward())
    with pytest.raises(ValueError, match="shares no pitch"):
        Tree(scale="C major").language(task)
