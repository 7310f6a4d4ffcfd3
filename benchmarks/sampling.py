"""Exact draws of the soft optimum, against a Metropolis chain of the same distribution."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np

import evomusic as em
from benchmarks.timing import Sheet, seconds, threads
from evomusic.core import kernels
from evomusic.core.machine import fuse, pack
from evomusic.core.optimum.product import product
from evomusic.encodings.samples import style_samples

CHAINS, DRAWS = 256, 1000
PEAK = """
import numpy as np, evomusic as em
from benchmarks.core import peak
em.make("tune").soften(1.0).sample(1000, np.random.default_rng(0))
print(peak())
"""


def log_weights(task: em.Task, policy: em.SoftPolicy):
    """The logarithm of the unnormalised probability of melodies, by compiled tables."""
    machine = task.machine
    kept = [a for a, name in zip(machine.automata, machine.names, strict=True) if name in policy.rules]
    parts = [a._replace(value=a.value * math.log(2)) for a in machine.generator]
    tables = pack(fuse(parts + [a._replace(value=a.value / policy.temperature) for a in kept]), task.grid)

    def evaluate(melodies: np.ndarray) -> np.ndarray:
        out = np.empty(len(melodies))
        kernels.evaluate(melodies, tables, out)
        return out

    return evaluate


def metropolis(task: em.Task, policy: em.SoftPolicy, chains: int, sweeps: int) -> tuple[float, np.ndarray]:
    """Proposals/s of chains abreast that propose a random token at a random step, and returns (sweeps, chains).

    They begin with exact samples: no burn-in is counted against them. A sweep is T proposals.
    """
    rng, evaluate, columns = np.random.default_rng(0), log_weights(task, policy), np.arange(chains)
    melodies = policy.sample(chains, rng)
    weights, records = evaluate(melodies), []

    def sweep() -> None:
        nonlocal melodies, weights
        for _ in range(task.grid.steps):
            proposed = melodies.copy()
            proposed[columns, rng.integers(0, task.grid.steps, chains)] = rng.integers(0, task.grid.tokens, chains)
            found = evaluate(proposed)
            taken = np.log(rng.random(chains)) < found - weights
            melodies = np.where(taken[:, None], proposed, melodies)
            weights = np.where(taken, found, weights)

    took = 0.0
    for _ in range(sweeps):
        took += seconds(sweep, 1)
        records.append(task.evaluate(melodies))
    return chains * sweeps * task.grid.steps / took, np.array(records)


def correlation_time(records: np.ndarray) -> float:
    """Records for one independent one: Geyer's initial positive sequence, over chains."""
    centred = records - records.mean()
    n = len(records)
    rho = [(centred[: n - k] * centred[k:]).mean() / (centred**2).mean() for k in range(n // 2)]
    pairs = [rho[k] + rho[k + 1] for k in range(0, len(rho) - 1, 2)]
    positive = next((i for i, pair in enumerate(pairs) if pair <= 0), len(pairs))
    return max(2 * sum(pairs[:positive]) - 1, 1.0)


def draws(sheet: Sheet, small: bool) -> None:
    task, rng = em.make("tune"), np.random.default_rng(0)
    style_samples(task, rng, 1)

    def work() -> None:
        product.cache_clear()
        task.soften(1.0).sample(DRAWS, rng)

    with threads(1):
        work()
        policy = task.soften(1.0)
        name = f"soft optimum of tune ({len(policy.rules)} rules and the style, {policy.rows:,} rows)"
        sheet.most(f"{name} solved, and {DRAWS:,} draws", seconds(work, sheet.repeats), "s", 2)
        ours = 10 * DRAWS / seconds(lambda: policy.sample(10 * DRAWS, rng), sheet.repeats)
        many, records = metropolis(task, policy, CHAINS, 10 if small else 1000)
        one, _ = metropolis(task, policy, 1, 10 if small else 200)
    proposals = task.grid.steps * correlation_time(records)  # for one independent return
    what = f"independent draws (a chain needs {proposals:,.0f} proposals for one)"
    sheet.ratio(what, ours, one / proposals, "draws/s", 1000, "Metropolis chain on compiled tables")
    sheet.ratio("the same", ours, many / proposals, "draws/s", 100, f"{CHAINS} such chains abreast")
    eight = em.make("tune", bars=8).soften(1.0)
    bar = em.conditions.bars(em.Melody(eight.sample(1, rng)[0], eight.machine.grid), 4)
    sheet.most("a bar of 8 locked, and a draw", 1e3 * seconds(lambda: eight.sample(1, rng, locked=bar), 5), "ms", 50)
    shown = subprocess.run([sys.executable, "-c", PEAK], capture_output=True, text=True, check=True).stdout
    sheet.most("the same: peak memory of the process", float(shown), "MB", 1000)
