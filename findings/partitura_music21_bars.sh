#!/usr/bin/env bash
# partitura 1.9.0, load_music21: the part that it makes of a music21 score has no measures and no repeats. So a pickup counts as
# the first beat of a bar, where the same file read by partitura itself begins at beat -1, and unfolding plays all once.
#
# Guess: the same beats and the same unfolded notes as partitura's own reader of MusicXML, for the same file.
# Seen:
#   load_score: 4 measures, beats -1 0 1 2 3 4, unfolded 62 67 70 74 62 67 70 74 67 70
#   load_music21: 0 measures, beats 0 1 2 3 4 5, unfolded 62 67 70 74 67 70
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "partitura==1.9.0" "music21==10.5.1"
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from pathlib import Path

import partitura
from music21 import converter
from partitura.score import unfold_part_maximal


def note(step, octave, alter=0):
    alter = f"<alter>{alter}</alter>" if alter else ""
    return (
        f"<note><pitch><step>{step}</step>{alter}<octave>{octave}</octave></pitch><duration>1</duration><voice>1</voice>"
        "<type>quarter</type></note>"
    )


again = '<barline location="right"><bar-style>light-heavy</bar-style><repeat direction="backward"/></barline>'
Path("tune.musicxml").write_text(
    '<score-partwise version="4.0"><part-list><score-part id="P1"><part-name>One</part-name></score-part></part-list>'
    '<part id="P1"><measure number="0" implicit="yes"><attributes><divisions>1</divisions><key><fifths>-2</fifths></key>'
    "<time><beats>2</beats><beat-type>4</beat-type></time><clef><sign>G</sign><line>2</line></clef></attributes>"
    f'{note("D", 4)}</measure><measure number="1">{note("G", 4)}{note("B", 4, -1)}</measure>'
    f'<measure number="2">{note("D", 5)}{again}</measure><measure number="3">{note("G", 4)}{note("B", 4, -1)}</measure>'
    "</part></score-partwise>"
)
seen = {}
for name, score in (
    ("load_score", partitura.load_score("tune.musicxml")),
    ("load_music21", partitura.load_music21(converter.parse("tune.musicxml"))),
):
    (part,) = score.parts
    beats = [int(beat) for beat in part.note_array()["onset_beat"]]
    unfolded = [int(pitch) for pitch in unfold_part_maximal(part).note_array()["pitch"]]
    seen[name] = len(list(part.measures)), beats, unfolded
    print(f"{name}: {seen[name][0]} measures, beats", *beats[:-1], f"{beats[-1]}, unfolded", *unfolded)
assert seen == {
    "load_score": (4, [-1, 0, 1, 2, 3, 4], [62, 67, 70, 74, 62, 67, 70, 74, 67, 70]),
    "load_music21": (0, [0, 1, 2, 3, 4, 5], [62, 67, 70, 74, 67, 70]),
}, "the behaviour has changed"
PY
