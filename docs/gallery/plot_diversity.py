"""
Fitness and diversity
=====================

A population that converges early stops learning. Three panels follow fitness, distances between genomes, and how many
are distinct.
"""

import evomusic as em

task = em.make("tune")
methods = {"tournament of 2": em.GA(tournament=2), "tournament of 15": em.GA(tournament=15)}
records = {
    name: [em.record_diversity(method, task, 300_000, seed) for seed in range(3)] for name, method in methods.items()
}
figure = em.plots.draw_diversity(records)
