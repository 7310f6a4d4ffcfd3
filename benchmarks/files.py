"""Reading files of tunes."""

from __future__ import annotations

import time
from pathlib import Path

import music21

from benchmarks.timing import Sheet
from evomusic.corpus.ryan import paths
from evomusic.io import read_tune
from evomusic.io.fitting import fit_whole


def collection(sheet: Sheet, small: bool) -> None:
    """Ryan's Mammoth Collection from ABC onto grids, beside music21's reading of a sample of it; one core."""
    files = paths()[:40] if small else paths()
    sample = files[:: max(len(files) // 40, 1)]
    spent = [_read(files) for _ in range(1 if small else sheet.repeats)]
    peer = time.process_time()
    for path in sample:
        music21.converter.parse(path, format="abc", forceSource=True)
    peer = (time.process_time() - peer) / len(sample)
    name = f"reading {len(files):,} tunes in ABC and fitting them to grids"
    sheet.ratio(name, len(files) / min(spent), 1 / peer, "tunes/s", 20, "music21, reading alone")
    if not small:
        sheet.most(f"{name}, one core", min(spent), "s", 2)


def _read(files: list[Path]) -> float:
    """Seconds of the processor."""
    start = time.process_time()
    for path in files:
        fit_whole(read_tune(path))
    return time.process_time() - start
