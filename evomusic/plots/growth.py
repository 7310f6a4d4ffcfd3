"""The growth of a melody: the text after each developmental step of a grammar, and the melody that it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from evomusic.core.checks import instance, whole
from evomusic.core.melody import Melody
from evomusic.core.task import Task
from evomusic.encodings.base import take
from evomusic.encodings.grammar.grammar import Grammar
from evomusic.encodings.grammar.growth import Genomes
from evomusic.plots.generations import NEW, changes
from evomusic.plots.pieces import about
from evomusic.plots.roll import ROW, draw_roll, span
from evomusic.plots.style import WIDTH, fitting, heading, new_figure, number, settings, text_width

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TEXT = 3.75  # inches of the text column
SIZE = 7.6
LINE = 0.145  # inches of a line of text
MOST = 7  # lines of a text


def draw_growth(task: Task, grammar: Grammar, genomes: Genomes, index: int = 0, title: str = "") -> Figure:
    """Draw the development of one genome: its rules, and text and melody after each step.

    Args:
        task: the task.
        grammar: the encoding.
        genomes: rules.
        index: of the genome to draw.
        title: of the figure; that of the task when empty.

    Raises:
        ValueError: an argument is of another kind, or there is no genome of that index.
    """
    instance("task", task, Task, "a Task")
    instance("grammar", grammar, Grammar, "a Grammar")
    instance("genomes", genomes, Genomes, "genomes of the grammar: grammar.parse(...) or grammar.sample(...)")
    index = whole("index", index, 0, len(genomes.symbols) - 1)
    one = take(genomes, np.array([index]))
    rows = np.concatenate([replace(grammar, steps=k).decode(task, one) for k in range(grammar.steps + 1)])
    returns = task.evaluate(rows)
    melodies = [Melody(row, task.grid) for row in rows]
    rules = grammar.text(one).splitlines()
    return draw_stages(grammar.develop(one), melodies, returns, rules, title or f"{task.name}: how a melody grows")


def draw_stages(
    texts: Sequence[str],
    melodies: Sequence[Melody],
    returns: Sequence[float] | np.ndarray[tuple[int], np.dtype[np.float64]],
    rules: Sequence[str] = (),
    title: str = "how a melody grows",
) -> Figure:
    """Draw stages of a development: a text, the melody that it says, and its return; the rules above.

    Args:
        texts: of the stages, symbols parted by spaces.
        melodies: of the stages.
        returns: of the melodies.
        rules: lines to show above.
        title: of the figure.

    Raises:
        ValueError: there are not as many texts as melodies and returns, or none.
    """
    for name, values in (("texts", texts), ("melodies", melodies)):
        instance(name, values, (list, tuple), "a list, one entry for each stage")
    if not len(texts) or not len(texts) == len(melodies) == len(returns):
        raise ValueError(
            f"texts holds {len(texts)}, expected as many as melodies and returns, {len(melodies)} and {len(returns)}, "
            "and one at least"
        )
    with settings():
        wrapped = wrap(rules, WIDTH - 0.5)
        top = 0.75 + LINE * len(wrapped) + (0.15 if wrapped else 0)
        height = top + len(texts) * ROW + 0.1
        figure = new_figure(height)
        reading = "grey: notes of the stage before; the number is the return"
        heading(figure, fitting(title, 8.6, 13), f"{about(melodies[0].grid)}; {reading}")
        _lines(figure, wrapped, 0.2, 0.72)
        rows, colours = span(melodies), changes(melodies)
        for i, (text, melody) in enumerate(zip(texts, melodies, strict=True)):
            upper = top + i * ROW
            _stage(figure, i, text, upper)
            box = ((TEXT + 0.75) / WIDTH, (height - upper - ROW + 0.2) / height)
            ax = figure.add_axes((*box, (WIDTH - TEXT - 0.9) / WIDTH, (ROW - 0.5) / height))
            draw_roll(ax, melody, colours[i], rows, numbered=i == len(texts) - 1)
            ax.set_title(number(float(returns[i])), loc="right", size=9.2, pad=4)
    return figure


def _stage(figure: Figure, i: int, text: str, upper: float) -> None:
    """Name, number of symbols, and the text, cut where it is too long."""
    height, count = figure.get_figheight(), len(text.split())
    name = "axiom" if i == 0 else f"step {i}"
    style = {"size": 9.2, "va": "bottom"}
    figure.text(0.2 / WIDTH, 1 - (upper + 0.245) / height, name, weight="bold", color=NEW, **style)  # type: ignore[arg-type]
    wide = text_width(name, 9.2, bold=True) + 0.1
    said = f"{count:,} symbol{'s' * (count != 1)}"
    figure.text((0.2 + wide) / WIDTH, 1 - (upper + 0.245) / height, said, size=7.8, alpha=0.7, va="bottom")
    lines = wrap([text], TEXT, MOST + 1)
    if len(lines) > MOST:
        lines = [*lines[: MOST - 1], fitting(lines[MOST - 1] + " …", TEXT, SIZE).removesuffix("…").rstrip() + " …"]
    _lines(figure, lines, 0.2, upper + 0.3)


def _lines(figure: Figure, lines: Sequence[str], left: float, top: float) -> None:
    height = figure.get_figheight()
    for i, line in enumerate(lines):
        figure.text(left / WIDTH, 1 - (top + i * LINE) / height, line, size=SIZE, va="top")


def wrap(lines: Sequence[str], inches: float, most: int = 1000) -> list[str]:
    """Return lines broken at spaces to a width, `most` of them; a wider word is cut."""
    found: list[str] = []
    for line in lines:
        row = ""
        for word in line.split():
            longer = f"{row} {word}".strip()
            if row and text_width(longer, SIZE) > inches:
                found.append(row)
                longer = word
            if len(found) >= most:
                return found
            row = fitting(longer, inches, SIZE)
        found.append(row)
    return found[:most]
