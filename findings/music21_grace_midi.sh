#!/usr/bin/env bash
# music21 10.5.1, write("midi"): a grace note has no duration, and its note-off is written before its note-on at the same tick.
# So it is never let go: a player holds it until the next note of its pitch ends, here through two bars.
#
# Guess: a short note, or none; at least the note-on before the note-off.
# Seen:
#   tick 0: note_off 79, note_on 79, note_on 72
#   note-offs of 79 after its note-on: tick 60480 of 10080 a quarter, six quarters later, where another G5 ends
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "music21==10.5.1" "mido==1.3.3"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import mido
from music21 import converter

score = converter.parse("X:1\nT:t\nM:2/4\nL:1/4\nK:C\n{g}cd|e2|g2|\n", format="abc")  # a grace note G5, C5 D5, E5, G5
score.write("midi", "tune.mid")
tick, notes = 0, []
for message in mido.MidiFile("tune.mid").tracks[1]:
    tick += message.time
    if message.type in ("note_on", "note_off"):
        notes.append((tick, message.type, message.note))
print("tick 0:", ", ".join(f"{kind} {note}" for at, kind, note in notes if at == 0))
ends = [at for at, kind, note in notes[1:] if (kind, note) == ("note_off", 79)]
print("note-offs of 79 after its note-on:", ends)
assert notes[:3] == [(0, "note_off", 79), (0, "note_on", 79), (0, "note_on", 72)], "the behaviour has changed"
assert ends == [60480], "the behaviour has changed"
PY
