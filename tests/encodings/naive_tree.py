"""Slow twins of the tree kernels: a recursive reader of prefix rows, subtrees as lists, chances by enumeration."""

from __future__ import annotations

from functools import lru_cache

from evomusic.encodings.trees.language import FUNCTIONS, PHRASE
from evomusic.encodings.trees.phrases import Phrase, meaning, melody_of

meant = lru_cache(meaning)


def melody(nodes, size, language):
    """The melody of any row of numbers: what does not fit counts as nothing."""
    words = meant(language)

    def read(at, kind):
        word = int(nodes[at]) % len(words) if at < size else None
        if word is None or language.kind(word) != kind:
            return (Phrase() if kind == PHRASE else 0), at + 1
        kinds, arguments = FUNCTIONS.get(language.names[word]), []
        at += 1
        for wanted in kinds or ():
            argument, at = read(at, wanted)
            arguments.append(argument)
        return (words[word](*arguments) if kinds else words[word]), at

    return melody_of(read(0, PHRASE)[0], language)


def past(nodes, k, language):
    """Where the subtree at k ends."""
    end = k + 1
    for _ in FUNCTIONS.get(language.names[nodes[k]], ()):
        end = past(nodes, end, language)
    return end


def subtrees(nodes, language):
    """Every subtree as a list, by its place."""
    return [nodes[k : past(nodes, k, language)] for k in range(len(nodes))]


def replaced(nodes, k, piece, language):
    return [*nodes[:k], *piece, *nodes[past(nodes, k, language) :]]


def fair_chances(sizes, s):
    """Langdon's chances of subtrees by size, when one of size s is replaced."""
    fewer = [s - t for t in sizes if t < s]
    more = [t - s for t in sizes if s < t <= 2 * s + 1]
    same = sizes.count(s)
    if not fewer or not more:
        return [1 / same if t == s else 0 for t in sizes]
    equal = 1 / s if same else 0
    below, above = sum(fewer) / len(fewer), sum(more) / len(more)
    up, down = (1 - equal) * below / (below + above), (1 - equal) * above / (below + above)

    def chance(t):
        if t == s:
            return equal / same
        if t < s:
            return down / len(fewer)
        return up / len(more) if t <= 2 * s + 1 else 0

    return [chance(t) for t in sizes]
