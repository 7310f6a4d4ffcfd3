#!/usr/bin/env bash
# verovio 6.4.1, MusicXML: where a beam crosses the end of a tuplet, the notes after the tuplet that it joins are taken into it and
# shortened, and all that follows comes early. Which notes a beam joins is no matter of time in MusicXML. music21 10.5.1 writes
# such beams itself, for four in the time of three in the middle of a bar of 6/8, since it beams by halves of the bar. Related, of
# tuplets and beams in general: rism-digital/verovio 1635.
#
# Guess: the notes begin where their durations put them, however they are beamed.
# Seen (onsets in quarters of A B, the four C D E F, G | G):
#   a beam for the four: 0.0 0.75 1.0 1.375 1.75 2.125 2.5 3.0
#   beams by halves of the bar: 0.0 0.75 1.0 1.375 1.75 2.125 2.5 2.875
#   written by music21: 0.0 0.75 1.0 1.375 1.75 2.125 2.5 2.875
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "verovio==6.4.1" "mido==1.3.3" "music21==10.5.1"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import base64
import io
from pathlib import Path

import mido
import verovio
from music21 import converter

verovio.enableLog(verovio.LOG_OFF)
HEAD = (
    '<score-partwise version="4.0"><part-list><score-part id="P1"><part-name>One</part-name></score-part></part-list>'
    '<part id="P1"><measure number="1"><attributes><divisions>8</divisions><key><fifths>0</fifths></key>'
    "<time><beats>6</beats><beat-type>8</beat-type></time><clef><sign>G</sign><line>2</line></clef></attributes>"
)


def note(step, duration, kind, beam="", more="", notations=""):
    beam = f'<beam number="1">{beam}</beam>' if beam else ""
    return (
        f"<note><pitch><step>{step}</step><octave>5</octave></pitch><duration>{duration}</duration><voice>1</voice>"
        f"<type>{kind}</type>{more}{beam}{notations}</note>"
    )


def score(beams):
    four = "<time-modification><actual-notes>4</actual-notes><normal-notes>3</normal-notes></time-modification>"
    marks = {0: '<notations><tuplet type="start"/></notations>', 3: '<notations><tuplet type="stop"/></notations>'}
    plain = note("A", 6, "eighth", beams[0], "<dot/>") + note("B", 2, "16th", beams[1])
    tuplet = "".join(note(p, 3, "eighth", beams[2 + i], four, marks.get(i, "")) for i, p in enumerate("CDEF"))
    last = f'<measure number="2">{note("G", 24, "half", more="<dot/>")}</measure></part></score-partwise>'
    return f'{HEAD}{plain}{tuplet}{note("G", 4, "eighth", beams[6])}</measure>{last}'


def onsets(text):
    toolkit = verovio.toolkit()
    assert toolkit.loadData(text)
    file = mido.MidiFile(file=io.BytesIO(base64.b64decode(toolkit.renderToMIDI())))
    tick, found = 0, []
    for message in file.tracks[1]:
        tick += message.time
        if message.type == "note_on" and message.velocity:
            found.append(round(tick / file.ticks_per_beat, 3))
    return found


converter.parse("X:1\nT:t\nM:6/8\nL:1/8\nK:C\na>b (4cdef g|g6|\n", format="abc").write("musicxml", "there.musicxml")
seen = {
    "a beam for the four": onsets(score(["begin", "end", "begin", "continue", "continue", "end", ""])),
    "beams by halves of the bar": onsets(score(["begin", "continue", "continue", "end", "begin", "continue", "end"])),
    "written by music21": onsets(Path("there.musicxml").read_text()),
}
for name, times in seen.items():
    print(f"{name}:", *times)
right, early = [0.0, 0.75, 1.0, 1.375, 1.75, 2.125, 2.5, 3.0], [0.0, 0.75, 1.0, 1.375, 1.75, 2.125, 2.5, 2.875]
assert list(seen.values()) == [right, early, early], "the behaviour has changed"
PY
