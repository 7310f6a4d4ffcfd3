"""The exact optimum of a task, its k best melodies, and certified bounds.

Each rule is unrolled over the steps of a melody (`layers`); groups of rules share multipliers that lower an upper bound
(`bounds`, Lagrangian decomposition), and a forward search keeps only states whose bound beats the best melody found
(`solve`). When nothing is left, the melody is optimal, and all arithmetic is exact, so this is a proof. `kbest` reads
the k best melodies off the same layers, `apart` searches for the best that differ to the ear, `q_table` lists the
states of a small task with their optimal action values.
`soft` is the distribution of melodies that has the optimum as its cold limit: `stages` writes each step in two
decisions, `product` composes as many rules as fit, `sweeps` sums over all melodies, `chain` draws, `soften` does all of
it. `tied` draws melodies whose bars return, by the particles of `swarm`.
Read `solve` first, or `soft`.
"""
