"""Optima that were proved before, stored in the user's cache; and rewards read from rules, without their tables.

A proof is stored under a digest of the grid, of each rule with its parameters and weight, of the styles, and of all
code that has a part in it. It is read back only if its melody still has its return. A cache that is missing, damaged or
cannot be written is done without.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.grid import Grid, Slot
from evomusic.core.melody import Melody
from evomusic.core.reward import names_of
from evomusic.core.saving import write_bytes
from evomusic.core.task import Task, quantised
from evomusic.corpus.cache import cache_folder
from evomusic.rules.style_file import load_style, to_json
from evomusic.study.fingerprints import fingerprint

Floats = NDArray[np.float64]


class Proof(NamedTuple):
    """The greatest return that is known, a melody that has it, a bound, and the expected return of uniform tokens."""

    value: float
    tokens: list[int]
    upper: float
    random: float

    def melody(self, grid: Grid) -> Melody:
        """The melody on its grid."""
        return Melody(np.array(self.tokens, np.uint8), grid)


def part_names(task: Task) -> tuple[str, ...]:
    """Names of a task's rules and final measures, in their order."""
    return names_of(list(task.reward.rules)) + names_of(list(task.reward.final))


def part_rewards(task: Task, melody: Melody) -> Floats:
    """Rewards (R, T) of a melody by rule and step, with final measures at the last step; as the tables have them."""
    grid, rows = task.grid, []
    events = [grid.event(token) for token in melody.tokens.tolist()]
    slots = [grid.slot(step) for step in range(grid.steps)]
    for rule, weight in task.reward.rules.items():
        memory, values = rule.start, []
        for event, slot in zip(events, slots, strict=True):
            heard = Slot(**{name: getattr(slot, name) for name in rule.hears})
            memory, value = rule.read(memory, event, heard)
            values.append(float(value))
        rows.append(quantised(weight * np.array(values)) + 0.0)
    for measure, weight in task.reward.final.items():
        last = np.zeros(grid.steps)
        last[-1] = quantised(weight * float(measure(melody.tokens[None], grid)[0]))
        rows.append(last)
    parts = np.array(rows).reshape(-1, grid.steps)
    if task.delayed:
        parts[:, -1] = parts.sum(axis=1)
        parts[:, :-1] = 0.0
    return parts


def proof_of(task: Task) -> Proof:
    """A task's optimum, or best known and bound, from the cache where it was proved before."""
    file = _file(task)
    return (file and _stored(file, task)) or _proved(task, file)


def _file(task: Task) -> Path | None:
    """The file of a task's proof; None where what it depends on cannot be told."""
    reward = task.reward
    if reward.final or task.sampler or not all(map(dataclasses.is_dataclass, reward.rules)):
        return None
    parameters = [(_parameters(rule), float(weight).hex()) for rule, weight in reward.rules.items()]
    styles = {str(rule.style) for rule in reward.rules if hasattr(rule, "style")}
    grid = {name: value for name, value in task.grid.to_dict().items() if name != "tempo"}
    content = [grid, parameters, [to_json(load_style(style)) for style in sorted(styles)]]
    digest = hashlib.sha256(f"{fingerprint(tuple(reward.rules))} {content!r}".encode()).hexdigest()[:32]
    return cache_folder() / "optima" / f"{digest}.json"


def _parameters(rule: Any) -> tuple[str, list[tuple[str, str]]]:
    """The kind of a rule, and all its fields."""
    kind = f"{type(rule).__module__}.{type(rule).__qualname__}"
    return kind, [(field.name, repr(getattr(rule, field.name))) for field in dataclasses.fields(rule)]


def _stored(file: Path, task: Task) -> Proof | None:
    """A stored proof whose melody has its return."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
        data = json.loads(file.read_bytes())
        value, upper, random = (float(data[name]) for name in ("value", "upper", "random"))
        proof = Proof(value, [int(token) for token in data["tokens"]], upper, random)
        if float(part_rewards(task, proof.melody(task.grid)).sum()) == value <= upper:
            return proof
    return None


def _proved(task: Task, file: Path | None) -> Proof:
    """A proof by the planner, stored."""
    bound = task.bound()
    upper = bound.value if task.solution.solved and not task.reward.final else bound.upper
    proof = Proof(bound.value, bound.melody.tokens.tolist(), upper, task.random_return)
    if file is not None:
        with contextlib.suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(file, json.dumps(proof._asdict()).encode())
    return proof
