"""A grid of a tune's own: its metre as written, its pickup, tempo, key and range, and steps fine enough for its notes.

A grid has bars of one length. A tune whose bars are not so, one without a metre, with a change of metre or with bars
longer than the metre says, is put into regular bars first (`regular`): no note is lost, and a line says it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from math import ceil, gcd
from typing import Final

from evomusic.core.checks import instance
from evomusic.core.grid import Grid
from evomusic.core.metre import SIXTEENTHS
from evomusic.io.tune import MAX_BARS, Meter, Tune, TuneError, in_ticks, plural, unit_of

TEMPO: Final = 120  # quarters a minute where a file does not say: what MIDI means by silence
MOST_BEATS: Final = 64  # a bar
FINER: Final = (1, 3, 2, 6, 4)  # times as many steps as sixteenths, in the order of preference
MOST_STEPS: Final = 64  # a beat
FINEST: Final = 24  # steps a beat where notes have to be moved anyway, and none is lost
LONGEST: Final = 16  # quarters or eighths of a bar that is read from bar lines alone


def grid_for(tune: Tune) -> Grid:
    """A grid that holds the whole tune: its metre, pickup, tempo, key and range, and steps that its notes fall on.

    A metre is kept as written; beats are those of its time signature, dotted ones in 3/8, 6/8, 9/8, 12/8 and the like.
    Steps are sixteenths, or the first of 3, 2, 6 and 4 times as many, or of 1 to 64 a beat, that meets every note;
    where none does, of up to 24, or of up to 64 where notes would be lost, those that lose fewest and move the others
    least. The tempo is 120 quarters a
    minute where the file has none.

    Raises:
        TuneError: the metre or tempo is not one a grid can have.
        ValueError: it is no tune.
    """
    instance("tune", tune, Tune, "a Tune, such as read_tune(path) gives")
    tune, _ = regular(tune)
    meter = tune.meter(tune.bars[0])
    beats, beat = _beats(meter)
    tempo = float((Fraction(tune.tempo) if tune.tempo else TEMPO) / beat)
    if beats > MOST_BEATS or meter.denominator > 64:
        raise TuneError(f"{tune.source}: is in {meter.name}, expected a bar of at most {MOST_BEATS} beats")
    if not tune.tempo:
        tempo = min(tempo, 1000.0)
    if not 1 <= tempo <= 1000:
        raise TuneError(f"{tune.source}: tempo is {tempo:g} beats a minute, expected 1 to 1000")
    per = _steps_per_beat(tune, beat)
    pitches = [note.pitch for note in tune.notes]
    return Grid(
        bars=len(tune.bars) - 1,
        beats=beats,
        steps_per_beat=per,
        low=min(pitches),
        high=max(pitches),
        tempo=tempo,
        beat=float(beat),
        pickup=min(ceil(tune.pickup * per / beat), beats * per - 1),
        key=tune.key,
    )


def regular(tune: Tune) -> tuple[Tune, list[str]]:
    """The tune in bars of one metre, none of them longer, with all its notes, and report lines on what that changed."""
    lengths = {b - a for a, b in pairwise(tune.bars)}
    names = {tune.meter(line).name for line in tune.bars[:-1]}
    if not tune.meters:
        return _unmetered(tune, lengths)
    if len(names) > 1:
        return _one_metre(tune)
    meter = tune.meter(tune.bars[0])
    if max(lengths) <= meter.quarters:
        return tune, []
    long = [i for i, (a, b) in enumerate(pairwise(tune.bars), 1) if b - a > meter.quarters]
    cut = [line for a, b in pairwise(tune.bars) for line in _lines(a, b, meter.quarters)]
    more = f", and so {'is' if len(long) == 2 else 'are'} {plural(len(long) - 1, 'later bar')}" * (len(long) > 1)
    return _with_bars(tune, cut, meter), [f"bar {long[0]} is longer than {meter.name} and cut into bars of it{more}"]


def _unmetered(tune: Tune, lengths: set[Fraction]) -> tuple[Tune, list[str]]:
    """Bars of the file's lines where all are as long, else bars of 4/4 from the beginning."""
    length = max(lengths)
    unit = next((unit for unit in (4, 8) if (length * unit / 4).denominator == 1), 0)
    if len(lengths) == 1 and len(tune.bars) > 2 and unit and length * unit / 4 <= LONGEST:
        meter = Meter(Fraction(0), int(length * unit / 4), unit)
        return replace(tune, meters=(meter,)), [f"the file has no metre: its bars are taken to be {meter.name}"]
    meter = Meter(Fraction(0), 4, 4)
    pickup = tune.pickup % meter.quarters
    lines = _lines(pickup, tune.length, meter.quarters)
    return _with_bars(tune, lines, meter), ["the file has no metre: it is taken to be in bars of 4/4"]


def _one_metre(tune: Tune) -> tuple[Tune, list[str]]:
    """Bars of the metre in which most of the tune is; the lines of its first bar stay where they are."""
    spent: Counter[Meter] = Counter()
    for a, b in pairwise(tune.bars):
        spent[tune.meter(a)._replace(onset=Fraction(0))] += b - a  # type: ignore[assignment]
    meter = max(spent, key=lambda m: spent[m])
    first = next(line for line in tune.bars if tune.meter(line).name == meter.name)
    begun = tune.meter(tune.bars[0]).name
    bar = next(i for i, line in enumerate(tune.bars, 1) if tune.meter(line).name != begun)
    lines = _lines(first % meter.quarters, tune.length, meter.quarters)
    return _with_bars(tune, lines, meter), [
        f"the metre changes from {begun} to {tune.meter(tune.bars[bar - 1]).name} in bar {bar}: "
        f"all is written in bars of {meter.name}, whose lines are not all where they were"
    ]


def _lines(start: Fraction, end: Fraction, length: Fraction) -> list[Fraction]:
    """Bar lines from a start on, before an end."""
    return [start + i * length for i in range(max(ceil((end - start) / length), 1))]


def _with_bars(tune: Tune, lines: Sequence[Fraction], meter: Meter) -> Tune:
    """The tune with other bars, the last of them up to its end, in one metre."""
    if len(lines) > MAX_BARS:
        raise TuneError(f"{tune.source}: has {plural(len(lines), 'bar')} of {meter.name}, expected at most {MAX_BARS}")
    return replace(tune, bars=(*lines, max(tune.length, lines[-1] + Fraction(1, 4))), meters=(meter,))


def _beats(meter: Meter) -> tuple[int, Fraction]:
    """Beats a bar, and the length of one in quarters: dotted where the numerator says threes."""
    unit = Fraction(4, meter.denominator)
    if meter.numerator % 3 == 0 and meter.denominator >= 8:
        return meter.numerator // 3, 3 * unit
    return meter.numerator, unit


def _steps_per_beat(tune: Tune, beat: Fraction) -> int:
    """The steps a beat on which every note begins and ends, and the pickup does; else those that lose least."""
    unit = unit_of([tune.pickup, beat, *(time for note in tune.notes for time in note[1:])])
    length, zero = in_ticks(beat, unit), in_ticks(tune.pickup, unit)
    starts = [in_ticks(note.onset, unit) - zero for note in tune.notes]
    spans = [(start, start + in_ticks(note.duration, unit)) for start, note in zip(starts, tune.notes, strict=True)]
    shared = gcd(length, zero, *{time for span in spans for time in span})  # ticks that all times are multiples of
    usual = max(int(SIXTEENTHS * beat), 1)
    choices = [n for k in FINER if (n := k * usual) <= MOST_STEPS]
    choices += [n for n in range(1, MOST_STEPS + 1) if n not in choices]
    fitting = (n for n in choices if n * shared % length == 0)
    if exact := next(fitting, 0):
        return exact
    best = min((n for n in choices if n <= FINEST), key=lambda n: _loss(spans, length, n))
    return min(choices, key=lambda n: _loss(spans, length, n)) if _loss(spans, length, best)[0] else best


def _loss(spans: Sequence[tuple[int, int]], length: int, per: int) -> tuple[int, float]:
    """Notes that have no step of their own, and beats by which the others are moved; times in parts of a beat."""
    times = [(start * per / length, end * per / length) for start, end in spans]
    moved = sum(abs(time - round(time)) for span in times for time in span) / per
    return len(times) - len({round(onset) for onset, _ in times}), round(moved, 9)
