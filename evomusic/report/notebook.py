"""Melodies as HTML: what a notebook shows of one, and a page of its own.

It has the engraved score where verovio is installed, else the piano roll, and a player with the sound in it.
"""

from __future__ import annotations

import base64
import hashlib

from evomusic.core.melody import Melody
from evomusic.io.score.engrave import A4
from evomusic.io.sound.files import wav_bytes
from evomusic.plots.pieces import Piece
from evomusic.plots.roll import span
from evomusic.plots.style import INK
from evomusic.report.html import Html, tag
from evomusic.report.pictures import engraves, roll_svg, score_svg

RATE = 11_025  # samples a second of the sound within a page
HEARD = 120.0  # seconds; a longer melody would make the page too large
STYLE = (
    ".evomusic{max-width:900px}.evomusic svg{display:block;width:100%;margin:.4em 0}.evomusic audio{height:2.2em}"
    ".evomusic .roll .beat{stroke:currentColor;stroke-width:.5;opacity:.15}"
    ".evomusic .roll .bar{stroke:currentColor;stroke-width:.8;opacity:.5}"
    ".evomusic .roll .tonic{opacity:.07}.evomusic .roll .cursor{visibility:hidden}"
    ".evomusic .roll text{font-size:9px;fill:currentColor}"
)


def melody_html(melody: Melody) -> str:
    """A melody for a notebook: title, score or piano roll, and a player for melodies of at most two minutes."""
    parts = [tag("style", Html(STYLE))]
    if melody.title:
        parts.append(tag("strong", melody.title))
    parts.append(drawn(melody, melody.title or "melody", A4[0]))
    if melody.grid.length * 60 / melody.grid.tempo <= HEARD:
        parts.append(_player(melody))
    return tag("div", *parts, class_="evomusic")


def melody_page(melody: Melody) -> str:
    """A melody as the text of a page of its own."""
    head = tag("head", Html('<meta charset="utf-8">'), tag("title", melody.title or "melody"))
    return f"<!DOCTYPE html>\n{tag('html', head, tag('body', Html(melody_html(melody))), lang='en')}\n"


def drawn(melody: Melody, name: str, width: int) -> Html:
    """A melody's score so many tenths of a millimetre wide where verovio is installed, else its piano roll."""
    if engraves():
        mark = hashlib.sha256(f"{melody.grid} {melody.text}".encode()).hexdigest()[:8]
        return score_svg(melody, f"score-{mark}", f"score of {name}: {len(melody.notes)} notes", width)
    return roll_svg(Piece(name, "", False, melody, 0.0, INK), span([melody]))


def _player(melody: Melody) -> Html:
    """The sound of a melody, and buttons to hear it."""
    sound = base64.b64encode(wav_bytes(melody, rate=RATE)).decode()
    return tag("audio", controls=True, preload="metadata", src=f"data:audio/wav;base64,{sound}")
