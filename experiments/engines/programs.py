"""Problems of programs from Koza (1992): quartic regression, even parity, and the ant on the Santa Fe trail.

Trees of functions of one's own: of arrays, of whole truth tables as the bits of a number, and of actions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import evomusic as em

POINTS = np.linspace(-1.0, 1.0, 20)
WORST = 1e6  # of the error at a point
HIT = 0.01  # error at a point below which Koza counts it as hit
MOVES = 600  # of the ant, as in Langdon & Poli (1998): Koza's own best program needs 545
TRAIL = """
.###............................
...#............................
...#.....................###....
...#....................#....#..
...#....................#....#..
...####.#####........##.........
............#................#..
............#.......#...........
............#.......#........#..
............#.......#...........
....................#...........
............#................#..
............#...................
............#.......#.....###...
............#.......#..#........
.................#..............
................................
............#...........#.......
............#...#..........#....
............#...#...............
............#...#...............
............#...#.........#.....
............#..........#........
............#...................
...##..#####....#...............
.#..............#...............
.#..............#...............
.#......#######.................
.#.....#........................
.......#........................
..####..........................
................................
"""


def div(a: Any, b: Any) -> Any:
    """Protected division: 1 where the divisor is 0."""
    return np.where(b == 0, 1.0, a / np.where(b == 0, 1.0, b))


def rlog(a: Any) -> Any:
    """Protected logarithm: 0 where the argument is 0."""
    return np.where(a == 0, 0.0, np.log(np.abs(np.where(a == 0, 1.0, a))))


@dataclass(frozen=True)
class Errors:
    """Minus the sum of the absolute errors of a tree at points of the quartic; 0 where none reaches `least`."""

    points: tuple[float, ...] = tuple(POINTS.tolist())
    least: float = HIT

    def __call__(self, tree: Callable[[Any], Any]) -> float:
        x = np.array(self.points)
        with np.errstate(all="ignore"):
            off = np.minimum(np.nan_to_num(np.abs(tree(x) - (x**4 + x**3 + x**2 + x)), nan=WORST), WORST)
        return 0.0 if (off < self.least).all() else -float(np.sum(off))


def quartic(nodes: int = 500, points: NDArray[np.float64] = POINTS, least: float = HIT) -> em.Problem:
    """Koza's x^4 + x^3 + x^2 + x, with his eight functions and no constants; errors below `least` solve it."""
    functions = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": div}
    functions |= {"sin": np.sin, "cos": np.cos, "exp": np.exp, "rlog": rlog}
    trees = em.Expressions(functions, variables=("x",), nodes=nodes, mutation_rate=0.0)
    return em.Problem(trees, Errors(tuple(points.tolist()), least), name="quartic", maximum=0.0)


@dataclass(frozen=True)
class Parity:
    """Rows of the truth table of even parity that a tree gets right; a table is the bits of a whole number."""

    inputs: int = 3

    def __post_init__(self) -> None:
        rows = range(2**self.inputs)
        object.__setattr__(self, "_columns", [sum((r >> i & 1) << r for r in rows) for i in range(self.inputs)])
        object.__setattr__(self, "_wanted", sum((r.bit_count() % 2 == 0) << r for r in rows))

    def __call__(self, tree: Callable[..., int]) -> int:
        wrong = (tree(*self._columns) ^ self._wanted) & (1 << 2**self.inputs) - 1  # type: ignore[attr-defined]
        return 2**self.inputs - wrong.bit_count()


def and_(a: int, b: int) -> int:
    """Conjunction, bit by bit."""
    return a & b


def or_(a: int, b: int) -> int:
    """Disjunction, bit by bit."""
    return a | b


def nand(a: int, b: int) -> int:
    """Its complement; bits above the table are ignored."""
    return ~(a & b)


def nor(a: int, b: int) -> int:
    """Complement of the disjunction."""
    return ~(a | b)


def parity(inputs: int = 3, nodes: int = 500) -> em.Problem:
    """Even parity of some inputs by AND, OR, NAND and NOR."""
    functions = {"and": and_, "or": or_, "nand": nand, "nor": nor}
    trees = em.Expressions(functions, [f"d{i}" for i in range(inputs)], nodes=nodes, mutation_rate=0.0)
    return em.Problem(trees, Parity(inputs), name=f"even-{inputs}-parity", maximum=2**inputs)


FOOD = bytes(square == "#" for line in TRAIL.split() for square in line)  # 32 rows of 32 squares
SIDE, PIECES = 32, sum(FOOD)
HEADINGS = ((0, 1), (1, 0), (0, -1), (-1, 0))  # east, south, west, north
AHEAD = [
    [(row + down) % SIDE * SIDE + (column + right) % SIDE for row in range(SIDE) for column in range(SIDE)]
    for down, right in HEADINGS
]


class Ant:
    """An ant on a torus, which begins in a corner and looks east."""

    __slots__ = ("at", "eaten", "facing", "food", "moves")

    def __init__(self) -> None:
        self.food, self.at, self.facing = bytearray(FOOD), 0, 0
        self.moves, self.eaten = 0, 0

    def left(self) -> None:
        """Turn left."""
        self.moves += 1
        self.facing = (self.facing - 1) % 4

    def right(self) -> None:
        """Turn right."""
        self.moves += 1
        self.facing = (self.facing + 1) % 4

    def move(self) -> None:
        """Go one square ahead and eat what is there."""
        self.moves += 1
        self.at = AHEAD[self.facing][self.at]
        self.eaten += self.food[self.at]
        self.food[self.at] = 0


Action = Callable[[Ant], None]


def if_food_ahead(then: Action, other: Action) -> Action:
    """Do the one or the other."""
    return lambda ant: then(ant) if ant.food[AHEAD[ant.facing][ant.at]] else other(ant)


def both(first: Action, second: Action) -> Action:
    """Do one after the other: Koza's progn2."""

    def act(ant: Ant) -> None:
        if ant.moves < MOVES:
            first(ant)
        if ant.moves < MOVES:
            second(ant)

    return act


def three(first: Action, second: Action, third: Action) -> Action:
    """Do one after the other: Koza's progn3."""
    return both(first, both(second, third))


def eaten(tree: Callable[[], Action]) -> int:
    """Food that an ant eats in `MOVES` moves by a program that is done again and again."""
    ant, act = Ant(), tree()
    while ant.moves < MOVES and ant.eaten < PIECES:
        act(ant)
    return ant.eaten


def santa_fe(nodes: int = 100) -> em.Problem:
    """The Santa Fe trail: 89 pieces of food on 32 by 32 squares."""
    functions = {"if_food_ahead": if_food_ahead, "progn2": both, "progn3": three}
    actions = {"left": Ant.left, "right": Ant.right, "move": Ant.move}
    trees = em.Expressions(functions, terminals=actions, nodes=nodes, mutation_rate=0.05)
    return em.Problem(trees, eaten, name="Santa Fe ant", maximum=PIECES)
