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
