"""Random trees, crossovers and mutations do what they say, as often as they say. Fixed seed, false alarm p = 1e-4."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

from evomusic.core.grid import Grid
from evomusic.core.reward import Reward
from evomusic.core.task import Task
from evomusic.encodings.base import concatenate, take
from evomusic.encodings.trees.language import FUNCTIONS
from evomusic.encodings.trees.tree import Tree, listed
from tests.encodings import naive_tree

ALARM = 1e-4
TASK = Task(Grid(bars=1, low=60, high=76, scale="C major"), Reward())
LANGUAGE = Tree().language(TASK)
# No subtree twice, so that children tell where they were cut.
PLAIN = "seq(invert(alternate(0:1, 1:1)), seq(retrograde(2:1), tie(3:1, seq(4:1, augment(5:1)))))"
LEAF = "r:8"
MIXED = "repeat(x3, transpose(+2, seq(seq(0:1, 1:2), vary(-1, m2@3))))"


def nodes_of(text):
    return listed(Tree().parse(TASK, [text]))[0]


def varied(encoding, texts, n, seed=0):
    """Offspring, as lists of words, of n times these parents."""
    trees = Tree().parse(TASK, texts)
    parents = concatenate([trees] * n)
    return listed(encoding.vary(TASK, parents, np.random.default_rng(seed)))


def crossing(name, **others):
    return Tree(crossovers=name, crossover_rate=1.0, mutation_rate=0.0, **others)


def mutating(name, **others):
    return Tree(mutations=name, crossover_rate=0.0, mutation_rate=1.0, **others)


def agrees(outcomes, chances):
    """Whether outcomes have come as often as their chances say; each must have one."""
    counts, n = Counter(map(tuple, outcomes)), len(outcomes)
    expected = Counter()
    for outcome, chance in chances:
        expected[tuple(outcome)] += chance
    expected = {outcome: chance for outcome, chance in expected.items() if chance > 0}
    assert set(counts) <= set(expected)
    assert abs(sum(expected.values()) - 1) < 1e-9
    return chisquare([counts[o] for o in expected], [n * c for c in expected.values()]).pvalue > ALARM


def pick_chances(nodes, leaf_pick, kinds=(0, 1, 2)):
    """Chance of each place to be picked."""
    fits = [LANGUAGE.kind(n) in kinds for n in nodes]
    leaf = [LANGUAGE.names[n] not in FUNCTIONS for n in nodes]
    if leaf_pick is None:
        return [f / sum(fits) for f in fits]
    leaves = sum(f and a for f, a in zip(fits, leaf, strict=True))
    inner = sum(fits) - leaves
    share = leaf_pick if inner else 1.0
    return [f * (share / leaves if a else (1 - share) / max(1, inner)) for f, a in zip(fits, leaf, strict=True)]


def test_full_trees_have_every_height_alike_often():
    encoding = Tree(leaf_rate=0.0, first_depths=(1, 4), max_size=500)
    trees = encoding.sample(TASK, np.random.default_rng(0), 4000)
    assert agrees(encoding.depth(trees)[:, None], [((height,), 1 / 4) for height in (1, 2, 3, 4)])


def test_half_of_the_trees_are_full_and_half_are_grown():
    """With a sure leaf wherever one may be, grown trees are as low as they can."""
    encoding = Tree(leaf_rate=1.0, first_depths=(1, 3), max_size=500)
    depths = encoding.depth(encoding.sample(TASK, np.random.default_rng(1), 4000))
    assert agrees(depths[:, None], [((1,), 1 / 2 + 1 / 6), ((2,), 1 / 6), ((3,), 1 / 6)])


def test_grown_trees_have_leaves_at_the_rate():
    """Depths 0 to 1: half are full, of their height; of the grown ones of height 1 a part is a leaf."""
    encoding = Tree(leaf_rate=0.3, first_depths=(0, 1))
    depths = encoding.depth(encoding.sample(TASK, np.random.default_rng(2), 8000))
    leaf = 1 / 2 + 1 / 4 * 0.3
    assert agrees(depths[:, None], [((0,), leaf), ((1,), 1 - leaf)])


def test_functions_and_leaves_are_uniform():
    trees = Tree(first_depths=(1, 1)).sample(TASK, np.random.default_rng(3), 60_000)
    full = trees.nodes[trees.sizes > 1]
    assert agrees(full[:, :1], [((f,), 1 / len(FUNCTIONS)) for f in range(len(FUNCTIONS))])
    leaves = Tree(first_depths=(0, 0)).sample(TASK, np.random.default_rng(4), 30_000).nodes[:, :1]
    words = [w for w, name in enumerate(LANGUAGE.names) if LANGUAGE.kind(w) == 0 and name not in FUNCTIONS]
    assert agrees(leaves, [((w,), 1 / len(words)) for w in words])


@pytest.mark.parametrize("leaf_pick", [None, 0.1, 1.0])
@pytest.mark.parametrize("first", [True, False])
def test_crossing_points_are_picked_by_their_chances(first, leaf_pick):
    """The partner is a leaf, so that it becomes the subtree that was cut off."""
    texts = [PLAIN, LEAF] if first else [LEAF, PLAIN]
    children = varied(crossing("subtree", leaf_pick=leaf_pick), texts, 4000)
    pieces = children[1::2] if first else children[::2]
    nodes = nodes_of(PLAIN)
    chances = pick_chances(nodes, leaf_pick)
    assert agrees(pieces, zip(naive_tree.subtrees(nodes, LANGUAGE), chances, strict=True))


def test_crossing_swaps_subtrees_of_one_kind():
    nodes, other = nodes_of(MIXED), nodes_of("first(x2, transpose(-5, r:1))")
    chances = []
    here, there = naive_tree.subtrees(nodes, LANGUAGE), naive_tree.subtrees(other, LANGUAGE)
    for a, (piece, chance) in enumerate(zip(here, pick_chances(nodes, 0.3), strict=True)):
        for b, share in enumerate(pick_chances(other, 0.3, (LANGUAGE.kind(nodes[a]),))):
            left = naive_tree.replaced(nodes, a, there[b], LANGUAGE)
            right = naive_tree.replaced(other, b, piece, LANGUAGE)
            chances.append(([*left, -1, *right], chance * share))
    children = varied(crossing("subtree", leaf_pick=0.3), [MIXED, "first(x2, transpose(-5, r:1))"], 20_000)
    assert agrees([[*a, -1, *b] for a, b in zip(children[::2], children[1::2], strict=True)], chances)


def test_size_fair_crossing_has_langdons_chances():
    nodes, other = nodes_of(PLAIN), nodes_of("seq(seq(5:2, 6:2), period(seq(7:2, invert(8:2))))")
    here, there = naive_tree.subtrees(nodes, LANGUAGE), naive_tree.subtrees(other, LANGUAGE)
    chances = []
    for a, chance in enumerate(pick_chances(nodes, None)):
        sizes = [len(piece) for piece in there]
        shares = naive_tree.fair_chances(sizes, len(here[a])) if _fair(sizes, len(here[a])) else None
        if shares is None:
            chances.append(([*nodes, -1, *other], chance))
        for b, share in enumerate(shares or []):
            left = naive_tree.replaced(nodes, a, there[b], LANGUAGE)
            right = naive_tree.replaced(other, b, here[a], LANGUAGE)
            chances.append(([*left, -1, *right], chance * share))
    texts = [PLAIN, "seq(seq(5:2, 6:2), period(seq(7:2, invert(8:2))))"]
    children = varied(crossing("size-fair", leaf_pick=None), texts, 30_000)
    assert agrees([[*a, -1, *b] for a, b in zip(children[::2], children[1::2], strict=True)], chances)


def _fair(sizes, s):
    return s in sizes or (min(sizes) < s and any(s < t <= 2 * s + 1 for t in sizes))


def test_size_fair_crossing_does_not_change_sizes_on_average():
    encoding = crossing("size-fair", max_size=2000, max_depth=200)
    trees = Tree(first_depths=(3, 6), max_size=2000).sample(TASK, np.random.default_rng(5), 20_000)
    children = encoding.vary(TASK, trees, np.random.default_rng(6))
    changes = (children.sizes - trees.sizes)[::2]
    assert np.abs(changes).max() > 10
    assert abs(changes.mean()) < 4 * changes.std() / np.sqrt(len(changes))  # p = 6e-5


@pytest.mark.parametrize("name", ["subtree", "size-fair"])
def test_a_child_beyond_the_limits_is_not_made(name):
    limits = {"max_size": 15, "max_depth": 6}
    trees = Tree(first_depths=(3, 5), **limits).sample(TASK, np.random.default_rng(7), 2000)
    children = crossing(name, **limits).vary(TASK, trees, np.random.default_rng(8))
    assert children.sizes.max() <= 15
    unchanged = [a == b for a, b in zip(listed(children), listed(trees), strict=True)]
    assert 0.02 < np.mean(unchanged) < 0.98


def test_point_mutation_changes_any_word_into_any_other_of_its_signature():
    nodes = nodes_of(MIXED)
    chances = []
    for k, node in enumerate(nodes):
        signature = (LANGUAGE.kind(node), FUNCTIONS.get(LANGUAGE.names[node], ()))
        words = enumerate(LANGUAGE.names)
        alike = [w for w, n in words if (LANGUAGE.kind(w), FUNCTIONS.get(n, ())) == signature and w != node]
        chances += [([*nodes[:k], w, *nodes[k + 1 :]], 1 / len(nodes) / len(alike)) for w in alike]
    assert agrees(varied(mutating("point"), [MIXED], 40_000), chances)


def near_words(name):
    """The leaves into which one may be nudged, from the words' names."""
    durations = [1, 2, 3, 4, 6, 8]
    if name[0] in "+-" and ":" not in name:
        steps = [i for i in range(-7, 8) if i]
        at = steps.index(int(name))
        return [f"{steps[i]:+d}" for i in (at - 2, at - 1, at + 1, at + 2) if 0 <= i < len(steps)]
    if name[0] == "x":
        return [f"x{n}" for n in (2, 3, 4) if str(n) != name[1:]]
    if name[0] == "m":
        motif, degree = int(name[1]), int(name[3:])
        moved = [f"m{motif}@{d}" for d in range(degree - 2, degree + 3) if d != degree and 0 <= d <= 9]
        return moved + [f"m{m}@{degree}" for m in (motif - 1, motif + 1) if 1 <= m <= 6]
    degree, at = name.split(":")[0], durations.index(int(name.split(":")[1]))
    longer = [f"{degree}:{durations[i]}" for i in (at - 1, at + 1) if 0 <= i < len(durations)]
    if degree == "r":
        return longer
    moved = [d for d in range(int(degree) - 2, int(degree) + 3) if d != int(degree) and 0 <= d <= 9]
    return longer + [f"{d}:{durations[at]}" for d in moved]


@pytest.mark.parametrize("text", [MIXED, "seq(repeat(x2, r:8), transpose(-1, tie(9:1, m1@0)))"])
def test_nudges_change_one_leaf_into_a_near_one(text):
    nodes = nodes_of(text)
    leaves = [k for k, node in enumerate(nodes) if LANGUAGE.names[node] not in FUNCTIONS]
    chances = []
    for k in leaves:
        near = [LANGUAGE.symbol(name) for name in near_words(LANGUAGE.names[nodes[k]])]
        chances += [([*nodes[:k], w, *nodes[k + 1 :]], 1 / len(leaves) / len(near)) for w in near]
    assert agrees(varied(mutating("nudge"), [text], 20_000), chances)


def test_hoisting_makes_any_phrase_within_the_tree():
    nodes = nodes_of(MIXED)
    pieces = [p for p in naive_tree.subtrees(nodes, LANGUAGE)[1:] if LANGUAGE.kind(p[0]) == 0]
    assert agrees(varied(mutating("hoist"), [MIXED], 5000), [(p, 1 / len(pieces)) for p in pieces])


@pytest.mark.parametrize("text", [MIXED, PLAIN])
def test_shrinking_puts_a_phrase_in_its_functions_place(text):
    nodes = nodes_of(text)
    below = naive_tree.subtrees(nodes, LANGUAGE)
    functions = [k for k, node in enumerate(nodes) if LANGUAGE.names[node] in FUNCTIONS]
    chances = []
    for k in functions:
        places, at = [], k + 1
        for kind in FUNCTIONS[LANGUAGE.names[nodes[k]]]:
            places += [at] if kind == 0 else []
            at = naive_tree.past(nodes, at, LANGUAGE)
        for place in places:
            child = naive_tree.replaced(nodes, k, below[place], LANGUAGE)
            chances.append((child, 1 / len(functions) / len(places)))
    assert agrees(varied(mutating("shrink"), [text], 6000), chances)


def test_subtree_mutation_replaces_places_by_their_chances():
    """With leaves alone to grow, the children tell the place by what they lost."""
    nodes = nodes_of(PLAIN)
    children = varied(mutating("subtree", graft_depth=0, leaf_pick=0.4), [PLAIN], 6000)
    mark = {tuple(naive_tree.replaced(nodes, k, [-1], LANGUAGE)): k for k in range(len(nodes))}
    places = []
    for child in children:
        fits = [k for pattern, k in mark.items() if _like(pattern, child)]
        places.append(fits)
    one = [fits[:1] for fits in places if len(fits) == 1]  # a leaf that came back as it was fits every leaf
    assert len(one) > 0.98 * len(children)
    assert agrees(one, [((k,), c) for k, c in enumerate(pick_chances(nodes, 0.4))])


def _like(pattern, child):
    return len(pattern) == len(child) and all(p in (-1, c) for p, c in zip(pattern, child, strict=True))


def test_grafts_have_every_height_alike_often():
    encoding = mutating("subtree", graft_depth=2, leaf_rate=0.0)
    children = varied(encoding, ["0:1"], 6000)
    depths = encoding.depth(encoding.trees(TASK, children))
    assert agrees(depths[:, None], [((height,), 1 / 3) for height in range(3)])


@pytest.mark.parametrize(("crossover_rate", "mutation_rate"), [(0.0, 0.0), (0.3, 0.0), (0.0, 0.6)])
def test_operators_come_at_their_rates(crossover_rate, mutation_rate):
    encoding = Tree(crossover_rate=crossover_rate, crossovers="subtree", mutation_rate=mutation_rate, mutations="point")
    parents = Tree().parse(TASK, [PLAIN, MIXED] * 3000)
    children = encoding.vary(TASK, parents, np.random.default_rng(9))
    changed = np.array([a != b for a, b in zip(listed(children), listed(parents), strict=True)])
    share = changed.reshape(-1, 2).any(axis=1) if crossover_rate else changed
    rate = crossover_rate or mutation_rate
    assert abs(share.mean() - rate) <= 4 * np.sqrt(rate * (1 - rate) / len(share))  # p = 6e-5


def test_parents_stay_as_they_were():
    parents = Tree().sample(TASK, np.random.default_rng(10), 50)
    unchanged = take(parents, np.arange(50))
    Tree(crossover_rate=1, mutation_rate=1).vary(TASK, parents, np.random.default_rng(11))
    assert all((a == b).all() for a, b in zip(parents, unchanged, strict=True))
