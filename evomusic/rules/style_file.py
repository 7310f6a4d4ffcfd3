"""Style files: JSON with the counts of a `StyleModel`, checked when read, the same bytes for the same model.

A row of counts is one string, so that a file can be read and compared by line: `"7 9": "11:4 12:30"` says that the
symbols 7, 9 were followed by 11 four times and by 12 thirty times; `"4 -2": "1 0 7"` under a metre says that at
position 4, after two steps of silence, 1 rest, 0 holds and 7 onsets were counted. `^` stands for the start of a tune.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from evomusic.core import theory
from evomusic.core.checks import instance, number, numbers, shown, whole, wrong
from evomusic.core.saving import parse_json
from evomusic.rules.style_model import PERCENTILES, START, Context, PitchModel, RhythmModel, StyleModel, Written

FORMAT: Final = "evomusic style"
VERSION: Final = 1
DATA: Final = Path(__file__).parent.parent / "corpus" / "data"
LARGEST: Final = 20_000_000  # bytes
_MANY: Final = 10**9  # a count


def load_style(style: str | Path) -> StyleModel:
    """A shipped style by name, or a style file by path; read once a process.

    Raises:
        ValueError: there is no such style, or the file is damaged.
    """
    instance("style", style, (str, Path), "the name of a style or the path of a style file")
    path = Path(style)
    if path.suffix != ".json" and path.name == str(style):
        path = DATA / f"{style}.json"
    try:
        stat = path.stat()
    except (OSError, ValueError):  # a path may hold a null byte
        shipped = shipped_styles()
        raise ValueError(
            f"style {str(style)!r} is not known; expected {', '.join(shipped)} or the path of a .json file that exists"
            + theory.nearest(str(style), shipped)
        ) from None
    return _load(path, stat.st_mtime_ns, stat.st_size)


def shipped_styles() -> list[str]:
    """The names of the shipped styles, in alphabetical order."""
    return sorted(path.stem for path in DATA.glob("*.json"))


@lru_cache(maxsize=32)
def _load(path: Path, changed: int, size: int) -> StyleModel:
    """By path, time and size, so that a style trained again is read again."""
    if size > LARGEST:
        raise ValueError(f"style file {path} has {size} bytes, expected at most {LARGEST}")
    try:
        return from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"style file {path} is damaged: {error}; train it again") from error


def from_json(text: str) -> StyleModel:
    """The model of a style file, checked.

    Raises:
        ValueError: it is not JSON, or something in it is missing or not as expected.
    """
    data = parse_json(text)
    if not isinstance(data, dict) or data.get("format") != FORMAT or data.get("version") != VERSION:
        raise ValueError(f"it is no JSON object with format {FORMAT!r} and version {VERSION}")
    provenance = _part(data, "provenance", dict)
    mode = data.get("mode")
    if mode is not None and mode not in theory.MODES:
        raise ValueError(f"mode is {shown(mode)}, expected one of {', '.join(theory.MODES)}, or none")
    rhythms = [_rhythm(name, _part(data, "rhythm", dict)[name]) for name in _part(data, "rhythm", dict)]
    return StyleModel(
        name=_part(data, "name", str),
        mode=mode,
        pitch=_pitch(_part(data, "pitch", dict)),
        rhythms={(model.beats, model.steps_per_beat): model for model in rhythms},
        information=_percentiles("information", data.get("information")),
        bands={name: _percentiles(name, row) for name, row in _part(data, "bands", dict).items()},
        provenance=provenance,
        tunes=_tunes(data["tunes"]) if "tunes" in data else (),
    )


def to_json(model: StyleModel) -> str:
    """The text of a style file; the same model gives the same bytes."""
    pitch = {
        "low": model.pitch.low,
        "high": model.pitch.high,
        "doubt": model.pitch.doubt,
        "counts": {
            _name(context): " ".join(f"{symbol}:{n}" for symbol, n in sorted(row.items()))
            for context, row in sorted(model.pitch.counts.items())
        },
    }
    rhythms = {
        f"{beats}x{per}": {
            "doubt": rhythm.doubt,
            "counts": {f"{p} {m}": " ".join(map(str, row)) for (p, m), row in sorted(rhythm.counts.items())},
        }
        for (beats, per), rhythm in sorted(model.rhythms.items())
    }
    data = {
        "format": FORMAT,
        "version": VERSION,
        "name": model.name,
        "mode": model.mode,
        "provenance": dict(model.provenance),
        "information": list(model.information),
        "bands": {name: list(row) for name, row in sorted(model.bands.items())},
        "pitch": pitch,
        "rhythm": rhythms,
    }
    if model.tunes:
        data["tunes"] = [{"name": name, "sha256": mark, "sections": list(lines)} for name, mark, lines in model.tunes]
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _tunes(rows: object) -> tuple[Written, ...]:
    """Tunes by name, digest and sections; `corpus.written` reads the sections."""
    found: list[Written] = []
    for row in rows if isinstance(rows, list) else [rows]:
        if not isinstance(row, dict):
            raise ValueError(f"a tune is {shown(row)}, expected an object with name, sha256 and sections")
        lines = _part(row, "sections", list)
        found.append((_part(row, "name", str), _part(row, "sha256", str), tuple(map(_text, lines))))
    return tuple(found)


def _part(data: Mapping[str, Any], name: str, kind: type) -> Any:
    value = data.get(name)
    if not isinstance(value, kind):
        raise ValueError(f"{name!r} is {type(value).__name__}, expected {kind.__name__}")
    return value


def _number(data: Mapping[str, Any], name: str, low: float, high: float) -> float:
    value = data.get(name)
    number(repr(name), value, low, high)
    return value  # type: ignore[return-value]  # as written: a whole number stays one, so that the file stays the same


def _pitch(data: Mapping[str, Any]) -> PitchModel:
    low, high = (whole(repr(name), data.get(name), -127, 127) for name in ("low", "high"))
    counts: dict[Context, dict[int, int]] = {}
    for name, row in _part(data, "counts", dict).items():
        context = START if name == "^" else _whole(name, low, high)
        if not 1 <= len(context) <= 2:
            raise ValueError(f"pitch context {name!r} has {len(context)} symbols, expected 1 or 2")
        pairs = [_whole(pair.replace(":", " "), -127, _MANY) for pair in _text(row).split()]
        if not pairs or any(len(p) != 2 or not low <= p[0] <= high or p[1] < 1 for p in pairs):
            raise ValueError(f"pitch counts {row!r} after {name!r}, expected symbols from {low} to {high} and counts")
        counts[context] = {pair[0]: pair[1] for pair in pairs}
    if not counts:
        raise ValueError("it has no pitch counts")
    return PitchModel(counts, low, high, _number(data, "doubt", 0, 1e6))


def _rhythm(name: str, data: object) -> RhythmModel:
    beats, _, per = name.partition("x")
    if (
        not isinstance(data, dict)
        or not (beats.isdecimal() and per.isdecimal())
        or int(beats) * int(per) not in range(1, 4097)
    ):
        raise ValueError(f"rhythm {name!r} is no metre such as '4x4' with its counts")
    steps, oldest, quietest = int(beats) * int(per), 2 * int(per), int(per)
    counts = {}
    for key, row in _part(data, "counts", dict).items():
        place, numbers = _whole(key, -quietest, max(steps, oldest)), _whole(_text(row), 0, _MANY)
        if len(place) != 2 or not (0 <= place[0] < steps and place[1] <= oldest):
            raise ValueError(f"rhythm {name} has a place {key!r}, expected a position and an age in steps")
        if len(numbers) != 3 or sum(numbers) < 1 or (place[1] <= 0 and numbers[1]):
            raise ValueError(f"rhythm {name} has counts {row!r} at {key!r}, expected rests, holds and onsets")
        counts[place[0], place[1]] = (numbers[0], numbers[1], numbers[2])
    if not counts:
        raise ValueError(f"rhythm {name} has no counts")
    return RhythmModel(int(beats), int(per), counts, _number(data, "doubt", 0, 1e6))


def _percentiles(name: str, row: object) -> tuple[float, ...]:
    try:
        return numbers(repr(name), row, len(PERCENTILES))
    except ValueError:
        raise wrong(repr(name), row, f"the percentiles {', '.join(map(str, PERCENTILES))}") from None


def _whole(text: str, low: int, high: int) -> tuple[int, ...]:
    """The whole numbers of a text, each from low to high."""
    numbers = tuple(int(word) for word in text.split())
    if any(not low <= n <= high for n in numbers):
        raise ValueError(f"{text!r} holds a number outside {low} to {high}")
    return numbers


def _text(row: object) -> str:
    if not isinstance(row, str):
        raise ValueError(f"{row!r} is {type(row).__name__}, expected a text of counts")
    return row


def _name(context: Context) -> str:
    return "^" if context == START else " ".join(map(str, context))
