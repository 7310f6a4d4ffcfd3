"""Piano rolls: one melody on any axes, and the melodies of a study side by side.

A row is a pitch of the grid, named where it belongs to the scale's tonic triad (all of them where there is room);
a faint line is a beat, a firm one a bar.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from evomusic.core import theory
from evomusic.core.checks import able, instance
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.plots.pieces import Piece, about, check_finished, pieces
from evomusic.plots.style import INK, WIDTH, fitting, heading, new_figure, number, settings, text_width
from evomusic.study.results import TaskRun

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 2
ROW = 1.45  # inches of a roll with its title
NAMED = 0.105  # inches a row needs for its name
NAMES = 6.8  # points of names of pitches and numbers of bars


def draw_roll(
    ax: Axes,
    melody: Melody,
    colour: str | Sequence[str] = INK,
    rows: tuple[int, int] | None = None,
    *,
    numbered: bool = True,
) -> None:
    """Draw a melody as bars of pitch and beat.

    Args:
        ax: matplotlib axes; their limits and ticks are set.
        melody: the melody.
        colour: of the notes; or one of each, in order of onset.
        rows: first and last row of the grid's pitches to show; what the melody uses and a row more each way when None.
        numbered: whether numbers of bars stand below.

    Raises:
        ValueError: `melody` is no Melody, or `ax` are no axes.
    """
    from matplotlib.collections import PolyCollection

    grid = instance("melody", melody, Melody, "a Melody").grid
    able("ax", ax, ["add_collection", "set_xlim"], "axes of a matplotlib figure")
    low, high = rows or span([melody])
    _frame(ax, grid, low, high, numbered)
    row = {pitch: i for i, pitch in enumerate(grid.pitches)}
    gap = 1 / 6 / grid.steps_per_beat  # a sixth of a step keeps repeated notes apart
    bars = [(n.onset, n.onset + n.duration - gap, row[n.pitch]) for n in melody.notes]
    corners = [((a, r - 0.42), (b, r - 0.42), (b, r + 0.42), (a, r + 0.42)) for a, b, r in bars]
    ax.add_collection(PolyCollection(corners, facecolors=colour, linewidths=0, zorder=3), autolim=False)


def span(melodies: Sequence[Melody]) -> tuple[int, int]:
    """Return the first and last row of the pitches that melodies of one grid use, one more each way, 8 at least."""
    grid = melodies[0].grid
    used = [grid.pitches.index(n.pitch) for m in melodies for n in m.notes] or [0]
    low, high = min(used) - 1, max(used) + 1
    spare = max(0, 8 - (high - low + 1))
    return max(0, low - spare // 2), min(len(grid.pitches) - 1, high + spare - spare // 2)


def named_rows(grid: Grid, low: int, high: int, most: int) -> list[int]:
    """Choose rows to name: those of the scale, its triad, tonic and fifth, or the tonic; the first that are few enough.

    Args:
        grid: the grid of the rows' pitches.
        low: first row shown.
        high: last row shown.
        most: number of names that there is room for.
    """
    tonic, scale = theory.parse_scale(grid.scale) if grid.scale else (0, theory.parse_scale("C major")[1])
    third = 3 if (tonic + 3) % 12 in scale and (tonic + 4) % 12 not in scale else 4
    choices = (scale, (tonic, (tonic + third) % 12, (tonic + 7) % 12), (tonic, (tonic + 7) % 12), (tonic,))
    found = [[r for r in range(low, high + 1) if grid.pitches[r] % 12 in classes] for classes in choices]
    return next((rows for rows in found if len(rows) <= most), found[-1])


def draw_rolls(task: TaskRun) -> Figure:
    """Draw the planner's melody, the best of each method from the best down, and a real tune, all on one scale.

    Raises:
        ValueError: it is no task of a study, or none of its cells is finished.
    """
    check_finished(task)
    shown = [p for p in pieces(task) if p.method or p.planned or p.name == "real tune"]
    with settings():
        figure = new_figure(rolls_height(len(shown)) + 0.8)
        reading = f"{about(task.grid)}; bars are numbered, the tonic is shaded, the number is the return"
        heading(figure, f"{fitting(task.label, 3.5, 13)}: the best melody of each method", reading)
        add_rolls(figure, shown, 0.7)
    return figure


def rolls_height(count: int) -> float:
    """Return the inches that so many rolls take, in columns."""
    return -(-count // COLUMNS) * ROW


def add_rolls(
    figure: Figure, shown: Sequence[Piece], top: float, colours: Sequence[str | Sequence[str]] | None = None
) -> list[Axes]:
    """Draw melodies in columns, all on one scale, each with its name, its source and its return.

    Args:
        figure: the figure, `rolls_height` inches high below `top` at least.
        shown: the melodies.
        top: inches from the figure's upper edge.
        colours: of the notes of each; that of the piece when None.
    """
    rows, height = span([p.melody for p in shown]), figure.get_figheight()
    made = []
    for place, piece in enumerate(shown):
        line, column = divmod(place, COLUMNS)
        left, width = 0.5 + column * (WIDTH - 0.1) / COLUMNS, (WIDTH - 0.1) / COLUMNS - 0.65
        bottom = height - top - (line + 1) * ROW + 0.2
        ax = figure.add_axes((left / WIDTH, bottom / height, width / WIDTH, (ROW - 0.5) / height))
        colour = piece.colour if colours is None else colours[place]
        draw_roll(ax, piece.melody, colour, rows, numbered=place + COLUMNS >= len(shown))
        _title(ax, piece, width)
        made.append(ax)
    return made


def badges(ax: Axes, places: Iterable[Iterable[float]]) -> None:
    """Draw numbers from 1 in white circles at places (x, y), which name rolls elsewhere in the figure."""
    style = {"boxstyle": "circle,pad=0.22", "fc": "white", "ec": INK, "lw": 0.8}
    for n, (x, y) in enumerate(places, 1):
        ax.annotate(f"{n}", (x, y), ha="center", va="center_baseline", size=7.5, weight="bold", bbox=style, zorder=4)


def _title(ax: Axes, piece: Piece, width: float) -> None:
    """Name and source at the left, the return at the right."""
    name, value = fitting(piece.name, 1.6, 9.2), number(piece.value)
    ax.set_title(name, loc="left", size=9.2, pad=4, weight="bold", color=piece.colour)
    ax.set_title(value, loc="right", size=9.2, pad=4)
    taken = text_width(name, 9.2, bold=True) + 0.08
    about = fitting(piece.about, width - taken - text_width(value, 9.2) - 0.1, 7.8)
    offset: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
    ax.annotate(about, (0, 1), (taken * 72, 4), size=7.8, alpha=0.7, **offset)


def _frame(ax: Axes, grid: Grid, low: int, high: int, numbered: bool) -> None:
    """Limits, bar and beat lines, shaded rows, names of pitches, and numbers of bars.

    Names and numbers are texts: matplotlib's ticks take four times as long to draw.
    """
    ax.set_xlim(0, grid.length)
    ax.set_ylim(low - 0.6, high + 0.6)
    beats = [(time, is_bar) for time, is_bar in grid.beat_lines if time > 0]
    for lines, alpha, width in (
        ([time for time, is_bar in beats if not is_bar], 0.1, 0.5),
        ([time for time, is_bar in beats if is_bar], 0.45, 0.8),
    ):
        ax.vlines(lines, low - 0.6, high + 0.6, color=INK, alpha=alpha, lw=width, zorder=1)
    ax.set_xticks([])
    ax.set_yticks([])
    below, left = ax.get_xaxis_text1_transform(2)[0], ax.get_yaxis_text1_transform(2)[0]  # 2 points from the axes
    bars = [time for time, is_bar in grid.beat_lines if is_bar]
    for bar, time in enumerate(bars if numbered else (), 1):
        ax.text(time, 0, f"{bar}", transform=below, va="top", size=NAMES)
    room = ax.bbox.height / ax.figure.dpi  # inches
    for row in named_rows(grid, low, high, int(room / NAMED)):
        ax.text(0, row, grid.names[row], transform=left, ha="right", va="center_baseline", size=NAMES)
    tonic = theory.parse_scale(grid.scale)[0] if grid.scale else 0
    for row in range(low, high + 1):
        if grid.pitches[row] % 12 == tonic:
            ax.axhspan(row - 0.5, row + 0.5, color=INK, alpha=0.07, lw=0, zorder=0)
