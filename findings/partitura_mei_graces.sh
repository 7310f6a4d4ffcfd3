#!/usr/bin/env bash
# partitura 1.9.0, save_mei: a grace note is written into a chord with the note that it decorates. partitura itself and verovio
# 6.4.1 read the file as two notes at once: an interval in the place of a melody, of which a top line takes the grace note.
#
# Guess: an element of its own before the note, read again as a grace note.
# Seen:
#   from MusicXML: B5 0.0 lasts 0.0 (grace), C5 0.0 lasts 1.0, F5 1.0 lasts 1.0
#   from its own MEI: B5 0.0 lasts 1.0, C5 0.0 lasts 1.0, F5 1.0 lasts 1.0
#   verovio, from MusicXML: 83 at 0.0, 72 at 0.5, 77 at 1.0
#   verovio, from the MEI: 72 at 0.0, 83 at 0.0, 77 at 1.0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "partitura==1.9.0" "verovio==6.4.1" "mido==1.3.3"
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import base64
import io
from pathlib import Path

import mido
import partitura
import verovio

verovio.enableLog(verovio.LOG_OFF)


def pitch(step):
    return f"<pitch><step>{step}</step><octave>5</octave></pitch>"


def quarter(step):
    return f"<note>{pitch(step)}<duration>1</duration><voice>1</voice><type>quarter</type></note>"


Path("tune.musicxml").write_text(
    '<score-partwise version="4.0"><part-list><score-part id="P1"><part-name>One</part-name></score-part></part-list>'
    '<part id="P1"><measure number="1"><attributes><divisions>1</divisions><key><fifths>0</fifths></key>'
    "<time><beats>2</beats><beat-type>4</beat-type></time><clef><sign>G</sign><line>2</line></clef></attributes>"
    f'<note><grace/>{pitch("B")}<voice>1</voice><type>eighth</type></note>{quarter("C")}{quarter("F")}'
    "</measure></part></score-partwise>"
)


def by_partitura(path):
    notes = partitura.load_score(path).note_array(include_grace_notes=True, include_pitch_spelling=True)
    found = [
        f"{n['step']}{n['octave']} {n['onset_quarter']:.1f} lasts {n['duration_quarter']:.1f}" + " (grace)" * int(n["is_grace"])
        for n in notes
    ]
    return ", ".join(sorted(found, key=lambda text: (text.split()[1], text)))


def by_verovio(path):
    toolkit = verovio.toolkit()
    assert toolkit.loadData(Path(path).read_text())
    file = mido.MidiFile(file=io.BytesIO(base64.b64decode(toolkit.renderToMIDI())))
    tick, found = 0, []
    for message in file.tracks[1]:
        tick += message.time
        if message.type == "note_on" and message.velocity:
            found.append(f"{message.note} at {tick / file.ticks_per_beat:.1f}")
    return ", ".join(found)


partitura.save_mei(partitura.load_score("tune.musicxml"), "tune.mei")
seen = [by_partitura("tune.musicxml"), by_partitura("tune.mei"), by_verovio("tune.musicxml"), by_verovio("tune.mei")]
names = "from MusicXML", "from its own MEI", "verovio, from MusicXML", "verovio, from the MEI"
for name, text in zip(names, seen):
    print(f"{name}: {text}")
assert seen == [
    "B5 0.0 lasts 0.0 (grace), C5 0.0 lasts 1.0, F5 1.0 lasts 1.0",
    "B5 0.0 lasts 1.0, C5 0.0 lasts 1.0, F5 1.0 lasts 1.0",
    "83 at 0.0, 72 at 0.5, 77 at 1.0",
    "72 at 0.0, 83 at 0.0, 77 at 1.0",
], "the behaviour has changed"
PY
