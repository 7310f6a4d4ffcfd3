"""Expression trees for notebooks: labels in boxes in the page's own ink, laid out as `plots.draw_tree` does."""

from __future__ import annotations

from typing import Any

from evomusic.encodings.genotypes.expressions import Expression
from evomusic.encodings.trees.text import Drawing
from evomusic.plots.style import HUES
from evomusic.plots.trees import BOX, arrange, families
from evomusic.report.cards import card, preformatted
from evomusic.report.html import Html, joined, tag

UNIT = 72.0  # an inch
LETTER = 0.075  # inches of a letter
LONGEST = 18  # letters of a label
MOST = 150  # nodes that are drawn; a larger tree is text


def drawing_html(drawing: Drawing) -> str:
    """The layout of an expression tree for a notebook."""
    return card(drawn(list(drawing.labels), list(drawing.edges)))


def expression_html(expression: Expression) -> str:
    """An expression for a notebook: its tree, and its text."""
    return card(*expression_parts(expression))


def expression_parts(expression: Expression) -> list[Html]:
    """Return the tree of an expression and its text."""
    labels, edges = nodes_of(expression)
    tree = [drawn(labels, edges)] if len(labels) <= MOST else []
    return [*tree, preformatted(str(expression))]


def nodes_of(expression: Expression) -> tuple[list[str], list[tuple[int, int]]]:
    """Return the labels of an expression's nodes in prefix order, and edges (parent, child)."""
    symbols = expression.symbols
    labels, edges, waiting = list[str](), list[tuple[int, int]](), list[list[int]]()
    for place, node in enumerate(expression.nodes.tolist()):
        word = symbols.word(node)
        labels.append(word if word in symbols.names else f"{float(word):.4g}")
        if waiting:
            edges.append((waiting[-1][0], place))
            waiting[-1][1] -= 1
        waiting.append([place, symbols.arity(node >> 32)])
        while waiting and not waiting[-1][1]:
            waiting.pop()
    return labels, edges


def drawn(labels: list[str], edges: list[tuple[int, int]]) -> Html:
    """Return a tree as a drawing, functions in ink and leaves in blue; a tree too large to read is its size in words.

    Args:
        labels: of the nodes, the root first.
        edges: (parent, child) by place, children of one parent in order.
    """
    size = f"{len(labels)} node{'s' * (len(labels) != 1)}"
    if len(labels) > MOST:
        return tag("p", f"a tree of {size}, too large to draw")
    children, depth = families(len(labels), edges)
    texts = [text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…" for text in labels]
    layout = arrange([LETTER * max(len(t), 2) + 0.14 for t in texts], children, depth)
    lines = [_edge(layout, parent, child) for parent, child in edges]
    boxes = [_box(layout, node, text, bool(children[node])) for node, text in enumerate(texts)]
    wide, high = layout.width * UNIT + 4, layout.height * UNIT + 4
    picture = tag(
        "svg",
        *lines,
        *boxes,
        viewBox=f"-2 -2 {wide:.0f} {high:.0f}",
        width=f"{wide:.0f}",
        height=f"{high:.0f}",
        class_="tree",
        role="img",
        aria_label=f"expression tree of {size}, depth {max(depth)}, root {labels[0]}",
    )
    return tag("div", picture, class_="wide", tabindex=0, role="group", aria_label=f"tree of {size}, which scrolls")


def _edge(layout: Any, parent: int, child: int) -> Html:
    """A line from box to box."""
    (x1, y1), (x2, y2) = layout.places[parent], layout.places[child]
    if layout.down:
        y1, y2 = y1 + BOX / 2, y2 - BOX / 2
    else:
        x1, x2 = x1 + layout.widths[parent] / 2, x2 - layout.widths[child] / 2
    ends = {name: f"{v * UNIT:.1f}" for name, v in (("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2))}
    return tag("line", **ends, stroke="currentColor", stroke_width=0.8, opacity=0.5)


def _box(layout: Any, node: int, text: str, inner: bool) -> Html:
    """A label in its box: a function in ink, a leaf tinted."""
    (x, y), width = layout.places[node], layout.widths[node]
    place = {"x": f"{(x - width / 2) * UNIT:.1f}", "y": f"{(y - BOX / 2) * UNIT:.1f}"}
    size = {"width": f"{width * UNIT:.1f}", "height": f"{BOX * UNIT:.1f}", "rx": 4}
    look = {"stroke": "currentColor" if inner else HUES[0], "fill": "none" if inner else HUES[0]}
    box = tag("rect", **place, **size, **look, fill_opacity=0.15, stroke_width=0.9)
    label = tag("text", text, x=f"{x * UNIT:.1f}", y=f"{y * UNIT + 3:.1f}", text_anchor="middle")
    return joined([box, label])
