#!/usr/bin/env bash
# Gymnasium 1.4.0, Taxi-v4: the transition table `P` of an environment made with fickle_passenger=True is that of the
# plain one. The fickle passenger changes the destination in `step`, after the table was read, so that a planner that
# trusts `P` certifies the optimum of another problem. (is_rainy, by contrast, is part of `P`.)
#
# Guess: `P` holds the outcome "the destination changes" with its probability.
# Seen:
#   rows of P that differ between fickle and plain: 0
#   rows of P that differ between rainy and plain: 2000
#   steps in 300 fickle episodes that P calls impossible: 2
#   steps in 300 plain episodes that P calls impossible: 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "gymnasium==1.4.0" "numpy==2.4.6"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import gymnasium


def table(**options):
    return gymnasium.make("Taxi-v4", **options).unwrapped.P


def differing(left, right):
    return sum(left[s][a] != right[s][a] for s in left for a in left[s])


def impossible(**options):
    """Steps whose next state has no outcome in P, over 300 episodes of pick-ups and moves in a fixed order."""
    env, found = gymnasium.make("Taxi-v4", **options).unwrapped, 0
    for seed in range(300):
        s, _ = env.reset(seed=seed)
        for t in range(60):
            a = (4, 0, 1, 2, 3, 4, 2, 0, 3, 1)[(t + seed) % 10]
            s2, _, ended, _, _ = env.step(a)
            found += all(int(to) != int(s2) for p, to, _, _ in env.P[s][a] if p > 0)
            s = s2
            if ended:
                break
    return found


plain, fickle, rainy = table(), table(fickle_passenger=True), table(is_rainy=True)
seen = differing(fickle, plain), differing(rainy, plain), impossible(fickle_passenger=True), impossible()
print("rows of P that differ between fickle and plain:", seen[0])
print("rows of P that differ between rainy and plain:", seen[1])
print("steps in 300 fickle episodes that P calls impossible:", seen[2])
print("steps in 300 plain episodes that P calls impossible:", seen[3])
assert seen == (0, 2000, 2, 0), "the behaviour has changed"
PY
