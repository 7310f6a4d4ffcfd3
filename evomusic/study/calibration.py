"""Tuning the methods of a study equally: as many random configurations for each, on tasks and seeds of their own.

Every method's configurations are drawn from the search space that its class declares (`evomusic.core.space`); its
present one is the first of them. All run as a study of their own (so that a stopped calibration goes on), are ranked by
their mean rank over tasks, and the winner meets the present configuration once more on fresh seeds: the best of many
scores is partly luck (the winner's curse), and a winner that does not win again is not taken.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.space import drawn, space_of
from evomusic.core.task import Task
from evomusic.study.build import convert, describe, hints_of
from evomusic.study.config import Study
from evomusic.study.inference import interquartile_mean, probability_of_improvement
from evomusic.study.progress import Progress
from evomusic.study.results import Outcome, Run
from evomusic.study.runner import Plan, run_study
from evomusic.study.statistics import LAST, mean_online

ROOT: Final = 1 << 100  # of a study's root seed this bit is flipped, so that no seed of the study is tuned on
FRESH: Final = 1 << 101  # the same for the confirmation
TRIES: Final = 100  # draws until parameters fit each other
REPORTED: Final = "family-reported"
QUANTITIES: Final = ("best", "delivered", "online")


class Configuration(NamedTuple):
    """A method with other parameters: these by dotted name, and its mean rank over tasks, 0 the best, 1 the worst."""

    parameters: Mapping[str, Any]
    method: Any
    rank: float = np.nan


@dataclass(frozen=True)
class Tuned:
    """A method's calibration.

    Args:
        label: the method's.
        configurations: all that ran, the present one first.
        winner: the one of the best mean rank.
        scores: interquartile means of the present configuration and the winner, by task, on fresh seeds.
        improvement: probability that the winner's score is higher on fresh seeds, the mean over tasks.
        sensitivity: rank correlation of each numeric parameter with the score, by dotted name: near 0 where it hardly
            matters (or has its best in the middle), positive where more of it is better.
    """

    label: str
    configurations: tuple[Configuration, ...]
    winner: Configuration
    scores: Mapping[str, tuple[float, float]]
    improvement: float
    sensitivity: Mapping[str, float]

    @property
    def better(self) -> bool:
        """Whether the winner won again on fresh seeds; otherwise the present configuration stays."""
        return bool(self.winner.parameters) and self.improvement > 0.5

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters to be changed; none where the present ones stay."""
        return self.winner.parameters if self.better else {}


class Effort(NamedTuple):
    """The size of a calibration: random configurations a method, seeds for each, and fresh seeds for the winners."""

    configurations: int = 30
    seeds: int = 3
    confirm: int = 10
    by: str = "best"


def calibrate(
    study: Study,
    tasks: Mapping[str, Task],
    folder: Path,
    effort: Effort = Effort(),  # noqa: B008  # immutable
    workers: int = 0,
    progress: Progress | None = None,
) -> list[Tuned]:
    """Tune every method of a study that has a search space, at the study's budget.

    Args:
        study: its methods are tuned; its tasks and seeds are not looked at.
        tasks: to tune on, by label.
        folder: for the two studies that this takes, `search` and `confirmation`; finished cells in it are kept.
        effort: how much to try.
        workers: processes; as many as there are cores when 0.
        progress: told of every job.

    Raises:
        RunError: the folder holds another calibration.
        ValueError: no method has a search space, or a task is of the half of a family that is reported.
    """
    for label, task in tasks.items():
        if task.name.startswith(REPORTED):
            raise ValueError(f"task {label!r} is {task.name}, of the half that is reported; tune on odd seeds")
    pools = {label: configurations(study, label, effort.configurations) for label in study.methods}
    pools = {label: pool for label, pool in pools.items() if len(pool) > 1}
    if not pools:
        raise ValueError("no method of the study has a search space")
    methods = {_label(label, i): c.method for label, pool in pools.items() for i, c in enumerate(pool)}
    search = replace(study, tasks=tasks, methods=methods, seeds=effort.seeds, seed=study.seed ^ ROOT)
    run = run_study(Plan(search, folder / "search", workers=workers), progress).run
    ranked = {label: _ranked(run, label, pool, effort.by) for label, pool in pools.items()}
    winners = {label: min(pool, key=lambda c: c.rank) for label, pool in ranked.items()}  # the first of equals
    both = {label: study.methods[label] for label in pools}
    both |= {_label(label, "tuned"): w.method for label, w in winners.items() if w.parameters}
    fresh = replace(study, tasks=tasks, methods=both, seeds=effort.confirm, seed=study.seed ^ FRESH)
    again = run_study(Plan(fresh, folder / "confirmation", workers=workers), progress).run
    return [_tuned(again, label, ranked[label], winners[label], effort.by) for label in pools]


def configurations(study: Study, label: str, count: int) -> list[Configuration]:
    """A method's present configuration and as many others, drawn by its label: another method changes none of them."""
    method, rng = study.methods[label], np.random.default_rng([study.seed, zlib.crc32(label.encode())])
    space, found = space_of(method), [Configuration({}, method)]
    for _ in range(count if space else 0):
        for _ in range(TRIES):
            parameters = {name: drawn(spec, rng) for name, spec in space.items()}
            try:
                found.append(Configuration(parameters, changed_method(method, parameters)))
            except (ValueError, TypeError):  # parameters that do not go together
                continue
            break
    return found


def changed_method(method: Any, parameters: Mapping[str, Any]) -> Any:
    """A method or part with other parameters, by dotted name; tables become parts, as in a study.

    Raises:
        ValueError: a value is out of range, or does not go with another.
    """
    inner: dict[str, dict[str, Any]] = {}
    changes: dict[str, Any] = {}
    for name, value in parameters.items():
        head, _, rest = name.partition(".")
        if rest:
            inner.setdefault(head, {})[rest] = value
        else:
            changes[head] = convert(value, hints_of(type(method)).get(head, Any))
    changes |= {head: changed_method(getattr(method, head), part) for head, part in inner.items()}
    return replace(method, **changes)


def _label(label: str, which: int | str) -> str:
    return f"{label} {which:03d}" if isinstance(which, int) else f"{label} {which}"


def _scores(run: Run, method: str, by: str) -> list[NDArray[np.float64]]:
    """A method's scores (N,) on each task; none where cells failed."""
    return [np.array([_score(o, by) for o in task.outcomes[method]]) for task in run.tasks.values()]


def _score(outcome: Outcome, by: str) -> float:
    if by == "online":
        return mean_online(outcome, LAST)
    return float(outcome.best_return if by == "best" else outcome.curve.delivered[-1])


def _ranked(run: Run, label: str, pool: Sequence[Configuration], by: str) -> list[Configuration]:
    """The configurations with their mean rank over tasks; a configuration that failed is the worst."""
    from scipy.stats import rankdata

    scores = [_scores(run, _label(label, i), by) for i in range(len(pool))]
    table = np.array([[interquartile_mean(t) if len(t) == run.seeds else -np.inf for t in each] for each in scores])
    ranks = (rankdata(-table, axis=0, method="average") - 1) / (len(pool) - 1)
    return [c._replace(rank=float(rank)) for c, rank in zip(pool, ranks.mean(axis=1), strict=True)]


def _tuned(run: Run, label: str, ranked: Sequence[Configuration], winner: Configuration, by: str) -> Tuned:
    present = _scores(run, label, by)
    best = _scores(run, _label(label, "tuned"), by) if winner.parameters else present
    whole = all(len(x) and len(y) for x, y in zip(present, best, strict=True))
    scores = {
        task: (float(interquartile_mean(x)), float(interquartile_mean(y)))
        for task, x, y in zip(run.tasks, present, best, strict=True)
        if len(x) and len(y)
    }
    improvement = probability_of_improvement(best, present) if whole else 0.0
    return Tuned(label, tuple(ranked), winner, scores, improvement, sensitivity(ranked[1:]))


def tuned_table(table: Mapping[str, Any], tuned: Sequence[Tuned]) -> dict[str, Any]:
    """The table of a study with the methods' tuned parameters in place of the present ones."""
    methods = {label: _named(method) for label, method in table["methods"].items()}
    for each in tuned:
        for name, value in each.parameters.items():
            *path, last = name.split(".")
            part, thing = methods[each.label], each.configurations[0].method
            for head in path:
                thing = getattr(thing, head)
                part[head] = _named(part[head]) if head in part else _table_of(thing)
                part = part[head]
            part[last] = value
    return {**table, "methods": methods}


def _table_of(part: Any) -> dict[str, Any]:
    """The table of a part: its kind, and the parameters that differ from the kind's own."""
    plain = {f.name: f.default for f in fields(part)}
    changed = {name: describe(getattr(part, name)) for name in plain if getattr(part, name) != plain[name]}
    return {"kind": type(part).__name__} | changed


def _named(part: Any) -> dict[str, Any]:
    """The table of a part that may be given by its kind alone."""
    return {"kind": part} if isinstance(part, str) else dict(part)


def sensitivity(pool: Sequence[Configuration]) -> dict[str, float]:
    """Spearman's rank correlation of each parameter that is a number with the score of its configuration."""
    from scipy.stats import spearmanr

    found = {}
    for name in dict.fromkeys(name for c in pool for name in c.parameters):
        pairs = [(c.parameters[name], -c.rank) for c in pool if isinstance(c.parameters.get(name), (int, float))]
        x, y = np.array(pairs, float).reshape(-1, 2).T
        if len(np.unique(x)) > 1 and len(np.unique(y)) > 1:
            found[name] = float(spearmanr(x, y).statistic)
    return found
