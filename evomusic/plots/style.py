"""The look of all figures: colours, lines, numbers, labels that do not overlap, and files that are always the same.

Figures are made without pyplot and without a display. Lengths are in inches; a figure of WIDTH shows at 900 pixels.
"""

from __future__ import annotations

import io
import re
import warnings
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from evomusic.core.saving import write_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 9.0
DPI = 160  # 1440 pixels wide, for sharp screens
INK = "#1f2328"
# Okabe & Ito (2008), a little darker, then six that are far from them and from each other with any colour vision, as
# Machado et al. (2009) simulate it; all readable on white and on black.
HUES = (
    *("#1f6fb5", "#d1521a", "#0a9b78", "#c4649f", "#cc8a00", "#3d9bd1"),
    *("#982044", "#5a3ee0", "#145c74", "#7d6a1f", "#8b949e", "#a86ad6"),
)
EACH = 6  # methods with one dash pattern
DASHES = ("solid", (0, (5, 1.6)), (0, (1.2, 1.2)), (0, (6, 1.4, 1.2, 1.4)), (0, (9, 3)))
SETTINGS = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same everywhere
    "font.size": 9.0,
    "svg.hashsalt": "evomusic",
    "svg.fonttype": "path",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.facecolor": "none",
    "axes.linewidth": 0.8,
    "axes.unicode_minus": True,
    "axes.titley": 1.0,  # searching for a free place takes longer than drawing
    "text.color": INK,
    "text.parse_math": False,  # labels are text: a $ is a $
    "text.usetex": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.direction": "out",
    "path.simplify": True,
    "path.simplify_threshold": 0.2,
}
_WITHIN = ContextVar("within settings", default=False)
_PATH = re.compile(r'(?<= d=")[^"]*')
_DECIMALS = re.compile(r"-?\d+\.\d+")


class Look(NamedTuple):
    """Colour and dash pattern of a method's lines, the same in every figure of a study."""

    colour: str
    dashes: Any


def look(index: int) -> Look:
    """Return the look of the method in this place of the study.

    No two of the first twelve share a colour, no two of the first sixty are alike.
    """
    return Look(HUES[index % len(HUES)], DASHES[index // EACH % len(DASHES)])


def new_figure(height: float, width: float = WIDTH) -> Figure:
    """Return an empty figure; call it and draw within `settings()`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from evomusic.plots.notebook import NotebookFigure

    figure = NotebookFigure((width, height), DPI, png_bytes)
    FigureCanvasAgg(figure)
    return figure


def heading(figure: Figure, title: str, reading: str) -> None:
    """Write a figure's title, and below it a line on how to read it."""
    height = figure.get_figheight()
    figure.text(0.012, 1 - 0.14 / height, title, size=13, weight="bold", va="top")
    figure.text(0.012, 1 - 0.42 / height, reading, size=8.5, alpha=0.75, va="top")


@contextmanager
def settings() -> Iterator[None]:
    """Draw with the package's own settings of matplotlib, and without warnings of missing glyphs."""
    if _WITHIN.get():
        yield
        return
    from matplotlib import rc_context, rcParamsDefault

    rc: dict[Any, Any] = {**rcParamsDefault, **SETTINGS}
    rc.pop("backend", None)  # naming a backend would load it
    with rc_context(rc), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")
        token = _WITHIN.set(True)
        try:
            yield
        finally:
            _WITHIN.reset(token)


def svg_text(figure: Figure) -> str:
    """Return the figure as SVG on white, without dates and with one decimal: a tenth of a point."""
    with settings():
        out = io.StringIO()
        figure.savefig(out, format="svg", facecolor="white", metadata={"Date": None, "Creator": None})
    return _PATH.sub(lambda path: _DECIMALS.sub(_rounded, path[0]), out.getvalue())


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}".removesuffix(".0")


def without_background(svg: str) -> str:
    """Return the SVG of a figure without its background, which is its first path."""
    return svg.replace('style="fill: #ffffff"', 'style="fill: none"', 1)


def png_bytes(figure: Figure) -> bytes:
    """Return the figure on white as PNG in 256 colours: a quarter of the bytes, no difference to see."""
    from PIL import Image

    with settings():
        raw = io.BytesIO()
        figure.savefig(raw, format="rgba", facecolor="white")
    width, height = figure.canvas.get_width_height()  # matplotlib's own rounding: 5.1499999999999995 inches
    pixels = np.frombuffer(raw.getvalue(), np.uint32).reshape(height, width)  # R, G, B and A, a byte each
    inked = pixels != 0xFFFFFFFF  # a tenth: the rest is white, and needs no choice of colours
    inked[0, 0] = True
    strip = Image.frombytes("RGBA", (int(inked.sum()), 1), pixels[inked].tobytes()).convert("RGB")
    colours = strip.quantize(255, dither=Image.Dither.NONE)
    places = np.full((height, width), 255, np.uint8)
    places[inked] = np.asarray(colours)[0]
    image = Image.fromarray(places)
    image.putpalette(bytes(colours.getpalette() or b"").ljust(768, b"\xff")[:765] + b"\xff\xff\xff")
    out = io.BytesIO()
    image.save(out, format="png", dpi=(DPI, DPI))
    return out.getvalue()


def save_figure(figure: Figure, stem: Path) -> list[Path]:
    """Write `stem`.png and `stem`.svg, each as a whole or not at all.

    Args:
        figure: the figure.
        stem: path of the files without their ending.

    Returns:
        The paths written.

    Raises:
        OSError: a file cannot be written; it names the path.
    """
    return write_figure(stem, png_bytes(figure), svg_text(figure))


def write_figure(stem: Path, png: bytes, svg: str) -> list[Path]:
    """Write a figure that was rendered already, as `save_figure` does."""
    files = {"png": png, "svg": svg.encode()}
    paths = [stem.with_name(f"{stem.name}.{kind}") for kind in files]
    for path, data in zip(paths, files.values(), strict=True):
        write_bytes(path, data)
    return paths


def number(value: float) -> str:
    """Return a number as text with one decimal and a real minus sign."""
    return f"{value:,.1f}".replace("-", "−") if round(value, 1) else "0.0"  # noqa: RUF001


def short(x: float) -> str:
    """Return a large number in few characters: 1.2M, 350k."""
    return f"{x / 1e6:.3g}M" if abs(x) >= 1e6 else f"{x / 1e3:.3g}k" if abs(x) >= 1e3 else f"{x:.3g}"


@lru_cache(10_000)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the inches that a text of this many points takes; call it within `settings()`."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")))
    font.set_size(20 * size, 72)  # small letters would be measured in whole pixels
    font.set_text(text)
    return float(font.get_width_height()[0] / 64 / 72 / 20)


def fitting(text: str, inches: float, size: float) -> str:
    """Return a text, cut with an ellipsis where it is wider than so many inches; call it within `settings()`."""
    if text_width(text, size) <= inches:
        return text
    beyond = bisect_right(range(1, len(text)), inches, key=lambda n: text_width(text[:n] + "…", size))
    return text[:beyond].rstrip() + "…"


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return positions in the order of `wanted`, at least `gap` apart, within [low, high], and as near as can be.

    Least squares by pooling adjacent violators. When there is no room, the gap shrinks to what fits.

    Args:
        wanted: rising positions.
        gap: least distance.
        low: least position.
        high: greatest position.
    """
    if len(wanted) > 1:
        gap = min(gap, (high - low) / (len(wanted) - 1))
    shifted = np.asarray(wanted, float) - gap * np.arange(len(wanted))
    blocks: list[tuple[float, int]] = []  # mean, size
    for value in shifted:
        mean, size = float(value), 1
        while blocks and blocks[-1][0] > mean:
            other, count = blocks.pop()
            mean, size = (mean * size + other * count) / (size + count), size + count
        blocks.append((mean, size))
    flat = np.repeat([m for m, _ in blocks], [n for _, n in blocks])
    room = max(high - gap * (len(wanted) - 1), low)
    return [float(x) for x in np.clip(flat, low, room) + gap * np.arange(len(wanted))]
