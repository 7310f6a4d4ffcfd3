"""Melodies as HTML: what a notebook shows of one and of an optimum, and a page of its own.

The other cards of notebooks are in `runs`, `learnt` and `trees`; `cards` is the frame of all.
"""

from __future__ import annotations

import base64

from evomusic.core.melody import Melody
from evomusic.core.optimum.solve import Bound, Optimum
from evomusic.io.sound.files import wav_bytes
from evomusic.report.cards import card, heading, melody_parts
from evomusic.report.html import Html, tag
from evomusic.report.tables import plain

RATE = 11_025  # samples a second of the sound within a page


def melody_html(melody: Melody) -> str:
    """A melody for a notebook: title, score or piano roll, and a player."""
    title = [heading(melody.title)] if melody.title else []
    return card(*title, *melody_parts(melody, melody.title or "melody"))


def optimum_html(found: Optimum) -> str:
    """An optimum for a notebook: its value, and its melody."""
    return card(heading("optimum", f": {plain(found.value)}"), *melody_parts(found.melody, "the optimum"))


def bound_html(found: Bound) -> str:
    """A bound for a notebook: the best return that was found, its melody, and the bound."""
    more = "no melody returns more" + (f" than {plain(found.upper)}" if found.upper > found.value else "")
    said = heading("best known", f": {plain(found.value)}; {more}")
    return card(said, *melody_parts(found.melody, "the best known"))


def melody_page(melody: Melody) -> str:
    """A melody as the text of a page of its own, with its sound as `evomusic render` writes it."""
    name = melody.title or "melody"
    sound = base64.b64encode(wav_bytes(melody, rate=RATE)).decode()
    player = tag("audio", controls=True, preload="metadata", src=f"data:audio/wav;base64,{sound}")
    drawn, *_ = melody_parts(melody, name)
    head = tag("head", Html('<meta charset="utf-8">'), tag("title", name))
    body = tag("body", Html(card(*([heading(name)] if melody.title else []), drawn, player)))
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"
