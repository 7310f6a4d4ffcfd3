"""Grammar: an indirect (developmental) encoding, in which rewriting rules grow into a melody."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import instance, probability, whole
from evomusic.core.space import Choice, Range, Space
from evomusic.core.task import Task
from evomusic.core.theory import nearest
from evomusic.encodings.base import Weights, assign, cumulative_weights, operator_weights
from evomusic.encodings.grammar import growth, operators
from evomusic.encodings.grammar.growth import LETTER, MOST, Genomes
from evomusic.encodings.grammar.operators import takes_argument

WORDS = ("", "note", "up", "down", "longer", "shorter", "rest", "echo", "[", "]")  # by symbol
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MUTATIONS = tuple((name, 1.0) for name in operators.MUTATIONS)
LARGEST = 2**16  # symbols of a text, and of a body
MOST_STEPS = 10_000  # developmental steps
_SYMBOL = re.compile(r"(\w+|\[|\])(?:\(([^()]*)\))?")
_NUMBER = re.compile(r"(x)?([+-]?\d{1,9})?")
_RULE = re.compile(r"(?:axiom|([A-Z])\(x\)(?: if x > (-?\d{1,9}))?) ->(.*)")


@dataclass(frozen=True, kw_only=True)
class Grammar:
    """The genome is a parametric, branching L-system (Lindenmayer 1968; Prusinkiewicz & Lindenmayer 1990).

    In each developmental step every letter A(x) of the text is replaced by one of its two bodies: the first if x is
    above the letter's guard, else the second. The text is then read from left to right, as a turtle reads a plant, with
    a current degree and duration: `note` sounds them, and so does a letter that was not rewritten; `up(k)` and
    `down(k)` move the degree by k pitches of the grid and turn back at its ends; `longer` and `shorter` change the
    duration; `rest` is silent for it; `echo(k)` repeats the last k notes from the current degree on; `[` and `]` push
    degree and duration on a stack and pop them. The melody begins in the middle of the grid with notes of a beat;
    steps that the text does not fill are rests. Morphogenetic programming grows programs and networks in this way
    (Kodjabachian & Meyer 1995).

    Args:
        letters: number of symbols that are rewritten, 1 to 26.
        width: greatest number of symbols in a body.
        steps: developmental steps.
        limit: greatest number of symbols in a text; a longer one is cut.
        crossover_rate: probability that a pair exchanges rules, or ends of a body.
        mutations: weight by mutation (symbol, insert, delete, argument, guard, exchange, copy), or one name.
        mutation_rate: probability that an offspring is mutated, by one mutation.

    Raises:
        ValueError: a number is out of range, or a mutation is unknown.
    """

    space: ClassVar[Space] = {
        "crossover_rate": Range(0.0, 1.0),
        "mutation_rate": Range(0.05, 1.0),
        "width": Choice(4, 8, 12),
    }

    letters: int = 4
    width: int = 8
    steps: int = 5
    limit: int = 512
    crossover_rate: float = 0.7
    mutations: Weights = MUTATIONS
    mutation_rate: float = 0.5

    def __post_init__(self) -> None:
        assign(
            self,
            letters=whole("letters", self.letters, 1, len(LETTERS)),
            width=whole("width", self.width, 1, LARGEST),
            steps=whole("steps", self.steps, 0, MOST_STEPS),
            limit=whole("limit", self.limit, 1, LARGEST),
            crossover_rate=probability("crossover_rate", self.crossover_rate),
            mutations=operator_weights("mutations", self.mutations, operators.MUTATIONS),
            mutation_rate=probability("mutation_rate", self.mutation_rate),
        )

    def sample(self, task: Task, rng: np.random.Generator, n: int) -> Genomes:
        """Random sets of rules, n of them."""
        genomes = self._empty(n)
        operators.sample(genomes, rng)
        return genomes

    def vary(self, task: Task, genomes: Genomes, rng: np.random.Generator) -> Genomes:
        """Offspring of sets of rules, one per set."""
        children = _copied(genomes)
        weights = cumulative_weights(self.mutations, operators.MUTATIONS)
        operators.vary(children, self.crossover_rate, weights, self.mutation_rate, rng)
        return children

    def decode(self, task: Task, genomes: Genomes) -> NDArray[np.uint8]:
        """Melodies (P, T) that rules grow into."""
        return growth.melodies_of(_copied(genomes), self.steps, self.limit, task.grid)

    def encode(self, task: Task, melodies: NDArray[np.uint8]) -> Genomes:
        """Not possible.

        Raises:
            ValueError: always.
        """
        raise ValueError("Grammar cannot turn melodies back into rules; begin with samples")

    def develop(self, genomes: Genomes, index: int = 0) -> list[str]:
        """The text of one genome before and after each developmental step, `steps` + 1 in all.

        Raises:
            ValueError: there is no genome of that index.
        """
        index = whole("index", index, -len(genomes.guards), len(genomes.guards) - 1)
        rules = tuple(np.ascontiguousarray(part[index]) for part in genomes)
        texts, found = np.empty((4, self.limit), np.int64), []
        for steps in range(self.steps + 1):
            n = growth.grow(*rules, steps, texts)
            text, values = texts[:2, :n].tolist()
            found.append(" ".join(_word(c, str(x)) for c, x in zip(text, values, strict=True)))
        return found

    def text(self, genomes: Genomes, index: int = 0) -> str:
        """The rules of one genome, a line each, which `parse` reads back.

        Raises:
            ValueError: there is no genome of that index.
        """
        index = whole("index", index, -len(genomes.guards), len(genomes.guards) - 1)
        symbols, arguments, relative, guards = (part[index].tolist() for part in genomes)
        lines = []
        for r in (2 * self.letters, *range(2 * self.letters)):
            kinds = [c % (LETTER + self.letters) for c in symbols[r]]
            end = kinds.index(0) if 0 in kinds else len(kinds)
            cells = zip(kinds[:end], arguments[r], relative[r], strict=False)
            body = " ".join(_word(c, _number(k, bool(added))) for c, k, added in cells)
            v, otherwise = divmod(r, 2)
            guard = "" if otherwise else f" if x > {guards[v]}" if v < self.letters else ""
            head = "axiom" if r == 2 * self.letters else f"{LETTERS[v]}(x){guard}"
            lines.append(f"{head} -> {body}".rstrip())
        return "\n".join(lines)

    def parse(self, *texts: str) -> Genomes:
        """Genomes of texts, one each: an axiom and two rules per letter, in any order; missing rules are empty.

        Raises:
            ValueError: a text is no str, a line is no rule, a symbol is unknown, or a body is too long.
        """
        genomes = self._empty(len(texts))
        for i, text in enumerate(texts):
            for line in filter(None, map(str.strip, instance("text", text, str, "rules as text").splitlines())):
                row, guard, body = self._head(line)
                if guard is not None:
                    genomes.guards[i, row // 2] = guard
                for j, (c, k, added) in enumerate(body):
                    genomes.symbols[i, row, j], genomes.arguments[i, row, j], genomes.relative[i, row, j] = c, k, added
        return genomes

    def _head(self, line: str) -> tuple[int, int | None, list[tuple[int, int, int]]]:
        """The row, guard and body of a line of text."""
        match = _RULE.fullmatch(line)
        if match is None:
            raise ValueError(f"{line!r} is no rule, expected 'axiom -> ...', 'A(x) if x > 2 -> ...' or 'A(x) -> ...'")
        letter, guard, rest = match.groups()
        row = 2 * self.letters if letter is None else 2 * LETTERS.index(letter) + (guard is None)
        if letter is not None and LETTERS.index(letter) >= self.letters:
            raise ValueError(f"{line!r} is for a letter beyond {LETTERS[self.letters - 1]}, the last of this grammar")
        words = rest.split()
        if len(words) > self.width:
            raise ValueError(f"{line!r} has {len(words)} symbols, expected at most {self.width}")
        if guard is not None and not -128 <= int(guard) <= 127:
            raise ValueError(f"{line!r} has the guard {guard}, expected -128 to 127")
        return row, None if guard is None else int(guard), [self._symbol(word) for word in words]

    def _symbol(self, word: str) -> tuple[int, int, int]:
        """The symbol of a word, its argument, and whether that is added to x."""
        match, symbols = _SYMBOL.fullmatch(word), [*WORDS[1:], *LETTERS[: self.letters]]
        if match is None or match[1] not in symbols:
            near = nearest(match[1] if match else word, symbols)
            raise ValueError(f"{word!r} is no symbol, expected one of {' '.join(symbols)}{near}")
        c = 1 + symbols.index(match[1])
        if not takes_argument(c):
            if match[2] is not None:
                raise ValueError(f"{word!r} has a number, expected {match[1]!r} alone")
            return c, 0, 0
        number = _NUMBER.fullmatch(match[2] or "")
        if not match[2] or number is None or not -128 <= int(number[2] or 0) <= 127:
            raise ValueError(f"{word!r} has no number it can read, expected such as {match[1]}(2) or {match[1]}(x-1)")
        return c, int(number[2] or 0), int(number[1] is not None)

    def _empty(self, n: int) -> Genomes:
        shape = (n, 2 * self.letters + 1, self.width)
        cells = np.zeros(shape, np.uint8), np.zeros(shape, np.int8), np.zeros(shape, np.uint8)
        return Genomes(*cells, np.full((n, self.letters), MOST, np.int8))


def _copied(genomes: Genomes) -> Genomes:
    """A copy of rules in the memory layout for which kernels are compiled."""
    cells = np.array(genomes.symbols, np.uint8, order="C"), np.array(genomes.arguments, np.int8, order="C")
    return Genomes(
        *cells, np.array(genomes.relative, np.uint8, order="C"), np.array(genomes.guards, np.int8, order="C")
    )


def _word(c: int, number: str) -> str:
    """A symbol as text, with its argument if it has one."""
    name = WORDS[c] if c < LETTER else LETTERS[c - LETTER]
    return f"{name}({number})" if takes_argument(c) else name


def _number(k: int, added: bool) -> str:
    """An argument as text: 2, x, x+2 or x-2."""
    return (f"x{k:+d}" if k else "x") if added else str(k)
