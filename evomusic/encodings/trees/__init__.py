"""Genetic programming of phrases (Koza 1992): genomes are typed expressions. Read `tree` first, then `language`.

`language` is the vocabulary on a grid and `phrases` its semantics in plain Python. Kernels: `grow` samples trees,
`vary` crosses and mutates them, `decode` with `tape` turns them into melodies. `encode` turns melodies into trees, and
`text` writes and reads trees.
"""

# Options of kernels that only kernels call: without the wrappers for Python they compile in a third of the time.
INNER = {"cache": True, "nogil": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "error_model": "numpy"}
