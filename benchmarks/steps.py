"""Nanoseconds a step of every kind of method on `tune`, and the seconds that its first run takes with an empty cache.

Each is measured in a process of its own on one core: a first run in processor seconds, beyond those of a first run of
random search, which compiles the kernels of the tables; then the best of several runs. With `--against FOLDER` each is
also measured in another build's checkout, in turn.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

from benchmarks.timing import Sheet

# Method, steps of a run, most ns a step, most seconds of the first run.
METHODS = {
    "hill climbing": ("em.HillClimb()", 3_000_000, 60, 2.5),
    "annealing": ("em.Annealing()", 3_000_000, 75, 2.5),
    "steady state": ("em.SteadyState()", 3_000_000, 150, 3.5),
    "genetic algorithm": ("em.GA()", 3_000_000, 75, 2.5),
    "trees": ("em.GA(encoding=em.Tree())", 1_000_000, 80, 4.5),
    "grammars": ("em.GA(encoding=em.Grammar())", 1_000_000, 100, 4.5),
    "MAP-Elites": ("em.MapElites()", 1_000_000, 80, 2.5),
    "CMA-ES": ("em.CMAES()", 300_000, 1_000, 2),
    "Q-learning": ("em.QLearning()", 3_000_000, 80, 2),
    "Q-learning, Markov view": ('em.QLearning(view="markov")', 1_000_000, 400, 2.2),
    "Dyna": ("em.Dyna()", 1_000_000, 300, 4.5),
}
CHILD = """
import json, os, sys, time
import evomusic as em
method, steps, repeats = {method}, {steps}, {repeats}
task = em.make("tune")
em.run(em.RandomSearch(), task, 6400, 0)
def seconds(steps):
    start = time.process_time()
    em.run(method, task, steps, 0)
    return time.process_time() - start
first = seconds(64_000)
print(json.dumps([first, min(seconds(steps) for _ in range(repeats)) / steps * 1e9]))
"""


def measured(method: str, steps: int, repeats: int, folder: str, cold: bool) -> tuple[float, float]:
    """Seconds of the first run and ns a step, by the package in a folder; if `cold`, with an empty cache of kernels."""
    code = CHILD.format(method=method, steps=steps, repeats=repeats)
    with tempfile.TemporaryDirectory() as cache:
        place = {"EVOMUSIC_THREADS": "1"} | ({"EVOMUSIC_CACHE": cache} if cold else {})
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ | place, cwd=folder
        )
    first, each = json.loads(done.stdout)
    return first, each


def methods(sheet: Sheet, small: bool, against: str | None = None) -> None:
    for name, (method, steps, most, longest) in METHODS.items():
        run = method, min(steps, 200_000) if small else steps, sheet.repeats
        first, each = measured(*run, os.getcwd(), not small)
        before = ("", "")
        if against:
            old_first, old = measured(*run, against, not small)
            before = f" (in {against} {old:,.4g} ns)", f" (in {against} {old_first:.3g} s)"
        sheet.most(f"{name} on tune, a step{before[0]}", each, "ns", most)
        if not small:
            sheet.most(f"{name}, first run beyond the tables'{before[1]}", first, "s", longest)
