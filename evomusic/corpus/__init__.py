"""Real tunes: reading them, excerpts of them on a grid, and the styles that are trained on them.

`held_out(grid)` gives real excerpts that no statistic was trained on; `train` makes a style of tunes, which
`evomusic.rules.PitchStyle` and its like pay for.
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
