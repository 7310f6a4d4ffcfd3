"""Modules that stand on optional packages are collected where these are installed."""

from importlib.util import find_spec

OPTIONAL = {
    "evomusic/evolve/peers/problem_of_pymoo.py": "pymoo",
    "evomusic/study/cluster.py": "distributed",
    "evomusic/study/there.py": "distributed",
}
collect_ignore = [path for path, package in OPTIONAL.items() if find_spec(package) is None]
