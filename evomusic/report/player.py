"""A player of one melody: a small page in a frame, a few kilobytes with its own script and sound.

The frame needs no network, shares nothing with the page around it, and so stands any number of times on a page. It
runs in Jupyter and in marimo, which runs no script of an output but those in frames.
"""

from __future__ import annotations

from evomusic.core.melody import Melody
from evomusic.io.chords import chords_below
from evomusic.io.sound.synthesis import SOFT
from evomusic.report.frame import data
from evomusic.report.html import Html, json_text, tag

OPENING = 6  # notes that name a player
STYLE = (
    "body{margin:0}main{display:flex;align-items:center;gap:8px;height:36px;padding:0 12px 0 6px;box-sizing:border-box;"
    "border-radius:18px;background:#1b5583;color:#fff;font:12px system-ui,sans-serif}"
    "button{flex:none;width:26px;height:26px;border:0;border-radius:13px;background:#fff;color:#1b5583;font-size:11px}"
    "input{flex:1;min-width:0;accent-color:#fff}output{flex:none;font-variant-numeric:tabular-nums}"
    ":focus-visible{outline:2px solid #ffd54a}"
)


def player(melody: Melody, name: str) -> Html:
    """Return a player of a melody, with the chords of its grid softly below.

    Args:
        melody: the melody.
        name: of the melody, for those who cannot see the page; its first notes are added.
    """
    opening = " ".join(melody.grid.names[melody.grid.pitches.index(n.pitch)] for n in melody.notes[:OPENING])
    title = f"player of {name}" + (f", which begins {opening}" if opening else "")
    return tag("iframe", title=title, sandbox="allow-scripts", srcdoc=_document(melody), class_="player")


def _document(melody: Melody) -> str:
    """The page within the frame."""
    second = 60.0 / melody.grid.tempo  # a beat
    struck = [(n.pitch, n.onset, n.duration, 1.0) for n in melody.notes]
    struck += [(p, c.onset, c.duration, SOFT) for c in chords_below(melody.grid) for p in c.pitches]
    notes = [[p, round(a * second, 4), round(d * second, 4), v] for p, a, d, v in sorted(struck, key=lambda n: n[1])]
    seconds = round(melody.grid.length * second, 3)
    head = tag("head", Html('<meta charset="utf-8">'), tag("title", "player"), tag("style", Html(STYLE)))
    parts = [
        tag("button", "▶", type="button", aria_label="Play"),
        tag("input", type="range", min=0, max=seconds, step=0.01, value=0, aria_label="position in seconds"),
        tag("output"),
        tag("script", json_text({"notes": notes, "seconds": seconds}), type="application/json"),
        tag("script", Html(data("synth.js") + data("player.js"))),
    ]
    return "<!DOCTYPE html>" + tag("html", head, tag("body", tag("main", *parts)), lang="en")
