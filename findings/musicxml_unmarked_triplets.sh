#!/usr/bin/env bash
# MusicXML: notes of a triplet without <tuplet>, which only asks for the bracket or number to be printed. Their lengths are in
# <duration> and <time-modification>. verovio 6.4.1 reads plain eighths: a bar of 2/4 lasts 2.5 quarters, and all that follows is
# late. partitura 1.9.0 reads them right and writes them right to MusicXML, but its save_mei writes plain eighths, without a word.
#
# Guess: what is printed changes no time.
# Seen (onsets in quarters of C D E F | G):
#   verovio, with <tuplet>: 0.0 0.333 0.667 1.0 2.0
#   verovio, without: 0.0 0.5 1.0 1.5 2.5
#   partitura, without: 0.0 0.333 0.667 1.0 2.0
#   partitura, without, saved as MusicXML: 0.0 0.333 0.667 1.0 2.0
#   partitura, without, saved as MEI: 0.0 0.5 1.0 1.5 2.5
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "verovio==6.4.1" "mido==1.3.3" "partitura==1.9.0"
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import base64
import io
from pathlib import Path

import mido
import partitura
import verovio

verovio.enableLog(verovio.LOG_OFF)


def note(step, duration, kind, more="", notations=""):
    return (
        f"<note><pitch><step>{step}</step><octave>5</octave></pitch><duration>{duration}</duration><voice>1</voice>"
        f"<type>{kind}</type>{more}{notations}</note>"
    )


def score(marked):
    three = "<time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes></time-modification>"
    mark = {kind: f'<notations><tuplet type="{kind}"/></notations>' if marked else "" for kind in ("start", "stop")}
    triplet = (
        note("C", 2, "eighth", three, mark["start"])
        + note("D", 2, "eighth", three)
        + note("E", 2, "eighth", three, mark["stop"])
    )
    return (
        '<score-partwise version="4.0"><part-list><score-part id="P1"><part-name>One</part-name></score-part></part-list>'
        '<part id="P1"><measure number="1"><attributes><divisions>6</divisions><key><fifths>0</fifths></key>'
        "<time><beats>2</beats><beat-type>4</beat-type></time><clef><sign>G</sign><line>2</line></clef></attributes>"
        f'{triplet}{note("F", 6, "quarter")}</measure><measure number="2">{note("G", 12, "half")}</measure>'
        "</part></score-partwise>"
    )


def by_verovio(text):
    toolkit = verovio.toolkit()
    assert toolkit.loadData(text)
    file = mido.MidiFile(file=io.BytesIO(base64.b64decode(toolkit.renderToMIDI())))
    tick, found = 0, []
    for message in file.tracks[1]:
        tick += message.time
        if message.type == "note_on" and message.velocity:
            found.append(round(tick / file.ticks_per_beat, 3))
    return found


def by_partitura(path):
    return [round(float(onset), 3) for onset in partitura.load_score(path).note_array()["onset_quarter"]]


Path("plain.musicxml").write_text(score(marked=False))
read = partitura.load_score("plain.musicxml")
partitura.save_musicxml(read, "again.musicxml")
partitura.save_mei(read, "again.mei")
seen = {
    "verovio, with <tuplet>": by_verovio(score(marked=True)),
    "verovio, without": by_verovio(score(marked=False)),
    "partitura, without": by_partitura("plain.musicxml"),
    "partitura, without, saved as MusicXML": by_partitura("again.musicxml"),
    "partitura, without, saved as MEI": by_partitura("again.mei"),
}
for name, times in seen.items():
    print(f"{name}:", *times)
right, wrong = [0.0, 0.333, 0.667, 1.0, 2.0], [0.0, 0.5, 1.0, 1.5, 2.5]
assert list(seen.values()) == [right, wrong, right, right, wrong], "the behaviour has changed"
PY
