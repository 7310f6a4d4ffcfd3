"""Every pair of loop and encoding that makes sense keeps the contract; hash seeds change no byte of any method."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import evomusic as em
from evomusic.testing import check_method
from tests.test_contracts import ENCODINGS, METHODS, TASKS

LOOPS = {
    "ga": lambda e: em.GA(population=8, encoding=e),
    "mu-lambda": lambda e: em.MuPlusLambda(mu=6, lam=8, encoding=e),
    "steady": lambda e: em.SteadyState(population=8, offspring=4, encoding=e),
    "nsga2": lambda e: em.NSGA2(population=8, encoding=e),
    "hill": lambda e: em.HillClimb(encoding=e),
    "annealing": lambda e: em.Annealing(encoding=e),
    "map-elites": lambda e: em.MapElites(first=8, batch=6, cells=(3, 3), encoding=e),
    "random": lambda e: em.RandomSearch(batch=6, encoding=e),
    "deap": lambda e: em.Deap(population=8, encoding=e),
    "islands": lambda e: em.Islands(methods=(em.GA(population=6, encoding=e),) * 2, migrants=0, epoch=2),
}
DIGESTS = """
import hashlib, numpy as np
from evomusic.core.ledger import within
from tests.test_contracts import METHODS, TASKS
task = TASKS["rules"]
for name, method in METHODS.items():
    method, rng, digest = within(method, 50_000, task.grid.steps), np.random.default_rng(5), hashlib.sha256()
    state, batch = method.init(task, rng)
    for _ in range(5):
        digest.update(batch.melodies.tobytes() + batch.returns.tobytes())
        state, batch = method.step(task, state, rng)
    print(name, digest.hexdigest())
"""


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("loop", LOOPS)
def test_every_loop_with_every_encoding_keeps_the_contract(loop, encoding):
    check_method(LOOPS[loop](ENCODINGS[encoding]), TASKS["rules"])


def test_hash_seeds_change_no_byte_of_any_method():
    lines = [
        subprocess.run(
            [sys.executable, "-c", DIGESTS],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for seed in ("1", "2")
    ]
    assert lines[0] == lines[1]
    assert len(lines[0]) == len(METHODS)
