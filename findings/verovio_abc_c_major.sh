#!/usr/bin/env bash
# verovio 6.4.1, ABC: a tune in C major or A minor that is loaded after a tune in another key keeps the sharps or flats of that one,
# in a toolkit of its own too, within one process: the notes sound altered though the score shows no signature. So what a tune is
# depends on the tunes before it. The same in one file: [K:C] after K:D, and the second tune of a book. Loading a key that has a
# signature sets the next one. A thread of another project has it ("Accidentals are not reset when switching between ABC notation
# blocks", kpaede/Verovio-Music-Renderer 13); in verovio's own we found none.
#
# Guess: a new toolkit knows nothing of others, and K:C means no sharps and no flats.
# Seen (C D E F as MIDI):
#   K:C first: 60 62 64 65
#   K:D: 61 62 64 66
#   K:C: 61 62 64 66
#   K:Am: 61 62 64 66
#   K:Gm: 60 62 63 65
#   K:C: 60 62 63 65
#   K:D, then [K:C] within: 61 62 64 66, 61 62 64 66
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

verovio.enableLog(verovio.LOG_OFF)


def pitches(key, bars="CDEF|"):
    toolkit = verovio.toolkit()
    toolkit.setInputFrom("abc")
    assert toolkit.loadData(f"X:1\nT:t\nM:4/4\nL:1/4\nK:{key}\n{bars}\n")
    tracks = mido.MidiFile(file=io.BytesIO(base64.b64decode(toolkit.renderToMIDI()))).tracks
    return [message.note for track in tracks for message in track if message.type == "note_on" and message.velocity]


natural, sharp, flat = [60, 62, 64, 65], [61, 62, 64, 66], [60, 62, 63, 65]
seen = []
for name, key in (("K:C first", "C"), ("K:D", "D"), ("K:C", "C"), ("K:Am", "Am"), ("K:Gm", "Gm"), ("K:C", "C")):
    seen.append(pitches(key))
    print(f"{name}:", *seen[-1])
within = pitches("D", "CDEF|[K:C]CDEF|")
print("K:D, then [K:C] within:", *within[:3], f"{within[3]},", *within[4:])
assert [*seen, within] == [natural, sharp, sharp, sharp, flat, flat, sharp * 2], "the behaviour has changed"
PY
