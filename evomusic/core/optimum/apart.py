"""The best melodies that differ to the ear: each the best of all that lie far enough from those before it.

An automaton for each melody that is found already follows another one and counts the steps at which the two differ, up
to the distance that is asked for; a melody that ends with less is worth nothing. These automata join the groups of the
planner, share multipliers with them, and the same forward search proves each melody. Values fall from melody to melody,
so the search looks just below the last one first, and lower only when nothing is there.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evomusic.core.automata import Automaton
from evomusic.core.distance import differ, heard
from evomusic.core.grid import FIRST_PITCH, HOLD, REST
from evomusic.core.machine import HEADROOM
from evomusic.core.melody import Melody
from evomusic.core.optimum.bounds import Bounds, best_path, forward, tighten
from evomusic.core.optimum.layers import Flat, Layers, flatten, unroll
from evomusic.core.optimum.solve import Bound, NotCertified, Optimum, Solution

ROUNDS: Final = 60  # subgradient steps for each melody
NEAR: Final = 2.0**-6  # the search for a melody begins this far below the last one, and goes on in doubled steps
ROOM: Final = 2**26  # group rows of all states of a search
WIDTHS: Final = (1_000, 30_000)  # of the beams that look for a melody where the search does not close

Found = tuple[float, NDArray[np.uint8]]


def best_apart(solution: Solution, k: int, steps: int, by: str) -> list[Optimum]:
    """At most k melodies, best first, each the best of those that differ from all before it at `steps` steps or more.

    Args:
        solution: of the task without this condition.
        k: number of melodies; fewer are returned when no other is as far from those.
        steps: at which two melodies differ at least, from 1 up.
        by: the hearing, as for `distance.apart`.

    Raises:
        NotCertified: the optimum is not proved, or the search for a further melody grew too large. Its `found` are
            the melodies that are proved; its bounds are those of the next.
    """
    grid = solution.machine.grid
    if not solution.solved:
        raise NotCertified("the optimum is not proved", Bound(solution.upper, solution.value, solution.melody))
    found = [Optimum(solution.value, solution.melody, solution.visited)]
    groups, multipliers = _layers(solution.flat), solution.bounds.multipliers
    while len(found) < k:
        last = found[-1]
        groups.append(unroll(counter(last.melody.tokens, grid.tokens, steps, by)))
        flat = flatten(groups)
        bounds = tighten(flat, np.concatenate([multipliers, np.zeros((1, *multipliers.shape[1:]))]), last.value, ROUNDS)
        multipliers = bounds.multipliers
        best, visited, upper = _highest(flat, bounds, last.value)
        if best is None and upper == -HEADROOM:
            break
        if best is None:
            value, tokens = _beam(flat, bounds) or (-math.inf, last.melody.tokens)
            why = f"the search for melody {len(found) + 1} of {k}, {steps} of {grid.steps} steps apart, grew too large"
            raise NotCertified(why, Bound(upper, value, Melody(tokens, grid)), found)
        found.append(Optimum(best[0], Melody(best[1], grid), visited))
    return found


def counter(tokens: NDArray[np.uint8], count: int, steps: int, by: str) -> Automaton:
    """An automaton of value 0, or far below all returns for melodies that differ from this one at fewer than `steps`.

    Its memories are the sounding pitch and the number of steps that differed.

    Args:
        tokens: (T,) the melody.
        count: A, the number of tokens.
        steps: at which a melody has to differ.
        by: the hearing.
    """
    most = FIRST_PITCH if by == "rhythm" else count - 1  # to a rhythm one sounding pitch is as good as another
    sounding, so_far, token = np.ix_(np.arange(most + 1), np.arange(steps + 1), np.arange(count))
    after = np.minimum(np.where(token == HOLD, sounding, token), most)
    kind = np.where(after == REST, REST, np.minimum(token, FIRST_PITCH))
    following = np.empty((len(tokens), (most + 1) * (steps + 1), count), np.int32)
    for t, (pitch, begun) in enumerate(zip(*heard(tokens), strict=True)):
        more = np.minimum(so_far + differ((after, kind), (pitch, begun), by), steps)
        following[t] = (after * (steps + 1) + more).reshape(-1, count)
    value = np.zeros(following.shape)
    value[-1][following[-1] % (steps + 1) < steps] = -2 * HEADROOM
    return Automaton(np.arange(len(tokens)), following, value)


def _layers(flat: Flat) -> list[Layers]:
    """The groups that were laid end to end."""
    return [
        Layers(
            [flat.next[i : i + n] for i, n in zip(place, size, strict=True)],
            [flat.value[i : i + n] for i, n in zip(place, size, strict=True)],
        )
        for place, size in zip(flat.place, flat.size, strict=True)
    ]


def _highest(flat: Flat, bounds: Bounds, last: float) -> tuple[Found | None, int, float]:
    """The best melody, or None; the states visited; and a bound of all melodies, -HEADROOM when there are none."""
    upper, visited, slack = min(last, bounds.upper), 0, NEAR
    while upper > -HEADROOM:
        least = max(last - slack, -HEADROOM)
        layers, complete = forward(flat, bounds, least, budget=ROOM // len(flat.place))
        visited += sum(len(layer.reached) for layer in layers)
        if not complete:
            return None, visited, upper
        if len(layers) == flat.place.shape[1] and len(layers[-1].reached):
            best = best_path(layers)
            return best, visited, best[0]
        upper, slack = least, 2 * slack
    return None, visited, upper


def _beam(flat: Flat, bounds: Bounds) -> Found | None:
    """A good melody where the best cannot be proved, or None."""
    found = None
    for width in WIDTHS:
        layers, _ = forward(flat, bounds, found[0] if found else -HEADROOM, beam=width)
        if len(layers) == flat.place.shape[1] and len(layers[-1].reached):
            found = best_path(layers)
    return found
