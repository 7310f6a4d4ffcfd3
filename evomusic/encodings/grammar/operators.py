"""Random L-systems, and their crossover and mutation, compiled; all bodies stay within their L symbols."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from evomusic._jit import njit
from evomusic.encodings.grammar.growth import DOWN, ECHO, END, LETTER, MOST, UP

MUTATIONS: Final = ("symbol", "insert", "delete", "argument", "guard", "exchange", "copy")
SYMBOL, INSERT, DELETE, ARGUMENT, GUARD, EXCHANGE, COPY = range(7)
NEAR: Final = 3  # greatest number added to x or subtracted from it
ODDS = np.cumsum(np.array([3.0, 2.0, 2.0, 1.0, 1.0, 0.5, 1.0, 1.0, 1.0, 6.0]))  # of NOTE to POP, and of any letter


@njit(cache=True)
def takes_argument(c: Any) -> Any:
    """Whether a symbol has an argument."""
    return c in (UP, DOWN, ECHO) or c >= LETTER


@njit(cache=True)
def length_of(symbols: Any) -> Any:  # (L,)
    """Number of symbols of a body."""
    n = 0
    while n < len(symbols) and symbols[n] != END:
        n += 1
    return n


@njit(cache=True)
def draw_argument(symbols: Any, arguments: Any, relative: Any, at: Any, axiom: Any, rng: Any) -> Any:
    """Draw the argument of a symbol: 1 to 4, or x plus -3 to 3 (never in the axiom), evenly."""
    arguments[at], relative[at] = 0, 0
    if takes_argument(symbols[at]):
        relative[at] = 0 if axiom or rng.random() < 0.5 else 1
        u = rng.random()
        arguments[at] = int(u * (2 * NEAR + 1)) - NEAR if relative[at] else 1 + int(u * 4)


@njit(cache=True)
def draw_symbol(symbols: Any, arguments: Any, relative: Any, at: Any, letters: Any, axiom: Any, rng: Any) -> Any:
    """Draw the symbol of a place, and its argument."""
    u, c = rng.random() * ODDS[-1], 1
    while u >= ODDS[c - 1]:
        c += 1
    symbols[at] = c if c < LETTER else LETTER + int(rng.random() * letters)
    draw_argument(symbols, arguments, relative, at, axiom, rng)


@njit(cache=True)
def sample(genomes: Any, rng: Any) -> Any:
    """Fill genomes with random rules: bodies of 1 to L symbols, guards 0 to 9, an axiom that begins with a letter."""
    genomes.symbols[:] = END
    genomes.arguments[:] = 0
    genomes.relative[:] = 0
    count, bodies, width = genomes.symbols.shape
    letters = genomes.guards.shape[1]
    for i in range(count):
        for v in range(letters):
            genomes.guards[i, v] = int(rng.random() * (MOST + 1))
        for r in range(bodies):
            symbols, arguments, relative = genomes.symbols[i, r], genomes.arguments[i, r], genomes.relative[i, r]
            axiom = r == bodies - 1
            for j in range(1 + int(rng.random() * width)):
                draw_symbol(symbols, arguments, relative, j, letters, axiom, rng)
            if axiom:
                symbols[0] = LETTER + int(rng.random() * letters)
                draw_argument(symbols, arguments, relative, 0, axiom, rng)


@njit(cache=True)
def exchange(left: Any, right: Any) -> Any:
    """Swap the contents of two arrays."""
    copy = left.copy()
    left[:] = right
    right[:] = copy


@njit(cache=True)
def spliced(a: Any, b: Any, i: Any, j: Any, empty: Any) -> Any:  # bodies' cells (L,)
    """The first i cells of a, then those of b from j on, as far as there is room, then `empty`."""
    out = np.full_like(a, empty)
    out[:i] = a[:i]
    n = min(len(b) - j, len(a) - i)
    out[i : i + n] = b[j : j + n]
    return out


@njit(cache=True)
def cross(genomes: Any, i: Any, rng: Any) -> Any:
    """Cross genomes i - 1 and i, evenly by uniform crossover of rules or by one-point crossover of one body.

    The first swaps each letter's rules, and the axiom, with probability 1/2; the second swaps the ends of a body.
    """
    symbols, arguments, relative = genomes.symbols, genomes.arguments, genomes.relative
    bodies = symbols.shape[1]
    if rng.random() < 0.5:
        for v in range((bodies + 1) // 2):
            if rng.random() < 0.5:
                for r in range(2 * v, min(2 * v + 2, bodies)):
                    exchange(symbols[i - 1, r], symbols[i, r])
                    exchange(arguments[i - 1, r], arguments[i, r])
                    exchange(relative[i - 1, r], relative[i, r])
                if v < genomes.guards.shape[1]:
                    exchange(genomes.guards[i - 1, v : v + 1], genomes.guards[i, v : v + 1])
        return
    r = int(rng.random() * bodies)
    a = int(rng.random() * (length_of(symbols[i - 1, r]) + 1))
    b = int(rng.random() * (length_of(symbols[i, r]) + 1))
    for part in (symbols, relative):
        left, right = part[i - 1, r].copy(), part[i, r].copy()
        part[i - 1, r], part[i, r] = spliced(left, right, a, b, 0), spliced(right, left, b, a, 0)
    left_numbers, right_numbers = arguments[i - 1, r].copy(), arguments[i, r].copy()
    arguments[i - 1, r] = spliced(left_numbers, right_numbers, a, b, 0)
    arguments[i, r] = spliced(right_numbers, left_numbers, b, a, 0)


@njit(cache=True)
def shift(cells: Any, at: Any, by: Any) -> Any:  # (L,)
    """Move the cells behind a place by 1, or over it by -1."""
    if by > 0:
        for j in range(len(cells) - 1, at, -1):
            cells[j] = cells[j - 1]
    else:
        for j in range(at, len(cells) - 1):
            cells[j] = cells[j + 1]
        cells[len(cells) - 1] = 0


@njit(cache=True)
def change(symbols: Any, arguments: Any, relative: Any, guards: Any, kind: Any, rng: Any) -> Any:  # one genome
    """Apply one mutation at a random place of a random body, or none where the body has no such place."""
    bodies, width = symbols.shape
    r = int(rng.random() * bodies)
    axiom = r == bodies - 1
    n = length_of(symbols[r])
    row = symbols[r], arguments[r], relative[r]
    at = int(rng.random() * (n + 1 if kind == INSERT else n))
    if kind == GUARD:
        guards[int(rng.random() * len(guards))] = int(rng.random() * (MOST + 1))
    elif kind == COPY:
        source = int(rng.random() * (bodies - 1))  # never from the axiom, nor to it: its numbers are its own
        to = int(rng.random() * (bodies - 1))
        symbols[to], arguments[to], relative[to] = symbols[source], arguments[source], relative[source]
    elif kind == INSERT and n < width:
        for cells in (symbols[r], relative[r]):
            shift(cells, at, 1)
        shift(arguments[r], at, 1)
        draw_symbol(*row, at, len(guards), axiom, rng)
    elif kind == SYMBOL and n:
        draw_symbol(*row, at, len(guards), axiom, rng)
    elif kind == ARGUMENT and n:
        draw_argument(*row, at, axiom, rng)
    elif kind == DELETE and n:
        for cells in (symbols[r], relative[r]):
            shift(cells, at, -1)
        shift(arguments[r], at, -1)
    elif kind == EXCHANGE and n > 1:
        other = (at + 1) % n
        for cells in (symbols[r], relative[r]):
            cells[at], cells[other] = cells[other], cells[at]
        arguments[r, at], arguments[r, other] = arguments[r, other], arguments[r, at]


@njit(cache=True, nogil=True)
def vary(genomes: Any, crossover: Any, mutations: Any, mutation: Any, rng: Any) -> Any:
    """Cross consecutive pairs, then mutate each genome once, each with its probability; in place."""
    for i in range(1, len(genomes.symbols), 2):
        if rng.random() < crossover:
            cross(genomes, i, rng)
    for i in range(len(genomes.symbols)):
        if rng.random() < mutation:
            u, kind = rng.random() * mutations[-1], 0
            while u >= mutations[kind]:
                kind += 1
            change(genomes.symbols[i], genomes.arguments[i], genomes.relative[i], genomes.guards[i], kind, rng)
