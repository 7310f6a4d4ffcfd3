"""Keys of tunes: how far one lies from another, and an estimate of the key of a tune.

Keys of one signature share their pitches, so tunes are moved from signature to signature (see `core/spelling.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evomusic.core import theory
from evomusic.core.checks import choice
from evomusic.core.spelling import key_of, signature

# Weights of the twelve pitch classes above the tonic, major and minor.
PROFILES: Final = {
    # D. Temperley, "What's key for key?", Music Perception 17 (1999).
    "temperley": (
        (5, 2, 3.5, 2, 4.5, 4, 2, 4.5, 2, 3.5, 1.5, 4),
        (5, 2, 3.5, 4.5, 2, 4, 2, 4.5, 3.5, 2, 1.5, 4),
    ),
    # C. Krumhansl and E. Kessler, Psychological Review 89 (1982).
    "krumhansl": (
        (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
        (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
    ),
}


def semitones(source: str, target: str) -> int:
    """The least move, -5 to 6 semitones, that takes a key's signature to another's.

    Modes of one signature stay where they are: A minor to C major is 0.
    """
    return (7 * (signature(target) - signature(source)) + 5) % 12 - 5


def estimate_key(
    notes: Iterable[tuple[int, Fraction | float, Fraction | float]],
    profile: str = "temperley",
    among: Sequence[str] | None = None,
) -> str:
    """The key whose profile correlates best with the durations spent on each pitch class.

    Args:
        notes: pitch, onset, duration.
        profile: `temperley` or `krumhansl`.
        among: keys to choose from, major or minor; all 24 when None. The first of equals is taken.

    Raises:
        ValueError: the profile is not known.
    """
    choice("profile", profile, PROFILES)
    durations = np.zeros(12)
    for pitch, _, duration in notes:
        durations[pitch % 12] += float(duration)
    if among is None:
        among = [key_of(fifths, mode) for fifths in sorted(range(-5, 7), key=abs) for mode in ("major", "minor")]
    fits = [_correlation(durations, _profile(key, profile)) for key in among]
    return among[int(np.argmax(np.round(fits, 12)))]


def _profile(key: str, profile: str) -> NDArray[np.float64]:
    """Weights (12,) by pitch class from C on."""
    tonic, _ = theory.parse_scale(key)
    return np.roll(PROFILES[profile][key.endswith("minor")], tonic)


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Pearson's r; 0 where one of them is flat."""
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size else 0.0
