"""Trees as text, such as `seq(0:2, transpose(+2, m1@0))`, which is read back, and as nodes and edges of a picture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple

from evomusic.core import theory
from evomusic.encodings.trees.language import FUNCTIONS, NAMED, PHRASE, Language

_TOKEN = re.compile(r"\s*([(),]|[^\s(),]+)")


def write(language: Language, nodes: Sequence[int]) -> str:
    """Text of a tree, from its words in prefix order."""
    texts: list[str] = []
    for node in reversed(nodes):
        name = language.names[node]
        parts = [texts.pop() for _ in FUNCTIONS.get(name, ())]
        texts.append(f"{name}({', '.join(parts)})" if parts else name)
    return texts.pop()


def parse(language: Language, text: str) -> list[int]:
    """Words of a text in prefix order.

    Raises:
        ValueError: a word is unknown, or an argument is missing, too many or of the wrong kind; says where.
    """
    tokens = [match for match in _TOKEN.finditer(text) if match[1]]
    nodes: list[int] = []
    at = _phrase(language, text, tokens, nodes)
    if at < len(tokens):
        raise _fault(text, tokens, at, "the end")
    return nodes


def check(language: Language, nodes: Sequence[int]) -> None:
    """Check that words in prefix order are one complete tree.

    Raises:
        ValueError: a word is unknown, missing, of the wrong kind or superfluous.
    """
    wanted = [PHRASE]
    for k, node in enumerate(nodes):
        if not 0 <= node < len(language.names) or not wanted or language.kind(node) != wanted[-1]:
            expected = NAMED[wanted[-1]] if wanted else "the end"
            raise ValueError(f"word {k} of a tree is {node}, expected {expected}, of {len(language.names)} words")
        wanted[-1:] = reversed(FUNCTIONS.get(language.names[node], ()))
    if wanted:
        raise ValueError(f"a tree ends after {len(nodes)} words, expected {NAMED[wanted[-1]]} yet")


def depth(nodes: Sequence[int]) -> int:
    """Depth of a complete tree, in edges; functions have the same symbols on every grid."""
    arity, depths = [len(arguments) for arguments in FUNCTIONS.values()], list[int]()
    for node in reversed(nodes):
        below = [depths.pop() for _ in range(arity[node] if node < len(arity) else 0)]
        depths.append(1 + max(below, default=-1))
    return depths.pop()


def _phrase(language: Language, text: str, tokens: list[re.Match[str]], nodes: list[int]) -> int:
    """Read one phrase from the beginning; return the number of tokens read."""
    wanted: list[int | str] = [PHRASE]
    at = 0
    while wanted:
        want = wanted.pop()
        word = tokens[at][1] if at < len(tokens) else "the end"
        if isinstance(want, str):
            if word != want:
                raise _fault(text, tokens, at, repr(want))
        else:
            nodes.append(_word(language, text, tokens, at, want))
            arguments = FUNCTIONS.get(word, ())
            for i, kind in enumerate(reversed(arguments)):
                wanted += [")" if i == 0 else ",", kind]
            wanted += ["("] if arguments else []
        at += 1
    return at


def _word(language: Language, text: str, tokens: list[re.Match[str]], at: int, want: int) -> int:
    """The symbol of the word at an index, which must be of a kind."""
    word = tokens[at][1] if at < len(tokens) else ""
    if not word or word in "(),":
        raise _fault(text, tokens, at, NAMED[want])
    if word not in language.numbers:
        near = theory.nearest(word, language.names)
        raise _fault(text, tokens, at, f"a word of the phrase language of this grid{near}")
    symbol = language.numbers[word]
    if language.kind(symbol) != want:
        raise _fault(text, tokens, at, NAMED[want])
    return symbol


def _fault(text: str, tokens: list[re.Match[str]], at: int, expected: str) -> ValueError:
    """The error for the token at an index of a text."""
    came, place = (repr(tokens[at][1]), tokens[at].start(1)) if at < len(tokens) else ("the end", len(text))
    hint, _, near = expected.partition("; ")
    return ValueError(f"tree text has {came} at character {place}, expected {hint}{'; ' + near if near else ''}")


class Drawing(NamedTuple):
    """Layout of a tree: labels and places (x, depth) of the nodes in prefix order; edges (parent, child)."""

    labels: tuple[str, ...]
    places: tuple[tuple[float, int], ...]
    edges: tuple[tuple[int, int], ...]

    def _repr_html_(self) -> str:
        """The tree in a notebook."""
        return import_module("evomusic.report.trees").drawing_html(self)  # by name: it stands on a higher floor


def draw(language: Language, nodes: Sequence[int]) -> Drawing:
    """Layout of a tree: leaves stand one unit apart, functions in the middle above their arguments."""
    labels = tuple(language.names[n] for n in nodes)
    depth, edges = [0] * len(nodes), list[tuple[int, int]]()
    waiting = list[list[int]]()
    for k, label in enumerate(labels):
        if waiting:
            edges.append((waiting[-1][0], k))
            depth[k] = depth[waiting[-1][0]] + 1
            waiting[-1][1] -= 1
        waiting.append([k, len(FUNCTIONS.get(label, ()))])
        while waiting and waiting[-1][1] == 0:
            waiting.pop()
    parents = {parent for parent, _ in edges}
    leaves = iter(range(len(nodes)))
    x = [0.0 if k in parents else float(next(leaves)) for k in range(len(nodes))]
    for k in sorted(parents, reverse=True):
        below = [x[child] for parent, child in edges if parent == k]
        x[k] = (below[0] + below[-1]) / 2
    return Drawing(labels, tuple(zip(x, depth, strict=True)), tuple(edges))
