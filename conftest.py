"""Modules that stand on optional packages are collected where these are installed; `--every` runs a sample."""

import gc
from importlib.util import find_spec

import pytest

OPTIONAL = {
    "evomusic/evolve/peers/problem_of_pymoo.py": "pymoo",
    "evomusic/study/cluster.py": "distributed",
    "evomusic/study/there.py": "distributed",
}
collect_ignore = [path for path, package in OPTIONAL.items() if find_spec(package) is None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--every N` runs each Nth test alone."""
    parser.addoption("--every", type=int, default=1, metavar="N", help="run each Nth test alone: a sample of all files")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests that `--every` names."""
    items[:] = items[:: config.getoption("--every")]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave the tests themselves, some million objects, out of every later collection of garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
