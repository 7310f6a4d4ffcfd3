"""The contracts of encodings and methods: `check_encoding` and `check_method`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from evomusic.core.ledger import run, within
from evomusic.core.method import Batch, Method
from evomusic.core.problem import Problem, suited
from evomusic.core.rows import check_rows
from evomusic.core.saving import load_state, save_state
from evomusic.core.task import Task
from evomusic.encodings.base import Encoding, concatenate, count, take
from evomusic.testing.rules import demand

BURSTS = 600  # melodies made by bursts and by steps
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


def check_method(method: Method, task: Task | Problem) -> None:
    """Hold a method to its contract.

    Every melody that it evaluates is in a batch, with its exact return; returns are finite float64, one a melody; a run
    spends its budget; the same seed gives the same bytes and leaves numpy's global generator alone; a state saved in
    mid-run (arrays and scalars, no pickle) and continued gives the same bytes; it delivers one melody or more. A method
    that has bursts makes the same melodies by them as by steps, and never more than it is asked for.

    Args:
        method: the method.
        task: a task without schedules to wait for; small ones are quicker.

    Raises:
        AssertionError: the method breaks its contract; says how.

    >>> import evomusic as em
    >>> check_method(em.RandomSearch(batch=8), em.make("tiny"))
    """
    name, before = repr(method), _global_generator()
    kind = "a class, not an object of it" if isinstance(method, type) else "no method"
    verbs = [verb for verb in ("init", "step", "deliver") if not callable(getattr(method, verb, None))]
    demand(not verbs and not isinstance(method, type), f"{name} is {kind}: a method has init, step and deliver")
    method, task = suited(method, task), cast("Task", task)
    counting = Counting(task)
    batches = _batches(method, cast("Task", counting), 2 * ROUNDS)
    for batch in batches:
        _check_batch(name, task, batch)
    made = sum(len(b.melodies) for b in batches)
    said = f"{name}: evaluated {counting.evaluated} melodies but returned {made} in batches"
    demand(counting.evaluated == made, said)
    demand(_bytes(_batches(method, task, 2 * ROUNDS)) == _bytes(batches), f"{name}: the same seed gave other bytes")
    demand(
        _bytes(_saved_midway(method, task)) == _bytes(batches), f"{name}: saved in mid-run and continued, it differs"
    )
    if hasattr(method, "burst"):
        _check_bursts(name, method, task)
    state, _ = within(method, 100 * task.grid.steps, task.grid.steps).init(task, np.random.default_rng(0))
    _check_delivered(name, task, method.deliver(task, state))
    budget = 40 * task.grid.steps + task.grid.steps // 2
    spent = run(method, task, steps=budget, seed=0).steps
    demand(spent == 40 * task.grid.steps, f"{name}: a run spent {spent} of {budget} steps")
    demand(before == _global_generator(), f"{name}: drew from numpy's global generator")


def check_encoding(encoding: Encoding, task: Task | Problem) -> None:
    """Hold an encoding to its contract.

    Sampled and varied genomes all decode to melodies of the task, one a genome; the same seed gives the same genomes;
    parents are not written to; decoding does not depend on the batch; where it encodes, decoding gives the melodies
    back.

    Args:
        encoding: the encoding.
        task: a small task.

    Raises:
        AssertionError: the encoding breaks its contract; says how.

    >>> import evomusic as em
    >>> check_encoding(em.Bits(), em.make("tiny"))
    """
    name, n, task = repr(encoding), 64, cast("Task", task)
    genomes = encoding.sample(task, np.random.default_rng(0), n)
    sampled = encoding.sample(task, np.random.default_rng(0), n)
    demand(_raw(genomes) == _raw(sampled), f"{name}: the same seed sampled other genomes")
    demand(count(genomes) == n, f"{name}: sampled {count(genomes)} genomes, expected {n}")
    rng = np.random.default_rng(1)
    for _ in range(8):
        before = _raw(genomes)
        offspring = encoding.vary(task, genomes, rng)
        demand(_raw(genomes) == before, f"{name}: vary wrote to the parents")
        demand(count(offspring) == n, f"{name}: varied {n} genomes into {count(offspring)}")
        genomes = offspring
        melodies = encoding.decode(task, genomes)
        _check_melodies(f"{name}: decoding", task, melodies, n)
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
    method = within(method, rounds * 10 * task.grid.steps, task.grid.steps)
    state, batch = method.init(task, rng)
    batches = [batch]
    for _ in range(rounds - 1):
        state, batch = method.step(task, state, rng)
        batches.append(batch)
    return batches


def _check_bursts(name: str, method: Any, task: Task) -> None:
    """Compare a run by bursts with the same by steps: melodies, state and random numbers."""
    method = within(method, BURSTS * 10 * task.grid.steps, task.grid.steps)
    ways = []
    for burst in (True, False):
        rng = np.random.default_rng(7)
        state, batch = method.init(task, rng)
        batches = [batch]
        while (left := BURSTS - sum(len(b.returns) for b in batches)) > 0:
            most = min(left, 1 + len(batches) % 40)
            state, batch = method.burst(task, state, rng, most) if burst else method.step(task, state, rng)
            batches.append(batch)
            said = f"{name}: a burst made {len(batch.returns)} melodies, expected {most} at most"
            demand(not burst or len(batch.returns) <= max(most, len(batches[0].returns)), said)
        melodies, returns = (np.concatenate(parts) for parts in zip(*((b[0], b[1]) for b in batches), strict=True))
        ways.append(
            (melodies[:BURSTS].tobytes(), returns[:BURSTS].tobytes(), _raw(state), str(rng.bit_generator.state))
        )
    for what, one, other in zip(("melodies", "returns", "states", "random numbers"), *ways, strict=True):
        demand(one == other, f"{name}: {what} differ between bursts and single steps")


def _saved_midway(method: Method, task: Task) -> list[Batch]:
    rng = np.random.default_rng(7)
    method = within(method, 2 * ROUNDS * 10 * task.grid.steps, task.grid.steps)
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
    demand(hasattr(batch, "melodies") and hasattr(batch, "returns"), f"{name}: gave {batch!r}, expected a Batch")
    _check_melodies(f"{name}: a batch", task, batch.melodies)
    returns: Any = batch.returns
    kind, shape = getattr(returns, "dtype", type(returns).__name__), np.shape(returns)
    demand(kind == np.float64, f"{name}: returns of a batch are {kind}, expected an array of float64")
    count = len(batch.melodies)
    demand(
        shape == (count,), f"{name}: a batch of {count} melodies has returns {shape}, expected one a melody, ({count},)"
    )
    odd = returns[~np.isfinite(returns)]
    demand(not odd.size, f"{name}: a batch has the return {odd[:1]}, expected finite numbers")
    own = task.evaluate(batch.melodies)
    demand(bool((own == returns).all()), f"{name}: a batch holds returns that are not the melodies' own")


def _check_delivered(name: str, task: Task, melodies: Any) -> None:
    demand(melodies is not None and np.size(melodies) > 0, f"{name}: delivers no melody, expected one or more")
    _check_melodies(f"{name}: what it delivers", task, melodies)


def _check_melodies(said: str, task: Task, melodies: Any, count: int | None = None) -> None:
    """Check that these are melodies of the task: (P, T) uint8 tokens of its grid; of a problem its solutions."""
    grid = task.grid
    if not grid.rows.of_melodies:
        try:
            check_rows(said, melodies, grid.rows)
        except ValueError as error:
            raise AssertionError(str(error)) from None
        demand(count in (None, len(melodies)), f"{said} has {len(melodies)} solutions, expected {count}")
        return
    kind, shape = getattr(melodies, "dtype", type(melodies).__name__), np.shape(melodies)
    wanted = ("P" if count is None else count, grid.steps)
    demand(kind == np.uint8, f"{said} has melodies of {kind}, expected an array of uint8")
    fits = len(shape) == 2 and shape[1] == grid.steps and count in (None, shape[0])
    demand(fits, f"{said} has melodies of shape {shape}, expected ({wanted[0]}, {wanted[1]})")
    top = int(melodies.max(initial=0))
    demand(top < grid.tokens, f"{said} has the token {top}, expected 0 to {grid.tokens - 1}")


def _bytes(batches: list[Batch]) -> list[bytes]:
    return [b.melodies.tobytes() + np.asarray(b.returns, float).tobytes() for b in batches]


def _raw(genomes: Any) -> bytes:
    return b"".join(map(_raw, genomes)) if isinstance(genomes, tuple) else np.asarray(genomes).tobytes()
