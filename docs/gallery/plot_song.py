"""
Songs as real ones are
======================

A style with form, trained on the tunes that music21 installs: plans of what returns, rhythms, pitches. Draws are
independent, and every melody has an exact probability.
"""

import numpy as np

import evomusic as em

grid = em.make("tune").grid
song = em.train_song(grid, em.corpus.training(grid).melodies)
melodies = song.sample(200, np.random.default_rng(3))
bits = -song.log_probability(melodies) / np.log(2) / (melodies > 1).sum(axis=1)
print(f"{np.median(bits):.2f} bits a note")
em.Melody(melodies[0], grid)
