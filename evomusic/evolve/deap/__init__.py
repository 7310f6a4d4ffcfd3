"""DEAP (Fortin et al. 2012) on melodies. Read `method` first: `Deap` runs DEAP's own algorithms under the ledger.

`toolbox` makes a DEAP toolbox of any task and encoding, for use in DEAP's own way. `forms` converts genomes to DEAP's
individuals and back (`individuals` are their classes), `trees` and `primitives` do so for `deap.gp`, `operators` lists
the operators that fit each form. `cma` stores the state of DEAP's CMA-ES, and `global_random` that of the global random
generators from which DEAP draws.
"""
