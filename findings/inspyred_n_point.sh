#!/usr/bin/env bash
# inspyred 1.0.3, variators.n_point_crossover: one point exchanges one gene, not all of one side. Each point counts as the single
# place to exchange, so that children of "one-point crossover" are their parents but for one gene, and the same setting searches
# another neighbourhood than anywhere else. The maintainer calls it a mistake (aarongarrett/inspyred 14, open since 2018).
#
# Guess: one point, and the children exchange all genes from there on; two points, and they exchange what lies between.
# Seen (genes of a child that are not from the parent of its first, in 2,000 crossovers of six genes):
#   one point: .....x ....x. ...x.. ..x... .x....
#   two points: ....xx ...x.x ...xx. ..x..x ..x.x. ..xx.. .x...x .x..x. .x.x.. .xx...
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "inspyred==1.0.3"
cd "$work"
"$work/venv/bin/python" - <<'PY'
from random import Random
from types import SimpleNamespace

from inspyred.ec.variators import n_point_crossover


def children(points):
    """Which genes of a child are not those of the parent that it takes the first from."""
    args = {"_ec": SimpleNamespace(), "num_crossover_points": points, "crossover_rate": 1.0}
    rng, found = Random(1), set()
    for _ in range(2000):
        for child in n_point_crossover(rng, [[0] * 6, [1] * 6], args):
            found.add("".join(".x"[gene != child[0]] for gene in child))
    return sorted(found)


one, two = children(1), children(2)
print("one point:", *one)
print("two points:", *two)
assert one == [".....x", "....x.", "...x..", "..x...", ".x...."], "the behaviour has changed"
assert len(two) == 10, "the behaviour has changed"
assert {text.count("x") for text in two} == {2}, "the behaviour has changed"  # any two of five genes
PY
