"""Heavy oracles: skipped where they are not installed, unless EVOMUSIC_ALL_ORACLES says that they must be."""

from __future__ import annotations

import importlib
import os

import pytest


def oracle(name):
    """A module to compare with."""
    return importlib.import_module(name) if os.environ.get("EVOMUSIC_ALL_ORACLES") else pytest.importorskip(name)
