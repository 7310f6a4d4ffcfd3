"""Expressions: trees of the user's own functions, the genome of genetic programming (Koza 1992).

A tree is a row of whole numbers, its nodes in prefix order and -1 after the last. A node's number is that of its
symbol times 2^32; a constant has the bits of its value, a float32, in the lower half.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import instance, number, probability, shown, whole, wrong
from evomusic.core.rows import Rows
from evomusic.core.theory import nearest
from evomusic.encodings.base import assign
from evomusic.encodings.genotypes.growth import depth_of, grow_population, room, sizes_of, vary_trees

Rows_ = NDArray[np.int64]
Functions = Mapping[str, Callable[..., Any]] | Sequence[Callable[..., Any]] | tuple[tuple[str, Callable[..., Any]], ...]
WORD = re.compile(r"[^\s(),]+")
MOST_NODES = 10_000


@dataclass(frozen=True, eq=False)
class Expression:
    """A tree of functions, variables and constants, which is called with the values of its variables.

    Args:
        nodes: (N,) int64 in prefix order.
        symbols: of the genotype.

    >>> import numpy as np
    >>> trees = Expressions({"add": np.add, "mul": np.multiply}, variables=("x",))
    >>> tree = trees.solution(trees.parse("add(x, mul(x, x))"))
    >>> tree(3), tree.size, tree.depth
    (np.int64(12), 5, 2)
    """

    nodes: Rows_ = field(repr=False)
    symbols: Symbols = field(repr=False)

    def __call__(self, *values: Any) -> Any:
        """The value of the tree, for a value of each variable."""
        if len(values) != len(self.symbols.variables):
            raise TypeError(f"an expression of {self.symbols.variables} was called with {len(values)} values")
        stack: list[Any] = []
        for call, arity, value in self._steps:
            if arity > 0:
                stack.append(call(*[stack.pop() for _ in range(arity)]))
            elif arity == 0:
                stack.append(value)
            else:
                stack.append(values[value])
        return stack[0]

    @cached_property
    def _steps(self) -> list[tuple[Any, int, Any]]:
        """Function, arity and value of each node, the last first; the arity of a variable is -1, its value a place."""
        return [self.symbols.step(node) for node in self.nodes[::-1].tolist()]

    @property
    def size(self) -> int:
        """Number of nodes."""
        return len(self.nodes)

    @property
    def depth(self) -> int:
        """Edges from the root to the deepest node."""
        return int(depth_of(self.nodes, self.size, self.symbols.arities, np.empty(self.size + 1, np.int64)))

    def __str__(self) -> str:
        stack: list[str] = []
        for node in self.nodes[::-1].tolist():
            arity = self.symbols.arity(node >> 32)
            inner = ", ".join(stack.pop() for _ in range(arity))
            stack.append(f"{self.symbols.word(node)}({inner})" if arity else self.symbols.word(node))
        return stack[0]

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """The tree in a notebook, and its text."""
        return import_module("evomusic.report.trees").expression_html(self)  # by name: it stands on a higher floor


@dataclass(frozen=True, eq=False)
class Symbols:
    """The symbols of expressions, numbered: functions with their arities, variables, fixed terminals, constants."""

    functions: tuple[tuple[str, Any], ...]
    variables: tuple[str, ...]
    terminals: tuple[tuple[str, Any], ...]
    constants: bool

    @cached_property
    def arities(self) -> NDArray[np.int64]:
        """Arity of each symbol: functions first, then what has none."""
        none = len(self.variables) + len(self.terminals) + self.constants
        return np.array([arity_of(name, call) for name, call in self.functions] + [0] * none, np.int64)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Name of each symbol but constants."""
        return tuple([name for name, _ in self.functions] + [*self.variables] + [name for name, _ in self.terminals])

    @cached_property
    def _arities(self) -> list[int]:
        return self.arities.tolist()

    def arity(self, symbol: int) -> int:
        """Arity of a symbol."""
        return self._arities[symbol]

    def step(self, node: int) -> tuple[Any, int, Any]:
        """Function, arity and value of a node; the arity of a variable is -1."""
        symbol, first = node >> 32, len(self.functions)
        if symbol < first:
            return self.functions[symbol][1], self._arities[symbol], None
        if symbol < first + len(self.variables):
            return None, -1, symbol - first
        if symbol < len(self.names):
            return None, 0, self.terminals[symbol - first - len(self.variables)][1]
        return None, 0, constant_of(node)

    def word(self, node: int) -> str:
        """A node without its arguments, as text."""
        symbol = node >> 32
        return self.names[symbol] if symbol < len(self.names) else repr(constant_of(node))

    def node(self, word: str) -> int:
        """The node of a word.

        Raises:
            ValueError: it is neither a symbol nor a number where there are constants.
        """
        if word in self.names:
            return self.names.index(word) << 32
        try:
            if not self.constants:
                raise ValueError
            return len(self.names) << 32 | int(np.array(float(word), np.float32).view(np.uint32))
        except ValueError:
            near = nearest(word, self.names)
            raise ValueError(f"{word!r} is no symbol, expected one of {', '.join(self.names)}{near}") from None


def constant_of(node: int) -> float:
    """The value of a constant's node."""
    return float(np.uint32(node & 0xFFFFFFFF).view(np.float32))


def arity_of(name: str, call: Any) -> int:
    """Number of arguments of a function.

    Raises:
        ValueError: it has none, or an unknown number.
    """
    if isinstance(call, np.ufunc):
        return call.nin
    try:
        parameters = inspect.signature(call).parameters.values()
    except (TypeError, ValueError):
        raise ValueError(f"functions[{name!r}] has unknown arguments, expected named ones, as of a lambda") from None
    needed = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty]
    if not needed or any(p.kind is p.VAR_POSITIONAL for p in parameters):
        raise ValueError(f"functions[{name!r}] has {len(needed)} arguments, expected a fixed number of one or more")
    return len(needed)


@dataclass(frozen=True)
class Expressions:
    """Trees of the user's own functions, with Koza's operators (1992).

    Offspring: pairs of parents exchange subtrees, chosen among functions with probability .9; then a subtree is
    replaced by a new one. Offspring too deep or too large are replaced by their parents.

    Args:
        functions: Python functions of a fixed number of arguments, by name, or a list of functions with names. They
            must be defined for all values: `div` has to be protected.
        variables: names of the arguments with which expressions are called.
        terminals: further leaves by name: any Python values.
        constants: least and greatest of random constants (Koza's ephemeral ones), uniform; none when None.
        start: least and greatest depth of the first trees, half of them full, half grown (ramped half and half): these
            draw from all symbols from the least depth on.
        depth: greatest depth of any tree, in edges.
        nodes: greatest number of nodes of any tree.
        crossover_rate: probability that a pair exchanges subtrees.
        mutation_rate: probability that a subtree is replaced.
        mutation_depth: greatest depth of the new subtree.

    Raises:
        ValueError: an argument is of the wrong type or out of range, a name is there twice, or there is no leaf.
    """

    steps: ClassVar[int] = 1  # the price of a solution

    functions: Functions
    variables: Sequence[str] = ()
    terminals: Mapping[str, Any] | tuple[tuple[str, Any], ...] = ()
    constants: tuple[float, float] | None = None
    start: tuple[int, int] = (2, 6)
    depth: int = 17
    nodes: int = 500
    crossover_rate: float = 0.9
    mutation_rate: float = 0.05
    mutation_depth: int = 4

    def __post_init__(self) -> None:
        functions = _named("functions", self.functions)
        for name, call in functions:
            if not callable(call):
                raise wrong(f"functions[{name!r}]", call, "a Python function")
            arity_of(name, call)
        variables = instance("variables", self.variables, (tuple, list), "a list of names, such as ['x']")
        low, high = _pair("start", self.start, "depths")
        assign(
            self,
            functions=functions,
            variables=tuple(instance(f"variables[{i}]", v, str, "a name") for i, v in enumerate(variables)),
            terminals=_named("terminals", self.terminals),
            depth=whole("depth", self.depth, 1, 100),
            nodes=whole("nodes", self.nodes, 1, MOST_NODES),
            crossover_rate=probability("crossover_rate", self.crossover_rate),
            mutation_rate=probability("mutation_rate", self.mutation_rate),
            mutation_depth=whole("mutation_depth", self.mutation_depth, 0, 100),
            start=(whole("start[0]", low, 0, self.depth), whole("start[1]", high, low, self.depth)),
        )
        if self.constants is not None:
            least, most = _pair("constants", self.constants, "numbers")
            assign(self, constants=(float(number("constants[0]", least)), float(number("constants[1]", most, least))))
        names = self.symbols.names
        if not functions:
            raise wrong("functions", self.functions, "one function or more")
        if len(set(names)) < len(names) or not all(WORD.fullmatch(name) for name in names):
            raise wrong("names of symbols", names, "different names without spaces or brackets")
        if len(names) == len(functions) and self.constants is None:
            raise wrong("variables", self.variables, "a variable, a terminal or constants: trees need leaves")

    @cached_property
    def symbols(self) -> Symbols:
        """Functions, variables, terminals and constants, numbered."""
        return Symbols(self.functions, self.variables, self.terminals, self.constants is not None)  # type: ignore[arg-type]

    @property
    def rows(self) -> Rows:
        """Trees (P, `nodes`) int64 in prefix order."""
        symbols = len(self.symbols.arities)
        return Rows(self.nodes, np.dtype(np.int64), -1, (symbols << 32) - 1, "node")

    @property
    def about(self) -> str:
        """Trees in words."""
        return f"expressions of {', '.join(self.symbols.names)}{' and constants' if self.constants else ''}"

    def sample(self, task: Any, rng: np.random.Generator, n: int) -> Rows_:
        """Trees (n, `nodes`), ramped half and half."""
        rows = np.full((n, self.nodes), -1, np.int64)
        grow_population(rows, *self._grammar, *self.start, room(self.nodes), rng)
        return rows

    def vary(self, task: Any, genomes: Rows_, rng: np.random.Generator) -> Rows_:
        """Offspring of trees, one per tree."""
        children = np.array(genomes, np.int64, order="C")
        rates = self.crossover_rate, self.mutation_rate
        vary_trees(children, *self._grammar, *rates, self.mutation_depth, self.depth, room(self.nodes), rng)
        return children

    @cached_property
    def _grammar(self) -> tuple[NDArray[np.int64], int, int, float, float]:
        """Arities, number of functions, number of the constant (-1 for none), and its bounds: arguments of kernels."""
        low, high = self.constants or (0.0, 0.0)
        place = len(self.symbols.names) if self.constants else -1
        return self.symbols.arities, len(self.functions), place, low, high

    def decode(self, task: Any, genomes: Rows_) -> Rows_:
        """Solutions: the trees themselves."""
        return genomes

    def encode(self, task: Any, melodies: Rows_) -> Rows_:
        """Genomes of trees: a copy."""
        return np.array(melodies, np.int64)

    def size(self, genomes: Rows_) -> NDArray[np.int64]:
        """Number of nodes (P,) of trees."""
        return sizes_of(genomes)

    def solution(self, row: Rows_) -> Expression:
        """The tree of a row."""
        return Expression(row[: int((row >= 0).sum())], self.symbols)

    def solutions(self, rows: Rows_) -> list[Expression]:
        """The trees of rows."""
        return [self.solution(row) for row in rows]

    def text(self, row: Rows_) -> str:
        """A tree as text, such as `add(x, mul(x, x))`."""
        return str(self.solution(row))

    def parse(self, text: str) -> Rows_:
        """The row of a text such as `add(x, mul(x, x))`.

        Raises:
            ValueError: a word is no symbol, or the words make no tree of at most `nodes` nodes.
        """
        words = WORD.findall(instance("text", text, str, "the text of an expression"))
        nodes = [self.symbols.node(word) for word in words]
        open_places = 1
        for i, node in enumerate(nodes):
            open_places += self.symbols.arity(node >> 32) - 1
            if open_places == 0 and i < len(nodes) - 1:
                break
        if open_places or i < len(nodes) - 1 or len(nodes) > self.nodes:
            raise ValueError(f"text is {shown(text)}, expected one expression of at most {self.nodes} nodes")
        row = np.full(self.nodes, -1, np.int64)
        row[: len(nodes)] = nodes
        return row


def _named(name: str, things: Any) -> tuple[tuple[str, Any], ...]:
    """Things by name as pairs; functions in a list have their own names."""
    expected = "a dict by name" + (", or a list of functions" if name == "functions" else "")
    if isinstance(things, Mapping):
        return tuple((instance(f"a name of {name}", k, str, "a text"), v) for k, v in things.items())
    if not isinstance(things, (tuple, list)):
        raise wrong(name, things, expected)
    pairs = [thing if isinstance(thing, tuple) else (getattr(thing, "__name__", None), thing) for thing in things]
    if not all(len(pair) == 2 and isinstance(pair[0], str) for pair in pairs):
        raise wrong(name, things, expected)
    return tuple(pairs)


def _pair(name: str, value: Any, what: str) -> tuple[Any, Any]:
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise wrong(name, value, f"two {what}, the least first")
    return value[0], value[1]
