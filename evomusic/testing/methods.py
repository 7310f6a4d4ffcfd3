"""The contracts of encodings and methods."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from evomusic.core.ledger import run, within
from evomusic.core.method import Batch, Method
from evomusic.core.saving import load_state, save_state
from evomusic.core.task import Task
from evomusic.encodings.base import Encoding, concatenate, count, take
from evomusic.testing.rules import demand

ROUNDS = 6  # steps of a method before it is saved, and again after


class Counting:
    """A task that counts the melodies it evaluates; all else is the task's own."""

    def __init__(self, task: Task) -> None:
        self.inner, self.evaluated = task, 0

    def evaluate(self, melodies: NDArray[np.uint8]) -> NDArray[np.float64]:
        """The task's returns."""
        self.evaluated += len(melodies)
        return self.inner.evaluate(melodies)

    def rewards(self, melodies: NDArray[np.uint8]) -> NDArray[np.float64]:
        """The task's step rewards: they tell the returns too."""
        self.evaluated += len(melodies)
        return self.inner.rewards(melodies)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def check_method(method: Method, task: Task) -> None:
    """Hold a method to its contract.

    Every melody that it evaluates is in a batch, with its exact return; a run spends its budget; the same seed gives
    the same bytes and leaves numpy's global generator alone; a state saved in mid-run (arrays and scalars, no pickle)
    and continued gives the same bytes; what it delivers are melodies.

    Args:
        method: the method.
        task: a task without schedules to wait for; small ones are quicker.

    Raises:
        AssertionError: the method breaks its contract; says how.
    """
    name, before = repr(method), _global_generator()
    counting = Counting(task)
    batches = _batches(method, cast("Task", counting), 2 * ROUNDS)
    made = sum(len(b.melodies) for b in batches)
    said = f"{name}: evaluated {counting.evaluated} melodies but returned {made} in batches"
    demand(counting.evaluated == made, said)
    for batch in batches:
        _check_batch(name, task, batch)
    demand(_bytes(_batches(method, task, 2 * ROUNDS)) == _bytes(batches), f"{name}: the same seed gave other bytes")
    demand(
        _bytes(_saved_midway(method, task)) == _bytes(batches), f"{name}: saved in mid-run and continued, it differs"
    )
    state, _ = within(method, 100 * task.grid.steps).init(task, np.random.default_rng(0))
    delivered = method.deliver(task, state)
    demand(len(delivered) > 0, f"{name}: delivers no melody")
    task.evaluate(delivered)  # raises where these are no melodies
    budget = 40 * task.grid.steps + task.grid.steps // 2
    spent = run(method, task, steps=budget, seed=0).steps
    demand(spent == 40 * task.grid.steps, f"{name}: a run spent {spent} of {budget} steps")
    demand(before == _global_generator(), f"{name}: drew from numpy's global generator")


def check_encoding(encoding: Encoding, task: Task) -> None:
    """Hold an encoding to its contract.

    Sampled and varied genomes all decode to melodies of the task; the same seed gives the same genomes; parents are not
    written to; decoding does not depend on the batch; where it encodes, decoding gives the melodies back.

    Raises:
        AssertionError: the encoding breaks its contract; says how.
    """
    name, n = repr(encoding), 64
    genomes = encoding.sample(task, np.random.default_rng(0), n)
    sampled = encoding.sample(task, np.random.default_rng(0), n)
    demand(_raw(genomes) == _raw(sampled), f"{name}: the same seed sampled other genomes")
    demand(count(genomes) == n, f"{name}: sampled {count(genomes)} genomes, expected {n}")
    rng = np.random.default_rng(1)
    for _ in range(8):
        kept = _raw(genomes)
        offspring = encoding.vary(task, genomes, rng)
        demand(_raw(genomes) == kept, f"{name}: vary wrote to the parents")
        demand(count(offspring) == n, f"{name}: varied {n} genomes into {count(offspring)}")
        genomes = offspring
        melodies = encoding.decode(task, genomes)
        task.evaluate(melodies)  # raises where these are no melodies
        one = encoding.decode(task, take(genomes, np.arange(5, 6)))
        demand(bool((one[0] == melodies[5]).all()), f"{name}: decodes a genome otherwise when it is alone")
    both = encoding.decode(task, concatenate([genomes, genomes]))
    demand(bool((both == np.concatenate([melodies, melodies])).all()), f"{name}: decoding depends on the batch")
    try:
        back = encoding.encode(task, melodies)
    except ValueError:
        return
    again = encoding.decode(task, back)
    demand(bool((again == melodies).all()), f"{name}: encoded melodies do not decode to themselves")


def _global_generator() -> str:
    return str(np.random.get_state())  # noqa: NPY002  # watched, not used


def _batches(method: Method, task: Task, rounds: int) -> list[Batch]:
    rng = np.random.default_rng(7)
    method = within(method, rounds * 10 * task.grid.steps)
    state, batch = method.init(task, rng)
    batches = [batch]
    for _ in range(rounds - 1):
        state, batch = method.step(task, state, rng)
        batches.append(batch)
    return batches


def _saved_midway(method: Method, task: Task) -> list[Batch]:
    rng = np.random.default_rng(7)
    method = within(method, 2 * ROUNDS * 10 * task.grid.steps)
    state, batch = method.init(task, rng)
    pattern, batches = state, [batch]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.npz"
        for _ in range(2 * ROUNDS - 1):
            save_state(path, state, rng)
            state, rng = load_state(path, pattern)
            state, batch = method.step(task, state, rng)
            batches.append(batch)
    return batches


def _check_batch(name: str, task: Task, batch: Batch) -> None:
    shape = (len(batch.returns), task.grid.steps)
    demand(batch.melodies.shape == shape, f"{name}: a batch has melodies {batch.melodies.shape}, expected {shape}")
    demand(batch.melodies.dtype == np.uint8, f"{name}: melodies are {batch.melodies.dtype}, expected uint8")
    paid = task.evaluate(batch.melodies)
    demand(bool((paid == batch.returns).all()), f"{name}: a batch holds returns that are not the melodies' own")


def _bytes(batches: list[Batch]) -> list[bytes]:
    return [b.melodies.tobytes() + np.asarray(b.returns, float).tobytes() for b in batches]


def _raw(genomes: Any) -> bytes:
    return b"".join(map(_raw, genomes)) if isinstance(genomes, tuple) else np.asarray(genomes).tobytes()
