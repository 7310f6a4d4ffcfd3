"""The phrase language of genetic programming: its words, its meaning, its kernels, its text, DEAP's form of it."""

# How kernels that only kernels call are compiled: without the wrappers for Python, a third of the time.
INNER = {"cache": True, "nogil": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "error_model": "numpy"}
