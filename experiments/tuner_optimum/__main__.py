"""The optimum of RL Tuner's nine terms, proved over all 38^32 melodies by branch and bound.

`python -m experiments.tuner_optimum` takes some minutes on one core and writes results/tuner_optimum.md. With a
number, such as 320, it proves in seconds that no melody returns more than that.

Terms: all but one are counted in fortieths, without rounding. Six are automata (`evomusic.rules.tuner`, whose `read`
fills the tables here). A run of eight tokens with u different pitches is worth 3 + .3 (u - 3), and 4 + (u - 3) more if
it occurred before, without overlap; the autocorrelation is a penalty, known for the tokens that are placed.

1. *Patterns.* Seventeen runs can return, for 9 each. If none of the first five does, 45 of the ceilings are lost, and
   the rest is below the best known. Otherwise the first run that returns does so after some period d of 8 to 12, and
   the melody is: o free tokens, then a period of d tokens, at least to the end of that run, at step o + d + 7.
   o + d <= 12, so there are 15 patterns; the first o + d - 8 runs are lost.
2. *Breaks.* A melody follows its pattern to the end, or breaks it at a step e. The runs that hold e and the token
   before it could return only where parts of the pattern are alike, which costs pitches of other runs. `lost_after`
   joins the tokens that would have to be equal, and counts the runs that cannot return in a melody above the goal.
3. *Bounds.* Tokens of the pattern are chosen one by one, o + d at most. What they are worth is known wherever the
   pattern has them; between them the automata are bounded by dynamic programming over all tokens, from all states.
   A rest or a hold that is not placed costs its share of the runs; the autocorrelation of what is not placed is 0.

A choice whose bound, over all breaks, is below the goal is left out. What remains at the end is evaluated by the task.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

import evomusic as em
from experiments.tuner_optimum.automata import LONGEST, STEPS, TOKENS, UNIT, automata, between
from experiments.tuner_optimum.runs import AGAIN, NEW, RUN
from experiments.tuner_optimum.search import REST_FAR, REST_NEAR, bounds, most, search

ROOT = Path(__file__).parents[2]
BEST: Final = (14, 21, 16, 11, 15, 7, 13, 18) * 4  # found by (mu + lambda) on Form


class Proof(NamedTuple):
    """What a search has shown."""

    melodies: NDArray[np.uint8]  # (N, 32): all that may reach the goal
    rows: list[str]  # Markdown, a pattern each


def prove(task: em.Task, goal: float) -> Proof:
    """All melodies whose return is the goal or more.

    Raises:
        RuntimeError: the bounds do not exclude all others; the goal is too low.
    """
    if not math.isfinite(goal):
        raise RuntimeError(f"{goal} is no goal")
    a, least = automata(task.grid), math.floor(goal * UNIT)
    runs = STEPS - RUN + 1, STEPS - 2 * RUN + 1
    if runs[0] * NEW + (runs[1] - (LONGEST - RUN + 1)) * AGAIN + most(a) >= least:
        raise RuntimeError(f"a melody of which no run returns in time may reach {goal}")
    near, far = between(a, REST_NEAR), between(a, REST_FAR)
    found, lines, buffer = [], [], np.zeros((1_000_000, STEPS), np.int64)
    everything = np.ones((STEPS, TOKENS), np.bool_)
    for length in range(RUN, LONGEST + 1):
        for period in range(RUN, length + 1):
            offset, began = length - period, time.process_time()
            b = bounds(a, near, far, offset, period, least)
            rows, tries, breaks = search(a, b, offset, period, least, everything, buffer)
            if breaks:
                raise RuntimeError(f"a break of a period of {period} after {offset} tokens may reach {goal}")
            melodies = buffer[:rows].astype(np.uint8)
            found.append(melodies[task.evaluate(melodies) >= goal])
            seconds = time.process_time() - began
            lines.append(f"| {offset} | {period} | {tries:,} | {rows:,} | {len(found[-1])} | {seconds:.1f} |")
            print(lines[-1], flush=True)
    return Proof(np.concatenate(found), lines)


HEAD = """# The optimum of RL Tuner's theory reward

Proved by `python -m experiments.tuner_optimum`, whose head says how. A melody follows a pattern, free tokens and
then a period, at least until its first run of eight tokens returns; bounds exclude all that break it. Seconds are of
one core, the first with compiling.

| free tokens | period | tokens tried | melodies left | of them at the goal | seconds |
|---:|---:|---:|---:|---:|---:|
"""


def main() -> None:
    parser = argparse.ArgumentParser("python -m experiments.tuner_optimum", description="RL Tuner's optimum, proved.")
    parser.add_argument("goal", nargs="?", type=float, help="how many melodies return so much or more; writes nothing")
    task, goal = em.make("rl-tuner"), parser.parse_args().goal
    best = float(task.evaluate(np.array([BEST], np.uint8))[0])
    try:
        proof = prove(task, best if goal is None else goal)
    except (RuntimeError, ValueError) as error:
        sys.exit(f"cannot be proved: {error}; expected a goal above 302.25, better of 307 or more")
    if goal is not None:
        print(f"{len(proof.melodies)} melodies return {goal:g} or more")
        return
    returns = zip(proof.melodies.tolist(), task.evaluate(proof.melodies).tolist(), strict=True)
    melodies = "".join(f"\n- `{' '.join(map(str, row))}`: {value:.9f}" for row, value in returns)
    text = HEAD + "\n".join(proof.rows) + f"\n\nAll melodies that return {best:.6f} or more:\n{melodies}\n"
    (ROOT / "results" / "tuner_optimum.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
