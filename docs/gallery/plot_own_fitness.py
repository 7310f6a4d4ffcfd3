"""
A fitness of one's own
======================

Ask and tell: the loop proposes genomes, your function of whole melodies judges them.
"""

import numpy as np

import evomusic as em

task, method, rng = em.make("tune"), em.GA(population=100), np.random.default_rng(0)


def evenness(melodies):
    """How evenly the pitches of a melody are used: the entropy of their counts, in bits."""
    counts = np.stack([(melodies == token).sum(axis=1) for token in range(2, task.grid.tokens)], axis=1)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return -(share * np.log2(np.where(share > 0, share, 1.0))).sum(axis=1)


state = method.begin(task, rng)
for _ in range(150):
    state, genomes = method.ask(task, state, rng)
    melodies = method.decode(task, genomes)
    returns = evenness(melodies)
    state = method.tell(task, state, genomes, returns)
print(f"{returns.max():.3f} of {np.log2(task.grid.tokens - 2):.3f} bits")
em.Melody(melodies[returns.argmax()], task.grid)
