#!/usr/bin/env bash
# music21 10.5.1, harmony.ChordSymbol: "Bb" is refused, as the manual's flat is "-"; but "Bb7", "Eb6", "Ab13" are read without a
# word as the chord a semitone higher with a lowered tone: B major with a flat seventh in the place of B flat seven. Its own ABC
# reader replaces the letter before, so that the same chord read from ABC is right.
#
# Guess: what "Bb" gets, "Bb7" gets too: an error, or B flat.
# Seen:
#   Bb: ValueError
#   Bb7: root B, B D# F# A
#   B-7: root B-, B- D F A-
#   Eb6: root E, E G# B C
#   Ab13: root A, A C# E F
#   "Bb7" read from ABC: root B-, B- D F A-
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "music21==10.5.1"
cd "$work"
"$work/venv/bin/python" - <<'PY'
from music21 import converter, harmony


def shown(symbol):
    names = dict.fromkeys(pitch.name for pitch in symbol.pitches)
    return f"root {symbol.root().name}, {' '.join(names)}"


def read(figure):
    try:
        return shown(harmony.ChordSymbol(figure))
    except ValueError as error:
        return type(error).__name__


score = converter.parse('X:1\nT:One bar\nM:4/4\nL:1/1\nK:Bb\n"Bb7"B|\n', format="abc")
(symbol,) = score.recurse().getElementsByClass(harmony.ChordSymbol)
seen = {figure: read(figure) for figure in ("Bb", "Bb7", "B-7", "Eb6", "Ab13")} | {'"Bb7" read from ABC': shown(symbol)}
for figure, answer in seen.items():
    print(f"{figure}: {answer}")
assert seen == {
    "Bb": "ValueError",
    "Bb7": "root B, B D# F# A",
    "B-7": "root B-, B- D F A-",
    "Eb6": "root E, E G# B C",
    "Ab13": "root A, A C# E F",
    '"Bb7" read from ABC': "root B-, B- D F A-",
}, "the behaviour has changed"
PY
