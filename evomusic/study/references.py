"""References of a task: returns of random tokens, the optimum or a bound, real tunes, the style, the soft optimum.

Where a method sees a view without the clock, so is the best that a policy of this view can return: its `ceiling`.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core.automata import TooManyStates
from evomusic.core.optimum.soften import ROWS
from evomusic.core.optimum.solve import NotCertified
from evomusic.core.problem import Problem
from evomusic.core.rule import Observer
from evomusic.core.task import Task
from evomusic.core.views import NAMED, View
from evomusic.encodings.samples import style_samples
from evomusic.rules.style_file import shipped_styles
from evomusic.study.build import describe
from evomusic.study.fingerprints import fingerprint
from evomusic.study.folder import RunError
from evomusic.study.results import CEILING
from evomusic.study.solutions import agree, found_of, parts_of, planner_of, returns_of, sampled, solution_of

Floats = NDArray[np.float64]
FIRST = ("planner", "levels", "soft")  # of every task; then the ceilings of views
NODES = 10_000_000  # partial melodies that the search for a ceiling may look at: some seconds
NOISE, SAMPLES, TUNES = 10_000, 1_000, 200  # melodies of uniform tokens, of the style, and excerpts of real tunes
TEMPERATURE = 1.0  # of the soft optimum, in units of return
LISTED = 64 * ROWS  # rows of its product, of all steps, at most: those of four bars by default, about a second


def planner(task: Task | Problem) -> dict[str, Any]:
    """Expected return of uniform random tokens, and the optimum or the best return found and a bound."""
    if isinstance(task, Problem):
        return planner_of(task)
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


def style_of(task: Task | Problem) -> str:
    """The style that a task's generator or one of its rules names, or an empty string."""
    rules = task.reward.rules if hasattr(task, "reward") else {}
    parts = [*getattr(task, "generator", ()), *rules]
    return next((str(style) for part in parts if (style := getattr(part, "style", None))), "")


def levels(task: Task | Problem, style: str) -> list[dict[str, Any]]:
    """Returns of real tunes where the style is a shipped one, of samples where there is one, and of noise."""
    if isinstance(task, Problem):
        rows, returns = sampled(task)
        return [_level(task, "noise", rows, ["random solution"] * len(rows), returns)]
    rng, grid = np.random.default_rng(0), task.grid
    noise = rng.integers(0, grid.tokens, (NOISE, grid.steps), np.uint8)
    found = [_level(task, "noise", noise, ["uniform random tokens"] * NOISE)]
    if task.machine.generator:
        samples = style_samples(task, rng, SAMPLES)
        found.insert(0, _level(task, "style samples", samples, [f"sample of the style {style}".strip()] * SAMPLES))
    if style in shipped_styles():
        from evomusic.corpus.shipped import held_out

        tunes = held_out(grid, TUNES, style=style)
        if len(tunes.melodies):
            titles = [re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", name) for name in tunes.names]  # MissPlaudysReel
            found.insert(0, _level(task, "real tunes", tunes.melodies, titles))
    return found


def _level(
    task: Task | Problem, source: str, melodies: NDArray[np.uint8], titles: Sequence[str], returns: Floats | None = None
) -> dict[str, Any]:
    returns = task.evaluate(melodies) if returns is None else returns
    middle = float(np.median(returns))
    example = int(np.abs(returns - middle).argmin())
    return {
        "source": source,
        "count": len(returns),
        "mean": float(returns.mean()),
        "p50": middle,
        "p90": float(np.percentile(returns, 90)),
        "title": titles[example],
        "example": found_of(task, melodies[example]).text,
        "example_return": float(returns[example]),
    }


def soft(task: Task | Problem) -> dict[str, Any]:
    """Expected return of the soft optimum, near the style where the task has one: exact, or the mean of samples.

    Samples stand in where the distribution lacks rules that the return has, named in `dropped`. The mean is None where
    the style is too large or no rule fits, and where what is dropped matters so much that the rest returns less than
    the prior does, which no soft optimum of the whole reward can.
    """
    styled = not isinstance(task, Problem) and task.machine.generator
    prior, rng = "style" if styled else "uniform", np.random.default_rng(0)
    found = {"temperature": TEMPERATURE, "prior": prior, "mean": None, "error": 0.0, "dropped": list[str]()}
    if isinstance(task, Problem):
        return found
    try:
        policy = task.soften(TEMPERATURE, prior, limit=max(1, min(ROWS, LISTED // task.grid.steps)))
    except TooManyStates:
        return found
    if not policy.dropped:
        return found | {"mean": policy.expected_return()}
    returns = task.evaluate(policy.sample(SAMPLES, rng))
    least = task.evaluate(style_samples(task, rng, SAMPLES)).mean() if prior == "style" else task.random_return
    if not policy.rules or returns.mean() < least:
        return found
    error = float(returns.std(ddof=1)) / math.sqrt(SAMPLES)
    return found | {"mean": float(returns.mean()), "error": error, "dropped": list(policy.dropped)}


def ceilings_of(methods: Iterable[Any]) -> dict[str, View]:
    """The views without the clock that limit memoryless methods, by the kind of their reference, such as `view-bar`."""
    views = [view for method in methods if (view := _limiting(method))]
    return {f"{CEILING}{view_name(view)}": view for view in views}


def _limiting(method: Any) -> View | None:
    """The view of a method or of its encoding, where it is all that a policy acts on, and does not tell the step."""
    holder = method if hasattr(method, "view") else getattr(method, "encoding", None)
    view = getattr(holder, "view", None)
    view = NAMED.get(view) if isinstance(view, str) else view
    sees_more = getattr(holder, "recurrent", False) or getattr(holder, "sees_more", False)
    return None if not isinstance(view, View) or view.clock or view.rules or sees_more else view


def view_name(view: View) -> str:
    """A ready view's name, or the observers of another without the clock, such as `LastPitches(count=3)`."""
    own = ["the task's observers"] if view.observation else []
    ready = next((name for name, each in NAMED.items() if each == view), "")
    return ready or " + ".join([*own, *map(_observer, view.observers)]) or "nothing"


def _observer(observer: Any) -> str:
    """Its kind, as a study names it, the parameters without a default, and those that are not their default."""
    cls = type(observer)
    name = cls.__name__ if cls.__module__.startswith("evomusic.") else f"{cls.__module__}:{cls.__qualname__}"
    fields = dataclasses.fields(observer) if dataclasses.is_dataclass(observer) else ()
    values = {field: getattr(observer, field.name) for field in fields}
    needed = {f for f in fields if f.default is dataclasses.MISSING}
    parameters = [
        ("" if field in needed else f"{field.name}=")
        + (_observer(value) if isinstance(value, Observer) else str(describe(value)))
        for field, value in values.items()
        if field in needed or describe(value) != describe(field.default)
    ]
    return f"{name}({', '.join(parameters)})" if parameters else name


def ceiling(task: Task | Problem, view: View) -> dict[str, Any]:
    """The return of the best deterministic memoryless policy of a view, or a bound of it.

    The bound is None where the view has too many states to list; `code` is a digest of the view's code.
    """
    from evomusic.plan.observation import value_of_observation

    code = {"code": fingerprint(view)}
    if isinstance(task, Problem):
        return {"upper": None, "certified": False, **code}
    try:
        found = value_of_observation(task, view, limit=NODES)
    except NotCertified as bounds:
        return {"upper": float(bounds.upper), "certified": False, **code}
    except TooManyStates:
        return {"upper": None, "certified": False, **code}
    assert found.melody is not None  # of a task there is one
    return {"upper": found.value, "certified": True, "melody": found.melody.text, **code}


def in_order(parts: Mapping[str, Any]) -> dict[str, Any]:
    """The references of a task in the order in which they are stored, whatever the order in which they came."""
    return {kind: parts[kind] for kind in (*FIRST, *sorted(parts.keys() - {*FIRST})) if kind in parts}


def verify(task: Task | Problem, label: str, stored: Mapping[str, Any]) -> None:
    """Check that stored melodies return the values stored beside them, which lie below their bounds.

    Raises:
        RunError: one does not, or another part is not what was written.
    """
    for kind, part in stored.items():
        if kind != "levels" and not _sound(task, kind, part):
            melody = "melody" if kind == "planner" else f"melody of the {kind}"
            wrong = f"the {melody} of task {label!r} does not return the value beside it"
            if kind == "soft":
                wrong = f"the soft optimum of task {label!r} is not what was written"
            raise RunError(f"references.json is damaged: {wrong}; delete it, then run the study again")


def _sound(task: Task | Problem, kind: str, part: Mapping[str, Any]) -> bool:
    try:
        if kind == "planner":
            upper = math.inf if part["upper"] is None else part["upper"]
            value = part["value"] if part["melody"] is None else _returns(task, part)
            return agree(task, value, part["value"]) and part["value"] <= upper and isinstance(part["random"], float)
        if kind == "soft":
            numbers = [part[name] for name in ("temperature", "error", "mean") if (name, part[name]) != ("mean", None)]
            return all(isinstance(x, float) for x in numbers) and isinstance(part["dropped"], list)
        upper, proved = part["upper"], part["certified"]
        return isinstance(part["code"], str) and (
            _returns(task, part) == upper if proved else upper is None or isinstance(upper, float)
        )
    except (KeyError, TypeError, ValueError):
        return False


def _returns(task: Task | Problem, part: Mapping[str, Any]) -> float:
    """The return of a stored melody."""
    return returns_of(task, solution_of(part["melody"], task.grid))
