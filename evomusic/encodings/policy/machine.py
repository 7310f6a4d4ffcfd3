"""A stack machine that runs programs in prefix order, to score all candidate actions of a state at once.

A program is a row of codes: functions, CONSTANT (with its value beside it) and terms of a scene; PAD behind the end. It
is run from its end, so that operands are on the stack, the first on top, when their function is reached. Every row of
codes is a program: a function with too few operands has the value 0, and so has an empty row.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner
from evomusic.encodings.policy.rollout import ACT
from evomusic.encodings.policy.scene import Scene

FUNCTIONS: Final = ("add", "sub", "mul", "min", "max", "neg", "abs", "less", "if")
ADD, SUB, MUL, MIN, MAX, NEG, ABS, LESS, IF = range(9)
CONSTANT: Final = 9
FIRST_TERM: Final = 10
PAD: Final = 255
ARITY = np.array([2, 2, 2, 2, 2, 1, 1, 2, 3], np.int64)
LARGEST: Final = 1e9  # greatest absolute value of a product, so that no value is infinite

SEEN, OFFERED, INTERVAL, REPEAT, STEPWISE, LEAP, CHORD_TONE = range(7)  # kinds of terms
MOVES: Final = (("interval", INTERVAL), ("repeat", REPEAT), ("step", STEPWISE), ("leap", LEAP))


class Terms(NamedTuple):
    """Terminals of programs: name, kind, and column where the kind has several."""

    names: tuple[str, ...]
    kinds: NDArray[np.int64]  # (K,)
    columns: NDArray[np.int64]  # (K,)


class ProgramPolicies(NamedTuple):
    """Policies whose program scores every action; they choose the one with the greatest score, of equals the first."""

    code: NDArray[np.uint8]  # (P, L)
    value: NDArray[np.float64]  # (P, L)
    kinds: NDArray[np.int64]  # (K,)
    columns: NDArray[np.int64]  # (K,)
    seen: NDArray[np.float64]  # (S, n)
    offered: NDArray[np.float64]  # (A, n)
    pitch: NDArray[np.int64]  # (A,)
    recent: NDArray[np.int64]  # (S, n)
    chord: NDArray[np.int64]  # (S,) or (0,)


def terms_of(scene: Scene) -> Terms:
    """Terminals of a scene: features of the state, of the candidate action, and of its interval to earlier pitches."""
    found = [(name, SEEN, j) for j, (name, _) in enumerate(scene.seen)]
    found += [(name, OFFERED, j) for j, (name, _) in enumerate(scene.offered)]
    for j in range(scene.recent.shape[1]):
        found += [(name if j == 0 else f"{name}{j + 1}", kind, j) for name, kind in MOVES]
    if len(scene.chord):
        found.append(("chord_tone", CHORD_TONE, 0))
    names, kinds, columns = zip(*found, strict=True)
    return Terms(names, np.array(kinds, np.int64), np.array(columns, np.int64))


@inner()
def operate(c: Any, stack: Any, top: Any, width: Any) -> Any:  # stack of rows end to end; gives the new top
    """Replace the operands of function c, the first of them on top of the stack, by its values."""
    under = top - ARITY[c]
    x, y, out = (top - 1) * width, (top - 2) * width, under * width
    for a in range(width):
        u = stack[x + a]
        v = stack[y + a] if c < NEG or c > ABS else 0.0
        if c == ADD:
            u = u + v
        elif c == SUB:
            u = u - v
        elif c == MUL:
            u = min(max(u * v, -LARGEST), LARGEST)
        elif c == MIN:
            u = min(u, v)
        elif c == MAX:
            u = max(u, v)
        elif c == NEG:
            u = -u
        elif c == ABS:
            u = abs(u)
        elif c == LESS:
            u = 1.0 if u < v else 0.0
        else:
            u = v if u > 0.0 else stack[out + a]
        stack[out + a] = u
    return under + 1


@inner()
def compare(kind: Any, last: Any, chord: Any, pitch: Any, stack: Any, x: Any) -> Any:  # pitch (A,), row at stack[x:]
    """Interval of each candidate to an earlier pitch, or whether it is in the chord; 0 where there is no note."""
    for a in range(len(pitch)):
        note, value = pitch[a] >= 0, 0.0
        move = abs(pitch[a] - last)
        if kind == CHORD_TONE:
            value = 1.0 if note and chord >> (pitch[a] % 12) & 1 else 0.0
        elif note and last >= 0:
            if kind == INTERVAL:
                value = float(pitch[a] - last)
            elif kind == REPEAT:
                value = 1.0 if move == 0 else 0.0
            elif kind == STEPWISE:
                value = 1.0 if 1 <= move <= 2 else 0.0
            else:
                value = 1.0 if move >= 3 else 0.0
        stack[x + a] = value


def _act_programs(policy: Any, i: Any, s: Any, scratch: Any) -> Any:
    actions, codes, top = policy.offered.shape[0], FIRST_TERM + len(policy.kinds), 0
    for j in range(policy.code.shape[1] - 1, -1, -1):
        c = np.int64(policy.code[i, j])
        if c == PAD:
            continue
        c = c % codes
        if c < CONSTANT and top >= ARITY[c]:
            top = operate(c, scratch, top, actions)
            continue
        x, top = top * actions, top + 1
        kind = policy.kinds[c - FIRST_TERM] if c >= FIRST_TERM else -1
        column = policy.columns[c - FIRST_TERM] if c >= FIRST_TERM else 0
        if kind > OFFERED:
            last = policy.recent[s, column] if kind < CHORD_TONE else 0
            compare(kind, last, policy.chord[s] if kind == CHORD_TONE else 0, policy.pitch, scratch, x)
            continue
        value = policy.value[i, j] if c == CONSTANT else policy.seen[s, column] if kind == SEEN else 0.0
        for a in range(actions):
            scratch[x + a] = policy.offered[a, column] if kind == OFFERED else value
    best, row = 0, (top - 1) * actions
    for a in range(1, actions if top else 0):
        if scratch[row + a] > scratch[row + best]:
            best = a
    return best


ACT[ProgramPolicies] = _act_programs
