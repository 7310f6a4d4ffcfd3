"""Kernels that only kernels call, called from Python all the same."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numba


class Entries:
    """The functions of a module, each with an entry from Python."""

    def __init__(self, module: ModuleType):
        self._module = module

    def __getattr__(self, name: str) -> Callable[..., Any]:
        kernel = getattr(self._module, name)
        if not hasattr(kernel, "_numba_type_"):
            return kernel

        @numba.njit
        def entry(*args):
            return kernel(*args)

        setattr(self, name, entry)
        return entry
