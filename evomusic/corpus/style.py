"""Training a style: tunes in, counts out (`evomusic.rules.style_model` says what they mean)."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from evomusic.core import theory
from evomusic.core.checks import choice, flag, instance, whole, wrong
from evomusic.core.grid import FIRST_PITCH, Grid
from evomusic.core.melody import Tokens
from evomusic.core.rule import Measure
from evomusic.corpus.excerpts import Excerpts, excerpts
from evomusic.corpus.tunes import Source, checked
from evomusic.corpus.written import written
from evomusic.measures import MEASURES, Autocorrelation
from evomusic.rules.style_model import PERCENTILES, START, Context, Metre, PitchModel, RhythmModel, StyleModel

LOW, HIGH = -5, 19  # semitones from the tonic: two octaves, their middle a fifth above it
TONIC: Final = "G4"
BARS: Final = 4
NATURAL: Final = ((4, 4), (3, 4), (2, 6), (3, 6), (4, 6))  # metres in sixteenths: pitches are counted once, here
COARSER: Final = ((4, 2), (3, 2), (2, 4), (2, 3), (3, 3), (4, 3))  # the same in eighths, and 2/4 as written


def frame(metre: Metre, scale: str | None = None) -> Grid:
    """The grid on which a style is trained: four bars, two octaves around `TONIC`, every semitone."""
    home = theory.parse_note(TONIC)
    return Grid(bars=BARS, beats=metre[0], steps_per_beat=metre[1], low=home + LOW, high=home + HIGH, scale=scale)


def train(
    sources: Iterable[Source],
    name: str,
    *,
    mode: str = "major",
    metre: Metre | None = None,
    least: int = 1,
    provenance: Mapping[str, Any] | None = None,
    songs: bool = False,
) -> StyleModel:
    """Train a style: pitch and rhythm counts of the tunes' four-bar excerpts, and percentiles of their features.

    Args:
        sources: the tunes.
        name: of the style.
        mode: of the tunes taken.
        metre: beats and steps a beat of the excerpts whose pitches and features are counted, every metre in
            sixteenths when None; rhythms are counted in every metre that occurs.
        least: excerpts below which a metre is left out.
        provenance: stored in the style, before the numbers of tunes and excerpts and a digest of what was read.
        songs: whether the style holds the tunes of the mode themselves, so that songs can be trained on them.

    Raises:
        ValueError: no excerpt of four bars can be taken from the tunes, or an argument is wrong.
    """
    sources = list(checked(sources))
    instance("name", name, str, "the name of the style")
    choice("mode", mode, theory.MODES)
    whole("least", least, 0, 10_000_000)
    if metre is not None and metre not in NATURAL + COARSER:
        raise wrong("metre", metre, f"None or one of {', '.join(map(str, NATURAL + COARSER))}")
    by_metre = {
        m: found
        for m in NATURAL + COARSER
        if len((found := excerpts(sources, frame(m), tonic=TONIC, mode=mode)).melodies) >= max(least, 1)
    }
    counted = [m for m in by_metre if (m == metre if metre else m in NATURAL)]
    if not counted:
        raise ValueError(
            f"no {mode} excerpt of {BARS} full bars fits two octaves, from {LOW} to {HIGH} semitones above its tonic"
            + (f" in bars of {metre[0]} beats of {metre[1]} steps" if metre else "")
        )
    pitch = PitchModel(_pitch_counts([_symbols(row) for m in counted for row in by_metre[m].melodies]), LOW, HIGH)
    informations = [mean_information(pitch, _symbols(row)) for m in counted for row in by_metre[m].melodies]
    main = max(counted, key=lambda m: len(by_metre[m].melodies))
    return StyleModel(
        name=name,
        mode=mode,
        pitch=pitch,
        rhythms={m: _rhythm(found.melodies, m) for m, found in by_metre.items()},
        information=percentiles(informations),
        bands=bands(sources, frame(main, theory.full_scale(f"G {mode}"))),
        provenance={**(provenance or {}), **_account(sources, by_metre, counted)},
        tunes=written(sources, mode) if flag("songs", songs) else (),
    )


def usage(source: Source, mode: str = "major", metre: Metre | None = None) -> str:
    """Number of excerpts of a tune that `train` uses, or the reason for none, as text."""
    found = [excerpts([source], frame(m), tonic=TONIC, mode=mode) for m in ([metre] if metre else NATURAL)]
    used = sum(len(each.melodies) for each in found)
    if used:
        return f"used, {used} excerpt{'s' * (used > 1)}"
    refused = {why for each in found for why in each.refused if why != "metre"}
    metres = ", ".join(sorted({f"{a}/{b}" for (a, b), _, _ in source.sections}))
    reasons = {
        "rhythm": "not used: an onset in every four bars lies between the steps",
        "range or scale": "not used: it goes beyond two octaves",
        "silence": "not used: it is silent",
        "mode": f"not used: it is in {', '.join(sorted({s.key for s in source.sections})) or 'no key'}, not {mode}",
    }
    reason = next((text for why, text in reasons.items() if why in refused), "")
    if not reason and all(each.refused["metre"] for each in found):
        return f"not used: its metre is {metres or 'not known'}"
    return reason or f"not used: it has no {BARS} full bars in a row"


def mean_information(model: PitchModel, symbols: Sequence[int]) -> float:
    """Mean bits a note of a tune given as symbols; 0 without notes."""
    context, total = START, 0.0
    for symbol in symbols:
        total += model.information(context, symbol)
        context = model.follow(context, symbol)
    return total / max(len(symbols), 1)


def bands(sources: Iterable[Source], grid: Grid) -> dict[str, tuple[float, ...]]:
    """Percentiles of every measure over the excerpts of tunes on a grid; none without excerpts."""
    found = excerpts(sources, grid)
    if not len(found.melodies):
        return {}
    measures: list[Measure] = [make() for kind, make in MEASURES.items() if kind != "Autocorrelation"]
    measures += [Autocorrelation(lag=lag) for lag in (1, 2, 3)]
    return {repr(measure): percentiles(measure(found.melodies, grid)) for measure in measures}


def percentiles(values: Any) -> tuple[float, ...]:
    """The `PERCENTILES`, to four decimals."""
    return tuple(round(float(x), 4) for x in np.percentile(np.asarray(values, float), PERCENTILES))


def _symbols(row: Tokens) -> list[int]:
    """Semitones above the tonic, note by note."""
    return [int(token) - FIRST_PITCH + LOW for token in row if token >= FIRST_PITCH]


def _pitch_counts(tunes: Iterable[Sequence[int]]) -> dict[Context, dict[int, int]]:
    """Followers by the longest context: none, one symbol or two before."""
    counts: dict[Context, Counter[int]] = defaultdict(Counter)
    for symbols in tunes:
        for i, symbol in enumerate(symbols):
            counts[tuple(symbols[max(i - 2, 0) : i]) or START][symbol] += 1
    return {context: dict(row) for context, row in counts.items()}


def _rhythm(melodies: Tokens, metre: Metre) -> RhythmModel:
    """Rests, holds and onsets by position and by age."""
    model = RhythmModel(*metre, {})
    counts: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in np.minimum(melodies, FIRST_PITCH).tolist():
        memory = 0
        for step, kind in enumerate(row):
            counts[step % (metre[0] * metre[1]), memory][kind] += 1
            memory = model.follow(memory, kind)
    return RhythmModel(*metre, {place: (r, h, o) for place, (r, h, o) in counts.items()})


def _account(sources: Sequence[Source], by_metre: Mapping[Metre, Excerpts], counted: Sequence[Metre]) -> dict[str, Any]:
    """Numbers of tunes and excerpts read, used and refused, and a digest of the input."""
    names = "".join(f"{source.name} {source.digest}\n" for source in sorted(sources))
    return {
        "tunes read": len(sources),
        "tunes used": len({name for m in counted for name in by_metre[m].names}),
        "excerpts": {f"{b}x{s}": len(found.melodies) for (b, s), found in by_metre.items()},
        "excerpts refused": {
            f"{b}x{s}": {why: n for why, n in sorted(by_metre[b, s].refused.items()) if why not in ("metre", "mode")}
            for b, s in counted
        },
        "input sha256": hashlib.sha256(names.encode()).hexdigest(),
    }
