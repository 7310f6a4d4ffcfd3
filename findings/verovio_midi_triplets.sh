#!/usr/bin/env bash
# verovio 6.4.1, renderToMIDI: 120 ticks a quarter, of which a triplet's eighth is 40. Times are cut down to whole ticks and not
# rounded, so a note within a triplet may begin a tick early, by where the triplet stands: the others are right.
#
# Guess: 0, 40, 80, 120, 180 and so on, all of them multiples of 20.
# Seen:
#   onsets of bar 2: 480 520 560 600 660 720 760 799 840 880 919
#   799 for 800, 919 for 920
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "verovio==6.4.1" "mido==1.3.3"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import base64
import io

import mido
import verovio

note = '<note dur="8" oct="4" pname="c"/>'
triplet = f'<tuplet num="3" numbase="2">{note * 3}</tuplet>'
bars = [triplet * 4, triplet + note * 2 + triplet * 2]
measures = "".join(
    f'<measure n="{n}"><staff n="1"><layer n="1">{bar}</layer></staff></measure>' for n, bar in enumerate(bars, 1)
)
staff = '<staffGrp><staffDef n="1" lines="5" clef.shape="G" clef.line="2"/></staffGrp>'
toolkit = verovio.toolkit()
toolkit.loadData(
    '<mei xmlns="http://www.music-encoding.org/ns/mei"><music><body><mdiv><score>'
    f'<scoreDef meter.count="4" meter.unit="4">{staff}</scoreDef><section>{measures}</section>'
    "</score></mdiv></body></music></mei>"
)
file = mido.MidiFile(file=io.BytesIO(base64.b64decode(toolkit.renderToMIDI())))
tick, onsets = 0, []
for message in file.tracks[1]:
    tick += message.time
    if message.type == "note_on" and message.velocity:
        onsets.append(tick)
print("onsets of bar 2:", *onsets[12:])
early = [onset for onset in onsets if onset % 20]
print(", ".join(f"{onset} for {onset + 1}" for onset in early))
assert early == [799, 919], "the behaviour has changed"
PY
