"""SVG without fonts and style sheets: texts as outlines, looks as attributes.

Of identifiers only those of glyphs are left, of classes only `note`. Words are set in STIX, a face like Times that
matplotlib ships, notes among them (as in a tempo) in verovio's Leipzig. So a score looks alike in every browser,
notation program and converter.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

SVG: Final = "{http://www.w3.org/2000/svg}"
HREF: Final = "{http://www.w3.org/1999/xlink}href"
MUSIC: Final = "Leipzig"
EM: Final = 1000.0  # units of the music font
BOLD: Final = {"ending"}  # classes of verovio's groups
ITALIC: Final = {"mNum", "dir"}
TEMPO: Final = 0.85  # of the size that verovio leaves room for: in full size, notes come too near
HIDDEN: Final = {"placeholder"}


class Run(NamedTuple):
    """A piece of a text in one font, of the music font a character; size in units of the page."""

    text: str
    music: bool
    size: float


def outlined(svg: str) -> Element:
    """The drawing of a page of verovio's SVG: its inner element, whose viewBox has the page's units.

    Args:
        svg: a page; its texts, styles, titles and hidden parts are replaced or left out.
    """
    root = ElementTree.fromstring(svg)
    page = next(e for e in root.iter(f"{SVG}svg") if e.get("class") == "definition-scale")
    defs = root.find(f"{SVG}defs")
    if defs is not None:
        page.insert(0, defs)
    _clean(page, frozenset())
    page.attrib = {"viewBox": page.get("viewBox", "")}
    return page


def _clean(element: Element, classes: frozenset[str]) -> None:
    """Replace what depends on fonts and styles, below an element."""
    classes = classes | set(element.get("class", "").split())
    for index, child in reversed(list(enumerate(element))):
        name = child.tag.removeprefix(SVG)
        if name in ("style", "title", "desc") or HIDDEN & set(child.get("class", "").split()):
            element.remove(child)
        elif name == "text":
            size = TEMPO if "tempo" in classes else 1.0
            element[index] = _outline(child, size, bool(classes & BOLD), bool(classes & ITALIC))
        else:
            _clean(child, classes)
            _plain(child)
            if name == "g" and not len(child):
                element.remove(child)
    element.text = element.tail = None


def _plain(element: Element) -> None:
    """Looks as attributes; an identifier only where it is that of a glyph, a class only where it is that of a note."""
    if "stroke-width" in element.attrib:
        element.set("stroke", "currentColor")
    classes = element.attrib.pop("class", "").split()
    if "note" in classes:
        element.set("class", "note")
    name = element.attrib.pop("id", "")
    if "-" in name:  # of a glyph, before the mark of the drawing
        element.set("id", name.partition("-")[0])
    if HREF in element.attrib:
        element.set(HREF, element.attrib[HREF].partition("-")[0])


def _outline(text: Element, scale: float, bold: bool, italic: bool) -> Element:
    """A text as a group of paths, its letters scaled."""
    placed = next((e for e in text.iter() if "x" in e.attrib or "y" in e.attrib), text)
    x, y = (float(placed.get(name, 0)) for name in "xy")
    runs = [run._replace(size=scale * run.size) for run in _runs(text, False, 0.0) if run.size]
    pieces = [_note(run) if run.music else _words(run, bold, italic) for run in runs]
    width = sum(advance for _, advance in pieces)
    x -= width * {"middle": 0.5, "end": 1.0}.get(placed.get("text-anchor", "start"), 0.0)
    group = Element(f"{SVG}g")
    for (path, advance), run in zip(pieces, runs, strict=True):
        unit = run.size / EM if run.music else 1.0
        if path:
            group.append(
                Element(f"{SVG}path", d=path, transform=f"translate({x:.0f},{y:.0f}) scale({unit:g},{-unit:g})")
            )
        x += advance
    return group


def _runs(element: Element, music: bool, size: float) -> Iterator[Run]:
    """The pieces of a text in order."""
    if element.tag == f"{SVG}title":
        return
    music = element.get("font-family") == MUSIC if "font-family" in element.attrib else music
    size = float(element.get("font-size", f"{size}px").removesuffix("px"))
    if element.text and (element.text.strip() or not len(element)):
        yield from (Run(part, music, size) for part in (element.text if music else [element.text]))
    for child in element:
        yield from _runs(child, music, size)


def _words(run: Run, bold: bool, italic: bool) -> tuple[str, float]:
    """The outline of words, y upwards, and its advance."""
    return _set_words(run.text.replace("\n", " "), run.size, bold, italic)


@lru_cache(256)
def _set_words(text: str, size: float, bold: bool, italic: bool) -> tuple[str, float]:
    import warnings

    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath, text_to_path

    face = FontProperties(
        family=["STIXGeneral", "DejaVu Sans"],
        weight="bold" if bold else "normal",
        style="italic" if italic else "normal",
        size=size,
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")
        path = TextPath((0, 0), text, size=size, prop=face, usetex=False)
        end = text_to_path.get_text_width_height_descent(text + "|", face, False)[0]
        bar = text_to_path.get_text_width_height_descent("|", face, False)[0]
    return _path_data(path), end - bar


def _path_data(path: Any) -> str:
    """A matplotlib path as SVG's path data."""
    letters = {1: "M", 2: "L", 3: "Q", 4: "C", 79: "Z"}
    words = []
    for points, code in path.iter_segments(curves=True, simplify=False):
        words.append(letters[int(code)] + ("" if code == 79 else " ".join(f"{p:.1f}" for p in points)))
    return "".join(words)


def _note(run: Run) -> tuple[str, float]:
    """The outline of a note in the music font's units, y upwards, and its advance in the page's."""
    path, advance = _glyph(f"{ord(run.text):04X}")
    return path, advance * run.size / EM


@lru_cache(64)
def _glyph(code: str) -> tuple[str, float]:
    """A glyph of verovio's font: path data, and advance in the font's units."""
    import verovio

    data = Path(verovio.__file__).parent / "data"
    drawn = ElementTree.parse(data / MUSIC / f"{code}.xml").getroot().find("path")
    boxes = ElementTree.parse(data / f"{MUSIC}.xml").getroot()
    box = next((e for e in boxes if e.get("c") == code), None)
    wide = 0.0 if box is None else float(box.get("h-a-x", 0))
    return "" if drawn is None else drawn.get("d", ""), wide
