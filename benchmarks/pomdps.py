"""Planning under partial observability: both bounds of classic POMDPs after some seconds, and what the policy earns.

No peer stands beside: pomdp-py has no solver of its own that bounds a value without horizon (its `sarsop` and
`vi_pruning` call programs that it does not bring).
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from scipy.sparse import csr_array

import evomusic as em
from benchmarks.timing import Sheet
from evomusic.models.classics import aloha, hallway, hallway2, rock_sample, tag
from evomusic.models.sparse_pomdp import SparsePOMDP
from evomusic.plan.pomdp.point_based import compile_kernels

SUITE = {  # a model, and the gap to reach in a minute
    "RockSample[4,4]": (rock_sample, 1e-3),
    "TagAvoid": (tag, 2.5),
    "RockSample[7,8]": (lambda: rock_sample(7), 2.3),
    "Hallway": (hallway, 0.15),
    "Hallway2": (hallway2, 0.45),
    "aloha, 10 stations": (aloha, 9.5),
}
STEPS, FADED = 50_000, 0.01  # steps of all episodes, and the discount at which one ends


def bounds(sheet: Sheet, small: bool) -> None:
    """Bounds after 60 seconds, or after one where runs are small."""
    compile_kernels()
    for name, (model, aim) in SUITE.items():
        pomdp = model()
        begin = time.process_time()
        found = em.plan.point_based(pomdp, limit=1.0 if small else 60.0)
        spent = time.process_time() - begin
        mean, error = earned(pomdp, found, np.random.default_rng(0), STEPS // 50 if small else STEPS)
        print(
            f"     {name}: {pomdp.states:,} states, {found.trace[-1].seconds:.1f} s ({spent:.1f} s of one core), "
            f"lower {found.lower:.4f}, upper {found.upper:.4f}, {found.vectors:,} alpha vectors, "
            f"earns {mean:.3f} +- {error:.3f}",
            flush=True,
        )
        sheet.most(f"{name}, gap", found.gap, "", aim)


def earned(pomdp: SparsePOMDP, found: Any, rng: np.random.Generator, steps: int) -> tuple[float, float]:
    """Mean discounted return of the policy and its standard error; an episode that is cut ends in its lower bound."""
    chance, rows = rng.random, pomdp.actions * pomdp.states
    t, z = pomdp.transitions, pomdp.emissions
    moves = csr_array((t.p, t.to, t.first), shape=(rows, pomdp.states))
    shows = csr_array((z.p, z.to, z.first), shape=(rows, pomdp.observations)).tocsc()
    length = int(np.ceil(np.log(FADED) / np.log(found.gamma)))
    totals = []
    for _ in range(max(2, steps // length)):
        belief, total, weight = pomdp.belief, 0.0, 1.0
        s = int(np.searchsorted(belief.cumsum(), chance() * belief.sum()))
        for _ in range(length):
            a = found.act(belief)
            first = a * pomdp.states
            at = slice(first, first + pomdp.states)
            total += weight * pomdp.expected[a, s]
            weight *= found.gamma
            s = _drawn(t, first + s, chance())
            o = _drawn(z, first + s, chance())
            belief = (moves[at].T @ belief) * shows[at, [o]].toarray().ravel()
            belief /= belief.sum()
            if pomdp.absorbing[s]:
                break
        totals.append(total + weight * (0.0 if pomdp.absorbing[s] else found.value(belief)))
    return float(np.mean(totals)), float(np.std(totals, ddof=1) / np.sqrt(len(totals)))


def _drawn(rows: Any, row: int, share: float) -> int:
    """A place of a sparse row, by chance."""
    at = slice(rows.first[row], rows.first[row + 1])
    p = rows.p[at].cumsum()
    return int(rows.to[at][min(int(np.searchsorted(p, share * p[-1], side="right")), len(p) - 1)])
