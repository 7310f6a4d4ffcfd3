"""Random L-systems, and their crossover and mutation, compiled; all bodies stay within their L symbols."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from evomusic._jit import inner, njit
from evomusic.encodings.grammar.growth import DOWN, ECHO, END, LETTER, MOST, UP

MUTATIONS: Final = ("symbol", "insert", "delete", "argument", "guard", "exchange", "copy")
SYMBOL, INSERT, DELETE, ARGUMENT, GUARD, EXCHANGE, COPY = range(7)
NEAR: Final = 3  # greatest number added to x or subtracted from it
ODDS = np.cumsum(np.array([3.0, 2.0, 2.0, 1.0, 1.0, 0.5, 1.0, 1.0, 1.0, 6.0]))  # of NOTE to POP, and of any letter


@njit(cache=True)
def takes_argument(c: Any) -> Any:
    """Whether a symbol has an argument."""
    return c in (UP, DOWN, ECHO) or c >= LETTER


@inner()
def length_of(symbols: Any) -> Any:  # (L,)
    """Number of symbols of a body."""
    n = 0
    while n < len(symbols) and symbols[n] != END:
        n += 1
    return n


@inner()
def draw_argument(symbols: Any, arguments: Any, relative: Any, at: Any, axiom: Any, rng: Any) -> Any:
    """Draw the argument of a symbol: 1 to 4, or x plus -3 to 3 (never in the axiom), evenly."""
    arguments[at], relative[at] = 0, 0
    if takes_argument(symbols[at]):
        relative[at] = 0 if axiom or rng.random() < 0.5 else 1
        u = rng.random()
        arguments[at] = int(u * (2 * NEAR + 1)) - NEAR if relative[at] else 1 + int(u * 4)


@inner()
def draw_symbol(symbols: Any, arguments: Any, relative: Any, at: Any, letters: Any, axiom: Any, rng: Any) -> Any:
    """Draw the symbol of a place, and its argument."""
    u, c = rng.random() * ODDS[-1], 1
    while u >= ODDS[c - 1]:
        c += 1
    symbols[at] = c if c < LETTER else LETTER + int(rng.random() * letters)
    draw_argument(symbols, arguments, relative, at, axiom, rng)


@njit(cache=True, _nrt=False)
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


@inner()
def swap_ends(left: Any, right: Any, i: Any, j: Any, empty: Any) -> Any:  # bodies' cells (L,)
    """Swap the cells of one body from i on with those of another from j on, as far as there is room, then `empty`."""
    n = len(left) - max(i, j)
    for k in range(n):
        left[i + k], right[j + k] = right[j + k], left[i + k]
    for k in range(i + n, len(left)):
        left[k] = empty
    for k in range(j + n, len(right)):
        right[k] = empty


@inner()
def cross(genomes: Any, i: Any, rng: Any) -> Any:
    """Cross genomes i - 1 and i, evenly by uniform crossover of rules or by one-point crossover of one body.

    The first swaps each letter's rules, and the axiom, with probability 1/2; the second swaps the ends of a body.
    """
    symbols, arguments, relative, guards = genomes.symbols, genomes.arguments, genomes.relative, genomes.guards
    bodies = symbols.shape[1]
    if rng.random() < 0.5:
        for v in range((bodies + 1) // 2):
            if rng.random() < 0.5:
                for r in range(2 * v, min(2 * v + 2, bodies)):
                    swap_ends(symbols[i - 1, r], symbols[i, r], 0, 0, END)
                    swap_ends(arguments[i - 1, r], arguments[i, r], 0, 0, 0)
                    swap_ends(relative[i - 1, r], relative[i, r], 0, 0, 0)
                if v < guards.shape[1]:
                    guards[i - 1, v], guards[i, v] = guards[i, v], guards[i - 1, v]
        return
    r = int(rng.random() * bodies)
    a = int(rng.random() * (length_of(symbols[i - 1, r]) + 1))
    b = int(rng.random() * (length_of(symbols[i, r]) + 1))
    swap_ends(symbols[i - 1, r], symbols[i, r], a, b, END)
    swap_ends(arguments[i - 1, r], arguments[i, r], a, b, 0)
    swap_ends(relative[i - 1, r], relative[i, r], a, b, 0)


@inner()
def shift(cells: Any, at: Any, by: Any) -> Any:  # (L,)
    """Move the cells behind a place by 1, or over it by -1."""
    if by > 0:
        for j in range(len(cells) - 1, at, -1):
            cells[j] = cells[j - 1]
    else:
        for j in range(at, len(cells) - 1):
            cells[j] = cells[j + 1]
        cells[len(cells) - 1] = 0


@inner()
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
        for j in range(width):
            symbols[to, j], arguments[to, j] = symbols[source, j], arguments[source, j]
            relative[to, j] = relative[source, j]
    elif kind == INSERT and n < width:
        shift(symbols[r], at, 1)
        shift(arguments[r], at, 1)
        shift(relative[r], at, 1)
        draw_symbol(*row, at, len(guards), axiom, rng)
    elif kind == SYMBOL and n:
        draw_symbol(*row, at, len(guards), axiom, rng)
    elif kind == ARGUMENT and n:
        draw_argument(*row, at, axiom, rng)
    elif kind == DELETE and n:
        shift(symbols[r], at, -1)
        shift(arguments[r], at, -1)
        shift(relative[r], at, -1)
    elif kind == EXCHANGE and n > 1:
        other = (at + 1) % n
        symbols[r, at], symbols[r, other] = symbols[r, other], symbols[r, at]
        arguments[r, at], arguments[r, other] = arguments[r, other], arguments[r, at]
        relative[r, at], relative[r, other] = relative[r, other], relative[r, at]


@njit(cache=True, nogil=True, _nrt=False)
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
