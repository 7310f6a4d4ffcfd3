"""Real tunes: reading them, excerpts of them on a grid, and the styles that are trained on them.

`held_out(grid)` gives excerpts of tunes that no statistic was trained on, the yardstick beside a task's returns;
`train` makes a style of tunes, by which `evomusic.rules.PitchStyle` and its like give rewards. On the command line:
`evomusic style`.

Read `tunes.py` first: a tune as sections of bars, in ticks. Then `excerpts.py`, which cuts windows of full bars and
moves them to a grid's tonic, and `style.py`, which counts pitches and rhythms in them. `collection.py` splits tunes
that music21 installs into training and held-out ones: `ryan.py` is Ryan's Mammoth Collection, `airs.py` O'Neill's and
Aird's, `shipped.py` lists them by style; `modes.py` reads tunes of one mode as of another, where there are few;
`cache.py` stores tunes that were read, `command.py` is the command line. `evomusic.rules.style_model` says how a style
gives probabilities.
"""

from evomusic.corpus.excerpts import Excerpts, excerpts
from evomusic.corpus.shipped import COLLECTIONS, held_out, training
from evomusic.corpus.style import bands, train
from evomusic.corpus.tunes import Section, Source, read_folder
from evomusic.rules.style_file import load_style, to_json
from evomusic.rules.style_model import StyleModel

__all__ = [
    "COLLECTIONS",
    "Excerpts",
    "Section",
    "Source",
    "StyleModel",
    "bands",
    "excerpts",
    "held_out",
    "load_style",
    "read_folder",
    "to_json",
    "train",
    "training",
]
