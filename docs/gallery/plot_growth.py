"""
Morphogenesis: rules that grow into a melody
============================================

The genome is an L-system (Lindenmayer 1968): in each developmental step every letter is replaced by one of its bodies;
the text that has grown is read as a turtle reads a plant.
"""

import evomusic as em

task = em.make("rules")
grammar = em.Grammar()
record = em.run(em.GA(encoding=grammar), task, 300_000, seed=1)
index = int(record.state.returns.argmax())
figure = em.plots.draw_growth(task, grammar, record.state.genomes, index, "the best grammar")

# %%
print(grammar.text(record.state.genomes, index))
