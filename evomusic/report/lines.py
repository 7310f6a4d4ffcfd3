"""Small curves for notebooks: lines over steps, in the page's own ink, without a script and without identifiers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.plots.style import HUES, look, short
from evomusic.report.html import Html, joined, tag

WIDTH, HEIGHT = 480.0, 170.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, 8.0, 8.0, 28.0
POINTS = 120  # of a line at most


class Line(NamedTuple):
    """A line of a curve: its name, points (N,), colour and dash pattern, and the ends (N,) of a band around it."""

    name: str
    x: ArrayLike
    y: ArrayLike
    colour: str = HUES[0]
    dashes: str | None = None
    band: tuple[ArrayLike, ArrayLike] | None = None


class Scale(NamedTuple):
    """The ranges of a curve, and whether x is in logarithms."""

    left: float
    right: float
    low: float
    high: float
    log: bool

    def x(self, values: ArrayLike) -> NDArray[np.float64]:
        """Places of values from the left."""
        at, ends = (np.log(v) if self.log else np.asarray(v, float) for v in (values, (self.left, self.right)))
        return np.asarray(LEFT + (at - ends[0]) / max(ends[1] - ends[0], 1e-12) * (WIDTH - LEFT - RIGHT))

    def y(self, values: ArrayLike) -> NDArray[np.float64]:
        """Places of values from the top; what lies outside stands at the edge."""
        inside = (np.clip(values, self.low, self.high) - self.low) / max(self.high - self.low, 1e-12)
        return np.asarray(HEIGHT - BOTTOM - inside * (HEIGHT - TOP - BOTTOM))


def curves(
    lines: Sequence[Line],
    label: str,
    axis: str = "steps",
    levels: Sequence[tuple[str, float]] = (),
    window: tuple[float, float] | None = None,
    log: bool = True,
) -> Html:
    """Return curves with their axes; levels are dotted lines across, named at their right end.

    Args:
        lines: one or more, each with one or more points.
        label: description of the curves for those who cannot see them.
        axis: what x counts.
        levels: name and value of each.
        window: least and greatest value to show; chosen so that a bad start does not squeeze the rest when None.
        log: whether x is in logarithms; it is above 0 then.
    """
    lines = [_thinned(line) for line in lines]
    low, high = window or _window([np.asarray(line.y, float) for line in lines], [value for _, value in levels])
    ends = [np.asarray(line.x, float)[[0, -1]] for line in lines]
    scale = Scale(min(e[0] for e in ends), max(e[1] for e in ends), low, high, log)
    drawn = [*(_band(line, scale) for line in lines if line.band), *(_path(line, scale) for line in lines)]
    parts = [*_axes(scale, axis), *(_level(name, value, scale) for name, value in levels), *drawn]
    box = f"0 0 {WIDTH:g} {HEIGHT:g}"
    return tag("svg", *parts, viewBox=box, class_="curve", role="img", aria_label=label)


def key(lines: Sequence[Line]) -> Html:
    """Return the names of lines, each behind a piece of it."""
    pieces = [tag("span", swatch(line.colour, line.dashes), f" {line.name}") for line in lines]
    return tag("p", *pieces, class_="key")


def swatch(colour: str, dashes: str | None) -> Html:
    """Return a piece of a line."""
    line = tag("line", x1=0, x2=30, y1=6, y2=6, stroke=colour, stroke_width=3, stroke_dasharray=dashes)
    return tag("svg", line, viewBox="0 0 30 12", aria_hidden="true")


def dashes_of(place: int) -> str | None:
    """Return the dash pattern of the method in this place of a study; None for a line without gaps."""
    dashes = look(place).dashes
    return None if dashes == "solid" else " ".join(f"{1.7 * x:g}" for x in dashes[1])


def _thinned(line: Line) -> Line:
    """The line by at most `POINTS` of its points, the first and the last among them."""
    x, y = np.asarray(line.x, float), np.asarray(line.y, float)
    chosen = np.unique(np.linspace(0, len(x) - 1, POINTS).round().astype(int))
    band = None if line.band is None else (np.asarray(line.band[0])[chosen], np.asarray(line.band[1])[chosen])
    return line._replace(x=x[chosen], y=y[chosen], band=band)


def _window(rows: Sequence[NDArray[np.float64]], levels: Sequence[float]) -> tuple[float, float]:
    """Least and greatest value to show: of all, but no deeper than thrice the way from their ends to their quarters."""
    high = max([*(float(row.max()) for row in rows), *levels])
    least = min(float(row.min()) for row in rows)
    quarter = min(float(row[len(row) // 4]) for row in rows)
    low = max(least, high - 3 * (high - quarter)) if high > quarter else least
    room = 0.04 * (high - low) or max(0.05 * abs(high), 0.5)
    return low - room, high + room


def _path(line: Line, scale: Scale) -> Html:
    points, dashes = _points(line.x, line.y, scale), line.dashes
    return tag("polyline", points=points, fill="none", stroke=line.colour, stroke_width=1.8, stroke_dasharray=dashes)


def _band(line: Line, scale: Scale) -> Html:
    """The area around a line, out along its lower edge and back along its upper."""
    low, high = line.band or (line.y, line.y)
    there, back = _points(line.x, low, scale), _points(np.asarray(line.x)[::-1], np.asarray(high)[::-1], scale)
    return tag("polyline", points=f"{there} {back}", fill=line.colour, fill_opacity=0.15, stroke="none")


def _points(x: ArrayLike, y: ArrayLike, scale: Scale) -> str:
    places = zip(scale.x(x).tolist(), scale.y(y).tolist(), strict=True)
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in places)


def _level(name: str, value: float, scale: Scale) -> Html:
    y = float(scale.y(value))
    across = tag(
        "line", x1=LEFT, x2=WIDTH - RIGHT, y1=f"{y:.1f}", y2=f"{y:.1f}", stroke="currentColor", stroke_dasharray="2 3"
    )
    above = y - 3 if y > TOP + 10 else y + 10
    return joined([across, tag("text", name, x=WIDTH - RIGHT, y=f"{above:.1f}", text_anchor="end")])


def _axes(scale: Scale, axis: str) -> list[Html]:
    """The two axes, round numbers along them, and what x counts."""
    floor = HEIGHT - BOTTOM
    frame = [
        _ink(LEFT, LEFT, TOP, floor),
        _ink(LEFT, WIDTH - RIGHT, floor, floor),
        tag("text", axis, x=WIDTH - RIGHT, y=HEIGHT - 3, text_anchor="end"),
    ]
    for value in _round_numbers(scale.low, scale.high, 4):
        y = float(scale.y(value))
        frame += [_ink(LEFT - 3, LEFT, y, y), _number(f"{value:.6g}", LEFT - 5, y + 3, "end")]
    places = _powers(scale.left, scale.right) if scale.log else _round_numbers(scale.left, scale.right, 5)
    for value in places:
        x = float(scale.x(value))
        frame += [_ink(x, x, floor, floor + 3), _number(short(value), x, floor + 13, "middle")]
    return frame


def _ink(x1: float, x2: float, y1: float, y2: float) -> Html:
    place = {"x1": f"{x1:.1f}", "x2": f"{x2:.1f}", "y1": f"{y1:.1f}", "y2": f"{y2:.1f}"}
    return tag("line", **place, stroke="currentColor", stroke_width=0.7)


def _number(text: str, x: float, y: float, anchor: str) -> Html:
    written = text.replace("-", "−")  # noqa: RUF001
    return tag("text", written, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor)


def _round_numbers(low: float, high: float, count: int) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten within a range, about so many."""
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough * 0.999)
    return [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _powers(low: float, high: float) -> list[float]:
    """Powers of ten within a range, or round numbers where there are fewer than two."""
    powers: list[Any] = [10.0**k for k in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]
    return powers if len(powers) > 1 else [x for x in _round_numbers(low, high, 3) if x > 0]
