"""Genetic programming of phrases (Koza 1992): genomes are typed expressions. Read `tree` first, then `language`.

`language` is the vocabulary on a grid and `phrases` its semantics in plain Python. Kernels: `grow` samples trees,
`vary` crosses and mutates them, `decode` with `tape` turns them into melodies. `encode` turns melodies into trees, and
`text` writes and reads trees.
"""
