"""An entry of the lecture, and the list of all.

An equation is in the simple form of `report/mathml.py`. A control names one of those of `report/lecture.js`: the start
of each of its knobs, and options that stay.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import evomusic as em

if TYPE_CHECKING:
    from evomusic.core.task import Task
    from evomusic.models.mdp import FiniteMDP

SETUP = ("import evomusic as em", 'task = em.make("tiny")', "mdp = em.FiniteMDP.from_task(task)")
Example = Callable[["Task", "FiniteMDP"], Any]

COURSE: Final = "Jean-Pierre Briot, Deep Learning Techniques for Music Generation (7): Reinforcement (UNIRIO, 2018)"
SILVER: Final = {
    1: "Introduction to Reinforcement Learning",
    2: "Markov Decision Processes",
    3: "Planning by Dynamic Programming",
    4: "Model-Free Prediction",
    5: "Model-Free Control",
    7: "Policy Gradient Methods",
    8: "Integrating Learning and Planning",
    9: "Exploration and Exploitation",
}


class Control(NamedTuple):
    """Something to move on a concept's page: its kind, the start of each knob, and options that stay."""

    kind: str
    knobs: Mapping[str, float]
    options: Mapping[str, Any]


class Concept(NamedTuple):
    """A concept: `where` are the public names that implement it, `says` is what it is in a few words.

    `text` is the same in one or two sentences, `equations` are lines in a simple form, `sources` are texts.
    """

    name: str
    group: str
    where: tuple[str, ...]
    says: str
    text: str
    equations: tuple[str, ...]
    sources: tuple[str, ...]
    control: Control | None
    run: Example

    @property
    def example(self) -> str:
        """The example's text, to paste after SETUP."""
        lines = inspect.getsource(self.run).partition("    return ")[2].split("\n")
        return re.sub(r"(?<=[({]) | (?=[)}])", "", " ".join(map(str.strip, lines))).strip()

    def result(self) -> Any:
        """The example's value, computed now."""
        task = em.make("tiny")
        return self.run(task, em.FiniteMDP.from_task(task))


GROUPS = ("states", "exploration", "values", "learning", "planning", "approaches", "evolution as RL")
ENTERED: dict[str, Concept] = {}


def concept(
    group: str,
    name: str,
    where: str,
    says: str,
    *,
    text: str,
    equations: tuple[str, ...] = (),
    sources: tuple[str, ...] = (),
    control: Control | None = None,
) -> Callable[[Example], Example]:
    """Enter an example into the list."""

    def enter(example: Example) -> Example:
        names = tuple(where.split(", "))
        ENTERED[name] = Concept(name, group, names, says, text, equations, sources, control, example)
        return example

    return enter


states, exploration, values, learning, planning, approaches, evolution = (partial(concept, x) for x in GROUPS)


def control(kind: str, knobs: Mapping[str, float] | None = None, **options: Any) -> Control:
    """Return a control of a kind."""
    return Control(kind, knobs or {}, options)


def book(place: str, *equations: str) -> str:
    """Return a place in Sutton & Barto's book: a section such as 6.5 or a chapter, and equations by number."""
    kind = "section" if "." in place else "chapter"
    numbers = f", equation{'s' * (len(equations) > 1)} {', '.join(equations)}" if equations else ""
    return f"Sutton & Barto, Reinforcement Learning, 2nd edition, 2018, {kind} {place}{numbers}"


def silver(number: int) -> str:
    """Return a lecture of Silver's course, by number."""
    return f"David Silver, UCL Course on RL, 2015, lecture {number}: {SILVER[number]}"
