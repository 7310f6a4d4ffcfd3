"""Mutated files for every reader: `python -m tests.io.fuzz abc 1000 0` prints outcomes, longest time and peak memory.

Run in a process of its own, so that its peak memory is that of the readers. The mutations are those of bytes (flips,
cuts, copies, splices of two files) and, in texts, of tokens that the format knows.
"""

from __future__ import annotations

import io
import json
import random
import resource
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from evomusic.core.grid import Grid
from evomusic.io import TuneError, fit
from evomusic.io.abc.book import read_abc, read_book
from evomusic.io.abc.sections import read_sections
from evomusic.io.choice import Choice
from evomusic.io.fitting import fit_whole
from evomusic.io.midi_read import read_midi
from evomusic.io.musicxml.read import read_musicxml
from evomusic.io.text import read_text
from tests.io.samples import JIG, attributes, midi, musicxml, mxl, xml_note, xml_rest

VOICES = """X:1
T:Two
M:3/4
L:1/8
Q:1/4=90
V:1 name="A" clef=treble-8
V:2 transpose=-2
K:Ddor
[V:1]A2 (3Bcd e>f|[FA]4- [FA]2 & D6|["last" +GB+2 =c'2 _B,2|]
[V:2]D6|Z1|{fg}a2 z4 ||[M:2/4][K:Bb]x4:|

X:2
K:G
GABc|
"""
MARK = "<metronome><beat-unit>half</beat-unit><per-minute>60</per-minute></metronome>"
SCORE = musicxml(
    attributes(mode="minor")
    + f"<direction><direction-type>{MARK}</direction-type></direction>"
    + xml_note("C", 4, '<tie type="start"/>', "<voice>1</voice>")
    + xml_note("C", 2, '<tie type="stop"/>')
    + xml_rest(2)
    + "<backup><duration>8</duration></backup>"
    + xml_note("E", 8, "<voice>2</voice>", octave=3),
    "",
    xml_note("D", 4, alter=1) + xml_note("F", 4, "<chord/>") + xml_note("G", 1, "<grace/>") + xml_note("A", 4),
    parts=2,
)  # fmt: skip
PLAYED = midi(
    [(60, 1, 160), (62, 161, 320), (64, 321, 480), (65, 481, 960), (67, 957, 1440), (67, 1441, 1500), (69, 1501, 1920)],
    [(48, 0, 1919), (55, 0, 1919)],
    metre=(3, 4),
    key="Am",
    tempo=600_000,
)
ABC_WORDS = "M: L:1/0 K: V: & + [ ] ( (9:9:9 > <<< | |: :| - { } ! %% X: 9 // ^^ __ = ' , z x Z99 octave=-9 treble+8"
XML_WORDS = """<voice>9</voice> <chord/> <grace/> <backup><duration>3</duration></backup>
<forward/> <duration>9</duration> <divisions>0</divisions> </measure><measure>
<time><beats>9</beats></time> <time><senza-misura/></time> <cue/> <note/>
<alter>1</alter> <time/> <pitch/> <transpose/> <sound/> -1 1e9 0 &amp;"""
WORDS = {"abc": [*ABC_WORDS.split(), "\n", " "], "xml": XML_WORDS.split()}
GRID = Grid(bars=2, beats=4, steps_per_beat=4, scale="G major")
CHOICES = [Choice(), Choice(part="melody", chords="top"), Choice(voice="melody"), Choice(tune=1, part=1)]
SEEDS: dict[str, list[bytes]] = {
    "abc": [JIG.encode(), VOICES.encode()],
    "xml": [SCORE],
    "mxl": [mxl(SCORE), mxl(musicxml(attributes() + xml_note("C", 8)))],
    "midi": [PLAYED, midi([(60, 0, 480), (64, 480, 960)])],
    "txt": [b"G4 - - - A4 - . . | B4 - - - G4 - - - | . . . . . . . . | G4 - - - - - - -"],
}


def read(kind: str, data: bytes, rng: random.Random) -> None:
    """Read a file in every way that its format has, and fit what was read."""
    asked = rng.choice(CHOICES)
    if kind == "txt":
        read_text(data, GRID)
        return
    if kind == "abc":
        list(read_book(data, asked))
        with_error(lambda: read_sections(data.decode("latin-1")))
    reader = {"abc": read_abc, "xml": read_musicxml, "mxl": read_musicxml, "midi": read_midi}[kind]
    tune = reader(data, asked)
    with_error(lambda: fit(tune, GRID))
    fit_whole(tune)


def with_error(action: Callable[[], object]) -> None:
    """Do something that may refuse its input."""
    try:
        action()
    except TuneError:
        return


def mutate(kind: str, rng: random.Random) -> bytes:
    """A file with up to eight mutations."""
    data = bytearray(rng.choice(SEEDS[kind]))
    if kind == "mxl" and rng.random() < 0.5:  # of the score within
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("META-INF/container.xml", '<container><rootfile full-path="a.xml"/></container>')
            archive.writestr("a.xml", mutate("xml", rng))
        return packed.getvalue()
    for _ in range(rng.choice([1, 1, 2, 3, 8])):
        at, length = rng.randrange(len(data) + 1), rng.choice([1, 1, 2, 4, 16, 200])
        if kind == "xml" and rng.random() < 0.8:
            tags = [i for i, byte in enumerate(data) if byte == ord("<")] or [0]
            at, end = sorted((rng.choice(tags), rng.choice(tags)))
            length = end - at if rng.random() < 0.2 else length
        change = rng.choice([0, 1, 2, 3, 4, 4, 4, 5]) if kind in WORDS else rng.randrange(6)
        if change == 0 and at < len(data):
            data[at] = rng.randrange(256)
        elif change == 1 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif change == 2:
            del data[at : at + length]
        elif change == 3:
            data[at:at] = data[at : at + length] * rng.choice([1, 2, 50])
        elif change == 4 and kind in WORDS:
            data[at:at] = rng.choice(WORDS[kind]).encode()
        elif change == 5:
            other = rng.choice(SEEDS[kind])
            start = rng.randrange(len(other))
            data[at : at + length] = other[start : start + length]
        data = data or bytearray(b" ")
    return bytes(data)


def main() -> None:
    """Read so many mutated files of a kind, and print the outcomes as JSON."""
    kind, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rng, outcomes, slowest = random.Random(seed), Counter[str](), 0.0
    for number in range(count):
        data = mutate(kind, rng)
        start = time.process_time()
        try:
            read(kind, data, rng)
            outcomes["read"] += 1
        except (TuneError, ValueError) as error:
            if not isinstance(error, TuneError) and kind != "txt":
                raise RuntimeError(f"input {number}: {data!r}") from error
            if "\n" in str(error) or len(str(error)) > 1000:
                raise RuntimeError(f"input {number}: {data!r}: {error}") from error
            outcomes["refused"] += 1
        except Exception as error:
            raise RuntimeError(f"input {number}: {data!r}") from error
        slowest = max(slowest, time.process_time() - start)
    print(json.dumps({**outcomes, "slowest": slowest, "peak": peak()}))


def peak() -> float:
    """Peak memory of this program in MiB; on Linux `getrusage` would count that of the process it was forked from."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    main()
