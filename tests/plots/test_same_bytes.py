import os
import subprocess
import sys

DIGEST = """
import hashlib, sys
import numpy as np
import evomusic.plots.archive, evomusic.plots.diversity, evomusic.plots.family, evomusic.plots.front
import evomusic.plots.generations, evomusic.plots.growth, evomusic.plots.trees
assert "matplotlib" not in sys.modules, "imported before a figure is made"
import evomusic as em
from evomusic.encodings.grammar.grammar import Grammar
from evomusic.evolve.watch.ancestry import find_family
from evomusic.evolve.watch.diversity import record_diversity
from evomusic.evolve.map_elites import MapElites
from evomusic.plots import archive, diversity, family, front, generations, growth, trees
from evomusic.plots.style import svg_text
from tests.evolve.tasks import TASK

ga, grammar, rng = em.GA(population=20), Grammar(), np.random.default_rng(0)
elites = MapElites(cells=12, first=40)
melodies = em.Notes().sample(TASK, rng, 6)
figures = [
    archive.draw_archive(TASK, elites, elites.init(TASK, rng)[0]),
    diversity.draw_diversity({"ga": [record_diversity(ga, TASK, 5000)]}),
    family.draw_family(find_family(ga, TASK, 8), TASK.grid),
    front.draw_front(rng.random((6, 2)), melodies, TASK.grid, ("a", "b")),
    generations.draw_generations(TASK, ga, at=(0, 3)),
    growth.draw_growth(TASK, grammar, grammar.sample(TASK, rng, 1)),
    trees.draw_tree(["seq", "a", "b"], [(0, 1), (0, 2)]),
]
print([hashlib.sha256(svg_text(figure).encode()).hexdigest() for figure in figures])
"""


def test_figures_of_evolution_are_the_same_bytes_in_every_process():
    runs = [
        subprocess.run([sys.executable, "-c", DIGEST], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True)
        for seed in ("1", "2")
    ]
    assert runs[0].stdout.startswith(b"["), runs[0].stderr
    assert runs[0].stdout == runs[1].stdout
