"""Pictures of expression trees: labels in boxes, joined to their arguments, from the top down or from the left.

The layout is tidy (Reingold & Tilford 1981, by contours): a parent stands amid its children, subtrees are as near as
their boxes allow, and equal subtrees look alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from evomusic.core.checks import instance, wrong
from evomusic.core.checks import number as real
from evomusic.core.melody import Melody
from evomusic.core.renamed import renamed
from evomusic.plots.roll import ROW, draw_roll
from evomusic.plots.style import HUES, INK, WIDTH, fitting, heading, new_figure, number, settings, text_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Edges = Sequence[tuple[int, int]]
SIZE = 8.0  # points of a label
BOX = 0.19  # inches of a box
PAD = 0.07  # inches beside a label
LEVEL = 0.42  # inches from level to level, from the top down
BETWEEN = 0.22  # inches between levels, from the left
LONGEST = 1.4  # inches of a label
INNER, LEAF = INK, HUES[0]


class Layout(NamedTuple):
    """Places of nodes in inches: middle (N, 2) from the left and from the top, widths (N,); size of the whole."""

    places: np.ndarray[tuple[int, int], np.dtype[np.float64]]
    widths: list[float]
    width: float
    height: float
    down: bool


@renamed({"told": "reading"})
def draw_tree(
    labels: Sequence[str],
    edges: Edges,
    title: str = "tree",
    reading: str = "",
    melody: Melody | None = None,
    value: float | None = None,
) -> Figure:
    """Draw a tree: from the top down if that fits the width, else from the left.

    Args:
        labels: of the nodes, the root first.
        edges: (parent, child) by place, children of one parent in order.
        title: of the figure.
        reading: a line below it; the number of nodes and levels when empty.
        melody: the melody that the tree says, drawn beneath it.
        value: return of the melody.

    Raises:
        ValueError: the edges do not make a tree of the nodes, or an argument is of another kind.
    """
    for name, values in (("labels", labels), ("edges", edges)):
        instance(name, values, (list, tuple), "a list")
    if not labels:
        raise wrong("labels", labels, "the label of a root at least")
    if melody is not None:
        instance("melody", melody, Melody, "a Melody, or None")
    value = None if value is None else real("value", value)
    children, depth = families(len(labels), edges)
    with settings():
        texts = [fitting(label, LONGEST, SIZE) for label in labels]
        layout = arrange([text_width(t, SIZE) + 2 * PAD for t in texts], children, depth)
        roll = ROW if melody is not None else 0.0
        height = 0.85 + layout.height + roll
        width = max(WIDTH, layout.width + 0.3)
        figure = new_figure(height, width)
        said = reading or f"{len(labels)} nodes, depth {max(depth)}; functions in black, leaves in blue"
        heading(figure, fitting(title, width - 0.4, 13), fitting(said, width - 0.4, 8.5))
        box = ((width - layout.width) / 2 / width, (roll + 0.1) / height)
        ax = figure.add_axes((*box, layout.width / width, layout.height / height))
        _nodes(ax, texts, edges, children, layout)
        if melody is not None:
            _roll(figure, melody, value)
    return figure


def families(count: int, edges: Edges) -> tuple[list[list[int]], list[int]]:
    """Return the children and the depth of each node.

    Raises:
        ValueError: the edges do not make a tree of the nodes, the first of them the root.
    """
    children: list[list[int]] = [[] for _ in range(count)]
    for parent, child in edges:
        if not (0 <= parent < count and 0 < child < count):
            raise ValueError(f"edge ({parent}, {child}) is not between nodes 0 to {count - 1}, the root being 0")
        children[parent].append(child)
    depth, waiting, visited = [0] * count, [0][:count], 0
    while waiting and visited <= count:
        node = waiting.pop()
        visited += 1
        for child in children[node]:
            depth[child] = depth[node] + 1
            waiting.append(child)
    if visited != count or len(edges) != count - 1:
        raise ValueError(
            f"{len(edges)} edges join {visited} of {count} nodes, expected a tree: each node but 0 has a parent"
        )
    return children, depth


def arrange(widths: Sequence[float], children: Sequence[Sequence[int]], depth: Sequence[int]) -> Layout:
    """Return the places of all nodes: from the top down, or from the left where that would be wider than a page."""
    levels = max(depth) + 1
    across = tidy(widths, 0.1, children, depth)
    right = float(np.max(across + np.array(widths) / 2))
    if right <= WIDTH - 0.3:
        down = BOX / 2 + LEVEL * np.array(depth, float)
        return Layout(np.column_stack([across, down]), list(widths), right, LEVEL * (levels - 1) + BOX, True)
    rows = tidy([BOX] * len(widths), 0.045, children, depth)
    widest = [max(w for w, d in zip(widths, depth, strict=True) if d == level) for level in range(levels)]
    starts = np.cumsum([0.0, *(w + BETWEEN for w in widest)])
    middle = starts[np.array(depth)] + np.array(widths) / 2
    return Layout(
        np.column_stack([middle, rows]), list(widths), float(starts[-1]) - BETWEEN, float(rows.max()) + BOX / 2, False
    )


def tidy(
    sizes: Sequence[float], gap: float, children: Sequence[Sequence[int]], depth: Sequence[int]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return middles (N,) of nodes along their levels: neighbours at least `gap` apart, the first edge at 0."""
    offset = np.zeros(len(sizes))  # from the parent's middle
    edge: list[dict[int, tuple[float, float]]] = [{} for _ in sizes]  # by level: first and last edge of the subtree
    order = sorted(range(len(sizes)), key=lambda node: -depth[node])
    for node in order:
        merged: dict[int, tuple[float, float]] = {}
        for child in children[node]:
            shared = [merged[level][1] + gap - edge[child][level][0] for level in edge[child] if level in merged]
            offset[child] = max(shared, default=0.0)
            for level, (low, high) in edge[child].items():
                first = merged[level][0] if level in merged else low + offset[child]
                merged[level] = (first, high + offset[child])
        middle = (offset[children[node][0]] + offset[children[node][-1]]) / 2 if children[node] else 0.0
        offset[list(children[node])] -= middle
        edge[node] = {level: (low - middle, high - middle) for level, (low, high) in merged.items()}
        edge[node][depth[node]] = (-sizes[node] / 2, sizes[node] / 2)
    places = np.zeros(len(sizes))
    for node in reversed(order):
        for child in children[node]:
            places[child] = places[node] + offset[child]
    return np.asarray(places - (places - np.array(sizes) / 2).min())


def _nodes(ax: Axes, texts: Sequence[str], edges: Edges, children: Sequence[Sequence[int]], layout: Layout) -> None:
    from matplotlib.collections import LineCollection
    from matplotlib.patches import FancyBboxPatch

    ax.set_axis_off()
    ax.set_xlim(0, layout.width)
    ax.set_ylim(layout.height, 0)
    ends = [_ends(layout, parent, child) for parent, child in edges]
    ax.add_collection(LineCollection(ends, colors=INK, linewidths=0.7, alpha=0.45, zorder=1), autolim=False)
    for node, text in enumerate(texts):
        (x, y), width = layout.places[node], layout.widths[node]
        colour = INNER if children[node] else LEAF
        corner = (x - width / 2 + 0.04, y - BOX / 2 + 0.04)
        box = FancyBboxPatch(corner, width - 0.08, BOX - 0.08, boxstyle="round,pad=0.04", lw=0.7, zorder=2)
        box.set(facecolor="white" if children[node] else "#e4eef7", edgecolor=colour, clip_on=False)
        ax.add_patch(box)
        ax.text(x, y, text, size=SIZE, color=colour, ha="center", va="center_baseline", zorder=3)


def _ends(layout: Layout, parent: int, child: int) -> list[tuple[float, float]]:
    """An edge, from box to box."""
    (x0, y0), (x1, y1) = layout.places[parent], layout.places[child]
    if layout.down:
        return [(x0, y0 + BOX / 2), (x1, y1 - BOX / 2)]
    return [(x0 + layout.widths[parent] / 2, y0), (x1 - layout.widths[child] / 2, y1)]


def _roll(figure: Figure, melody: Melody, value: float | None) -> None:
    """The melody beneath the tree."""
    width, height = figure.get_size_inches()
    ax = figure.add_axes((0.5 / width, 0.28 / height, (width - 0.7) / width, (ROW - 0.6) / height))
    draw_roll(ax, melody, LEAF)
    ax.set_title("as it sounds", loc="left", size=9.2, pad=4, weight="bold", color=LEAF)
    if value is not None:
        ax.set_title(number(value), loc="right", size=9.2, pad=4)
