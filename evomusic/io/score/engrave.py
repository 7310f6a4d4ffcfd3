"""Scores of melodies: `svg_bytes`, `png_bytes` and `pdf_bytes`, engraved by verovio.

SVG and PNG are one picture as high as the music; PDF has pages of A4. A phrase of the grid begins a line where the one
before is full enough. The same melody gives the same bytes.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Any, Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from evomusic.core.checks import optional
from evomusic.core.melody import Melody
from evomusic.io.musicxml.write import musicxml_bytes
from evomusic.io.score.drawing import pdf_of, png_of, size_of
from evomusic.io.score.outlines import HREF, SVG, outlined
from evomusic.io.tune import plain

HIGHEST: Final = 60_000  # tenths of a millimetre, of one picture
A4: Final = (2100, 2970)
WIDTH_MM: Final = 210
MARGIN: Final = 50  # tenths of a millimetre
FULL: Final = 0.4  # of a line: so much of it filled, a phrase ends it, and the last line is spread
ONE_AT_A_TIME: Final = Lock()
OPTIONS: Final[dict[str, Any]] = {
    "xmlIdSeed": 1,
    "scale": 40,
    "footer": "none",
    "breaks": "smart",
    "breaksSmartSb": FULL,
    "minLastJustification": FULL,
    "svgViewBox": True,
    "smuflTextFont": "none",
    "outputIndent": 0,
}


def svg_bytes(melody: Melody, key: str | None = None) -> bytes:
    """A melody's score as SVG on white; it needs no font.

    Args:
        melody: the melody; its title stands above.
        key: for key signature and spelling; the grid's scale when None.

    Raises:
        NotInstalled: verovio is missing.
        ValueError: the key is not known.
    """
    return svg_text(picture(melody, key)).encode()


def png_bytes(melody: Melody, key: str | None = None) -> bytes:
    """A melody's score as PNG, 200 pixels an inch.

    Args:
        melody: the melody; its title stands above.
        key: for key signature and spelling; the grid's scale when None.

    Raises:
        NotInstalled: verovio is missing.
        ValueError: the key is not known, or the picture would be too high.
    """
    return png_of(picture(melody, key))


def pdf_bytes(melody: Melody, key: str | None = None) -> bytes:
    """A melody's score as PDF, in pages of A4.

    Args:
        melody: the melody; its title stands above.
        key: for key signature and spelling; the grid's scale when None.

    Raises:
        NotInstalled: verovio is missing.
        ValueError: the key is not known.
    """
    return pdf_of(engrave(melody, key, page=True), plain(melody.title))


def svg_text(page: Element) -> str:
    """A page as the text of an SVG file on white, A4 wide."""
    width, height = size_of(page)
    root = Element(f"{SVG}svg", page.attrib | {"version": "1.1", "width": f"{WIDTH_MM}mm", "color": "black"})
    root.set("height", f"{WIDTH_MM * height / width:.2f}mm")
    root.append(Element(f"{SVG}rect", width=f"{width:g}", height=f"{height:g}", fill="white"))
    root.extend(page)
    ElementTree.register_namespace("", SVG[1:-1])
    ElementTree.register_namespace("xlink", HREF[1:].partition("}")[0])
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def picture(melody: Melody, key: str | None = None, *, width: int = A4[0], margin: int = MARGIN) -> Element:
    """A melody's score as one page of outlined SVG, however high; the arguments are those of `engrave`."""
    first, *others = engrave(melody, key, width=width, margin=margin)
    wide, height = size_of(first)
    for page in others:
        moved = Element(f"{SVG}g", transform=f"translate(0,{height:g})")
        there = {e.get("id") for e in first.iterfind(f"{SVG}defs/{SVG}g")}
        for child in list(page):
            if child.tag == f"{SVG}defs":
                first.find(f"{SVG}defs").extend(g for g in child if g.get("id") not in there)  # type: ignore[union-attr]
            else:
                moved.append(child)
        first.append(moved)
        height += size_of(page)[1]
    first.set("viewBox", f"0 0 {wide:g} {height:g}")
    return first


def engrave(
    melody: Melody, key: str | None = None, *, page: bool = False, width: int = A4[0], margin: int = MARGIN
) -> list[Element]:
    """The pages of a melody's score, as outlined SVG.

    Args:
        melody: the melody; its title stands above.
        key: for key signature and spelling; the grid's scale when None.
        page: whether pages are as high as A4; else they are as high as the music.
        width: of a page, in tenths of a millimetre.
        margin: on each side, in tenths of a millimetre.

    Raises:
        NotInstalled: verovio is missing.
        ValueError: the key is not known.
    """
    verovio = optional("verovio", "a score as SVG, PNG or PDF", "score")
    score = musicxml_bytes(melody, key).decode()
    header = "auto" if plain(melody.title) else "none"
    height = {"pageHeight": A4[1]} if page else {"pageHeight": HIGHEST, "adjustPageHeight": True}
    margins = {f"pageMargin{side}": margin for side in ("Top", "Bottom", "Left", "Right")}
    options = {**OPTIONS, **height, **margins, "pageWidth": width, "header": header}
    return [outlined(page) for page in _rendered(verovio, score, options)]


def _rendered(verovio: Any, score: str, options: dict[str, Any]) -> list[str]:
    """The pages of a score as verovio draws them, whichever thread asks, one at a time.

    A toolkit finds its fonts by a path that verovio's import sets for the importing thread alone.
    """
    with ONE_AT_A_TIME:
        verovio.enableLog(verovio.LOG_OFF)
        toolkit = verovio.toolkit(False)
        toolkit.setResourcePath(str(Path(verovio.__file__).parent / "data"))
        toolkit.setOptions(options)
        if not toolkit.loadData(score):
            raise ValueError("verovio could not engrave the melody, expected a score; write .musicxml to look at it")
        return [toolkit.renderToSVG(number) for number in range(1, toolkit.getPageCount() + 1)]
