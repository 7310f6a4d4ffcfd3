"""Whole collections of ABC against abc2midi (Debian's package abcmidi): the same notes at the same times.

The collections come with music21: Ryan's Mammoth Collection, O'Neill's Music of Ireland, Aird's Airs and the Essen folk
songs, 12,762 tunes. abc2midi plays repeats, grace notes, rolls, parts (P:) and the swing of a hornpipe (R:), which are
taken out for both; accidentals hold in every octave, as it reads them. Each difference that is left has a reason here.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from evomusic.io import Tune, TuneError
from evomusic.io.abc.book import read_abc_tune, split_book
from evomusic.io.choice import Choice
from evomusic.io.guard import read_events

pytestmark = pytest.mark.slow

DROPPED = r'(?P<dropped>"[^"]*"|![^!\s]*!|!|\{[^}]*\}|\[(?=\d)[\d,.\-]*|\["[^"]*"|\[P:[^\]]*\]|[~.HTLMOPRSuv])'
WHOLE = r"(?P<whole>\[[A-Za-z]:[^\]]*\]|\[[^\[\]|]*\]|\(\d(?::\d?){0,2})"
BAR = r"(?P<bar>:*\[?\|[:|\]]*(?:\s*\[?\d[\d,.\-]*)?|::+|\|?\])"
TOKENS = re.compile(f"{DROPPED}|{WHOLE}|{BAR}")

BROKEN = "broken rhythm between notes of unequal length, or twice at one note: abc2midi leaves some as they are written"
TUPLET = "(5 and (9 in 3/4: in the time of three in abc2midi, of two by the standard, for 3/4 is no compound metre"
DIFFERENT = {
    "ryansMammoth": {
        "42dHighlandRegimentStrathspey 1": BROKEN,
        "BoysOfBockhillJig 1": BROKEN,
        "BuckleysHornpipe 1": BROKEN,
        "TidalWaveJig 1": BROKEN,
    },
    "airdsAirs": {},
    "oneills1850": {
        "0001-0050 9": BROKEN,
        "0001-0050 25": TUPLET,
        "0051-0100 71": TUPLET,
        "0051-0100 94": TUPLET,
        "0101-0200 174": TUPLET,
        "0701-0720 717": BROKEN,
        "1276-1375 1282": BROKEN,
        "1625-1700 1684": BROKEN,
        "1625-1700 1685": BROKEN,
    },
    "essenFolksong": {},
}
REFUSED = {
    "ryansMammoth": {},
    "airdsAirs": {},
    "oneills1850": {"0732-0758_bs 745": "K:Bn", "0732-0758_mh 745": "K:Bn"},
    "essenFolksong": {
        "altdeu20 62": "M: FREI4/4",
        "ballad40 6": "M: FREI4/4",
        "ballad50 46": "M: FREI6/8",
        "dva0 47": "M: FREI4/4",
        "folkHaydn 13": "K: Es",
        "han2 374": "K: H, which abc2midi refuses too",
        "han2 445": "K: H, which abc2midi refuses too",
        "test1 12": "M: 2/2]",
    },
}


def collection(name: str) -> Iterator[tuple[str, str]]:
    """Name and text of each tune of a collection."""
    spec = find_spec("music21")
    assert spec
    assert spec.origin
    for path in sorted((Path(spec.origin).parent / "corpus" / name).glob("*.abc")):
        for number, text in split_book(path.read_bytes()):
            yield f"{path.stem} {number}", text


def as_written(text: str) -> str:
    """A tune without what abc2midi plays and a reader of the notes does not."""
    lines = []
    for line in text.splitlines():
        if re.match(r"[A-Za-z+]:(?![|:])|%", line):
            lines += [] if re.match("[RP]:", line) else [line]
            continue
        music = re.sub(r"=(20)?\s*$", "", re.split(r"(?<!\\)%", line, maxsplit=1)[0]).replace("=3D", "=")
        lines.append(TOKENS.sub(lambda m: "" if m["dropped"] else m["whole"] or " | ", music))
    return "\n".join([*lines, ""])


def heard(texts: list[str], folder: Path) -> list[list[tuple[int, float, float]] | None]:
    """Pitch, onset and duration in quarters of the notes of abc2midi's first track, None where it gives none."""
    old = [bool(re.search(r"\+[A-Ga-g][A-Ga-g\d]+\+", text)) for text in texts]  # chords as +CEG+
    for option, chosen in (("-OCC", old), ("-silent", [not each for each in old])):
        numbered = (renumbered(text, i) for i, text in enumerate(texts) if chosen[i])
        (folder / "tune.abc").write_text("\n\n".join(numbered), encoding="utf-8")
        command = ["abc2midi", "tune.abc", "-NGRA", "-NGUI", "-NFER", "-silent", option]
        subprocess.run(command, cwd=folder, capture_output=True, timeout=240)
    written = [folder / f"tune{i + 1}.mid" for i in range(len(texts))]
    return [notes_of(path.read_bytes()) if path.exists() else None for path in written]


def renumbered(text: str, index: int) -> str:
    """A tune by its place: abc2midi names a file by the number."""
    found, count = re.subn(r"^X:.*$", f"X:{index + 1}", text, count=1, flags=re.MULTILINE)
    assert count == 1
    return found.strip("\n")


def notes_of(data: bytes) -> list[tuple[int, float, float]] | None:
    """The highest notes of the first track that has some; of note-ons, abc2midi's come a tick late."""
    ticks, events = read_events(data)
    track = next((e.track for e in events if e.status & 0x1F0 == 0x90), None)
    starts: dict[int, int] = {}
    notes: list[tuple[int, int, int]] = []  # first tick, last tick, pitch
    for event in events:
        if event.track != track or event.status & 0x1E0 != 0x80:
            continue
        if event.status & 0xF0 == 0x90 and event.data[1]:
            starts.setdefault(event.data[0], event.tick)
        elif event.data[0] in starts:
            notes.append((starts.pop(event.data[0]), event.tick, event.data[0]))
    top: dict[int, tuple[int, int]] = {}
    first = 0
    for start, end, pitch in sorted(notes):  # notes of a chord are struck one after the other, and overlap
        first = first if first in top and start < top[first][0] else start
        if first not in top or pitch > top[first][1]:
            top[first] = end, pitch
    return [(p, (a - 1) / ticks, (b - a + 1) / ticks) for a, (b, p) in sorted(top.items())] or None


def same(tune: Tune, notes: list[tuple[int, float, float]]) -> bool:
    """Whether a tune has these notes, to a few ticks."""
    return len(tune.notes) == len(notes) and all(
        note.pitch == pitch
        and abs(float(note.onset) - onset) < 1 / 64  # fractions and floats compare slowly
        and abs(float(note.duration) - length) < 1 / 32
        for note, (pitch, onset, length) in zip(tune.notes, notes, strict=True)
    )


@pytest.mark.parametrize("name", ["ryansMammoth", "airdsAirs", "oneills1850", "essenFolksong"])
def test_every_tune_of_a_collection_is_read_as_abc2midi_reads_it(name: str, tmp_path: Path) -> None:
    if shutil.which("abc2midi") is None:
        pytest.skip("abc2midi is not installed: apt-get install abcmidi")
    pytest.importorskip("music21")
    tunes = {tune_name: as_written(text) for tune_name, text in collection(name)}
    different, refused, silent = set(), set(), set()
    for (tune_name, plain), notes in zip(tunes.items(), heard([*tunes.values()], tmp_path), strict=True):
        try:  # of tunes in several voices the first
            tune = read_abc_tune(f"%%propagate-accidentals pitch\n{plain}", Choice(part=1, chords="top"))
        except TuneError:
            refused.add(tune_name)
            continue
        if notes is None:
            silent.add(tune_name)
        elif not same(tune, notes):
            different.add(tune_name)
    assert different == {*DIFFERENT[name]}
    assert refused == {*REFUSED[name]}
    assert len(different) <= 0.005 * len(tunes)
    assert len(refused) <= 0.005 * len(tunes)
    assert not silent
