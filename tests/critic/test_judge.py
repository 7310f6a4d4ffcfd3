"""The critic: it knows nothing from the same source, sees what differs, and counts copies."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import evomusic as em
from evomusic.core.checks import NotInstalled
from evomusic.corpus import held_out, training
from evomusic.critic import judge
from evomusic.critic.features import critic_features

pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def task():
    return em.make("tune")


@pytest.fixture(scope="module")
def real(task):
    return training(task.grid).melodies[:240]


def test_tunes_of_one_source_cannot_be_told_apart(task, real):
    rng = np.random.default_rng(1)
    rows = rng.permutation(real)
    verdict = judge(rows[:120], rows[120:], [str(i) for i in range(120)], task.grid)
    for ranked in (verdict.boosting, verdict.linear):
        assert ranked.low < 0.5 < ranked.high or abs(ranked.auc - 0.5) < 0.1


def test_random_tokens_are_told_from_tunes_for_sure(task, real):
    noise = np.random.default_rng(2).integers(0, task.grid.tokens, (60, task.grid.steps), np.uint8)
    verdict = judge(noise, real[:60], [str(i) for i in range(60)], task.grid, against=real)
    assert min(verdict.boosting.auc, verdict.linear.auc) > 0.98
    assert verdict.copied == 0.0
    assert verdict.boosting.low <= verdict.boosting.auc <= verdict.boosting.high


def test_a_copy_is_counted_in_any_key(task, real):
    fits = (real.max(axis=1) < task.grid.tokens - 7) & ((real >= 2).sum(axis=1) > 13)
    low = np.resize(real[fits], (40, task.grid.steps))
    moved = np.where(low >= 2, low + 7, low).astype(np.uint8)  # an octave up
    names = [str(i) for i in range(40)]
    verdict = judge(moved, real[40:80], names, task.grid, against=real)
    assert verdict.copied == 1.0
    assert np.isnan(judge(moved, real[40:80], names, task.grid).copied)


def test_excerpts_of_one_tune_stay_together(task):
    # forty excerpts that are each other's copies, of two tunes: a critic that had heard the tune would know them
    rng = np.random.default_rng(3)
    tunes = rng.integers(2, task.grid.tokens, (2, task.grid.steps)).astype(np.uint8)
    real = np.repeat(tunes, 20, axis=0)
    own = rng.integers(2, task.grid.tokens, (40, task.grid.steps)).astype(np.uint8)
    alone = judge(own, real, [str(i) for i in range(40)], task.grid).boosting.auc
    together = judge(own, real, ["a"] * 20 + ["b"] * 20, task.grid).boosting.auc
    assert alone > 0.99
    assert together < alone


def test_features_have_names_and_are_finite(task):
    rows = held_out(task.grid, most=30).melodies
    names, features = critic_features(rows, task.grid, 67)
    assert features.shape == (30, len(set(names)))
    assert np.isfinite(features).all()
    assert (features.std(axis=0) > 0).sum() > 80


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"generated": np.zeros((3, 64), np.uint8)}, "generated is '3 melodies'"),
        ({"names": ["a"]}, "one for each real melody"),
        ({"generated": np.zeros((30, 9), np.uint8)}, "expected \\(P, 64\\)"),
        ({"tonic": "H4"}, "H4"),
    ],
    ids=["few", "names", "length", "tonic"],
)
def test_bad_input_is_refused_in_one_line(task, real, change, words):
    usual = {"generated": real[:30], "real": real[30:60], "names": [str(i) for i in range(30)], "grid": task.grid}
    with pytest.raises(ValueError, match=words) as caught:
        judge(**(usual | change))
    assert "\n" not in str(caught.value)


def test_without_scikit_learn_one_line_says_how_to_install_it(task, real, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(NotInstalled, match=r'the critic needs sklearn.*pip install "evomusic\[critic\]"'):
        judge(real[:30], real[30:60], [str(i) for i in range(30)], task.grid)
