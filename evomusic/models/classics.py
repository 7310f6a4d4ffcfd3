"""POMDPs of the literature, built from their descriptions: large ones, as benchmarks of planners."""

from __future__ import annotations

from typing import Any

from evomusic.models.sparse_pomdp import SparsePOMDP

COMPASS = {"north": (0, 1), "south": (0, -1), "east": (1, 0), "west": (-1, 0)}
TAG_CELLS = [(x, y) for y in (0, 1) for x in range(10)] + [(x, y) for y in (2, 3, 4) for x in (5, 6, 7)]


def tag() -> SparsePOMDP:
    """TagAvoid (Pineau, Gordon & Thrun 2003): a robot looks for a person who runs away; 870 states.

    The robot sees its own cell, and the person only in the same cell. A step returns -1, a right `tag` +10, a wrong one
    -10. The person runs from the robot along each axis with probability .4 (.2 either way where they are level on it),
    stays with .2, and stays too where a wall is in the way.
    """
    cells = TAG_CELLS
    inside = set(cells)
    states = [(robot, person) for robot in cells for person in [*cells, None]]

    def runs(robot: Any, person: Any) -> dict[Any, float]:
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
        if person is None:
            return [(1.0, state, 0.0)]
        if action == "tag" and robot == person:
            return [(1.0, (robot, None), 10.0)]
        moved, reward = robot, -10.0
        if action != "tag":
            x, y = COMPASS[action]
            moved, reward = (robot[0] + x, robot[1] + y), -1.0
            moved = moved if moved in inside else robot
        return [(p, (moved, to), reward) for to, p in runs(robot, person).items()]

    def observe(action: str, state: Any) -> list[tuple[float, Any]]:
        return [(1.0, "person" if state[0] == state[1] else state[0])]

    start = dict.fromkeys([(r, p) for r in cells for p in cells], 1 / len(cells) ** 2)
    return SparsePOMDP.from_functions(
        states, [*COMPASS, "tag"], [*cells, "person"], step, observe, start, discount=0.95
    )


ROCKS = {4: [(3, 1), (2, 1), (1, 3), (1, 0)], 7: [(2, 0), (0, 1), (3, 1), (6, 3), (2, 4), (3, 4), (5, 5), (1, 6)]}


def rock_sample(size: int = 4, rocks: Any = None, start: Any = None) -> SparsePOMDP:
    """RockSample (Smith & Simmons 2004): a rover that knows its cell, and rocks that are good or bad; an exit east.

    A rock is good with probability .5. To sample a good one returns 10 and makes it bad, a bad one -10; the exit 10. A
    sensor tells the truth of a rock with probability (1 + 2^(-distance / 20)) / 2.
    """
    rocks = ROCKS[size] if rocks is None else rocks
    begin = (0, size // 2) if start is None else start
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
            return [(1.0, (to, kind) if min(to) >= 0 and to[1] < size else state, 0.0)]
        if action == "sample" and (x, y) in rocks:
            i = rocks.index((x, y))
            return [(1.0, ((x, y), (*kind[:i], False, *kind[i + 1 :])), 10.0 if kind[i] else -10.0)]
        return [(1.0, state, 0.0)]

    def observe(action: Any, state: Any) -> list[tuple[float, Any]]:
        if action in (*COMPASS, "sample") or state == "exit":
            return [(1.0, "bad")]
        (x, y), kind = state
        away = ((x - rocks[action][0]) ** 2 + (y - rocks[action][1]) ** 2) ** 0.5
        right = (1 + 2 ** (-away / 20)) / 2
        good = right if kind[action] else 1 - right
        return [(p, o) for p, o in ((good, "good"), (1 - good, "bad")) if p > 0]

    chances = dict.fromkeys([(begin, kind) for kind in kinds], 1 / len(kinds))
    return SparsePOMDP.from_functions(
        [*states, "exit"], actions, ["bad", "good"], step, observe, chances, discount=0.95
    )


HALLWAY = ("...........", "##1#2#3#G##")
HALLWAY2 = ("#.....#", "..#.#..", "#.#.#.#", "..#.#.G", "#.....#")
WAYS = ((0, -1), (1, 0), (0, 1), (-1, 0))  # north, east, south, west
TURNS = {"forward": 0, "right": 1, "around": 2, "left": 3}


def hallway(plan: Any = HALLWAY) -> SparsePOMDP:
    """A robot in an office (after Littman, Cassandra & Kaelbling 1995): 60 states, or 92 with `plan=HALLWAY2`.

    A state is a cell and a heading. A turn succeeds with probability .7, and with .1 each the robot stays or ends on
    another heading; `forward` moves it with .8, and with .05 each it stays or turns, unless a wall is in the way. The
    robot sees, for each side, a wall that is there with .9 and one that is not with .05; in `G` it sees the goal, and
    in a numbered cell, headed south, the number. To reach the goal returns 1, and any other place is next. The plan and
    the noise are in the manner of the paper, not its figures.

    Args:
        plan: rows of cells: `#` walls, `G` the goal, digits landmarks.
    """
    marks = {(x, y): c for y, row in enumerate(plan) for x, c in enumerate(row) if c != "#"}
    states = [(cell, way) for cell in marks for way in range(4)]
    away = [state for state in states if marks[state[0]] != "G"]

    def ahead(cell: Any, way: int) -> Any:
        to = (cell[0] + WAYS[way][0], cell[1] + WAYS[way][1])
        return to if to in marks else None

    def moves(state: Any, action: str) -> list[tuple[float, Any]]:
        cell, way = state
        if action == "stay":
            return [(1.0, state)]
        if action == "forward":
            turned = [(0.05, (cell, (way + turn) % 4)) for turn in range(4)]
            return [(0.8, (ahead(cell, way) or cell, way)), *turned]
        wanted = TURNS[action]
        return [(0.7 if turn == wanted else 0.1, (cell, (way + turn) % 4)) for turn in range(4)]

    def step(state: Any, action: str) -> list[tuple[float, Any, float]]:
        if marks[state[0]] == "G":
            return [(1 / len(away), to, 0.0) for to in away]
        return [(p, to, float(marks[to[0]] == "G")) for p, to in moves(state, action)]

    def observe(action: str, state: Any) -> list[tuple[float, Any]]:
        cell, way = state
        if marks[cell] == "G" or (marks[cell] != "." and way == 2):
            return [(1.0, marks[cell])]
        seen = [(1.0, "")]
        for turn in range(4):
            wall = 0.05 if ahead(cell, (way + turn) % 4) else 0.9
            seen = [(p * q, walls + c) for p, walls in seen for q, c in ((wall, "w"), (1 - wall, "-"))]
        return seen

    shown = sorted({o for state in states for _, o in observe("stay", state)} | {c for c in marks.values() if c != "."})
    chances = dict.fromkeys(away, 1 / len(away))
    return SparsePOMDP.from_functions(states, ["stay", *TURNS], shown, step, observe, chances, discount=0.95)


def aloha(stations: int = 10) -> SparsePOMDP:
    """Slotted ALOHA (in the manner of Cassandra 1998): how eagerly should stations send that cannot hear each other?

    In each slot, all that wait send with the probability of the action, 1 / 2, 1 / 3 and so on; one alone gets
    through, and returns 1. What is seen is whether the slot was idle, used or a collision. A message arrives in a slot
    with probability .3. The state is how many wait, 0 to `stations` - 1, and what the last slot was: 30 states with
    ten. The law of arrivals is this project's own.

    Args:
        stations: 2 or more; the actions are one fewer.
    """
    slots = ("idle", "used", "collision")
    states = [(waiting, slot) for waiting in range(stations) for slot in slots]

    def step(state: Any, action: int) -> list[tuple[float, Any, float]]:
        n, send = state[0], 1 / action
        none, one = (1 - send) ** n, n * send * (1 - send) ** (n - 1) if n else 0.0
        found = []
        for p, slot in ((none, "idle"), (one, "used"), (max(0.0, 1 - none - one), "collision")):
            for q, new in ((0.3, 1), (0.7, 0)):
                left = min(n - (slot == "used") + new, stations - 1)
                found.append((p * q, (left, slot), float(slot == "used")))
        return [row for row in found if row[0] > 0]

    def observe(action: int, state: Any) -> list[tuple[float, str]]:
        return [(1.0, state[1])]

    chances = dict.fromkeys([(n, "idle") for n in range(stations)], 1 / stations)
    return SparsePOMDP.from_functions(states, range(2, stations + 1), slots, step, observe, chances, discount=0.999)
