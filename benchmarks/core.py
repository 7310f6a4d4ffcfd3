"""Evaluation, tables, the optimum, memory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

import evomusic as em
from benchmarks.timing import Sheet, seconds, threads
from tests import naive

CONTROL = """
import sys, time, numpy as np, evomusic as em
task = em.make("tune")
melodies = np.random.default_rng(0).integers(0, task.grid.tokens, ({n}, task.grid.steps), np.uint8)
task.evaluate(melodies); print("ready", flush=True); sys.stdin.readline()
start = time.perf_counter()
for _ in range({repeats}): task.evaluate(melodies)
print(time.perf_counter() - start)
"""


def python_return(task: em.Task, events, slots, melody) -> float:
    """The same rules in plain Python: what a user without tables would write."""
    total = 0.0
    for (rule, weight), heard in zip(task.reward.rules.items(), slots, strict=True):
        memory, read = rule.start, rule.read
        for token, slot in zip(melody, heard, strict=True):
            memory, value = read(memory, events[token], slot)
            total += weight * value
    return total


def python_task(task: em.Task):
    """Plain-Python fitness of a melody given as a list of tokens; slots and events are made beforehand."""
    grid = task.grid
    events = [grid.event(a) for a in range(grid.tokens)]
    slots = [[naive.heard(rule, grid, t) for t in range(grid.steps)] for rule in task.reward.rules]
    return lambda melody: python_return(task, events, slots, melody)


def evaluation(sheet: Sheet, small: bool) -> None:
    task = em.make("tune")
    rng = np.random.default_rng(0)
    melodies = rng.integers(0, task.grid.tokens, (5_000 if small else 100_000, task.grid.steps), dtype=np.uint8)
    some = melodies[: 20 if small else 200].tolist()
    fitness = python_task(task)
    assert np.allclose([fitness(m) for m in some], task.evaluate(melodies[: len(some)]), atol=1e-6)
    peer = one = two = control = 0.0
    for _ in range(1 if small else 3 * sheet.repeats):  # side by side: a shared machine's speed changes by the second
        peer = max(peer, len(some) / seconds(lambda: [fitness(m) for m in some], 1))
        with threads(1):
            one = max(one, melodies.size / seconds(lambda: task.evaluate(melodies), 2))
        with threads(2):
            two = max(two, melodies.size / seconds(lambda: task.evaluate(melodies), 2))
    for _ in range(1 if small else 3):
        control = max(control, two_processes(len(melodies), 2 if small else 20))
    name = f"evaluation, {len(task.reward.rules)} rules, one core"
    sheet.ratio(name, one / task.grid.steps, peer, "melodies/s", 300, "plain Python rules")
    sheet.most("evaluation, one core", 1e9 / one, "ns/step", 8)
    beside = f"one thread (two processes: {control / one:.2f} x)"
    sheet.ratio("evaluation on two threads", two, one, "steps/s", 1.7, beside)


def two_processes(n: int, repeats: int) -> float:
    """Steps/s of two processes at once with one thread each: what the machine's second core is worth just now."""
    code = CONTROL.format(n=n, repeats=repeats)
    jobs = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_alone()
        )
        for _ in range(2)
    ]
    for job in jobs:
        assert job.stdout is not None
        assert job.stdout.readline() == "ready\n"
    for job in jobs:
        assert job.stdin is not None
        job.stdin.write("go\n")
        job.stdin.flush()
    spent = [float(job.communicate()[0]) for job in jobs]
    return 2 * n * repeats * 64 / max(spent)


def _alone() -> dict[str, str]:
    return os.environ | {"EVOMUSIC_THREADS": "1"}


def tables(sheet: Sheet, small: bool) -> None:
    def write() -> None:
        task = em.make("tune")
        _ = task.machine.fused

    write()
    sheet.most("tables of tune, fused", seconds(write, sheet.repeats), "s", 1)
    times = []
    for _ in range(1 if small else sheet.repeats):
        task = em.make("tune")
        _ = task.machine.fused
        start = time.perf_counter()
        best = task.optimum()
        times.append(time.perf_counter() - start)
    sheet.most(f"optimum of tune ({best.value:.4f}, {best.visited:,} states) from its tables", min(times), "s", 5)


PEAK = """
import numpy as np, evomusic as em
from benchmarks.core import peak
task = em.make("tune")
task.evaluate(np.random.default_rng(0).integers(0, task.grid.tokens, ({n}, task.grid.steps), np.uint8))
print(peak())
"""


def peak() -> float:
    """Most memory that this process ever held, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count the process that started this one, too
        return int(re.search(r"VmHWM:\s*(\d+) kB", status.read_text())[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)


def memory(sheet: Sheet, small: bool) -> None:
    code = PEAK.format(n=100_000 if small else 1_000_000)
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    sheet.most("evaluating a million melodies: peak memory of the process", float(shown), "MB", 500)
