"""Checks of arrays that a caller gives: one line where they hold anything but numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import wrong


def number_array(name: str, values: Any, expected: str = "an array of numbers") -> NDArray[Any]:
    """An array of whole numbers or floats, of any shape.

    Raises:
        ValueError: it holds anything else, or its rows have different lengths.
    """
    try:
        array = np.asarray(values)
    except (TypeError, ValueError, OverflowError):
        raise wrong(name, values, expected) from None
    if array.dtype.kind not in "fiu" and array.size:  # an empty list is of no kind
        raise wrong(name, values, expected)
    return array


def real_array(name: str, values: Any, expected: str = "an array of numbers") -> NDArray[np.float64]:
    """The same in float64, as an array of its own."""
    return number_array(name, values, expected).astype(np.float64)
