#!/usr/bin/env bash
# pymoo 0.6.2, SBX and PM on whole numbers: with vtype=int offspring are cut down to whole numbers, not rounded, before a repair
# sees them. Each operator lowers positive genes by about half, whatever the fitness says. SBX does so with RoundingRepair() alone
# too, where parents are integers. Only vtype=float with RoundingRepair(), which the manual's example has, is even. We found no
# thread of pymoo's; PyGAD 3.9.0 (October 2026) lists the same of its own operators as mended.
#
# Guess: vtype=int rounds, a repair that rounds does too, and offspring are on average where their parents are.
# Seen (mean of 40,000 children of 40 and 60, and of 20,000 mutants of 50, within 0 to 100):
#   SBX, vtype=int: 49.50
#   SBX, RoundingRepair: 49.50
#   SBX, vtype=float, RoundingRepair: 50.00
#   PM, vtype=int: 49.48, greater 40 %, less 50 %
#   PM, vtype=float, RoundingRepair: 49.98, greater 45 %, less 45 %
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "pymoo==0.6.2" "numpy==2.4.6"
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from pymoo.core.population import Population
from pymoo.core.problem import Problem
from pymoo.operators.crossover.sbx import SBX
from pymoo.operators.mutation.pm import PM
from pymoo.operators.repair.rounding import RoundingRepair

problem = Problem(n_var=1, n_obj=1, xl=0, xu=100, vtype=int)
same = {"prob": 1.0, "prob_var": 1.0}
cut, alone, rounded = {"vtype": int}, {"repair": RoundingRepair()}, {"vtype": float, "repair": RoundingRepair()}


def equal(value):
    return Population.new("X", np.full((20_000, 1), value))


def children(options):
    parents = np.array(list(zip(equal(40), equal(60))))
    return SBX(**same, **options)(problem, parents, random_state=np.random.default_rng(1)).get("X").ravel()


def mutants(options):
    return PM(**same, **options)(problem, equal(50), random_state=np.random.default_rng(1)).get("X").ravel()


means = []
for name, options in (("vtype=int", cut), ("RoundingRepair", alone), ("vtype=float, RoundingRepair", rounded)):
    means.append(float(children(options).mean()))
    print(f"SBX, {name}: {means[-1]:.2f}")
for name, options in (("vtype=int", cut), ("vtype=float, RoundingRepair", rounded)):
    found = mutants(options)
    means.append(float(found.mean()))
    print(f"PM, {name}: {means[-1]:.2f}, greater {(found > 50).mean():.0%}, less {(found < 50).mean():.0%}".replace("%", " %"))
assert np.allclose(means, [49.5, 49.5, 50.0, 49.48, 49.98], atol=0.01), "the behaviour has changed"
PY
