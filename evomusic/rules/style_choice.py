"""The style of a key: which styles fit its mode, and which of those shipped is taken when none is named."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from evomusic.core import theory
from evomusic.core.checks import shown
from evomusic.rules.style_file import load_style, shipped_styles
from evomusic.rules.style_model import Metre

FIRST: Final = "ryan"  # the collection that is taken wherever it has the mode and the metre


def style_for_key(key: str, style: str | None = None, metre: Metre | None = None) -> str:
    """A style for a key: the one that is asked for, after a check of its mode, or the shipped one that fits.

    A style fits a key of its own mode, a key whose scale is within what its mode uses (minor tunes raise the sixth and
    the seventh, so that dorian is within minor, and pentatonic within major), and a chromatic key. A style file that
    says no mode fits every key.

    Args:
        key: a key or scale, such as `D minor`.
        style: name or path of a style; None for a shipped one, of the key's own mode where there is one.
        metre: beats and steps a beat; a shipped style whose tunes have it is taken where there is one of the mode.

    Raises:
        ValueError: the style is not known, its mode does not fit the key's, or no shipped style does.
    """
    theory.parse_scale(key)
    names = shipped_styles()
    fitting = sorted((name for name in names if _fits(name, key)), key=lambda name: _rank(name, key, metre))
    if style is None and fitting:
        return fitting[0]
    if style is not None and _fits(style, key):
        return style
    mode = theory.parse_mode(key)
    expected = list(map(repr, fitting))
    expected += [f"the path of a style of {mode} tunes, which 'evomusic style --mode \"{mode}\"' trains"]
    came = f"style {str(style)!r} is of {_mode(style)} tunes, not for" if style else "no shipped style fits"
    raise ValueError(f"{came} the key {shown(key)}, expected {' or '.join(expected)}")


def _mode(style: str | Path) -> str | None:
    return load_style(style).mode


def _rank(style: str, key: str, metre: Metre | None) -> tuple[bool, bool, bool]:
    """The rank of a shipped style that fits a key; the least is taken."""
    lacks = metre is not None and metre not in load_style(style).rhythms
    return not _same(style, key), lacks, not style.startswith(FIRST)


def _same(style: str, key: str) -> bool:
    return _mode(style) == theory.parse_mode(key)


def _fits(style: str | Path, key: str) -> bool:
    """Whether the mode of a style's tunes fits a key."""
    mode, wanted = _mode(style), theory.parse_mode(key)
    if mode in (None, wanted) or wanted == "chromatic":
        return True
    used = theory.parse_scale(theory.full_scale(f"C {mode}"))[1]
    return set(theory.MODES[wanted]) <= set(used)
