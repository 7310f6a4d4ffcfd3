"""The frame of what a notebook shows: one style for light and dark pages, tables, folded parts, drawings without names.

A card makes no request, runs no script outside the frames of its players, and has no identifier, so that any number of
cards, even of the same thing, can stand on a page.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

import numpy as np

from evomusic.core.melody import Melody
from evomusic.io.score.engrave import A4
from evomusic.io.score.outlines import HREF
from evomusic.plots.pieces import Piece
from evomusic.plots.roll import span
from evomusic.plots.style import INK
from evomusic.report.html import Html, joined, tag
from evomusic.report.pictures import SVG, engraves, roll_svg, score_svg
from evomusic.report.player import player

HEARD = 600.0  # seconds; a longer melody has no player
SCORED = 400  # notes; of a longer melody the piano roll alone is drawn
TEXT = 2_000  # characters of a text
CELL = 300  # characters of parameters
TEXT_CELL = '<td class="text">'
STYLE = (
    ".evomusic{max-width:900px;line-height:1.45}.evomusic p{margin:.3em 0}"
    ".evomusic svg{display:block;width:100%;height:auto}"
    ".evomusic .wide{overflow-x:auto;margin:.4em 0}.evomusic .score{min-width:520px}"
    ".evomusic .roll{min-width:240px;max-width:640px}.evomusic .curve{max-width:480px}"
    ".evomusic svg.tree{width:auto;max-width:none}"
    ".evomusic .side,.evomusic .rolls{display:grid;gap:.5em 2em;align-items:start;"
    "grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr))}"
    ".evomusic .rolls{grid-template-columns:repeat(auto-fill,minmax(min(100%,250px),1fr))}"
    ".evomusic .side>*,.evomusic .rolls>*{min-width:0;max-width:480px}"
    ".evomusic .roll .beat{stroke:currentColor;stroke-width:.5;opacity:.15}"
    ".evomusic .roll .bar{stroke:currentColor;stroke-width:.8;opacity:.5}"
    ".evomusic .roll .tonic{opacity:.07;fill:currentColor}.evomusic .roll .cursor{visibility:hidden}"
    ".evomusic svg text{font-size:9px;font-family:system-ui,sans-serif;fill:currentColor}"
    ".evomusic iframe.player{border:0;width:320px;max-width:100%;height:36px;color-scheme:normal}"
    ".evomusic table{border-collapse:collapse;margin:.3em 0;font-size:.92em;color:inherit}"
    # the class is repeated to outdo the styles that Jupyter has for tables
    ".evomusic.evomusic.evomusic :is(th,td){padding:.15em .7em .15em 0;text-align:right;vertical-align:baseline;"
    "border:0;white-space:nowrap;background:none;color:inherit}"
    ".evomusic.evomusic.evomusic :is(th:first-child,.text){text-align:left}"
    ".evomusic.evomusic.evomusic td.text{white-space:normal;min-width:7em}"
    ".evomusic.evomusic.evomusic tbody th{font-weight:normal}"
    ".evomusic.evomusic.evomusic thead th{border-bottom:1px solid currentColor}"
    ".evomusic small{font-size:.85em}.evomusic td small{display:block}"
    ".evomusic th svg{display:inline-block;width:26px;margin-right:.4em}"
    ".evomusic .key span{display:inline-block;margin-right:1em}.evomusic .key svg{display:inline-block;width:26px}"
    ".evomusic pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85em;margin:.3em 0;background:none;"
    "color:inherit}.evomusic summary{cursor:pointer}"
)


def card(*parts: object) -> str:
    """Return a piece of HTML for a notebook: its style and its parts. It is a plain str, for marimo takes no other."""
    return str(tag("div", tag("style", Html(STYLE)), *parts, class_="evomusic"))


def heading(name: str, *rest: object) -> Html:
    """Return the first line of a card: a name in bold and what is said of it."""
    return tag("p", tag("strong", name), *rest)


def table(head: Sequence[object], rows: Sequence[Sequence[object]], name: str, note: str = "") -> Html:
    """Return a table, which scrolls by itself where it is too wide; each row begins with its header.

    Args:
        head: names of the columns.
        rows: cells, one for each column; one that is a `td` already is left as it is.
        name: of the table, for those who cannot see it.
        note: a sentence below.
    """
    texts = [str(cell).startswith(TEXT_CELL) for cell in rows[0]] if rows else [False] * len(head)
    classes = ["text" if is_text else None for is_text in texts]
    first = tag("tr", *(tag("th", column, scope="col", class_=c) for column, c in zip(head, classes, strict=True)))
    body = [tag("tr", tag("th", row[0], scope="row"), *(_cell(value) for value in row[1:])) for row in rows]
    whole = tag("table", tag("thead", first), tag("tbody", *body))
    wide = tag("div", whole, class_="wide", tabindex=0, role="group", aria_label=name)
    return joined([wide, *([tag("p", tag("small", note))] if note else [])])


def _cell(value: object) -> Html:
    return value if isinstance(value, Html) and value.startswith("<td") else tag("td", value)


def words(text: str) -> Html:
    """Return a cell of running text."""
    return tag("td", text, class_="text")


def folded(name: str, *parts: object) -> Html:
    """Return parts that open when their name is pressed."""
    return tag("details", tag("summary", name), *parts)


def preformatted(text: str) -> Html:
    """Return a text as it is, cut where it is long."""
    return tag("pre", text if len(text) <= TEXT else f"{text[: TEXT - 1]}…")


def parameters(thing: Any, without: Sequence[str] = ()) -> str:
    """Return the parameters of a method, a view or another dataclass that are not the defaults, as in its call."""
    fields = dataclasses.fields(thing) if dataclasses.is_dataclass(thing) else ()
    own = [f"{f.name}={_brief(getattr(thing, f.name))}" for f in fields if f.name not in without and _changed(thing, f)]
    text = ", ".join(own)
    return text if len(text) <= CELL else f"{text[: CELL - 1]}…"


def _brief(value: Any) -> str:
    """A value as text, the defaults of its own parameters left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return f"{type(value).__name__}({parameters(value)})"
    if isinstance(value, (tuple, list)) and len(value) < 10:
        return f"[{', '.join(map(_brief, value))}]"
    return repr(value)


def _changed(thing: Any, field: Any) -> bool:
    """Whether a parameter is not its default."""
    default = field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default
    same: Any = getattr(thing, field.name) == default
    return not bool(np.all(same))


def melody_parts(melody: Melody, name: str) -> list[Html]:
    """Return a melody's score where verovio is installed (else its piano roll), its player, and roll and text folded.

    Args:
        melody: the melody.
        name: of the melody, for those who cannot see the page.
    """
    played = [player(melody, name)] if melody.grid.length * 60 / melody.grid.tempo <= HEARD else []
    text = preformatted(melody.text)
    if not engraves() or len(melody.notes) > SCORED:
        return [roll(melody, name), *played, folded("as text", text)]
    label = f"score of {name}: {len(melody.notes)} notes"
    score = unnamed(score_svg(melody, "score", label, A4[0]))
    drawn = tag("div", score, class_="wide", tabindex=0, role="group", aria_label=f"score of {name}, which scrolls")
    return [drawn, *played, folded("as piano roll and text", roll(melody, name), text)]


def roll(melody: Melody, name: str, rows: tuple[int, int] | None = None) -> Html:
    """Return a melody's piano roll."""
    return roll_svg(Piece(name, "", False, melody, 0.0, INK), rows or span([melody]))


def unnamed(svg: str) -> Html:
    """Return a drawing without identifiers: what is used in several places is written out in each.

    Identifiers of two outputs of one page would clash, and numbers that are drawn for each would make equal outputs
    differ.
    """
    root = ElementTree.fromstring(svg)
    defined = {e.attrib.pop("id"): e for e in list(root.iter()) if "id" in e.attrib}
    for parent in list(root.iter()):
        for place, child in enumerate(list(parent)):
            if child.tag == f"{{{SVG}}}use":
                group = ElementTree.Element(f"{{{SVG}}}g", {k: v for k, v in child.attrib.items() if k != HREF})
                group.extend(defined[child.attrib[HREF][1:]])
                parent[place] = group
            elif child.tag == f"{{{SVG}}}defs":
                child.clear()
    for element in root.iter():
        element.attrib.pop("data-note", None)
    ElementTree.register_namespace("", SVG)
    return Html(ElementTree.tostring(root, encoding="unicode"))
