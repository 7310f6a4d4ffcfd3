"""Rewards of listeners for the tasks of a study: `reward = "listener.toml"`, or several such files, merged.

A rule that the task has too is taken with the task's parameters, so that a listener who was heard in G major rewards a
tune in D minor as it should be; the weight is the listener's. Measures of a task's own that no file can hold, such as
the typicality of a song, keep the share of their weight that the steering leaves to the task.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evomusic.core.checks import shown
from evomusic.core.reward import Reward
from evomusic.core.task import Task
from evomusic.core.toml import ConfigError, parse, to_toml
from evomusic.study.build import BadTable, Problem, build
from evomusic.study.registry import MEASURES, RULES

if TYPE_CHECKING:
    from evomusic.listener.file import Entry, Learned  # most studies have no listener, and the song model is large

HEAD = "# With the listeners' rewards that the study names written out.\n"


def rewarded(task: Task, value: Any) -> Task:
    """A task with the reward of one or more listeners.

    Args:
        task: a task whose rules are at hand.
        value: the path of a `listener.toml`, its table, or a list of such.

    Raises:
        BadTable: a file cannot be read, or something in it is wrong.
    """
    learned = _learned(value)
    problems: list[Problem] = []
    rules = _weights("rules", learned.rules, RULES, list(task.reward.rules), problems)
    final = _weights("final", learned.final, MEASURES, [], problems)
    if problems:
        raise BadTable(problems)
    kinds = {type(part) for part in final}
    for part, weight in task.reward.final.items():
        if type(part) not in kinds and type(part).__name__ not in MEASURES and weight * (1 - learned.steer):
            final[part] = weight * (1 - learned.steer)
    groups = {n: left for n, of in task.reward.groups.items() if (left := tuple(rule for rule in of if rule in rules))}
    try:
        return dataclasses.replace(task, reward=Reward(rules, final, groups), name=f"{task.name}, by ear")
    except (ValueError, TypeError) as error:
        raise BadTable([((), str(error))]) from error


def with_rewards(text: str, shown_as: str, folder: Path, rewards: Sequence[str | os.PathLike[str]] = ()) -> str:
    """The text of a study, with the files that its tasks name as rewards written out, so that it stands alone.

    Args:
        text: of the study.
        shown_as: its name, for errors.
        folder: of the study; paths in it are relative to this.
        rewards: files of listeners for every task, in place of what the study names.

    Raises:
        ConfigError: a file cannot be read, or is none of a listener's.
    """
    if "reward" not in text and not rewards:
        return text
    from evomusic.listener.file import read_listener

    table = parse(text, shown_as)
    tasks = table.get("tasks")
    if not isinstance(tasks, dict):
        return text
    each = [read_listener(path) for path in rewards]
    changed = False
    for label, task in tasks.items():
        if each:
            tasks[label] = task = {"name": task} if isinstance(task, str) else task
            if isinstance(task, dict):
                task["reward"], changed = each, True
        elif isinstance(task, dict) and (names := _names(task.get("reward"))):
            task["reward"], changed = [read_listener(folder / name) for name in names], True
    return HEAD + to_toml(table) if changed else text


def _names(value: Any) -> list[str]:
    """The paths that a reward names; none where it is anything else, of which the task will complain."""
    names = [value] if isinstance(value, str) else value
    return names if isinstance(names, list) and names and all(isinstance(name, str) for name in names) else []


def _learned(value: Any) -> Learned:
    """The reward that the value of a task's `reward` stands for."""
    from evomusic.listener.file import checked, merged, read_listener

    values = list(value) if isinstance(value, (list, tuple)) else [value]
    if not values:
        raise BadTable([(("reward",), "expected the path of a listener.toml, or several, came an empty list")])
    found = []
    for i, each in enumerate(values):
        path = ("reward", str(i)) if len(values) > 1 else ("reward",)
        if not isinstance(each, (str, os.PathLike, Mapping)):
            raise BadTable([(path, f"expected the path of a listener.toml, came {shown(each)}")])
        try:
            found.append(checked(each if isinstance(each, Mapping) else read_listener(each)))
        except ConfigError as error:
            raise BadTable([(path, line) for line in error.lines]) from None
        except ValueError as error:
            raise BadTable([(path, str(error))]) from None
    return merged(found)


def _weights(
    key: str, entries: Sequence[Entry], kinds: tuple[str, ...], own: list[Any], problems: list[Problem]
) -> dict[Any, float]:
    """Weights of rules or measures: the task's own of a kind, in order, and what it has not as the file has it."""
    weights: dict[Any, float] = {}
    for i, entry in enumerate(entries):
        kind = str(entry.table["kind"]).lower()
        part = next((rule for rule in own if type(rule).__name__.lower() == kind), None)
        try:
            if part is None:
                part = build(entry.table, kinds)
            else:
                own.remove(part)
            Reward({part: entry.weight}) if kinds is RULES else Reward({}, {part: entry.weight})
        except BadTable as error:
            problems += [(("reward", key, str(i), *path), line) for path, line in error.problems]
            continue
        except (ValueError, TypeError) as error:
            problems.append((("reward", key, str(i)), str(error)))
            continue
        weights[part] = weights.get(part, 0.0) + entry.weight
    return weights
