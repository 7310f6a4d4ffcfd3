"""Outlined SVG as shapes, and shapes as PNG and PDF by matplotlib.

It reads the part of SVG that `outlines.py` leaves: nested groups with `translate` and `scale`, references to glyphs,
paths, polygons, ellipses and rectangles.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from evomusic.io.score.outlines import HREF, SVG

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INCHES: Final = 8.27  # of a page's width, A4
DPI: Final = 200
GREYS: Final = 16
_COMMAND: Final = re.compile(r"([A-Za-z])|(-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?)")
_MOVE: Final = re.compile(r"(translate|scale)\(([^)]*)\)")
_MOVETO, _LINETO, _CURVE3, _CURVE4, _CLOSE = 1, 2, 3, 4, 79  # codes of matplotlib's paths
_TAKES: Final = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "Z": 0}


class Shape(NamedTuple):
    """A shape in units of the page: points (N, 2), matplotlib's codes (N,), width of its line, whether it is filled."""

    points: NDArray[np.float64]
    codes: NDArray[np.uint8]
    line: float
    filled: bool


class Frame(NamedTuple):
    """An element's place on the page: x of the page is `x + scale_x * x`, likewise y."""

    x: float = 0.0
    y: float = 0.0
    scale_x: float = 1.0
    scale_y: float = 1.0

    def within(self, transform: str) -> Frame:
        """The frame inside a `transform` attribute."""
        frame = self
        for kind, text in _MOVE.findall(transform):
            a, *rest = (float(n) for n in re.split(r"[\s,]+", text.strip()))
            b = rest[0] if rest else a if kind == "scale" else 0.0
            x, y, sx, sy = frame
            frame = Frame(x + sx * a, y + sy * b, sx, sy) if kind == "translate" else Frame(x, y, sx * a, sy * b)
        return frame


def shapes(page: Element) -> list[Shape]:
    """All shapes of a page, in the order in which they are drawn."""
    glyphs = {e.get("id", ""): e for e in page.iterfind(f"{SVG}defs/{SVG}g")}
    return [shape for child in page if child.tag != f"{SVG}defs" for shape in _shapes(child, Frame(), glyphs)]


def size_of(page: Element) -> tuple[float, float]:
    """Width and height of a page in its units."""
    _, _, width, height = (float(n) for n in page.get("viewBox", "").split())
    return width, height


def _shapes(element: Element, frame: Frame, glyphs: dict[str, Element]) -> Iterator[Shape]:
    frame = frame.within(element.get("transform", ""))
    name = element.tag.removeprefix(SVG)
    if name == "use":
        yield from _shapes(glyphs[element.get(HREF, "")[1:]], frame, glyphs)
    elif name == "g":
        for child in element:
            yield from _shapes(child, frame, glyphs)
    else:
        points, codes = path_of(_path_data(name, element))
        placed = points * (frame.scale_x, frame.scale_y) + (frame.x, frame.y)
        line = float(element.get("stroke-width", 0)) * abs(frame.scale_x)
        yield Shape(placed, codes, line, element.get("fill") != "none")


def _path_data(name: str, element: Element) -> str:
    """The path data of a shape."""
    if name == "path":
        return element.get("d", "")
    if name in ("polygon", "polyline"):
        return "M" + element.get("points", "") + "Z" * (name == "polygon")
    if name == "rect":
        x, y, width, height = (float(element.get(key, 0)) for key in ("x", "y", "width", "height"))
        return f"M{x} {y}H{x + width}V{y + height}H{x}Z"
    if name == "ellipse":
        cx, cy, rx, ry = (float(element.get(key, 0)) for key in ("cx", "cy", "rx", "ry"))
        return _ellipse(cx, cy, rx, ry)
    raise ValueError(f"a score has the shape {name!r}, expected a path, polygon, polyline, rect or ellipse")


def _ellipse(x: float, y: float, a: float, b: float) -> str:
    """An ellipse as four cubic curves, true to a thousandth of its size."""
    k = 0.5522847498
    quarters = [((1, 0), (0, 1)), ((0, 1), (-1, 0)), ((-1, 0), (0, -1)), ((0, -1), (1, 0))]
    words = [f"M{x + a} {y}"]
    for (p, q), (r, s) in quarters:
        words.append(f"C{x + a * (p + k * r)} {y + b * (q + k * s)} {x + a * (r + k * p)} {y + b * (s + k * q)}")
        words.append(f" {x + a * r} {y + b * s}")
    return "".join(words) + "Z"


def path_of(data: str) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Points (N, 2) and matplotlib's codes (N,) of SVG's path data, all but arcs and `T`."""
    points: list[tuple[float, float]] = []
    codes: list[int] = []
    at = start = control = (0.0, 0.0)
    for command, numbers in _commands(data):
        kind, dx, dy = command.upper(), *((0.0, 0.0) if command.isupper() else at)
        if kind == "Z":
            points.append(start)
            codes.append(_CLOSE)
            at = control = start
            continue
        if kind in "HV":
            ends = [(numbers[0] + dx, at[1]) if kind == "H" else (at[0], numbers[0] + dy)]
        else:
            ends = [(x + dx, y + dy) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
        if kind == "S":
            ends = [(2 * at[0] - control[0], 2 * at[1] - control[1]), *ends]
        code = {"M": _MOVETO, "C": _CURVE4, "S": _CURVE4, "Q": _CURVE3}.get(kind, _LINETO)
        points += ends
        codes += [code] * len(ends)
        at, control = ends[-1], ends[-2] if kind in "CS" else ends[-1]
        start = at if kind == "M" else start
    return np.array(points).reshape(-1, 2), np.array(codes, np.uint8)


def _commands(data: str) -> Iterator[tuple[str, list[float]]]:
    """Each command of path data with its numbers; numbers beyond those repeat it, as lines after a move."""
    command, numbers = "M", list[float]()
    for letter, number in _COMMAND.findall(data):
        if letter:
            command = letter
        else:
            numbers.append(float(number))
        if command.upper() not in _TAKES:
            raise ValueError(f"a score has the path command {command!r}, expected one of {', '.join(_TAKES)}")
        if len(numbers) == _TAKES[command.upper()] and (numbers or letter):
            yield command, numbers
            numbers = []
            command = {"M": "L", "m": "l"}.get(command, command)


def figure_of(page: Element) -> Figure:
    """A page as a matplotlib figure, A4 wide, as high as the page."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    width, height = size_of(page)
    figure = Figure(figsize=(INCHES, INCHES * height / width), dpi=DPI)
    FigureCanvasAgg(figure)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    _draw(ax, shapes(page), 72 * INCHES / width)
    return figure


def _draw(ax: Axes, drawn: Sequence[Shape], points: float) -> None:
    """Draw shapes; a unit of the page is so many points."""
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path

    for filled in (False, True):
        some = [s for s in drawn if s.filled == filled or (not filled and s.line)]
        paths = [Path(s.points, s.codes) for s in some]
        looks: dict[str, Any] = (
            {"facecolors": "black", "linewidths": 0}
            if filled
            else {"facecolors": "none", "edgecolors": "black", "linewidths": [s.line * points for s in some]}
        )
        ax.add_collection(PathCollection(paths, transform=ax.transData, **looks), autolim=False)


def png_of(page: Element) -> bytes:
    """A page as PNG in grey on white, 200 pixels an inch.

    Raises:
        ValueError: it would be higher than 65,535 pixels.
    """
    from PIL import Image

    figure = figure_of(page)
    if figure.get_figheight() * DPI > 65_535:
        raise ValueError("the score is higher than a PNG of 65,535 pixels, expected fewer bars; write .pdf or .svg")
    raw = io.BytesIO()
    figure.savefig(raw, format="rgba", facecolor="white")
    width, height = figure.canvas.get_width_height()
    red = np.frombuffer(raw.getvalue(), np.uint8).reshape(height, width, 4)[:, :, 0]
    top = GREYS - 1
    image = Image.fromarray(np.round(red / 255 * top).astype(np.uint8), "P")
    image.putpalette([level * 255 // top for level in range(GREYS) for _ in range(3)])
    written = io.BytesIO()
    image.save(written, format="png", bits=4, dpi=(DPI, DPI), optimize=True)
    return written.getvalue()


def pdf_of(pages: Sequence[Element], title: str) -> bytes:
    """Pages as one PDF; it holds no date."""
    from matplotlib.backends.backend_pdf import PdfPages

    written = io.BytesIO()
    about = {"Title": title or None, "Creator": "evomusic", "Producer": None, "CreationDate": None}
    with PdfPages(written, metadata=about) as pdf:
        for page in pages:
            pdf.savefig(figure_of(page))
    return written.getvalue()
