"""The contracts of rules and measures: `check_rule` and `check_measure`; and `pay`, a rule read in plain Python."""

from __future__ import annotations

import copy
import dataclasses
import math
from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from evomusic.core import theory
from evomusic.core.grid import CLOCK_FIELDS, FIRST_PITCH, HOLD, REST, Event, Grid, Slot
from evomusic.core.melody import Melody, Tokens, canonical

if TYPE_CHECKING:
    from evomusic.core.rule import Measure, Rule

GRIDS = (
    Grid(bars=3, low=62, high=86, scale="G major", chords=("G", "D7"), phrase_bars=2),
    Grid(bars=2, beats=3, steps_per_beat=2, low=55, high=67),
    Grid(bars=3, beats=2, steps_per_beat=6, low=60, high=72, scale="C major", phrase_bars=2),
    Grid(bars=1, beats=1, steps_per_beat=1, low=60, high=60),
    Grid(bars=5, beats=1, steps_per_beat=1, low=0, high=127, scale="D dorian"),
    Grid(bars=2, beats=5, steps_per_beat=2, low=60, high=67, beat=0.5, pickup=3, chords=("C G7",)),
)
LIMIT = 50_000  # memories of one rule on one grid
SEED = 0


def check_rule(rule: Rule, grid: Grid | None = None, *, limit: int = LIMIT, sounds_alike: bool = True) -> None:
    """Hold a rule to its contract.

    It is a frozen, hashable dataclass with a docstring; `hears` names fields of the clock, and it reads no other; every
    memory that can be reached is hashable, and there are at most `limit`; values are finite and depend on nothing but
    memory, event and slot; its start stays as it was; melodies that sound alike have the same sum of values.

    Args:
        rule: the rule.
        grid: the frame; several metres, lengths and pitch sets when None.
        limit: most memories.
        sounds_alike: False for a rule that tells a hold with nothing sounding from a rest on purpose.

    Raises:
        AssertionError: the rule breaks its contract; says how.

    >>> from evomusic.rules import InScale
    >>> check_rule(InScale("C major"))
    """
    _check_parameters(rule)
    demand(isinstance(rule.hears, tuple), f"{rule!r}: hears is {rule.hears!r}, expected a tuple of clock fields")
    for name in rule.hears:
        near = theory.nearest(str(name), CLOCK_FIELDS)
        demand(name in CLOCK_FIELDS, f"{rule!r}: hears {name!r}, which is no field of the clock{near}")
    for frame in GRIDS if grid is None else (grid,):
        start = copy.deepcopy(rule.start)
        reachable(rule, frame, limit)
        if sounds_alike:
            _check_sounds_alike(rule, frame)
        demand(rule.start == start, f"{rule!r}: start was {start!r}, is now {rule.start!r}; return new memories")


def reachable(rule: Rule, grid: Grid, limit: int = LIMIT) -> frozenset[Hashable]:
    """Return every memory of a rule that some melody reaches, the start included.

    Raises:
        AssertionError: there are more than `limit`, or a reading of one of them breaks the contract.
    """
    events = [grid.event(a) for a in range(grid.tokens)]
    front: set[Hashable] = {rule.start}
    reached = set(front)
    read: dict[Slot, dict[Hashable, set[Hashable]]] = {}
    for step in range(grid.steps):
        slot = _heard(rule, grid, step)
        answers = read.setdefault(slot, {})
        for memory in front - answers.keys():
            answers[memory] = {_read(rule, memory, e, slot)[0] for e in events}
        front = set().union(*(answers[memory] for memory in front))
        reached |= front
        if len(reached) > limit:
            raise AssertionError(
                f"{rule!r}: more than {limit} memories within {step + 1} steps of {grid}; forget what no longer "
                f"matters, or clip counts. One of them is {next(iter(front))!r}"
            )
    return frozenset(reached)


def pay(rule: Rule, melody: Melody) -> list[float]:
    """Return the value of a rule at each step of a melody, read in plain Python.

    >>> from evomusic.rules import InScale
    >>> pay(InScale("C major"), Melody.parse("C4 C#4 . -", Grid(bars=1, beats=4, steps_per_beat=1)))
    [0.0, -1.0, 0.0, 0.0]
    """
    memory, values = rule.start, []
    for step, token in enumerate(melody.tokens.tolist()):
        memory, value = _read(rule, memory, melody.grid.event(token), _heard(rule, melody.grid, step))
        values.append(value)
    return values


def check_measure(measure: Measure, grid: Grid | None = None) -> None:
    """Hold a measure to its contract.

    It is a frozen, hashable dataclass with a docstring; it gives finite float64 within its bounds, one a melody, none
    for no melodies; a melody's value is the same alone, in any batch and memory layout, and on every call; melodies
    that sound alike have the same value; melodies are left as they were.

    Args:
        measure: the measure.
        grid: the frame; several metres, lengths and pitch sets when None.

    Raises:
        AssertionError: the measure breaks its contract; says how.

    >>> from evomusic.measures import Notes
    >>> check_measure(Notes())
    """
    _check_parameters(measure)
    for frame in GRIDS if grid is None else (grid,):
        melodies = _samples(frame)
        before, values = melodies.copy(), _values(measure, melodies, frame)
        demand(bool((melodies == before).all()), f"{measure!r} changed the melodies that it was given")
        low, high = measure.bounds(frame)
        demand(-math.inf < low <= high < math.inf, f"{measure!r}: bounds are {low} and {high} on {frame}")
        for row, value in zip(melodies, values.tolist(), strict=True):
            on = f"on {frame}: {Melody(row, frame).text}"
            demand(low <= value <= high, f"{measure!r}: {value} is not within {low} to {high}, {on}")
            alone = _values(measure, row[None], frame)[0]
            demand(alone == value, f"{measure!r}: {value} in a batch but {alone} alone, {on}")
        _check_same(measure, values, _values(measure, melodies, frame), "a second call")
        _check_same(measure, values, _values(measure, melodies[::-1], frame)[::-1], "rows in reverse")
        _check_same(measure, values, _values(measure, np.asfortranarray(melodies), frame), "columns stored first")
        _check_same(measure, values, _values(measure, canonical(melodies), frame), "the same sound, canonical")
        _values(measure, melodies[:0], frame)


def demand(holds: bool, said: str) -> None:
    """Assert, also under `python -O`."""
    if not holds:
        raise AssertionError(said)


def _check_parameters(part: Any) -> None:
    kind = type(part)
    frozen = dataclasses.is_dataclass(part) and getattr(kind, "__dataclass_params__").frozen  # noqa: B009  # typeshed hides it
    demand(frozen, f"{kind.__name__} is no frozen dataclass; write @dataclass(frozen=True, kw_only=True) above it")
    try:
        hash(part)
    except TypeError as error:
        raise AssertionError(f"{part!r} is not hashable ({error}); keep its parameters in tuples") from error
    doc = kind.__doc__ or ""
    written = doc.strip() and not doc.startswith(f"{kind.__name__}(")  # what dataclass writes where there is none
    demand(bool(written), f"{kind.__name__} has no docstring")


def _heard(rule: Rule, grid: Grid, step: int) -> Slot:
    full = grid.slot(step)
    return Slot(**{name: getattr(full, name) for name in rule.hears})


def _read(rule: Rule, memory: Any, event: Event, slot: Slot) -> tuple[Hashable, float]:
    """Read twice, and raise AssertionError for faults."""
    try:
        first, second = rule.read(memory, event, slot), rule.read(memory, event, slot)
    except Exception as error:
        raise AssertionError(f"{rule!r}, reading {event} with memory {memory!r} at {slot}: {error!r}") from error
    fault = _fault(first, second)
    if fault is not None:
        raise AssertionError(f"{rule!r}, reading {event} with memory {memory!r} at {slot}: {fault}")
    return first[0], float(first[1])


def _fault(first: Any, second: Any) -> str | None:
    """Return the fault of two answers of `read` to the same question, or None."""
    if not isinstance(first, tuple) or len(first) != 2:
        return f"read gave {first!r}, expected (memory, value)"
    try:
        hash(first[0])
    except TypeError as error:
        return f"the next memory {first[0]!r} is not hashable ({error}); use tuples"
    if not isinstance(first[1], (int, float)) or not math.isfinite(first[1]):
        return f"the value is {first[1]!r}, expected a finite number"
    return None if first == second else f"read gave {first!r}, then {second!r}; it may depend on nothing else"


def _check_sounds_alike(rule: Rule, grid: Grid) -> None:
    for row in _samples(grid, count=60):
        melody = Melody(row, grid)
        written, plain = math.fsum(pay(rule, melody)), math.fsum(pay(rule, melody.canonical))
        if not math.isclose(written, plain, abs_tol=1e-9):
            raise AssertionError(
                f"{rule!r} pays {written} for {melody.text} and {plain} for {melody.canonical.text}, on {grid}: they "
                "sound alike; treat a hold with nothing sounding as a rest"
            )


def _values(measure: Measure, melodies: Tokens, grid: Grid) -> np.ndarray[Any, Any]:
    try:
        values: Any = measure(melodies, grid)
    except Exception as error:
        raise AssertionError(f"{measure!r} on melodies of shape {melodies.shape}: {error!r}") from error
    kind = getattr(values, "dtype", type(values))
    demand(kind == np.float64, f"{measure!r} gave {kind}, expected an array of float64")
    demand(values.shape == (len(melodies),), f"{measure!r} gave shape {values.shape}, expected ({len(melodies)},)")
    odd = values[~np.isfinite(values)]
    demand(not odd.size, f"{measure!r} gave {odd[:1]} on {grid}, expected finite numbers")
    return np.asarray(values)


def _check_same(measure: Measure, values: Iterable[float], again: Iterable[float], how: str) -> None:
    for i, (value, other) in enumerate(zip(values, again, strict=True)):
        demand(value == other, f"{measure!r}: melody {i} has {value}, but {other} for {how}")


def _samples(grid: Grid, count: int = 100) -> Tokens:
    """(P, T) melodies of all densities, with holds where nothing sounds; the first ones are the awkward ones."""
    rng = np.random.default_rng(SEED)
    shape = (count, grid.steps)
    density = np.linspace(0.02, 1, count)[:, None]
    kind = rng.choice([REST, HOLD, HOLD], shape)
    notes = rng.integers(FIRST_PITCH, grid.tokens, shape)
    melodies = np.where(rng.random(shape) < density, notes, kind).astype(np.uint8)
    bar = grid.steps_per_bar
    melodies[0], melodies[1] = REST, HOLD
    melodies[2], melodies[2, -1] = HOLD, FIRST_PITCH  # one note, on the last step
    melodies[3], melodies[3, 0] = HOLD, grid.tokens - 1  # one note, throughout
    melodies[4], melodies[5] = FIRST_PITCH, grid.tokens - 1  # one pitch, all the time
    melodies[6, grid.pickup :] = np.tile(melodies[count // 2, :bar], grid.bars)  # every bar alike
    melodies[7] = FIRST_PITCH + np.arange(grid.steps) % (grid.tokens - FIRST_PITCH)
    return melodies
