"""Answers of a blind listening test: read with the key, counted by method, with intervals over listeners.

A listener's share of wins of a method is the mean over the comparisons with it, repeats left out: 1 for a choice of its
melody, a half for none. The share of a method is the mean over listeners, and its 95 % interval that of the bootstrap
over listeners, who are the unit: two answers of one listener are not independent. With one listener it is Wilson's
interval over answers.
"""

from __future__ import annotations

import json
import math
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from evomusic.core.checks import nearest, shown, wrong
from evomusic.report.blind import FORMAT, KEY
from evomusic.study.inference import interval

LARGEST: Final = 5_000_000  # bytes of a file
MOST: Final = 10_000  # answers of a listener
CHOICES: Final = {"a": 1.0, "same": 0.5, "b": 0.0}  # of the first melody
Z: Final = 1.959963984540054  # 97.5 % quantile of the normal distribution


class Answer(NamedTuple):
    """An answer: numbers of the melodies, the share of the first, and whether the pair had been asked before."""

    a: str
    b: str
    share: float
    repeat: bool


class Ballot(NamedTuple):
    """All answers of a listener."""

    listener: str
    answers: tuple[Answer, ...]


class Standing(NamedTuple):
    """A method's mean share of wins, its 95 % interval, and the number of comparisons."""

    method: str
    share: float
    low: float
    high: float
    comparisons: int


class Consistency(NamedTuple):
    """Repeated pairs that were answered alike, of how many, and Wilson's 95 % interval of their share."""

    alike: int
    repeats: int
    low: float
    high: float


def read_key(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """The key of a test's folder.

    Raises:
        ValueError: it is none.
        OSError: it cannot be read.
    """
    path = Path(folder) / KEY
    key = _json(path)
    melodies = key.get("melodies")
    if key.get("format") != FORMAT or not isinstance(key.get("study"), str) or not isinstance(melodies, dict):
        raise ValueError(f"{path}: expected the key of a blind test, as `evomusic blind DIR -o FOLDER` writes it")
    for number, each in melodies.items():
        if not isinstance(each, dict) or not all(isinstance(each.get(k), str) for k in ("task", "method", "melody")):
            raise ValueError(f"{path}: melodies.{number[:20]}: expected a task, a method and a melody")
    return key


def read_ballot(path: str | os.PathLike[str], key: Mapping[str, Any]) -> Ballot:
    """The answers of one listener.

    Raises:
        ValueError: the file is none, or of another test; says what is wrong in one line.
        OSError: it cannot be read.
    """
    table = _json(Path(path))
    if table.get("format") != FORMAT:
        raise ValueError(f"{path}: expected the answers of a blind test, of format {FORMAT!r}")
    if table.get("study") != key["study"]:
        raise ValueError(f"{path}: answers test {shown(table.get('study'))}, but the key is that of {key['study']!r}")
    listener, answers = table.get("listener"), table.get("answers")
    if not isinstance(listener, str) or not listener.strip():
        raise ValueError(f"{path}: listener: expected a name, came {shown(listener)}")
    if not isinstance(answers, list) or not 0 < len(answers) <= MOST:
        raise ValueError(f"{path}: answers: expected a list of 1 to {MOST:,}")
    found = []
    for i, each in enumerate(answers):
        try:
            found.append(_answer(each, key["melodies"]))
        except ValueError as error:
            raise ValueError(f"{path}: answers.{i}.{error}") from None
    return Ballot(listener.strip()[:60], tuple(found))


def read_ballots(folder: str | os.PathLike[str], files: Sequence[str | os.PathLike[str]]) -> list[Ballot]:
    """The answers of several listeners to the test in a folder.

    Raises:
        ValueError: a file is none, or two are of one listener.
        OSError: a file cannot be read.
    """
    key, names = read_key(folder), dict[str, Any]()
    ballots = []
    for path in files:
        ballot = read_ballot(path, key)
        if ballot.listener in names:
            both = f"{names[ballot.listener]} and {path}"
            raise ValueError(f"{both}: both hold answers of {ballot.listener!r}, expected one file a listener")
        names[ballot.listener] = path
        ballots.append(ballot)
    return ballots


def standings(key: Mapping[str, Any], ballots: Sequence[Ballot]) -> list[Standing]:
    """Methods by their share of wins, the greatest first.

    Raises:
        ValueError: there are no ballots.
    """
    if not ballots:
        raise wrong("ballots", ballots, "one listener or more")
    wins: dict[str, list[list[float]]] = defaultdict(lambda: [[] for _ in ballots])
    for i, ballot in enumerate(ballots):
        for answer in ballot.answers:
            if not answer.repeat:
                wins[key["melodies"][answer.a]["method"]][i].append(answer.share)
                wins[key["melodies"][answer.b]["method"]][i].append(1 - answer.share)
    found = [_standing(method, shares) for method, shares in wins.items()]
    return sorted(found, key=lambda each: (-each.share, each.method))


def consistency(ballots: Sequence[Ballot]) -> Consistency | None:
    """The share of repeated pairs that were answered alike; None where none was repeated."""
    alike = [answer.share == before for ballot in ballots for answer, before in _repeated(ballot)]
    if not alike:
        return None
    return Consistency(sum(alike), len(alike), *wilson(sum(alike), len(alike)))


def wilson(successes: float, trials: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share (1927)."""
    share, extra = successes / trials, Z * Z / trials
    middle = (share + extra / 2) / (1 + extra)
    half = Z / (1 + extra) * math.sqrt(share * (1 - share) / trials + extra / (4 * trials))
    return max(0.0, middle - half), min(1.0, middle + half)


def _standing(method: str, shares: Sequence[Sequence[float]]) -> Standing:
    means = [sum(each) / len(each) for each in shares if each]
    count = sum(map(len, shares))
    share, low, high = interval([np.array(means)], partial(np.mean, axis=-1))
    if len(means) == 1:
        low, high = wilson(sum(map(sum, shares)), count)
    return Standing(method, share, low, high, count)


def _repeated(ballot: Ballot) -> list[tuple[Answer, float]]:
    """Answers to repeated pairs, each with the share of its first melody in the answer before."""
    before: dict[tuple[str, str], float] = {}
    found = []
    for answer in ballot.answers:
        if not answer.repeat:
            before |= {(answer.a, answer.b): answer.share, (answer.b, answer.a): 1 - answer.share}
        elif (answer.a, answer.b) in before:
            found.append((answer, before[answer.a, answer.b]))
    return found


def _answer(each: Any, melodies: Mapping[str, Any]) -> Answer:
    if not isinstance(each, dict):
        raise ValueError(f"it is {shown(each)}, expected an object")
    for side in ("a", "b"):
        number = each.get(side)
        if not isinstance(number, str) or number not in melodies:
            near = nearest(number, melodies) if isinstance(number, str) else ""
            raise ValueError(f"{side} is {shown(number)}, expected a melody of the key{near}")
    if each["a"] == each["b"]:
        raise ValueError(f"b is {each['b']!r}, as a is, expected another melody")
    choice = each.get("choice")
    if not isinstance(choice, str) or choice not in CHOICES:
        raise ValueError(f"choice is {shown(choice)}, expected one of {', '.join(map(repr, CHOICES))}")
    repeat = each.get("repeat", False)
    if not isinstance(repeat, bool):
        raise ValueError(f"repeat is {shown(repeat)}, expected true or false")
    return Answer(each["a"], each["b"], CHOICES[choice], repeat)


def _json(path: Path) -> dict[str, Any]:
    """An object of a JSON file.

    Raises:
        ValueError: it is none, or too large.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"{path}: is larger than {LARGEST:,} bytes, expected answers")
    try:
        table = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        raise ValueError(f"{path}: is no JSON, expected a file that the page or `evomusic blind` saved") from None
    if not isinstance(table, dict):
        raise ValueError(f"{path}: holds {shown(table)}, expected an object")
    return table
