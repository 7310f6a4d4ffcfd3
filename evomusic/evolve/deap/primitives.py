"""The phrase language as a typed primitive set of DEAP, and conversion of trees to and from `deap.gp.PrimitiveTree`.

    pset = primitive_set(language)
    tree = gp.PrimitiveTree(half_and_half(pset, 2, 5))
    phrase = gp.compile(tree, pset)
    row = melody_of(phrase, language)

Words have other names there, since DEAP's trees are Python code: `0:2` is `n0_2`, `r:4` is `r_4`, `m1@-3` is `m1_m3`,
`+2` is `p2`, `x3` is `x3`. DEAP is imported where it is used.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from evomusic.encodings.trees.language import FUNCTIONS, Language
from evomusic.encodings.trees.phrases import Count, Interval, Phrase, meaning

CLASSES = (Phrase, Interval, Count)
_LETTERS = str.maketrans({":": "_", "@": "_", "-": "m", "+": "p"})


def deap_name(name: str) -> str:
    """A word as a Python identifier."""
    return ("n" if ":" in name and name[0] != "r" else "") + name.translate(_LETTERS)


def primitive_set(language: Language) -> Any:
    """A `deap.gp.PrimitiveSetTyped` without arguments, whose trees evaluate to a `Phrase` when compiled."""
    from deap import gp

    pset = gp.PrimitiveSetTyped("phrase", [], Phrase)
    for name, value in zip(language.names, meaning(language), strict=True):
        if name in FUNCTIONS:
            pset.addPrimitive(value, [CLASSES[kind] for kind in FUNCTIONS[name]], Phrase, name=name)
        else:
            pset.addTerminal(value, type(value), name=deap_name(name))
    return pset


def to_deap(language: Language, nodes: Sequence[int], pset: Any) -> Any:
    """The `deap.gp.PrimitiveTree` of a tree's symbols."""
    from deap import gp

    return gp.PrimitiveTree([pset.mapping[deap_name(language.names[n])] for n in nodes])


def from_deap(language: Language, tree: Sequence[Any]) -> list[int]:
    """Symbols of a `deap.gp.PrimitiveTree`.

    Raises:
        ValueError: a primitive is not of the phrase language of this grid.
    """
    numbers = {deap_name(name): symbol for symbol, name in enumerate(language.names)}
    for node in tree:
        if node.name not in numbers:
            raise ValueError(f"primitive {node.name!r} is not in the phrase language of this grid")
    return [numbers[node.name] for node in tree]


def half_and_half(pset: Any, min_: int, max_: int, leaf_rate: float = 0.2, type_: Any = None) -> list[Any]:
    """A random expression as DEAP's generators make, which fail where a kind has only leaves; drawn from `random`.

    As in `Tree.sample`, depths are from min_ to max_, half of them full, half grown with random leaves from min_ on.
    """
    from deap import gp

    chance = 0.0 if random.random() < 0.5 else leaf_rate
    height, places, words = random.randint(min_, max_), [(0, type_ or pset.ret)], []
    while places:
        depth, kind = places.pop()
        functions = pset.primitives[kind]
        inner = functions and depth < height and not (depth >= min_ and random.random() < chance)
        word = random.choice(functions if inner else pset.terminals[kind])
        words.append(word)
        if isinstance(word, gp.Primitive):
            places += [(depth + 1, argument) for argument in reversed(word.args)]
    return words
