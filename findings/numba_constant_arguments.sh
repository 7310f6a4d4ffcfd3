#!/usr/bin/env bash
# numba 0.68.1: a compiled function that another one calls is compiled anew for every constant that it is called with, as if each were a
# type. A variable that begins with a constant and is assigned later costs such a version too, though no call ever uses it. Calls from
# Python share one version. Where callees are nested, each constant compiles all of them again.
#
# Guess: one version for all whole numbers, (float64, int64), as for calls from Python.
# Seen:
#   called with 0, 1 and 2:       3 versions: Literal[int](0) Literal[int](1) Literal[int](2)
#   called with a variable of -1: 2 versions: Literal[int](-1) int64
#   called from Python:           1 version: int64
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "numba==0.68.1" "llvmlite==0.50.0" "numpy==2.4.6"
cd "$work"
venv/bin/python - <<'PY'
import numba
import numpy as np


@numba.njit
def shift(x, k):
    return x + k


@numba.njit
def scale(x, k):
    return x * k


@numba.njit
def weigh(x, k):
    return x - k


@numba.njit
def constants(x):
    return shift(x, 0) + shift(x, 1) + shift(x, 2)


@numba.njit
def last_above(values, bound):
    found = -1
    for i in range(len(values)):
        if values[i] > bound:
            found = i
    return scale(1.0, found)


constants(1.0)
last_above(np.arange(9.0), 3.0)
for k in (0, 1, 2):
    weigh(1.0, k)
seen = []
for label, callee in (("with 0, 1 and 2", shift), ("with a variable of -1", scale), ("from Python", weigh)):
    seen.append([str(second) for _, second in callee.signatures])
    print(f"{f'called {label}:':29} {len(seen[-1])} version{'s' * (len(seen[-1]) > 1)}: {' '.join(seen[-1])}")
literals = [f"Literal[int]({k})" for k in (0, 1, 2)]
assert seen == [literals, ["Literal[int](-1)", "int64"], ["int64"]], "the behaviour has changed"
PY
