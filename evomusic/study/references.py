"""References of a task: expected return of random tokens, the optimum or a bound, real tunes, samples of a style.

A method whose view has no clock is also measured against the best that any policy of this view can do (`ceiling`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core.automata import TooManyStates
from evomusic.core.melody import Melody
from evomusic.core.optimum.solve import NotCertified
from evomusic.core.task import Task
from evomusic.core.views import NAMED
from evomusic.encodings.samples import style_samples
from evomusic.study.folder import RunError

FIRST = ("planner", "levels")  # of every task
CEILING = "view-"  # and the name of a view
NODES = 10_000_000  # partial melodies that the search for a ceiling may look at: some seconds
NOISE, SAMPLES, TUNES = 10_000, 1_000, 200  # melodies of uniform tokens, of the style, and excerpts of real tunes


def planner(task: Task) -> dict[str, Any]:
    """Expected return of uniform random tokens, and the optimum or the best return found and a bound."""
    try:
        found = task.optimum()
        value, upper, melody, certified = found.value, found.value, found.melody, True
    except NotCertified as bounds:
        value, upper, melody, certified = bounds.value, bounds.upper, bounds.melody, False
    return {
        "random": task.random_return,
        "value": value,
        "upper": upper,
        "certified": certified,
        "melody": melody.text,
        "parts": parts_of(task, melody),
    }


def parts_of(task: Task, melody: Melody) -> dict[str, float]:
    """Return of a melody by rule and final measure, weighted."""
    return dict(zip(task.part_names, task.parts(melody.tokens[None])[0].tolist(), strict=True))


def style_of(task: Task) -> str:
    """The style that a task's generator or one of its rules names, or an empty string."""
    rules = task.reward.rules if hasattr(task, "reward") else {}
    parts = [*getattr(task, "generator", ()), *rules]
    return next((str(style) for part in parts if (style := getattr(part, "style", None))), "")


def levels(task: Task, style: str) -> list[dict[str, Any]]:
    """Returns of real tunes where the style is the shipped one, of samples where there is one, and of noise."""
    rng, grid = np.random.default_rng(0), task.grid
    noise = rng.integers(0, grid.tokens, (NOISE, grid.steps), np.uint8)
    found = [_level(task, "noise", noise, ["uniform random tokens"] * NOISE)]
    if task.machine.generator:
        samples = style_samples(task, rng, SAMPLES)
        found.insert(0, _level(task, "style samples", samples, [f"sample of the style {style}".strip()] * SAMPLES))
    if style == "ryan":
        from evomusic.corpus.ryan import held_out

        tunes = held_out(grid, TUNES)
        if len(tunes.melodies):
            titles = [re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", name) for name in tunes.names]  # MissPlaudysReel
            found.insert(0, _level(task, "real tunes", tunes.melodies, titles))
    return found


def _level(task: Task, source: str, melodies: NDArray[np.uint8], titles: Sequence[str]) -> dict[str, Any]:
    returns = task.evaluate(melodies)
    middle = float(np.median(returns))
    example = int(np.abs(returns - middle).argmin())
    return {
        "source": source,
        "count": len(returns),
        "mean": float(returns.mean()),
        "p50": middle,
        "p90": float(np.percentile(returns, 90)),
        "title": titles[example],
        "example": Melody(melodies[example], task.grid).text,
        "example_return": float(returns[example]),
    }


def ceilings_of(methods: Iterable[Any]) -> list[str]:
    """The ceilings that methods have: of each ready view without a clock that one of them, without a memory, sees."""
    holders = [holder for method in methods for holder in (method, getattr(method, "encoding", None))]
    views = [getattr(holder, "view", None) for holder in holders if not getattr(holder, "recurrent", False)]
    return [CEILING + name for name, view in NAMED.items() if not view.clock and (view in views or name in views)]


def ceiling(task: Task, name: str) -> dict[str, Any]:
    """The return of the best deterministic policy of a view, or a bound of it; nothing where it has too many states."""
    from evomusic.plan.observation import value_of_observation

    try:
        value = value_of_observation(task, name, limit=NODES).value
    except NotCertified as bounds:
        return {"upper": min(bounds.upper, planner(task)["upper"]), "certified": False}
    except TooManyStates:
        return {}
    return {"upper": value, "certified": True}


def in_order(parts: Mapping[str, Any]) -> dict[str, Any]:
    """The references of a task in the order in which they are stored."""
    kinds = (*FIRST, *(CEILING + name for name in NAMED))
    return {kind: parts[kind] for kind in kinds if kind in parts}


def verify(task: Task, label: str, stored: dict[str, Any]) -> None:
    """Check that the planner's stored melody returns the stored value, which lies below the bound.

    Raises:
        RunError: it does not.
    """
    try:
        returns = float(task.evaluate(Melody.parse(stored["melody"], task.grid).tokens[None])[0])
        sound = returns == stored["value"] <= stored["upper"] and isinstance(stored["random"], float)
    except (KeyError, TypeError, ValueError):
        sound = False
    if not sound:
        raise RunError(
            f"references.json is damaged: the melody of task {label!r} does not return the value beside it; "
            "delete it, then run the study again"
        )
