"""Tunes of one mode read as tunes of a related one."""

import pytest

from evomusic.corpus.modes import read_as
from evomusic.corpus.tunes import SILENT, TIED, Section, Source

D4, A4, BB4, B4, C5, D5 = 62, 69, 70, 71, 72, 74


def source(key, *bars):
    return Source("Air", "", (Section((4, 4), key, tuple(tuple((sound, 960) for sound in bar) for bar in bars)),))


@pytest.mark.parametrize(
    ("sounds", "read"),
    [
        ([A4, B4, A4], [A4, BB4, A4]),
        ([A4, B4, C5], [A4, B4, C5]),
        ([A4, B4, D5], [A4, B4, D5]),
        ([B4, D5 + 12], [BB4, D5 + 12]),
        ([B4, B4, C5], [B4, B4, C5]),
        ([B4, B4 + TIED, A4], [BB4, BB4 + TIED, A4]),
        ([B4, SILENT, C5], [B4, SILENT, C5]),
        ([C5, B4], [C5, BB4]),
        ([SILENT, D4], [SILENT, D4]),
    ],
    ids=["falls", "to the seventh", "to the tonic", "leaps", "repeated", "tied", "over a rest", "at the end", "none"],
)
def test_the_sixth_of_a_dorian_tune_read_as_minor_is_raised_where_it_rises(sounds, read):
    for split in range(len(sounds)):
        made = read_as(source("D dorian", sounds[:split], sounds[split:]), "dorian", "minor")
        assert made == source("D minor", read[:split], read[split:])


def test_minor_tunes_read_as_dorian_keep_their_pitches_and_others_their_mode():
    assert read_as(source("D minor", [A4, BB4, A4]), "minor", "dorian") == source("D dorian", [A4, BB4, A4])
    for key in ("D major", "D dorian", ""):
        assert read_as(source(key, [A4, B4]), "minor", "dorian") == source(key, [A4, B4])
