"""Island model: several populations that exchange their best genomes (Tanese 1989; Whitley et al. 1999).

An epoch is a number of steps of each island's method; at its end, the barrier, migrants leave all islands before any
arrives. Island i draws in epoch e from its own generator, seeded by the run's seed and by (i, e), so that an epoch can
be computed by any thread, in any order and again, with the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from math import isqrt
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import able, choice, whole, wrong
from evomusic.core.grid import REST
from evomusic.core.ledger import sized, stretched
from evomusic.core.method import Batch, Melodies, Method, returns_of, untried_of
from evomusic.core.task import Task
from evomusic.encodings.base import MOST, assign, items
from evomusic.evolve.ga import GA
from evomusic.evolve.migration import Migrating, Returns, passage

TOPOLOGIES = ("ring", "torus", "complete")
MASK = 2**64 - 1
MOST_WORKERS = 1024
X = TypeVar("X")


class Island(NamedTuple):
    """State of an island's method, and state of its generator: (6,) words."""

    state: Any
    stream: NDArray[np.uint64]


class Archipelago(NamedTuple):
    """All islands, the seed (2,) of their generators, the epoch, and the steps done in this epoch.

    `refused` counts migrants that the encoding of another island could not encode.
    """

    islands: tuple[Island, ...]
    seed: NDArray[np.uint64]
    epoch: int
    steps: int
    refused: int


@dataclass(frozen=True, kw_only=True)
class Islands:
    """Island model: several methods, each with its own population; a step is a step of each.

    At the end of an epoch every island sends copies of its best genomes with distinct returns to its neighbours; there
    they replace the worst, if they are better. Between islands of equal encodings genomes are copied, otherwise
    translated by way of their melodies: a melody that the other encoding writes with other tokens is evaluated and
    charged again, one that it cannot encode is refused.

    Args:
        methods: one per island; with migrants, methods with `emigrants` and `immigrate`: GA, HillClimb, Deap, your own.
        topology: "ring" (each sends to the next), "torus" (to the four neighbours on a grid that wraps around, as
            square as possible), or "complete" (to all others).
        migrants: greatest number of genomes that an island sends to each neighbour; 0 makes islands independent.
        epoch: steps of each island between migrations.
        workers: threads; the result does not depend on their number.

    Raises:
        ValueError: an argument is of the wrong type or out of range, or a method can neither send nor take migrants.
    """

    methods: tuple[Method, ...] = (GA(population=75),) * 4
    topology: str = "ring"
    migrants: int = 5
    epoch: int = 10
    workers: int = 1

    def __post_init__(self) -> None:
        expected = "a list of methods such as (em.GA(), em.GA())"
        assign(
            self,
            methods=items("methods", self.methods, expected),
            topology=choice("topology", self.topology, TOPOLOGIES),
            migrants=whole("migrants", self.migrants, 0, MOST),
            epoch=whole("epoch", self.epoch, 1, MOST),
            workers=whole("workers", self.workers, 1, MOST_WORKERS),
        )
        if not self.methods:
            raise wrong("methods", self.methods, expected)
        for i, method in enumerate(self.methods):
            able(f"methods[{i}]", method, ("init", "step", "deliver"), "a method such as em.GA()")
            if self._migrating and not isinstance(method, Migrating):
                kind = type(method).__name__
                raise ValueError(
                    f"methods[{i}] is {kind}, expected one that sends and takes migrants: GA; or migrants=0"
                )

    def within(self, steps: int) -> Islands:
        """The islands, with the schedules of their methods stretched over equal shares of a budget."""
        shares = [stretched(method, steps // len(self.methods)) for method in self.methods]
        return replace(self, methods=tuple(shares))

    def sized(self, melodies: int) -> Islands:
        """The islands, with the sizes of their methods chosen for equal shares of a budget."""
        return replace(self, methods=tuple(sized(method, melodies // len(self.methods)) for method in self.methods))

    def init(self, task: Task, rng: np.random.Generator) -> tuple[Archipelago, Batch]:
        """The first state of every island.

        Raises:
            ValueError: the encodings of two islands differ, and one cannot encode melodies.
        """
        seed = rng.integers(0, MASK, 2, np.uint64, endpoint=True)
        self._check_passages(task)
        streams = [packed(stream(seed, i, 0)) for i in range(len(self.methods))]
        jobs = [partial(_begun, method, task, words) for method, words in zip(self.methods, streams, strict=True)]
        islands, batch = _gathered(spread(jobs, self.workers))
        if self._migrating:
            self._emigrants(task, islands)  # a method that cannot send says so now, not after an epoch
        return Archipelago(islands, seed, 0, 0, 0), batch

    def step(self, task: Task, state: Archipelago, rng: np.random.Generator) -> tuple[Archipelago, Batch]:
        """A step of every island, and migration at the end of an epoch; `rng` is not used."""
        jobs = [partial(_stepped, m, task, island) for m, island in zip(self.methods, state.islands, strict=True)]
        islands, batch = _gathered(spread(jobs, self.workers))
        state = state._replace(islands=islands, steps=state.steps + 1)
        return self._barrier(task, state, batch) if state.steps == self.epoch else (state, batch)

    def deliver(self, task: Task, state: Archipelago) -> Melodies:
        """The melodies that all islands deliver."""
        return np.concatenate(
            [m.deliver(task, island.state) for m, island in zip(self.methods, state.islands, strict=True)]
        )

    def delivered_returns(self, task: Task, state: Archipelago) -> Returns:
        """Returns of the melodies that all islands deliver."""
        pairs = zip(self.methods, state.islands, strict=True)
        return np.concatenate([returns_of(m, task, i.state, m.deliver(task, i.state)) for m, i in pairs])

    def untried(self, task: Task, state: Archipelago, melodies: Melodies) -> NDArray[np.bool_]:
        """Whether an island never evaluated the melodies that it delivers."""
        islands = [(m, i.state, m.deliver(task, i.state)) for m, i in zip(self.methods, state.islands, strict=True)]
        return np.concatenate([untried_of(m, task, s, mine) for m, s, mine in islands])

    @property
    def _migrating(self) -> bool:
        return self.migrants > 0 and len(self.methods) > 1

    @property
    def _islanders(self) -> tuple[Migrating, ...]:
        return cast("tuple[Migrating, ...]", self.methods)  # checked where they trade

    def _barrier(self, task: Task, state: Archipelago, batch: Batch) -> tuple[Archipelago, Batch]:
        """Migrate, and seed the generators of the next epoch."""
        states, epoch, evaluated = [island.state for island in state.islands], state.epoch + 1, [batch]
        refused = state.refused
        if self._migrating:
            sent = self._emigrants(task, state.islands)
            for i, sources in enumerate(neighbours(self.topology, len(states))):
                for source in sources:
                    home, target = self._islanders[source].encoding, self._islanders[i].encoding
                    arrived = passage(task, home, target, *sent[source])
                    evaluated.append(arrived.evaluated)
                    refused += arrived.refused
                    if len(arrived.returns):
                        states[i] = self._islanders[i].immigrate(task, states[i], arrived.genomes, arrived.returns)
        islands = [Island(s, packed(stream(state.seed, i, epoch))) for i, s in enumerate(states)]
        return Archipelago(tuple(islands), state.seed, epoch, 0, refused), joined(evaluated)

    def _emigrants(self, task: Task, islands: Sequence[Island]) -> list[tuple[Any, Returns]]:
        pairs = zip(self._islanders, islands, strict=True)
        return [method.emigrants(task, island.state, self.migrants) for method, island in pairs]

    def _check_passages(self, task: Task) -> None:
        """Refuse encodings of neighbours that cannot encode any melody, not even silence."""
        if not task.grid.rows.of_melodies:
            return  # a problem's genotype is the encoding of all
        silence = np.full((1, task.grid.steps), REST, np.uint8)
        for i, sources in enumerate(neighbours(self.topology, len(self.methods)) if self._migrating else ()):
            for source in sources:
                if self._islanders[source].encoding != self._islanders[i].encoding:
                    try:
                        self._islanders[i].encoding.encode(task, silence)
                    except ValueError as error:
                        raise ValueError(
                            f"methods[{i}] takes in no migrants from methods[{source}], whose encoding is another: "
                            f"{error}; or give both the same encoding, or migrants=0"
                        ) from None


def neighbours(topology: str, count: int) -> tuple[tuple[int, ...], ...]:
    """Indices, in rising order, of the islands from which each of `count` islands receives."""
    if topology == "complete":
        return tuple(tuple(j for j in range(count) if j != i) for i in range(count))
    if topology == "ring":
        return tuple(((i - 1) % count,) if count > 1 else () for i in range(count))
    rows = max(d for d in range(1, isqrt(count) + 1) if count % d == 0)
    return tuple(_beside(i, rows, count // rows) for i in range(count))


def _beside(i: int, rows: int, columns: int) -> tuple[int, ...]:
    """Indices of the four neighbours of an island on a grid that wraps around."""
    y, x = divmod(i, columns)
    around = {(y + dy) % rows * columns + (x + dx) % columns for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1))}
    return tuple(sorted(around - {i}))


def spread(jobs: Sequence[Callable[[], X]], workers: int) -> list[X]:
    """Results of jobs, in their order, computed by one or more threads: kernels release the interpreter lock."""
    if workers == 1:
        return [job() for job in jobs]
    with ThreadPoolExecutor(min(workers, len(jobs)), thread_name_prefix="islands") as pool:
        return [future.result() for future in [pool.submit(job) for job in jobs]]


def joined(batches: Sequence[Batch]) -> Batch:
    """Batches joined to one."""
    melodies, returns, updates, sweeps = zip(*batches, strict=True)
    return Batch(np.concatenate(melodies), np.concatenate(returns), sum(updates), sum(sweeps))


def _begun(method: Method, task: Task, words: NDArray[np.uint64]) -> tuple[Island, Batch]:
    rng = unpacked(words)
    state, batch = method.init(task, rng)
    return Island(state, packed(rng)), batch


def _stepped(method: Method, task: Task, island: Island) -> tuple[Island, Batch]:
    rng = unpacked(island.stream)
    state, batch = method.step(task, island.state, rng)
    return Island(state, packed(rng)), batch


def _gathered(made: Sequence[tuple[Island, Batch]]) -> tuple[tuple[Island, ...], Batch]:
    islands, batches = zip(*made, strict=True)
    return islands, joined(batches)


def stream(seed: NDArray[np.uint64], island: int, epoch: int) -> np.random.Generator:
    """The random generator of an island in an epoch."""
    return np.random.default_rng(np.random.SeedSequence(seed.tolist(), spawn_key=(island, epoch)))


def packed(rng: np.random.Generator) -> NDArray[np.uint64]:
    """The state of a PCG64 generator as an array (6,)."""
    state: Any = rng.bit_generator.state
    place, step = state["state"]["state"], state["state"]["inc"]
    words = place >> 64, place & MASK, step >> 64, step & MASK, state["has_uint32"], state["uinteger"]
    return np.array(words, np.uint64)


def unpacked(words: NDArray[np.uint64]) -> np.random.Generator:
    """The PCG64 generator of a state (6,)."""
    high, low, step_high, step_low, left, half = words.tolist()
    bits = np.random.PCG64(0)
    pcg: Any = {"state": high << 64 | low, "inc": step_high << 64 | step_low}
    bits.state = {"bit_generator": "PCG64", "state": pcg, "has_uint32": left, "uinteger": half}
    return np.random.Generator(bits)
