"""Real tunes: reading them, excerpts of them on a grid, and the styles that are trained on them.

`held_out(grid)` gives excerpts of tunes that no statistic was trained on, the yardstick beside a task's returns;
`train` makes a style of tunes, by which `evomusic.rules.PitchStyle` and its like give rewards. On the command line:
`evomusic style`.

Read `tunes.py` first: a tune as sections of bars, in ticks. Then `excerpts.py`, which cuts windows of full bars and
moves them to a grid's tonic, and `style.py`, which counts pitches and rhythms in them. `ryan.py` is the one collection
that is at hand, Ryan's Mammoth Collection as music21 installs it, with the split into training and held-out tunes;
`modes.py` reads tunes of one mode as of another, where there are few; `cache.py` stores tunes that were read,
`command.py` is the command line. `evomusic.rules.style_model` says how a style gives probabilities.
"""

from evomusic.corpus.excerpts import Excerpts, excerpts
from evomusic.corpus.ryan import held_out, training
from evomusic.corpus.style import bands, train
from evomusic.corpus.tunes import Section, Source, read_folder
from evomusic.rules.style_file import load_style, to_json
from evomusic.rules.style_model import StyleModel

__all__ = [
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
