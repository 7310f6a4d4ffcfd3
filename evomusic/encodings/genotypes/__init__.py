"""Genotypes: search spaces that are no melodies, for problems of the user's own (`em.Problem`).

Each is an encoding whose solutions are its genomes, so that every loop runs on it as on melodies: `Bitstrings`,
`Integers` and `Reals` (`vectors`), `Permutations` and `Expressions`, trees of the user's own functions. `form` has what
they share, `operators` their compiled crossovers and mutations.
"""
