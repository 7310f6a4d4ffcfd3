"""
Genetic programming: a phrase as an expression
==============================================

The genome is a typed expression (Koza 1992): tree is genotype is phenotype. A mutation of a subtree changes a phrase
wherever the expression repeats it.
"""

import evomusic as em

task = em.make("rules")
encoding = em.Tree()
record = em.run(em.GA(encoding=encoding), task, 300_000, seed=3)
index = int(record.state.returns.argmax())
drawing = encoding.draw(task, record.state.genomes, index)
figure = em.plots.draw_tree(
    drawing.labels, drawing.edges, "the best expression", melody=em.Melody(record.best, task.grid)
)

# %%
# What it says when it is read aloud.
em.Melody(record.best, task.grid)
