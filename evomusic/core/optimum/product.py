"""One product of the rules of a task and of its style, as large as fits: rules that do not fit are dropped by name.

Rules are added in the order of how much they multiply the memory that is there. Those of `LAST` come after all others:
they keep an optimum from being a caricature, and samples of a style, which come from its middle, need them least. Those
of `TWICE` are the style's own log-probabilities as rewards: beside the style as a prior they would count it twice, and
nothing would hold them in check, so that they are left out unless they are asked for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from evomusic.core.automata import Automaton, TooManyStates
from evomusic.core.machine import Machine
from evomusic.core.optimum.layers import unroll
from evomusic.core.optimum.prior import Prior
from evomusic.core.optimum.stages import Stages, compose, growth, neutral, staged

TWICE: Final = ("PitchStyle", "RhythmStyle", "PitchHalf", "RhythmHalf")
LAST: Final = ("DirectionRuns", "UniqueClimax", "Range", "MeanInformation", "StepShare")
WIDEST: Final = 16.0  # times the rows of a half, up to which the growth by a rule is measured
MEASURED: Final = 2**18  # rows up to which it is, however small the half


class Product(NamedTuple):
    """The product, the names of the rules in it, and of those that are not, both in the task's order."""

    stages: Stages
    rules: tuple[str, ...]
    dropped: tuple[str, ...]


class _Part(NamedTuple):
    """A rule, the half of the prior with which it grows least, and the growth: the multiple of the half's rows."""

    name: str
    stages: Stages
    half: int
    growth: float


@lru_cache(maxsize=2)
def product(machine: Machine, prior: Prior, rules: tuple[str, ...] | None, limit: int) -> Product:
    """The product of rules and of a prior.

    Args:
        machine: the rules.
        prior: the style, a song, or uniform tokens.
        rules: names of the rules to keep, all of them; when None as many as fit, without `TWICE` beside a prior.
        limit: most rows a step, on average.

    Raises:
        TooManyStates: the prior, or a rule that was asked for, does not fit.
    """
    most = limit * machine.grid.steps
    halves = [staged(layers, 0) for layers in prior.parts]
    stacks = [[half] for half in halves or [neutral(machine.grid)]]
    whole = _fold(stacks, most)
    if whole is None:
        less = ", or take a lower order" if prior.name == "song" else ""
        raise TooManyStates(
            f"the {prior.name} alone has more than {limit:,} rows a step, the limit; raise the limit{less}"
        )
    names = [n for n in machine.names if not (halves and n in TWICE)] if rules is None else rules
    screen = most / whole.rows if rules is None and halves else math.inf
    added: list[_Part] = []
    for part in _ordered(machine, names, stacks, screen):
        grown = compose(stacks[part.half][-1], part.stages, most)
        if grown is not None:
            stacks[part.half].append(grown)
            added.append(part)
        elif rules is not None:
            raise _too_large(part.name, limit)
    while (whole := _fold(stacks, most)) is None:
        part = added.pop()
        if rules is not None:
            raise _too_large(part.name, limit)
        stacks[part.half].pop()
    chosen = {part.name for part in added}
    return Product(
        whole, tuple(n for n in machine.names if n in chosen), tuple(n for n in machine.names if n not in chosen)
    )


def _ordered(machine: Machine, names: Sequence[str], stacks: list[list[Stages]], room: float) -> list[_Part]:
    """Rules in the order in which they are added; those whose growths, multiplied, fit the room where it is finite."""
    named = dict(zip(machine.names, machine.automata, strict=True))
    parts: list[_Part] = []
    for late in (False, True):
        group = [n for n in names if (n in LAST) == late and not _surely_larger(named[n], stacks, room)]
        for part in sorted((_part(n, named[n], stacks, room) for n in group), key=lambda part: part.growth):
            if room == math.inf:
                parts.append(part)
            elif part.growth <= room:
                parts.append(part)
                room /= part.growth
    return parts


def _surely_larger(auto: Automaton, stacks: list[list[Stages]], room: float) -> bool:
    """Whether a rule has far more memories than there is room for, so that it need not be unrolled."""
    return auto.size > room * max(len(step.kinds) for stack in stacks for step in stack[0].steps)


def _part(name: str, auto: Automaton, stacks: list[list[Stages]], room: float) -> _Part:
    """A rule beside the half of the style with which it grows least."""
    stages, most = staged(unroll(auto), 1), min(room, WIDEST)
    least = 0 if room < math.inf else MEASURED
    factors = [growth(stack[0], stages, max(least, int(most * stack[0].rows))) for stack in stacks]
    half = int(np.argmin(factors))
    return _Part(name, stages, half, factors[half])


def _fold(stacks: list[list[Stages]], most: int) -> Stages | None:
    """The product of the last of each stack; None when it is too large."""
    whole = stacks[0][-1]
    for stack in stacks[1:]:
        both = compose(whole, stack[-1], most)
        if both is None:
            return None
        whole = both
    return whole


def _too_large(name: str, limit: int) -> TooManyStates:
    return TooManyStates(
        f"rule {name!r} makes the product larger than {limit:,} rows a step, the limit; leave it out of rules, "
        "or raise the limit"
    )
