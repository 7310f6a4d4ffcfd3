"""Planning under partial observability: both bounds of classic POMDPs after some seconds.

pomdp-py has no solver of its own that bounds a value (its `sarsop` and `vi_pruning` call programs that it does not
bring), so its value iteration stands beside on the tiger, the one model here that it finishes.
"""

from __future__ import annotations

import time
from importlib.util import find_spec

import evomusic as em
from benchmarks.timing import Sheet
from evomusic.models.classics import HALLWAY2, aloha, hallway, rock_sample, tag
from evomusic.plan.pomdp.point_based import compile_kernels

SUITE = {  # a model, and the gap to reach in a minute
    "RockSample[4,4]": (rock_sample, 1e-3),
    "TagAvoid": (tag, 3.0),
    "RockSample[7,8]": (lambda: rock_sample(7), 2.5),
    "Hallway": (hallway, 0.35),
    "Hallway2": (lambda: hallway(HALLWAY2), 0.5),
    "aloha, 10 stations": (aloha, 1.0),
}


def bounds(sheet: Sheet, small: bool) -> None:
    """Bounds after 60 seconds, or after one where runs are small."""
    compile_kernels()
    for name, (model, aim) in SUITE.items():
        pomdp = model()
        begin = time.process_time()
        found = em.plan.point_based(pomdp, limit=1.0 if small else 60.0)
        spent = time.process_time() - begin
        print(
            f"     {name}: {pomdp.states:,} states, {found.trace[-1].seconds:.1f} s ({spent:.1f} s of one core), "
            f"lower {found.lower:.4f}, upper {found.upper:.4f}, {found.vectors:,} alpha vectors",
            flush=True,
        )
        sheet.most(f"{name}, gap", found.gap, "", aim)


def tiger(sheet: Sheet, small: bool) -> None:
    """The tiger to 1e-6, beside value iteration of pomdp-py over a short horizon."""
    listen = [(0.85, 0), (0.15, 1)]
    model = em.SparsePOMDP.from_functions(
        range(2),
        range(3),
        range(2),
        lambda s, a: [(1.0, s, -1.0)] if a == 0 else [(0.5, n, -100.0 if a - 1 == s else 10.0) for n in range(2)],
        lambda a, s: [(p, o if s == 0 else 1 - o) for p, o in listen] if a == 0 else [(0.5, 0), (0.5, 1)],
        {0: 0.5, 1: 0.5},
        discount=0.95,
    )
    compile_kernels()
    ours = em.plan.point_based(model, limit=60.0, gap=1e-6)
    sheet.most("tiger, gap", ours.gap, "", 1e-6)
    if find_spec("pomdp_py") is None:
        print("skip value iteration on the tiger: pomdp-py is not installed", flush=True)
        return
    from pomdp_py import ValueIteration
    from pomdp_py.problems.tiger.tiger_problem import TigerProblem

    agent = TigerProblem.create("tiger-left", 0.5, 0.15).agent
    begin, horizon = time.perf_counter(), 2 if small else 3
    ValueIteration(horizon=horizon, discount_factor=0.95, epsilon=1e-3).plan(agent)
    theirs = time.perf_counter() - begin
    what = f"tiger: all steps to a gap of 1e-6, beside {horizon} steps"
    sheet.ratio(what, 1 / ours.trace[-1].seconds, 1 / theirs, "solutions/s", 1, "pomdp-py's value iteration")
