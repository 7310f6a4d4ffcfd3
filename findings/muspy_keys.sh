#!/usr/bin/env bash
# muspy 0.5.0, write_musicxml: a key without a mode, as MusicXML allows, becomes another key: the number of
# sharps is taken as an index into a circle of fifths that begins at F flat. C major comes out with eight flats, two flats as eleven
# sharps. The pitches stay. With a mode in the file the key stays too. A pull request has it: salu133445/muspy 85.
#
# Guess: what is read from MusicXML is written to MusicXML with the same signature.
# Seen (sharps in the file, sharps after reading and writing it):
#   0 -> -8
#   1 -> -7
#   -2 -> 11
#   -2 with <mode>major</mode> -> -2
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "muspy==0.5.0" "music21==10.5.1"
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import re
from pathlib import Path

import muspy


def again(sharps, mode=""):
    Path("tune.xml").write_text(
        '<score-partwise version="4.0"><part-list><score-part id="P1"><part-name>One</part-name></score-part></part-list>'
        f'<part id="P1"><measure number="1"><attributes><divisions>1</divisions><key><fifths>{sharps}</fifths>{mode}</key>'
        "<time><beats>4</beats><beat-type>4</beat-type></time><clef><sign>G</sign><line>2</line></clef></attributes>"
        "<note><pitch><step>G</step><octave>4</octave></pitch><duration>4</duration><voice>1</voice><type>whole</type>"
        "</note></measure></part></score-partwise>"
    )
    muspy.write_musicxml("again.xml", muspy.read_musicxml("tune.xml"))
    (found,) = re.findall(r"<fifths>(-?\d+)</fifths>", Path("again.xml").read_text())
    return int(found)


major = "<mode>major</mode>"
seen = {f"{sharps}{' with ' + mode if mode else ''}": again(sharps, mode) for sharps, mode in ((0, ""), (1, ""), (-2, ""), (-2, major))}
for before, after in seen.items():
    print(f"{before} -> {after}")
assert seen == {"0": -8, "1": -7, "-2": 11, f"-2 with {major}": -2}, "the behaviour has changed"
PY
