"""Tunes in and out: MIDI, MusicXML and ABC files, and how they are put on a grid.

`read_tune` says what a file holds, `fit` puts it on a grid and reports every change, `read` does both, `write` writes a
melody. Files that cannot be used raise `TuneError`, one line. Parsers are imported when a file needs them.
"""

from evomusic.io.files import READS, WRITES, read, read_tune, tunes_in, write
from evomusic.io.fitting import Fit, fit, grid_for
from evomusic.io.keys import estimate_key
from evomusic.io.tune import Meter, Tune, TuneError, TuneNote

__all__ = [
    "READS",
    "WRITES",
    "Fit",
    "Meter",
    "Tune",
    "TuneError",
    "TuneNote",
    "estimate_key",
    "fit",
    "grid_for",
    "read",
    "read_tune",
    "tunes_in",
    "write",
]
