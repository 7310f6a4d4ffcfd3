"""POMDPs of the literature, built from their descriptions: large ones, as benchmarks of planners."""

from __future__ import annotations

import math
from typing import Any

from evomusic.models.sparse_pomdp import SparsePOMDP

COMPASS = {"north": (0, 1), "south": (0, -1), "east": (1, 0), "west": (-1, 0)}
TAG_CELLS = [(x, y) for y in (0, 1) for x in range(10)] + [(x, y) for y in (2, 3, 4) for x in (5, 6, 7)]


def tag() -> SparsePOMDP:
    """TagAvoid (Pineau, Gordon & Thrun 2003): a robot looks for a person who runs away; 870 states.

    The robot sees its own cell, and the person only in the same cell. A step returns -1, a right `tag` +10, a wrong one
    -10, while the person stays. Else the person runs from the robot along each axis with probability .4 (.2 either way
    where they are level on it), stays with .2, and stays too where a wall is in the way. The entries are those of the
    file that comes with SARSOP, which has 1 / 6 a way, and 1 / 2 to stay, where both are in the cell (6, 4), and where
    steps after the end still return -1, so that one tags on for nothing.
    """
    cells = TAG_CELLS
    inside = set(cells)
    states = [(robot, person) for robot in cells for person in [*cells, None]]

    def runs(robot: Any, person: Any) -> dict[Any, float]:
        if robot == person == (6, 4):
            return {(6, 4): 1 / 2, (6, 3): 1 / 6, (5, 4): 1 / 6, (7, 4): 1 / 6}
        found: dict[Any, float] = {person: 0.2}
        for axis in (0, 1):
            ahead = person[axis] - robot[axis]
            for way in (-1, 1):
                p = 0.2 if ahead == 0 else 0.4 if ahead * way > 0 else 0.0
                to = (person[0] + way, person[1]) if axis == 0 else (person[0], person[1] + way)
                to = to if to in inside else person
                found[to] = found.get(to, 0.0) + p
        return {to: p for to, p in found.items() if p}

    def step(state: Any, action: str) -> list[tuple[float, Any, float]]:
        robot, person = state
        if action == "tag":
            if robot == person:
                return [(1.0, (robot, None), 10.0)]
            return [(1.0, state, 0.0 if person is None else -10.0)]
        if person is None:
            return [(1.0, state, -1.0)]
        x, y = COMPASS[action]
        moved = (robot[0] + x, robot[1] + y)
        moved = moved if moved in inside else robot
        return [(p, (moved, to), -1.0) for to, p in runs(robot, person).items()]

    def observe(action: str, state: Any) -> list[tuple[float, Any]]:
        return [(1.0, "person" if state[0] == state[1] and action != "tag" else state[0])]

    start = dict.fromkeys([(r, p) for r in cells for p in cells], 1 / len(cells) ** 2)
    return SparsePOMDP.from_functions(
        states, [*COMPASS, "tag"], [*cells, "person"], step, observe, start, discount=0.95
    )


ROCKS = {4: [(3, 1), (2, 1), (1, 3), (1, 0)], 7: [(2, 0), (0, 1), (3, 1), (6, 3), (2, 4), (3, 4), (5, 5), (1, 6)]}


def rock_sample(size: int = 4, rocks: Any = None, start: Any = None, half: float | None = None) -> SparsePOMDP:
    """RockSample (Smith & Simmons 2004): a rover that knows its cell, and rocks that are good or bad; an exit east.

    A rock is good with probability .5. To sample a good one returns 10 and makes it bad, a bad one -10; the exit 10. To
    sample where no rock is, or to leave elsewhere, returns -100 and ends. A sensor tells the truth of a rock with
    probability (1 + 2^(-distance / half)) / 2. Sizes 4 and 7 are the instances RockSample[4,4] and [7,8] that come with
    the authors' ZMDP, where `half` is ln 2 and 20.

    Args:
        size: cells a side.
        rocks: their cells; those of the instance when None.
        start: the first cell; the middle of the west side when None.
        half: distance at which the sensor's efficiency is half; that of the instance, or 20, when None.
    """
    rocks = ROCKS[size] if rocks is None else rocks
    begin = (0, size // 2) if start is None else start
    half = (math.log(2) if size == 4 else 20.0) if half is None else half
    kinds = [tuple(bool(n >> i & 1) for i in range(len(rocks))) for n in range(2 ** len(rocks))]
    states = [((x, y), kind) for x in range(size) for y in range(size) for kind in kinds]
    actions = [*COMPASS, "sample", *range(len(rocks))]

    def step(state: Any, action: Any) -> list[tuple[float, Any, float]]:
        if state == "exit":
            return [(1.0, state, 0.0)]
        (x, y), kind = state
        if action in COMPASS:
            to = (x + COMPASS[action][0], y + COMPASS[action][1])
            if to[0] == size:
                return [(1.0, "exit", 10.0)]
            return [(1.0, (to, kind), 0.0) if min(to) >= 0 and to[1] < size else (1.0, "exit", -100.0)]
        if action == "sample":
            if (x, y) not in rocks:
                return [(1.0, "exit", -100.0)]
            i = rocks.index((x, y))
            return [(1.0, ((x, y), (*kind[:i], False, *kind[i + 1 :])), 10.0 if kind[i] else -10.0)]
        return [(1.0, state, 0.0)]

    def observe(action: Any, state: Any) -> list[tuple[float, Any]]:
        if action in (*COMPASS, "sample") or state == "exit":
            return [(1.0, "good")]
        (x, y), kind = state
        away = math.hypot(x - rocks[action][0], y - rocks[action][1])
        right = (1 + 2 ** (-away / half)) / 2
        good = right if kind[action] else 1 - right
        return [(p, o) for p, o in ((good, "good"), (1 - good, "bad")) if p > 0]

    chances = dict.fromkeys([(begin, kind) for kind in kinds], 1 / len(kinds))
    return SparsePOMDP.from_functions(
        [*states, "exit"], actions, ["bad", "good"], step, observe, chances, discount=0.95
    )


HALLWAY = ("..1.2.3.4..", "##.#.#.#G##")
HALLWAY2 = ("#.....#", "..#.#..", "#.#.#.#", "..#.#.G", "#.....#")
WAYS = ((0, -1), (1, 0), (0, 1), (-1, 0))  # north, east, south, west
TURNS = {"right": (0.1, 0.7, 0.1, 0.1), "around": (0.1, 0.15, 0.6, 0.15), "left": (0.1, 0.1, 0.1, 0.7)}
VIEWS = ["".join("-w"[n >> i & 1] for i in (3, 2, 1, 0)) for n in range(16)]  # walls ahead, right, behind, left
SEEN = {  # of so many walls: chances, in millionths, of a view by walls missed (rows) and walls seen that are none
    3: ((692550, 36464), (76949, 4049), (8549, 449), (949, 49)),
    2: ((731024, 38475, 2030), (81225, 4275, 225), (9024, 474, 24)),
    1: ((771637, 40612, 2137, 120), (85737, 4512, 237, 12)),
}


def hallway() -> SparsePOMDP:
    """Hallway (Littman, Cassandra & Kaelbling 1995): a robot in an office looks for a goal; 60 states.

    A state is a cell and a heading. `forward` moves the robot ahead with probability .8, aside with .05 each, its head
    that way, and back with .05, its head either way; it stays for the rest, and where a wall is in the way. A turn
    succeeds with .7, around with .6. For each side the robot sees a wall that is there with .9, and one that is not
    with .05; at four places, headed south, it sees which one it is, and in `G` the goal. To reach the goal returns 1,
    and any other place and heading is next. All entries are those of the published file, of 6 decimals.
    """
    return _office(HALLWAY)


def hallway2() -> SparsePOMDP:
    """Hallway2 (Littman, Cassandra & Kaelbling 1995): `hallway` on another floor, without landmarks; 92 states."""
    return _office(HALLWAY2)


def _office(plan: tuple[str, ...]) -> SparsePOMDP:
    """The model of a plan: `#` walls, `G` the goal, digits landmarks."""
    marks = {(x, y): c for y, row in enumerate(plan) for x, c in enumerate(row) if c != "#"}
    states = [(cell, way) for cell in marks for way in range(4)]
    away = [state for state in states if marks[state[0]] != "G"]
    share = int(1e6 / len(away)) / 1e6
    chances = dict.fromkeys(away, share) | {away[0]: round(1 - share * (len(away) - 1), 6)}  # as the file rounds

    def ahead(cell: Any, way: int) -> Any:
        to = (cell[0] + WAYS[way % 4][0], cell[1] + WAYS[way % 4][1])
        return to if to in marks else None

    def moves(state: Any, action: str) -> list[tuple[float, Any]]:
        cell, way = state
        if action == "stay":
            return [(1.0, state)]
        if action != "forward":
            return [(p, (cell, (way + turn) % 4)) for turn, p in enumerate(TURNS[action])]
        slips = ((0.8, 0, way), (0.05, 1, way + 1), (0.05, 3, way + 3), (0.025, 2, way), (0.025, 2, way + 2))
        found = [(p, (ahead(cell, way + side), to % 4)) for p, side, to in slips if ahead(cell, way + side)]
        return [*found, (round(1 - sum(p for p, _ in found), 3), state)]

    def step(state: Any, action: str) -> list[tuple[float, Any, float]]:
        if marks[state[0]] == "G":
            return [(p, to, 0.0) for to, p in chances.items()]
        return [(p, to, float(marks[to[0]] == "G")) for p, to in moves(state, action)]

    def observe(action: str, state: Any) -> list[tuple[float, Any]]:
        cell, way = state
        if marks[cell] == "G" or (marks[cell] != "." and way == 2):
            return [(1.0, marks[cell])]
        walls = [ahead(cell, way + side) is None for side in range(4)]
        found = []
        for view in VIEWS:
            missed = sum(wall and c == "-" for wall, c in zip(walls, view, strict=True))
            false = sum(not wall and c == "w" for wall, c in zip(walls, view, strict=True))
            found.append((SEEN[sum(walls)][missed][false] / 1e6, view))
        return found

    shown = [*VIEWS, *sorted({c for c in marks.values() if c != "."})]
    return SparsePOMDP.from_functions(states, ["stay", "forward", *TURNS], shown, step, observe, chances, discount=0.95)


def aloha(stations: int = 10) -> SparsePOMDP:
    """Slotted ALOHA (Cassandra 1998): how eagerly should messages be sent where senders cannot hear each other?

    In each slot, all messages that wait are sent with the probability of the action, 1, 1 / 2, 1 / 3 and so on; one
    alone gets through. What is seen is whether the slot was idle, used or a collision. As many new ones come as a
    Poisson distribution of mean .9 says; more than `stations` - 1 never wait. The state is how many wait, and what the
    last slot was: 30 states with ten. A slot returns `stations` - 1 less those that wait at its begin. The entries are
    those of the file aloha.10, before it rounds them to 6 decimals.

    Args:
        stations: 2 or more; the actions are one fewer.
    """
    slots = ("idle", "used", "collision")
    most = stations - 1
    states = [(waiting, slot) for waiting in range(stations) for slot in slots]
    come = [math.exp(-0.9) * 0.9**k / math.factorial(k) for k in range(stations)]

    def step(state: Any, action: int) -> list[tuple[float, Any, float]]:
        n, send = state[0], 1 / action
        none, one = (1 - send) ** n, n * send * (1 - send) ** (n - 1) if n else 0.0
        found = []
        for p, slot in ((none, "idle"), (one, "used"), (1 - none - one if n > 1 else 0.0, "collision")):
            left = n - (slot == "used")
            counts = [*come[: most - left], 1 - sum(come[: most - left])]
            found += [(p * q, (left + k, slot), float(most - n)) for k, q in enumerate(counts)]
        return [row for row in found if row[0] > 0]

    def observe(action: int, state: Any) -> list[tuple[float, str]]:
        return [(1.0, state[1])]

    return SparsePOMDP.from_functions(states, range(1, stations), slots, step, observe, states[0], discount=0.999)
