"""From the rules of a task to their soft optimum: arguments checked, the product written, the sums taken."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from evomusic.core.checks import choice, number, whole, wrong
from evomusic.core.machine import Machine
from evomusic.core.optimum.prior import UNIFORM, Prior, Song, style_of
from evomusic.core.optimum.product import product
from evomusic.core.optimum.soft import SoftPolicy
from evomusic.core.optimum.sweeps import END, backward, weights_of

PRIORS: Final = ("style", "uniform", "song")
ROWS: Final = 25_000  # rows a step of the product, by default
SONG_ROWS: Final = 60_000  # the same with a song, whose rhythm remembers more than a style's
SONG_TOTAL: Final = 2**23  # rows of all steps with a song, by default: some 3.5 GB while they are written
COLDEST: Final = 1e-6  # least temperature


def soften(
    machine: Machine,
    temperature: float,
    prior: str,
    rules: Sequence[str] | None,
    limit: int | None,
    final: Sequence[str],
    song: Song | None,
    order: int | None = None,
) -> SoftPolicy:
    """The soft optimum of a machine's rules; see `Task.soften`.

    `final` are the names of final measures, and `song` is the task's song, if it has one.

    Raises:
        ValueError: an argument is out of range or no name of a rule, or there is no such prior.
        TooManyStates: the prior, or a rule that was asked for, does not fit the limit.
    """
    temperature = temperature_option(temperature)
    source = prior_of(machine, prior, song, order)
    usual = min(SONG_ROWS, SONG_TOTAL // machine.grid.steps) if prior == "song" else ROWS
    limit = usual if limit is None else whole("limit", limit, 1)
    found = product(machine, source, _names(machine, rules, final), limit)
    stages = found.stages
    allowed = np.ones((machine.grid.steps, machine.grid.tokens), bool)
    weights = weights_of(stages.steps, np.array([math.log(2), 1 / temperature]))
    sums = backward(stages.steps, weights, allowed, (END,))
    dropped = (*found.dropped, *final)
    return SoftPolicy(machine, temperature, prior, found.rules, dropped, allowed, stages, weights, sums, source)


def prior_of(machine: Machine, prior: str, song: Song | None, order: int | None = None) -> Prior:
    """A prior by its name; the order is that of a song's pitches, which has its own when None.

    Raises:
        ValueError: it is another word, the task has no such prior, or another prior than a song is asked for an order.
    """
    if order is not None and prior != "song":
        raise wrong("order", order, f"None: it is that of a song's pitches, and the prior is {prior!r}")
    if choice("prior", prior, PRIORS) == "uniform":
        return UNIFORM
    if prior == "style":
        if not machine.generator:
            raise ValueError("this task has no style; use prior='uniform', or a task with a style, such as 'tune'")
        return style_of(machine)
    if song is None:
        raise ValueError("this task has no song; use prior='uniform', or a task with a song, such as 'tune'")
    return song.prior() if order is None else song.prior(order)


def temperature_option(value: Any) -> float:
    """A temperature: a number from `COLDEST` up, or infinity.

    Raises:
        ValueError: it is neither.
    """
    hottest = isinstance(value, float) and value == math.inf
    return math.inf if hottest else number("temperature", value, COLDEST, also=", or math.inf")


def _names(machine: Machine, rules: Sequence[str] | None, final: Sequence[str]) -> tuple[str, ...] | None:
    """Names of the rules to keep, each once; None for as many as fit.

    Raises:
        ValueError: it is no list of names, or a name is none of the machine's rules.
    """
    if rules is None:
        return None
    if not isinstance(rules, (list, tuple)):
        raise wrong("rules", rules, "a list of names of rules, such as ['Cadence', 'Density'], or None")
    for name in rules:
        if name in final:
            raise ValueError(f"rules holds {name!r}, a final measure: it reads whole melodies, and no table has it")
        choice("a name in rules", name, machine.names)
    return tuple(dict.fromkeys(rules))
