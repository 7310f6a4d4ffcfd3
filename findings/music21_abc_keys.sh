#!/usr/bin/env bash
# music21 10.5.1, ABC: after a letter the key field is not looked at further, so a key that it does not know is a major one without
# a word: "K:B♭" with the sign of a flat is B major, "K:D-dorian" is D major. Only "K:Bb" and "K:Ddor" are what they say.
#
# Guess: B flat major and D dorian, or an error.
# Seen:
#   K:Bb has 2 flats, F G A B are F G A B-
#   K:B♭ has 5 sharps, F G A B are F# G# A# B
#   K:Ddor has no sharps, F G A B are F G A B
#   K:D-dorian has 2 sharps, F G A B are F# G A B
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "music21==10.5.1"
cd "$work"
"$work/venv/bin/python" - <<'PY'
from music21 import converter

seen = {}
for field in ("Bb", "B\u266d", "Ddor", "D-dorian"):
    score = converter.parse(f"X:1\nT:t\nM:4/4\nL:1/4\nK:{field}\nFGAB|\n", format="abc").flatten()
    sharps = next(iter(score.getElementsByClass("KeySignature"))).sharps
    seen[field] = sharps, " ".join(note.name for note in score.notes)
    print(f"K:{field} has {abs(sharps) or 'no'} {'flats' if sharps < 0 else 'sharps'}, F G A B are {seen[field][1]}")
assert seen == {
    "Bb": (-2, "F G A B-"),
    "B\u266d": (5, "F# G# A# B"),
    "Ddor": (0, "F G A B"),
    "D-dorian": (2, "F# G A B"),
}, "the behaviour has changed"
PY
