#!/usr/bin/env bash
# DEAP 1.4.4, tools.mutInversion: the last attribute never moves. Two points are drawn among the indices and the slice between them
# is reversed without its upper one, though the docstring says [low, high]. So no order can be reached that ends otherwise than the
# first did (a tour, a row of bars), and of short individuals most are returned as they were.
#
# Guess: any two attributes may be the ends of what is reversed, the last too; unchanged where both points are one, 1 in 4.
# Seen (10,000 mutations of 0 1 2 3):
#   what came of it: 0123 0213 1023 2103
#   unchanged: 6318
#   the last moved: 0
#   orders of four reached by 10,000 mutations in a row: 6 of 24
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "deap==1.4.4"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import random

from deap import tools

random.seed(1)
found = ["".join(map(str, tools.mutInversion([0, 1, 2, 3])[0])) for _ in range(10_000)]
walk, reached = [0, 1, 2, 3], set()
for _ in range(10_000):
    (walk,) = tools.mutInversion(walk)
    reached.add(tuple(walk))
print("what came of it:", *sorted(set(found)))
print("unchanged:", found.count("0123"))
print("the last moved:", sum(not text.endswith("3") for text in found))
print(f"orders of four reached by 10,000 mutations in a row: {len(reached)} of 24")
assert sorted(set(found)) == ["0123", "0213", "1023", "2103"], "the behaviour has changed"
assert 6000 < found.count("0123") < 6500, "the behaviour has changed"  # 10 of 16 pairs of points
assert len(reached) == 6, "the behaviour has changed"
PY
