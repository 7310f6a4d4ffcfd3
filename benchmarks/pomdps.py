"""Planning under partial observability: both bounds of classic POMDPs after some seconds.

No peer stands beside: pomdp-py has no solver of its own that bounds a value without horizon (its `sarsop` and
`vi_pruning` call programs that it does not bring).
"""

from __future__ import annotations

import time

import evomusic as em
from benchmarks.timing import Sheet
from evomusic.models.classics import aloha, hallway, hallway2, rock_sample, tag
from evomusic.plan.pomdp.point_based import compile_kernels

SUITE = {  # a model, and the gap to reach in a minute
    "RockSample[4,4]": (rock_sample, 1e-3),
    "TagAvoid": (tag, 3.0),
    "RockSample[7,8]": (lambda: rock_sample(7), 2.5),
    "Hallway": (hallway, 0.35),
    "Hallway2": (hallway2, 0.5),
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
