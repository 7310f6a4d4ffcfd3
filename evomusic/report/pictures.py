"""Pictures inside the page: figures and scores in the page's own ink, and piano rolls that a cursor can move over.

The page's content policy allows no style attributes, so all looks are presentation attributes or classes.
"""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.util import find_spec
from itertools import accumulate
from xml.etree import ElementTree

from evomusic.core import theory
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.io.notation import bars_of
from evomusic.io.score.engrave import picture
from evomusic.io.score.outlines import HREF
from evomusic.plots.pieces import Piece
from evomusic.plots.roll import named_rows
from evomusic.plots.style import INK
from evomusic.report.html import Html, joined, tag

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
SHAPES = {"svg", "g", "path", "use", "defs", "clipPath", "rect"}
SCORE = 1150  # tenths of a millimetre: a card's width of a score
LEFT, TOP, ROLL, WIDTH = 34.0, 4.0, 116.0, 460.0  # of a roll, in its own units


def inline_svg(text: str, name: str, label: str) -> Html:
    """Return a figure's SVG as part of a page.

    Ink becomes the page's colour, identifiers begin with `name`, and only shapes are kept.

    Args:
        text: the SVG, as `plots.style.svg_text` makes it.
        name: unique on the page.
        label: description of the figure for those who cannot see it.
    """
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    root = ElementTree.fromstring(text)
    _keep_shapes(root)
    for element in root.iter():
        _plain(element, name)
    for size in ("width", "height"):
        root.attrib.pop(size, None)
    root.attrib |= {"role": "img", "aria-label": label, "class": "figure"}
    return Html(ElementTree.tostring(root, encoding="unicode"))


def _keep_shapes(element: ElementTree.Element) -> None:
    for child in list(element):
        if child.tag.removeprefix(f"{{{SVG}}}") not in SHAPES:
            element.remove(child)
        else:
            _keep_shapes(child)
    element.text = element.tail = None


def _plain(element: ElementTree.Element, name: str) -> None:
    """Style as attributes, ink as the page's colour, identifiers that no other figure has."""
    for part in element.attrib.pop("style", "").split(";"):
        key, _, value = part.partition(":")
        if value:
            element.set(key.strip(), value.strip())
    for key, value in element.attrib.items():
        value = "currentColor" if value == INK else re.sub(r"url\(#", f"url(#{name}-", value)
        element.set(key, f"#{name}-{value[1:]}" if key == f"{{{XLINK}}}href" else value)
    if "id" in element.attrib:
        element.set("id", f"{name}-{element.get('id')}")


def engraves() -> bool:
    """Whether verovio is installed."""
    return find_spec("verovio") is not None


def score_svg(melody: Melody, name: str, label: str, width: int = SCORE) -> Html:
    """Return a melody's engraved score in the page's ink, without its title.

    The group of a printed note has the attribute `data-note`: the place of the melody's note, from 0.

    Args:
        melody: the melody.
        name: unique on the page; identifiers begin with it.
        label: description of the score for those who cannot see it.
        width: of the lines, in tenths of a millimetre of a score on paper.

    Raises:
        NotInstalled: verovio is missing.
    """
    page = picture(replace(melody, title=""), width=width, margin=8)
    for element in page.iter():
        _renamed(element, name)
    heads = [note.span.tied_from for bar in bars_of(melody) for note in bar if note.span.pitch is not None]
    places = accumulate((not tied for tied in heads), initial=-1)
    next(places)
    for group in page.iter(f"{{{SVG}}}g"):
        if group.get("class") == "note":
            group.attrib = {"data-note": str(next(places))}  # the class is another one's on the page
    page.attrib |= {"role": "img", "aria-label": label, "class": "score", "fill": "currentColor"}
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    return Html(ElementTree.tostring(page, encoding="unicode"))


def _renamed(element: ElementTree.Element, name: str) -> None:
    """Begin an element's identifier, and its reference to another's, with a name that no other drawing has."""
    if "id" in element.attrib:
        element.set("id", f"{name}-{element.get('id')}")
    if HREF in element.attrib:
        element.set(HREF, f"#{name}-{element.attrib[HREF][1:]}")


def roll_svg(piece: Piece, rows: tuple[int, int]) -> Html:
    """Return a piano roll with a hidden cursor; its data attributes say where beat 0 lies and how wide a beat is.

    Args:
        piece: the melody.
        rows: first and last row of the grid's pitches to show.
    """
    grid, (low, high) = piece.melody.grid, rows
    beat = (WIDTH - LEFT - 2) / grid.length
    tall = ROLL / (high - low + 1)
    row = {pitch: TOP + (high - i) * tall for i, pitch in enumerate(grid.pitches)}
    colour = "currentColor" if piece.colour == INK else piece.colour
    gap = 1 / 6 / grid.steps_per_beat
    notes = [
        _rect(LEFT + a * beat, row[pitch] + 0.06 * tall, (b - gap) * beat, 0.88 * tall, rx=1.2, data_note=i)
        for i, (pitch, a, b) in enumerate(piece.melody.notes)
    ]
    cursor = tag("line", class_="cursor", x1=_n(LEFT), x2=_n(LEFT), y1=0, y2=_n(TOP + ROLL))
    return tag(
        "svg",
        *_frame(grid, rows, beat, tall),
        tag("g", *notes, fill=colour, class_="notes"),
        cursor,
        viewBox=f"0 0 {_n(WIDTH)} {_n(TOP + ROLL + 14)}",
        class_="roll",
        role="img",
        aria_label=f"piano roll of {piece.name}: {len(piece.melody.notes)} notes",
        data_left=_n(LEFT),
        data_beat=f"{beat:.4f}",
    )


def _frame(grid: Grid, rows: tuple[int, int], beat: float, tall: float) -> list[Html]:
    """Shaded rows of the tonic, beat and bar lines, names of pitches, numbers of bars."""
    low, high = rows
    tonic = theory.parse_scale(grid.scale)[0] if grid.scale else 0
    shaded = [r for r in range(low, high + 1) if grid.pitches[r] % 12 == tonic]
    wide = grid.length * beat
    bands = [_rect(LEFT, TOP + (high - r) * tall, wide, tall, class_="tonic") for r in shaded]
    times = [*grid.beat_lines, (grid.length, True)]
    lines = [_upright(LEFT + time * beat, "bar" if is_bar else "beat") for time, is_bar in times]
    names = [
        _text(grid.names[r], LEFT - 4, TOP + (high - r + 0.5) * tall + 3.2, text_anchor="end")
        for r in named_rows(grid, low, high, int(ROLL / 10))
    ]
    every = -(-grid.bars // 16)
    starts = [time for time, is_bar in grid.beat_lines if is_bar]
    bars = [_text(str(b + 1), LEFT + starts[b] * beat + 1, TOP + ROLL + 11) for b in range(0, grid.bars, every)]
    return [joined(part) for part in (bands, lines, names, bars)]


def _rect(x: float, y: float, width: float, height: float, **more: object) -> Html:
    return tag("rect", x=_n(x), y=_n(y), width=_n(width), height=_n(height), **more)


def _upright(x: float, kind: str) -> Html:
    return tag("line", class_=kind, x1=_n(x), x2=_n(x), y1=_n(TOP), y2=_n(TOP + ROLL))


def _text(text: str, x: float, y: float, **more: object) -> Html:
    return tag("text", text, x=_n(x), y=_n(y), **more)


def _n(value: float) -> str:
    """A coordinate with two decimals at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
