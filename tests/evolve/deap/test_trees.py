"""DEAP's genetic programming in the phrase language: compiled, within limits, and the same in every process."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from evomusic.encodings.trees.phrases import melody_of
from evomusic.encodings.trees.tree import Tree
from evomusic.evolve.deap.global_random import drawing_from, seeded
from evomusic.evolve.deap.method import Deap, toolbox
from tests.evolve.tasks import TASK
from tests.evolve.test_ga import generations

SMALL = Tree(max_depth=6, max_size=24, first_depths=(1, 3))


def test_trees_compile_by_deap_to_the_melodies_that_are_evaluated():
    encoding = Tree()
    box = toolbox(TASK, encoding)
    population, _ = drawing_from(seeded(np.random.default_rng(2)), lambda: box.population(n=40))
    language = encoding.language(TASK)
    compiled = np.stack([melody_of(box.compile(tree), language) for tree in population])
    assert (encoding.decode(TASK, box.evaluate.func.form.genomes(population)) == compiled).all()


@pytest.mark.parametrize("mutate", ["mutUniform", "mutNodeReplacement", "mutInsert", "mutShrink"])
def test_trees_never_leave_the_limits(mutate):
    encoding = SMALL
    method = Deap(population=30, encoding=encoding, cxpb=0.9, mutpb=0.9, mutate=mutate)
    genomes = [state.genomes for state, _ in generations(method, 12)]
    encoding.trees(TASK, [n[:size].tolist() for g in genomes for n, size in zip(g.nodes, g.sizes, strict=True)])
    sizes = np.array([g.sizes for g in genomes])
    assert sizes.max() <= 24
    assert (sizes[0] != sizes[-1]).any()


def test_trees_evolve_alike_in_every_process():
    """DEAP draws from sets of kinds, whose order must not be that of addresses or of PYTHONHASHSEED."""
    script = (
        "import hashlib; from evomusic.evolve.deap.method import Deap; from tests.evolve.deap import test_trees as t;"
        "print(t.fingerprint(Deap(population=30, encoding=t.SMALL, cxpb=0.9)))"
    )
    env = os.environ | {"PYTHONPATH": ":".join(p for p in sys.path if p), "PYTHONHASHSEED": "5"}
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=env).stdout
    assert said.strip() == fingerprint(Deap(population=30, encoding=SMALL, cxpb=0.9))


def fingerprint(method):
    state, _ = generations(method, 6)[-1]
    return hashlib.sha256(state.genomes.nodes.tobytes() + state.fitness.tobytes()).hexdigest()


def test_a_tree_that_is_no_genome_is_refused():
    encoding = SMALL
    form = toolbox(TASK, encoding).evaluate.func.form
    with pytest.raises(ValueError, match="has 25 words, expected at most max_size 24"):
        form.genomes([[next(iter(form.primitives.mapping.values()))] * 25])
    foreign = toolbox(TASK, Tree(durations=(5,))).evaluate.func.form.primitives.mapping["n0_5"]
    with pytest.raises(ValueError, match="'n0_5' is not in the phrase language"):
        form.genomes([[foreign]])
