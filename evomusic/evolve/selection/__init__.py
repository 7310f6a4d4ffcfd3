"""Selection of parents and survivors. Read `select` first (tournaments, initial populations), then `schemes`.

`schemes` holds the schemes that a loop takes as `selection=`, `parsimony` those against bloat, and `crowds` their
kernels (lexicase, distances, niches). `fronts` and `objectives` are for several objectives: Pareto ranks, crowding,
hypervolume, and the sums of a task's groups of rules.
"""
